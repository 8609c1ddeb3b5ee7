// A signed report over FHIR and in a dental file, and the answer to an ordered examination: what a
// professional wrote arrives word for word; what nobody signed never does. And consent over FHIR.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

using testing::HasSubstr;
using testing::Not;

Told One(FeedRun& run, const std::string& file) {
  std::vector<Told> told = run.Take({file});
  EXPECT_EQ(told.size(), 1U) << file;
  return told.empty() ? Told() : std::move(told.front());
}

// The event's body: headers differ by file and by chance.
std::string BodyOf(const std::string& text) {
  const size_t at = text.find("body = ");
  EXPECT_NE(at, std::string::npos);
  return at == std::string::npos ? text : text.substr(at);
}

void ExpectReport(const std::string& text) {
  for (const char* field :
       {"signerName = \"Maj Ek\"", "acute = true", "childName = \"Barn Testsson\"",
        "childInformed = no", "role = \"mor\"", "name = \"Vuxen Testsson\"",
        "value = \"195009072553\"", "informed = yes", "role = \"far\"", "informed = mustNot",
        "earlierConcern = yes", "meetingWanted = yes", "legalClass = a", "sensitivity = s4",
        "signedAt = 1772446500000"})
    EXPECT_THAT(text, HasSubstr(field));
}

TEST(Report, ACommunicationThatIsSentArrivesWordForWord) {
  FeedRun run(FeedOf("bvc-fhir"));
  const Told told = One(run, "adapters/bvc/samples/fhir/communication_report_signed.json");
  ASSERT_EQ(Summary(told.verdict), "Communication:completed report:report.signed");
  const std::string text = TextOf(told.verdict.events[0].bytes);
  ExpectReport(text);
  EXPECT_THAT(text, HasSubstr("signerRole = \"sjuksköterska\""));
  EXPECT_THAT(text, HasSubstr("signerFunction = \"bvc.bollnas\""));
  EXPECT_THAT(text, HasSubstr("concern = \"Canaryord: barnet lämnas ensamt\""));
  EXPECT_THAT(text, HasSubstr("notInformedReason = \"hot har förekommit\""));
  EXPECT_THAT(text, HasSubstr("homeMunicipality = \"2183\""));
}

TEST(Report, ADraftIsNoReport) {
  FeedRun run(FeedOf("bvc-fhir"));
  const Told told = One(run, "adapters/bvc/samples/fhir/communication_report_unsigned.json");
  EXPECT_EQ(Summary(told.verdict), "Communication:preparation not_wanted");
}

TEST(Report, ARowThatIsSignedArrivesWordForWordAndOneThatIsNotNever) {
  FeedRun run(FeedOf("dental-csv"));
  const std::vector<Told> told = run.Take({"tests/fixtures/dental/ftv_anm_20260302.csv"});
  ASSERT_EQ(told.size(), 2U);
  ASSERT_EQ(Summary(told[0].verdict), "OM report:report.signed");
  const std::string text = TextOf(told[0].verdict.events[0].bytes);
  ExpectReport(text);
  EXPECT_THAT(text, HasSubstr("signerFunction = \"ftv.bollnas\""));
  EXPECT_THAT(text, HasSubstr("svår karies; behandlas inte, trots kallelser"));
  EXPECT_THAT(text, HasSubstr("role = \"syskon\", name = \"Syskon Testsson\""));
  EXPECT_EQ(Summary(told[1].verdict), "OM nothing_to_tell");
}

TEST(Report, ARowsFilesGoWithItAndOneThatIsNotThereHoldsTheRowBack) {
  FeedRun run(FeedOf("dental-csv"));
  const std::vector<Told> told = run.Take({"tests/fixtures/dental_reports/ftv_anm_bilagor_20260304.csv"});
  ASSERT_EQ(told.size(), 3U);
  ASSERT_EQ(Summary(told[0].verdict), "OM report:report.signed") << told[0].verdict.detail;
  const kit::MappedEvent& event = told[0].verdict.events[0];
  const std::string text = TextOf(event.bytes);
  EXPECT_THAT(text, HasSubstr("title = \"Journalutdrag\""));
  EXPECT_THAT(text, HasSubstr("mediaType = \"text/plain\""));
  EXPECT_THAT(text, HasSubstr("mediaType = \"image/png\""));
  EXPECT_THAT(text, Not(HasSubstr("an3_"))) << "the file's name is no part of it";
  ASSERT_EQ(event.files.size(), 2U);
  for (const auto& [index, name] : {std::pair(0, "an3_utdrag.txt"), std::pair(1, "an3_bild.png")}) {
    std::ifstream in(Source("tests/fixtures/dental_reports/") + name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(event.files[static_cast<size_t>(index)].digest, Sha256({bytes})) << name;
  }
  EXPECT_EQ(Summary(told[1].verdict), "OM quarantined attachment-missing");
  EXPECT_THAT(told[1].verdict.detail, Not(HasSubstr("an4")));
}

TEST(Report, AnXmlRecordsFilesGoWithItAsARowsDo) {
  FeedRun csv(FeedOf("dental-csv"));
  FeedRun xml(FeedOf("dental-xml"));
  const std::vector<Told> rows = csv.Take({"tests/fixtures/dental_reports/ftv_anm_bilagor_20260304.csv"});
  const std::vector<Told> told = xml.Take({"tests/fixtures/dental_reports/ftv_anm_bilagor_20260304.xml"});
  ASSERT_EQ(told.size(), 2U);
  ASSERT_EQ(Summary(told[0].verdict), "OM report:report.signed") << told[0].verdict.detail;
  const kit::MappedEvent& event = told[0].verdict.events[0];
  EXPECT_EQ(BodyOf(TextOf(event.bytes)), BodyOf(TextOf(rows[0].verdict.events[0].bytes)));
  ASSERT_EQ(event.files.size(), 2U);
  for (size_t i = 0; i < 2; ++i)
    EXPECT_EQ(event.files[i].digest, rows[0].verdict.events[0].files[i].digest);
  EXPECT_EQ(Summary(told[1].verdict), "OM quarantined attachment-missing");
}

// Told without its number, a report that changed would be a second report.
TEST(Report, ASignedRowWithoutItsNumberWaitsForAPersonAndADraftWithoutOneDoesNot) {
  FeedRun run(FeedOf("dental-csv"));
  const auto told = run.Take({"tests/fixtures/dental_reports/ftv_anm_bilagor_20260304.csv"});
  EXPECT_EQ(Summary(told.at(2).verdict), "OM quarantined report-number-missing");
  ::sam::test::TempDir dir;
  std::ifstream in(Source("tests/fixtures/dental_reports/ftv_anm_bilagor_20260304.csv"));
  std::string header, line, last;
  std::getline(in, header);
  while (std::getline(in, line)) last = line;
  const std::string signed_at = "2026-03-04 09:15";
  last.erase(last.find(signed_at), signed_at.size());
  std::ofstream(dir / "ftv_utkast.csv") << header << "\n" << last << "\n";
  EXPECT_EQ(Summary(run.TakePaths({dir / "ftv_utkast.csv"}).at(0).verdict), "OM nothing_to_tell");
}

TEST(Report, AnXmlRecordThatIsSignedSaysWhatTheRowOfTheTableSays) {
  FeedRun csv(FeedOf("dental-csv"));
  FeedRun xml(FeedOf("dental-xml"));
  const std::vector<Told> told = xml.Take({"adapters/dental/samples/xml/ftv_anm_20260302.xml"});
  ASSERT_EQ(told.size(), 2U);
  ASSERT_EQ(Summary(told[0].verdict), "OM report:report.signed") << told[0].verdict.detail;
  EXPECT_EQ(Summary(told[1].verdict), "OM nothing_to_tell");
  const std::string text = TextOf(told[0].verdict.events[0].bytes);
  ExpectReport(text);
  EXPECT_EQ(BodyOf(text),
            BodyOf(TextOf(csv.Take({"tests/fixtures/dental/ftv_anm_20260302.csv"})[0].verdict.events[0].bytes)));
}

TEST(Report, AnXmlRecordWithoutAConcernGoesAside) {
  FeedRun run(FeedOf("dental-xml"));
  const Told told = One(run, "adapters/dental/samples/xml/ftv_anm_broken_20260303.xml");
  EXPECT_EQ(Summary(told.verdict), "OM quarantined missing-field");
  EXPECT_THAT(told.verdict.detail, Not(HasSubstr("Testsson")));
}

TEST(Report, CanComeFromEachSideThatHasADutyToReport) {
  for (const auto& [domain, feeds] : std::map<std::string, std::vector<const char*>>{
           {"bvc", {"bvc-hl7v2", "bvc-fhir"}},
           {"dental", {"dental-csv", "dental-xml"}},
           {"social", {"social-csv", "social-fhir", "social-lifecare", "social-sql"}}})
    for (const char* feed : feeds) {
      size_t reports = 0;
      FeedRun run(FeedOf(feed));
      for (const Told& told : run.Take(FilesOf(FeedOf(feed))))
        for (const kit::MappedEvent& event : told.verdict.events)
          if (event.type->name == "report.signed") ++reports;
      EXPECT_GE(reports, 1U) << domain << ": " << feed << " tells no report (row 43)";
    }
}

TEST(Report, OfTheMunicipalitysOwnProfessionalIsToldWordForWordAndADraftNever) {
  FeedRun run(FeedOf("social-fhir"));
  const std::string folder = "adapters/social/samples/fhir/";
  const Told told = One(run, folder + "communication_report_signed.json");
  ASSERT_EQ(Summary(told.verdict), "Communication:completed report:report.signed") << told.verdict.detail;
  const std::string text = TextOf(told.verdict.events[0].bytes);
  ExpectReport(text);
  EXPECT_THAT(text, HasSubstr("signerFunction = \"bollnas.forebyggande\""));
  EXPECT_EQ(Summary(One(run, folder + "communication_report_unsigned.json").verdict),
            "Communication:preparation not_wanted");
}

// A file in a social system's report was left out without a word.
TEST(Report, TakesItsFilesAlongFromWhicheverSideItComes) {
  const std::string file =
      "\"payload\": [{\"contentAttachment\": {\"contentType\": \"application/pdf\", \"title\": \"Bilaga\", "
      "\"data\": \"JVBERi0xLjQK\"}},";
  for (const auto& [feed, folder] : {std::pair("bvc-fhir", "bvc"), std::pair("social-fhir", "social")}) {
    const std::string sample = std::string("adapters/") + folder + "/samples/fhir/communication_report_signed.json";
    const kit::Verdict verdict = Changed(feed, sample, "\"payload\": [", file);
    ASSERT_EQ(verdict.events.size(), 1U) << feed << ": " << verdict.detail;
    ASSERT_EQ(verdict.events[0].files.size(), 1U) << feed;
    EXPECT_THAT(TextOf(verdict.events[0].bytes), HasSubstr("mediaType = \"application/pdf\"")) << feed;
  }
}

TEST(Report, ThatIsTakenBackOrMayBeAcuteWaitsForAPersonAlsoFromTheMunicipality) {
  const std::string report = "adapters/social/samples/fhir/communication_report_signed.json";
  EXPECT_EQ(Summary(Changed("social-fhir", report, "\"status\": \"completed\"", "\"status\": \"entered-in-error\"")),
            "Communication:entered-in-error quarantined report-withdrawn");
  const auto acute = [&](const std::string& priority) {
    const kit::Verdict verdict =
        Changed("social-fhir", report, "\"priority\": \"stat\"", "\"priority\": \"" + priority + "\"");
    return verdict.events.empty() ? verdict.reason : TextOf(verdict.events[0].bytes);
  };
  EXPECT_THAT(acute("asap"), HasSubstr("acute = true"));
  EXPECT_EQ(acute("blixt"), "unknown-code");
}

// The district chooses among several receptions of one board; no mapping told it, whatever the source said.
TEST(Report, TellsTheDistrictWhereTheSourceDoesUnlessTheChildIsProtected) {
  struct Case {
    const char* feed;
    const char* sample;
    const char* from;
    const char* told;
    const char* hidden;
  };
  constexpr const char* kAddress = "\"address\": [\n        {\n";
  constexpr const char* kDistrict = "\"address\": [\n {\"district\": \"Söder\",\n";
  constexpr const char* kMarked =
      "\"meta\": {\"security\": [{\"code\": \"sekretessmarkering\"}]}, \"address\": [{\"district\": \"Söder\",\n";
  for (const Case& one :
       {Case{"bvc-hl7v2", "tests/fixtures/bvc/mdm_t02_report.hl7", "SE^^^2183\rPD1||||||||||||N",
             "SE^^^2183^Söder\rPD1||||||||||||N", "SE^^^2183^Söder\rPD1||||||||||||S"},
        Case{"dental-xml", "adapters/dental/samples/xml/ftv_anm_20260302.xml", "<skydd>N</skydd>",
             "<stadsdel>Söder</stadsdel><skydd>N</skydd>", "<stadsdel>Söder</stadsdel><skydd>S</skydd>"},
        Case{"bvc-fhir", "adapters/bvc/samples/fhir/communication_report_signed.json", kAddress, kDistrict, kMarked},
        Case{"social-fhir", "adapters/social/samples/fhir/communication_report_signed.json", kAddress, kDistrict, kMarked},
        Case{"social-csv", "adapters/social/samples/csv/soc_oro_20260302.csv", "2183;Söder;N", "2183;Söder;N",
             "2183;Söder;S"}}) {
    const auto text = [&](const char* to) {
      const kit::Verdict verdict = Changed(one.feed, one.sample, one.from, to);
      return verdict.events.empty() ? verdict.reason + verdict.detail : TextOf(verdict.events[0].bytes);
    };
    EXPECT_THAT(text(one.told), HasSubstr("district = \"Söder\"")) << one.feed;
    EXPECT_THAT(text(one.hidden), HasSubstr("protection = sekretessmarkering")) << one.feed;
    EXPECT_THAT(text(one.hidden), Not(HasSubstr("district = \"S"))) << one.feed;
  }
}

TEST(Protection, ADentalRecordTellsNoMunicipalityUnderSkyddadFolkbokforing) {
  const std::string sample = "adapters/dental/samples/xml/ftv_ub_20260302.xml";
  const std::string end = "</d:patient>";
  const auto text = [&](const std::string& marking) {
    const kit::Verdict verdict = Changed("dental-xml", sample, end,
        "<d:kommun>2121</d:kommun><d:skydd>" + marking + "</d:skydd>" + end);
    return verdict.events.empty() ? verdict.reason + verdict.detail : TextOf(verdict.events[0].bytes);
  };
  EXPECT_THAT(text("N"), HasSubstr("homeMunicipality = \"2121\""));
  EXPECT_THAT(text("F"), HasSubstr("protection = skyddadFolkbokforing"));
  EXPECT_THAT(text("F"), Not(HasSubstr("2121")));
}

TEST(Report, TheSameReportInTheNextNightsFileIsToldOnce) {
  FeedRun run(FeedOf("dental-csv"));
  const std::string file = "tests/fixtures/dental/ftv_anm_20260302.csv";
  ASSERT_EQ(run.Take({file})[0].verdict.events.size(), 1U);
  EXPECT_TRUE(run.Take({file})[0].verdict.events.empty());
}

TEST(Report, ARowWithoutAConcernGoesAside) {
  FeedRun run(FeedOf("dental-csv"));
  const Told told = One(run, "tests/fixtures/dental/ftv_anm_broken_20260303.csv");
  EXPECT_EQ(Summary(told.verdict), "OM quarantined missing-field");
  EXPECT_THAT(told.verdict.detail, Not(HasSubstr("Canaryord")));
}

TEST(OrderedExamination, TheOrdersNumberComesBackWithWhatBecameOfIt) {
  FeedRun hl7(FeedOf("bvc-hl7v2"));
  FeedRun fhir(FeedOf("bvc-fhir"));
  const std::map<std::string, std::vector<std::string>> expected = {
      {"tests/fixtures/bvc/oru_exam_done.hl7",
       {"orderId = \"B-5\"", "result = done", "date = \"2026-04-01\"", "reportRef = \"D-5001\"",
        "needsCare = none"}},
      {"tests/fixtures/bvc/oru_exam_not_done.hl7",
       {"orderId = \"B-6\"", "result = notDone", "notDone = missed"}},
      {"adapters/bvc/samples/fhir/task_exam_done.json",
       {"orderId = \"B-5\"", "result = partly", "reportRef = \"D-5001\"", "needsCare = needed"}},
      {"adapters/bvc/samples/fhir/task_exam_not_done.json",
       {"orderId = \"B-6\"", "result = notDone", "notDone = missed"}}};
  for (const auto& [file, fields] : expected) {
    const Told told = One(file.find(".hl7") == std::string::npos ? fhir : hl7, file);
    ASSERT_EQ(told.verdict.events.size(), 1U) << file << ": " << told.verdict.detail;
    EXPECT_EQ(told.verdict.events[0].type->name, "health.exam.reported");
    for (const std::string& field : fields)
      EXPECT_THAT(TextOf(told.verdict.events[0].bytes), HasSubstr(field)) << file;
  }
}

TEST(Consent, IsGivenOnlyByAnActiveOneThatPermits) {
  FeedRun run(FeedOf("bvc-fhir"));
  const std::string folder = "adapters/bvc/samples/fhir/";
  const Told given = One(run, folder + "consent_given.json");
  ASSERT_EQ(given.verdict.events.size(), 1U) << given.verdict.detail;
  for (const char* field : {"consentId = \"SAM-12\"", "scope = [\"SIG-B1\", \"SIG-B2\"]",
                            "state = given", "expires = \"2026-12-31\"", "\"195009072553\""})
    EXPECT_THAT(TextOf(given.verdict.events[0].bytes), HasSubstr(field));
  for (const char* file : {"consent_withdrawn.json", "consent_denied.json"}) {
    const Told told = One(run, folder + file);
    ASSERT_EQ(told.verdict.events.size(), 1U) << file << ": " << told.verdict.detail;
    EXPECT_THAT(TextOf(told.verdict.events[0].bytes), HasSubstr("state = withdrawn")) << file;
  }
  EXPECT_EQ(Summary(One(run, folder + "consent_broken_unknown_scope.json").verdict),
            "Consent:active quarantined unknown-code");
}

}  // namespace
}  // namespace sam::shipped
