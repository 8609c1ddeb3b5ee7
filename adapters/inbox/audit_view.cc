// The audit for people and programs.
#include <nlohmann/json.hpp>

#include "adapters/inbox/view.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"

namespace sam::inbox {

namespace {

constexpr size_t kAuditLook = 100'000;  // rows looked at for one signal in one answer

Status EachAudited(const Inbox& inbox, uint64_t from, const std::string& id,
                   const std::function<void(const AuditRow&)>& visit) {
  const Audit& audit = inbox.audit();
  std::optional<SignalId> only;
  if (!id.empty()) {
    SAM_ASSIGN(const Row row, inbox.Find(id));
    only = row.id;
  }
  if (from == 0) from = only || audit.next() <= kListPage ? 1 : audit.next() - kListPage;
  size_t shown = 0;
  return audit.Each(from, only ? kAuditLook : kListPage, [&](const AuditRow& row) {
    if (only && row.signal != *only) return true;
    visit(row);
    return ++shown < kListPage;
  });
}

}  // namespace

Result<std::string> AuditText(const Inbox& inbox, contract::Language language, uint64_t from,
                              const std::string& id) {
  std::string out;
  SAM_TRY(EachAudited(inbox, from, id, [&](const AuditRow& row) {
    out.append(std::to_string(row.number)).append("  ").append(contract::SwedishTime(row.at));
    out.append("  ").append(row.by).append("  ");
    out.append(contract::EnumText("InboxAudit.Action", Enumerant(row.action), language));
    out.append(" (").append(contract::EnumText("InboxAudit.Door", Enumerant(row.door), language));
    out.append(")");
    if (!row.signal.empty()) out.append("  ").append(ShortId(row.signal));
    if (!row.detail.empty()) out.append("  ").append(row.detail);
    out.append("\n");
  }));
  if (out.empty()) out = contract::Text("inbox.audit.empty", language) + "\n";
  return out;
}

Result<std::string> AuditJson(const Inbox& inbox, uint64_t from, const std::string& id) {
  nlohmann::json rows = nlohmann::json::array();
  uint64_t last = 0;
  SAM_TRY(EachAudited(inbox, from, id, [&](const AuditRow& row) {
    last = row.number;
    rows.push_back({{"number", row.number},
                    {"at", ToIso(row.at)},
                    {"by", row.by},
                    {"action", Enumerant(row.action)},
                    {"door", Enumerant(row.door)},
                    {"signal", row.signal.empty() ? "" : ToHex(row.signal.view())},
                    {"detail", row.detail}});
  }));
  const uint64_t next = last + 1 < inbox.audit().next() && last != 0 ? last + 1 : 0;
  const nlohmann::json out = {{"v", 1}, {"rows", rows}, {"next", next}};
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace sam::inbox
