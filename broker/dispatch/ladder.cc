#include "broker/dispatch/ladder.h"

#include <capnp/any.h>

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
  root.setDraft(wire::AsData(row.draft));
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
  row.decision = root.getDecision();
  row.decided_at = Millis(root.getDecidedAt());
  row.released_as = wire::IdOf<SignalId>(root.getReleasedAs());
  row.about = wire::IdOf<SignalId>(root.getAbout());
  row.named = root.getNamed();
  row.draft = std::string(wire::View(root.getDraft()));
  return row;
}

bool BesideLadder(LadderState state) {
  return state == LadderState::FORWARDED || state == LadderState::REDIRECTED ||
         state == LadderState::WITHHELD;
}

}  // namespace

EncodedSignal EncodeSignal(const SignalRow& row) {
  capnp::MallocMessageBuilder message(2048);  // one segment for all but the longest rows
  Write(message.initRoot<schema::SignalRow>(), row);
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

bool Climb(SignalRow& row, const LadderStep& step) {
  if (step.state == LadderState::UNKNOWN || step.state > LadderState::WITHHELD) return false;
  if (BesideLadder(step.state)) {
    if (HasStep(row, step.state)) return false;
    row.ladder.push_back(step);
    return true;
  }
  if (step.state == LadderState::ANSWERED && step.answer == schema::Answer::UNSET) return false;
  for (const LadderStep& known : row.ladder) {
    if (BesideLadder(known.state)) continue;
    if (known.state > step.state) return false;
    // An answer may be put right by another answer; every other step stands once.
    if (known.state == step.state &&
        (step.state != LadderState::ANSWERED || known.answer == step.answer))
      return false;
  }
  row.ladder.push_back(step);
  return true;
}

}  // namespace sam::dispatch
