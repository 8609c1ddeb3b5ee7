// Effects: what the rules want done after one event or timer. Plain values; dispatch carries them
// out: gate, composing, numbering and storing are not the rules' business. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/rules/programmes.h"
#include "broker/rules/rule_set.h"
#include "broker/rules/subject_state.h"
#include "schemas/state.capnp.h"

namespace sam::rules {

// Events further in the future than this come from a wrong clock: they wait until their time.
inline constexpr int64_t kFutureToleranceMs = kDayMs;

// What the rules stand on besides the child's state. The two references outlive the call.
struct Context {
  const Programmes& programmes;
  const RuleSet& rules;
  Millis now;
};

struct EvidenceRef {
  EventId event;
  Offset offset;
};

struct OverdueFacts {
  std::string step;
  std::string programme;
  Millis due, overdue;
  Millis last_seen{-1};  // -1: never
};

struct Occurrence {
  EventId event;
  std::string type;
  Millis at;
  std::string visit_code;
};

struct PatternFacts {
  Millis from, to;
  std::vector<Occurrence> occurrences;
};

// A signal that a rule asks for; the gate has not been asked yet.
struct Hit {
  std::string code;
  std::string rule;
  std::string told_as;  // what the signal calls the rule; empty: as it is. One of several steps: rule/step
  std::string version;
  std::string episode;  // key of the episode in the state that the signal belongs to
  std::vector<EvidenceRef> evidence;
  Millis occurred_at;
  bool acute = false;
  bool test = false;
  bool first_load = false;      // carried: told by a first load; an answer goes only to an order that is known
  std::string sender_function;  // named by the event; empty: the unit that told it
  std::string unit;             // prompts: who owns the step (HSA id); others: the telling unit
  std::string board;            // the board the reporter named
  std::string order;            // rules of kOrderReceiver: the number of the order, whose receiver is asked
  bool may_be_unasked = false;  // the fact says who is asked, and that may be nobody (DropUnasked)
  std::optional<OverdueFacts> overdue;
  std::optional<PatternFacts> pattern;
};

struct TimerSpec {
  schema::TimerKind kind = schema::TimerKind::UNSET;
  std::string rule;
  std::string step;
  Millis due;  // when it fires
  Millis due_at, overdue_at;
  std::string programme;
};

struct Withdrawal {
  SignalId signal;
  std::string reason;  // code: "corrected", "retracted", "late-arrival", "deceased", "protected"
  EvidenceRef by;
};

// What may have become of a consent: what rests on one that holds no more is taken back.
enum class ConsentFall { kNone, kRanOut, kEnded };

struct Effects {
  std::vector<Hit> hits;
  std::vector<ArmedTimer> cancel;  // before `set`
  std::vector<TimerSpec> set;
  std::vector<Withdrawal> withdraw;
  ConsentFall fall = ConsentFall::kNone;
  bool regate = false;  // consent, municipality or protection changed: ask again for what is held
};

inline void WithdrawEpisode(Episode& episode, const char* reason, EvidenceRef by,
                            Effects& effects) {
  for (const SignalId& signal : episode.signals) effects.withdraw.push_back({signal, reason, by});
  episode.withdrawn = true;
  episode.closed = true;
}

}  // namespace sam::rules
