#include "broker/dispatch/dispatcher.h"

#include <algorithm>

#include "broker/base/log.h"
#include "broker/dispatch/overdue_event.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

using journal::Kind;

struct TickTold {
  Millis time;
  std::string before;
};

Result<TickTold> TickOf(std::string_view payload) {
  return wire::ReadOwn<schema::Tick>(payload, [](schema::Tick::Reader in) -> Result<TickTold> {
    return TickTold{Millis(in.getTime()), std::string(wire::View(in.getBefore()))};
  });
}

}  // namespace

Status Dispatcher::Open() {
  SAM_ASSIGN(mark_, ReadMark(store_));
  SAM_ASSIGN(const std::string config, CurrentConfig(store_));
  if (config.empty()) return Ok();
  auto settings = ParseSettings(config);
  if (!settings.ok())
    return Internal("the journaled configuration does not parse: " + settings.error().message);
  settings_ = std::move(settings).value();
  configured_ = true;
  for (const auto& [id, since] : mark_.since)
    for (rules::Rule& rule : settings_.rules.all)
      if (rule.id == id) rule.since = since;
  return Ok();
}

bool Dispatcher::IsInput(const journal::Header& header) {
  switch (header.kind) {
    case Kind::EVENT: return !IsOwnEvent(header);
    case Kind::TICK:
    case Kind::CONFIG:
    case Kind::PROGRESS:
    case Kind::COMMAND:
    case Kind::RECHECK: return true;
    default: return false;
  }
}

Result<Stepped> Dispatcher::Step(const journal::Record& record, Fold& fold) {
  const journal::Header& header = record.header;
  if (header.offset < mark_.cursor) return Stepped::kDone;
  if (!IsInput(header)) {
    Skip(header);
    return Stepped::kDone;
  }
  if (!record.payload) {
    SAM_ASSIGN(const auto erased, ErasedOf(store_, header.subject));
    if (erased && header.kind == Kind::EVENT)  // written between the command and the end of the key
      log::Error("dispatch", "told-while-erased", {{"offset", header.offset}});
    log::Warn("dispatch", "payload-gone", {{"offset", header.offset}});
    SAM_TRY(Pass(header, fold));
    return Stepped::kDone;
  }
  // These look at decisions by their offsets, which the fold does not know yet.
  const bool by_offset = header.kind == Kind::COMMAND || header.kind == Kind::RECHECK;
  if (by_offset && fold.has_pending()) return Stepped::kFlushFirst;

  // The log's own time decides, never a clock. In a test environment that time stands where the
  // last tick put it.
  Millis now = header.time;
  TickTold tick;
  if (header.kind == Kind::TICK) {
    SAM_ASSIGN(tick, TickOf(*record.payload));
    mark_.last_tick = std::max(mark_.last_tick, tick.time);
    now = tick.time;
  }
  fold.SetForm(settings_.fold >= 7 ? RowForm::kPacked : RowForm::kFlat);
  const Input in{header, *record.payload, NowOf(now), fold, header.offset};
  switch (header.kind) {
    case Kind::EVENT: SAM_TRY(FoldEvent(in)); break;
    case Kind::TICK: SAM_TRY(FoldTick(in, tick.time, tick.before)); break;
    case Kind::CONFIG: SAM_TRY(FoldConfig(in)); break;
    case Kind::PROGRESS: SAM_TRY(FoldProgress(in)); break;
    case Kind::COMMAND: SAM_TRY(FoldCommand(in)); break;
    case Kind::RECHECK: SAM_TRY(FoldRecheck(in)); break;
    default: break;
  }
  SAM_TRY(Walk(in));
  SAM_TRY(TakeEarly(in));  // last: the states of subjects are put away by now
  Skip(header);
  return Stepped::kDone;
}

}  // namespace sam::dispatch
