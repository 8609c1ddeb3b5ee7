#include "tests/sim/sim_receiver.h"

#include <utility>

#include "adapters/inbox/spaces.h"
#include "broker/base/text.h"
#include "broker/routing/ceilings.h"
#include "broker/routing/directory.h"
#include "broker/wire/codec.h"
#include "tests/sim/configuration.h"
#include "tests/support/leak.h"

namespace sam::sim {

Status WatchedSink::Take(const Position& position, std::string_view signal,
                         wire::WithheldCode withheld, const client::DeliveryFlags& flags) {
  if (withheld != wire::WithheldCode::NONE) {
    ++world_.ledger.withheld;
    ++world_.ledger.seen["withheld"];
    return inbox_.Take(position, signal, withheld, flags);
  }
  Disclosed disclosed{function_, position, {}, std::string(signal), flags.replayed, flags.late};
  const Status read = wire::Read<schema::Signal>(signal, [&](schema::Signal::Reader in) -> Status {
    disclosed.signal = SignalId::From(wire::View(in.getSignalId())).value_or(SignalId{});
    if (wire::View(in.getReceiverFunction()) != function_)
      world_.Violate(function_ + " was handed a signal for " + in.getReceiverFunction().cStr());
    ++world_.ledger.seen[in.getCode().cStr()];
    if (in.getGround().size() == 0)
      world_.Violate(function_ + " was handed a signal that names no ground");
    if (const std::string leak = LeakIn(in, function_); !leak.empty())
      world_.Violate(function_ + " was handed in " + in.getCode().cStr() + " what it may not see: " + leak);
    return Ok();
  });
  if (!read.ok()) world_.Violate(function_ + " was handed what is no signal");
  if (position.lane == Lane::kAcute) ++world_.ledger.seen["acute"];
  if (flags.replayed) ++world_.ledger.seen["replayed"];
  if (flags.attempt > 1) ++world_.ledger.seen["sent again"];
  world_.ledger.disclosed.push_back(std::move(disclosed));
  return inbox_.Take(position, signal, withheld, flags);
}

// As the bytes came: with the places and the parts of files that only delivery adds.
std::string WatchedSink::LeakIn(schema::Signal::Reader signal, const std::string& function) {
  const routing::Function* const receiver = DemoDirectory().FunctionById(function);
  const routing::Ceiling* const ceiling = routing::CeilingOf(signal.getCode().cStr());
  if (receiver == nullptr || ceiling == nullptr) return "a signal that nobody may be sent";
  const routing::RoleCeiling* const role = routing::CeilingFor(*ceiling, receiver->role);
  if (role == nullptr) return "a signal that its role never gets";
  const bool report = ceiling->legal_class == schema::LegalClass::A && signal.getBody().isReport();
  test::Leak leak;
  leak.ceiling = role->max;  // nobody in this story consents to more
  leak.place = report || signal.getSubject().getProtection() == schema::Protection::NONE;
  leak.free_text = report;
  leak.Walk(capnp::DynamicStruct::Reader(signal), "");
  return leak.found.empty() ? "" : leak.found.front();
}

Status WatchedSink::Commit() {
  if (!late_) return inbox_.Commit();
  owed_ = true;
  return Ok();
}

Status WatchedSink::CommitOwed() {
  if (!owed_ || world_.Chance(0.8)) return Ok();
  owed_ = false;
  return inbox_.Commit();
}

SimReceiver::SimReceiver(World& world, Who who, Plant plant)
    : world_(world),
      who_(std::move(who)),
      plant_(plant),
      store_(inbox::spaces::Names().size()),
      kek_(SecretKey::Random()) {}

Status SimReceiver::Start() {
  const inbox::Speaker speaker{"inbox." + who_.function, who_.function, who_.org, who_.board};
  SAM_ASSIGN(inbox_, inbox::Inbox::Open(store_, kek_, speaker, world_.clock,
                                        Random(world_.random.Next())));
  sink_ = std::make_unique<WatchedSink>(world_, *inbox_, who_.function,
                                        plant_ == Plant::kAckBeforeCommit);
  ledger_ = std::make_unique<LedgerOutbox>(inbox_->outbox(), world_);
  delivery_ = world_.net.Connect("delivery", who_.function);
  ingress_ = world_.net.Connect("ingress", who_.function);
  client::SubscriberOptions options;
  options.subscription = who_.function;
  options.hello_retry_us = 1'000'000;
  options.heartbeat_us = 2'000'000;
  options.window_messages = 8;
  subscriber_ = std::make_unique<client::SubscriberClient>(
      *delivery_, *sink_, options, [this](const client::Gap& gap) {
        // Told while numbers are under way is no fault; a gap that stays is found at the end.
        world_.Note(who_.function + " misses " + std::to_string(gap.first.sequence.value));
      });
  client::SourceOptions source;
  source.system_id = speaker.system_id;
  source.resend_us = 1'000'000;
  source.heartbeat_us = 2'000'000;
  source_ = std::make_unique<client::SourceClient>(*ingress_, *ledger_, source);
  return Ok();
}

void SimReceiver::Crash() {
  source_.reset();
  subscriber_.reset();
  ingress_.reset();
  delivery_.reset();
  ledger_.reset();
  sink_.reset();
  inbox_.reset();
  store_.CrashKeeping(world_.Below(store_.unsynced() + 1));
}

void SimReceiver::Act() {
  if (inbox_ == nullptr || inbox_->next_number() <= 1) return;
  const uint64_t number = 1 + world_.Below(inbox_->next_number() - 1);
  std::string id;
  const Status found = inbox_->Each(number, [&](inbox::Row&& row) {
    id = ToHex(row.id.view());
    return false;
  });
  if (!found.ok() || id.empty()) return;
  static const std::vector<std::string> kWords = {
      "opened", "registered", "assessed", "opened-inquiry", "not-opened", "already-ongoing",
      "offered", "confirmed", "accepted", "declined", "reached", "moved"};
  static const std::vector<std::string> kDecisions = {"report", "health-contact", "support",
                                                      "dismissed"};
  std::string said;
  Status done = Ok();
  const auto forget = [](const auto& result) {
    return result.ok() ? Ok() : Status(result.error());
  };
  if (world_.Chance(0.2)) {
    said = "shown";
    done = forget(inbox_->Open(id, "sim"));
  } else if (world_.Chance(0.25)) {
    said = world_.Pick(kDecisions);
    done = forget(inbox_->Decide(id, *inbox::DecisionFromWord(said), "sim", "sim"));
  } else {
    said = world_.Pick(kWords);
    inbox::Saying saying = *inbox::SayingFromWord(said);
    if (said == "registered") saying.reference = "CASE-" + std::to_string(world_.Below(3));
    done = forget(inbox_->Say(id, saying, "sim"));
  }
  // Refusing a step back or a second answer is right; anything else is not.
  if (!done.ok() && done.error().code != Code::kConflict && done.error().code != Code::kInvalid)
    world_.Violate(who_.function + " could not answer: " + done.error().message);
  if (done.ok()) world_.Note(who_.function + " says " + said + " of " + id.substr(0, 8));
}

Result<int> SimReceiver::Work() {
  if (inbox_ == nullptr) return 0;
  SAM_TRY(sink_->CommitOwed());
  SAM_ASSIGN(const int received, subscriber_->Step(world_.clock.SteadyMicros()));
  SAM_ASSIGN(const int sent, source_->Step(world_.clock.SteadyMicros()));
  return received + sent;
}

bool SimReceiver::answered_all() const {
  return inbox_ != nullptr && inbox_->outbox().accepted().value + 1 == inbox_->outbox().next();
}

uint64_t SimReceiver::HeldTo(const HubId& hub, Lane lane) {
  for (const Position& seen : inbox_->Seen())
    if (seen.hub == hub && seen.epoch == 1 && seen.lane == lane) return seen.sequence.value;
  return 0;
}

}  // namespace sam::sim
