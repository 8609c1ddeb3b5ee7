// The directory's dates and hours: what waits or is held when somebody begins or ceases to be valid, and
// who takes an acute report at night.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using schema::WithheldCode;

class Dates : public Scene {
 protected:
  static constexpr char kBoard[] = "bollnas.mottagning";
  // More keys for the reception of Bollnäs, and whatever comes after all.
  void Reception(const std::string& keys, const std::string& more = "") {
    const std::string id = "id = \"bollnas.mottagning\"\n";
    ASSERT_NE(directory_.find(id), std::string::npos);
    directory_.insert(directory_.find(id) + id.size(), keys);
    directory_ += more;
  }
  void Begin(int day = 200) {
    Config("2");
    Tick(Day(day));
  }
  static std::string Date(int day) { return ToIso(Day(day)).substr(0, 10); }
  uint64_t Since() { return ValidSince(hub_.store_)->value; }
};

constexpr int64_t kMidnight = 23 * kHourMs;  // in Sweden, in winter

TEST_F(Dates, WhatWaitsForOneWhoseTimeEndsIsAskedForAgainAndHeld) {
  Reception("valid_to = " + Date(210) + "\n");
  Begin();
  Report("report");
  ASSERT_THAT(Codes(kBoard), ElementsAre("SIG-A1"));
  Tick(Millis(Day(210).value + kMidnight - 1));
  EXPECT_LE(Since(), Mailbox(kBoard)[0].row.decision) << "the last day is included";
  Tick(Millis(Day(210).value + kMidnight));
  EXPECT_GT(Since(), Mailbox(kBoard)[0].row.decision) << "delivery asks before it goes";
  Recheck(kBoard, Lane::kNormal, Sequence(1));
  EXPECT_EQ(Mailbox(kBoard)[0].row.withheld, WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_THAT(Mailbox(kBoard)[0].decision.reasons, ElementsAre("gate.receiver.unknown"));
  EXPECT_EQ(Row(IdOf("SIG-A1", schema::Outcome::HELD))->reasons,
            std::vector<std::string>{"gate.receiver.unknown"});
  EXPECT_THAT(Codes("bvc.bollnas"), Contains("HOLD"));
  ExpectRebuilds();
}

TEST_F(Dates, TheLastDayEndsAnHourBeforeInTheEditionBefore) {
  fold_ = 4;
  Reception("valid_to = " + Date(210) + "\n");
  Begin();
  Report("report");
  Tick(Millis(Day(210).value + kMidnight - kHourMs));
  EXPECT_GT(Since(), Mailbox(kBoard)[0].row.decision);
  ExpectRebuilds();
}

TEST_F(Dates, WhatStillHoldsAfterADateGoesOnAndIsAskedForOnce) {
  Reception("", "[[function]]\nid = \"desk.two\"\nrole = \"sender.desk\"\nauthority = "
                "\"gotland.halsonamnd\"\nvalid_to = " + Date(205) + "\n");
  Begin();
  Report("report");
  Tick(Day(206));
  Recheck(kBoard, Lane::kNormal, Sequence(1));
  const Letter letter = Mailbox(kBoard)[0];
  EXPECT_EQ(letter.row.withheld, WithheldCode::NONE);
  EXPECT_LE(Since(), letter.row.decision);
}

TEST_F(Dates, AClockThatJumpsBackAfterADateIsAskedForOnceAllTheSame) {
  Reception("", "[[function]]\nid = \"desk.two\"\nrole = \"sender.desk\"\nauthority = "
                "\"gotland.halsonamnd\"\nvalid_to = " + Date(205) + "\n");
  Begin();
  Report("report");
  Tick(Day(206));
  Tick(Day(201));
  EXPECT_GT(Since(), Mailbox(kBoard)[0].row.decision);
  Recheck(kBoard, Lane::kNormal, Sequence(1));
  EXPECT_LE(Since(), Mailbox(kBoard)[0].row.decision);
}

TEST_F(Dates, WhatIsHeldGoesOnTheDayThatItsReceiverBegins) {
  Reception("valid_from = " + Date(205) + "\n");
  Begin();
  Report("report");
  EXPECT_THAT(Codes(kBoard), IsEmpty());
  Tick(Day(204));
  EXPECT_THAT(Codes(kBoard), IsEmpty());
  Tick(Day(205));
  EXPECT_THAT(Codes(kBoard), ElementsAre("SIG-A1")) << "nobody has to name it";
  ExpectRebuilds();
}

TEST_F(Dates, AReplayIsJudgedByTheDatesOfToday) {
  Reception("valid_to = " + Date(210) + "\n");
  Begin();
  Report("report");
  Progress(kBoard, 1);
  Tick(Day(212));
  Replay(kBoard);
  const auto letters = Mailbox(kBoard);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[1].row.withheld, WithheldCode::REFUSED_AT_DELIVERY);
}

TEST_F(Dates, AnAgreementThatBeginsOrEndsIsADateToo) {
  agreements_.replace(agreements_.find("2099-12-31"), 10, Date(210));
  Begin();
  Consent("given", schema::ConsentChanged::State::GIVEN, 199);
  Outcome("outcome");
  Tick(Day(211));
  EXPECT_GT(Since(), Mailbox("bollnas.forebyggande")[0].row.decision);
}

class DatesAsBefore : public Dates {
 protected:
  DatesAsBefore() { fold_ = 1; }
};

TEST_F(DatesAsBefore, ALogOfAnEarlierBuildHasNoSuchTimer) {
  Reception("valid_to = " + Date(210) + "\n");
  Begin();
  Report("report");
  Tick(Day(212));
  EXPECT_EQ(Since(), 0U);
  ExpectRebuilds();
}

// Thursday 18 December, one o'clock at night in Sweden.
class Night : public Dates {
 protected:
  void SetUp() override {
    Scene::SetUp();
    Reception("office_hours = [\"mon-fri 08:00-16:30\"]\non_call = \"bollnas.jour\"\nphone = "
              "\"0278-250 00\"\n",
              "[[function]]\nid = \"bollnas.jour\"\nrole = \"social.on-call\"\nauthority = "
              "\"bollnas.socialnamnd\"\nmunicipality = \"2183\"\nphone = \"0278-112 11\"\n");
    Begin();
  }
  std::vector<std::string> Phones() {
    std::vector<std::string> out;
    for (const Letter& letter : Mailbox("bvc.bollnas")) {
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      out.emplace_back(signal->get().getBody().getReceipt().getReceiverPhone().cStr());
    }
    return out;
  }
};

TEST_F(Night, AnAcuteReportGoesToWhoIsOnCallAndItsSenderSeesWhomToPhone) {
  Report("report", true);
  EXPECT_THAT(Codes("bollnas.jour"), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes(kBoard), IsEmpty());
  EXPECT_THAT(Phones(), ElementsAre("0278-112 11"));
  // By day it lies where it lies, also when it is asked for again.
  Tick(Millis(Day(200).value + 10 * kHourMs));
  Recheck("bollnas.jour", Lane::kAcute, Sequence(1));
  EXPECT_EQ(Mailbox("bollnas.jour")[0].row.withheld, WithheldCode::NONE);
  Report("by day", true);
  EXPECT_THAT(Codes(kBoard), ElementsAre("SIG-A1"));
  EXPECT_THAT(Phones(), ElementsAre("0278-112 11", "0278-250 00"));
  ExpectRebuilds();
}

TEST_F(Night, WhatIsNotAcuteWaitsAtTheReceptionAndTellsNoPhone) {
  Report("report");
  EXPECT_THAT(Codes(kBoard), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes("bollnas.jour"), IsEmpty());
  EXPECT_THAT(Phones(), ElementsAre(""));
}

// By day it came to the wrong board, which sends it on the night after: the other reception is closed too.
class NightElsewhere : public Night {
 protected:
  void SetUp() override {
    Scene::SetUp();  // NOLINT(bugprone-parent-virtual-call): another directory than the night's
    const std::string id = "id = \"gavle.mottagning\"\n";
    directory_.insert(directory_.find(id) + id.size(),
                      "office_hours = [\"mon-fri 08:00-16:30\"]\non_call = \"gavle.jour\"\nphone = "
                      "\"026-17 80 00\"\n");
    directory_ += "[[function]]\nid = \"gavle.jour\"\nrole = \"social.on-call\"\nauthority = "
                  "\"gavle.socialnamnd\"\nmunicipality = \"2180\"\nphone = \"026-112 11\"\n";
    Config("2");
    Tick(Millis(Day(200).value + 10 * kHourMs));
    Report("report", true);
    Progress(kBoard, 1, {}, Lane::kAcute);
    Tick(Millis(Day(200).value + 22 * kHourMs));
  }
  void SendOn(schema::LadderState state, const std::string& to) {
    const SignalId id = IdOf("SIG-A1", schema::Outcome::DELIVER);
    Tell("moved", Day(200), [](schema::Event::Builder e) {
      e.getHeader().initSubject();
      e.getBody().initPersonMoved().setNewMunicipality("2180");
    });
    Tell("on", Day(200), [&](schema::Event::Builder e) {
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData(id.view()));
      body.setState(state);
      body.setAt(Day(200).value + 22 * kHourMs);
      body.setFunction(kBoard);
      body.setForwardedTo(to);
    });
  }
};

TEST_F(NightElsewhere, AnAcuteReportRedirectedAtNightGoesToWhoIsOnCallThere) {
  SendOn(schema::LadderState::REDIRECTED, "");
  EXPECT_THAT(Codes("gavle.jour"), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes("gavle.mottagning"), IsEmpty());
  Recheck("gavle.jour", Lane::kAcute, Sequence(1));
  EXPECT_EQ(Mailbox("gavle.jour")[0].row.withheld, WithheldCode::NONE);
  ExpectRebuilds();
}

TEST_F(NightElsewhere, AnAcuteReportForwardedToAClosedReceptionGoesToWhoActsForIt) {
  SendOn(schema::LadderState::FORWARDED, "gavle.mottagning");
  EXPECT_THAT(Codes("gavle.jour"), ElementsAre("SIG-A1"));
  Recheck("gavle.jour", Lane::kAcute, Sequence(1));
  EXPECT_EQ(Mailbox("gavle.jour")[0].row.withheld, WithheldCode::NONE);
  ExpectRebuilds();
}

TEST_F(Night, WhoIsOnCallMayAnswerForTheReportAndIsToldOfItsWithdrawal) {
  Report("report", true);
  const SignalId id = Mailbox("bollnas.jour")[0].decision.signal;
  Progress("bollnas.jour", 1, {}, Lane::kAcute);
  Receipt("registered", id, schema::LadderState::REGISTERED, "bollnas.jour");
  EXPECT_THAT(Told(), Contains(schema::LadderState::REGISTERED));
  Retract("oops", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  EXPECT_THAT(Codes("bollnas.jour"), ElementsAre("SIG-A1", "WITHDRAWN"));
}

}  // namespace
}  // namespace sam::dispatch::test
