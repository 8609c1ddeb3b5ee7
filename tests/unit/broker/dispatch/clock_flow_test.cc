// Time limits of what was delivered: the receiver is reminded, those in charge are told, and a step, a
// withdrawal or a decision ends it.
#include <capnp/pretty-print.h>

#include "broker/base/metrics.h"
#include "broker/base/text.h"
#include "broker/dispatch/clocks.h"
#include "tests/unit/broker/dispatch/clock_scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using schema::LadderState;
using schema::Outcome;

TEST_F(ClockFlow, OfWhoseKeyIsGoneNobodyIsTold) {
  const SignalId id = Sent();
  Must(hub_.vault_->Erase(Row(id)->subject));
  AfterHours(400);
  EXPECT_THAT(Mailbox(kManager), IsEmpty());
  EXPECT_THAT(Mailbox(kDesk), IsEmpty());
}

TEST_F(ClockFlow, WhatLiesInAMailboxOfWhoseKeyIsGoneIsAskedForOnceAndFilled) {
  const SignalId id = Sent();
  AfterHours(9);
  ASSERT_EQ(Mailbox(kManager).size(), 1U);
  Must(hub_.vault_->Erase(Row(id)->subject));
  Recheck(kManager, Lane::kNormal, Sequence(1));
  const auto row = mailbox::MailboxReader(hub_.store_).Get(kManager, Lane::kNormal, Sequence(1));
  ASSERT_TRUE(row.ok() && *row);
  EXPECT_EQ((*row)->withheld, schema::WithheldCode::ERASED);
}

TEST_F(ClockFlow, TheReceiverIsRemindedAtEachMarkOfEachRunningLimit) {
  Sent();
  After(239);
  EXPECT_THAT(Reminders(), IsEmpty());
  After(240);
  EXPECT_THAT(Reminders(), ElementsAre(Reminded{"clock.receipt", 50}));
  After(384);
  EXPECT_THAT(Reminders(), ElementsAre(Reminded{"clock.receipt", 50}, Reminded{"clock.receipt", 80}));
  AfterHours(8);
  AfterHours(12);
  EXPECT_THAT(Reminders(),
              ElementsAre(Reminded{"clock.receipt", 50}, Reminded{"clock.receipt", 80},
                          Reminded{"clock.receipt", 100}, Reminded{"clock.assess", 50}));
  ExpectRebuilds();
}

TEST_F(ClockFlow, WhatIsNotFetchedIsNotRemindedOfButToldToThoseInCharge) {
  Report("report");
  AfterHours(8);
  EXPECT_THAT(Codes(kBoard), ElementsAre("SIG-A1"));
  EXPECT_THAT(Told(kManager), ElementsAre(Pair("clock.receipt", 480u), Pair("clock.delivery", 480u)));
  Progress(kBoard, 1);
  AfterHours(12);
  EXPECT_THAT(Reminders(), ElementsAre(Reminded{"clock.assess", 50}));
}

TEST_F(ClockFlow, AReminderNamesTheSignalAndNoPerson) {
  const SignalId id = Sent();
  AfterHours(4);
  EachOf(kBoard, "REMINDER", [&](schema::Signal::Reader signal) {
    EXPECT_FALSE(signal.hasSubject());
    EXPECT_EQ(signal.getEvidence().size(), 0u);
    const auto body = signal.getBody().getReminder();
    EXPECT_EQ(wire::IdOf<SignalId>(body.getAbout()), id);
    EXPECT_EQ(std::string(body.getAboutCode().cStr()), "SIG-A1");
    EXPECT_EQ(body.getDueAt(), Day(200).value + 8 * kHourMs);
  });
}

TEST_F(ClockFlow, OneTimerASignalWhateverItsLimits) {
  Sent();
  EXPECT_EQ(Timers(), 1u);
  AfterHours(4);
  EXPECT_EQ(Timers(), 1u);
  AfterHours(24LL * 30);
  EXPECT_EQ(Timers(), 0u) << "all is told";
}

TEST_F(ClockFlow, AfterAPauseTheHighestMarkIsToldAndTheOthersAreHistory) {
  Sent();
  AfterHours(7);
  EXPECT_THAT(Reminders(), ElementsAre(Reminded{"clock.receipt", 80}));
  AfterHours(24LL * 30);
  EXPECT_THAT(Reminders(),
              UnorderedElementsAre(Reminded{"clock.receipt", 80}, Reminded{"clock.receipt", 100},
                                   Reminded{"clock.assess", 100}, Reminded{"clock.decide", 100}));
  ExpectRebuilds();
}

TEST_F(ClockFlow, EachStepStopsTheLimitThatWaitsForIt) {
  const SignalId id = Sent();
  Receipt("registered", id, LadderState::REGISTERED, kBoard);
  AfterHours(8);
  EXPECT_THAT(Reminders(), IsEmpty());
  AfterHours(12);
  EXPECT_THAT(Reminders(), ElementsAre(Reminded{"clock.assess", 50}));
  Receipt("assessed", id, LadderState::ASSESSED, kBoard);
  AfterHours(24);
  EXPECT_EQ(Reminders().size(), 1u);
  AfterHours(24LL * 8);  // New Year's Day moves the end of the fourteen days to 2 January
  EXPECT_EQ(Reminders().back(), (Reminded{"clock.decide", 50}));
  Receipt("answered", id, LadderState::ANSWERED, kBoard, schema::Answer::NOT_OPENED);
  EXPECT_EQ(Timers(), 0u);
  AfterHours(24LL * 30);
  EXPECT_EQ(Reminders().size(), 2u);
  EXPECT_THAT(Told(kManager), IsEmpty());
  EXPECT_THAT(Overdue(), IsEmpty());
  ExpectRebuilds();
}

TEST_F(ClockFlow, OpeningTheSignalIsNoReceipt) {
  const SignalId id = Sent();
  Receipt("opened", id, LadderState::OPENED, kBoard);
  AfterHours(4);
  EXPECT_EQ(Reminders().size(), 1u);
}

TEST_F(ClockFlow, ALaterStepStopsTheEarlierLimitsToo) {
  const SignalId id = Sent();
  Receipt("answered", id, LadderState::ANSWERED, kBoard, schema::Answer::ALREADY_ONGOING);
  AfterHours(24LL * 30);
  EXPECT_THAT(Reminders(), IsEmpty());
}

TEST_F(ClockFlow, AWithdrawnSignalIsNotRemindedOf) {
  Sent();
  AfterHours(9);
  EXPECT_THAT(Overdue(), ElementsAre(Pair("clock.receipt", 1u)));
  Retract("oops", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  EXPECT_EQ(Timers(), 0u);
  EXPECT_THAT(Overdue(), IsEmpty());
  const size_t before = Reminders().size();
  AfterHours(24LL * 30);
  EXPECT_EQ(Reminders().size(), before);
  ExpectRebuilds();
}

TEST_F(ClockFlow, WhenTheTimeIsUpTheManagerAndTheSendersDeskAreToldWithoutAnyPerson) {
  const SignalId id = Sent();
  AfterHours(8);
  EXPECT_THAT(Told(kManager), ElementsAre(Pair("clock.receipt", 480u)));
  EXPECT_THAT(Told(kDesk), ElementsAre(Pair("clock.receipt", 480u)));
  EXPECT_EQ(stage_->untold(), 0u);
  EachOf(kManager, "SIG-E3", [&](schema::Signal::Reader signal) {
    EXPECT_EQ(wire::IdOf<SignalId>(signal.getBody().getDeadline().getAbout()), id);
    EXPECT_FALSE(signal.hasSubject());
    EXPECT_EQ(signal.getEvidence().size(), 0u);
    EXPECT_EQ(signal.getLegalClass(), schema::LegalClass::E);
    const std::string text = capnp::prettyPrint(signal).flatten().cStr();
    for (const char* secret : {"canary", "2183", kChild, "2025-06-01", "SIG-A1"})
      EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  });
  AfterHours(24);
  EXPECT_THAT(Told(kManager),
              ElementsAre(Pair("clock.receipt", 480u), Pair("clock.assess", 1440u)));
  ExpectRebuilds();
}

TEST_F(ClockFlow, AnAcuteReportWithoutAReceiptIsToldAfterThirtyMinutesInTheAcuteLane) {
  Sent(true);
  After(29);
  EXPECT_THAT(Told(kManager), IsEmpty());
  After(30);
  EXPECT_THAT(Told(kManager), ElementsAre(Pair("clock.receipt", 30u)));
  EXPECT_THAT(Told(kDesk), ElementsAre(Pair("clock.receipt", 30u)));
  for (const Letter& letter : Mailbox(kManager)) EXPECT_EQ(letter.lane, Lane::kAcute);
  EXPECT_THAT(Overdue(), IsEmpty()) << "its hour is not up";
  After(60);
  EXPECT_THAT(Told(kManager), ElementsAre(Pair("clock.receipt", 30u), Pair("clock.receipt", 60u)));
  ExpectRebuilds();
}

TEST_F(ClockFlow, AnAcuteReportThatIsRegisteredInTimeIsNotTold) {
  const SignalId id = Sent(true);
  After(20);
  Receipt("registered", id, LadderState::REGISTERED, kBoard);
  After(60);
  EXPECT_THAT(Told(kManager), IsEmpty());
}

TEST_F(ClockFlow, AnAcuteReportFoundLateIsToldOnce) {
  Sent(true);
  After(90);
  EXPECT_THAT(Told(kManager), ElementsAre(Pair("clock.receipt", 90u)));
}

TEST_F(ClockFlow, WithoutAManagerTheDeskIsToldAndTheOperatorCalled) {
  const size_t at = directory_.find("[[function]]\nid = \"bollnas.ledning\"");
  ASSERT_NE(at, std::string::npos);
  directory_.erase(at, directory_.find("[[function]]", at + 1) - at);
  Config("2");
  Sent();
  AfterHours(8);
  EXPECT_THAT(Told(kDesk), ElementsAre(Pair("clock.receipt", 480u)));
  EXPECT_EQ(stage_->untold(), 1u);
}

TEST_F(ClockFlow, AFunctionMayNameWhoIsToldInPlaceOfTheManager) {
  const std::string reception = "id = \"bollnas.mottagning\"\n";
  directory_.insert(directory_.find(reception) + reception.size(),
                    "escalate_to = \"bollnas.forebyggande\"\n");
  Config("2");
  Sent();
  AfterHours(8);
  EXPECT_THAT(Told("bollnas.forebyggande"), ElementsAre(Pair("clock.receipt", 480u)));
  EXPECT_THAT(Told(kManager), IsEmpty());
}

TEST_F(ClockFlow, WhatIsOverdueIsCountedByItsLimitUntilItIsDone) {
  const SignalId id = Sent();
  AfterHours(7);
  EXPECT_THAT(Overdue(), IsEmpty());
  AfterHours(25);
  EXPECT_THAT(Overdue(), ElementsAre(Pair("clock.assess", 1u), Pair("clock.receipt", 1u)));
  Receipt("registered", id, LadderState::REGISTERED, kBoard);
  EXPECT_THAT(Overdue(), ElementsAre(Pair("clock.assess", 1u)));
  Receipt("assessed", id, LadderState::ASSESSED, kBoard);
  EXPECT_THAT(Overdue(), IsEmpty());
  ExpectRebuilds();
}

TEST_F(ClockFlow, APromptThatIsDecidedIsNotRemindedOf) {
  Registered();
  Missed("m1", 100, "a");
  Missed("m2", 150, "b");
  AfterHours(0);
  const SignalId id = IdOf("SIG-E2", Outcome::DELIVER);
  ASSERT_EQ(Row(id)->clocks.size(), 1u);
  Progress(kClinic, 1);
  Tell("decided", Day(200), [&](schema::Event::Builder e) {
    auto body = e.getBody().initPromptDecided();
    body.setSignalId(wire::AsData(id.view()));
    body.setDecision(schema::PromptDecided::Decision::DISMISSED);
    body.setReasonCode("known");
  });
  AfterHours(24LL * 30);
  EXPECT_THAT(Reminders(kClinic), IsEmpty());
}

TEST_F(ClockFlow, AConfigurationWithoutTheTableRemindsNobody) {
  std::string rules = FileText("rules.toml");
  const size_t at = rules.find("[reminders]");
  ASSERT_NE(at, std::string::npos);
  rules.erase(at, rules.find("[[rule]]") - at);
  Config("2", rules);
  Sent();
  EXPECT_EQ(Timers(), 0u);
  AfterHours(24LL * 30);
  EXPECT_THAT(Reminders(), IsEmpty());
  EXPECT_THAT(Told(kManager), IsEmpty());
  EXPECT_THAT(Overdue(), IsEmpty());
  ExpectRebuilds();
}

TEST_F(ClockFlow, LimitsThatRunWhenTheTableComesAreWatchedFromThenOn) {
  const std::string rules = FileText("rules.toml");
  std::string without = rules;
  const size_t at = without.find("[reminders]");
  ASSERT_NE(at, std::string::npos);
  without.erase(at, without.find("[[rule]]") - at);
  Config("2", without);
  const SignalId id = Sent();
  AfterHours(1);
  Config("3", rules);
  EXPECT_EQ(Timers(), 1u);
  AfterHours(4);
  EXPECT_THAT(Reminders(), ElementsAre(Reminded{"clock.receipt", 50}));
  ExpectRebuilds();
  Config("4", without);  // and no more when it goes again
  EXPECT_EQ(Timers(), 0u);
  EXPECT_EQ(Row(id)->next_mark, Millis(-1));
  AfterHours(24LL * 30);
  EXPECT_EQ(Reminders().size(), 1u);
  ExpectRebuilds();
}

TEST_F(ClockFlow, WhatHasEndedIsNotWatchedWhenTheTableComes) {
  const std::string rules = FileText("rules.toml");
  std::string without = rules;
  const size_t at = without.find("[reminders]");
  without.erase(at, without.find("[[rule]]") - at);
  Config("2", without);
  const SignalId id = Sent();
  Tell("withdrawn", Day(200), [&](schema::Event::Builder e) {
    auto body = e.getBody().initSignalWithdrawn();
    body.setSignalId(wire::AsData(id.view()));
    body.setReason("mistake");
  });
  Config("3", rules);
  EXPECT_EQ(Timers(), 0u);
  ExpectRebuilds();
}

TEST_F(ClockFlow, OtherMarksHoldForLimitsThatRunAlready) {
  Sent();
  std::string rules = FileText("rules.toml");
  const std::string marks = "marks = [50, 80, 100]";
  ASSERT_NE(rules.find(marks), std::string::npos);
  rules.replace(rules.find(marks), marks.size(), "marks = [25, 100]");
  Config("2", rules);
  After(120);
  EXPECT_THAT(Reminders(), ElementsAre(Reminded{"clock.receipt", 25}));
  ExpectRebuilds();
}

TEST_F(ClockFlow, AnEarlierEditionWatchesWhatRunsFromItsNextStepOnly) {
  fold_ = 3;
  const std::string rules = FileText("rules.toml");
  std::string without = rules;
  const size_t at = without.find("[reminders]");
  without.erase(at, without.find("[[rule]]") - at);
  Config("2", without);
  Sent();
  Config("3", rules);
  EXPECT_EQ(Timers(), 0u);
  ExpectRebuilds();
}

// As builds before kept them: no limits in the row, none watched, and the very same bytes.
TEST_F(ClockFlow, AnEarlierEditionKeepsNoLimits) {
  fold_ = 1;
  Config("2");
  const SignalId id = Sent();
  EXPECT_THAT(Row(id)->clocks, IsEmpty());
  AfterHours(24LL * 30);
  EXPECT_THAT(Reminders(), IsEmpty());
  SignalRow row = *Row(id);
  const std::string before = EncodeSignal(row).bytes;
  row.clocks.push_back({"clock.assess", Day(200), Day(201), 0, false});
  EXPECT_GT(EncodeSignal(row).bytes.size(), before.size());
  ExpectRebuilds();
}

TEST_F(ClockFlow, SendingAgainGivesNobodyMoreTime) {
  Sent();
  AfterHours(5);
  Replay(kBoard);
  std::vector<int64_t> due;
  EachOf(kBoard, "SIG-A1", [&](schema::Signal::Reader signal) {
    due.push_back(signal.getClocks()[0].getDueAt());
  });
  const int64_t first = Day(200).value + 8 * kHourMs;
  EXPECT_THAT(due, ElementsAre(first, first));
  ExpectRebuilds();
}

TEST_F(ClockFlow, TheRowOfASignalReadsBackAsItWas) {
  SignalRow row;
  row.code = "SIG-A1";
  row.clocks = {{"clock.assess", Day(1), Day(2), 80, true}, {"clock.decide", Day(1), Day(9), 0, false}};
  row.next_mark = Day(3);
  row.forwarded_from = *SignalId::From(std::string(16, 'x'));
  const auto back = DecodeSignal(EncodeSignal(row).bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->clocks, row.clocks);
  EXPECT_EQ(back->next_mark, row.next_mark);
  EXPECT_EQ(back->forwarded_from, row.forwarded_from);
}

// All samples of a family whose labels hold `label`.
double SumOf(const std::string& family, const std::string& label) {
  double sum = 0;
  const std::string exposed = metrics::Expose();
  for (const std::string_view line : Split(exposed, '\n'))
    if (line.substr(0, family.size() + 1) == family + "{" && line.find(label) != line.npos)
      sum += std::stod(std::string(line.substr(line.rfind(' ') + 1)));
  return sum;
}

TEST_F(ClockFlow, WhatTheGateDecidesAndWhichLimitsRunOutIsCounted) {
  const double delivered = SumOf("samsignal_gate_decisions_total", "outcome=\"deliver\"");
  const double late = SumOf("samsignal_deadline_breaches_total", "kind=\"clock.");
  Sent();
  EXPECT_GT(SumOf("samsignal_gate_decisions_total", "outcome=\"deliver\""), delivered);
  EXPECT_EQ(SumOf("samsignal_deadline_breaches_total", "kind=\"clock."), late);
  AfterHours(9);
  EXPECT_EQ(SumOf("samsignal_deadline_breaches_total", "kind=\"clock."), late + 1);
  EXPECT_GT(SumOf("samsignal_gate_decisions_total", "rule=\"REMINDER\""), 0) << "no step, no turn";
  EXPECT_EQ(SumOf("samsignal_gate_decisions_total", "rule=\"remind."), 0);
}

TEST_F(ClockFlow, TheGaugeOfOverdueSignalsFollowsTheRowsAndBeginsWithThem) {
  const auto gauge = [] { return SumOf("samsignal_overdue_signals", "step=\"clock.receipt\""); };
  const SignalId id = Sent();
  AfterHours(9);
  EXPECT_EQ(Overdue()["clock.receipt"], 1u);
  EXPECT_EQ(gauge(), 1);
  Restart();
  EXPECT_EQ(gauge(), 1);
  Receipt("registered", id, LadderState::REGISTERED, kBoard);
  EXPECT_EQ(Overdue().count("clock.receipt"), 0u);
  EXPECT_EQ(gauge(), 0);
}

}  // namespace
}  // namespace sam::dispatch::test
