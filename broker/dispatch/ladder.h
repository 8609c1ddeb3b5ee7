// SignalRow: all the hub may tell about one signal without opening its content: where it went, which
// decisions were taken on it, how far its receipt ladder has come. Rows of space kSignal by signal
// id; `samsignal trace` reads them. Plain values, pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/rules/effects.h"
#include "broker/store/store.h"
#include "schemas/state.capnp.h"

namespace sam::dispatch {

struct LadderStep {
  schema::LadderState state = schema::LadderState::UNKNOWN;
  Millis at;
  schema::Answer answer = schema::Answer::UNSET;
  uint64_t source = UINT64_MAX;  // offset of the record that told it
  bool operator==(const LadderStep&) const = default;
};

// One number given to the signal. Replays and rechecks add further ones.
struct Placement {
  uint64_t decision = 0;  // offset of the decision record
  Lane lane = Lane::kNormal;
  Sequence sequence;  // 0: a decision without a number (held, denied)
  schema::Outcome outcome = schema::Outcome::UNSET;
  bool operator==(const Placement&) const = default;
};
inline constexpr size_t kPlacementsMax = 64;  // replays beyond this forget the oldest

// A time limit as its first receiver was told it: who takes a report over from another board has what is
// left of it.
struct WatchedClock {
  std::string kind;
  Millis started;
  Millis due;
  int64_t told = 0;    // percent of the time at the highest mark that has been told
  bool urged = false;  // acute and without a receipt: told to those in charge
  bool done = false;   // an event has told that what it waits for is done, or will not be
  bool operator==(const WatchedClock&) const = default;
};

struct SignalRow {
  std::string code;
  schema::LegalClass legal_class = schema::LegalClass::UNSET;
  schema::Outcome outcome = schema::Outcome::UNSET;
  std::string sender;
  std::string receiver;  // empty while held without a receiver
  std::string unit;      // prompts: the owning unit, HSA id
  SubjectId subject;
  std::string controller_org;
  std::string controller_board;
  std::string rule;
  std::string version;
  std::vector<std::string> reasons;
  std::vector<rules::EvidenceRef> evidence;
  std::vector<Placement> placements;
  std::vector<LadderStep> ladder;
  Millis occurred_at;
  bool acute = false;
  bool test = false;
  bool withdrawn = false;
  bool awaits_answer = false;  // registered is not enough: an offer, a reply or a confirmation is a coded answer
  schema::PromptDecided::Decision decision = schema::PromptDecided::Decision::UNKNOWN;
  Millis decided_at;
  SignalId released_as;  // held under this id, delivered under that one
  bool named = false;    // a person named the receiver
  std::string draft;     // EncodeDraft of the body; empty: the evidence carries it
  SignalId about;        // receipt, hold and withdrawal notices
  std::vector<WatchedClock> clocks;  // of what was delivered; builds before fold edition 3 kept none
  Millis next_mark{-1};              // when its timer fires; -1: it has none
  SignalId forwarded_from;           // another board had it first
  bool disposed = false;             // what it said is gone: what stands here is all that is left
};

struct EncodedSignal {
  std::string bytes;
  std::vector<size_t> decision_positions;  // of each placement's `decision`, 8 bytes little-endian
};
EncodedSignal EncodeSignal(const SignalRow& row);
Result<SignalRow> DecodeSignal(std::string_view bytes);  // kCorrupt

// Empty optional: no such signal.
Result<std::optional<SignalRow>> ReadSignal(const Store& store, const SignalId& id);

// The ladder never goes backwards and the same step counts once. False: nothing changed.
// `forwarded`, `redirected` and `withheld` stand beside the ladder: noted once each. An answer may be put right
// by another one, and that by the first again; before fold edition 5 each answer counted once (`each_once`).
bool Climb(SignalRow& row, const LadderStep& step, bool each_once = false);
// How often an answer has been given.
size_t AnswersOf(const SignalRow& row);
bool HasStep(const SignalRow& row, schema::LadderState state);

}  // namespace sam::dispatch
