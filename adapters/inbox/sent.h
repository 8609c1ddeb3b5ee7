// Where what this function has sent stands, as receipts, answers and holds tell: one row for each report or
// signal of ours that a notice here is about. Says nothing of its content and names no person. Pure; any thread
// that may read the Inbox.
// Limit: looks at the newest kHeldRows signals; of one event, signals of the same kind whose receiver was
// unknown at first are one row.
#pragma once

#include <string>
#include <vector>

#include "adapters/inbox/held.h"
#include "adapters/inbox/inbox.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

struct SentSignal {
  SignalId id;      // as its receiver has it now
  SignalId notice;  // the newest one about it: by its id it is named, withdrawn, looked at
  uint64_t number = 0;  // arrival number of that notice
  std::string code;
  bool acute = false;
  bool test = false;
  LadderState step = LadderState::UNKNOWN;  // the newest; UNKNOWN: only a hold told of it
  Millis at;                                // when that was
  Answer answer = Answer::UNSET;
  bool awaits_answer = false;
  std::string receiver;      // the function that told the newest step
  std::string forwarded_to;  // by its first board; empty: it was not
  std::vector<std::string> reasons;  // of a hold that holds still, or of what was told last; text ids
  contract::Remedy remedy = contract::Remedy::kNotHeld;
  std::string named;  // the receiver that was named here, while the hub has not answered
  bool withdrawn = false;
  std::string withdrawn_reason;
  std::string overdue;  // text id of a time limit that was told to be over (SIG-E3) and is not met yet

  bool Holds() const { return remedy != contract::Remedy::kNotHeld; }
};

// In the order of their newest notices.
Result<std::vector<SentSignal>> SentSignals(const Inbox& inbox);
// Where it stands, in words: its newest step and answer, or that it is held or withdrawn.
std::string StandText(const SentSignal& one, contract::Language language);
// What else there is to know: why it is held, where it was sent on, that a limit is over.
std::vector<std::string> RemarksOf(const SentSignal& one, contract::Language language);
Result<std::string> SentText(const Inbox& inbox, const std::string& function,
                             contract::Language language);
// {"v":1,"sent":[{"id":..,"notice":..,"code":..,"acute":..,"test":..,"step":"registered","at":..,
// "answer":"unset","receiver":..,"forwardedTo":"","held":[..],"ends":"notHeld","named":"","withdrawn":false,
// "withdrawnReason":"","overdue":""}]}
Result<std::string> SentJson(const Inbox& inbox);

}  // namespace sam::inbox
