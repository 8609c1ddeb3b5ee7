// held list: what waits until its sender says where it is to go. The operator looks and phones; who
// names the receiver is the sender's own function (samsignal-inbox name).
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/signal_view.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/dispatch/settings.h"
#include "broker/dispatch/state_codec.h"
#include "broker/store/spaces.h"

namespace sam::admin {
namespace {

struct HeldRow {
  SignalSummary signal;
  Millis since;
  std::string calls = "1";
  std::optional<Millis> next_call;
};

// By sending authority, the oldest first.
using HeldBySender = std::map<std::string, std::vector<HeldRow>>;

struct Clock {
  std::string calls;
  Millis since, due;
};

Result<std::map<std::string, Clock>> ReadClocks(const LogView& view) {
  std::map<std::string, Clock> out;
  Status inner = Ok();
  SAM_TRY(view.store().Scan(spaces::kTimer, "", "", [&](std::string_view key, std::string_view value) {
    const auto filed = dispatch::DecodeTimer(key, value);
    if (!filed.ok()) inner = filed.error();
    else if (filed->timer.kind == schema::TimerKind::HELD_CALL)
      out[filed->timer.step] = {filed->timer.programme, filed->timer.due_at, filed->timer.due};
    return inner.ok();
  }));
  SAM_TRY(std::move(inner));
  return out;
}

Result<std::string> AuthorityOf(const LogView& view, const SignalSummary& signal) {
  SAM_ASSIGN(const std::string config, dispatch::CurrentConfig(view.store()));
  const auto settings = dispatch::ParseSettings(config);
  const routing::Authority* const authority =
      settings.ok() ? settings->directory.AuthorityOf(signal.controller_org, signal.controller_board)
                    : nullptr;
  if (authority != nullptr) return authority->name;
  return signal.controller_org + " " + signal.controller_board;
}

Result<HeldBySender> ReadHeld(const LogView& view) {
  SAM_ASSIGN(const auto clocks, ReadClocks(view));
  HeldBySender out;
  Status inner = Ok();
  const auto each = [&](SignalSummary&& signal) {
    if (signal.outcome != "held" || !signal.about.empty()) return true;
    auto authority = AuthorityOf(view, signal);
    if (!authority.ok()) {
      inner = authority.error();
      return false;
    }
    HeldRow row;
    row.since = signal.decisions.empty() ? Millis(0) : signal.decisions.front().time;
    const auto clock = clocks.find(ToHex(signal.id.view()));
    if (clock != clocks.end()) {
      row.since = clock->second.since;
      row.next_call = clock->second.due;
      row.calls = std::to_string(std::stoul("0" + clock->second.calls) + 1);
    }
    row.signal = std::move(signal);
    out[*authority].push_back(std::move(row));
    return true;
  };
  SAM_TRY(ScanSignals(view, each));
  SAM_TRY(std::move(inner));
  for (auto& [authority, rows] : out)
    std::sort(rows.begin(), rows.end(),
              [](const HeldRow& a, const HeldRow& b) { return a.since < b.since; });
  return out;
}

std::string Age(Millis since, Millis now) {
  const int64_t minutes = std::max<int64_t>(0, now.value - since.value) / kMinuteMs;
  if (minutes < 60) return std::to_string(minutes) + " min";
  constexpr int64_t kDayMinutes = 1'440;
  if (minutes < 2 * kDayMinutes) return std::to_string(minutes / 60) + " h";
  return std::to_string(minutes / kDayMinutes) + " d";
}

void PrintRow(Context& context, const std::string& authority, const HeldRow& row, Millis now) {
  const SignalSummary& signal = row.signal;
  std::vector<std::string> words;
  for (const std::string& reason : signal.reasons)
    words.push_back(contract::Text(reason, context.language));
  if (context.out.json())
    return context.out.Object(
        "held", {{"signal", ToUuid(signal.id.view())}, {"authority", authority},
                 {"code", signal.code}, {"class", signal.legal_class}, {"acute", signal.acute},
                 {"sender", signal.sender}, {"since", ToIso(row.since)},
                 {"ageSeconds", std::max<int64_t>(0, now.value - row.since.value) / 1000},
                 {"calls", std::stoul(row.calls)}, {"reasons", signal.reasons},
                 {"reasonsText", words},
                 {"nextCall", row.next_call ? ToIso(*row.next_call) : ""}});
  const std::string acute = signal.acute ? contract::Text("inbox.acute", context.language) : "";
  context.out.Line(contract::Text(
      "held.row", context.language,
      {{"signal", ToUuid(signal.id.view())}, {"code", signal.code}, {"acute", acute},
       {"sender", signal.sender.empty() ? contract::Text("trial.nobody", context.language)
                                        : signal.sender},
       {"since", contract::SwedishTime(row.since)}, {"age", Age(row.since, now)},
       {"calls", row.calls}}));
  for (const std::string& word : words) context.out.Line("    " + word);
  if (row.next_call)
    context.out.Line("    " + contract::Text("held.next", context.language,
                                             {{"time", contract::SwedishTime(*row.next_call)}}));
}

}  // namespace

int HeldList(Context& context) {
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  const auto held = ReadHeld(**opened);
  if (!held.ok()) return context.out.Fail(held.error());
  const auto mark = dispatch::ReadMark((*opened)->store());
  // Where the environment's time is moved by hand it stands where the last tick put it.
  const bool moved = context.config.test() && mark.ok() && mark->last_tick.value >= 0;
  const Millis now = moved ? mark->last_tick : SystemClock().Now();
  if (held->empty()) context.out.Line(contract::Text("inbox.held.none", context.language));
  for (const auto& [authority, rows] : *held) {
    context.out.Line(authority);
    for (const HeldRow& row : rows) PrintRow(context, authority, row, now);
  }
  return kOk;
}

}  // namespace sam::admin
