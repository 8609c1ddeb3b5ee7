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

// Nobody can confirm a joint visit that the other team does not get. A held one still may come.
TEST_F(LevelFlow, OfAVisitThatTheOtherTeamIsDeniedNobodyWaitsForAConfirmation) {
  const auto confirms = [&] {
    std::vector<size_t> out;
    for (const Letter& letter : Mailbox(kTeam))
      if (letter.code() == "SIG-B2") out.push_back(Row(letter.row.signal)->clocks.size());
    return out;
  };
  Book("booked", Level::UNIVERSAL);
  Recheck(kTeam, Lane::kNormal, Sequence(1));
  EXPECT_THAT(confirms(), ElementsAre(0));
  Tell("another", Day(199), Booked("A-2", 211, schema::HomeVisitKind::JOINT, Level::INDICATED));
  EXPECT_THAT(confirms(), ElementsAre(0, 1));
  fold_ = 7;
  Config("of before");
  Tell("as before", Day(199), Booked("A-3", 212, schema::HomeVisitKind::JOINT, Level::UNIVERSAL));
  EXPECT_THAT(confirms(), ElementsAre(0, 1, 1));
  ExpectRebuilds();
}

// Its inbox would wait for an answer for ever, and the statistics count it as open.
TEST_F(LevelFlow, AVisitThatStandsAloneAwaitsNoAnswer) {
  const auto awaits = [&] {
    std::vector<std::pair<bool, bool>> out;
    for (const Letter& letter : Mailbox(kTeam)) {
      if (letter.code() != "SIG-B2" || letter.row.withheld != schema::WithheldCode::NONE) continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      out.emplace_back(signal->get().getAwaitsAnswer(), Row(letter.row.signal)->awaits_answer);
    }
    return out;
  };
  Book("booked", Level::UNIVERSAL);
  EXPECT_THAT(awaits(), ElementsAre(std::pair(false, false)));
  Tell("another", Day(199), Booked("A-2", 211, schema::HomeVisitKind::JOINT, Level::INDICATED));
  EXPECT_THAT(awaits(), ElementsAre(std::pair(false, false), std::pair(true, true)));
  Yes("S-B2", {"SIG-B2"}, kChild, State::WITHDRAWN, 192);
  Tell("held", Day(199), Booked("A-3", 212, schema::HomeVisitKind::JOINT, Level::UNIVERSAL));
  Yes("S-B2 anew", {"SIG-B2"}, kChild, State::GIVEN, 193);
  EXPECT_EQ(awaits().back(), std::pair(false, false));
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

// The child is not a year old.
TEST_F(LevelFlow, WhatAFunctionDoesNotTakeByAgeOrKindStaysWithItsReasonAndItsSenderIsTold) {
  for (const auto& [line, reason] : {std::pair("ages = [1, 5]\n", "gate.age.filtered"),
                                     std::pair("signals = [\"SIG-B1\"]\n", "gate.signal.filtered")}) {
    Restrict(line);
    const size_t told = Codes(kTeam).size();
    Tell(std::string("booked ") + line, Day(199), Booked(line, 210));
    EXPECT_THAT(Codes(kPreventive), IsEmpty()) << line;
    EXPECT_THAT(Reasons("SIG-B2"), Contains(reason)) << line;
    EXPECT_EQ(Codes(kTeam).size(), told + 2) << "its own copy of the visit, and why it did not go: " << line;
  }
  Restrict("ages = [0, 0]\nsignals = [\"SIG-B1\", \"SIG-B2\"]\n");
  Tell("booked", Day(199), Booked("A-3", 210));
  EXPECT_THAT(Codes(kPreventive), ElementsAre("SIG-B2"));
  ExpectRebuilds();
}

TEST_F(LevelFlow, AReportAlwaysComesWhateverItsReceptionTakes) {
  const std::string id = "id = \"bollnas.mottagning\"\n";
  directory_.insert(directory_.find(id) + id.size(), "ages = [7, 17]\nsignals = [\"SIG-B4\"]\n");
  Config("reception");
  Report("report");
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
}

class DistrictFlow : public Carried {
 protected:
  void SetUp() override {
    Carried::SetUp();
    const std::string id = "id = \"bollnas.mottagning\"\n";
    const size_t head = directory_.rfind("[[function]]", directory_.find(id));
    const size_t end = directory_.find("[[function]]", directory_.find(id));
    std::string twin = directory_.substr(head, end - head);
    twin.replace(twin.find(id), id.size(), "id = \"bollnas.soder\"\ndistricts = [\"Söder\", \"2183-02\"]\n");
    directory_.insert(end, twin);
    Config("districts");
    Connected("bollnas.soder");
  }
  void ReportFrom(const std::string& name, const std::string& district, const std::string& board = "") {
    Tell(name, Day(200), [&](schema::Event::Builder e) {
      e.getHeader().getSubject().setDistrict(district);
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern(name);
      body.setReceivingBoard(board);
    });
  }
};

TEST_F(DistrictFlow, AReportGoesToTheReceptionOfItsDistrictElseToTheOneThatNamesNone) {
  ReportFrom("of the south", "2183-02");
  EXPECT_THAT(Codes("bollnas.soder"), ElementsAre("SIG-A1"));
  ReportFrom("of elsewhere", "2183-07");
  ReportFrom("of nowhere known", "");
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1", "SIG-A1"));
  ReportFrom("that the reporter puts there", "", "söder");
  ReportFrom("of a board that both bear", "2183-02", "Socialnämnden");
  EXPECT_EQ(Codes("bollnas.soder").size(), 3u);
  ExpectRebuilds();
}

TEST_F(DistrictFlow, WhereEachReceptionHasItsDistrictsAndNoneIsToldAPersonDecides) {
  const std::string id = "id = \"bollnas.mottagning\"\n";
  directory_.insert(directory_.find(id) + id.size(), "districts = [\"2183-01\"]\n");
  Config("all have");
  ReportFrom("of nowhere known", "");
  EXPECT_THAT(Reasons("SIG-A1"), ElementsAre("gate.receiver.ambiguous"));
  EXPECT_THAT(Codes("bvc.bollnas"), Contains("HOLD"));
  ReportFrom("of the north", "2183-01");
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
  ExpectRebuilds();
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
