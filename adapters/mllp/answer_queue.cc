#include "adapters/mllp/answer_queue.h"

#include <algorithm>

#include "broker/base/text.h"

namespace sam::mllp {
namespace {

const std::string kSpan = "answers";
constexpr size_t kSpanBytes = 16;

std::string NameOf(uint64_t number) { return "answer/" + std::to_string(number); }

}  // namespace

Result<AnswerQueue::Span> AnswerQueue::Waiting() {
  SAM_ASSIGN(const std::optional<std::string> row, store_.Mark(kSpan));
  if (!row) return Span();
  if (row->size() != kSpanBytes) return Corrupt("the queue of answers has no readable span");
  return Span{ReadBigEndian64(*row), ReadBigEndian64(std::string_view(*row).substr(8))};
}

void AnswerQueue::Put(const Span& span) {
  store_.PutMark(kSpan, BigEndian64(span.first).append(BigEndian64(span.next)));
}

Result<bool> AnswerQueue::Append(const std::string& text) {
  SAM_ASSIGN(Span span, Waiting());
  store_.PutMark(NameOf(span.next), text);
  ++span.next;
  const bool full = span.size() > max_;
  if (full) store_.DropMark(NameOf(span.first++));
  Put(span);
  return full;
}

Result<std::optional<std::string>> AnswerQueue::Get(uint64_t number) {
  return store_.Mark(NameOf(number));
}

Status AnswerQueue::DropBefore(uint64_t first) {
  SAM_TRY(store_.Begin());
  SAM_ASSIGN(Span span, Waiting());
  for (; span.first < std::min(first, span.next); ++span.first)
    store_.DropMark(NameOf(span.first));
  Put(span);
  return store_.Commit();
}

}  // namespace sam::mllp
