#include "broker/admin/erase_plan.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "broker/dispatch/disposal.h"
#include "broker/dispatch/ladder.h"
#include "broker/journal/record_codec.h"
#include "broker/mailbox/mailbox.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::admin {
namespace {

class Planner {
 public:
  Planner(const LogView& view, const std::vector<SubjectId>& roots)
      : view_(view), roots_(roots.begin(), roots.end()) {}

  Result<ErasePlan> Run() {
    Status inner = Ok();
    SAM_TRY(view_.store().Scan(spaces::kJournal, "", "", [&](std::string_view, std::string_view bytes) {
      const auto header = journal::DecodeHeader(bytes);
      inner = header.ok() ? Count(*header) : Status(header.error());
      return inner.ok();
    }));
    SAM_TRY(std::move(inner));
    SAM_TRY(view_.store().Scan(spaces::kSignal, "", "", [&](std::string_view key, std::string_view bytes) {
      const auto row = dispatch::DecodeSignal(bytes);
      inner = row.ok() ? Count(SignalId::From(key).value_or(SignalId{}), *row) : Status(row.error());
      return inner.ok();
    }));
    SAM_TRY(std::move(inner));
    for (const SubjectId& root : roots_) subjects_.insert(root);
    plan_.subjects.assign(subjects_.begin(), subjects_.end());
    plan_.erased = std::all_of(plan_.subjects.begin(), plan_.subjects.end(), [&](const SubjectId& one) {
      return !view_.vault().KeyOf(one).ok();
    });
    return std::move(plan_);
  }

 private:
  Result<bool> IsTheirs(const SubjectId& subject) {
    if (subject.empty()) return false;
    if (const auto asked = asked_.find(subject); asked != asked_.end()) return asked->second;
    const auto root = view_.vault().Follow(subject);
    if (!root.ok() && root.error().code != Code::kNotFound) return root.error();
    const bool theirs = root.ok() && roots_.contains(*root);
    asked_.emplace(subject, theirs);
    return theirs;
  }

  Status Count(const journal::Header& header) {
    SAM_ASSIGN(const bool theirs, IsTheirs(header.subject));
    if (!theirs) return Ok();
    subjects_.insert(header.subject);
    ++plan_.records;
    return Ok();
  }

  Status Count(const SignalId& id, const dispatch::SignalRow& row) {
    SAM_ASSIGN(const bool theirs, IsTheirs(row.subject));
    if (!theirs) return Ok();
    ++plan_.signals;
    bool waits = false;
    for (const dispatch::Placement& place : row.placements) {
      if (place.outcome != schema::Outcome::DELIVER || place.sequence.value == 0) continue;
      const mailbox::MailboxReader mailbox(view_.store());
      SAM_ASSIGN(const auto lane, mailbox.StateOf(row.receiver, place.lane));
      SAM_ASSIGN(const auto letter, mailbox.Get(row.receiver, place.lane, place.sequence));
      if (!letter || letter->withheld != schema::WithheldCode::NONE) continue;
      const bool acked = lane.Acked(place.sequence);
      ++(acked ? plan_.delivered : plan_.waiting)[row.receiver];
      waits = waits || !acked;
    }
    for (const dispatch::LadderStep& step : row.ladder) {
      if (step.source == UINT64_MAX) continue;
      SAM_ASSIGN(const journal::Record record, view_.reader().Read(Offset(step.source)));
      if (record.header.kind != journal::Kind::EVENT || !record.payload) continue;
      const auto event = wire::Parse<schema::Event>(*record.payload);
      if (event.ok() && event->get().getBody().isSignalReceipt()) ++plan_.receipts;
    }
    if (!dispatch::IsOpenReport(row)) return Ok();
    const char* const where = row.outcome == schema::Outcome::HELD ? "held"
                              : waits                              ? "not delivered"
                                                                   : "not answered";
    plan_.reports.push_back({id, row.sender, row.receiver, where});
    return Ok();
  }

  const LogView& view_;
  std::set<SubjectId> roots_, subjects_;
  std::unordered_map<SubjectId, bool> asked_;
  ErasePlan plan_;
};

}  // namespace

Result<ErasePlan> PlanErase(const LogView& view, const std::vector<SubjectId>& roots) {
  return Planner(view, roots).Run();
}

}  // namespace sam::admin
