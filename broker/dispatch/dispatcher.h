// Dispatcher: the deterministic heart of the hub. A pure fold over the journal's inputs, in order of
// offset: rules, gate, composing, numbering. The same inputs give the same decisions and rows for
// ever, however they are grouped; rebuild runs this very class. No clock, no randomness, no I/O but
// reads of the store and of earlier payloads. One owner, one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "broker/dispatch/cases.h"
#include "broker/dispatch/disposal.h"
#include "broker/dispatch/draft_codec.h"
#include "broker/dispatch/fold.h"
#include "broker/dispatch/orders.h"
#include "broker/dispatch/part_rows.h"
#include "broker/dispatch/retention.h"
#include "broker/dispatch/settings.h"
#include "broker/journal/record.h"
#include "broker/routing/compose.h"
#include "broker/rules/engine.h"

namespace sam::dispatch {

// The plaintext payload of an earlier input; empty optional: disposed of or erased.
using PayloadAt = std::function<Result<std::optional<std::string>>(Offset)>;
// What was sealed apart from it, because it tells where somebody stays; empty: nothing, or gone.
using PlaceAt = std::function<Result<std::string>(Offset)>;

// Rows that one replay command sends again; the operator asks in several ranges for more.
inline constexpr size_t kReplayMax = 10'000;
// Answers that may wait for their signals, of all and of one peer; for a further one the oldest
// goes, of that peer or of all. Most of it is room for a restore.
inline constexpr uint64_t kEarlyMax = 10'000;
inline constexpr uint64_t kEarlyOfOnePeer = 2'500;

enum class Stepped {
  kDone,
  kFlushFirst,  // needs the offsets of decisions still in the fold: write it, then step again
};

class Dispatcher {
 public:
  // kSilent: what it decides is not to happen (rehearsal.h), so nobody is called by the log.
  enum class Voice { kAloud, kSilent };
  Dispatcher(const Store& store, PayloadAt payload_at, PlaceAt place_at,
             Voice voice = Voice::kAloud)
      : store_(store),
        payload_at_(std::move(payload_at)),
        place_at_(std::move(place_at)),
        voice_(voice) {}

  // Reads cursor, clock and configuration from the store. Call once before the first step.
  Status Open();

  static bool IsInput(const journal::Header& header);
  // Its prompts tell of a report, or of what is S4, whatever they list. Null: no rule.
  static bool AsksAfterSecret(const rules::Rule* rule);
  // Folds one record; decisions, the hub's own events, audit and conflicts only move the cursor, as do
  // offsets below it.
  // A payload that is gone tells nothing (see rebuild). kInternal: a config record that does not
  // parse (main checks before it submits). kCorrupt: a row of ours is not readable.
  Result<Stepped> Step(const journal::Record& record, Fold& fold);
  // Moves past an input whose payload is gone: it tells nothing, and a walk goes on as with any other.
  Status Pass(const journal::Header& header, Fold& fold);
  // Moves past a record that is no input.
  void Skip(const journal::Header& header) { mark_.cursor = header.offset.next(); }

  // Rehearsal: as if what was stepped since `mark` had not been; its fold is thrown away.
  void Rewind(Mark mark) {
    mark_ = std::move(mark);
    came_.clear();
  }

  // Rebuild: a number that a recorded decision holds which is not redone; the fold passes it over.
  void Reserve(const std::string& subscription, Lane lane, Sequence sequence) {
    reserved_.emplace(subscription, lane, sequence);
    gaps_ = true;
  }

  // Calls about held reports that nobody answered in time, since this began.
  uint64_t unanswered() const { return unanswered_; }
  // Time limits that ran out and nobody in charge of the receiver could be told of, since this began.
  uint64_t untold() const { return untold_; }
  // Acute signals that no person had confirmed within acute_minutes of [reminders], since this began.
  uint64_t acute_silent() const { return acute_silent_; }
  // Since this began: random numbers of persons whose keys were forgotten, and payloads dropped.
  uint64_t erased() const { return erased_; }
  uint64_t disposed() const { return disposed_; }
  // Calls about a held statutory report for which the directory names nobody who can be reached, since this began.
  uint64_t uncalled() const { return uncalled_; }
  // How often, since this began: what the gate decided, by rule (a notice: its signal code) and
  // outcome; and time limits that ran out, by kind. Both name what is configured, so they are few.
  using GateCounts = std::map<std::pair<std::string, std::string>, uint64_t>;
  const GateCounts& gate_counts() const { return gate_counts_; }
  const std::map<std::string, uint64_t>& breaches() const { return breaches_; }
  // How many rows of kOverdue came (or went, below zero) since this was asked last, by kind.
  std::map<std::string, int64_t> TakeOverdueChanges() { return std::exchange(overdue_changes_, {}); }
  const Mark& mark() const { return mark_; }
  // Subjects are being looked at after a change of rules: goes on with each further input.
  bool walking() const { return mark_.walk_width != 0; }
  const Settings& settings() const { return settings_; }

 private:
  struct Input {
    const journal::Header& header;
    std::string_view payload;
    Millis now;
    Fold& fold;
    Offset cause;  // the input being folded; `header` is another one's for an early answer
  };
  // Where a signal came from, beside what its candidate says.
  struct Origin {
    std::string unit;
    SignalId about;
    bool named = false;
  };
  struct Verdict {
    SignalId id;
    schema::Outcome outcome = schema::Outcome::UNSET;
  };
  // A signal that is held, and why its sender is called this time.
  struct Waiting {
    SignalId id;
    std::string unit;
    std::string receiver;              // empty: none is known
    std::vector<std::string> reasons;
    std::string call;                  // rule id of the notice: one for each time
    bool own_only = false;             // to a function of the controller's own authority, else to its desk
  };
  // Where a signal stands with its receiver.
  struct Standing {
    bool gone = false;    // acknowledged, or given up after it was offered
    bool may = false;     // a number may have left that was not acknowledged
    bool waits = false;   // a number lies in the mailbox
  };
  // How a consent came to hold no more, and the event that told it (zero: the clock, or another child's).
  struct Fall {
    bool ran_out = false;
    rules::EvidenceRef by;
  };
  // Number and marks of a disclosure.
  struct Slot {
    std::string subscription;
    Lane lane = Lane::kNormal;
    Sequence sequence;
    bool replayed = false;
    bool late = false;
  };

  // event_fold.cc
  Status FoldEvent(const Input& in);
  Status FoldTick(const Input& in, Millis tick, const std::string& before);
  Status TakeElsewhere(const Input& in, const SubjectId& subject, const rules::EventView& view);
  Status MergeLinked(const Input& in, const SubjectId& subject, rules::SubjectState& into,
                     rules::Effects& effects);
  Status CallAboutLink(const Input& in, const SubjectId& subject, rules::SubjectState& state);
  Status EndWithDeath(const Input& in, const rules::SubjectState& state, rules::Effects& effects);
  Status Carry(const Input& in, const SubjectId& subject, rules::SubjectState& state,
               rules::Effects&& effects);
  rules::Context ContextOf(const Input& in) const;

  // config_fold.cc
  Status FoldConfig(const Input& in);
  void TakeSettings(const Input& in, Settings next);
  Status OfferAll(const Input& in);
  // Their ids first: what is done with one may change the others.
  Result<std::vector<SignalId>> SignalsThat(const Input& in,
                                            const std::function<bool(const SignalRow&)>& wanted);
  Status RegateHeld(const Input& in);
  // The directory's dates: a timer of nobody's (kind unset) stands at the next of them.
  void ArmDates(const Input& in);
  Status FoldDates(const Input& in);
  Status Walk(const Input& in);  // one slice, after each input while a walk is under way

  // loop_fold.cc: what closes the loop
  Status FoldReceipt(const Input& in, schema::SignalReceipt::Reader body);
  Status FoldWithdrawn(const Input& in, schema::SignalWithdrawn::Reader body,
                       schema::Controller::Reader controller);
  Status FoldPromptDecided(const Input& in, schema::PromptDecided::Reader body,
                           schema::Controller::Reader controller);
  // attendance_fold.cc
  Status TellOtherCare(const Input& in, const SignalId& prompt, const SignalRow& row);
  routing::AttendanceDraft AttendanceOf(const routing::Candidate& candidate,
                                        const std::string& owner) const;
  Status FoldProgress(const Input& in);
  Status NoteAcked(const Input& in, const std::string& subscription, Lane lane, Sequence sequence);
  Status NoteDead(const Input& in, const std::string& subscription, Lane lane, Sequence sequence);
  Status TellUndelivered(const Input& in, const SignalId& id, Sequence sequence);
  Status FoldNamed(const Input& in, schema::ReceiverNamed::Reader body,
                   schema::Controller::Reader controller);
  Status CallNamed(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                   const routing::Candidate& candidate, const SignalId& id, const SignalRow& row,
                   const std::vector<std::string>& reasons);
  Status NotifyStep(const Input& in, rules::SubjectState& state, const SignalId& id,
                    const SignalRow& row, const LadderStep& step);
  Status NoteStep(const Input& in, const SignalId& id, SignalRow& row, const LadderStep& step);
  enum class StepFor { kSender, kReceiver };
  Status TellStep(const Input& in, rules::SubjectState& state, const SignalId& id,
                  const SignalRow& row, const LadderStep& step, StepFor whom);

  // forward_fold.cc: a report that came to the wrong board
  bool MayForward(const SignalRow& row, schema::LadderState state) const;
  Status Forward(const Input& in, const SignalId& id, SignalRow row, const LadderStep& step,
                 const std::string& to);
  Result<bool> HadIt(const Input& in, const routing::Candidate& candidate,
                     const std::string& receiver);
  // What `from` had of another board is now this one's.
  Status ComesFrom(const Input& in, const SignalId& id, const SignalRow& from);
  // The signal and those it was forwarded from, the newest first.
  Result<std::vector<SignalId>> Boards(const Input& in, SignalId id);

  // case_fold.cc: what a social board's own system tells of a report
  using CaseRows = std::vector<std::pair<std::string, CaseRow>>;  // by key, the oldest first
  std::string AuthorityOfReceiver(const SignalRow& row) const;
  Result<bool> IsAboutSame(const Input& in, const SignalRow& report, schema::Event::Reader told);
  Result<CaseRows> CasesOf(const Input& in, const std::string& authority,
                           const std::string& number) const;
  void PutCase(const Input& in, CaseRows& rows, std::string key, const CaseRow& row);
  Status FileCase(const Input& in, const SignalId& id, const std::string& number,
                  const SubjectId& teller);
  Result<bool> TakeWaited(const Input& in, const SignalId& id, const SignalRow& report,
                          Offset offset);
  Status NoteBoardStep(const Input& in, const SignalId& id, SignalRow row, const BoardStep& told);
  Status FoldBoardStep(const Input& in, const SubjectId& subject, schema::Event::Reader event);
  Status NoteNamedStep(const Input& in, const SubjectId& subject, const BoardStep& step,
                       const routing::Authority& own, SignalRow row);
  Status NoteCaseStep(const Input& in, const SubjectId& subject, const BoardStep& step,
                      const routing::Authority& own, schema::Event::Reader event);
  Status KeepCase(const Input& in, const SubjectId& subject, const std::string& authority,
                  const std::string& number, schema::Event::Reader event);
  void ArmCaseEnd(const Input& in, const std::string& key, const SubjectId& subject);
  Status ArmCaseEnds(const Input& in);
  Status EndCase(const Input& in, const rules::TimerSpec& timer);

  // inquiry_fold.cc: the time that a board has for an inquiry
  Status NoteInquiry(const Input& in, const SignalId& id, const BoardStep& told);
  Status StartInquiry(const Input& in, const SignalId& id, SignalRow row, const BoardStep& told);
  Status TakeClosings(const Input& in, const SignalId& id, const std::string& authority,
                      const std::string& number);
  Status FoldInquiryClosed(const Input& in, const SubjectId& subject, schema::Event::Reader event);
  Status EndInquiry(const Input& in, const SignalId& id, bool done);
  Status TakeBackInquiry(const Input& in, const SignalId& id, const BoardStep& told);

  // early_fold.cc: answers before their signals
  Result<bool> FoldAnswer(const Input& in, schema::Event::Reader event);  // false: it is none
  Result<bool> Await(const Input& in, const SignalId& id);  // false: not kept
  Status MakeRoom(const Input& in);
  Status TakeEarly(const Input& in);
  Status FoldEarly(const Input& in, Offset offset, const std::string& payload);

  // part_fold.cc: attachments follow their report
  Status FoldPart(const Input& in, schema::Event::Reader event);
  Status TakeWaitingParts(const Input& in);
  Result<std::optional<PartReport>> PartsReport(const Input& in, const std::string& key,
                                                Offset offset, const SubjectId& subject,
                                                schema::Event::Reader part);
  Status FilePart(const Input& in, const PartReport& report, const PartRow& part);
  Result<bool> Stands(const Input& in, const SignalRow& report);
  Result<bool> MayFollow(const Input& in, const SignalRow& row);  // true for all but parts
  Status SendPart(const Input& in, rules::SubjectState& state, const SignalId& report_id,
                  const SignalRow& report, const PartRow& part);
  Result<std::vector<PartRow>> PartsOf(const Input& in, const SignalRow& report,
                                       PartReport& found);
  Status SendParts(const Input& in, rules::SubjectState& state, const SignalId& id,
                   const SignalRow& report);
  Status StopParts(const Input& in, const SignalId& id, const SignalRow& report);

  // command_fold.cc
  Status FoldCommand(const Input& in);
  Status FoldReplay(const Input& in, const std::string& subscription, Offset from, Offset to);
  Status ReplayRow(const Input& in, const std::string& subscription, Lane lane,
                   const mailbox::Row& row);
  Status FoldRelease(const Input& in, const SignalId& id, const std::string& receiver);
  Status FoldRecheck(const Input& in);
  Result<bool> WasOffered(const Input& in, const std::string& subscription, Lane lane,
                          Sequence sequence) const;
  static void KeepDisclosed(SignalRow& row, const Slot& slot);
  Status Refuse(const Input& in, const SignalId& id, SignalRow& row, const Slot& slot,
                schema::WithheldCode code, const std::vector<std::string>& reasons);

  // signal_fold.cc
  Result<bool> AskByFact(const Input& in, const rules::SubjectState& state, const rules::Hit& hit,
                         const std::string& owner, routing::Candidate& candidate);
  Result<Verdict> Raise(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                        const rules::Hit& hit);
  Result<Verdict> Decide(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                         const routing::Candidate& candidate, const Origin& origin);
  void CountGate(const routing::Candidate& candidate, const Origin& origin, const char* outcome);
  routing::GateInput Ask(const routing::Candidate& candidate, Millis now) const;
  Status Deliver(const Input& in, rules::SubjectState& state,
                 const routing::Candidate& candidate, const routing::GateDecision& gate,
                 const routing::Composed& composed, SignalRow row);
  // Decision record and mailbox row for one number; adds or renews the placement in `row`.
  void Place(const Input& in, SignalRow& row, DecisionFacts facts, const Slot& slot,
             const rules::SubjectState& state);
  Result<Slot> NextSlot(const Input& in, const std::string& subscription, Lane lane);
  DecisionFacts FactsOf(const SignalId& id, const SignalRow& row,
                        const rules::SubjectState& state) const;
  // `owner`: the role that owns the prompts of the signal's rule.
  routing::SubjectFacts SubjectFactsOf(const rules::SubjectState& state,
                                       const std::string& owner) const;
  mailbox::Versions VersionsOf(const rules::SubjectState& state) const;
  Result<routing::Candidate> CandidateOf(const Input& in, const rules::SubjectState& state,
                                         const SignalRow& row);
  Status FillEvidence(const Input& in, const std::vector<rules::EvidenceRef>& refs,
                      routing::Candidate& candidate);
  Result<std::string> Payload(const Input& in, Offset offset);  // empty: gone

  // hold_fold.cc: what waits
  Status Hold(const Input& in, const SubjectId& subject, rules::SubjectState& state,
              const routing::Candidate& candidate, const routing::GateDecision& gate,
              const SignalId& id, SignalRow row);
  Status NoteHeld(const Input& in, rules::SubjectState& state, const SignalId& id,
                  const std::string& code);
  Status Deny(const Input& in, const SubjectId& subject, rules::SubjectState& state,
              const routing::Candidate& candidate, const routing::GateDecision& gate,
              const SignalId& id, SignalRow row);
  Status TellDenied(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                    const routing::Candidate& candidate, const routing::GateDecision& gate,
                    const SignalId& id, const SignalRow& row);
  // The notice about a signal that waits, to whoever sent it.
  Status CallSender(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                    const routing::Candidate& candidate, const Waiting& waiting);
  void ArmCall(const Input& in, const SubjectId& subject, const SignalId& id, const SignalRow& row,
               int64_t calls, Millis since);
  Status CallAgain(const Input& in, const rules::TimerSpec& timer);
  Status Regate(const Input& in, const SubjectId& subject, rules::SubjectState& state);
  Result<Verdict> RegateOne(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                            const SignalId& id, SignalRow row, const std::string& receiver);
  Status AskOfReleased(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                       const SignalRow& row, const Verdict& verdict);

  // clock_fold.cc: time limits of what was delivered
  Status StartClocks(const Input& in, const routing::Candidate& candidate, const SignalId& id,
                   SignalRow& row);
  void WatchDelivery(const Input& in, SignalRow& row) const;
  void ArmMark(const Input& in, const SignalId& id, SignalRow& row);
  // After a step, a decision or the end of a signal; the caller puts the row away.
  Status SettleClocks(const Input& in, const SignalId& id, SignalRow& row);
  // Row of kOverdue; an empty value takes it away.
  Status NoteOverdue(const Input& in, const std::string& kind, const SignalId& id,
                     const std::string& value);
  Status LookAtClocks(const Input& in, const rules::TimerSpec& timer);
  // A configuration that reminds otherwise: limits that run are watched from it on.
  Status RearmClocks(const Input& in, const rules::Reminders& before);
  Status LookAtClock(const Input& in, const SignalId& id, const SignalRow& row,
                     WatchedClock& clock);
  Status Remind(const Input& in, const SignalId& id, const SignalRow& row,
                const WatchedClock& clock, int64_t percent, const std::string& function,
                const std::string& again = "");  // not empty: told anew, though told before
  Status Escalate(const Input& in, const SignalId& id, const SignalRow& row,
                  const WatchedClock& clock, const std::string& why);
  // The limits `which` of a signal have ended, or run on after all; who was reminded of one is told.
  Status EndLimits(const Input& in, const SignalId& id, bool done,
                   const std::function<bool(std::string_view)>& which);
  Result<bool> IsGone(const Input& in, const SignalRow& row, const routing::Candidate& candidate);
  Result<bool> TellAbout(const Input& in, const SignalId& id, const SignalRow& row,
                         const std::string& function, routing::Candidate notice);

  // consent_fold.cc: what rests on a consent that holds no more
  Status FallWithConsent(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                         rules::ConsentFall fall);
  Status FallOne(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                 const SignalId& id, std::vector<std::string> reasons, const Fall& fall);
  Status RefuseWaiting(const Input& in, const SignalId& id, SignalRow& row,
                       const std::vector<std::string>& reasons);
  Result<Standing> StandingOf(const Input& in, const SignalRow& row) const;

  // withdraw_fold.cc: what is taken back
  Result<bool> MayHaveGone(const Input& in, const SignalRow& row) const;
  // Fills the numbers that its receiver has not acknowledged. True: one may have left before.
  Result<bool> FillNumbers(const Input& in, const SignalId& id, SignalRow& row,
                           schema::WithheldCode code = schema::WithheldCode::WITHDRAWN);
  Result<bool> Stop(const Input& in, const SignalId& id, SignalRow& row);
  std::string HolderNow(const std::string& receiver, Millis now) const;
  Status Withdraw(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                  SignalId id, const std::string& reason, rules::EvidenceRef by,
                  std::optional<SignalId> replaced_by);

  // erase_fold.cc: what is gone on purpose
  Result<bool> IsErased(const Input& in, const SubjectId& subject) const;
  Status FoldErase(const Input& in, const std::vector<SubjectId>& subjects, bool despite,
                   const std::string& reason);
  Status EraseSignal(const Input& in, const SignalId& id, DisposalFacts& gone);
  Result<bool> IsReceipt(const Input& in, uint64_t offset);
  Status ForgetDerived(const Input& in, const std::set<SubjectId>& persons);
  void Dispose(const Input& in, DisposalFacts facts);

  // retention_fold.cc: what is due by the decision on disposal
  static bool IsRetention(const rules::TimerSpec& timer);
  void ArmRetention(const Input& in);
  RetentionView ViewOf(const Input& in) const;
  Status FoldRetention(const Input& in, Millis due);
  Status DisposeOf(const Input& in, const std::vector<SignalId>& due, const std::set<uint64_t>& needed);
  Status ItemsOf(const Input& in, const SignalRow& row, RetentionRule rule,
                 const std::set<uint64_t>& remembered, std::vector<DisposedItem>& items);
  Status AddFormer(const Input& in, uint64_t from, const std::map<SignalId, RetentionRule>& due,
                   const std::set<SubjectId>& subjects, std::map<RetentionRule, DisposalFacts>& gone);

  // link_fold.cc
  Result<std::vector<routing::PersonNumber>> LinkedNumbers(const Input& in, const std::vector<Offset>& links);
  Status NoteLink(const Input& in, rules::SubjectState& state);

  // age_fold.cc
  void ArmBirthday(const Input& in, const SubjectId& subject, const rules::SubjectState& state);
  Status FoldBirthday(const Input& in, const SubjectId& filed);

  // place_fold.cc
  // The candidate as it may be composed: with the places of its evidence where the gate opened them, and the numbers
  // of linked identities (then it stands in `room`), else as it is.
  Result<const routing::Candidate*> Opened(const Input& in, const routing::Candidate& candidate,
                                           const routing::GateDecision& gate,
                                           routing::Candidate& room);
  // exam_fold.cc: the day of an ordered examination
  struct Order {
    std::string key, row;            // of kOrder
    std::string contact, org, board;  // who ordered
  };
  using OrderRows = std::vector<std::pair<std::string, std::string>>;
  // Of one order number, of kOrder or kAnswer: key and row, the oldest first.
  Result<OrderRows> RowsOf(const Input& in, Space space, const std::string& number) const;
  Result<std::optional<Order>> FindOrder(const Input& in, const std::string& number,
                                         schema::Event::Reader report);
  Status EndExam(const Input& in, const SubjectId& subject, schema::Event::Reader event);
  Status AwaitOrder(const Input& in, const SubjectId& subject, schema::Event::Reader event);
  struct TakenAnswers {
    std::vector<SubjectId> subjects;  // of whom what came of it was told before
    std::vector<Offset> told;         // bookings for it, too
  };
  Result<TakenAnswers> TakeAnswers(const Input& in, schema::Event::Reader order, OrderRow& row);
  Status TellOrder(const Input& in, const SubjectId& subject, const rules::SubjectState& state,
                   schema::Event::Reader event, const rules::EventView& view);
  Status LeaveOrder(const Input& in, const SubjectId& subject, const rules::SubjectState& state,
                    schema::Event::Reader event, const rules::EventView& view, const std::string& now);
  Status PutToOrder(const Input& in, const SubjectId& subject, const std::string& number,
                    schema::Event::Reader event, const rules::EventView& view);
  Status TellTaken(const Input& in, const SubjectId& subject, const std::vector<Offset>& told);
  Status RegateAnswers(const Input& in, const std::vector<SubjectId>& answered);
  Result<bool> IsExamined(const Input& in, const routing::Candidate& candidate);

  // carry_fold.cc: what somebody told for others
  Result<TakenAnswers> NoteOrder(const Input& in, const SubjectId& subject, schema::Event::Reader event);
  Status ReplaceOrder(const Input& in, schema::Event::Reader event, OrderRows& rows,
                      OrderRow& order);
  Result<std::string> OrdererOf(const Input& in, schema::Event::Reader report);
  std::string SenderIn(const std::string& function, const std::string& org,
                       const std::string& board, Millis now) const;
  std::string CallerOf(const routing::Candidate& candidate, schema::Event::Reader event,
                       Millis now) const;
  // To and from whom a carried signal goes; nothing for others.
  Status Address(const Input& in, const std::string& unit, routing::Candidate& candidate);
  void AddOrderClock(routing::Candidate& candidate, const rules::Rule& rule) const;
  Status TellProtection(const Input& in, const SubjectId& subject, rules::SubjectState& state);
  // Those that `held` what was known under an identity before it was linked (`by`: the link).
  Status TellHolders(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                     const std::vector<SignalId>& held, bool by_link);
  std::string OwnerOfRule(const std::string& id) const;   // empty: no such rule
  std::string GroundOfRule(const std::string& id) const;  // the same, and before fold edition 4
  std::string FunctionOfUnit(const std::string& unit, Millis now) const;
  void AddClocks(routing::Candidate& candidate) const;
  bool StartsLater(const std::string& clock) const;
  bool IsAnswerable(const routing::Candidate& candidate) const;
  bool StandsAlone(const routing::Candidate& candidate) const;
  journal::Draft DraftOf(const Input& in, const SignalRow& row, const DecisionFacts& facts) const;

  // In a test environment the clock stands where the last tick has put it.
  Millis NowOf(Millis told) const {
    return settings_.test && mark_.last_tick.value >= 0 ? mark_.last_tick : told;
  }

  const Store& store_;
  PayloadAt payload_at_;
  PlaceAt place_at_;
  Voice voice_;
  Settings settings_;
  bool configured_ = false;  // some configuration has been taken in
  Mark mark_;
  std::vector<SignalId> came_;  // decided for the first time by the input being folded
  uint64_t unanswered_ = 0;
  uint64_t untold_ = 0;
  uint64_t acute_silent_ = 0;
  uint64_t erased_ = 0;
  uint64_t disposed_ = 0;
  uint64_t uncalled_ = 0;
  GateCounts gate_counts_;
  std::map<std::string, uint64_t> breaches_;
  std::map<std::string, int64_t> overdue_changes_;
  bool gaps_ = false;  // rebuild: numbers stand whose signals can not be made again
  std::set<std::tuple<std::string, Lane, Sequence>> reserved_;  // empty but in rebuild
};

}  // namespace sam::dispatch
