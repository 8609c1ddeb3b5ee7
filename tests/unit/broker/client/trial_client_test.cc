// Asking a hub what it would do: once more after a loss, never confused by an old answer.
#include "broker/client/trial_client.h"

#include <gtest/gtest.h>

#include "broker/wire/memory_link.h"

namespace sam::client {
namespace {

class TrialClientTest : public testing::Test {
 protected:
  // The questions that have come to the hub.
  std::vector<wire::Trial> Heard() {
    std::vector<wire::Trial> out;
    while (auto in = hub_->Receive()) {
      peer_ = in->peer;
      auto frame = wire::ParseFrame(in->bytes);
      EXPECT_TRUE(frame.ok());
      if (auto* trial = std::get_if<wire::Trial>(&*frame)) out.push_back(*trial);
    }
    return out;
  }
  template <typename F>
  void Say(const F& frame) {
    ASSERT_TRUE(hub_->Send(peer_, wire::Encode(frame)).ok());
  }
  Result<std::optional<wire::TrialAnswer>> Step(int64_t ms = 1) {
    clock_.Advance(ms);
    return client_.Step(clock_.SteadyMicros());
  }
  wire::TrialAnswer AnswerTo(uint64_t number, wire::Refusal refused = wire::Refusal::NONE) {
    wire::TrialAnswer answer;
    answer.number = number;
    answer.refused = refused;
    return answer;
  }

  ManualClock clock_{Millis(1'772'000'000'000)};
  Random random_{7};
  wire::MemoryNet net_{random_, clock_, {}};
  std::unique_ptr<wire::ServerLink> hub_ = net_.Listen("hub");
  std::unique_ptr<wire::ClientLink> link_ = net_.Connect("hub", "bvc");
  TrialClient client_{*link_};
  wire::PeerId peer_;
};

TEST_F(TrialClientTest, AsksOnceAndGivesTheAnswer) {
  client_.Ask("event");
  ASSERT_FALSE((*Step()).has_value());
  ASSERT_FALSE((*Step()).has_value());
  const auto heard = Heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].event, "event");
  Say(AnswerTo(heard[0].number, wire::Refusal::MISSING_FIELD));
  const auto answer = Step();
  ASSERT_TRUE(answer.ok() && answer->has_value());
  EXPECT_EQ((*answer)->refused, wire::Refusal::MISSING_FIELD);
}

TEST_F(TrialClientTest, AsksAgainAfterASilence) {
  client_.Ask("event");
  (void)Step();
  EXPECT_EQ(Heard().size(), 1u);
  (void)Step(TrialClient::kResendUs / 1000 - 10);
  EXPECT_EQ(Heard().size(), 0u);
  (void)Step(20);
  EXPECT_EQ(Heard().size(), 1u);
}

TEST_F(TrialClientTest, WaitsOutABusyHub) {
  client_.Ask("event");
  (void)Step();
  const auto first = Heard();
  Say(AnswerTo(first.at(0).number, wire::Refusal::BUSY));
  ASSERT_FALSE((*Step()).has_value());
  EXPECT_EQ(Heard().size(), 0u);
  (void)Step(TrialClient::kBusyUs / 1000 + 1);
  EXPECT_EQ(Heard().size(), 1u);
}

TEST_F(TrialClientTest, AnAnswerToAnEarlierQuestionIsPassedOver) {
  client_.Ask("one");
  (void)Step();
  const auto one = Heard();
  client_.Ask("two");
  (void)Step();
  Heard();
  Say(AnswerTo(one.at(0).number));
  EXPECT_FALSE((*Step()).has_value());
  Say(AnswerTo(one.at(0).number + 1));
  EXPECT_TRUE((*Step()).has_value());
}

TEST_F(TrialClientTest, AHubThatMayNotOrCannotSaysSo) {
  client_.Ask("event");
  (void)Step();
  Heard();
  Say(wire::RefusedFrame{{0, wire::Refusal::NOT_ALLOWED, "peer"}});
  EXPECT_EQ(Step().error().code, Code::kDenied);
  Say(wire::Bye{});  // as hubs of before trials
  EXPECT_EQ(Step().error().code, Code::kInvalid);
  wire::TrialAnswer denied = AnswerTo(1, wire::Refusal::NOT_ALLOWED);
  denied.field = "trial";
  Say(denied);
  EXPECT_EQ(Step().error().code, Code::kDenied);
}

TEST_F(TrialClientTest, WithoutAHubItWaits) {
  const auto nowhere = net_.Connect("nobody", "bvc");
  TrialClient client(*nowhere);
  client.Ask("event");
  clock_.Advance(10'000);
  const auto answer = client.Step(clock_.SteadyMicros());
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->has_value());
}

}  // namespace
}  // namespace sam::client
