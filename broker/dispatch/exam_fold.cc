// The day of an ordered examination: it is watched until somebody has told what came of it. Both are
// reminded, who ordered and who shall examine (clock_fold.cc); done or not done ends it, and so does the
// board that takes its order back.
#include <algorithm>

#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/orders.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {

// Empty: no such order about this child is known, or it can not be read any more.
Result<std::optional<Dispatcher::Order>> Dispatcher::FindOrder(const Input& in,
                                                               schema::Event::Reader report) {
  const std::string number = OrderOf(report.getBody());
  const std::string prefix = OrderPrefix(number);
  SAM_ASSIGN(const auto rows,
             in.fold.Rows(spaces::kOrder, prefix, prefix + std::string(9, '\xff')));
  for (size_t i = rows.size(); i-- > 0;) {  // the newest one first
    const Offset offset(ReadBigEndian64(std::string_view(rows[i].first).substr(prefix.size())));
    SAM_ASSIGN(const std::string bytes, Payload(in, offset));
    if (bytes.empty()) continue;  // disposed of
    SAM_ASSIGN(const auto told, wire::Parse<schema::Event>(bytes));
    const auto event = told.get();
    if (OrderOf(event.getBody()) != number || !SamePerson(event, report)) continue;
    const auto controller = event.getHeader().getController();
    return std::optional<Order>(
        Order{rows[i].first, rows[i].second,
              event.getBody().getSocialExamRequested().getContactFunction().cStr(),
              controller.getOrgNr().cStr(), controller.getBoard().cStr()});
  }
  return std::optional<Order>();
}

// An answer that is taken back lets the time run on, unless a later one has come since.
Status Dispatcher::EndExam(const Input& in, schema::Event::Reader event) {
  const auto body = event.getBody();
  if (settings_.fold < 4 || !IsExamReport(body)) return Ok();
  SAM_ASSIGN(const auto order, FindOrder(in, event));
  if (!order) return Ok();
  SAM_ASSIGN(OrderRow row, DecodeOrder(order->row));
  const bool back = event.getHeader().getStatus() == schema::EventStatus::RETRACTED;
  if (back && row.ended_by != wire::IdOf<EventId>(event.getHeader().getReplaces())) return Ok();
  if (!back && !HasResult(body)) return Ok();
  row.ended_by = back ? EventId{} : in.header.event;
  row.ended_at = in.header.offset;
  in.fold.Put(spaces::kOrder, order->key, EncodeOrder(row));
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row.subject));
  SAM_ASSIGN(const rules::SubjectState state, in.fold.State(subject));
  for (const rules::Episode& episode : state.episodes) {
    const auto& evidence = episode.evidence;
    if (std::find(evidence.begin(), evidence.end(), row.order) == evidence.end()) continue;
    for (const SignalId& id : episode.signals) SAM_TRY(EndExamOf(in, id, !back));
  }
  return Ok();
}

Status Dispatcher::EndExamOf(const Input& in, const SignalId& id, bool done) {
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) return Ok();
  for (WatchedClock& clock : row->clocks) {
    if (clock.kind != kExamClock) continue;
    clock.done = done;
    if (!done) clock.told = 0;  // what was told once is not told again, but counted
  }
  SettleClocks(in, id, *row);
  in.fold.PutSignal(id, *row);
  return Ok();
}

}  // namespace sam::dispatch
