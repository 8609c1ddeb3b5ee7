#include "broker/admin/config_history.h"

#include <capnp/message.h>

#include <algorithm>

#include "broker/base/text.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam::admin {
namespace {

constexpr size_t kShortestName = 4;
constexpr size_t kOutcomeBytes = 1000;  // a file with many mistakes names them all

Result<LoadedVersion> ReadVersion(std::string_view bytes) {
  LoadedVersion out;
  SAM_TRY(wire::ReadOwn<schema::ConfigLoaded>(bytes, [&](schema::ConfigLoaded::Reader root) -> Status {
    out.version = std::string(wire::View(root.getVersion()));
    for (const auto file : root.getFiles())
      out.texts[std::string(wire::View(file.getName()))] = std::string(wire::View(file.getText()));
    return Ok();
  }));
  return out;
}

// The row of who loaded it was written with it, right before.
Status ReadWho(const journal::Reader& log, LoadedVersion& version) {
  if (version.place.value == 0) return Ok();
  SAM_ASSIGN(const journal::Record record, log.Read(Offset(version.place.value - 1)));
  if (record.header.kind != journal::Kind::AUDIT || !record.payload) return Ok();
  return wire::ReadOwn<schema::AuditRow>(*record.payload, [&](schema::AuditRow::Reader row) -> Status {
    if (row.getAction() != kReloadAction || !wire::View(row.getAfter()).starts_with(version.version))
      return Ok();
    version.by = std::string(wire::View(row.getOperator()));
    version.reason = std::string(wire::View(row.getReason()));
    return Ok();
  });
}

}  // namespace

Result<std::vector<LoadedVersion>> ConfigHistory(const Store& store, const journal::Reader& log) {
  std::vector<LoadedVersion> history;
  Status inner = Ok();
  SAM_TRY(store.Scan(spaces::kConfig, "", "", [&](std::string_view key, std::string_view value) {
    auto version = ReadVersion(value);
    if (!version.ok()) {
      inner = version.error();
      return false;
    }
    version->place = Offset(ReadBigEndian64(key));
    history.push_back(std::move(*version));
    return true;
  }));
  SAM_TRY(std::move(inner));
  for (LoadedVersion& version : history) {
    SAM_ASSIGN(const journal::Header header, log.ReadHeader(version.place));
    version.loaded = header.time;
    SAM_TRY(ReadWho(log, version));
  }
  return history;
}

Result<const LoadedVersion*> FindVersion(const std::vector<LoadedVersion>& history,
                                         std::string_view version) {
  const LoadedVersion* found = nullptr;
  if (version.size() >= kShortestName) {
    for (auto one = history.rbegin(); one != history.rend(); ++one) {
      if (!one->version.starts_with(version)) continue;
      if (found != nullptr && found->version != one->version)
        return Conflict("several versions begin with \"" + std::string(version) + "\"; give more of it");
      if (found == nullptr) found = &*one;
    }
  }
  if (found != nullptr) return found;
  return NotFound("this log has run with no version \"" + std::string(version) +
                  "\"; samsignal config list names them");
}

journal::Draft ReloadDraft(const ReloadRecord& record) {
  capnp::MallocMessageBuilder message;
  auto row = message.initRoot<schema::AuditRow>();
  row.setAction(kReloadAction);
  row.setOperator(wire::AsText(record.asked.by));
  row.setRole(wire::AsText(record.asked.role));
  row.setReason(wire::AsText(record.asked.reason));
  row.setBefore(wire::AsText(record.before));
  row.setAfter(wire::AsText(record.after));
  size_t length = std::min(record.outcome.size(), kOutcomeBytes);
  while (length < record.outcome.size() && length > 0 && (record.outcome[length] & 0xc0) == 0x80) --length;
  row.setOutcome(record.outcome.substr(0, length).c_str());
  journal::Draft draft;
  draft.kind = journal::Kind::AUDIT;
  draft.peer = "hub";
  draft.payload = wire::Flatten(message);
  return draft;
}

}  // namespace sam::admin
