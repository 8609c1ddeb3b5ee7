#include "broker/dispatch/simulation.h"

#include <capnp/message.h>

#include <algorithm>
#include <utility>

#include "broker/crypto/secret.h"
#include "broker/dispatch/stage.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {

Simulation::Simulation()
    : dispatcher_(
          memory_,
          [this](Offset at) -> Result<std::optional<std::string>> {
            const auto found = told_.find(at);
            if (found == told_.end()) return std::optional<std::string>();
            return std::optional<std::string>(found->second.first);
          },
          [this](Offset at) -> Result<std::string> {
            const auto found = told_.find(at);
            return found == told_.end() ? std::string() : found->second.second;
          },
          Dispatcher::Voice::kSilent) {}

Status Simulation::Load(const std::string& config) {
  journal::Header header;
  header.kind = journal::Kind::CONFIG;
  SAM_ASSIGN(const auto none, Step(std::move(header), config));
  (void)none;
  return Ok();
}

// As the vault would: one person, one random name; a person linked to another is told of both.
SubjectId Simulation::SubjectOf(const journal::Draft& draft, journal::Header& header) {
  SubjectId subject;
  for (const PersonId& person : draft.persons)
    if (const auto known = subjects_.find(person); known != subjects_.end()) subject = known->second;
  const bool fresh = !draft.persons.empty() || draft.fresh_subject;
  if (subject.empty() && fresh) subject = *SubjectId::From(RandomBytes(SubjectId::kSize));
  for (const PersonId& person : draft.persons) subjects_.emplace(person, subject);
  for (const PersonId& person : draft.linked) {
    const auto known = subjects_.emplace(person, subject).first;
    if (known->second != subject) header.linked.push_back(known->second);
  }
  if (const auto replaced = of_event_.find(draft.replaces);
      replaced != of_event_.end() && replaced->second != subject)
    header.linked.push_back(replaced->second);
  of_event_[draft.event] = subject;
  return subject;
}

Result<std::vector<DecisionFacts>> Simulation::Tell(const journal::Draft& draft, Millis now) {
  if (told_.size() >= kEventsMax) return Invalid("a simulation takes at most 10000 events");
  SAM_ASSIGN(std::vector<DecisionFacts> out, Until(now));
  journal::Header header;
  header.kind = journal::Kind::EVENT;
  header.event = draft.event;
  header.controller_org = draft.controller_org;
  header.controller_board = draft.controller_board;
  header.message_key = draft.message_key;
  header.about = draft.about;
  header.peer = draft.peer;
  header.schema_version = draft.schema_version;
  header.subject = SubjectOf(draft, header);
  told_[Offset(next_)] = {draft.payload, draft.place};
  SAM_ASSIGN(std::vector<DecisionFacts> more, Step(std::move(header), draft.payload));
  std::move(more.begin(), more.end(), std::back_inserter(out));
  return out;
}

// From timer to timer, as a live hub's ticks come: what is to be said again every five minutes is said so.
Result<std::vector<DecisionFacts>> Simulation::Until(Millis time) {
  std::vector<DecisionFacts> out;
  for (size_t ticks = 0; time_ < time; ++ticks) {
    SAM_ASSIGN(const auto due, NextDue(memory_));
    const bool before = due && *due < time && ticks < kTicksMax;
    SAM_ASSIGN(std::vector<DecisionFacts> more, TickAt(before ? std::max(*due, Millis(time_.value + 1)) : time));
    std::move(more.begin(), more.end(), std::back_inserter(out));
  }
  return out;
}

Result<std::vector<DecisionFacts>> Simulation::TickAt(Millis time) {
  time_ = time;
  capnp::MallocMessageBuilder message(16);
  message.initRoot<schema::Tick>().setTime(time.value);
  journal::Header header;
  header.kind = journal::Kind::TICK;
  return Step(std::move(header), wire::Flatten(message));
}

// Decisions get the offsets that the journal would give them: the next ones.
Result<std::vector<DecisionFacts>> Simulation::Step(journal::Header header,
                                                    const std::string& payload) {
  header.offset = Offset(next_++);
  header.time = std::max(time_, Millis(0));
  Fold fold(memory_);
  SAM_ASSIGN(const Stepped stepped, dispatcher_.Step({std::move(header), payload, false}, fold));
  if (stepped != Stepped::kDone) return Internal("simulation: a step asked for a flush");
  journal::Submission submission = fold.Finish(dispatcher_.mark());
  const uint64_t first = next_;
  next_ += submission.drafts.size();
  std::vector<Batch::Op> ops = submission.batch.ops();
  for (const journal::OffsetSlot& slot : submission.slots)
    WriteOffsetAt(*ops[slot.op].value, slot.position, first + slot.draft);
  Batch batch;
  for (Batch::Op& op : ops) {
    if (op.value) batch.Put(op.space, std::move(op.key), std::move(*op.value));
    else batch.Delete(op.space, std::move(op.key));
  }
  SAM_TRY(memory_.Apply(batch, Durability::kLater));
  std::vector<DecisionFacts> out;
  for (const journal::Draft& draft : submission.drafts) {
    if (draft.kind != journal::Kind::DECISION) continue;
    SAM_ASSIGN(DecisionFacts facts, DecodeDecision(draft.payload));
    out.push_back(std::move(facts));
  }
  return out;
}

}  // namespace sam::dispatch
