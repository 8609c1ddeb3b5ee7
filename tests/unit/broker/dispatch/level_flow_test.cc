// A function that takes some levels only: what does not match stays with a reason, its sender is told, and
// what is told with another level is carried anew.
#include "tests/unit/broker/dispatch/carried.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kTeam = "bvc.bollnas";
constexpr const char* kPreventive = "bollnas.forebyggande";

class LevelFlow : public Carried {
 protected:
  void SetUp() override {
    Carried::SetUp();
    Restrict("levels = [\"indicated\"]\n");
    Yes("S-B2", {"SIG-B2"});
  }
  void Restrict(const std::string& line) {
    directory_ = plain_.empty() ? directory_ : plain_;
    plain_ = directory_;
    const std::string id = "id = \"bollnas.forebyggande\"\n";
    const size_t at = directory_.find(id);
    ASSERT_NE(at, std::string::npos);
    directory_.insert(at + id.size(), line);
    Config(line);
  }
  void Book(const std::string& name, Level level, int day = 210) {
    Tell(name, Day(199), Booked("A-1", day, schema::HomeVisitKind::JOINT, level));
  }
  SignalRow Left() { return *Row(IdOf("SIG-B2", schema::Outcome::DENIED)); }
  std::string plain_;
};

TEST_F(LevelFlow, WhatDoesNotMatchStaysWithItsReasonAndItsSenderIsTold) {
  Book("booked", Level::UNIVERSAL);
  EXPECT_THAT(Codes(kPreventive), IsEmpty());
  EXPECT_EQ(Left().receiver, kPreventive);
  EXPECT_THAT(Left().reasons, ElementsAre("gate.level.filtered"));
  ASSERT_THAT(Codes(kTeam), Contains("HOLD")) << "and its own copy of the visit";
  EXPECT_THAT(Codes(kTeam), Contains("SIG-B2"));
  for (const Letter& letter : Mailbox(kTeam)) {
    if (letter.code() != "HOLD") continue;
    const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
    ASSERT_TRUE(signal.ok());
    EXPECT_EQ(signal->get().getBody().getHold().getReasons()[0], "gate.level.filtered");
  }
  ExpectRebuilds();
}

TEST_F(LevelFlow, WhatMatchesAndWhatNoLevelIsToldOfGoes) {
  Book("booked", Level::INDICATED);
  EXPECT_THAT(Codes(kPreventive), ElementsAre("SIG-B2"));
  Tell("another", Day(199), Booked("A-2", 220));
  EXPECT_THAT(Codes(kPreventive), ElementsAre("SIG-B2", "SIG-B2"));
  EXPECT_THAT(Codes(kTeam), Not(Contains("HOLD")));
  ExpectRebuilds();
}

TEST_F(LevelFlow, ALevelThatRisesIsCarriedToWhoTakesItAndTheOldTellingIsTakenBack) {
  Book("booked", Level::UNIVERSAL);
  Progress(kTeam, Codes(kTeam).size());
  Book("risen", Level::INDICATED);
  EXPECT_THAT(Codes(kPreventive), ElementsAre("SIG-B2"));
  EXPECT_THAT(Codes(kTeam), Contains("WITHDRAWN"));
  ExpectRebuilds();
}

TEST_F(LevelFlow, ASourceThatTellsNoLevelTakesNothingBack) {
  Book("booked", Level::INDICATED);
  Progress(kPreventive, 1);
  Book("again", Level::UNKNOWN);
  EXPECT_THAT(Codes(kPreventive), ElementsAre("SIG-B2"));
  EXPECT_THAT(Codes(kTeam), Not(Contains("WITHDRAWN")));
}

// The list is asked again like everything else before what waits in a mailbox goes.
TEST_F(LevelFlow, AListThatComesWhileASignalWaitsHoldsForItToo) {
  Restrict("");
  Book("booked", Level::UNIVERSAL);
  ASSERT_THAT(Codes(kPreventive), ElementsAre("SIG-B2"));
  Restrict("levels = [\"indicated\"]\n");
  Recheck(kPreventive, Lane::kNormal, Sequence(1));
  const auto letters = Mailbox(kPreventive);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_THAT(letters[0].decision.reasons, ElementsAre("gate.level.filtered"));
  ExpectRebuilds();
}

TEST_F(LevelFlow, AReportIsNeverFiltered) {
  const std::string id = "id = \"bollnas.mottagning\"\n";
  directory_.insert(directory_.find(id) + id.size(), "levels = [\"indicated\"]\n");
  Config("reception");
  Report("report");
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
}

TEST_F(LevelFlow, AnEarlierEditionCarriesABookingOnceWhateverItsLevel) {
  fold_ = 3;
  Config("earlier");
  Book("booked", Level::INDICATED);
  Book("again", Level::SELECTIVE);
  EXPECT_THAT(Codes(kPreventive), ElementsAre("SIG-B2"));
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
