// status, replay, clock, reload, config check: what is asked of a running hub.
#include <nlohmann/json.hpp>

#include "broker/admin/ask.h"
#include "broker/admin/commands.h"
#include "broker/admin/configuration.h"
#include "broker/admin/log_view.h"
#include "broker/admin/signal_view.h"
#include "broker/base/text.h"

namespace sam::admin {
namespace {

Result<std::string> AskAs(Context& context, capnp::MallocMessageBuilder& message, int timeout_ms) {
  auto request = message.getRoot<schema::AdminRequest>();
  request.setRole(context.role.c_str());
  return Ask(context.config.admin_socket, message, timeout_ms);
}

// The first offset received at or after `time`.
Result<uint64_t> OffsetAt(const LogView& view, Millis time) {
  uint64_t low = 0, high = view.reader().durable().value;
  while (low < high) {  // received times never fall
    const uint64_t middle = low + (high - low) / 2;
    SAM_ASSIGN(const journal::Header header, view.reader().ReadHeader(Offset(middle)));
    if (header.time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

struct Range {
  uint64_t from = 0, to = 0, signals = 0, withheld = 0;
};

Result<Range> PlanReplay(Context& context, const ReplayOptions& options) {
  SAM_ASSIGN(const std::unique_ptr<LogView> view, LogView::Open(context.config));
  Range range;
  const uint64_t end = view->reader().durable().value;
  if (end == 0) return NotFound("the log is empty");
  range.to = options.to >= 0 ? static_cast<uint64_t>(options.to) : end - 1;
  if (!options.since.empty()) {
    const auto time = FromIso(options.since);
    if (!time) return Invalid("--since: expected a time like 2026-03-02 or 2026-03-02T09:15:00Z");
    SAM_ASSIGN(range.from, OffsetAt(*view, *time));
  } else {
    range.from = static_cast<uint64_t>(options.from);
  }
  if (range.from > range.to) return Invalid("nothing lies between the given places of the log");
  const auto count = [&](SignalSummary&& signal) {
    if (signal.receiver != options.subscription) return true;
    for (const DecisionSummary& decision : signal.decisions) {
      if (decision.offset < range.from || decision.offset > range.to || decision.replayed) continue;
      if (decision.outcome == "deliver") ++range.signals;
      else if (decision.outcome == "withheld") ++range.withheld;
    }
    return true;
  };
  SAM_TRY(ScanSignals(*view, count));
  return range;
}

}  // namespace

int ShowStatus(Context& context) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setStatus();
  const auto asked = AskAs(context, message, 5'000);
  if (!asked.ok()) return context.out.Fail(asked.error());
  const nlohmann::json status = nlohmann::json::parse(*asked, nullptr, false);
  if (status.is_discarded()) return context.out.Fail(Internal("the hub's answer is not JSON"));
  context.out.Object("status", status);
  for (const auto& [key, value] : status.items()) {
    if (!value.is_array()) {
      context.out.Line(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
      continue;
    }
    if (context.out.json()) continue;
    context.out.Line(key + ":");
    for (const auto& row : value) {
      std::string line = " ";
      for (const auto& [name, cell] : row.items())
        line += " " + name + "=" + (cell.is_string() ? cell.get<std::string>() : cell.dump());
      context.out.Line(line);
    }
  }
  return kOk;
}

int Replay(Context& context, const ReplayOptions& options) {
  if (options.from < 0 && options.since.empty())
    return context.out.Fail(Invalid("say from where: --from OFFSET or --since TIME"));
  auto planned = PlanReplay(context, options);
  if (!planned.ok()) return context.out.Fail(planned.error());
  const Range& range = *planned;
  context.out.Object("plan", {{"subscription", options.subscription}, {"from", range.from},
                              {"to", range.to}, {"signals", range.signals},
                              {"withheld", range.withheld}, {"dryRun", options.dry_run}});
  context.out.Line(std::to_string(range.signals) + " signals decided for " + options.subscription +
                   " between offset " + std::to_string(range.from) + " and " +
                   std::to_string(range.to) + " would be sent again, each after a new decision of the gate as of now" +
                   (range.withheld > 0 ? "; " + std::to_string(range.withheld) + " were withheld before" : ""));
  if (options.dry_run) return kOk;
  if (range.signals == 0) return context.out.Fail(NotFound("nothing to replay"));
  if (!options.yes) return context.out.Fail(Invalid("add --yes to do it, or --dry-run to look only"));
  capnp::MallocMessageBuilder message;
  auto replay = message.initRoot<schema::AdminRequest>().initReplay();
  replay.setReason(options.reason.c_str());
  replay.getReplay().setSubscription(options.subscription.c_str());
  replay.getReplay().setFromOffset(range.from);
  replay.getReplay().setToOffset(range.to);
  const auto asked = AskAs(context, message, 60'000);
  if (!asked.ok()) return context.out.Fail(asked.error());
  context.out.Line("journaled and decided; the new numbers are marked as replayed");
  context.out.Object("replay", nlohmann::json::parse(*asked, nullptr, false));
  return kOk;
}

int ClockSet(Context& context, const std::string& iso_time) {
  const auto time = FromIso(iso_time);
  if (!time) return context.out.Fail(Invalid("expected a time like 2026-03-02T09:15:00Z"));
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setTick(time->value);
  const auto asked = AskAs(context, message, 30'000);
  if (!asked.ok()) return context.out.Fail(asked.error());
  context.out.Line("the hub's clock stands at " + ToIso(*time));
  context.out.Object("clock", {{"time", ToIso(*time)}});
  return kOk;
}

int Reload(Context& context) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setReload();
  const auto asked = AskAs(context, message, 30'000);
  if (!asked.ok()) return context.out.Fail(asked.error());
  context.out.Line("the hub has read its configuration again");
  context.out.Object("reload", {{"ok", true}});
  return kOk;
}

int ConfigCheck(Context& context) {
  auto loaded = LoadConfiguration(context.config);
  if (!loaded.ok()) return context.out.Fail(loaded.error());
  context.out.Line("the configuration is sound, version " + loaded->version);
  context.out.Object("config", {{"version", loaded->version}, {"ok", true}});
  return kOk;
}

}  // namespace sam::admin
