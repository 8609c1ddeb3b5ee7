// Inbox: the agency's durable mailbox. One row for each signal id, whatever is delivered twice; the
// numbers it holds kept in the same batch as the signals, so that an acknowledgement is never given
// for what a crash could lose. What the agency answers goes through its own outbox to the hub.
// One thread owns it (the stage of `run`, or a command when nobody runs). The store outlives it.
// Limits: rows are kept until a decision on disposal ([retention]) or a person removes them; one batch as large as the
// client hands over (1 MiB).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/inbox/attachments.h"
#include "adapters/inbox/audit.h"
#include "adapters/inbox/box.h"
#include "adapters/inbox/disposal.h"
#include "adapters/inbox/ladder.h"
#include "adapters/inbox/outbox.h"
#include "adapters/inbox/rows.h"
#include "adapters/inbox/witness.h"
#include "adapters/intake/book.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/random.h"
#include "broker/base/uuid7.h"
#include "broker/client/subscriber_client.h"

namespace sam::inbox {

class Inbox final : public client::InboxSink, public intake::Book {
 public:
  // Errors as Box::Open.
  static Result<std::unique_ptr<Inbox>> Open(Store& store, const SecretKey& kek, Speaker speaker,
                                             const Clock& clock, Random random);

  // --- from the hub ---
  Status Take(const Position& position, std::string_view signal, wire::WithheldCode withheld,
              const client::DeliveryFlags& flags) override;
  Status Commit() override;
  Status Drop() override;
  std::vector<Position> Seen() override;
  bool IsEmpty() const override { return lanes_.empty(); }
  // A hole that stayed open: kept, shown on top of every list until it is filled.
  Status NoteGap(const client::Gap& gap);
  Outbox& outbox() { return *outbox_; }
  uint64_t outbox_accepted() const { return outbox_->accepted().value; }  // by the hub
  Attachments& attachments() { return *attachments_; }
  const Attachments& attachments() const { return *attachments_; }
  Witness& witness() { return *witness_; }
  const Witness& witness() const { return *witness_; }
  // The hub's next checkpoint is kept as if it were the first, for a reason that goes into the audit.
  Status BeginAnew(const std::string& reason, const Who& who);
  Audit& audit() { return *audit_; }
  const Audit& audit() const { return *audit_; }

  // --- questions ---
  // By number of arrival, rising, from `from`; false stops.
  Status Each(uint64_t from, const std::function<bool(Row&&)>& visit) const;
  // 32 hex digits, or at least 4 of them that only one id begins with. kNotFound, kConflict.
  Result<Row> Find(std::string_view id) const;
  // Withheld numbers, and holes that are still open.
  Result<std::vector<NumberRow>> Numbers() const;
  Result<std::optional<RefusalRow>> RefusalOf(const Step& step) const;
  uint64_t next_number() const { return next_number_; }
  // --- reports about the same child (groups.cc): none is merged, they are shown to belong together ---
  struct Group {
    std::string id;    // 32 hex digits, made with this inbox's key; empty: no report, or nobody known
    size_t count = 0;  // reports in it that were not taken back; counted up to kGroupCounted
  };
  // A list that is followed looks at the group of each row that comes: what it costs is bounded.
  static constexpr size_t kGroupCounted = 20;
  static constexpr size_t kGroupNumbers = 16;  // of one child
  using GroupCounts = std::map<std::string, Group>;  // of one list: what was counted already, by keyed name
  Result<Group> GroupOf(const Row& row, GroupCounts& counted) const;

  // --- intakes in the social system (intakes.cc) ---
  Status Admit(const std::function<bool(const intake::Kind&)>& wanted) override;
  const std::map<uint64_t, intake::Entry>& Pending() const override { return intakes_; }
  Result<intake::Delivered> SignalOf(const intake::Entry& entry) const override;
  Status Keep(const intake::Entry& entry) override;
  Status Registered(const intake::Entry& entry) override;
  Status HoldUnsentFiles() override;
  Result<std::vector<intake::Listed>> FilesOf(const intake::Entry& entry) const override;
  Result<std::string> PartOf(const intake::Entry& entry, size_t file, uint16_t index) override;
  // Those at their end as well; nothing for a signal that is not written there.
  Result<std::optional<intake::Entry>> IntakeOf(uint64_t number) const;
  // Of the signal that this row takes back; nothing for any other row.
  Result<std::optional<intake::Entry>> IntakeTakenBack(const Row& row) const;
  enum class Ruling { kAgain, kCreated, kLeave };
  // What a person found out about a held one; kCreated with its number over there, or of its files
  // that they are there. kConflict: it does not wait for a person. kNotFound: not on its way there.
  Result<intake::Entry> Rule(std::string_view id, Ruling ruling, const std::string& their_id,
                             const Who& who);

  // --- acts; durable when they return ---
  struct Acted {
    Row row;
    bool said_before = false;
  };
  // Notes who looked; the first time tells the hub "opened".
  Result<Row> Open(std::string_view id, const Who& who, Action action = Action::LOOKED);
  Result<Acted> Say(std::string_view id, const Saying& saying, const Who& who);
  // What Say would answer, without saying it.
  Result<Judgement> WouldSay(const Row& row, const Saying& saying) const;
  Result<Acted> Decide(std::string_view id, Decision decision, const std::string& reason,
                       const Who& who);
  // Takes back a signal of our own. `id`: a receipt or hold about it. kInvalid: it is no such notice.
  // kConflict: taken back for another reason before. The hub decides whether it was ours.
  Result<Acted> Withdraw(std::string_view id, const std::string& reason, const Who& who);
  // Part `index` of an attachment, as Attachments::Read; with index 0 who takes it out is noted.
  Result<Attachments::Piece> TakeOut(const Row& report, uint16_t number, uint16_t index,
                                     const Who& who);
  // Says where a signal of our own that is held is to go. `id`: the hold about it. kInvalid: it is no
  // such notice. kConflict: another receiver was named by it. The hub decides whether that may be.
  // `named_by`: the person who decided; `who`: the account that enters it.
  Result<Acted> Name(std::string_view id, const std::string& receiver, const std::string& named_by,
                     const Who& who);
  // What Name would answer, without naming.
  Result<Judgement> WouldName(const Row& notice, const std::string& receiver,
                              const std::string& named_by) const;
  // Whom that notice has been answered with; empty: nobody yet.
  Result<std::optional<std::string>> NamedBy(const SignalId& notice) const;
  Result<bool> TookBack(const SignalId& about) const;
  // The reason for which it was taken back here; empty: it was not.
  Result<std::optional<std::string>> TookBackFor(const SignalId& about) const;
  // --- what is forgotten (disposal.cc) ---
  // What is due by the policy, the oldest first, at most `limit`; what is kept is counted up to there.
  Result<DisposalPlan> PlanDisposal(const RetentionPolicy& policy, size_t limit) const;
  // At most kDisposalBatch of what is due; 0: nothing is, or nobody has decided.
  Result<size_t> DisposeDue(const RetentionPolicy& policy);
  // All about the person of this signal, and the notices about those.
  Result<ErasePlan> PlanErase(std::string_view id) const;
  Status Erase(const ErasePlan& plan, const std::string& reason, const Who& who);
  const RetentionPolicy& retention() const { return retention_; }
  void SetRetention(RetentionPolicy policy) { retention_ = std::move(policy); }
  // What makes it true in the files of the store, and asks for it.
  void OnForget(std::function<Status()> forget) { forget_ = std::move(forget); }
  Status MakeForgotten() { return forget_ ? forget_() : Ok(); }
  // How far rows were handed over to the outside (`run --ndjson`).
  Result<uint64_t> HandedOver() const;
  Status SetHandedOver(uint64_t number);

 private:
  Inbox(Box box, Speaker speaker, const Clock& clock, Random random);
  Status LoadLanes();
  Status LoadNext();
  void Forget();  // everything not committed
  Result<LaneRow*> LaneOf(const Position& position);
  Result<std::optional<Row>> Known(const SignalId& id) const;
  // A word that was said here of a signal: sealed under `name`, since people write it; in the clear under `before`, as
  // builds of before wrote it.
  Result<std::optional<std::string>> SaidOf(const char* name, const char* before, const SignalId& id) const;
  void DropSaid(const SignalId& id, Batch& batch) const;
  Status TakeSignal(const Position& position, std::string_view signal,
                    const client::DeliveryFlags& flags);
  Status TakeReminder(const SignalFacts& facts);
  Result<bool> TakeOwnStep(const SignalFacts& facts);  // false: it is not about a signal that came here
  Status LoadGroups();
  std::string GroupName(const std::string& number) const;
  Status CountUnder(const std::string& name, std::set<std::string>& child, std::set<uint64_t>& seen,
                    Group& group) const;
  void PutGroup(const Row& row, Batch& batch) const;
  void DropGroup(const Row& row, Batch& batch) const;
  Result<Kept> IsFinished(const Row& row) const;
  Status ForgetRows(const std::vector<uint64_t>& numbers, const Who& who, Action action,
                    const std::string& why);
  Status ForgetRow(Row row, const std::string& why, Batch& batch, std::vector<std::string>& files);
  Result<bool> IsForgotten(const std::string& about) const;  // 16 bytes of a signal that was here
  Status TakeWithdrawal(const SignalFacts& facts, const SignalId& by);
  void Save(const Row& row, Batch* batch) const;
  // With a look in the same batch, when the step is told because somebody looked.
  Result<Acted> Tell(Row row, const Saying& saying, const Who& who, Action action);
  // Puts the batch on disk, or takes back what it had numbered.
  Status Apply(Batch& batch);
  Status LoadIntakes();
  Result<intake::Entry> Written(intake::Entry entry, const Row& row) const;
  Result<std::optional<intake::Entry>> EndedBy(const Row& row, const Saying& saying) const;
  Status RuleFiles(intake::Entry& entry, Ruling ruling) const;
  // Entries whose signals are over there and taken back by what is being committed: held again.
  Result<std::vector<intake::Entry>> TakenBack() const;
  void Put(Batch& batch, const intake::Entry& entry) const;
  void Note(const intake::Entry& entry);
  void NoteHeld(const intake::Entry& entry);  // and calls a person

  Box box_;
  Speaker speaker_;
  const Clock& clock_;
  Uuid7 ids_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Attachments> attachments_;
  std::unique_ptr<Audit> audit_;
  std::unique_ptr<Witness> witness_;
  uint64_t next_number_ = 1;
  std::map<uint64_t, intake::Entry> intakes_;  // those not at their end
  uint64_t intake_next_ = 0;  // the first number not considered; 0: never asked to

  // Taken and not yet committed.
  std::map<SignalId, Row> fresh_;
  std::map<SignalId, std::pair<SignalId, std::string>> withdrawals_;  // of signals not here yet
  std::set<SignalId> taken_back_;  // signals here that a withdrawal has just reached
  std::vector<NumberRow> fresh_numbers_;
  uint64_t fresh_next_ = 1;
  std::map<std::string, LaneRow> lanes_;  // what Commit makes durable
  std::set<std::string> touched_lanes_;

  RetentionPolicy retention_;
  std::function<Status()> forget_;
  metrics::Counter disposed_;
  metrics::Counter received_;
  metrics::Counter duplicates_;
  metrics::Counter withheld_;
  metrics::Counter gaps_;
  metrics::Counter unreadable_;
};

}  // namespace sam::inbox
