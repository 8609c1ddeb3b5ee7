// What must hold when everything is quiet: mailboxes and inboxes agree, the log is sound, and
// derived state is a function of it.
#include <set>

#include "broker/base/text.h"
#include "broker/dispatch/draft_codec.h"
#include "broker/dispatch/rebuild.h"
#include "broker/mailbox/mailbox.h"
#include "tests/sim/invariants.h"

namespace sam::sim {
namespace {

// A recorded decision in words, for whoever looks for the cause.
std::string TextOf(const journal::Reader& reader, Offset offset) {
  const auto record = reader.Read(offset);
  if (!record.ok() || !record->payload) return "decision without payload";
  const auto facts = dispatch::DecodeDecision(*record->payload);
  if (!facts.ok()) return "decision that cannot be read";
  std::string text = "recorded at " + std::to_string(offset.value) + " on " +
                     std::to_string(record->header.cause) + ": " + facts->code + " " +
                     ToHex(facts->signal.view()).substr(0, 8) + " outcome " +
                     std::to_string(static_cast<int>(facts->outcome)) + " to " + facts->receiver +
                     " number " + std::to_string(facts->sequence.value) + " config " +
                     facts->versions.config + " reasons";
  for (const std::string& reason : facts->reasons) text += " " + reason;
  return text;
}

}  // namespace

void Invariants::Final() {
  // Everything anew, not only what came since the last look.
  BeforeStart();
  Step();
  Ladders();
  if (!world_.violated()) CheckMailboxes();
  for (const auto& receiver : receivers_)
    if (!world_.violated()) CheckInbox(*receiver);
  if (!world_.violated()) CheckLog();
  if (!world_.violated()) CheckRebuild();
}

void Invariants::CheckMailboxes() {
  const mailbox::MailboxReader mailbox(hub_.log_store);
  const auto subscriptions = mailbox.Subscriptions();
  Expect(subscriptions.ok(), "the subscriptions cannot be read");
  if (!subscriptions.ok()) return;
  for (const std::string& name : *subscriptions) {
    SimReceiver* receiver = nullptr;
    for (const auto& one : receivers_)
      if (one->function() == name) receiver = one.get();
    Expect(receiver != nullptr, "nobody receives for " + name);
    if (receiver == nullptr) return;
    for (const Lane lane : {Lane::kNormal, Lane::kAcute}) {
      const auto state = mailbox.StateOf(name, lane);
      Expect(state.ok() && state->ack_floor.next() == state->next,
             name + " has not acknowledged all of a lane");
      if (!state.ok()) return;
      const uint64_t held = receiver->HeldTo(hub_.hub(), lane);
      Expect(held + 1 == state->next.value,
             name + " holds a lane up to " + std::to_string(held) + ", given were " +
                 std::to_string(state->next.value - 1));
      uint64_t next = 1;
      const Status scanned = mailbox.Scan(
          name, lane, Sequence(1), SIZE_MAX, [&](Sequence sequence, const mailbox::Row& row) {
            Expect(sequence.value == next, name + " has a hole in its numbers");
            ++next;
            if (row.withheld != schema::WithheldCode::NONE) return true;
            const auto known = dispatch::ReadSignal(hub_.log_store, row.signal);
            const bool part = known.ok() && *known && (*known)->code == "ATTACHMENT";
            Expect(part || receiver->box()->Find(ToHex(row.signal.view())).ok(),
                   name + " does not hold the signal of number " + std::to_string(sequence.value));
            return !world_.violated();
          });
      Expect(scanned.ok(), "a mailbox cannot be scanned");
      Expect(world_.violated() || next == state->next.value, name + " misses mailbox rows");
    }
  }
}

void Invariants::CheckInbox(SimReceiver& receiver) {
  std::set<SignalId> ids;
  const Status read = receiver.box()->Each(1, [&](inbox::Row&& row) {
    Expect(ids.insert(row.id).second, receiver.function() + " shows one signal twice");
    Expect(!row.unreadable, receiver.function() + " holds what it cannot read");
    Expect(row.position.hub == hub_.hub() && row.position.epoch == 1,
           receiver.function() + " holds a number of another hub");
    const auto known = numbers_.find(
        Number(receiver.function(), row.position.lane, row.position.sequence.value));
    Expect(known != numbers_.end() && known->second == row.id,
           receiver.function() + " holds a number under which the hub has another signal");
    const auto files = receiver.box()->attachments().Of(row);
    Expect(files.ok(), receiver.function() + " cannot read its attachments");
    if (!files.ok()) return false;
    for (const inbox::Listed& one : *files) {
      const bool all = one.file.received == one.file.count && one.file.count > 0;
      const bool complete = one.file.state == inbox::FileState::COMPLETE;
      Expect(one.file.state != inbox::FileState::DAMAGED,
             receiver.function() + " made another file of a report's parts");
      Expect(all == complete, receiver.function() + " miscounts the parts of an attachment");
      if (complete) ++world_.ledger.seen["attachment"];
    }
    return !world_.violated();
  });
  Expect(read.ok(), receiver.function() + " cannot read its inbox");
  const auto numbers = receiver.box()->Numbers();
  Expect(numbers.ok(), receiver.function() + " cannot read its numbers");
  if (!numbers.ok()) return;
  for (const inbox::NumberRow& number : *numbers)
    Expect(number.withheld != wire::WithheldCode::NONE,
           receiver.function() + " still misses number " +
               std::to_string(number.position.sequence.value));
}

void Invariants::CheckLog() {
  const auto report = hub_.Verify();
  Expect(report.ok(), "the log cannot be verified");
  if (!report.ok()) return;
  Expect(report->sound(), "the log is not sound: " +
                              (report->findings.empty() ? "" : report->findings.front()));
}

void Invariants::CheckRebuild() {
  test::FaultStore fresh;
  const Offset until = hub_.reader().durable();
  const auto rebuilt = dispatch::Rebuild(hub_.reader(), hub_.places(), fresh, until, &hub_.log_store);
  if (!rebuilt.ok())
    return world_.Violate("rebuild cannot be carried out: " + rebuilt.error().message);
  for (const Offset offset : rebuilt->different) world_.Note(TextOf(hub_.reader(), offset));
  Expect(rebuilt->ok(), "rebuild decides otherwise at " +
                            (rebuilt->different.empty()
                                 ? std::string("?")
                                 : std::to_string(rebuilt->different.front().value)));
  Expect(rebuilt->not_recorded == 0,
         "rebuild takes " + std::to_string(rebuilt->not_recorded) +
             " decisions that are not in the log");
  const auto live = dispatch::DigestOfDerived(hub_.log_store, rebuilt->gone);
  Expect(live.ok() && (!rebuilt->comparable || *live == rebuilt->digest),
         "rebuilt state differs from the live one");
}

}  // namespace sam::sim
