// Dispatch, mailbox and delivery together: the order in which one child's signals reach a receiver.
#include <map>
#include <set>

#include "broker/delivery/delivery.h"
#include "broker/wire/memory_link.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

class Order : public Scene {
 protected:
  static constexpr char kFunction[] = "bollnas.forebyggande";
  // What the receiver got, in order of arrival.
  struct Got {
    Lane lane;
    uint64_t sequence;
    bool late;
    SignalId signal;  // zero: a notice that the number is empty
  };

  void SetUp() override {
    Scene::SetUp();
    delivery::RetryPolicy retry;
    retry.ack_timeout_us = 10'000'000;
    retry.first_us = 1'000'000;
    retry.max_us = 2'000'000;
    retry.attempts = 3;
    delivery::DeliveryOptions options;
    options.hub = hub_.journal_->hub();
    options.epoch = hub_.journal_->epoch();
    options.retry = retry;
    link_ = net_.Listen("delivery");
    delivery_ = std::make_unique<delivery::DeliveryStage>(
        delivery::DeliveryDoors{
            *link_, hub_.store_, *reader_, *places_, *hub_.delivery_, hub_.delivery_bell_, hub_.clock_,
            [](const std::string&, const std::string&) { return true; },
            [this](const SubjectId& subject) { return VersionsNow(hub_.store_, subject); },
            [] { return std::string(); }, {}, {}, nullptr, [this] { return ValidSince(hub_.store_); }},
        options, Random(7));
    peer_ = net_.Connect("delivery", "soc");
  }
  void Turn(int times = 4) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(delivery_->Work().ok());
      Must(hub_.Work());
      Settle();
    }
    Read();
  }
  template <typename F>
  void Say(const F& frame) {
    ASSERT_TRUE(peer_->Send(wire::Encode(frame)).ok());
    Turn();
  }
  void Join() {
    (void)peer_->generation();
    wire::Hello hello;
    hello.role = wire::Role::kSubscriber;
    Say(hello);
    Say(wire::Subscribe{kFunction, {}});
    Say(wire::Credit{256, 1 << 24, 0});
  }
  void Read() {
    while (auto bytes = peer_->Receive()) {
      auto frame = wire::ParseFrame(*bytes);
      ASSERT_TRUE(frame.ok());
      auto* deliver = std::get_if<wire::Deliver>(&*frame);
      if (deliver == nullptr) continue;
      for (const wire::Delivery& item : deliver->items) {
        Got got{item.position.lane, item.position.sequence.value, item.late, {}};
        if (item.withheld == wire::WithheldCode::NONE) {
          const auto signal = wire::Parse<schema::Signal>(item.signal);
          ASSERT_TRUE(signal.ok());
          got.signal = *SignalId::From(wire::View(signal->get().getSignalId()));
        }
        got_.push_back(got);
      }
    }
  }
  // Acknowledges what has come, but for the numbers in `except` of the normal lane.
  void AckAllBut(const std::set<uint64_t>& except) {
    for (const Lane lane : {Lane::kNormal, Lane::kAcute}) {
      std::set<uint64_t> seen;
      for (const Got& got : got_)
        if (got.lane == lane && (lane == Lane::kAcute || except.count(got.sequence) == 0 ||
                                 got.signal.empty()))
          seen.insert(got.sequence);
      uint64_t floor = 0;
      while (seen.count(floor + 1) != 0) ++floor;
      std::vector<uint64_t> also(seen.upper_bound(floor), seen.end());
      Say(wire::DeliverAck{kFunction, lane, floor, also, hub_.journal_->epoch()});
    }
  }
  // A talk of which something came for social services, about this child.
  void Agreed(const char* child, const std::string& name) {
    Tell(name, Day(200), [](schema::Event::Builder e) {
      auto list = e.getBody().initBvcBarnsakertOutcome().initOutcomes(1);
      list.set(0, schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
    }, child);
  }
  void ConsentOf(const char* child) {
    Tell(std::string("consent-") + child, Day(199), [](schema::Event::Builder e) {
      auto body = e.getBody().initConsentChanged();
      body.setConsentId("c");
      body.initScope(1).set(0, "SIG-B1");
      body.setState(schema::ConsentChanged::State::GIVEN);
      body.setAllGuardians(schema::YesNo::YES);
    }, child);
  }
  SubjectId ChildOf(const Got& got) { return Row(got.signal)->subject; }

  Random random_{3};
  wire::MemoryNet net_{random_, hub_.clock_, {}};
  std::unique_ptr<wire::ServerLink> link_;
  std::unique_ptr<wire::ClientLink> peer_;
  std::unique_ptr<delivery::DeliveryStage> delivery_;
  std::vector<Got> got_;
};

TEST_F(Order, HoldsPerChildAndLaneThroughRedeliveryAndADeadLetterWithoutHoles) {
  const std::vector<const char*> children = {kChild, "98240301AA06", "195009072553",
                                             "196101182803"};
  constexpr int kRounds = 6;
  for (const char* child : children) ConsentOf(child);
  Join();
  for (int round = 0; round < kRounds; ++round)
    for (const char* child : children) {
      Agreed(child, "talk-" + std::to_string(round) + child);
      Turn(1);
    }
  Turn();
  const uint64_t total = children.size() * kRounds;
  ASSERT_EQ(got_.size(), total);
  // The seventh is passed over again and again until it is given up; everything else is acknowledged,
  // some of it only when it has come a second time.
  const uint64_t poison = 7;
  AckAllBut({poison, 10, 12, 15});
  for (int i = 0; i < 60; ++i) {
    hub_.clock_.Advance(6000);
    Turn();
    // Something newer is answered each time, or a receiver would count as down.
    if (i % 2 == 0) Agreed(children[3], "more-" + std::to_string(i));
    Turn();
    AckAllBut({poison});
  }
  const auto lane = mailbox::MailboxReader(hub_.store_).StateOf(kFunction, Lane::kNormal);
  ASSERT_TRUE(lane.ok());
  EXPECT_EQ(lane->ack_floor.next(), lane->next) << "every number is accounted for";

  std::set<uint64_t> told, empty;
  std::map<SubjectId, uint64_t> newest;
  std::map<SubjectId, std::set<uint64_t>> shown;
  for (const Got& got : got_) {
    told.insert(got.sequence);
    if (got.signal.empty()) {
      empty.insert(got.sequence);
      continue;
    }
    // What a receiver sees for the first time is never older than what it has of that child.
    const SubjectId child = ChildOf(got);
    if (shown[child].insert(got.sequence).second) {
      EXPECT_GT(got.sequence, newest[child]);
      newest[child] = got.sequence;
    }
  }
  EXPECT_EQ(told.size(), lane->next.value - 1) << "numbers without holes";
  EXPECT_EQ(*told.rbegin(), lane->next.value - 1);
  EXPECT_EQ(empty, std::set<uint64_t>{poison}) << "the dead letter's number is filled";
  EXPECT_EQ(shown.size(), children.size());
  // In the order of the journal: the mailbox's numbers are those of the events.
  uint64_t last = 0;
  for (uint64_t n = 1; n < lane->next.value; ++n) {
    const auto row = mailbox::MailboxReader(hub_.store_).Get(kFunction, Lane::kNormal, Sequence(n));
    ASSERT_TRUE(row.ok() && *row);
    const auto signal = Row((*row)->signal);
    EXPECT_GT(signal->evidence[0].offset.value, last);
    last = signal->evidence[0].offset.value;
  }
}

TEST_F(Order, AConsentTakenBackFillsItsNumberAndHoldsUpNoOtherChild) {
  ConsentOf(kChild);
  ConsentOf("98240301AA06");
  Agreed(kChild, "one");
  Agreed("98240301AA06", "two");
  Agreed(kChild, "three");
  Tell("withdrawn", Day(201), [](schema::Event::Builder e) {
    auto body = e.getBody().initConsentChanged();
    body.setConsentId("c");
    body.initScope(1).set(0, "SIG-B1");
    body.setState(schema::ConsentChanged::State::WITHDRAWN);
  });
  Join();
  Turn(10);
  AckAllBut({});
  std::map<uint64_t, bool> empty;
  for (const Got& got : got_) empty[got.sequence] = got.signal.empty();
  EXPECT_EQ(empty, (std::map<uint64_t, bool>{{1, true}, {2, false}, {3, true}}));
}

TEST_F(Order, WhatWaitedWhenItsReceiversTimeEndedDoesNotLeave) {
  const std::string id = std::string("id = \"") + kFunction + "\"\n";
  ASSERT_NE(directory_.find(id), std::string::npos);
  directory_.insert(directory_.find(id) + id.size(),
                    "valid_to = " + ToIso(Day(210)).substr(0, 10) + "\n");
  Config("2");
  Tick(Day(200));
  ConsentOf(kChild);
  Agreed(kChild, "one");
  Tick(Day(212));
  Join();
  Turn(10);
  ASSERT_EQ(got_.size(), 1u);
  EXPECT_TRUE(got_[0].signal.empty()) << "its number is filled";
}

// The cursor in the store moves with inputs only; a conflict at the end of the log looked as if
// dispatch were behind for ever.
TEST_F(Scene, WhatIsNoInputAtTheEndOfTheLogIsSettledToo) {
  Registered();
  EXPECT_EQ(stage_->settled(), reader_->durable());
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::Event>();
  const Offset conflict = Submit(DraftOf(journal::Kind::CONFLICT, message));
  EXPECT_EQ(stage_->settled(), conflict.next());
  EXPECT_LT(ReadMark(hub_.store_)->cursor, conflict.next());
  settle_ = false;
  const Offset missed = Missed("late", 100, "A-1");
  EXPECT_EQ(stage_->settled(), conflict.next()) << "not folded yet";
  settle_ = true;
  Settle();
  EXPECT_GT(stage_->settled(), missed);
  EXPECT_EQ(stage_->settled(), reader_->durable());
}

}  // namespace
}  // namespace sam::dispatch::test
