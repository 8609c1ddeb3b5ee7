#include "broker/journal/audit.h"

#include <capnp/message.h>

#include "broker/wire/capnp_values.h"

namespace sam::journal {
namespace {

std::string Copy(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

}  // namespace

Draft AuditDraft(const AuditEntry& entry) {
  capnp::MallocMessageBuilder message;
  auto row = message.initRoot<schema::AuditRow>();
  row.setAction(wire::AsText(entry.action));
  row.setOperator(wire::AsText(entry.operator_name));
  row.setRole(wire::AsText(entry.role));
  row.setReason(wire::AsText(entry.reason));
  auto offsets = row.initOffsets(static_cast<unsigned>(entry.offsets.size()));
  for (unsigned i = 0; i < offsets.size(); ++i) offsets.set(i, entry.offsets[i].value);
  auto fields = row.initFields(static_cast<unsigned>(entry.fields.size()));
  for (unsigned i = 0; i < fields.size(); ++i) fields.set(i, wire::AsText(entry.fields[i]));
  if (!entry.subject.empty()) row.setSubject(wire::AsData(entry.subject.view()));
  Draft draft;
  draft.kind = Kind::AUDIT;
  draft.peer = entry.operator_name;
  draft.payload = wire::Flatten(message);
  return draft;
}

Result<AuditEntry> ParseAudit(std::string_view payload) {
  AuditEntry out;
  auto read = wire::ReadOwn<schema::AuditRow>(
      payload, [&](schema::AuditRow::Reader row) -> Result<Unit> {
        out.action = Copy(row.getAction());
        out.operator_name = Copy(row.getOperator());
        out.role = Copy(row.getRole());
        out.reason = Copy(row.getReason());
        for (const uint64_t offset : row.getOffsets()) out.offsets.emplace_back(offset);
        for (const auto field : row.getFields()) out.fields.push_back(Copy(field));
        if (row.getSubject().size() != 0) {
          const auto subject = SubjectId::From(wire::View(row.getSubject()));
          if (!subject) return Corrupt("audit row: the subject is not 16 bytes");
          out.subject = *subject;
        }
        return Unit{};
      });
  if (!read.ok()) return Corrupt("audit row: " + read.error().message);
  return out;
}

}  // namespace sam::journal
