// log tail, show, find: the journal by offset, newest first or by what an operator knows of a record.
#include <nlohmann/json.hpp>
#include <optional>

#include "broker/admin/ask.h"
#include "broker/admin/commands.h"
#include "broker/admin/gone_view.h"
#include "broker/admin/log_view.h"
#include "broker/admin/record_view.h"
#include "broker/base/text.h"
#include "broker/journal/record_codec.h"
#include "broker/store/spaces.h"

namespace sam::admin {
namespace {

void PrintRow(Context& context, const journal::Record& record) {
  if (context.out.json()) {
    nlohmann::json json = HeaderJson(record.header);
    json["summary"] = Summary(record);
    json["disposed"] = !record.payload.has_value();
    context.out.Object("record", std::move(json));
    return;
  }
  const journal::Header& header = record.header;
  char line[160];
  std::snprintf(line, sizeof line, "%8llu  %s  %-8s  ",
                static_cast<unsigned long long>(header.offset.value), ToIso(header.time).c_str(),
                journal::KindName(header.kind));
  std::string text = line + Summary(record);
  if (!header.event.empty()) text += "  " + ToUuid(header.event.view());
  if (header.cause != journal::kNoCause) text += "  cause " + std::to_string(header.cause);
  context.out.Line(text);
}

// The audit row goes first: what cannot be audited is not shown.
Status AuditReveal(Context& context, uint64_t offset, const std::string& reason) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setRole(context.role.c_str());
  auto row = request.initAudit();
  row.setAction(kRevealAction);
  row.setRole(context.role.c_str());
  row.setReason(reason.c_str());
  row.initOffsets(1).set(0, offset);
  row.initFields(1).set(0, "*");
  const auto asked = Ask(context.config.admin_socket, message, 10'000);
  if (asked.ok()) return Ok();
  if (asked.error().code == Code::kUnavailable)
    return Unavailable(
        "a payload can be shown only while the hub runs, since the look must be audited first: " +
        asked.error().message);
  return asked.error();
}

}  // namespace

int LogTail(Context& context, uint64_t count) {
  auto view = LogView::Open(context.config);
  if (!view.ok()) return context.out.Fail(view.error());
  const journal::Reader& reader = (*view)->reader();
  const uint64_t end = reader.durable().value;
  const uint64_t from = end > count ? end - count : 0;
  const Status scanned = reader.Scan(Offset(from), Offset(end), count, [&](journal::Record&& r) {
    PrintRow(context, r);
    return true;
  });
  return scanned.ok() ? kOk : context.out.Fail(scanned.error());
}

int LogShow(Context& context, uint64_t offset, bool reveal, const std::string& reason) {
  if (reveal) {
    if (reason.empty())
      return context.out.Fail(Invalid("--reveal needs --reason TEXT: the look is audited"));
    if (const Status audited = AuditReveal(context, offset, reason); !audited.ok())
      return context.out.Fail(audited.error());
  }
  auto view = LogView::Open(context.config);
  if (!view.ok()) return context.out.Fail(view.error());
  auto record = (*view)->reader().Read(Offset(offset));
  if (!record.ok()) return context.out.Fail(record.error());
  const bool kept = record->payload.has_value();
  record = WithoutPlaces(std::move(*record));
  if (kept && !record->payload)
    return context.out.Fail(Corrupt("the payload of record " + std::to_string(offset) +
                                    " cannot be read; run `samsignal log verify`"));
  nlohmann::json json = HeaderJson(record->header);
  std::optional<GoneFacts> gone;
  if (!record->payload) {
    auto told = GoneView(**view).Of(record->header);
    if (!told.ok()) return context.out.Fail(told.error());
    gone = std::move(*told);
  }
  if (context.out.json()) {
    if (gone) json["gone"] = GoneJson(*gone);
    json["placesSealedApart"] = record->apart;
    json["payload"] = nlohmann::json::parse(PayloadJson(*record, reveal), nullptr, false);
    context.out.Object("record", std::move(json));
    return kOk;
  }
  for (const auto& [key, value] : json.items())
    context.out.Line(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
  if (!record->payload) {
    context.out.Line("payload: " + GoneWords(gone));
    return kOk;
  }
  context.out.Line(reveal ? "payload:" : "payload (personal values hidden; --reveal --reason TEXT shows them):");
  context.out.Line(PayloadText(*record, reveal, context.language));
  if (record->apart)
    context.out.Line("places (addresses, telephones, where somebody stays) are sealed apart and not "
                     "shown: they open only for the receiver of a statutory report, never for the "
                     "hub's operator");
  return kOk;
}

int LogFind(Context& context, const FindOptions& options) {
  std::optional<Millis> since, until;
  if (!options.since.empty() && !(since = FromIso(options.since)))
    return context.out.Fail(Invalid("--since: expected a time like 2026-03-02 or 2026-03-02T09:15:00Z"));
  if (!options.until.empty() && !(until = FromIso(options.until)))
    return context.out.Fail(Invalid("--until: expected a time like 2026-03-02 or 2026-03-02T09:15:00Z"));
  auto view = LogView::Open(context.config);
  if (!view.ok()) return context.out.Fail(view.error());
  const journal::Reader& reader = (*view)->reader();
  if (!options.event.empty()) {
    const auto id = FromUuid(options.event);
    if (!id) return context.out.Fail(Invalid("--event: expected an id like 0193e0c4-7b2a-7c1e-8f00-0a1b2c3d4e5f"));
    auto row = (*view)->store().Get(spaces::kEvent, *id);
    if (!row.ok()) return context.out.Fail(row.error());
    if (!*row) return context.out.Fail(NotFound("no event with that id in this log"));
  }
  uint64_t found = 0;
  const Status scanned = reader.Scan(Offset(0), reader.durable(), SIZE_MAX, [&](journal::Record&& r) {
    const journal::Header& h = r.header;
    if (!options.event.empty() && h.event.empty()) return true;
    if (!options.event.empty() && ToUuid(h.event.view()) != options.event) return true;
    if (!options.kind.empty() && options.kind != journal::KindName(h.kind)) return true;
    if (!options.peer.empty() && options.peer != h.peer) return true;
    if (since && h.time < *since) return true;
    if (until && h.time >= *until) return true;
    PrintRow(context, r);
    return ++found < options.limit;
  });
  if (!scanned.ok()) return context.out.Fail(scanned.error());
  return found > 0 ? kOk : context.out.Fail(NotFound("no record matches"));
}

}  // namespace sam::admin
