// Social services by file and over FHIR: each sample gives the event it should, field by field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Expected {
  std::string sample;  // the row's code, or the file's name without .json
  std::string type;    // or why there is none
  std::vector<std::string> fields;
};

void Check(const Expected& expected, const kit::Verdict& verdict) {
  if (verdict.events.empty()) {
    EXPECT_EQ(std::string(kit::VerdictName(verdict.kind)), expected.type) << expected.sample;
    return;
  }
  ASSERT_EQ(verdict.events.size(), 1U) << expected.sample;
  EXPECT_EQ(verdict.events[0].type->name, expected.type) << expected.sample;
  for (const std::string& field : expected.fields)
    EXPECT_THAT(TextOf(verdict.events[0].bytes), HasSubstr(field)) << expected.sample;
}

TEST(SocialFile, EachRowGivesTheEventItShould) {
  const std::vector<Expected> all = {
      {"AKT",
       "social.report.received",
       {"intakeRef = \"A-1001\"", "receivedAt = 1772439120000", "protection = none"}},
      {"SKY", "social.protection.assessed", {"assessedAt = 1772446800000"}},
      {"INL", "social.inquiry.decided", {"result = opened", "caseToken = \"U-77\""}},
      {"EJI", "social.inquiry.decided", {"result = notOpened", "intakeRef = \"A-1002\""}},
      {"PAG", "social.inquiry.decided", {"result = alreadyOngoing"}},
      {"AVS", "social.inquiry.closed", {"caseToken = \"U-61\""}},
      {"PLS", "social.placement.changed", {"kind = started", "legal = lvu"}},
      {"PLB", "social.placement.changed", {"kind = moved", "protection = sekretessmarkering"}},
      {"PLU", "social.placement.changed", {"kind = ended", "date = \"2026-03-07\""}},
      {"BUN",
       "social.exam.requested",
       {"orderId = \"B-5\"", "examKind = health", "dueDate = \"2026-04-15\"",
        "contactFunction = \"bollnas.mottagning\""}},
      {"BIS",
       "social.aid.dental.decided",
       {"orderRef = \"D-6\"", "decision = granted", "scope = care", "value = \"195009072553\""}},
      {"SIP", "coord.sip.changed", {"state = called", "meetingDate = \"2026-03-20\""}},
      {"TSI", "coord.tsi.changed", {"state = established", "level = selective"}},
      {"KON", "coord.contact.assigned", {"role = caseworker", "fromDate = \"2026-03-06\""}},
      {"KON", "coord.contact.assigned", {"role = careContact", "functionAddress = \"bvc.bollnas\""}},
      {"KON", "coord.contact.assigned", {"role = doctor", "functionAddress = \"barnklinik.gavleborg\""}},
      {"KON", "coord.contact.assigned", {"role = other", "functionAddress = \"bollnas.forebyggande\""}},
      {"PLS", "social.placement.changed", {"kind = started", "protection = skyddadFolkbokforing"}}};
  FeedRun run(FeedOf("social-csv"));
  const std::string file = "adapters/social/samples/csv/soc_dygn_20260302.csv";
  const std::vector<Told> told = run.Take({file});
  ASSERT_EQ(told.size(), all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(told[i].verdict.trigger, all[i].sample);
    Check(all[i], told[i].verdict);
  }
}

TEST(SocialFile, OfSkyddadFolkbokforingNoMunicipalityIsTold) {
  FeedRun run(FeedOf("social-csv"));
  int protected_rows = 0, others = 0;
  for (const Told& told : run.Take({"adapters/social/samples/csv/soc_dygn_20260302.csv"})) {
    ASSERT_EQ(told.verdict.events.size(), 1U) << told.name;
    const std::string text = TextOf(told.verdict.events[0].bytes);
    const bool hidden = text.find("protection = skyddadFolkbokforing") != std::string::npos;
    ++(hidden ? protected_rows : others);
    EXPECT_EQ(text.find("homeMunicipality = \"2183\"") == std::string::npos, hidden) << told.name;
  }
  EXPECT_EQ(protected_rows, 1);
  EXPECT_EQ(others, 17);
}

TEST(SocialFile, AMarkingThatNoTableKnowsPutsTheRowAside) {
  FeedRun run(FeedOf("social-csv"));
  const std::vector<Told> told = run.Take({"adapters/social/samples/csv/soc_broken_20260303.csv"});
  ASSERT_EQ(told.size(), 5U);
  EXPECT_EQ(Summary(told[4].verdict), "AKT quarantined unknown-code");
}

TEST(SocialFile, AContactOfAKindThatNoTableKnowsPutsTheRowAside) {
  FeedRun run(FeedOf("social-csv"));
  const std::vector<Told> told = run.Take({"adapters/social/samples/csv/soc_broken_20260303.csv"});
  EXPECT_EQ(Summary(told.at(2).verdict), "KON quarantined unknown-code");
}

TEST(SocialFile, YesterdaysRowsInTodaysFileSayNothingNew) {
  FeedRun run(FeedOf("social-csv"));
  const std::string file = "adapters/social/samples/csv/soc_dygn_20260302.csv";
  run.Take({file});
  for (const Told& told : run.Take({file})) EXPECT_TRUE(told.verdict.events.empty()) << told.name;
}

TEST(SocialFile, RowsAboutNobodyOrWithAnUnknownCodeGoAside) {
  FeedRun run(FeedOf("social-csv"));
  for (const Told& told : run.Take({"adapters/social/samples/csv/soc_broken_20260303.csv"}))
    EXPECT_TRUE(maptool::IsBad(told.verdict)) << told.name;
}

TEST(SocialFhir, EachResourceGivesTheEventItShould) {
  const std::vector<Expected> all = {
      {"task_report_received",
       "social.report.received",
       {"intakeRef = \"A-1001\"", "receivedAt = 1772439120000"}},
      {"task_report_received_later", "nothing_to_tell", {}},
      {"task_report_z_in_error", "social.report.received", {"status = retracted", "replaces = "}},
      {"task_protection_assessed",
       "social.protection.assessed",
       {"assessedAt = 1772446800000", "intakeRef = \"A-1001\""}},
      {"task_inquiry_opened",
       "social.inquiry.decided",
       {"result = opened", "caseToken = \"U-77\"", "intakeRef = \"A-1001\""}},
      {"task_inquiry_not_opened", "social.inquiry.decided", {"result = notOpened"}},
      {"task_inquiry_broken_unknown_result", "quarantined", {}},
      {"task_inquiry_closed", "social.inquiry.closed", {"caseToken = \"U-77\""}},
      {"servicerequest_exam",
       "social.exam.requested",
       {"orderId = \"B-5\"", "examKind = health", "dueDate = \"2026-04-15\"",
        "contactFunction = \"bollnas.mottagning\""}},
      {"servicerequest_sip_called",
       "coord.sip.changed",
       {"planId = \"S-1\"", "state = called", "meetingDate = \"2026-03-20\"", "\"bvc.bollnas\"",
        "consentRef = \"SAM-12\""}},
      {"careplan_sip_established",
       "coord.sip.changed",
       {"state = established", "parties = [\"bvc.bollnas\"]"}},
      {"careplan_sip_with_persons", "coord.sip.changed", {"parties = [\"bvc.bollnas\"]"}},
      {"servicerequest_exam_broken_person", "quarantined", {}},
      {"task_contact_broken_person", "quarantined", {}},
      {"careplan_tsi_ended", "coord.tsi.changed", {"state = ended", "level = selective"}},
      {"task_sip_followed_up", "coord.sip.changed", {"planId = \"S-1\"", "state = followedUp"}},
      {"task_contact_assigned",
       "coord.contact.assigned",
       {"role = caseworker", "functionAddress = \"bollnas.mottagning\"",
        "fromDate = \"2026-03-06\""}}};
  FeedRun run(FeedOf("social-fhir"));
  for (const Expected& expected : all) {
    const std::vector<Told> told =
        run.Take({"adapters/social/samples/fhir/" + expected.sample + ".json"});
    ASSERT_EQ(told.size(), 1U) << expected.sample;
    Check(expected, told[0].verdict);
  }
}

// A requester, performer, contributor or owner may be a person in FHIR.
TEST(SocialFhir, AFunctionIsAFunctionAndNeverAPersonsNumber) {
  for (const char* sample : {"careplan_sip_with_persons", "servicerequest_exam_broken_person",
                             "task_contact_broken_person"}) {
    FeedRun run(FeedOf("social-fhir"));
    for (const Told& told :
         run.Take({"adapters/social/samples/fhir/" + std::string(sample) + ".json"})) {
      for (const kit::MappedEvent& event : told.verdict.events)
        for (const char* never : {"195009072553", "196101182803", "SE2321000198-PERSTEST"})
          EXPECT_THAT(TextOf(event.bytes), Not(HasSubstr(never))) << sample;
      EXPECT_THAT(told.verdict.detail, Not(HasSubstr("195009072553"))) << sample;
    }
  }
}

TEST(SocialFhir, OfSkyddadFolkbokforingNoMunicipalityIsTold) {
  const auto text = [](const std::string& sample) {
    FeedRun run(FeedOf("social-fhir"));
    const std::vector<Told> told =
        run.Take({"adapters/social/samples/fhir/" + sample + ".json"});
    return told.size() == 1 && told[0].verdict.events.size() == 1
               ? TextOf(told[0].verdict.events[0].bytes)
               : std::string();
  };
  EXPECT_THAT(text("bundle_exam_protected"), HasSubstr("homeMunicipality = \"2183\""));
  EXPECT_THAT(text("bundle_exam_skyddad"), HasSubstr("protection = skyddadFolkbokforing"));
  EXPECT_THAT(text("bundle_exam_skyddad"), Not(HasSubstr("2183")));
}

TEST(SocialFhir, TheMarkingOfThePatientThatCameAlongIsKeptAndTheAddressIsNot) {
  FeedRun run(FeedOf("social-fhir"));
  const std::vector<Told> told =
      run.Take({"adapters/social/samples/fhir/bundle_exam_protected.json"});
  ASSERT_EQ(told.size(), 1U);
  ASSERT_EQ(told[0].verdict.events.size(), 1U);
  const std::string text = TextOf(told[0].verdict.events[0].bytes);
  EXPECT_THAT(text, HasSubstr("protection = sekretessmarkering"));
  EXPECT_THAT(text, HasSubstr("examKind = lvu32"));
  EXPECT_THAT(text, Not(HasSubstr("Ingenstans")));
}

}  // namespace
}  // namespace sam::shipped
