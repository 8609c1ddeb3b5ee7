// Messages that come in another order than their source told them.
#include "adapters/kit/told_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/kit/quarantine_desk.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::ElementsAre;

void Swap(std::string& text, const std::string& what, const std::string& by) {
  const size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), by);
}

// A fixture's message with its MSH-7, and an id made of it.
std::string SentAt(const std::string& fixture, const std::string& msh7) {
  std::string out = Fixture(fixture);
  const size_t id = out.find("|B00");
  out.replace(id + 1, 5, "B" + msh7);
  Swap(out, "20260302101500+0100", msh7);
  return out;
}

std::string BookedAgain(const std::string& msh7) {
  std::string out = SentAt("siu_s12_booked", msh7);
  Swap(out, "SIU^S12", "SIU^S14");
  return out;
}

// "missed", "missed retracted", "booked": what stands in the outbox.
std::vector<std::string> Told(const Rig& rig) {
  std::vector<std::string> out;
  for (const std::string& event : rig.Outbox()) {
    const std::string text = TextOf(event);
    std::string one = text.find("bvcVisitMissed") != std::string::npos ? "missed" : "booked";
    if (text.find("status = retracted") != std::string::npos) one += " retracted";
    if (text.find("older-version") != std::string::npos) one += " older-version";
    out.push_back(one);
  }
  return out;
}

ToldOrder Version(uint64_t number, int64_t from = 0, const std::string& object = "A/1") {
  ToldOrder out;
  out.SetVersion(object, std::to_string(number));
  if (from > 0) out.SetTime({Millis(from), TimePrecision::kMs, TimeNote::kStated});
  return out;
}

TEST(ToldOrder, OlderIsWhatVersionOrTimeSaysAndNeitherDenies) {
  EXPECT_TRUE(IsOlder(Version(2), Version(3)));
  EXPECT_FALSE(IsOlder(Version(3), Version(3)));
  EXPECT_FALSE(IsOlder(Version(4), Version(3)));
  EXPECT_FALSE(IsOlder(Version(2), Version(3, 0, "B/1")));  // of another object
  EXPECT_TRUE(IsOlder(Version(2, 1'000), Version(3, 9'000)));
  EXPECT_TRUE(IsOlder(Version(2, 9'100), Version(3, 9'000)));   // in the same second
  EXPECT_FALSE(IsOlder(Version(2, 90'000), Version(3, 9'000)));  // counted anew after a move
  EXPECT_FALSE(IsOlder(Version(4, 1'000), Version(3, 9'000)));
  EXPECT_TRUE(IsOlder(Version(9, 1'000), Version(3, 9'000, "B/1")));
  EXPECT_FALSE(IsOlder(Version(0, 8'500), Version(0, 9'000)));  // one second is one moment
  EXPECT_TRUE(IsOlder(Version(0, 7'500), Version(0, 9'000)));
  EXPECT_FALSE(IsOlder(ToldOrder(), Version(3, 9'000)));
  EXPECT_FALSE(IsOlder(Version(3, 9'000), ToldOrder()));
}

TEST(ToldOrder, ADayAMinuteAndADoubledHourAreNoInstants) {
  ToldOrder day, minute, doubled, told;
  day.SetTime({Millis(1'000'000'000), TimePrecision::kDay, TimeNote::kStated});
  minute.SetTime({Millis(1'000'000'000), TimePrecision::kMinute, TimeNote::kStated});
  doubled.SetTime({Millis(1'000'000'000), TimePrecision::kMs, TimeNote::kAmbiguous});
  told.SetTime({Millis(1'000'030'000), TimePrecision::kMs, TimeNote::kStated});
  for (const ToldOrder& came : {day, minute, doubled}) EXPECT_FALSE(IsOlder(came, told));
  told.SetTime({Millis(1'000'000'000 + 26 * kHourMs), TimePrecision::kMs, TimeNote::kStated});
  for (const ToldOrder& came : {day, minute, doubled}) EXPECT_TRUE(IsOlder(came, told));
  ToldOrder none;
  for (const char* version : {"", "0", "v2", "1.2", "-1", "99999999999999999999"})
    none.SetVersion("A/1", version);
  EXPECT_TRUE(none.empty());
}

// An S14 one day older by MSH-7 took a miss back.
TEST(ToldOrder, AnOlderMessageThatComesLateTakesNothingBack) {
  Rig rig;
  rig.Take(SentAt("siu_s26_missed", "20260302101500+0100"));
  const Verdict late = rig.Take(BookedAgain("20260301101500+0100"));
  EXPECT_TRUE(late.older);
  EXPECT_EQ(late.answer.outcome, hl7::Outcome::kStored);
  EXPECT_NE(late.raw_ref, 0U);
  EXPECT_THAT(Told(rig), ElementsAre("missed", "booked older-version"));
  rig.Open();  // what is kept decides, and not what one process has seen
  rig.Take(BookedAgain("20260301111500+0100"));
  EXPECT_THAT(Told(rig), ElementsAre("missed", "booked older-version", "booked older-version"));
  EXPECT_FALSE(rig.Take(BookedAgain("20260302101501+0100")).older);
  EXPECT_THAT(Told(rig), ElementsAre("missed", "booked older-version", "booked older-version",
                                     "booked", "missed retracted"));
}

TEST(ToldOrder, AClockThatIsDaysAheadMakesNothingOld) {
  Rig rig;
  rig.Take(SentAt("siu_s26_missed", "20620302101500+0100"));
  EXPECT_FALSE(rig.Take(BookedAgain("20260302111500+0100")).older);
  EXPECT_THAT(Told(rig), ElementsAre("missed", "booked", "missed retracted"));
}

TEST(ToldOrder, RowsOfEarlierBuildsDecideNothing) {
  Rig rig;
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->PutEpisode("bvc.visit.missed", "cosmic.bollnas\x1f" "bvc-appointment|A-77",
                        *EventId::From(std::string(16, 'e')));
  ASSERT_TRUE(rig.store->Commit().ok());
  rig.Take(BookedAgain("20200301101500+0100"));
  EXPECT_THAT(Told(rig), ElementsAre("booked", "missed retracted"));
}

TEST(ToldOrder, WhatIsPutAsideIsNoTelling) {
  Rig rig;
  rig.Take(SentAt("siu_s26_missed", "20260301101500+0100"));
  std::string aside = SentAt("siu_s26_missed", "20260302101500+0100");
  Swap(aside, "20210325K069^^^&1.2.752.113.11.0.2.1.1.1&ISO^MR~98240301AA06", "");
  EXPECT_EQ(rig.Take(aside).kind, Verdict::Kind::kQuarantined);
  EXPECT_FALSE(rig.Take(BookedAgain("20260301111500+0100")).older);
  EXPECT_THAT(Told(rig), ElementsAre("missed", "booked", "missed retracted"));
}

// A fixed message is as old as it says it is; whoever wants it to be the latest gives it a newer time.
TEST(ToldOrder, WhatIsSentAgainFromQuarantineIsAsOldAsItSays) {
  for (const bool renewed : {false, true}) {
    Rig rig;
    std::string bad = BookedAgain("20260301101500+0100");
    Swap(bad, "20210325K069^^^&1.2.752.113.11.0.2.1.1.1&ISO^MR~98240301AA06", "");
    const Verdict aside = rig.Take(bad);
    ASSERT_EQ(aside.kind, Verdict::Kind::kQuarantined);
    rig.Take(SentAt("siu_s26_missed", "20260302101500+0100"));
    const std::string fixed =
        BookedAgain(renewed ? "20260303081500+0100" : "20260301101500+0100");
    const Result<Verdict> sent = rig.pipeline->Resend(aside.quarantine, fixed, "anna");
    ASSERT_TRUE(sent.ok()) << sent.error().message;
    EXPECT_EQ(sent->older, !renewed);
    if (renewed)
      EXPECT_THAT(Told(rig), ElementsAre("missed", "booked", "missed retracted"));
    else
      EXPECT_THAT(Told(rig), ElementsAre("missed", "booked older-version"));
    EXPECT_EQ(rig.Quarantine()[0].state, QuarantineState::kFixed);
  }
}

}  // namespace
}  // namespace sam::kit::test
