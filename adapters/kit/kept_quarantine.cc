// The part of AdapterStore that keeps the quarantine. Beside each entry lies a small sealed row with
// all but its content (QuarantineHead), under keys of its own in the same space.
#include <algorithm>
#include <utility>

#include "adapters/kit/adapter_store.h"
#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr size_t kHeadsPerGroup = 200;

// A length in front, as the keys of sequences have: none of theirs begins so.
const std::string kHeadPrefix = std::string(1, '\x04') + "head";

std::string HeadKey(uint64_t number) { return kHeadPrefix + BigEndian64(number); }

std::string EndOfHeads() {
  std::string end = kHeadPrefix;
  ++end.back();
  return end;
}

void KeepBeginning(Quarantined& row, const char* why) {
  row.full_size = row.raw.size();
  row.raw.resize(std::min(row.raw.size(), kKeptBeginning));
  row.detail.append("; ").append(why).append(": the first ");
  row.detail.append(std::to_string(row.raw.size())).append(" of ");
  row.detail.append(std::to_string(row.full_size)).append(" bytes are here");
}

}  // namespace

bool AdapterStore::KeepsWhole(size_t bytes, bool readable) const {
  if (bytes > keep_.message_bytes) return false;
  return readable || bytes <= kKeptBeginning || aside_.bytes + bytes <= keep_.quarantine_bytes;
}

uint64_t AdapterStore::PutQuarantine(Quarantined row, bool readable) {
  if (!KeepsWhole(row.raw.size(), readable))
    KeepBeginning(row, row.raw.size() > keep_.message_bytes ? "too large to keep"
                                                            : "the quarantine is full");
  std::string bytes = rows_.Encode(row, quarantine_.Next());
  row.raw_bytes = row.raw.size();
  row.event_bytes = row.event.size();
  row.disk_bytes = bytes.size();
  row.number = quarantine_.Append(batch_, std::move(bytes));
  aside_.open += row.state == QuarantineState::kOpen ? 1 : 0;
  aside_.bytes += row.disk_bytes;
  PutHead(row);
  return row.number;
}

void AdapterStore::PutHead(const QuarantineHead& head) {
  std::string key = HeadKey(head.number);
  std::string bytes = rows_.EncodeHead(head, head.number);
  pending_[{spaces::kQuarantine.index, key}] = bytes;
  batch_.Put(spaces::kQuarantine, std::move(key), std::move(bytes));
}

Status AdapterStore::UpdateQuarantine(const QuarantineHead& head) {
  SAM_ASSIGN(const std::optional<QuarantineHead> old, Head(head.number));
  if (!old) return NotFound("quarantine has no entry " + std::to_string(head.number));
  aside_.open -= old->state == QuarantineState::kOpen ? 1 : 0;
  aside_.open += head.state == QuarantineState::kOpen ? 1 : 0;
  PutHead(head);
  return Ok();
}

Result<bool> AdapterStore::WasClosedBy(const Mac16& key, const std::string& name) {
  if (name.empty()) return false;
  SAM_ASSIGN(const std::optional<SeenMessage> seen, FindSeen(key));
  if (!seen || seen->quarantine == 0) return false;
  SAM_ASSIGN(const std::optional<QuarantineHead> entry, Head(seen->quarantine));
  return entry && entry->state != QuarantineState::kOpen && entry->operator_name == name;
}

Status AdapterStore::EmptyQuarantine(const QuarantineHead& head) {
  QuarantineHead empty = head;
  empty.raw_bytes = empty.event_bytes = 0;
  std::string bytes = rows_.Encode(QuarantineContent(), head.number);
  empty.disk_bytes = bytes.size();
  SAM_TRY(UpdateQuarantine(empty));
  aside_.bytes -= std::min(aside_.bytes, head.disk_bytes);
  aside_.bytes += empty.disk_bytes;
  quarantine_.Replace(batch_, head.number, std::move(bytes));
  return Ok();
}

Millis AdapterStore::ExpiresAt(const QuarantineHead& open) const {
  return std::max(Millis(open.at.value + open_ms()), open_until_);
}

Result<std::optional<QuarantineHead>> AdapterStore::OldestOpen() {
  std::optional<QuarantineHead> out;
  uint64_t from = open_from_;
  SAM_TRY(EachHead(
      [&](const QuarantineHead& head) {
        from = head.number;
        if (head.state == QuarantineState::kOpen)
          out = head;
        else
          ++from;
        return !out;
      },
      open_from_));
  open_from_ = from;
  return out;
}

Result<std::optional<QuarantineHead>> AdapterStore::Head(uint64_t number) {
  const std::string key = HeadKey(number);
  const auto pending = pending_.find({spaces::kQuarantine.index, key});
  std::optional<std::string> row;
  if (pending != pending_.end()) {
    row = pending->second;
  } else {
    SAM_ASSIGN(row, store_.Get(spaces::kQuarantine, key));
  }
  if (!row) return std::optional<QuarantineHead>();
  SAM_ASSIGN(QuarantineHead head, rows_.DecodeHead(*row, number));
  return std::optional<QuarantineHead>(std::move(head));
}

Result<std::optional<Quarantined>> AdapterStore::Quarantine(uint64_t number) {
  SAM_ASSIGN(const std::optional<QuarantineHead> head, Head(number));
  if (!head) return std::optional<Quarantined>();
  SAM_ASSIGN(const std::optional<std::string> row, quarantine_.Get(number));
  if (!row) return std::optional<Quarantined>();
  Result<QuarantineContent> content = rows_.DecodeContent(*row, number);
  if (!content.ok())
    return Conflict("entry " + std::to_string(number) +
                    " cannot be read any more: " + content.error().message);
  return std::optional<Quarantined>(Quarantined{*head, std::move(content).value()});
}

Status AdapterStore::EachHead(const std::function<bool(const QuarantineHead&)>& visit,
                              uint64_t from) {
  return store_.Scan(spaces::kQuarantine, HeadKey(from), EndOfHeads(),
                     [&](std::string_view key, std::string_view bytes) {
                       const uint64_t number = ReadBigEndian64(key.substr(kHeadPrefix.size()));
                       const Result<QuarantineHead> head = rows_.DecodeHead(bytes, number);
                       if (head.ok()) return visit(*head);
                       TellUnreadable("quarantine", number, head.error());
                       return true;
                     });
}

Status AdapterStore::EachQuarantine(const std::function<bool(const Quarantined&)>& visit) {
  Status inner = Ok();
  SAM_TRY(EachHead([&](const QuarantineHead& head) {
    const Result<std::optional<Quarantined>> row = Quarantine(head.number);
    if (row.ok()) return !*row || visit(**row);
    if (row.error().code != Code::kConflict) {
      inner = row.error();
      return false;
    }
    TellUnreadable("quarantine", head.number, row.error());
    return true;
  }));
  return inner;
}

Status AdapterStore::CountQuarantine() {
  aside_ = Aside();
  SAM_TRY(EachHead([&](const QuarantineHead& head) {
    aside_.open += head.state == QuarantineState::kOpen ? 1 : 0;
    aside_.bytes += head.disk_bytes;
    return true;
  }));
  committed_aside_ = aside_;
  return Ok();
}

// After a stop half-way it goes on behind the last one made: they are made in rising order.
Status AdapterStore::MakeHeads() {
  uint64_t from = 1, last = 0, entries = 0;
  SAM_TRY(store_.ScanBack(spaces::kQuarantine, kHeadPrefix, EndOfHeads(),
                          [&](std::string_view key, std::string_view) {
                            from = ReadBigEndian64(key.substr(kHeadPrefix.size())) + 1;
                            return false;
                          }));
  do {
    last = 0;
    SAM_TRY(quarantine_.Read(from, kHeadsPerGroup, [&](uint64_t seq, std::string_view bytes) {
      last = seq;
      ++entries;
      const Result<QuarantineHead> found = rows_.HeadOfEntry(bytes, seq);
      if (found.ok()) {
        PutHead(*found);
        return true;
      }
      TellUnreadable("quarantine", seq, found.error());
      QuarantineHead head;
      head.number = seq;
      head.at = clock_.Now();
      head.reason = "row-unreadable";
      head.detail = "its row cannot be read: have it sent again";
      head.disk_bytes = bytes.size();
      PutHead(head);
      return true;
    }));
    SAM_TRY(Commit());
    from = last + 1;
  } while (last != 0);
  log::Info("adapter", "quarantine-indexed", {{"entries", entries}});
  return Ok();
}

void AdapterStore::TellExpired() {
  for (const QuarantineHead& head : expired_) {
    expired_total_.Add();
    log::Error("adapter", "quarantine-expired",
               {{"number", head.number},
                {"reason", head.reason},
                {"source", head.source},
                {"peer", head.peer}});
  }
  expired_.clear();
}

Status AdapterStore::PruneQuarantine() {
  std::vector<QuarantineHead> old, unclaimed;
  size_t looked = 0;
  uint64_t next = 1;
  SAM_TRY(EachHead(
      [&](const QuarantineHead& head) {
        if (looked++ == kHeadsLooked || old.size() + unclaimed.size() == kPruneMax) {
          next = head.number;
          return false;
        }
        if (head.state == QuarantineState::kOpen) {
          if (ExpiresAt(head) <= clock_.Now()) unclaimed.push_back(head);
        } else if (head.closed_at < DaysAgo(keep_.closed)) {
          old.push_back(head);
        }
        return true;
      },
      prune_from_));
  prune_from_ = next;
  for (QuarantineHead& head : unclaimed) {
    head.state = QuarantineState::kExpired;
    head.closed_at = clock_.Now();
    SAM_TRY(EmptyQuarantine(head));
    expired_.push_back(std::move(head));
  }
  for (const QuarantineHead& head : old) {
    quarantine_.Erase(batch_, head.number);
    batch_.Delete(spaces::kQuarantine, HeadKey(head.number));
    aside_.bytes -= std::min(aside_.bytes, head.disk_bytes);
  }
  const bool full = aside_.bytes + kKeptBeginning > keep_.quarantine_bytes;
  if (full && !quarantine_full_)
    log::Error("adapter", "quarantine-full",
               {{"mb", aside_.bytes >> 20}, {"limit_mb", keep_.quarantine_bytes >> 20}});
  if (!full && quarantine_full_) log::Info("adapter", "quarantine-has-room", {});
  quarantine_full_ = full;
  return Ok();
}

}  // namespace sam::kit
