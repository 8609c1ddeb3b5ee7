// The day of an ordered examination: it is watched until somebody has told what came of it. Both are
// reminded, who ordered and who shall examine (clock_fold.cc); done or not done ends it, and so does the
// board that takes its order back.
#include <algorithm>

#include "broker/base/text.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/orders.h"
#include "broker/rules/facts.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {

Result<Dispatcher::OrderRows> Dispatcher::RowsOf(const Input& in, Space space,
                                                 const std::string& number) const {
  return in.fold.Rows(space, OrderKey(number, Offset(0)), OrderKey(number, Offset(UINT64_MAX)));
}

// Empty: no such order about this child is known, or it can not be read any more.
Result<std::optional<Dispatcher::Order>> Dispatcher::FindOrder(const Input& in, const std::string& number,
                                                               schema::Event::Reader report) {
  SAM_ASSIGN(const auto rows, RowsOf(in, spaces::kOrder, number));
  for (size_t i = rows.size(); i-- > 0;) {  // the newest one first
    SAM_ASSIGN(const OrderRow row, DecodeOrder(rows[i].second));
    if (row.order.empty()) continue;  // taken back
    const Offset offset = OffsetIn(rows[i].first);
    SAM_ASSIGN(const std::string bytes, Payload(in, offset));
    if (bytes.empty()) continue;  // disposed of
    SAM_ASSIGN(const auto told, wire::Parse<schema::Event>(bytes));
    const auto event = told.get();
    if (OrderOf(event.getBody()) != number || !SamePerson(event, report, settings_.fold >= 8)) continue;
    const auto controller = event.getHeader().getController();
    return std::optional<Order>(
        Order{rows[i].first, rows[i].second,
              event.getBody().getSocialExamRequested().getContactFunction().cStr(),
              controller.getOrgNr().cStr(), controller.getBoard().cStr()});
  }
  return std::optional<Order>();
}

// Its order may be told later, by a nightly file: the answer's row is looked at then.
Status Dispatcher::AwaitOrder(const Input& in, const SubjectId& subject,
                              schema::Event::Reader event) {
  if (settings_.fold < 5) return Ok();
  const std::string number = OrderOf(event.getBody());
  const EventId replaced = wire::IdOf<EventId>(event.getHeader().getReplaces());
  SAM_ASSIGN(auto rows, RowsOf(in, spaces::kAnswer, number));
  std::erase_if(rows, [&](const auto& row) {
    const bool gone = !replaced.empty() && row.second.substr(0, EventId::kSize) == replaced.view();
    if (gone) in.fold.Delete(spaces::kAnswer, row.first);
    return gone;
  });
  const bool back = event.getHeader().getStatus() == schema::EventStatus::RETRACTED;
  const bool empty = !IsExamBooking(event.getBody()) && ResultOf(event.getBody()) == schema::ExamResult::UNKNOWN;
  if (back || empty) return Ok();
  if (rows.size() >= kOrdersOfNumberMax) in.fold.Delete(spaces::kAnswer, rows.front().first);
  in.fold.Put(spaces::kAnswer, OrderKey(number, in.header.offset),
              EncodeOrder({in.header.event, subject, {}, {}}));
  return Ok();
}

// What waited for this order, and who each of them is about; the newest one ends the order's day.
Result<Dispatcher::TakenAnswers> Dispatcher::TakeAnswers(const Input& in, schema::Event::Reader order,
                                                         OrderRow& row) {
  TakenAnswers out;
  SAM_ASSIGN(const auto rows, RowsOf(in, spaces::kAnswer, OrderOf(order.getBody())));
  for (const auto& [key, value] : rows) {
    const Offset offset = OffsetIn(key);
    SAM_ASSIGN(const std::string bytes, Payload(in, offset));
    if (bytes.empty()) continue;  // disposed of
    SAM_ASSIGN(const auto told, wire::Parse<schema::Event>(bytes));
    if (OrderOf(told.get().getBody()) != OrderOf(order.getBody()) ||
        !SamePerson(told.get(), order, settings_.fold >= 8))
      continue;
    in.fold.Delete(spaces::kAnswer, key);
    SAM_ASSIGN(const OrderRow answer, DecodeOrder(value));
    const bool booking = IsExamBooking(told.get().getBody());
    if (booking || rules::AsksOrderReceivers(settings_.rules))
      rules::AddOnce(row.told, answer.subject, kOrderToldMax);
    SAM_ASSIGN(const SubjectId teller, in.fold.Follow(answer.subject));
    SAM_ASSIGN(const rules::SubjectState known, in.fold.State(teller));
    if (rules::IsBooked(known, rules::ViewOf(told.get(), offset))) out.told.push_back(offset);
    if (booking) continue;
    row.ended_by = answer.order;
    row.ended_at = offset;
    out.subjects.push_back(answer.subject);
  }
  return out;
}

// The results that were held because nobody was known to have ordered them.
Status Dispatcher::RegateAnswers(const Input& in, const std::vector<SubjectId>& answered) {
  for (const SubjectId& told : answered) {
    SAM_ASSIGN(const SubjectId subject, in.fold.Follow(told));
    SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
    SAM_TRY(Regate(in, subject, state));
    in.fold.PutState(subject, state);
  }
  return Ok();
}

// A rule of absence that asks whoever was sent an order waits in the board's own knowledge of the child, and what
// answers it is told of the region's. `state`: of whom it is told, as it was before.
Status Dispatcher::TellOrder(const Input& in, const SubjectId& subject, const rules::SubjectState& state,
                             schema::Event::Reader event, const rules::EventView& view) {
  const auto body = event.getBody();
  if (!rules::AsksOrderReceivers(settings_.rules)) return Ok();
  const bool cancelled = body.isBvcVisitCancelled();
  const bool booking = IsExamBooking(body);
  const std::string number =
      cancelled ? rules::OrderOfBooking(state, body.getBvcVisitCancelled().getAppointmentId().cStr())
                : OrderOf(body);
  SAM_TRY(LeaveOrder(in, subject, state, event, view, number));
  if (cancelled && !number.empty()) return PutToOrder(in, subject, number, event, view);
  if ((!booking && !IsExamReport(body)) || !rules::IsBooked(state, view)) return Ok();
  SAM_ASSIGN(const auto order, FindOrder(in, number, event));
  if (!order) return booking ? AwaitOrder(in, subject, event) : Ok();
  return PutToOrder(in, subject, number, event, view);
}

// What is put right to be for another order than `now`, or for none, answers the first one no more.
Status Dispatcher::LeaveOrder(const Input& in, const SubjectId& subject, const rules::SubjectState& state,
                              schema::Event::Reader event, const rules::EventView& view,
                              const std::string& now) {
  if (view.replaces.empty() || view.status == schema::EventStatus::ACTUAL) return Ok();
  const std::string number = rules::OrderToldBy(state, view.replaces);
  if (number.empty() || number == now) return Ok();
  SAM_ASSIGN(const auto rows, RowsOf(in, spaces::kAnswer, number));
  for (const auto& [key, value] : rows) {
    SAM_ASSIGN(const OrderRow waiting, DecodeOrder(value));
    if (waiting.order == view.replaces) in.fold.Delete(spaces::kAnswer, key);
  }
  rules::EventView back = view;
  back.status = schema::EventStatus::RETRACTED;
  return PutToOrder(in, subject, number, event, back);
}

Status Dispatcher::PutToOrder(const Input& in, const SubjectId& subject, const std::string& number,
                              schema::Event::Reader event, const rules::EventView& view) {
  SAM_ASSIGN(const auto order, FindOrder(in, number, event));
  if (!order) return Ok();
  SAM_ASSIGN(OrderRow row, DecodeOrder(order->row));
  SAM_ASSIGN(const SubjectId orderer, in.fold.Follow(row.subject));
  if (orderer == subject) return Ok();
  rules::AddOnce(row.told, subject, kOrderToldMax);
  in.fold.Put(spaces::kOrder, order->key, EncodeOrder(row));
  SAM_ASSIGN(rules::SubjectState board, in.fold.State(orderer));
  return Carry(in, orderer, board, rules::OnOrderAnswered(board, view, number, ContextOf(in)));
}

// The same for what was told before the order was.
Status Dispatcher::TellTaken(const Input& in, const SubjectId& subject, const std::vector<Offset>& told) {
  if (told.empty() || !rules::AsksOrderReceivers(settings_.rules)) return Ok();
  for (const Offset offset : told) {
    SAM_ASSIGN(const std::string bytes, Payload(in, offset));
    SAM_ASSIGN(const auto message, wire::Parse<schema::Event>(bytes));
    SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
    rules::Effects effects =
        rules::OnOrderAnswered(state, rules::ViewOf(message.get(), offset), "", ContextOf(in));
    SAM_TRY(Carry(in, subject, state, std::move(effects)));
  }
  return Ok();
}

// What came of it is known already. An order that is worded anew asks for what was made in part, or not at
// all, once more; what was told before the order was is its answer, whatever it says.
Result<bool> Dispatcher::IsExamined(const Input& in, const routing::Candidate& candidate) {
  if (settings_.fold < 5 || candidate.code != "SIG-D1" || candidate.evidence.empty() ||
      candidate.evidence.front().bytes.empty())
    return false;
  SAM_ASSIGN(const auto message,
             wire::Parse<schema::Event>(candidate.evidence.front().bytes));
  SAM_ASSIGN(const auto order, FindOrder(in, OrderOf(message.get().getBody()), message.get()));
  if (!order) return false;
  SAM_ASSIGN(const OrderRow row, DecodeOrder(order->row));
  if (row.ended_by.empty()) return false;
  SAM_ASSIGN(const std::string bytes, Payload(in, row.ended_at));
  if (bytes.empty()) return false;  // disposed of
  if (wire::IdOf<EventId>(message.get().getHeader().getReplaces()).empty()) return true;
  SAM_ASSIGN(const auto answer, wire::Parse<schema::Event>(bytes));
  return ResultOf(answer.get().getBody()) == schema::ExamResult::DONE;
}

// An answer that is taken back lets the time run on, unless a later one has come since.
Status Dispatcher::EndExam(const Input& in, const SubjectId& subject,
                           schema::Event::Reader event) {
  const auto body = event.getBody();
  if (settings_.fold < 4 || !IsExamReport(body)) return Ok();
  SAM_ASSIGN(const auto order, FindOrder(in, OrderOf(event.getBody()), event));
  if (!order) return AwaitOrder(in, subject, event);
  SAM_ASSIGN(OrderRow row, DecodeOrder(order->row));
  const bool back = event.getHeader().getStatus() == schema::EventStatus::RETRACTED;
  if (back && row.ended_by != wire::IdOf<EventId>(event.getHeader().getReplaces())) return Ok();
  if (!back && ResultOf(body) == schema::ExamResult::UNKNOWN) return Ok();
  row.ended_by = back ? EventId{} : in.header.event;
  row.ended_at = in.header.offset;
  in.fold.Put(spaces::kOrder, order->key, EncodeOrder(row));
  SAM_ASSIGN(const SubjectId orderer, in.fold.Follow(row.subject));
  SAM_ASSIGN(const rules::SubjectState state, in.fold.State(orderer));
  for (const rules::Episode& episode : state.episodes) {
    const auto& evidence = episode.evidence;
    if (std::find(evidence.begin(), evidence.end(), row.order) == evidence.end()) continue;
    const auto ends = [&](std::string_view clock) { return EndsWithExam(clock, settings_.fold); };
    for (const SignalId& id : episode.signals) SAM_TRY(EndLimits(in, id, !back, ends));
  }
  return Ok();
}

}  // namespace sam::dispatch
