// The Inbox forgets: rows become what is needed to know their signal again, and all else of them goes in one batch.
#include "adapters/inbox/disposal.h"

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/inbox/attachment_rows.h"
#include "adapters/inbox/child_numbers.h"
#include "adapters/inbox/inbox.h"
#include "adapters/inbox/spaces.h"
#include "adapters/inbox/words.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/wire/codec.h"

namespace sam::inbox {
namespace {

constexpr const char* kRetentionAccount = "retention";
constexpr size_t kEraseMax = 2'000;  // rows of one person; more are no person

Millis LastStep(const Row& row) {
  Millis last = std::max(row.received_at, row.decided_at);
  for (const Step& step : row.steps) last = std::max(last, step.at);
  return last;
}

Result<ChildNumbers> NumbersOf(const Row& row) {
  if (row.unreadable) return ChildNumbers();
  return wire::ReadOwn<schema::Signal>(row.signal, [](schema::Signal::Reader in) {
    return Result<ChildNumbers>(NumbersIn(in.getSubject()));
  });
}

// What a notice tells about; empty: it is none, or not readable.
std::optional<SignalId> AboutOf(const Row& row) {
  const auto facts = row.unreadable ? Result<SignalFacts>(Invalid("")) : FactsOf(row.signal);
  if (!facts.ok()) return std::nullopt;
  for (const std::string* about : {&facts->tells_about, &facts->reminds, &facts->withdraws})
    if (auto id = SignalId::From(*about)) return id;
  return std::nullopt;
}

}  // namespace

const char* KeptName(Kept why) {
  switch (why) {
    case Kept::kDue: return "due";
    case Kept::kNotYet: return "not-yet";
    case Kept::kUnanswered: return "unanswered";
    case Kept::kClock: return "clock";
    case Kept::kHold: return "hold";
    case Kept::kOnItsWay: return "on-its-way";
    case Kept::kNewest: return "newest";
  }
  return "";
}

// Whether all that people and programs have to do with it is done.
Result<Kept> Inbox::IsFinished(const Row& row) const {
  if (row.number + 1 >= next_number_) return Kept::kNewest;
  for (const Step& step : row.steps)
    if (step.outbox > outbox_accepted()) return Kept::kOnItsWay;
  const bool considered = intake_next_ == 0 || row.number < intake_next_;
  if (!considered || intakes_.contains(row.number)) return Kept::kOnItsWay;
  SAM_ASSIGN(const uint64_t handed, HandedOver());
  if (handed > 0 && row.number > handed) return Kept::kOnItsWay;
  if (row.unreadable) return Kept::kUnanswered;
  SAM_ASSIGN(const auto files, attachments_->Of(row));
  for (const Listed& file : files)
    if (file.file.state == FileState::RECEIVING) return Kept::kOnItsWay;
  if (!row.withdrawn_by.empty()) return Kept::kDue;
  SAM_ASSIGN(const SignalFacts facts, FactsOf(row.signal));
  if (IsNotice(facts.code)) {
    SAM_ASSIGN(const auto named, NamedBy(row.id));
    return facts.waits && !named ? Kept::kHold : Kept::kDue;
  }
  if (!IsDone(row, facts.legal_class, facts.awaits_answer)) return Kept::kUnanswered;
  SAM_ASSIGN(const Summary summary, SummaryOf(row));
  return summary.due != 0 && !SentOn(row) ? Kept::kClock : Kept::kDue;
}

Result<DisposalPlan> Inbox::PlanDisposal(const RetentionPolicy& policy, size_t limit) const {
  DisposalPlan plan;
  const Millis now = clock_.Now();
  Status inner = Ok();
  SAM_TRY(Each(1, [&](Row&& row) {
    auto why = IsFinished(row);
    if (!why.ok()) inner = why.error();
    if (!why.ok()) return false;
    if (*why == Kept::kDue && LastStep(row).value + policy.days * kDayMs > now.value) *why = Kept::kNotYet;
    if (*why == Kept::kDue) plan.due.push_back(row.number);
    else ++plan.kept[*why];
    return plan.due.size() < limit;
  }));
  SAM_TRY(std::move(inner));
  return plan;
}

Result<size_t> Inbox::DisposeDue(const RetentionPolicy& policy) {
  if (!policy.decided()) return size_t{0};
  SAM_ASSIGN(const DisposalPlan plan, PlanDisposal(policy, kDisposalBatch));
  if (plan.due.empty()) return size_t{0};
  SAM_TRY(ForgetRows(plan.due, Who(kRetentionAccount), Action::DISPOSED, policy.decision));
  disposed_.Add(static_cast<double>(plan.due.size()));
  log::Info("inbox", "disposed", {{"signals", plan.due.size()}});
  return plan.due.size();
}

Result<ErasePlan> Inbox::PlanErase(std::string_view id) const {
  SAM_ASSIGN(const Row row, Find(id));
  SAM_ASSIGN(const auto numbers, NumbersOf(row));
  std::set<SignalId> signals{row.id};
  if (const auto about = AboutOf(row)) signals.insert(*about);
  ErasePlan plan;
  const auto take = [&](const Row& one) -> Result<bool> {
    SAM_ASSIGN(const auto theirs, NumbersOf(one));
    const bool same = std::any_of(theirs.begin(), theirs.end(), [&](const auto& n) { return numbers.contains(n); });
    const auto about = AboutOf(one);
    if (!same && !signals.contains(one.id) && !(about && signals.contains(*about))) return false;
    signals.insert(one.id);
    SAM_ASSIGN(const Kept why, IsFinished(one));
    plan.open += why == Kept::kDue || why == Kept::kNewest ? 0 : 1;
    return true;
  };
  Status inner = Ok();
  SAM_TRY(Each(1, [&](Row&& one) {
    const auto taken = take(one);
    if (!taken.ok()) inner = taken.error();
    else if (*taken) plan.rows.push_back(one.number);
    return taken.ok() && plan.rows.size() < kEraseMax;
  }));
  SAM_TRY(std::move(inner));
  return plan;
}

Status Inbox::Erase(const ErasePlan& plan, const std::string& reason, const Who& who) {
  for (size_t from = 0; from < plan.rows.size(); from += kDisposalBatch) {
    const size_t until = std::min(plan.rows.size(), from + kDisposalBatch);
    SAM_TRY(ForgetRows({plan.rows.begin() + static_cast<std::ptrdiff_t>(from),
                        plan.rows.begin() + static_cast<std::ptrdiff_t>(until)},
                       who, Action::ERASED, reason));
  }
  return MakeForgotten();
}

// In one batch with the audit: after a kill either all of it is here or nothing.
Status Inbox::ForgetRows(const std::vector<uint64_t>& numbers, const Who& who, Action action,
                         const std::string& why) {
  Batch batch;
  std::vector<std::string> files;
  std::vector<uint64_t> ended;
  Status inner = Ok();
  for (const uint64_t number : numbers) {
    SAM_TRY(Each(number, [&](Row&& row) {
      if (row.number == number) inner = ForgetRow(std::move(row), why, batch, files);
      return false;
    }));
    SAM_TRY(inner);
    ended.push_back(number);
  }
  for (const uint64_t number : ended) {
    SAM_ASSIGN(const auto id, box_.store().Get(spaces::kOrder, BigEndian64(number)));
    if (id) audit_->Append(batch, who, action, SignalId::From(*id).value_or(SignalId{}), why);
  }
  SAM_TRY(Apply(batch));
  for (const uint64_t number : ended) intakes_.erase(number);
  attachments_->Dropped(files);
  return Ok();
}

Status Inbox::ForgetRow(Row row, const std::string& why, Batch& batch, std::vector<std::string>& files) {
  DropGroup(row, batch);
  DropSaid(row.id, batch);
  if (const auto about = AboutOf(row)) DropSaid(*about, batch);
  const std::string prefix(row.id.view());
  const std::string end = prefix + std::string(5, '\xff');
  SAM_TRY(box_.store().Scan(spaces::kParts, prefix, end, [&](std::string_view key, std::string_view) {
    batch.Delete(spaces::kParts, std::string(key));
    return true;
  }));
  SAM_TRY(box_.store().Scan(spaces::kFiles, prefix, end, [&](std::string_view key, std::string_view) {
    batch.Delete(spaces::kFiles, std::string(key));
    files.emplace_back(key);
    return true;
  }));
  batch.Delete(spaces::kIntakes, BigEndian64(row.number));
  // The newest number stays listed, with nothing in it: the next one is counted from it.
  if (row.number + 1 < next_number_) batch.Delete(spaces::kOrder, BigEndian64(row.number));
  Row left;
  left.id = row.id;
  left.number = row.number;
  left.position = row.position;
  left.received_at = row.received_at;
  left.copies = row.copies;
  left.withdrawn_by = row.withdrawn_by;
  left.unreadable = true;  // for whoever lists it
  left.disposed_at = clock_.Now();
  left.disposed_by = why;
  box_.Put(batch, spaces::kSignals, prefix, Encode(left));
  return Ok();
}

}  // namespace sam::inbox
