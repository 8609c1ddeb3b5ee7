// The receipt ladder as the receiver climbs it, and the events that tell the hub so. Pure, any
// thread. delivered < opened < registered < assessed < answered; steps may be jumped over, never
// taken back; an answer alone may be corrected by another one. The protection assessment belongs to statutory reports; which
// answers belong to which kind of signal is told by contract/answers.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/inbox/rows.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/contract/reasons.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

// A signal that only tells of another one: it climbs no ladder of its own and nobody answers it.
bool IsNotice(std::string_view code);

// What the ladder needs to know of a signal; `known` is false for one this build cannot read.
struct SignalFacts {
  bool known = false;
  std::string code;
  char legal_class = '-';
  bool acute = false;
  bool test = false;
  bool awaits_answer = false;  // of classes B and C: done when it is answered
  std::string withdraws;  // 16 bytes of the signal it takes back, when it is a withdrawal
  std::string withdraw_reason;
  std::string reminds;      // 16 bytes of the signal whose time limit it reminds of
  int remind_percent = 0;
  std::string remind_clock;
  bool waits = false;       // a hold that somebody here ends by naming the receiver
  LadderState told_state = LadderState::UNKNOWN;  // what a receipt tells of it
  Millis told_at;
  Answer told_answer = Answer::UNSET;
  std::string tells_about;  // 16 bytes of a signal of ours that a receipt or a hold tells about
  SignalId id;
};
// What ends the waiting that a hold tells of; kNotHeld: it only tells how something stands.
contract::Remedy RemedyOf(schema::Signal::Reader notice);
// kInvalid: not a Signal message, or without a usable id.
Result<SignalFacts> FactsOf(std::string_view signal);

struct Saying {
  LadderState state = LadderState::UNKNOWN;
  Answer answer = Answer::UNSET;  // with state ANSWERED
  std::string reference = {};     // case number (NeedsCase); with FORWARDED the function
  Told told = {};                 // with its way: a person enters what another one said
  bool corrects = false;          // with ANSWERED: the answer before was wrong, and this one stands
};

// That a report is not this board's stands beside the ladder.
bool SendsOn(LadderState state);
// As the hub's directory names functions: gavle.mottagning.
bool IsFunctionName(std::string_view name);
// What a receiver has to do with a signal goes by its legal class, for pages, commands and disposal alike, so that
// one of a kind newer than this build is dealt with as others of its class. What is not readable, or of a class newer
// than this build ('-'), may be a report.
bool IsReport(char legal_class);
// A report is registered as a case. Who works without one has no number, and need not make one up.
bool NeedsCase(const SignalFacts& facts);
// Only a report may be another board's.
bool GoesOn(std::string_view code, char legal_class);
// The kind whose answers it takes (contract/answers.h): its own, or a report's.
std::string_view AnsweredAs(std::string_view code, char legal_class);
// As the hub says, of a kind whose answers this build knows: nobody here could give another.
bool AwaitsAnswer(schema::Signal::Reader signal);
// With what a receiver has done all that is waited for; prompts are decided instead.
LadderState EndOfLadder(char legal_class, bool awaits_answer);
// Whether it is done, or sent on.
bool IsDone(const Row& row, char legal_class, bool awaits_answer);
// The words of the command line: opened, registered, assessed, forwarded, redirected, and each answer
// (contract/answers.h).
std::optional<Saying> SayingFromWord(std::string_view word);
std::optional<Decision> DecisionFromWord(std::string_view word);
// The words: phone, paper.
std::optional<Way> WayFromWord(std::string_view word);
// As people enter it: a way's word or nothing, who said it, when ("2026-03-02 10:15", Swedish time).
Result<Told> ReadTold(const std::string& way, const std::string& by, const std::string& at);
// kInvalid: nobody is named, or it was said before the signal came or after now.
Status CheckTold(const Told& told, Millis received, Millis now);

int Rank(LadderState state);
std::string StateWord(LadderState state);  // as on the command line
bool SentOn(const Row& row);  // said to be another board's
const Step* AnswerOf(const Row& row);  // the one that stands: the newest; null: none
LadderState HighestOf(const Row& row);  // DELIVERED when nothing was said yet

enum class Judgement { kNew, kSaidBefore };
// kConflict: would take a step back, or contradicts what was said. kInvalid: not for this kind of
// signal, the case number is missing, or there is no answer to correct.
Result<Judgement> Judge(const Row& row, const SignalFacts& facts, const Saying& saying);
// Decisions are for prompts (class E). kConflict: decided otherwise before. kInvalid: not a prompt,
// or dismissed without a reason.
Result<Judgement> JudgeDecision(const Row& row, const SignalFacts& facts, Decision decision,
                                const std::string& reason);

// Who speaks: from the configuration.
struct Speaker {
  std::string system_id;
  std::string function;
  std::string org_nr;
  std::string board;
};
// Event messages (rows 46, 45 and 47 of the catalogue). The message id is made of the signal id and the
// step (and of how many answers went before), so that the same answer said twice is one event everywhere.
Result<std::string> ReceiptEvent(const Row& row, const Saying& saying, const Speaker& speaker,
                                 const EventId& id, Millis now);
Result<std::string> DecisionEvent(const Row& row, Decision decision, const std::string& reason,
                                  const Speaker& speaker, const EventId& id, Millis now);

// Row 47: the sender takes a signal back. `notice`: the receipt or hold about it.
Result<std::string> WithdrawalEvent(const Row& notice, const SignalId& about,
                                    const std::string& reason, const Speaker& speaker,
                                    const EventId& id, Millis now);
// Row 47 as well: the sender's own function says where a signal that is held is to go. `notice`: the hold
// about it; `named_by`: the person who decided.
Result<std::string> NamingEvent(const Row& notice, const SignalId& about,
                                const std::string& receiver, const std::string& named_by,
                                const Speaker& speaker, const EventId& id, Millis now);
// kInvalid: the reason is missing or no code of at most 64 characters.
Status CheckReason(const std::string& reason);

}  // namespace sam::inbox
