#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ReplayFlow = Scene;

TEST_F(ReplayFlow, SendsAgainUnderNewNumbersAndMarksIt) {
  Report("one");
  Report("two");
  Replay("bollnas.mottagning");
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 4u);
  EXPECT_EQ(letters[2].sequence, Sequence(3));
  EXPECT_TRUE(letters[2].row.replayed);
  EXPECT_EQ(letters[2].decision.signal, letters[0].decision.signal);
  EXPECT_FALSE(letters[2].decision.bytes.empty());
  // A repetition is not repeated, and raises no receipts.
  Replay("bollnas.mottagning");
  EXPECT_EQ(Mailbox("bollnas.mottagning").size(), 6u);
  EXPECT_EQ(Mailbox("bvc.bollnas").size(), 2u);
}

TEST_F(ReplayFlow, AsksTheGateAgainAsOfNow) {
  Consent("given", schema::ConsentChanged::State::GIVEN, 199);
  Outcome("outcome");
  Consent("withdrawn", schema::ConsentChanged::State::WITHDRAWN, 202);
  Replay("bollnas.forebyggande");
  const auto letters = Mailbox("bollnas.forebyggande");
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[1].row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
}

TEST_F(ReplayFlow, AnErasedPayloadIsWithheldNotAnError) {
  const Offset report = Report("report");
  hub_.Tamper(spaces::kPayload, BigEndian64(report.value), std::nullopt);
  Replay("bollnas.mottagning");
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[1].row.withheld, schema::WithheldCode::ERASED);
}

TEST_F(ReplayFlow, ADeadLetterSentLaterIsMarkedLate) {
  Report("report");
  Progress("bollnas.mottagning", 0, {1});
  Replay("bollnas.mottagning");
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_TRUE(letters[1].row.late);
}

TEST_F(ReplayFlow, AWithdrawnSignalIsNotSentAgain) {
  Report("report");
  Retract("oops", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  Replay("bollnas.mottagning");
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 4u);
  EXPECT_EQ(letters[2].row.withheld, schema::WithheldCode::WITHDRAWN);
}

}  // namespace
}  // namespace sam::dispatch::test
