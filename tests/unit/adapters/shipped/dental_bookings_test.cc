// What becomes of a dental booking, told as it changes: SIU over MLLP and FHIR Appointments, and
// beside the nightly file, which tells of the same bookings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

using testing::HasSubstr;
using testing::Not;

// What each sample gives, one after another by name: "type status" of its events, or why none.
std::map<std::string, std::string> Story(const std::string& id) {
  const Feed& feed = FeedOf(id);
  std::map<std::string, std::string> out;
  for (const Told& told : FeedRun(feed).Take(FilesOf(feed))) {
    std::string text;
    for (const kit::MappedEvent& event : told.verdict.events)
      text += event.type->name + (event.retracts ? " retracted;" : ";");
    if (text.empty() && maptool::IsBad(told.verdict)) text = told.verdict.reason;
    const std::string name = told.name.substr(told.name.rfind('/') + 1);
    out[name.substr(0, name.find('.'))] = text;
  }
  return out;
}

std::string FirstEvent(const std::string& id, const std::string& file) {
  const std::vector<Told> told = FeedRun(FeedOf(id)).Take({file});
  if (told.empty() || told.front().verdict.events.empty()) {
    ADD_FAILURE() << file << " tells nothing";
    return "";
  }
  return TextOf(told.front().verdict.events.front().bytes);
}

const std::string kBookedHl7 = "adapters/dental/samples/hl7/";
const std::string kBookedFhir = "adapters/dental/samples/fhir/";

TEST(DentalBookings, EachSiuTellsWhatItShould) {
  const std::map<std::string, std::string> expected = {
      {"siu_s12_booked", ""},  // the catalogue has no booked dental visit
      {"siu_s12_recall", "dental.recall.sent;"},
      {"siu_s13_rebooked", ""},
      {"siu_s14_a_noshow", "dental.visit.missed;"},
      {"siu_s14_b_complete_after_noshow",
       "dental.visit.missed retracted;dental.visit.completed;"},
      {"siu_s14_broken_unknown_type", "unknown-code"},
      {"siu_s14_complete", "dental.visit.completed;"},
      {"siu_s14_complete_acute", "dental.visit.completed;dental.pain.acute;"},
      {"siu_s15_cancelled_by_clinic", ""},
      {"siu_s15_cancelled_in_time", ""},
      {"siu_s15_cancelled_late", "dental.visit.lateCancelled;"},
      {"siu_s26_a_missed", "dental.visit.missed;"},
      {"siu_s26_b_missed_protected", "dental.visit.missed;"},
      {"siu_s26_broken_two_patients", "several-patients"},
      {"siu_s27_a_clinic_cancelled_after_miss", "dental.visit.missed retracted;"},
      {"siu_s27_b_late_put_back", "dental.visit.lateCancelled retracted;"},
      {"siu_s27_c_removed", "dental.visit.completed retracted;dental.pain.acute retracted;"},
  };
  EXPECT_EQ(Story("dental-hl7v2"), expected);
}

TEST(DentalBookings, EachStatusOfAnAppointmentTellsWhatItShould) {
  const std::map<std::string, std::string> expected = {
      {"appointment_a_noshow", "dental.visit.missed;"},
      {"appointment_b_noshow_then_fulfilled",
       "dental.visit.missed retracted;dental.visit.completed;"},
      {"appointment_b_noshow_without_number", "dental.visit.missed;"},
      {"appointment_c_entered_in_error", "dental.visit.missed retracted;"},
      {"appointment_cancelled_a_late", "dental.visit.lateCancelled;"},
      {"appointment_cancelled_b_by_clinic_after_all", "dental.visit.lateCancelled retracted;"},
      {"appointment_cancelled_in_time", ""},
      {"appointment_cancelled_no_word_when", ""},
      {"appointment_fulfilled", "dental.visit.completed;"},
      {"appointment_fulfilled_a_acute", "dental.visit.completed;dental.pain.acute;"},
      {"appointment_fulfilled_b_in_error",
       "dental.visit.completed retracted;dental.pain.acute retracted;"},
      {"appointment_fulfilled_broken_unknown_type", "unknown-code"},
      {"appointment_noshow_broken_two_patients", "several-patients"},
      {"appointment_recall_a_proposed", "dental.recall.sent;"},
      {"appointment_recall_b_booked", ""},  // told once
      {"appointment_recall_c_in_error", "dental.recall.sent retracted;"},
      {"appointment_status_arrived", ""},
      {"appointment_status_checked_in", ""},
      {"appointment_status_pending", ""},
      {"appointment_status_waitlist", ""},
  };
  EXPECT_EQ(Story("dental-fhir"), expected);
}

// The hub knows one miss again by its episode and its booking, whoever tells it (facts.cc), so both
// are the same in the file, in the message and in the resource.
TEST(DentalBookings, OneMissIsOneByFileByMessageAndByResource) {
  for (const std::string& text :
       {FirstEvent("dental-csv", "tests/fixtures/dental/ftv_dygn_20260302.csv"),
        FirstEvent("dental-hl7v2", kBookedHl7 + "siu_s26_a_missed.hl7"),
        FirstEvent("dental-fhir", kBookedFhir + "appointment_a_noshow.json")})
    for (const char* field :
         {"type = \"dental.visit.missed\"", "episodeKey = \"ftv-bokning|B-1\"",
          "appointmentId = \"B-1\"", "date = \"2026-03-02\"", "occurredAt = 1772440200000",
          "visitType = exam", "consecutive = 2", "value = \"20210325K069\"",
          "homeMunicipality = \"2121\"", "unitHsaId = \"SE2321000198-FTVTEST\""})
      EXPECT_THAT(text, HasSubstr(field));
}

TEST(DentalBookings, ALateCancellationSaysHowLate) {
  for (const std::string& text :
       {FirstEvent("dental-hl7v2", kBookedHl7 + "siu_s15_cancelled_late.hl7"),
        FirstEvent("dental-fhir", kBookedFhir + "appointment_cancelled_a_late.json")})
    for (const char* field : {"noticeHours = 3", "date = \"2026-03-02\"", "visitType = treatment",
                              "occurredAt = 1772441100000"})
      EXPECT_THAT(text, HasSubstr(field));
}

TEST(DentalBookings, OfSkyddadFolkbokforingNoMunicipalityIsTold) {
  for (const std::string& text :
       {FirstEvent("dental-hl7v2", kBookedHl7 + "siu_s26_b_missed_protected.hl7"),
        FirstEvent("dental-fhir", kBookedFhir + "appointment_b_noshow_without_number.json")}) {
    EXPECT_THAT(text, HasSubstr("protection = skyddadFolkbokforing"));
    EXPECT_THAT(text, Not(HasSubstr("2121")));
  }
}

// A later version of the same resource has a message id of its own, and names what it corrects.
TEST(DentalBookings, AVersionIsTheIdempotencyKey) {
  const Feed& feed = FeedOf("dental-fhir");
  const std::string file = kBookedFhir + "appointment_a_noshow.json";
  const std::vector<Told> told = FeedRun(feed).Take({file, file});
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].verdict.events.size(), 1U);
  EXPECT_TRUE(told[1].verdict.events.empty());
  EXPECT_THAT(TextOf(told[0].verdict.events[0].bytes),
              HasSubstr("sourceMessageId = \"Appointment/d1/3\""));
}

// The XML of a night in which somebody was not reached, and of the next one, in which that is taken back.
TEST(DentalXml, AFamilyThatWasReachedAfterAllTakesTheFailureBack) {
  FeedRun run(FeedOf("dental-xml"));
  const std::string sample = "adapters/dental/samples/xml/ftv_dygn_20260302.xml";
  run.Take({sample});
  std::ifstream in(Source(sample), std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::string before = "id=\"H-8\" typ=\"KF\"";
  text.replace(text.find(before), before.size(), "id=\"H-80\" typ=\"KFX\"");
  const ::sam::test::TempDir folder;
  std::ofstream(folder / "ftv_dygn_20260304.xml", std::ios::binary) << text;
  size_t taken_back = 0;
  for (const Told& told : run.TakePaths({folder / "ftv_dygn_20260304.xml"})) {
    if (told.verdict.trigger != "KFX") continue;
    ++taken_back;
    ASSERT_EQ(told.verdict.events.size(), 1U) << told.verdict.reason << ": " << told.verdict.detail;
    EXPECT_EQ(told.verdict.events[0].type->name, "dental.contact.failed");
    EXPECT_THAT(TextOf(told.verdict.events[0].bytes), HasSubstr("status = retracted"));
  }
  EXPECT_EQ(taken_back, 1U);
}

}  // namespace
}  // namespace sam::shipped
