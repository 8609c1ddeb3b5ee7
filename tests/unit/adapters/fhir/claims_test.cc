// What /metadata claims works, and what it does not claim is refused with an OperationOutcome: every
// type and interaction of R4, asked of the listener with each shipped mapping. The statement is what
// a supplier builds its sender by.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/unit/adapters/fhir/served.h"

namespace sam::fhir::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

// R4's RESTful interactions on a type, as a sender asks for them; "{}" is the resource sent.
struct Interaction {
  const char* code;  // of http://hl7.org/fhir/restful-interaction
  const char* method;
  const char* path;  // after the type
  bool body;
};

constexpr Interaction kOnAType[] = {
    {"create", "POST", "", true},
    {"update", "PUT", "/c1", true},
    {"read", "GET", "/c1", false},
    {"read", "HEAD", "/c1", false},
    {"vread", "GET", "/c1/_history/1", false},
    {"patch", "PATCH", "/c1", true},
    {"delete", "DELETE", "/c1", false},
    {"history-instance", "GET", "/c1/_history", false},
    {"history-type", "GET", "/_history", false},
    {"search-type", "GET", "?status=booked", false},
    {"search-type", "GET", "", false},
    {"search-type", "POST", "/_search", true},
    {"conditionalUpdate", "PUT", "?identifier=1", true},
    {"conditionalDelete", "DELETE", "?identifier=1", false},
    {"operation", "POST", "/$validate", true},
    {"operation", "GET", "/c1/$everything", false},
    {"operation", "POST", "/c1/$meta-add", true},
};

constexpr Interaction kOnTheWhole[] = {
    {"search-system", "GET", "?_lastUpdated=gt2026", false},
    {"search-system", "GET", "/", false},
    {"search-system", "POST", "/_search", true},
    {"history-system", "GET", "/_history", false},
    {"delete-system", "DELETE", "?status=booked", false},
    {"operation", "POST", "/$reindex", true},
    {"operation", "GET", "/$process-message", false},
    {"capabilities", "PUT", "/metadata", true},
    {"capabilities", "DELETE", "/metadata", false},
};

// Types of R4 that no mapping can have rules for, and one that R4 has not.
constexpr const char* kOtherTypes[] = {"Patient",      "Practitioner", "Organization", "Condition",
                                       "Flag",         "Subscription", "Binary",       "Parameters",
                                       "DocumentReference", "MessageHeader", "Nonsense"};

constexpr const char* kMappings[] = {"adapters/bvc/mappings/bvc-fhir.toml",
                                     "adapters/dental/mappings/dental-fhir.toml",
                                     "adapters/social/mappings/social-fhir.toml"};

// What the statement says of one type, or of the whole server.
struct Claimed {
  std::map<std::string, std::set<std::string>> types;  // -> codes of interactions
  std::set<std::string> whole;
  std::set<std::string> operations;
};

int StatusIn(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9);
}

std::set<std::string> CodesIn(const Json& owner) {
  std::set<std::string> out;
  const Json* listed = owner.Find("interaction");
  if (listed == nullptr) return out;
  for (const Json& one : listed->items) out.insert(one.Text("code"));
  return out;
}

Claimed ClaimsOf(Served& served) {
  Claimed out;
  const std::string answer = served.Ask("/fhir/metadata", "", "GET");
  EXPECT_EQ(StatusIn(answer), 200);
  const Result<Json> statement = ParseJson(answer.substr(answer.find("\r\n\r\n") + 4));
  EXPECT_TRUE(statement.ok()) << answer;
  if (!statement.ok()) return out;
  const Json& rest = statement->Find("rest")->items[0];
  for (const Json& resource : rest.Find("resource")->items) {
    out.types[resource.Text("type")] = CodesIn(resource);
    for (const char* no : {"readHistory", "conditionalCreate", "conditionalUpdate"})
      EXPECT_EQ(TextOf(*resource.Find(no)), "false") << resource.Text("type") << no;
    EXPECT_EQ(resource.Text("conditionalDelete"), "not-supported");
  }
  out.whole = CodesIn(rest);
  for (const Json& one : rest.Find("operation")->items) out.operations.insert(one.Text("name"));
  return out;
}

// The least of its type that R4 lets pass.
std::string Least(const std::string& type) {
  const ResourceRule* rule = FindResourceRule(type);
  std::string out = R"({"resourceType":")" + type + R"(","id":"c1")";
  if (rule == nullptr) return out + "}";
  out += R"(,"status":")" + rule->statuses[0] + "\"";
  for (const std::string& names : rule->required)
    out += ",\"" + names.substr(0, names.find('|')) + "\":[{}]";
  return out + "}";
}

std::string Ask(Served& served, const Interaction& one, const std::string& place,
                const std::string& resource) {
  return served.Ask("/fhir" + place + one.path, one.body ? resource : "", one.method);
}

// Refused for the interaction, with words of FHIR. HEAD has no body by its nature.
void ExpectNotOffered(const std::string& answer, const Interaction& one, const std::string& what) {
  SCOPED_TRACE(std::string(one.method) + " " + what + one.path + " (" + one.code + ")");
  EXPECT_THAT(StatusIn(answer), AnyOf(400, 404, 405));
  if (std::string(one.method) == "HEAD") return;
  EXPECT_THAT(answer, HasSubstr("\"resourceType\":\"OperationOutcome\""));
  EXPECT_THAT(answer, HasSubstr("\"severity\":\"error\""));
  EXPECT_THAT(answer, HasSubstr("application/fhir+json"));
  if (StatusIn(answer) == 405) {
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: "));
  }
}

class FhirClaims : public testing::TestWithParam<const char*> {
 protected:
  Served served_{GetParam()};
};

TEST_P(FhirClaims, EachInteractionOnATypeWorksOrIsRefusedAsTheStatementSays) {
  const Claimed claimed = ClaimsOf(served_);
  ASSERT_FALSE(claimed.types.empty());
  std::set<std::string> types(ResourceTypes().begin(), ResourceTypes().end());
  types.insert(std::begin(kOtherTypes), std::end(kOtherTypes));
  for (const auto& [type, codes] : claimed.types) {
    EXPECT_TRUE(types.contains(type)) << type << " is claimed and no type taken here";
    EXPECT_FALSE(codes.empty()) << type;
  }
  for (const std::string& type : types) {
    const auto claim = claimed.types.find(type);
    for (const Interaction& one : kOnAType) {
      const std::string answer = Ask(served_, one, "/" + type, Least(type));
      if (claim == claimed.types.end() || !claim->second.contains(one.code)) {
        ExpectNotOffered(answer, one, type);
        continue;
      }
      // Nothing to tell, taken, put aside, or refused for what stands in it.
      EXPECT_THAT(StatusIn(answer), AnyOf(200, 201, 202, 409, 422)) << one.code << type << answer;
      EXPECT_THAT(answer, testing::Not(HasSubstr("not-supported"))) << one.code << type;
    }
  }
}

TEST_P(FhirClaims, NothingIsClaimedThatNoRequestHereTries) {
  const Claimed claimed = ClaimsOf(served_);
  std::set<std::string> tried;
  for (const Interaction& one : kOnAType) tried.insert(one.code);
  for (const auto& [type, codes] : claimed.types)
    for (const std::string& code : codes) EXPECT_TRUE(tried.contains(code)) << type << code;
  EXPECT_THAT(claimed.whole, testing::ElementsAre("batch", "transaction"));
  EXPECT_THAT(claimed.operations, testing::ElementsAre("process-message"));
}

TEST_P(FhirClaims, TheWholeServerOffersWhatItClaimsAndNoMore) {
  const Claimed claimed = ClaimsOf(served_);
  for (const Interaction& one : kOnTheWhole)
    ExpectNotOffered(Ask(served_, one, "", R"({"resourceType":"Parameters"})"), one, "[base]");
  for (const auto& [type, codes] : claimed.types) {
    const std::string resource = Least(type);
    for (const std::string& code : claimed.whole) {
      const std::string bundle = R"({"resourceType":"Bundle","type":")" + code +
                                 R"(","entry":[{"request":{"method":"PUT","url":")" + type +
                                 R"(/c1"},"resource":)" + resource + "}]}";
      const std::string answer = served_.Ask("/fhir", bundle);
      EXPECT_THAT(StatusIn(answer), AnyOf(200, 409)) << code << type << answer;
      EXPECT_THAT(answer, testing::Not(HasSubstr("not-supported"))) << code << type;
    }
    const std::string message =
        R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":)"
        R"("MessageHeader","id":"h1","eventUri":"urn:x","source":{"endpoint":"urn:x"}}},)"
        R"({"resource":)" + resource + "}]}";
    EXPECT_THAT(StatusIn(served_.Ask("/fhir/$process-message", message)), AnyOf(200, 409)) << type;
  }
}

TEST_P(FhirClaims, ConditionsThatAreNotClaimedAreRefused) {
  const std::string type = ClaimsOf(served_).types.begin()->first;
  const std::string bundle =
      R"({"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":")" +
      type + R"(","ifNoneExist":"identifier=1"},"resource":)" + Least(type) + "}]}";
  const std::string answer = served_.Ask("/fhir", bundle);
  EXPECT_EQ(StatusIn(answer), 412) << answer;
  EXPECT_THAT(answer, HasSubstr("OperationOutcome"));
}

// A type without rules was answered 200 by itself: a sender at the wrong adapter's door never heard.
TEST(FhirServer, ATypeThatTheMappingHasNoRuleForIsRefusedAloneAndMayComeAlong) {
  Served served("adapters/dental/mappings/dental-fhir.toml");
  const std::string alone = served.Ask("/fhir/EpisodeOfCare", Least("EpisodeOfCare"));
  EXPECT_EQ(StatusIn(alone), 404) << alone;
  EXPECT_THAT(alone, HasSubstr("no rule"));
  const std::string along = served.Ask(
      "/fhir", R"({"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT",)"
               R"("url":"EpisodeOfCare/c1"},"resource":)" + Least("EpisodeOfCare") + "}]}");
  EXPECT_EQ(StatusIn(along), 200) << along;
  EXPECT_THAT(along, HasSubstr("not kept"));
  EXPECT_TRUE(served.rig.Outbox().empty());
}

INSTANTIATE_TEST_SUITE_P(Shipped, FhirClaims, testing::ValuesIn(kMappings),
                         [](const testing::TestParamInfo<const char*>& one) {
                           const std::string path = one.param;
                           return path.substr(9, path.find('/', 9) - 9);
                         });

}  // namespace
}  // namespace sam::fhir::test
