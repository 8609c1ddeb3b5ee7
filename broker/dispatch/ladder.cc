#include "broker/dispatch/ladder.h"

#include <capnp/any.h>
#include <capnp/schema.h>

#include <algorithm>
#include <cstring>

#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"

namespace sam::dispatch {
namespace {

using schema::LadderState;

void WriteLists(schema::SignalRow::Builder root, const SignalRow& row) {
  auto reasons = root.initReasons(static_cast<unsigned>(row.reasons.size()));
  for (unsigned i = 0; i < reasons.size(); ++i) reasons.set(i, row.reasons[i]);
  auto evidence = root.initEvidence(static_cast<unsigned>(row.evidence.size()));
  for (unsigned i = 0; i < evidence.size(); ++i) {
    evidence[i].setOffset(row.evidence[i].offset.value);
    evidence[i].setEventId(wire::AsData(row.evidence[i].event.view()));
  }
  auto placements = root.initPlacements(static_cast<unsigned>(row.placements.size()));
  for (unsigned i = 0; i < placements.size(); ++i) {
    placements[i].setDecision(row.placements[i].decision);
    placements[i].setLane(static_cast<uint8_t>(row.placements[i].lane));
    placements[i].setSequence(row.placements[i].sequence.value);
    placements[i].setOutcome(row.placements[i].outcome);
  }
  auto ladder = root.initLadder(static_cast<unsigned>(row.ladder.size()));
  for (unsigned i = 0; i < ladder.size(); ++i) {
    ladder[i].setState(row.ladder[i].state);
    ladder[i].setAt(row.ladder[i].at.value);
    ladder[i].setAnswer(row.ladder[i].answer);
    ladder[i].setSource(row.ladder[i].source);
  }
}

bool HasWatch(const SignalRow& row) {
  return !row.clocks.empty() || !row.forwarded_from.empty();
}

void WriteWatch(schema::Watch::Builder watch, const SignalRow& row) {
  auto clocks = watch.initClocks(static_cast<unsigned>(row.clocks.size()));
  for (unsigned i = 0; i < clocks.size(); ++i) {
    clocks[i].setKind(row.clocks[i].kind);
    clocks[i].setStartedAt(row.clocks[i].started.value);
    clocks[i].setDueAt(row.clocks[i].due.value);
    clocks[i].setTold(static_cast<uint8_t>(row.clocks[i].told));
    clocks[i].setUrged(row.clocks[i].urged);
    clocks[i].setDone(row.clocks[i].done);
  }
  watch.setNext(row.next_mark.value);
  watch.setForwardedFrom(wire::AsData(row.forwarded_from.view()));
}

void ReadWatch(schema::Watch::Reader watch, SignalRow& row) {
  for (auto clock : watch.getClocks())
    row.clocks.push_back({clock.getKind().cStr(), Millis(clock.getStartedAt()),
                          Millis(clock.getDueAt()), clock.getTold(), clock.getUrged(),
                          clock.getDone()});
  row.next_mark = Millis(watch.getNext());
  row.forwarded_from = wire::IdOf<SignalId>(watch.getForwardedFrom());
}

// A row without clocks has the very bytes that builds gave it which kept none, so that the log of such a
// build is rebuilt to the same digest. `watch` is the last pointer of the row.
schema::SignalRow::Builder RowRootOf(capnp::MallocMessageBuilder& message, bool watch) {
  static const auto layout = capnp::Schema::from<schema::SignalRow>().getProto().getStruct();
  static const uint16_t words = layout.getDataWordCount();
  static const uint16_t pointers = layout.getPointerCount();
  if (watch) return message.initRoot<schema::SignalRow>();
  return message.getRoot<capnp::AnyPointer>()
      .initAsAnyStruct(words, static_cast<uint16_t>(pointers - 1))
      .as<schema::SignalRow>();
}

void Write(schema::SignalRow::Builder root, const SignalRow& row) {
  root.setCode(row.code);
  root.setLegalClass(row.legal_class);
  root.setOutcome(row.outcome);
  root.setSenderFunction(row.sender);
  root.setReceiverFunction(row.receiver);
  root.setReceiverUnit(row.unit);
  root.setSubject(wire::AsData(row.subject.view()));
  root.setControllerOrg(row.controller_org);
  root.setControllerBoard(row.controller_board);
  root.setRuleId(row.rule);
  root.setRuleVersion(row.version);
  root.setOccurredAt(row.occurred_at.value);
  root.setAcute(row.acute);
  root.setTest(row.test);
  root.setWithdrawn(row.withdrawn);
  root.setDecision(row.decision);
  root.setDecidedAt(row.decided_at.value);
  root.setReleasedAs(wire::AsData(row.released_as.view()));
  root.setAbout(wire::AsData(row.about.view()));
  root.setNamed(row.named);
  root.setDisposed(row.disposed);
  root.setAwaitsAnswer(row.awaits_answer);
  root.setDraft(wire::AsData(row.draft));
  if (HasWatch(row)) WriteWatch(root.initWatch(), row);
  WriteLists(root, row);
}

SignalRow Read(schema::SignalRow::Reader root) {
  SignalRow row;
  row.code = root.getCode().cStr();
  row.legal_class = root.getLegalClass();
  row.outcome = root.getOutcome();
  row.sender = root.getSenderFunction().cStr();
  row.receiver = root.getReceiverFunction().cStr();
  row.unit = root.getReceiverUnit().cStr();
  row.subject = wire::IdOf<SubjectId>(root.getSubject());
  row.controller_org = root.getControllerOrg().cStr();
  row.controller_board = root.getControllerBoard().cStr();
  row.rule = root.getRuleId().cStr();
  row.version = root.getRuleVersion().cStr();
  for (auto reason : root.getReasons()) row.reasons.emplace_back(reason.cStr());
  for (auto e : root.getEvidence())
    row.evidence.push_back({wire::IdOf<EventId>(e.getEventId()), Offset(e.getOffset())});
  for (auto p : root.getPlacements())
    row.placements.push_back({p.getDecision(), p.getLane() == 0 ? Lane::kNormal : Lane::kAcute,
                              Sequence(p.getSequence()), p.getOutcome()});
  for (auto s : root.getLadder())
    row.ladder.push_back({s.getState(), Millis(s.getAt()), s.getAnswer(), s.getSource()});
  row.occurred_at = Millis(root.getOccurredAt());
  row.acute = root.getAcute();
  row.test = root.getTest();
  row.withdrawn = root.getWithdrawn();
  row.disposed = root.getDisposed();
  row.awaits_answer = root.getAwaitsAnswer();
  row.decision = root.getDecision();
  row.decided_at = Millis(root.getDecidedAt());
  row.released_as = wire::IdOf<SignalId>(root.getReleasedAs());
  row.about = wire::IdOf<SignalId>(root.getAbout());
  row.named = root.getNamed();
  row.draft = std::string(wire::View(root.getDraft()));
  if (root.hasWatch()) ReadWatch(root.getWatch(), row);
  return row;
}

bool BesideLadder(LadderState state) {
  return state == LadderState::FORWARDED || state == LadderState::REDIRECTED ||
         state == LadderState::WITHHELD;
}

}  // namespace

EncodedSignal EncodeSignal(const SignalRow& row) {
  capnp::MallocMessageBuilder message(2048);  // one segment for all but the longest rows
  Write(RowRootOf(message, HasWatch(row)), row);
  EncodedSignal out{wire::Flatten(message), {}};
  // Where each decision stands is asked of the bytes themselves, not computed from the layout.
  kj::Array<capnp::word> words = kj::heapArray<capnp::word>(out.bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), out.bytes.data(), out.bytes.size());
  capnp::FlatArrayMessageReader reader(words);
  for (auto placement : reader.getRoot<schema::SignalRow>().getPlacements()) {
    const kj::ArrayPtr<const capnp::byte> data =
        capnp::toAny(schema::Placement::Reader(placement)).getDataSection();
    out.decision_positions.push_back(
        static_cast<size_t>(data.begin() - words.asPtr().asBytes().begin()));
  }
  return out;
}

Result<SignalRow> DecodeSignal(std::string_view bytes) {
  auto row = wire::ReadOwn<schema::SignalRow>(
      bytes, [](schema::SignalRow::Reader root) -> Result<SignalRow> { return Read(root); });
  if (!row.ok())
    return Corrupt("a signal's row is not readable: " + row.error().message +
                   "; run 'samsignal rebuild' on a copy of the store");
  return row;
}

Result<std::optional<SignalRow>> ReadSignal(const Store& store, const SignalId& id) {
  SAM_ASSIGN(auto bytes, store.Get(spaces::kSignal, id.view()));
  if (!bytes) return std::optional<SignalRow>();
  SAM_ASSIGN(SignalRow row, DecodeSignal(*bytes));
  return std::optional<SignalRow>(std::move(row));
}

bool HasStep(const SignalRow& row, LadderState state) {
  return std::any_of(row.ladder.begin(), row.ladder.end(),
                     [&](const LadderStep& s) { return s.state == state; });
}

size_t AnswersOf(const SignalRow& row) {
  return static_cast<size_t>(
      std::count_if(row.ladder.begin(), row.ladder.end(),
                    [](const LadderStep& s) { return s.state == LadderState::ANSWERED; }));
}

bool Climb(SignalRow& row, const LadderStep& step, bool each_once) {
  if (step.state == LadderState::UNKNOWN || step.state > LadderState::WITHHELD) return false;
  if (BesideLadder(step.state)) {
    if (HasStep(row, step.state)) return false;
    row.ladder.push_back(step);
    return true;
  }
  if (step.state == LadderState::ANSWERED && step.answer == schema::Answer::UNSET) return false;
  const LadderStep* answer = nullptr;  // the newest
  for (const LadderStep& known : row.ladder) {
    if (BesideLadder(known.state)) continue;
    if (known.state > step.state) return false;
    if (known.state != step.state) continue;
    // Every step but an answer stands once.
    if (step.state != LadderState::ANSWERED) return false;
    if (each_once && known.answer == step.answer) return false;
    answer = &known;
  }
  if (answer != nullptr && answer->answer == step.answer) return false;
  row.ladder.push_back(step);
  return true;
}

}  // namespace sam::dispatch
