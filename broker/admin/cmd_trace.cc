// trace and signals: the whole ladder, from the raw message to the answer, with the gate's decision.
#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/gone_view.h"
#include "broker/admin/record_view.h"
#include "broker/admin/signal_view.h"
#include "broker/base/text.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::admin {
namespace {

std::string Join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

std::vector<std::string> InWords(const std::vector<std::string>& ids, contract::Language language) {
  std::vector<std::string> out;
  out.reserve(ids.size());
  for (const std::string& id : ids) out.push_back(contract::Text(id, language));
  return out;
}

nlohmann::json ToJson(const SignalSummary& signal, contract::Language language) {
  nlohmann::json json = {{"signal", ToUuid(signal.id.view())}, {"code", signal.code},
                         {"class", signal.legal_class},        {"outcome", signal.outcome},
                         {"sender", signal.sender},            {"receiver", signal.receiver},
                         {"rule", signal.rule},                {"reasons", signal.reasons},
                         {"reasonsText", InWords(signal.reasons, language)},
                         {"withdrawn", signal.withdrawn},      {"state", signal.LastState()},
                         {"latencyMs", signal.latency_ms}};
  if (!signal.about.empty()) json["about"] = signal.about;
  for (const auto& [offset, event] : signal.evidence)
    json["evidence"].push_back({{"offset", offset}, {"event", ToUuid(event.view())}});
  for (const DecisionSummary& d : signal.decisions)
    json["decisions"].push_back({{"offset", d.offset}, {"cause", d.cause}, {"time", ToIso(d.time)},
                                 {"outcome", d.outcome}, {"ground", d.ground},
                                 {"groundText", d.ground.empty() ? "" : contract::Text(d.ground, language)},
                                 {"reasons", d.reasons}, {"masked", d.masked}, {"lane", d.lane},
                                 {"sequence", d.sequence}, {"config", d.config_version},
                                 {"withheld", d.withheld}, {"replayed", d.replayed},
                                 {"late", d.late}});
  for (const LadderEntry& step : signal.ladder)
    json["ladder"].push_back({{"state", step.state}, {"at", ToIso(step.at)}, {"answer", step.answer}});
  return json;
}

void PrintSignal(Context& context, const SignalSummary& signal) {
  if (context.out.json()) return context.out.Object("signal", ToJson(signal, context.language));
  Output& out = context.out;
  out.Line("signal " + ToUuid(signal.id.view()) + "  " + signal.code + "  class " +
           signal.legal_class + (signal.withdrawn ? "  WITHDRAWN" : ""));
  out.Line("  from " + (signal.sender.empty() ? "(unknown)" : signal.sender) + " to " +
           (signal.receiver.empty() ? "(nobody yet)" : signal.receiver) + ", rule " + signal.rule);
  for (const DecisionSummary& d : signal.decisions) {
    out.Line("  gate at " + ToIso(d.time) + " (offset " + std::to_string(d.offset) + "): " + d.outcome +
             (d.ground.empty() ? "" : ", ground: " + contract::Text(d.ground, context.language)));
    if (!d.reasons.empty()) out.Line("    because: " + Join(InWords(d.reasons, context.language)));
    if (!d.masked.empty()) out.Line("    masked: " + Join(d.masked));
    if (!d.withheld.empty()) out.Line("    withheld: " + d.withheld);
    if (d.sequence > 0)
      out.Line("    number " + std::to_string(d.sequence) + (d.lane == 1 ? " acute" : "") +
               (d.replayed ? " replayed" : "") + (d.late ? " late" : ""));
  }
  for (const LadderEntry& step : signal.ladder)
    out.Line("  " + ToIso(step.at) + "  " + step.state +
             (step.answer.empty() ? "" : ": " + step.answer));
}

// Where the event came from: the adapter's raw message and the mapping that read it.
void PrintEvent(Context& context, const journal::Record& record, GoneView& view) {
  nlohmann::json json = HeaderJson(record.header);
  json["summary"] = Summary(record);
  std::string gone;
  if (!record.payload) {
    const auto told = view.Of(record.header);
    gone = GoneWords(told.ok() ? *told : std::nullopt);
    if (told.ok() && *told) json["gone"] = GoneJson(**told);
  }
  if (record.payload) {
    const auto read = wire::ReadOwn<schema::Event>(*record.payload, [&](schema::Event::Reader event) {
      const auto header = event.getHeader();
      const auto provenance = header.getProvenance();
      json["system"] = std::string(wire::View(header.getSource().getSystemId()));
      json["mapping"] = std::string(wire::View(provenance.getMapping())) + " " +
                        std::string(wire::View(provenance.getMappingVersion()));
      json["rawMessage"] = provenance.getRawRef();
      json["occurredAt"] = ToIso(Millis(header.getOccurredAt()));
      json["recordedAt"] = ToIso(Millis(header.getRecordedAt()));
      json["doubts"] = nlohmann::json::array();
      for (const auto doubt : provenance.getDoubts())
        json["doubts"].push_back(std::string(wire::View(doubt)));
      return Ok();
    });
    if (!read.ok()) json["unreadable"] = read.error().message;
  }
  if (context.out.json()) return context.out.Object("event", std::move(json));
  context.out.Line("event " + ToUuid(record.header.event.view()) + "  " + Summary(record));
  if (json.contains("system") && json["mapping"] == " ")
    context.out.Line("  told by " + json["system"].get<std::string>() + " itself, without an adapter");
  else if (json.contains("system"))
    context.out.Line("  raw message " + json["rawMessage"].dump() + " of " +
                     json["system"].get<std::string>() + ", read by mapping " +
                     json["mapping"].get<std::string>());
  if (!gone.empty()) context.out.Line("  its content: " + gone);
  context.out.Line("  journaled " + ToIso(record.header.time) + " at offset " +
                   std::to_string(record.header.offset.value) + ", handed in by " +
                   record.header.peer);
}

int TraceSignal(Context& context, const LogView& view, const SignalSummary& signal) {
  GoneView gone(view);
  for (const auto& [offset, event] : signal.evidence) {
    auto record = view.reader().Read(Offset(offset));
    if (!record.ok()) return context.out.Fail(record.error());
    PrintEvent(context, *record, gone);
  }
  PrintSignal(context, signal);
  return kOk;
}

}  // namespace

int Trace(Context& context, const std::string& id) {
  const auto raw = FromUuid(id);
  if (!raw)
    return context.out.Fail(
        Invalid("expected an event or signal id like 0193e0c4-7b2a-7c1e-8f00-0a1b2c3d4e5f"));
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  const LogView& view = **opened;
  auto signal = ReadSignal(view, *SignalId::From(*raw));
  if (signal.ok()) return TraceSignal(context, view, *signal);
  if (signal.error().code != Code::kNotFound) return context.out.Fail(signal.error());

  auto row = view.store().Get(spaces::kEvent, *raw);
  if (!row.ok()) return context.out.Fail(row.error());
  if (!*row) return context.out.Fail(NotFound("neither an event nor a signal has that id"));
  const EventId event = *EventId::From(*raw);
  bool printed = false;
  GoneView gone(view);
  Status found = Ok();
  found = view.reader().Scan(Offset(0), view.reader().durable(), SIZE_MAX, [&](journal::Record&& r) {
    if (r.header.event != event || r.header.kind == journal::Kind::DECISION) return true;
    PrintEvent(context, r, gone);
    printed = true;
    return false;
  });
  if (!found.ok()) return context.out.Fail(found.error());
  if (!printed) return context.out.Fail(NotFound("the event's record is not in the log"));
  uint64_t signals = 0;
  const Status scanned = ScanSignals(view, [&](SignalSummary&& s) {
    for (const auto& [offset, evidence] : s.evidence)
      if (evidence == event) {
        PrintSignal(context, s);
        ++signals;
        break;
      }
    return true;
  });
  if (!scanned.ok()) return context.out.Fail(scanned.error());
  if (signals == 0) context.out.Line("  no signal rests on it");
  return kOk;
}

int Signals(Context& context) {
  auto view = LogView::Open(context.config);
  if (!view.ok()) return context.out.Fail(view.error());
  std::vector<std::vector<std::string>> rows;
  const Status scanned = ScanSignals(**view, [&](SignalSummary&& s) {
    if (context.out.json()) {
      PrintSignal(context, s);
      return true;
    }
    rows.push_back({ToUuid(s.id.view()), s.code, s.legal_class, s.sender, s.receiver, s.LastState(),
                    s.latency_ms < 0 ? "-" : std::to_string(s.latency_ms) + " ms"});
    return true;
  });
  if (!scanned.ok()) return context.out.Fail(scanned.error());
  if (!context.out.json())
    context.out.Table("signal", {"signal", "code", "class", "sender", "receiver", "state", "latency"}, rows);
  return kOk;
}

}  // namespace sam::admin
