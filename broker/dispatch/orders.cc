#include "broker/dispatch/orders.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/contract/codes.h"
#include "broker/crypto/digest.h"

namespace sam::dispatch {
namespace {

constexpr size_t kHashSize = 16;
constexpr size_t kWithoutAnswer = EventId::kSize + SubjectId::kSize;
constexpr size_t kWithAnswer = kWithoutAnswer + EventId::kSize + 8;

}  // namespace

bool IsExamReport(schema::Event::Body::Reader body) {
  return body.isHealthExamReported() || body.isDentalExamReported();
}

bool IsExamBooking(schema::Event::Body::Reader body) {
  if (body.isBvcVisitBooked()) return body.getBvcVisitBooked().getOrderId().size() != 0;
  return body.isDentalRecallSent() && body.getDentalRecallSent().getOrderId().size() != 0;
}

std::string OrderOf(schema::Event::Body::Reader body) {
  if (body.isBvcVisitBooked()) return body.getBvcVisitBooked().getOrderId().cStr();
  if (body.isDentalRecallSent()) return body.getDentalRecallSent().getOrderId().cStr();
  if (body.isHealthExamReported()) return body.getHealthExamReported().getOrderId().cStr();
  if (body.isDentalExamReported()) return body.getDentalExamReported().getOrderId().cStr();
  return body.isSocialExamRequested() ? body.getSocialExamRequested().getOrderId().cStr() : "";
}

schema::ExamResult ResultOf(schema::Event::Body::Reader body) {
  if (body.isHealthExamReported()) return body.getHealthExamReported().getResult();
  return body.isDentalExamReported() ? body.getDentalExamReported().getResult()
                                     : schema::ExamResult::UNKNOWN;
}

bool SamePerson(schema::Event::Reader a, schema::Event::Reader b, bool since_fold_8) {
  const auto names = [&](schema::Identifier::Reader id) {
    return id.getValue().size() != 0 && !(since_fold_8 && contract::NamesNobody(id));
  };
  for (const auto one : a.getHeader().getSubject().getIds())
    for (const auto other : b.getHeader().getSubject().getIds())
      if (names(one) && names(other) && one.getValue() == other.getValue()) return true;
  return false;
}

std::string OrderKey(std::string_view number, Offset offset) {
  std::string key(Sha256({"sam-order-1", number}).view().substr(0, kHashSize));
  return key + BigEndian64(offset.value);
}

Offset OffsetIn(std::string_view key) { return Offset(ReadBigEndian64(key.substr(kHashSize))); }

std::string EncodeOrder(const OrderRow& row) {
  std::string value(row.order.view());
  value.append(row.subject.view());
  if (!row.ended_by.empty() || !row.told.empty())
    value.append(row.ended_by.view()).append(BigEndian64(row.ended_at.value));
  for (const SubjectId& told : row.told) value.append(told.view());
  return value;
}

Result<OrderRow> DecodeOrder(std::string_view value) {
  const bool longer = value.size() >= kWithAnswer && (value.size() - kWithAnswer) % SubjectId::kSize == 0;
  if (value.size() != kWithoutAnswer && !longer)
    return Corrupt("the row of an order is not readable; run 'samsignal rebuild' on a copy of the store");
  OrderRow row;
  row.order = EventId::From(value.substr(0, EventId::kSize)).value_or(EventId{});
  row.subject =
      SubjectId::From(value.substr(EventId::kSize, SubjectId::kSize)).value_or(SubjectId{});
  if (longer) {
    row.ended_by =
        EventId::From(value.substr(kWithoutAnswer, EventId::kSize)).value_or(EventId{});
    row.ended_at = Offset(ReadBigEndian64(value.substr(kWithAnswer - 8, 8)));
    for (size_t at = kWithAnswer; at < value.size(); at += SubjectId::kSize)
      row.told.push_back(SubjectId::From(value.substr(at, SubjectId::kSize)).value_or(SubjectId{}));
  }
  return row;
}

void OrderBook::Note(schema::Event::Reader event, const SubjectId& subject) {
  const auto body = event.getBody();
  const bool answer = IsExamReport(body);
  if (!answer && !IsExamBooking(body) && !body.isSocialExamRequested()) return;
  tellers_[OrderKey(OrderOf(body), Offset(0)).substr(0, kHashSize)].insert(subject);
  if (IsExamBooking(body)) return;
  Entry entry{{}, subject};
  for (const auto one : event.getHeader().getSubject().getIds())
    if (one.getValue().size() != 0) entry.persons.emplace_back(one.getValue().cStr());
  (answer ? answers_ : orders_).emplace(OrderOf(body), std::move(entry));
}

void OrderBook::NoteRow(std::string_view key) { ++rows_[std::string(key.substr(0, kHashSize))]; }

// Its order can be read, and whoever ordered is there.
bool OrderBook::Stands(const Entries::value_type& answer, const std::set<SubjectId>& gone) const {
  const auto [begin, end] = orders_.equal_range(answer.first);
  const auto& known = answer.second.persons;
  return std::any_of(begin, end, [&](const Entries::value_type& order) {
    const auto& persons = order.second.persons;
    return gone.count(order.second.subject) == 0 &&
           std::find_first_of(persons.begin(), persons.end(), known.begin(), known.end()) !=
               persons.end();
  });
}

std::set<SubjectId> OrderBook::Resting(const std::set<SubjectId>& gone) const {
  std::set<SubjectId> all = gone;
  for (const auto& [number, tellers] : tellers_) {
    const auto rows = rows_.find(number);
    if (!gone.empty() && rows != rows_.end() && rows->second >= kOrdersOfNumberMax)
      all.insert(tellers.begin(), tellers.end());
  }
  for (bool grew = !gone.empty(); grew;) {
    grew = false;
    for (const auto& answer : answers_)
      if (!Stands(answer, all)) grew = all.insert(answer.second.subject).second || grew;
    for (const auto& [order, answer] : ends_)
      if (all.count(answer) != 0) grew = all.insert(order).second || grew;
  }
  return all;
}

}  // namespace sam::dispatch
