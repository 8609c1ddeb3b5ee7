// `run` over a network in memory: a scripted hub on the other side.
#include "adapters/inbox/run_stage.h"

#include "broker/wire/memory_link.h"
#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class RunTest : public InboxTest {
 protected:
  void SetUp() override {
    InboxTest::SetUp();
    delivery_ = net_.Listen("delivery");
    ingress_ = net_.Listen("ingress");
    to_delivery_ = net_.Connect("delivery", "soc");
    to_ingress_ = net_.Connect("ingress", "soc");
    Begin();
  }
  void Begin() {
    RunOptions options;
    options.function = "bollnas.mottagning";
    options.system_id = "bollnas.inbox";
    options.lines = [this](const std::string& line) -> Status {
      if (fail_lines_) return Internal("closed");
      lines_.push_back(line);
      return Ok();
    };
    DoorHooks door;
    door.receive = [this] { return std::exchange(request_, std::nullopt); };
    door.caller = [] { return std::string("anna"); };
    door.reply = [this](std::string_view bytes) -> Status {
      reply_ = std::string(bytes);
      return Ok();
    };
    stage_ =
        std::make_unique<RunStage>(*inbox_, *to_delivery_, *to_ingress_, door, options, clock_);
  }
  Status Work() {
    for (int i = 0; i < 3; ++i) {
      auto done = stage_->Work();
      if (!done.ok()) return done.error();
      Listen();
      clock_.Advance(10);
    }
    return Ok();
  }
  // The hub: welcomes, delivers what the test put, notes acknowledgements and events.
  void Listen() {
    while (auto in = delivery_->Receive()) {
      const auto frame = wire::ParseFrame(in->bytes);
      ASSERT_TRUE(frame.ok());
      if (std::holds_alternative<wire::Hello>(*frame)) {
        wire::Welcome welcome;
        welcome.hub = *HubId::From("hub-one!");
        ASSERT_TRUE(delivery_->Send(in->peer, wire::Encode(welcome)).ok());
      } else if (const auto* subscribe = std::get_if<wire::Subscribe>(&*frame)) {
        subscription_ = subscribe->subscription;
        peer_ = in->peer;
      } else if (const auto* ack = std::get_if<wire::DeliverAck>(&*frame)) {
        floor_ = ack->floor;
      }
    }
    while (auto in = ingress_->Receive()) {
      const auto frame = wire::ParseFrame(in->bytes);
      ASSERT_TRUE(frame.ok());
      if (std::holds_alternative<wire::Hello>(*frame)) {
        wire::Welcome welcome;
        welcome.hub = *HubId::From("hub-one!");
        ASSERT_TRUE(ingress_->Send(in->peer, wire::Encode(welcome)).ok());
        ASSERT_TRUE(ingress_->Send(in->peer, wire::Encode(wire::Credit{64, 1 << 20, 0})).ok());
      } else if (const auto* publish = std::get_if<wire::Publish>(&*frame)) {
        wire::Ack ack;
        for (const auto& record : publish->records) {
          ++published_;
          ack.accepted_to = record.sequence;
        }
        ASSERT_TRUE(ingress_->Send(in->peer, wire::Encode(ack)).ok());
      }
    }
  }
  void Deliver(uint64_t sequence, const Draft& draft) {
    wire::Deliver deliver;
    deliver.subscription = subscription_;
    wire::Delivery item;
    item.position = At(sequence);
    item.signal = SignalBytes(draft);
    deliver.items.push_back(item);
    ASSERT_TRUE(delivery_->Send(peer_, wire::Encode(deliver)).ok());
  }

  Random random_{9};
  wire::MemoryNet net_{random_, clock_};
  std::unique_ptr<wire::ServerLink> delivery_, ingress_;
  std::unique_ptr<wire::ClientLink> to_delivery_, to_ingress_;
  std::unique_ptr<RunStage> stage_;
  wire::PeerId peer_;
  std::string subscription_;
  uint64_t floor_ = 0;
  int published_ = 0;
  std::optional<std::string> request_;
  std::string reply_;
  std::vector<std::string> lines_;
  bool fail_lines_ = false;
};

TEST_F(RunTest, ReceivesAcknowledgesAndHandsOverOneLine) {
  ASSERT_TRUE(Work().ok());
  EXPECT_TRUE(stage_->connected());
  EXPECT_EQ(subscription_, "bollnas.mottagning");
  Deliver(1, {});
  Deliver(1, {});
  ASSERT_TRUE(Work().ok());
  EXPECT_EQ(floor_, 1u);
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("\"v\":1"));
  EXPECT_THAT(lines_[0], HasSubstr("the concern itself"));
  EXPECT_EQ(lines_[0].find('\n'), std::string::npos);
}

TEST_F(RunTest, AFullDiskIsNotAcknowledgedAndNotTheEnd) {
  ASSERT_TRUE(Work().ok());
  store_.SetFull(true);
  Deliver(1, {});
  ASSERT_TRUE(Work().ok());
  EXPECT_EQ(floor_, 0u);
  store_.SetFull(false);
  Deliver(1, {});
  ASSERT_TRUE(Work().ok());
  EXPECT_EQ(floor_, 1u);
}

TEST_F(RunTest, ABrokenStoreEndsTheRun) {
  ASSERT_TRUE(Work().ok());
  store_.FailNextApply(Internal("input/output error"));
  Deliver(1, {});
  EXPECT_FALSE(Work().ok());
  EXPECT_EQ(floor_, 0u);
}

TEST_F(RunTest, AnAnswerThroughTheDoorReachesTheHub) {
  ASSERT_TRUE(Work().ok());
  Deliver(1, {});
  ASSERT_TRUE(Work().ok());
  Command command;
  command.name = "answer";
  command.id = Hex("one");
  command.word = "registered";
  command.reference = "A-17";
  command.by = "anna";
  request_ = EncodeRequest(command);
  ASSERT_TRUE(Work().ok());
  EXPECT_TRUE(DecodeReply(reply_)->ok);
  EXPECT_EQ(published_, 1);
  EXPECT_EQ(inbox_->outbox().accepted(), OutboxSeq(1));
}

TEST_F(RunTest, LinesThatWereNotTakenComeAgainAfterARestart) {
  ASSERT_TRUE(Work().ok());
  fail_lines_ = true;
  Deliver(1, {});
  EXPECT_FALSE(Work().ok());
  fail_lines_ = false;
  stage_.reset();
  CrashAndOpen();
  Begin();
  ASSERT_TRUE(Work().ok());
  ASSERT_THAT(lines_, SizeIs(1));
  stage_.reset();
  CrashAndOpen();
  Begin();
  ASSERT_TRUE(Work().ok());
  EXPECT_THAT(lines_, SizeIs(1)) << "what was handed over is not handed over again";
}

}  // namespace
}  // namespace sam::inbox::test
