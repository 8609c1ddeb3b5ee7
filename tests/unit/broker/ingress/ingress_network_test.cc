// Client and stage together over a bad network, with crashes.
#include "broker/client/source_client.h"
#include "ingress_fixture.h"

namespace sam::ingress {
namespace {

class Outbox final : public client::OutboxSource {
 public:
  Status Read(OutboxSeq from, size_t, const Visitor& visit) override {
    for (auto it = rows.lower_bound(from.value); it != rows.end(); ++it)
      if (!visit(OutboxSeq(it->first), it->second)) break;
    return Ok();
  }
  Status AcceptedTo(OutboxSeq seq) override {
    accepted_to = seq.value;
    return Ok();
  }
  Status TrimTo(OutboxSeq) override { return Ok(); }
  Status Refused(OutboxSeq seq, Refusal, std::string_view) override {
    refused.insert(seq.value);
    return Ok();
  }
  OutboxSeq accepted() const override { return OutboxSeq(accepted_to); }
  std::map<uint64_t, std::string> rows;
  std::set<uint64_t> refused;
  uint64_t accepted_to = 0;
};

// An honest client never meets the hard end of its rate: nothing is dropped, so nothing is resent.
TEST_F(IngressTest, SourceClientWithinItsRateIsOnlySlowedDown) {
  options_.window_messages = 16;
  options_.rate.messages_per_second = 100;
  Start();
  auto link = net_.Connect("hub", "bvc");
  Outbox outbox;
  constexpr uint64_t kRecords = 1000;
  for (uint64_t i = 1; i <= kRecords; ++i)
    outbox.rows[i] = MakeEvent(static_cast<int>(i), "M" + std::to_string(i));
  client::SourceClient client(*link, outbox, {"bvc-1"});
  const int64_t began = clock_.SteadyMicros();
  for (int round = 0; round < 4000 && outbox.accepted_to < kRecords; ++round) {
    ASSERT_TRUE(client.Step(clock_.SteadyMicros()).ok());
    Turn(1, 20);
  }
  EXPECT_EQ(outbox.accepted_to, kRecords);
  EXPECT_EQ(journal_->log.size(), kRecords);
  EXPECT_EQ(client.status().resends, 0u);
  const double seconds = static_cast<double>(clock_.SteadyMicros() - began) / 1e6;
  EXPECT_GT(seconds, 8.5);   // a thousand at a hundred a second, one second saved up
  EXPECT_LT(seconds, 20.0);  // and the waiting costs little more
}

// The real client against the real stage, over a network that does its worst, with hub crashes.
TEST_F(IngressTest, SourceClientAndIngressLoseNothingAndWriteNothingTwice) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    random_ = Random(seed);
    net_.SetFaults({0.1, 0.1, 0.1, 0.01, 10'000, 200'000});
    store_.rows.clear();
    Start();
    auto link = net_.Connect("hub", "bvc");
    Outbox outbox;
    constexpr int kRecords = 150;
    for (int i = 1; i <= kRecords; ++i) {
      const Spoil spoil = i % 7 == 0 ? Spoil([](schema::Event::Builder e) {
        e.getHeader().setOccurredAt(5);
      }) : Spoil{};
      outbox.rows[static_cast<uint64_t>(i)] = MakeEvent(i, "M" + std::to_string(i), spoil);
    }
    client::SourceClient client(*link, outbox, {"bvc-1"});
    std::vector<std::string> log;
    for (int round = 0; round < 4000 && outbox.accepted_to < kRecords; ++round) {
      ASSERT_TRUE(client.Step(clock_.SteadyMicros()).ok());
      Turn(1, 20);
      if (round % 97 == 96) {  // the hub dies; what the journal wrote stays
        auto kept = std::move(journal_);
        Start();
        journal_->keys = kept->keys;
        journal_->events = kept->events;
        journal_->log = kept->log;
      }
    }
    EXPECT_EQ(outbox.accepted_to, static_cast<uint64_t>(kRecords));
    EXPECT_EQ(outbox.refused.size(), static_cast<size_t>(kRecords / 7));
    EXPECT_EQ(journal_->log.size(), static_cast<size_t>(kRecords - kRecords / 7));
    EXPECT_EQ(std::set<std::string>(journal_->log.begin(), journal_->log.end()).size(),
              journal_->log.size());
  }
}

}  // namespace
}  // namespace sam::ingress
