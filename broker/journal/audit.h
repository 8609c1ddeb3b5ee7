// Audit records: who did what with which reason (reveal, replay, erase, recover ...). They are
// records of kind audit in the same log, so that they are as hard to rewrite as the rest, and they
// are written before the thing they are about happens: no audit, no disclosure.
// The payload is sealed by the hub's own key, since it must outlive the erasure of the person.
// Any thread, pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/journal/inbox.h"

namespace sam::journal {

struct AuditEntry {
  std::string action;         // "reveal", "replay", "erase", ...
  std::string operator_name;  // the key's name in the directory
  std::string role;
  std::string reason;         // as the operator gave it
  std::vector<Offset> offsets;
  std::vector<std::string> fields;
  SubjectId subject;          // zero: about no one
};

Draft AuditDraft(const AuditEntry& entry);
Result<AuditEntry> ParseAudit(std::string_view payload);  // kCorrupt: not an AuditRow

}  // namespace sam::journal
