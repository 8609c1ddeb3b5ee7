#include "broker/store/sequence.h"

#include <algorithm>
#include <utility>

#include "broker/base/check.h"
#include "broker/base/text.h"

namespace sam {
namespace {

constexpr char kEntry = 'e';
constexpr char kFloor = 'f';
constexpr char kGiven = 'n';
constexpr size_t kMaxPrefix = 255;  // its length is one byte of the key

}  // namespace

Result<DurableSequence> DurableSequence::Open(Store& store, Space space, const std::string& prefix) {
  if (prefix.size() > kMaxPrefix)
    return Invalid("sequence prefix has " + std::to_string(prefix.size()) +
                   " bytes, at most 255 are allowed");
  std::string head(1, static_cast<char>(prefix.size()));
  head += prefix;
  DurableSequence out(store, space, std::move(head));
  SAM_TRY(out.Reload());
  return out;
}

Status DurableSequence::Reload() {
  SAM_ASSIGN(const std::optional<std::string> floor, store_->Get(space_, head_ + kFloor));
  if (floor && floor->size() != 8)
    return Corrupt("sequence floor has " + std::to_string(floor->size()) + " bytes, expected 8");
  floor_ = floor ? ReadBigEndian64(*floor) : 0;
  next_ = floor_ + 1;
  SAM_ASSIGN(const std::optional<std::string> given, store_->Get(space_, head_ + kGiven));
  if (given && given->size() != 8)
    return Corrupt("sequence's last number has " + std::to_string(given->size()) +
                   " bytes, expected 8");
  if (given) SkipTo(ReadBigEndian64(*given));
  Status bad = Ok();
  SAM_TRY(store_->ScanBack(space_, head_ + kEntry, head_ + kFloor,
                           [&](std::string_view key, std::string_view) {
                             if (key.size() != head_.size() + 9)
                               bad = Corrupt("sequence entry with a key of a wrong length");
                             else
                               next_ = std::max(next_,
                                                ReadBigEndian64(key.substr(key.size() - 8)) + 1);
                             return false;
                           }));
  return bad;
}

std::string DurableSequence::KeyOf(uint64_t seq) const { return head_ + kEntry + BigEndian64(seq); }

uint64_t DurableSequence::Append(Batch& batch, std::string bytes) {
  const uint64_t seq = next_++;
  batch.Put(space_, KeyOf(seq), std::move(bytes));
  return seq;
}

void DurableSequence::Replace(Batch& batch, uint64_t seq, std::string bytes) const {
  SAM_CHECK(seq > floor_ && seq < next_);
  batch.Put(space_, KeyOf(seq), std::move(bytes));
}

void DurableSequence::Erase(Batch& batch, uint64_t seq) const {
  if (seq <= floor_ || seq >= next_) return;
  batch.Delete(space_, KeyOf(seq));
  // The last entry may be the one that goes: without this row its number would be given again.
  batch.Put(space_, head_ + kGiven, BigEndian64(next_ - 1));
}

Status DurableSequence::Read(uint64_t from, size_t limit, const Visitor& visit) const {
  if (limit == 0) return Ok();
  Status bad = Ok();
  size_t seen = 0;
  SAM_TRY(store_->Scan(space_, KeyOf(from), head_ + kFloor,
                       [&](std::string_view key, std::string_view value) {
                         if (key.size() != head_.size() + 9) {
                           bad = Corrupt("sequence entry with a key of a wrong length");
                           return false;
                         }
                         const uint64_t seq = ReadBigEndian64(key.substr(key.size() - 8));
                         return visit(seq, value) && ++seen < limit;
                       }));
  return bad;
}

Result<std::optional<std::string>> DurableSequence::Get(uint64_t seq) const {
  return store_->Get(space_, KeyOf(seq));
}

uint64_t DurableSequence::Trim(Batch& batch, uint64_t upto) {
  const uint64_t end = std::min({upto, next_ - 1, floor_ + kTrimMax});
  if (end <= floor_) return floor_;
  while (floor_ < end) batch.Delete(space_, KeyOf(++floor_));
  // The floor row keeps the numbers from starting again once all entries are gone.
  batch.Put(space_, head_ + kFloor, BigEndian64(floor_));
  return floor_;
}

Result<uint64_t> Cursor::Get() const {
  SAM_ASSIGN(const std::optional<std::string> row, store_->Get(space_, name_));
  if (!row) return uint64_t{0};
  if (row->size() != 8)
    return Corrupt("cursor " + name_ + " has " + std::to_string(row->size()) +
                   " bytes, expected 8");
  return ReadBigEndian64(*row);
}

void Cursor::Put(Batch& batch, uint64_t value) const {
  batch.Put(space_, name_, BigEndian64(value));
}

}  // namespace sam
