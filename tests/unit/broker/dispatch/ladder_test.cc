#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using schema::LadderState;

class Ladder : public Scene {
 protected:
  void SetUp() override {
    Scene::SetUp();
    Report("report");
    id_ = Mailbox("bollnas.mottagning").at(0).decision.signal;
  }
  SignalId id_;
};

TEST_F(Ladder, TheSenderLearnsStoredDeliveredRegisteredAndTheAnswer) {
  Progress("bollnas.mottagning", 1);
  Receipt("r1", id_, LadderState::OPENED, "bollnas.mottagning");
  Receipt("r2", id_, LadderState::REGISTERED, "bollnas.mottagning");
  Receipt("r3", id_, LadderState::ASSESSED, "bollnas.mottagning");
  Receipt("r4", id_, LadderState::ANSWERED, "bollnas.mottagning", schema::Answer::NOT_OPENED);
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED, LadderState::DELIVERED,
                                  LadderState::REGISTERED, LadderState::ANSWERED));
  EXPECT_EQ(Row(id_)->ladder.size(), 6u);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("RECEIPT", "RECEIPT", "RECEIPT", "SIG-A3"));
}

TEST_F(Ladder, InALogOfAnEarlierEditionTheAnswerIsAReceipt) {
  fold_ = 1;
  Config("older");
  Receipt("r1", id_, LadderState::ANSWERED, "bollnas.mottagning", schema::Answer::NOT_OPENED);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("RECEIPT", "RECEIPT"));
}

TEST_F(Ladder, NeverGoesBackwardsAndTheSameStepCountsOnce) {
  Receipt("r1", id_, LadderState::REGISTERED, "bollnas.mottagning");
  Receipt("r2", id_, LadderState::REGISTERED, "bollnas.mottagning");
  Receipt("r3", id_, LadderState::OPENED, "bollnas.mottagning");
  Progress("bollnas.mottagning", 1);
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED, LadderState::REGISTERED));
}

TEST_F(Ladder, OnlyTheReceiverMayGiveAReceipt) {
  Receipt("r1", id_, LadderState::REGISTERED, "gavle.mottagning");
  Receipt("r2", id_, LadderState::REGISTERED, "");
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED));
}

TEST_F(Ladder, NoReceiptsAboutReceipts) {
  Progress("bvc.bollnas", 1);
  EXPECT_TRUE(Codes("bollnas.mottagning") == std::vector<std::string>{"SIG-A1"});
  EXPECT_EQ(Mailbox("bvc.bollnas").size(), 1u);
}

TEST_F(Ladder, AcknowledgingWhatWasNeverGivenOutChangesNothing) {
  Progress("bollnas.mottagning", 99);
  const auto lane = mailbox::MailboxReader(hub_.store_).StateOf("bollnas.mottagning",
                                                               Lane::kNormal);
  EXPECT_EQ(lane->ack_floor, Sequence(1));
  EXPECT_EQ(lane->next, Sequence(2));
}

TEST_F(Ladder, ADeadLetterFillsItsNumber) {
  Progress("bollnas.mottagning", 0, {1});
  const Letter letter = Mailbox("bollnas.mottagning").at(0);
  EXPECT_EQ(letter.row.withheld, schema::WithheldCode::DEAD_LETTERED);
  EXPECT_EQ(letter.decision.outcome, schema::Outcome::WITHHELD);
  EXPECT_TRUE(letter.decision.bytes.empty());
}

TEST_F(Ladder, TheSenderWithdraws) {
  Tell("w", Day(202), [&](schema::Event::Builder e) {
    auto body = e.getBody().initSignalWithdrawn();
    body.setSignalId(wire::AsData(id_.view()));
    body.setReason("wrong-child");
  });
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1", "WITHDRAWN"));
  EXPECT_TRUE(Row(id_)->withdrawn);
}

TEST(LadderRow, EveryDecisionPositionIsWhereTheOffsetStands) {
  SignalRow row;
  row.code = "SIG-A1";
  row.placements = {{11, Lane::kNormal, Sequence(1), schema::Outcome::DELIVER},
                    {kPending | 3, Lane::kAcute, Sequence(2), schema::Outcome::WITHHELD}};
  row.ladder = {{LadderState::STORED, Millis(5)}};
  const EncodedSignal encoded = EncodeSignal(row);
  ASSERT_EQ(encoded.decision_positions.size(), 2u);
  EXPECT_EQ(ReadOffsetAt(encoded.bytes, encoded.decision_positions[0]), 11u);
  EXPECT_EQ(ReadOffsetAt(encoded.bytes, encoded.decision_positions[1]), kPending | 3);
  std::string patched = encoded.bytes;
  WriteOffsetAt(patched, encoded.decision_positions[1], 77);
  EXPECT_EQ(DecodeSignal(patched)->placements[1].decision, 77u);
}

}  // namespace
}  // namespace sam::dispatch::test
