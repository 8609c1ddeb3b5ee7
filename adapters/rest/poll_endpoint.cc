#include "adapters/rest/poll_endpoint.h"

#include <algorithm>
#include <cstdlib>

#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::rest {
namespace {

constexpr size_t kMarkBytes = 25;  // begin, cursor, last sweep (milliseconds), kRead or kFirst
constexpr char kFirst = 'f';
constexpr char kRead = 'r';

std::string MarkName(const EndpointConfig& config) { return "poll/" + config.name; }

std::string Bytes(Millis at) {
  return BigEndian64(static_cast<uint64_t>(std::max<int64_t>(0, at.value)));
}

Millis ReadAt(std::string_view bytes) {
  return Millis(static_cast<int64_t>(ReadBigEndian64(bytes)));
}

}  // namespace

PollEndpoint::PollEndpoint(const EndpointConfig& config, const PollConfig& poll,
                           const hl7::Zone& zone, kit::AdapterStore& store)
    : config_(config),
      poll_(poll),
      zone_(zone),
      store_(store),
      paging_{poll.page, poll.page},
      late_("samsignal_poll_late_rows_total",
            "Rows that came after younger ones, and were seen thanks to the overlap",
            {{"endpoint", config.name}}),
      too_late_("samsignal_poll_rows_beyond_overlap_total",
                "Rows that only the sweep found: the overlap is too short",
                {{"endpoint", config.name}}),
      success_at_("samsignal_poll_last_success_seconds",
                  "When the endpoint was last read to its end, seconds since 1970",
                  {{"endpoint", config.name}}),
      lateness_("samsignal_poll_lateness_seconds",
                "How late the last row came that was late at all", {{"endpoint", config.name}}) {}

Result<std::unique_ptr<PollEndpoint>> PollEndpoint::Open(const EndpointConfig& config,
                                                         const PollConfig& poll,
                                                         const hl7::Zone& zone,
                                                         kit::AdapterStore& store, Millis begin,
                                                         Millis now) {
  std::unique_ptr<PollEndpoint> out(new PollEndpoint(config, poll, zone, store));
  SAM_ASSIGN(const std::optional<std::string> mark, store.Mark(MarkName(config)));
  if (mark && mark->size() != kMarkBytes)
    return Corrupt("the mark of endpoint " + config.name + " is not one of a poll");
  out->fresh_ = !mark || mark->back() != kRead;
  out->marked_ = mark.has_value();
  const std::string_view bytes = mark ? std::string_view(*mark) : std::string_view();
  out->begin_ = mark ? ReadAt(bytes) : begin;
  out->cursor_ = mark ? ReadAt(bytes.substr(8)) : begin;
  out->swept_ = mark ? ReadAt(bytes.substr(16)) : now;
  return out;
}

void PollEndpoint::Put(Millis cursor, Millis swept, char state) {
  std::string mark = Bytes(begin_);
  mark.append(Bytes(cursor)).append(Bytes(swept)).push_back(state);
  store_.PutMark(MarkName(config_), mark);
}

void PollEndpoint::PutBegin() {
  if (!marked_) Put(cursor_, swept_, kFirst);
}

PollRound& PollEndpoint::Round(Millis now) {
  if (round_) return *round_;
  sweeping_ = poll_.sweep_back_ms > 0 && now.value - swept_.value >= poll_.sweep_every_ms;
  const int64_t back =
      sweeping_ ? std::max(poll_.sweep_back_ms, poll_.overlap_ms) : poll_.overlap_ms;
  // A clock that was set back must not make us ask for the future.
  const int64_t from = std::min(cursor_.value, now.value);
  RoundStart start;
  start.cursor = cursor_;
  const int64_t least = std::min(from, begin_.value) - poll_.overlap_ms;
  start.since = Millis(std::max<int64_t>({0, least, from - back}));
  start.dated = !config_.modified.empty();
  return round_.emplace(start, paging_, zone_);
}

void PollEndpoint::PutCursor(Millis now) {
  if (!round_) return;
  next_cursor_ = round_->cursor();
  next_swept_ = sweeping_ ? now : swept_;
  if (fresh_ || next_cursor_ != cursor_ || next_swept_ != swept_)
    Put(next_cursor_, next_swept_, kRead);
}

void PollEndpoint::Finish(int64_t now_us, Millis now) {
  cursor_ = next_cursor_;
  swept_ = next_swept_;
  fresh_ = false;
  success_at_.Set(static_cast<double>(now.value) * 1e-3);
  round_.reset();
  due_us = now_us + config_.every_ms * 1000;
}

void PollEndpoint::NoteLate(int64_t late_ms) {
  if (late_ms <= 0 || fresh_) return;
  lateness_.Set(static_cast<double>(late_ms) * 1e-3);
  if (late_ms <= poll_.overlap_ms) {
    late_.Add();
    return;
  }
  too_late_.Add();
  log::Warn("poll", "poll-overlap-short",
            {{"endpoint", config_.name},
             {"late_s", late_ms / kSecondMs},
             {"overlap_s", poll_.overlap_ms / kSecondMs}});
}

}  // namespace sam::rest
