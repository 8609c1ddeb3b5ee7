#include "broker/journal/dedupe.h"

#include "broker/base/text.h"
#include "broker/store/spaces.h"

namespace sam::journal {
namespace {

// A conflict is remembered under key and content together: 48 bytes, so never mistaken for a key.
std::string ConflictKey(const Draft& draft) { return draft.message_key + draft.content_digest; }

}  // namespace

Result<std::optional<Dedupe>> Deduper::FindKey(const std::string& key) const {
  const auto fresh = keys_.find(key);
  if (fresh != keys_.end()) return std::optional<Dedupe>(fresh->second);
  SAM_ASSIGN(const auto row, store_.Get(spaces::kDedupe, key));
  if (!row) return std::optional<Dedupe>();
  SAM_ASSIGN(Dedupe found, DecodeDedupe(*row));
  return std::optional<Dedupe>(std::move(found));
}

Result<std::optional<Deduper::Event>> Deduper::FindEvent(const EventId& event) const {
  if (event.empty()) return std::optional<Event>();
  const auto fresh = events_.find(event);
  if (fresh != events_.end()) return std::optional<Event>(fresh->second);
  SAM_ASSIGN(const auto row, store_.Get(spaces::kEvent, event.view()));
  if (!row) return std::optional<Event>();
  SAM_ASSIGN(EventRow found, DecodeEventRow(*row));
  return std::optional<Event>(Event{std::move(found), {}});
}

// Events of our own have no message key: the event id alone tells, and the content decides.
Result<Deduper::Verdict> Deduper::JudgeEventOnly(const Draft& draft, const Event& seen) const {
  std::string digest = seen.content_digest;
  if (digest.empty()) {
    SAM_ASSIGN(const auto bytes,
               store_.Get(spaces::kJournal, BigEndian64(seen.row.offset.value)));
    if (!bytes)
      return Corrupt("event index: names record " + std::to_string(seen.row.offset.value) +
                     ", which is not in the log; restore the store from a backup");
    SAM_ASSIGN(const Header header, DecodeHeader(*bytes));
    digest = header.content_digest;
  }
  if (digest == draft.content_digest) return Verdict{Taken::kDuplicate, false, seen.row.offset};
  return Verdict{Taken::kEnvelopeReused, false, seen.row.offset};
}

Result<Deduper::Verdict> Deduper::Judge(const Draft& draft) {
  std::optional<Dedupe> first;
  if (!draft.message_key.empty()) {
    SAM_ASSIGN(first, FindKey(draft.message_key));
    if (first && first->content_digest == draft.content_digest)
      return Verdict{Taken::kDuplicate, false, first->offset};
    if (first) {
      SAM_ASSIGN(const auto known, FindKey(ConflictKey(draft)));
      if (known) return Verdict{Taken::kConflict, false, known->offset};
    }
  }
  SAM_ASSIGN(const auto seen, FindEvent(draft.event));
  if (seen && seen->row.message_key != draft.message_key)
    return Verdict{Taken::kEnvelopeReused, false, seen->row.offset};
  if (first) return Verdict{Taken::kConflict, true, {}};
  if (seen) return JudgeEventOnly(draft, *seen);
  return Verdict{Taken::kWritten, true, {}};
}

void Deduper::Note(const Draft& draft, Taken taken, Offset offset, Batch& batch) {
  if (!draft.message_key.empty()) {
    const bool conflict = taken == Taken::kConflict;
    Dedupe row{offset, draft.content_digest, draft.event};
    std::string key = conflict ? ConflictKey(draft) : draft.message_key;
    batch.Put(spaces::kDedupe, key, EncodeDedupe(row));
    keys_.insert_or_assign(std::move(key), std::move(row));
  }
  // The same event id under the same key, but with other content: the id stays with the first one.
  if (draft.event.empty() || events_.count(draft.event) != 0) return;
  if (taken == Taken::kConflict) {
    const auto seen = FindEvent(draft.event);
    if (seen.ok() && *seen) return;
  }
  batch.Put(spaces::kEvent, std::string(draft.event.view()),
            EncodeEventRow(offset, draft.message_key));
  events_.emplace(draft.event, Event{{offset, draft.message_key}, draft.content_digest});
}

Result<std::optional<Offset>> Deduper::OffsetOf(const std::string& message_key) const {
  SAM_ASSIGN(const auto row, FindKey(message_key));
  return row ? std::optional<Offset>(row->offset) : std::nullopt;
}

Result<std::optional<Offset>> Deduper::OffsetOf(const EventId& event) const {
  SAM_ASSIGN(const auto seen, FindEvent(event));
  return seen ? std::optional<Offset>(seen->row.offset) : std::nullopt;
}

void Deduper::Forget() {
  keys_.clear();
  events_.clear();
}

}  // namespace sam::journal
