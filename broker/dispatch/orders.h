// Orders of examinations: how one is found by what answers it (rows of kOrder), and whose rows can not be
// made again because another's are gone. The board that ordered and the region that answers know the child
// as two subjects: the answer's receiver follows from the order, and the order's time limit from the answer.
// Plain values and pure functions; any thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "schemas/event.capnp.h"

namespace sam::dispatch {

inline constexpr char kExamClock[] = "clock.exam";  // the order's last day
inline constexpr char kResultClock[] = "clock.result";  // from that day on: what came of it is to be told
inline bool EndsByResult(std::string_view clock) {
  return clock == kExamClock || clock == kResultClock;
}

// Nobody has to confirm an order whose answer is there (from fold edition 7 on).
inline bool EndsWithExam(std::string_view clock, uint32_t fold) {
  return EndsByResult(clock) || (fold >= 7 && clock == "clock.confirm");
}

bool IsExamReport(schema::Event::Body::Reader body);
bool IsExamBooking(schema::Event::Body::Reader body);  // a visit or a recall for an order
// Its number; empty: neither order, booking for one, nor answer.
std::string OrderOf(schema::Event::Body::Reader body);
schema::ExamResult ResultOf(schema::Event::Body::Reader body);  // what an answer says; else UNKNOWN
// One of the numbers that both know the child by.
// From fold edition 8 on what is no number of a person makes two nobody's one.
bool SamePerson(schema::Event::Reader a, schema::Event::Reader b, bool since_fold_8);

// Key of kOrder and kAnswer: a hash of the number, and the offset of what told it. A number is one board's
// own, so several orders may share it.
std::string OrderKey(std::string_view number, Offset offset);
Offset OffsetIn(std::string_view key);
inline constexpr size_t kOrdersOfNumberMax = 16;  // and as many answers that wait for one
struct OrderRow {
  EventId order;  // empty: taken back
  SubjectId subject;
  EventId ended_by;  // the answer; empty: none yet
  Offset ended_at;
  std::vector<SubjectId> told = {};  // of whom something was told for it that the orderer's state rests on
};
inline constexpr size_t kOrderToldMax = 8;  // one child, as so many controllers know it
std::string EncodeOrder(const OrderRow& row);  // without an answer as builds wrote it that kept none
Result<OrderRow> DecodeOrder(std::string_view value);  // kCorrupt

// What can be read of orders and their answers in a log that has lost some of both.
class OrderBook {
 public:
  void Note(schema::Event::Reader event, const SubjectId& subject);
  void NoteRow(std::string_view key);  // of kOrder or kAnswer
  // Of a row of kOrder: whose order it is rests on whose answer. Of a booking both ways: it waits again when its order
  // is gone.
  void NoteEnd(const SubjectId& order, const SubjectId& answer) { ends_.emplace_back(order, answer); }
  // Who rests on somebody that is gone, directly or by others. An answer without a readable order may never
  // have had one: it is counted too, and stands as it was recorded. A booking does not: nothing was sent on it.
  // Of a number that has as many rows as are kept, one that is gone makes room for another: all rest on it.
  std::set<SubjectId> Resting(const std::set<SubjectId>& gone) const;

 private:
  struct Entry {
    std::vector<std::string> persons;
    SubjectId subject;
  };
  using Entries = std::multimap<std::string, Entry>;  // by the order's number
  bool Stands(const Entries::value_type& answer, const std::set<SubjectId>& gone) const;
  Entries orders_, answers_;
  std::map<std::string, std::set<SubjectId>> tellers_;  // by the number's hash, as are the rows
  std::map<std::string, size_t> rows_;
  std::vector<std::pair<SubjectId, SubjectId>> ends_;
};

}  // namespace sam::dispatch
