// What a request asks for and what it is answered, without a socket.
#include "adapters/fhir/exchange.h"

#include <gmock/gmock.h>

#include "adapters/fhir/document.h"
#include "tests/unit/adapters/fhir/samples.h"

namespace sam::fhir::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const Exchange& Door() {
  static const Exchange exchange("/fhir", ResourceTypes());
  return exchange;
}

edge::HttpRequest Request(const std::string& method, const std::string& path,
                          const std::string& body = "") {
  edge::HttpRequest out;
  out.method = method;
  out.path = path;
  out.body = body;
  if (!body.empty()) out.headers.emplace_back("content-type", "application/fhir+json");
  return out;
}

edge::HttpResponse Now(const edge::HttpRequest& request) {
  Plan plan = Door().Read(request);
  EXPECT_EQ(plan.shape, Plan::Shape::kAnswered) << request.method << " " << request.path;
  const Result<Json> body = ParseJson(plan.answer.body);
  EXPECT_TRUE(body.ok()) << plan.answer.body;
  return plan.answer;
}

edge::HttpResponse Told(const Plan& plan, const Fate& fate) {
  std::vector<Fate> fates(plan.entries.size(), fate);
  edge::HttpResponse out = Door().Answer(plan, fates);
  EXPECT_TRUE(out.body.empty() || ParseJson(out.body).ok()) << out.body;
  return out;
}

Fate Of(Fate::Kind kind, std::vector<Issue> issues = {}) {
  Fate out;
  out.kind = kind;
  out.raw_ref = 12;
  out.issues = std::move(issues);
  return out;
}

TEST(Exchange, AResourceTakenIsCreatedWithItsVersionAndPlace) {
  const Plan post = Door().Read(Request("POST", "/fhir/Appointment", Sample("appointment_noshow")));
  ASSERT_EQ(post.shape, Plan::Shape::kOne);
  EXPECT_EQ(post.entries[0].message, Sample("appointment_noshow"));
  const edge::HttpResponse created = Told(post, Of(Fate::Kind::kTaken));
  EXPECT_EQ(created.status, 201);
  EXPECT_THAT(created.headers, Contains(Pair("ETag", "W/\"3\"")));
  EXPECT_THAT(created.headers, Contains(Pair("Location", "/fhir/Appointment/a77/_history/3")));
  const Plan put =
      Door().Read(Request("PUT", "/fhir/Appointment/a77", Sample("appointment_noshow")));
  EXPECT_EQ(Told(put, Of(Fate::Kind::kTaken)).status, 200);
}

TEST(Exchange, AResourceWithoutAnIdGetsOneFromUs) {
  const Plan plan =
      Door().Read(Request("POST", "/fhir/Communication",
                          R"({"resourceType":"Communication","status":"completed"})"));
  EXPECT_THAT(Told(plan, Of(Fate::Kind::kTaken)).headers,
              Contains(Pair("Location", "/fhir/Communication/r12/_history/1")));
}

TEST(Exchange, EveryFateHasItsAnswer) {
  const Plan plan = Door().Read(Request("POST", "/fhir/Appointment", Sample("appointment_noshow")));
  const std::vector<Issue> why = {{"conflict", "Appointment.meta.versionId", "came before"}};
  EXPECT_EQ(Told(plan, Of(Fate::Kind::kNothing)).status, 200);
  EXPECT_THAT(Told(plan, Of(Fate::Kind::kNothing)).body, HasSubstr("nothing in it is of interest"));
  EXPECT_EQ(Told(plan, Of(Fate::Kind::kDuplicate)).status, 200);
  EXPECT_THAT(Told(plan, Of(Fate::Kind::kDuplicate)).body, HasSubstr("first receipt stands"));
  const edge::HttpResponse aside = Told(plan, Of(Fate::Kind::kPutAside, why));
  EXPECT_EQ(aside.status, 202);
  EXPECT_THAT(aside.body, HasSubstr("\"severity\":\"information\""));
  const edge::HttpResponse conflict = Told(plan, Of(Fate::Kind::kConflict, why));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_THAT(conflict.body, HasSubstr("\"expression\":[\"Appointment.meta.versionId\"]"));
  EXPECT_EQ(Told(plan, Of(Fate::Kind::kRefused, why)).status, 422);
}

TEST(Exchange, WhatIsKeptHidesNoNumberBehindCodes) {
  const Plan plan = Door().Read(
      Request("POST", "/fhir/Communication",
              R"({"resourceType":"Communication","status":"completed","note":"\u003210325K069"})"));
  ASSERT_EQ(plan.shape, Plan::Shape::kOne);
  EXPECT_THAT(plan.entries[0].message, HasSubstr("210325K069"));
}

TEST(Exchange, WrongPathsMethodsAndTypesAreToldApart) {
  EXPECT_EQ(Now(Request("POST", "/other/Appointment", "{}")).status, 404);
  EXPECT_EQ(Now(Request("POST", "/fhir/Medication", "{}")).status, 404);
  EXPECT_EQ(Now(Request("POST", "/fhir/Patient", "{}")).status, 404);
  EXPECT_EQ(Now(Request("PUT", "/fhir/Appointment/1/2", "{}")).status, 404);
  for (const char* method : {"GET", "DELETE", "PATCH", "PUT", "HEAD"}) {
    const edge::HttpResponse answer = Now(Request(method, "/fhir/Appointment"));
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_THAT(answer.headers, Contains(Pair("Allow", "POST")));
  }
  for (const char* method : {"GET", "DELETE", "PATCH", "POST"})
    EXPECT_EQ(Now(Request(method, "/fhir/Appointment/a77")).status, 405) << method;
  EXPECT_EQ(Now(Request("GET", "/fhir")).status, 405);
  EXPECT_EQ(Now(Request("POST", "/fhir/metadata", "{}")).status, 405);
}

TEST(Exchange, TheBaseEndsWhereItsNameEnds) {
  for (const char* path : {"/fhirX/Appointment", "/fhirAppointment", "/fhi/Appointment", "/fhirX"})
    EXPECT_EQ(Now(Request("POST", path, Sample("appointment_noshow"))).status, 404) << path;
  const Exchange root("", {});
  EXPECT_EQ(root.Read(Request("POST", "/Appointment", Sample("appointment_noshow"))).shape,
            Plan::Shape::kOne);
}

TEST(Exchange, OnlyJsonInUtf8IsReadAndWritten) {
  for (const char* type : {"application/fhir+xml", "text/plain", "", "application/fhir+json; charset=latin1",
                           "application/fhir+json; fhirVersion=3.0"}) {
    edge::HttpRequest request = Request("POST", "/fhir/Appointment", "{}");
    request.headers = {{"content-type", type}};
    EXPECT_EQ(Now(request).status, 415) << type;
  }
  for (const char* type : {"application/fhir+json", "application/json;charset=UTF-8",
                           "application/fhir+json; fhirVersion=4.0; charset=utf-8"}) {
    edge::HttpRequest request = Request("POST", "/fhir/Appointment", "{}");
    request.headers = {{"content-type", type}};
    EXPECT_EQ(Now(request).status, 400) << type;  // the body is what is wrong
  }
  edge::HttpRequest packed = Request("POST", "/fhir/Appointment", "{}");
  packed.headers.emplace_back("content-encoding", "gzip");
  EXPECT_EQ(Now(packed).status, 415);
  edge::HttpRequest xml = Request("POST", "/fhir/Appointment", "{}");
  xml.headers.emplace_back("accept", "application/fhir+xml");
  EXPECT_EQ(Now(xml).status, 406);
  xml.headers.back().second = "application/fhir+xml, */*;q=0.1";
  EXPECT_EQ(Now(xml).status, 400);
  xml.query = "_format=xml";
  EXPECT_EQ(Now(xml).status, 406);
}

TEST(Exchange, WhatIsWrongWithAResourceIsToldByItsPlaceAndNotByItsValue) {
  const auto post = [](const std::string& body) {
    return Now(Request("POST", "/fhir/Observation", body));
  };
  EXPECT_EQ(post("{\"resourceType\":\"Observation\",").status, 400);
  EXPECT_THAT(post("{\"resourceType\":\"Observation\",\n \"id\" 1}").body, HasSubstr("line 2, column 7: not JSON"));
  EXPECT_EQ(post("[]").status, 400);
  EXPECT_EQ(post(R"({"resourceType":"Task"})").status, 400);
  const edge::HttpResponse wrong =
      post(R"({"resourceType":"Observation","status":"Canaryord","id":"a b"})");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_THAT(wrong.body, HasSubstr("\"expression\":[\"Observation.status\"]"));
  EXPECT_THAT(wrong.body, HasSubstr("\"expression\":[\"Observation.code\"]"));
  EXPECT_THAT(wrong.body, HasSubstr("\"expression\":[\"Observation.id\"]"));
  EXPECT_THAT(wrong.body, Not(HasSubstr("Canaryord")));
  EXPECT_EQ(post(R"({"resourceType":"Observation","status":"final","code":{},"text":"x"})").status,
            422);
  EXPECT_EQ(post(R"({"resourceType":"Observation","status":"final","code":{},"contained":{}})").status,
            422);
  EXPECT_EQ(
      post(R"({"resourceType":"Observation","status":"final","code":{},"modifierExtension":[]})").status,
      422);
}

TEST(Exchange, TheUrlTheBodyAndTheHeadersMustAgree) {
  EXPECT_EQ(Now(Request("PUT", "/fhir/Appointment/other", Sample("appointment_noshow"))).status, 400);
  edge::HttpRequest request = Request("PUT", "/fhir/Appointment/a77", Sample("appointment_noshow"));
  request.headers.emplace_back("if-match", "W/\"2\"");
  EXPECT_EQ(Now(request).status, 412);
  request.headers.back().second = "W/\"3\"";
  EXPECT_EQ(Door().Read(request).shape, Plan::Shape::kOne);
  request.headers.back() = {"if-none-exist", "identifier=1"};
  EXPECT_EQ(Now(request).status, 412);
}

TEST(Exchange, AnswersOfFormsAreTakenOutBeforeAnythingIsKept) {
  const Plan plan =
      Door().Read(Request("POST", "/fhir/QuestionnaireResponse", Sample("questionnaire_epds")));
  ASSERT_EQ(plan.shape, Plan::Shape::kOne);
  EXPECT_THAT(plan.entries[0].message, Not(HasSubstr("Canaryord")));
  EXPECT_THAT(plan.entries[0].message, HasSubstr("authored"));
  const Plan contained = Door().Read(Request(
      "POST", "/fhir/QuestionnaireResponse",
      R"({"resourceType":"QuestionnaireResponse","status":"completed","contained":[)"
      R"({"resourceType":"Questionnaire","title":"Canaryord"},{"resourceType":"Patient","id":"p"}]})"));
  ASSERT_EQ(contained.shape, Plan::Shape::kOne);
  EXPECT_THAT(contained.entries[0].message, Not(HasSubstr("Canaryord")));
  EXPECT_THAT(contained.entries[0].message, HasSubstr("\"Patient\""));
}

// Each level was looked at twice, so that 30 of them took for ever.
TEST(Exchange, AFormThatIsContainedDeepIsFoundInOnePass) {
  std::string body = R"({"resourceType":"QuestionnaireResponse","item":[{"linkId":"Canaryord"}]})";
  for (int level = 0; level < 30; ++level)
    body = R"({"resourceType":"Task","status":"draft","intent":"order","contained":[)" + body + "]}";
  const Plan plan = Door().Read(Request("POST", "/fhir/Task", body));
  ASSERT_EQ(plan.shape, Plan::Shape::kOne) << plan.answer.body;
  EXPECT_THAT(plan.entries[0].message, Not(HasSubstr("Canaryord")));
}

// A form that a Task or an Encounter brings with it kept its answers in the raw message.
TEST(Exchange, AnswersOfFormsThatOtherResourcesContainAreTakenOutToo) {
  const std::string form =
      R"({"resourceType":"QuestionnaireResponse","id":"f","status":"completed","authored":"2026-03-02",)"
      R"("text":{"status":"generated","div":"Canaryord"},"item":[{"linkId":"1","answer":[)"
      R"({"valueString":"Canaryord"}]}]})";
  for (const std::string& outer : {
           R"({"resourceType":"Task","status":"draft","intent":"order","text":{"div":"Canaryord"},)"
           R"("contained":[)" + form + "]}",
           R"({"resourceType":"Encounter","status":"finished","class":{"code":"HH"},"contained":[)" + form + "]}",
           R"({"resourceType":"Communication","status":"completed","contained":[{"resourceType":)"
           R"("Bundle","type":"collection","entry":[{"resource":{"resourceType":"List",)"
           R"("contained":[)" + form + R"(]}}]}]})",
       }) {
    const std::string type = outer.substr(17, outer.find('"', 17) - 17);
    const Plan plan = Door().Read(Request("POST", "/fhir/" + type, outer));
    ASSERT_EQ(plan.shape, Plan::Shape::kOne) << plan.answer.body;
    EXPECT_THAT(plan.entries[0].message, Not(HasSubstr("Canaryord"))) << type;
    EXPECT_THAT(plan.entries[0].message, HasSubstr("\"authored\":\"2026-03-02\"")) << type;
    const Plan batch = Door().Read(Request(
        "POST", "/fhir",
        R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":)" + outer +
            R"(,"request":{"method":"POST","url":")" + type + "\"}}]}"));
    ASSERT_EQ(batch.entries.size(), 1U);
    EXPECT_NE(batch.entries[0].message, "");
    EXPECT_THAT(batch.entries[0].message, Not(HasSubstr("Canaryord"))) << type;
    // What lies in quarantine from before is read without them as well.
    const Result<Document> kept = Document::Parse(outer);
    ASSERT_TRUE(kept.ok());
    std::string read;
    AppendJson(kept->focus(), read);
    EXPECT_THAT(read, Not(HasSubstr("Canaryord"))) << type;
  }
}

TEST(Bundle, EachEntryBecomesAMessageWithWhatItRefersTo) {
  const Plan plan = Door().Read(Request("POST", "/fhir", Sample("bundle_transaction")));
  ASSERT_EQ(plan.shape, Plan::Shape::kTransaction);
  ASSERT_EQ(plan.entries.size(), 3U);
  EXPECT_EQ(plan.entries[0].message, "");  // a Patient tells nothing by itself
  for (const size_t i : {1U, 2U}) {
    EXPECT_THAT(plan.entries[i].message, HasSubstr("\"type\":\"collection\""));
    EXPECT_THAT(plan.entries[i].message, HasSubstr("20210325K069"));
  }
  const edge::HttpResponse answer = Told(plan, Of(Fate::Kind::kTaken));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("transaction-response"));
  EXPECT_THAT(answer.body, HasSubstr("\"location\":\"Encounter/e9/_history/1\""));
  EXPECT_THAT(answer.body, HasSubstr("\"status\":\"201 Created\""));
  EXPECT_THAT(answer.body, Not(HasSubstr("20210325K069")));
  EXPECT_EQ(Told(plan, Of(Fate::Kind::kConflict, {{"conflict", "x", "y"}})).status, 409);
}

std::string Entry1(const std::string& resource, const std::string& request) {
  return "{\"resource\":" + resource + ",\"request\":" + request + "}";
}

constexpr char kGood[] = R"({"resourceType":"Communication","id":"c1","status":"completed"})";
constexpr char kGoodRequest[] = R"({"method":"PUT","url":"Communication/c1"})";

std::string BundleOf(const std::string& type, const std::vector<std::string>& entries) {
  std::string out = R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)";
  for (size_t i = 0; i < entries.size(); ++i) out.append(i == 0 ? "" : ",").append(entries[i]);
  return out + "]}";
}

struct WrongEntry {
  const char* resource;
  const char* request;
  int status;
};

TEST(Bundle, AWrongEntryStopsATransactionAndNotABatch) {
  for (const WrongEntry& one : {
           WrongEntry{R"({"resourceType":"Communication"})", R"({"method":"POST","url":"Communication"})", 422},
           WrongEntry{R"({"resourceType":"Encountr"})", R"({"method":"POST","url":"Encountr"})", 400},
           WrongEntry{kGood, R"({"method":"DELETE","url":"Communication/c1"})", 405},
           WrongEntry{kGood, R"({"method":"PUT","url":"Communication/c2"})", 400},
           WrongEntry{kGood, R"({"method":"POST","url":"Task"})", 400},
           WrongEntry{kGood, R"(null)", 400},
           WrongEntry{R"({"status":"completed"})", kGoodRequest, 400},
           WrongEntry{kGood, R"({"method":"POST","url":"Communication","ifNoneExist":"a=b"})", 412},
       }) {
    const std::vector<std::string> entries = {Entry1(kGood, kGoodRequest),
                                              Entry1(one.resource, one.request)};
    const edge::HttpResponse refused = Now(Request("POST", "/fhir", BundleOf("transaction", entries)));
    EXPECT_EQ(refused.status, one.status) << one.resource << one.request;
    EXPECT_THAT(refused.body, HasSubstr("Bundle.entry[1]"));
    const Plan batch = Door().Read(Request("POST", "/fhir", BundleOf("batch", entries)));
    ASSERT_EQ(batch.shape, Plan::Shape::kBatch);
    EXPECT_EQ(batch.entries[0].refused, 0);
    EXPECT_NE(batch.entries[0].message, "");
    EXPECT_EQ(batch.entries[1].refused, one.status);
    EXPECT_EQ(batch.entries[1].message, "");
    EXPECT_THAT(Told(batch, Of(Fate::Kind::kTaken)).body,
                HasSubstr("\"status\":\"" + std::to_string(one.status)));
  }
}

TEST(Bundle, OfAnotherKindEmptyOrTooLongIsRefused) {
  const auto post = [](const std::string& body) { return Now(Request("POST", "/fhir", body)); };
  EXPECT_EQ(post(BundleOf("collection", {Entry1(kGood, kGoodRequest)})).status, 422);
  EXPECT_EQ(post(BundleOf("history", {Entry1(kGood, kGoodRequest)})).status, 422);
  EXPECT_EQ(post(R"({"resourceType":"Bundle"})").status, 400);
  EXPECT_EQ(post(BundleOf("batch", {})).status, 422);
  EXPECT_EQ(post(kGood).status, 400);
  EXPECT_EQ(post(BundleOf("batch", std::vector<std::string>(1001, Entry1(kGood, kGoodRequest)))).status,
            413);
}

TEST(Bundle, AMessageIsAnsweredByAMessage) {
  for (const char* path : {"/fhir", "/fhir/$process-message"}) {
    const Plan plan = Door().Read(Request("POST", path, Sample("bundle_message")));
    ASSERT_EQ(plan.shape, Plan::Shape::kMessage);
    ASSERT_EQ(plan.entries.size(), 1U);
    EXPECT_THAT(plan.entries[0].message, HasSubstr("20210325K069"));
    const edge::HttpResponse answer = Told(plan, Of(Fate::Kind::kTaken));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr(R"("response":{"identifier":"mh1","code":"ok"})"));
    EXPECT_THAT(answer.body, HasSubstr(R"("eventUri":"urn:example:appointment")"));
  }
  EXPECT_EQ(Now(Request("POST", "/fhir/$process-message", Sample("bundle_transaction"))).status, 422);
  EXPECT_EQ(Now(Request("POST", "/fhir", BundleOf("message", {Entry1(kGood, "{}")}))).status, 422);
}

TEST(Bundle, AMessageIsNamedByItsHeaderOrItsPlaceAndAnAnswerIsNoMessage) {
  const std::string rest =
      R"(,"eventUri":"urn:x","source":{"endpoint":"urn:y"}}},)" + Entry1(kGood, kGoodRequest) + "]}";
  const std::string head = R"({"resourceType":"Bundle","type":"message","entry":[{)";
  const Plan named = Door().Read(Request(
      "POST", "/fhir", head + R"("fullUrl":"urn:uuid:4a08","resource":{"resourceType":"MessageHeader")" + rest));
  ASSERT_EQ(named.shape, Plan::Shape::kMessage);
  EXPECT_EQ(named.header_id, "4a08");
  EXPECT_EQ(Now(Request("POST", "/fhir", head + R"("resource":{"resourceType":"MessageHeader")" + rest)).status,
            422);
  EXPECT_EQ(Now(Request("POST", "/fhir",
                        head + R"("resource":{"resourceType":"MessageHeader","id":"a","response":{})" + rest))
                .status,
            422);
}

TEST(Bundle, WhatOnlyComesAlongMayBeMeantForAnyPlace) {
  const Plan plan = Door().Read(Request(
      "POST", "/fhir",
      BundleOf("transaction",
               {Entry1(R"({"resourceType":"Patient"})",
                       R"({"method":"PUT","url":"Patient?identifier=x","ifNoneExist":"y"})"),
                Entry1(kGood, kGoodRequest)})));
  ASSERT_EQ(plan.shape, Plan::Shape::kTransaction);
  EXPECT_EQ(plan.entries[0].message, "");
}

// A visit went down with an allergy that came along in its transaction.
TEST(Bundle, WhatNoRuleReadsTakesNothingDownWithIt) {
  const std::string allergy = Entry1(R"({"resourceType":"AllergyIntolerance","id":"x"})",
                                     R"({"method":"POST","url":"AllergyIntolerance"})");
  const std::string task = Entry1(R"({"resourceType":"Task"})", R"({"method":"POST","url":"Task"})");
  const Exchange door("/fhir", {"Communication"});
  for (const char* type : {"transaction", "batch"}) {
    const Plan plan = door.Read(
        Request("POST", "/fhir", BundleOf(type, {Entry1(kGood, kGoodRequest), allergy, task})));
    ASSERT_EQ(plan.entries.size(), 3U) << type;
    EXPECT_NE(plan.entries[0].message, "");
    for (const size_t i : {1U, 2U}) {
      EXPECT_EQ(plan.entries[i].message, "") << type << i;
      EXPECT_EQ(plan.entries[i].refused, 0) << type << i;
      EXPECT_FALSE(plan.entries[i].of_interest) << type << i;
    }
    const edge::HttpResponse answer = door.Answer(plan, std::vector<Fate>(3));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("nothing in it is of interest here"));
  }
  // Nothing else in it: received, as one by one.
  const Plan none = door.Read(Request("POST", "/fhir", BundleOf("transaction", {allergy, task})));
  ASSERT_EQ(none.shape, Plan::Shape::kTransaction);
  EXPECT_EQ(door.Answer(none, std::vector<Fate>(2)).status, 200);
  const std::string header = Entry1(R"({"resourceType":"MessageHeader","id":"m","eventUri":"urn:x"})", "{}");
  const Plan message = door.Read(Request("POST", "/fhir", BundleOf("message", {header, allergy})));
  ASSERT_EQ(message.shape, Plan::Shape::kMessage);
  EXPECT_THAT(door.Answer(message, std::vector<Fate>(1)).body, HasSubstr(R"("code":"ok")"));
  // By itself its sender is at the wrong door.
  EXPECT_EQ(door.Read(Request("POST", "/fhir/AllergyIntolerance", "{}")).answer.status, 404);
  EXPECT_THAT(door.Read(Request("GET", "/fhir/metadata")).answer.body,
              HasSubstr("In a transaction, batch or message it is received and not kept"));
}

// `count` appointments about one patient of `bytes` bytes.
std::string SharedPatient(const std::string& type, size_t count, size_t bytes) {
  std::vector<std::string> entries;
  if (type == "message")
    entries.push_back(Entry1(R"({"resourceType":"MessageHeader","id":"m","eventUri":"urn:x"})", "{}"));
  entries.push_back(Entry1(R"({"resourceType":"Patient","id":"p","language":")" +
                               std::string(bytes, 'x') + "\"}",
                           R"({"method":"PUT","url":"Patient/p"})"));
  for (size_t i = 0; i < count; ++i) {
    const std::string id = "c" + std::to_string(i);
    entries.push_back(Entry1(R"({"resourceType":"Communication","status":"completed","id":")" + id +
                                 R"(","subject":{"reference":"Patient/p"}})",
                             R"({"method":"PUT","url":"Communication/)" + id + "\"}"));
  }
  return BundleOf(type, entries);
}

// A batch of 1 MB whose 200 entries shared one patient took 481 MB.
TEST(Bundle, WhatItsEntriesShareIsBounded) {
  for (const char* type : {"batch", "transaction", "message"}) {
    const edge::HttpResponse refused =
        Now(Request("POST", "/fhir", SharedPatient(type, 200, size_t{1} << 20)));
    EXPECT_EQ(refused.status, 413) << type;
    EXPECT_THAT(refused.body, HasSubstr("too-costly"));
    EXPECT_THAT(refused.body, HasSubstr("send several Bundles"));
    const Plan honest = Door().Read(Request("POST", "/fhir", SharedPatient(type, 900, 8'000)));
    ASSERT_NE(honest.shape, Plan::Shape::kAnswered) << type;
    size_t bytes = 0;
    for (const Entry& entry : honest.entries) bytes += entry.message.size();
    EXPECT_GT(bytes, size_t{900} * 8'000);
  }
  // A large report that one other resource refers to is no sharing.
  const Plan once = Door().Read(Request("POST", "/fhir", SharedPatient("batch", 1, kMaxCopies + 1)));
  EXPECT_EQ(once.shape, Plan::Shape::kBatch);
}

// What came along without a type made a message that nobody could read again.
TEST(Bundle, WhatIsNoResourceDoesNotComeAlong) {
  const Plan plan = Door().Read(Request(
      "POST", "/fhir",
      BundleOf("batch",
               {R"({"fullUrl":"urn:uuid:1","resource":{"id":"x"}})",
                Entry1(R"({"resourceType":"Communication","status":"completed",)"
                       R"("subject":{"reference":"urn:uuid:1"}})",
                       R"({"method":"POST","url":"Communication"})")})));
  ASSERT_EQ(plan.entries.size(), 2U);
  EXPECT_THAT(plan.entries[1].message, Not(HasSubstr("collection")));
}

TEST(Bundle, ReferencesThatTurnInCirclesEnd) {
  const std::string circle = BundleOf(
      "batch",
      {Entry1(R"({"resourceType":"Task","id":"a","status":"draft","intent":"order","partOf":[{"reference":"Task/b"}]})",
              R"({"method":"PUT","url":"Task/a"})"),
       Entry1(R"({"resourceType":"Task","id":"b","status":"draft","intent":"order","partOf":[{"reference":"Task/a"},{"reference":"Task/b"}]})",
              R"({"method":"PUT","url":"Task/b"})")});
  const Plan plan = Door().Read(Request("POST", "/fhir", circle));
  ASSERT_EQ(plan.entries.size(), 2U);
  EXPECT_LT(plan.entries[0].message.size(), circle.size());
}

TEST(CapabilityStatement, ListsWhatAnswersAndNothingElse) {
  const edge::HttpResponse answer = Now(Request("GET", "/fhir/metadata"));
  EXPECT_EQ(answer.status, 200);
  const Result<Json> statement = ParseJson(answer.body);
  ASSERT_TRUE(statement.ok());
  EXPECT_EQ(statement->Text("fhirVersion"), "4.0.1");
  const Json& rest = statement->Find("rest")->items[0];
  std::vector<std::string> listed;
  for (const Json& resource : rest.Find("resource")->items) {
    const std::string& type = resource.Text("type");
    listed.push_back(type);
    std::vector<std::string> codes;
    for (const Json& one : resource.Find("interaction")->items) codes.push_back(one.Text("code"));
    EXPECT_THAT(codes, testing::ElementsAre("create", "update"));
    const std::string body = "{\"resourceType\":\"" + type + "\",\"id\":\"1\"}";
    EXPECT_EQ(Now(Request("POST", "/fhir/" + type, body)).status, 422) << type;
    EXPECT_EQ(Now(Request("PUT", "/fhir/" + type + "/1", body)).status, 422) << type;
    EXPECT_EQ(Now(Request("GET", "/fhir/" + type + "/1")).status, 405) << type;
    EXPECT_EQ(Now(Request("DELETE", "/fhir/" + type + "/1")).status, 405) << type;
    EXPECT_EQ(Now(Request("PATCH", "/fhir/" + type + "/1")).status, 405) << type;
    EXPECT_EQ(Now(Request("GET", "/fhir/" + type)).status, 405) << type;
    EXPECT_EQ(Now(Request("POST", "/fhir/" + type + "/_search", "{}")).status, 405) << type;
  }
  EXPECT_EQ(listed, ResourceTypes());
  std::vector<std::string> whole;
  for (const Json& one : rest.Find("interaction")->items) whole.push_back(one.Text("code"));
  EXPECT_THAT(whole, testing::ElementsAre("transaction", "batch"));
  for (const char* type : {"Patient", "Condition", "Flag", "Subscription", "_history"})
    EXPECT_EQ(Now(Request("POST", std::string("/fhir/") + type, "{}")).status, 404) << type;
}

TEST(Exchange, AnswersOrPlansForEveryCutOfARequest) {
  std::string whole = Sample("bundle_message");
  while (whole.back() != '}') whole.pop_back();
  for (size_t cut = 0; cut < whole.size(); cut += 7)
    EXPECT_EQ(Now(Request("POST", "/fhir", whole.substr(0, cut) + " ")).status, 400) << cut;
}

}  // namespace
}  // namespace sam::fhir::test
