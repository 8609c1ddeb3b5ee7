// A hub of journal and delivery on a store that forgets what was not synced, with a scripted
// dispatch and subscribers that say whatever the test wants. One thread.
#pragma once

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/delivery/delivery.h"
#include "broker/journal/journal.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"
#include "broker/wire/memory_link.h"
#include "tests/support/fault_store.h"
#include "tests/support/temp_dir.h"

namespace sam::delivery::test {

inline constexpr const char* kSub = "bollnas.mottagning";

inline SubjectId Child(const std::string& name) {
  return *SubjectId::From(Sha256({"child", name}).view().substr(0, 16));
}

struct Post {
  std::string sub = kSub;
  Lane lane = Lane::kNormal;
  std::string child = "a";
  std::string text;
  bool statutory = false;
  std::string place;  // sealed apart
  std::string decision;  // empty: made of the text
};

inline Post Text(std::string text, std::string child = "a", Lane lane = Lane::kNormal) {
  Post post;
  post.text = std::move(text);
  post.child = std::move(child);
  post.lane = lane;
  return post;
}

class Rig {
 public:
  explicit Rig(wire::MemoryFaults faults = {}, bool tell_offers = false)
      : net_(random_, clock_, faults), tell_offers_(tell_offers) {
    CryptoInit();
    log::Init("delivery_test", log::Level::kError);
    retry_.ack_timeout_us = 10'000'000;
    retry_.first_us = 1'000'000;
    retry_.max_us = 60'000'000;
    retry_.attempts = 3;
    now_.config = "c1";
    Start();
  }

  void Start() {
    delivery_.reset();
    link_.reset();
    reader_.reset();
    places_.reset();
    journal_.reset();
    vault_.reset();
    high_water_.reset();
    mark_ = std::make_unique<journal::DurableMark>();
    dispatch_ = std::make_unique<journal::Port>(64, &journal_bell_, nullptr);
    port_ = std::make_unique<journal::Port>(64, &journal_bell_, &bell_);
    Check(Open());
    reader_ = std::make_unique<journal::Reader>(store_, *vault_, hub_key_, *mark_);
    places_ = std::make_unique<journal::PlaceDoor>(store_, *vault_, hub_key_, *mark_);
    link_ = net_.Listen("delivery");
    DeliveryOptions options;
    options.hub = journal_->hub();
    options.epoch = journal_->epoch();
    options.retry = retry_;
    options.tell_offers = tell_offers_;
    options.silent_us = int64_t{6} * 3'600'000'000;
    DeliveryDoors doors{*link_,
                        store_,
                        *reader_,
                        *places_,
                        *port_,
                        bell_,
                        clock_,
                        [this](const std::string& peer, const std::string& function) {
                          return rights_.count({peer, function}) > 0;
                        },
                        [this](const SubjectId& subject) -> Result<mailbox::Versions> {
                          const auto found = versions_.find(subject);
                          return found == versions_.end() ? now_ : found->second;
                        },
                        [] { return std::string("checkpoint"); },
                        [](uint64_t from) {
                          wire::CheckpointWord word;
                          word.note = "newest";
                          word.from = from;
                          return word;
                        },
                        [this] { return expected_; },
                        &receivers_};
    delivery_ = std::make_unique<DeliveryStage>(std::move(doors), options, Random(7));
  }
  void CrashAndStart() {
    store_.Crash();
    vault_store_.Crash();
    Start();
  }

  // Dispatch's part: one decision and its mailbox row. Returns its number.
  uint64_t Put(const Post& post) {
    mailbox::LaneState state = *mailbox::MailboxReader(store_).StateOf(post.sub, post.lane);
    const Sequence sequence = state.next;
    state.next = sequence.next();
    mailbox::Row row;
    row.subject = Child(post.child);
    row.versions = VersionsOf(row.subject);
    row.decided_at = clock_.Now();
    WriteRow(post.sub, post.lane, sequence, row,
             post.decision.empty() ? DecisionBytes(post.text, post.statutory) : post.decision,
             &state, post.place);
    return sequence.value;
  }
  // A source's event on disk.
  Offset Event(std::string payload) {
    journal::Submission submission;
    journal::Draft draft;
    draft.kind = journal::Kind::EVENT;
    draft.payload = std::move(payload);
    submission.drafts.push_back(std::move(draft));
    EXPECT_TRUE(dispatch_->down.TryPush(std::move(submission)));
    Check(journal_->Work());
    Offset offset;
    while (auto outcome = dispatch_->up.TryPop()) offset = outcome->each.at(0).offset;
    return offset;
  }
  // A part of an attachment whose bytes stand in that event.
  uint64_t PutPart(const std::string& signal, Offset event) {
    capnp::MallocMessageBuilder message;
    auto decision = message.initRoot<schema::Decision>();
    decision.setOutcome(schema::Outcome::DELIVER);
    decision.setLegalClass(schema::LegalClass::A);
    decision.setCode("ATTACHMENT");
    decision.setSignal(wire::AsData(signal));
    decision.initEvidence(1).set(0, event.value);
    Post post;
    post.decision = wire::Flatten(message);
    return Put(post);
  }
  // The answer to a recheck or a dead letter: the same number with a new decision.
  void Renew(Lane lane, uint64_t sequence, const std::string& text,
             wire::WithheldCode withheld = wire::WithheldCode::NONE) {
    auto row = **mailbox::MailboxReader(store_).Get(kSub, lane, Sequence(sequence));
    row.versions = VersionsOf(row.subject);
    row.withheld = withheld;
    WriteRow(kSub, lane, Sequence(sequence), row, DecisionBytes(text, false), nullptr);
  }

  void Turn(int times = 3) {
    for (int i = 0; i < times; ++i) {
      Check(delivery_->Work());
      Check(journal_->Work());
    }
  }
  void Pass(int64_t ms) {
    clock_.Advance(ms);
    Turn();
  }

  struct Told {
    std::string sub;
    uint64_t floor = 0;
    std::vector<uint64_t> also, dead;
    uint8_t lane = 0;
    uint64_t offered = 0;
  };
  // Records of this kind that delivery had written.
  std::vector<Told> Progress() { return Records(journal::Kind::PROGRESS); }
  std::vector<Told> Rechecks() { return Records(journal::Kind::RECHECK); }

  // Folds progress into the lanes, as dispatch does.
  void FoldProgress() {
    for (const Told& told : Progress()) {
      const Lane lane = static_cast<Lane>(told.lane);
      mailbox::LaneState state = *mailbox::MailboxReader(store_).StateOf(told.sub, lane);
      state.ack_floor = Sequence(told.floor);
      state.also.clear();
      for (uint64_t number : told.also) state.also.push_back(Sequence(number));
      Batch batch;
      batch.Put(spaces::kLane, mailbox::LaneKey(told.sub, lane), mailbox::EncodeLane(state));
      if (told.offered != 0)
        batch.Put(spaces::kOffered, mailbox::LaneKey(told.sub, lane), BigEndian64(told.offered));
      Check(store_.Apply(batch, Durability::kNow));
    }
  }

  template <typename R>
  static void Check(const R& result) {
    ASSERT_TRUE(result.ok()) << result.error().message;
  }

  mailbox::Versions VersionsOf(const SubjectId& subject) const {
    const auto found = versions_.find(subject);
    return found == versions_.end() ? now_ : found->second;
  }

  ::sam::test::TempDir dir_;
  ::sam::test::FaultStore store_;
  ::sam::test::FaultStore vault_store_;
  ManualClock clock_{Millis(1'772'000'000'000)};
  Random random_{42};
  wire::MemoryNet net_;
  bool tell_offers_ = false;
  RetryPolicy retry_;
  mailbox::Versions now_;                           // of everybody
  std::map<SubjectId, mailbox::Versions> versions_;  // of one
  std::set<std::pair<std::string, std::string>> rights_{{"soc", kSub}};
  SecretKey kek_ = SecretKey::Random();
  SecretKey hub_key_ = SecretKey::Random();
  SigningKey signing_ = SigningKey::Generate();
  stage::Doorbell journal_bell_, bell_;
  uint64_t free_bytes_ = 1'000'000;
  DiskGuard disk_{DiskLimits{1000, 100}, [this] { return Result<uint64_t>(free_bytes_); }};
  std::unique_ptr<journal::DurableMark> mark_;
  std::unique_ptr<journal::Port> dispatch_, port_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<HighWater> high_water_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<journal::Reader> reader_;
  std::unique_ptr<journal::PlaceDoor> places_;
  std::unique_ptr<wire::ServerLink> link_;
  stage::Latest<ReceiverTable> receivers_;
  std::vector<std::string> expected_ = {"never.came"};
  std::unique_ptr<DeliveryStage> delivery_;

 private:
  Status Open() {
    SAM_ASSIGN(vault_, Vault::Open(vault_store_, kek_.Clone()));
    SAM_ASSIGN(high_water_, HighWater::Open(dir_ / "high-water", true));
    journal::JournalOptions options;
    options.checkpoints_path = dir_ / "checkpoints";
    const journal::JournalParts parts{store_,  *vault_,  *high_water_, disk_,
                                      clock_,  hub_key_, signing_,     *mark_,
                                      journal_bell_, {dispatch_.get(), port_.get()}, {&bell_}};
    SAM_ASSIGN(journal_, journal::Journal::Open(parts, options));
    return Ok();
  }

  static std::string DecisionBytes(const std::string& text, bool statutory) {
    capnp::MallocMessageBuilder message;
    auto decision = message.initRoot<schema::Decision>();
    decision.setOutcome(schema::Outcome::DELIVER);
    decision.setLegalClass(statutory ? schema::LegalClass::A : schema::LegalClass::E);
    decision.setSignal(wire::AsData(text));
    return wire::Flatten(message);
  }

  void WriteRow(const std::string& sub, Lane lane, Sequence sequence, const mailbox::Row& row,
                std::string decision, const mailbox::LaneState* state,
                const std::string& place = "") {
    const mailbox::EncodedRow encoded = mailbox::EncodeRow(row);
    journal::Submission submission;
    journal::Draft draft;
    draft.kind = journal::Kind::DECISION;
    draft.cause = 0;
    draft.payload = std::move(decision);
    draft.place = place;
    draft.peer = "hub";
    submission.drafts.push_back(std::move(draft));
    submission.batch.Put(spaces::kMailbox, mailbox::RowKey(sub, lane, sequence), encoded.bytes);
    submission.slots.push_back({0, encoded.decision_position, 0});
    if (state != nullptr)
      submission.batch.Put(spaces::kLane, mailbox::LaneKey(sub, lane), mailbox::EncodeLane(*state));
    ASSERT_TRUE(dispatch_->down.TryPush(std::move(submission)));
    Check(journal_->Work());
    while (dispatch_->up.TryPop()) {
    }
  }

  std::vector<Told> Records(journal::Kind kind) {
    std::vector<Told> out;
    Check(reader_->Scan(Offset(0), reader_->durable(), 1'000'000, [&](journal::Record&& record) {
      if (record.header.kind != kind) return true;
      Told told;
      if (kind == journal::Kind::PROGRESS) {
        Check(wire::ReadOwn<schema::Progress>(*record.payload, [&](schema::Progress::Reader in) {
          told.sub = in.getSubscription().cStr();
          told.lane = in.getLane();
          told.floor = in.getFloor();
          told.offered = in.getOfferedBelow();
          for (uint64_t number : in.getAlso()) told.also.push_back(number);
          for (uint64_t number : in.getDeadLetters()) told.dead.push_back(number);
          return Ok();
        }));
      } else {
        Check(wire::ReadOwn<schema::Recheck>(*record.payload, [&](schema::Recheck::Reader in) {
          told.sub = in.getSubscription().cStr();
          told.lane = in.getLane();
          told.floor = in.getSequence();
          return Ok();
        }));
      }
      out.push_back(std::move(told));
      return true;
    }));
    return out;
  }
};

// A subscriber that says exactly what the test tells it to.
class Peer {
 public:
  Peer(Rig& rig, const std::string& user) : rig_(rig), link_(rig.net_.Connect("delivery", user)) {}

  template <typename F>
  void Say(const F& frame) {
    ASSERT_TRUE(link_->Send(wire::Encode(frame)).ok());
    rig_.Turn();
    Read();
  }
  void Hello(wire::Role role = wire::Role::kSubscriber) {
    (void)link_->generation();
    wire::Hello hello;
    hello.role = role;
    hello.software = "test\n1";
    Say(hello);
  }
  void Subscribe(const std::string& sub = kSub, std::vector<Position> seen = {}) {
    Say(wire::Subscribe{sub, std::move(seen)});
  }
  void Credit(uint32_t messages = 64, uint64_t bytes = 1 << 20) {
    Say(wire::Credit{messages, bytes, 0});
  }
  void Join(uint32_t messages = 64) {
    Hello();
    Subscribe();
    Credit(messages);
  }
  void Ack(uint64_t floor, std::vector<uint64_t> also = {}, Lane lane = Lane::kNormal) {
    Say(wire::DeliverAck{kSub, lane, floor, std::move(also), rig_.journal_->epoch()});
  }
  // Everything that came since the last time.
  std::vector<wire::Delivery> Take() {
    rig_.Turn();
    Read();
    return std::exchange(items_, {});
  }
  std::vector<std::string> Texts() {
    std::vector<std::string> out;
    for (wire::Delivery& item : Take()) out.push_back(item.signal);
    return out;
  }
  std::vector<uint64_t> Numbers() {
    std::vector<uint64_t> out;
    for (const wire::Delivery& item : Take()) out.push_back(item.position.sequence.value);
    return out;
  }
  Position At(uint64_t sequence, Lane lane = Lane::kNormal) const {
    return {rig_.journal_->hub(), rig_.journal_->epoch(), lane, sam::Sequence(sequence)};
  }
  void Read() {
    while (auto bytes = link_->Receive()) {
      auto frame = wire::ParseFrame(*bytes);
      ASSERT_TRUE(frame.ok());
      if (auto* deliver = std::get_if<wire::Deliver>(&*frame))
        for (wire::Delivery& item : deliver->items) items_.push_back(std::move(item));
      if (auto* said = std::get_if<wire::Welcome>(&*frame)) welcome_ = *said;
      if (auto* said = std::get_if<wire::RefusedFrame>(&*frame)) refused_ = said->refused;
      if (auto* said = std::get_if<wire::CheckpointWord>(&*frame)) checkpoints_.push_back(*said);
      if (std::holds_alternative<wire::Bye>(*frame)) ++byes_;
      if (std::holds_alternative<wire::Heartbeat>(*frame)) ++heartbeats_;
    }
  }

  Rig& rig_;
  std::unique_ptr<wire::ClientLink> link_;
  std::vector<wire::Delivery> items_;
  std::optional<wire::Welcome> welcome_;
  wire::RefusedRecord refused_;
  std::vector<wire::CheckpointWord> checkpoints_;
  int byes_ = 0;
  int heartbeats_ = 0;
};

}  // namespace sam::delivery::test
