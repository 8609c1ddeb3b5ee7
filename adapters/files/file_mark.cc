#include "adapters/files/file_mark.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::files {
namespace {

// One place for the order of the counts in a mark.
std::vector<uint64_t*> Fields(Counts& counts) {
  return {&counts.rows,       &counts.taken,      &counts.events, &counts.nothing,
          &counts.not_wanted, &counts.duplicates, &counts.bad};
}

bool Take(std::string_view text, uint64_t& out) {
  const std::optional<uint64_t> number = ReadNumber(text);
  out = number.value_or(0);
  return number.has_value();
}

Error Damaged() { return Corrupt("the mark of the file at hand is not what was written"); }

}  // namespace

void Counts::Add(uint64_t place, const kit::Verdict& verdict) {
  using Kind = kit::Verdict::Kind;
  ++rows;
  events += verdict.events.size();
  switch (verdict.kind) {
    case Kind::kTaken: ++taken; return;
    case Kind::kNothing: ++nothing; return;
    case Kind::kNotWanted: ++not_wanted; return;
    case Kind::kDuplicate: ++duplicates; return;
    default: break;
  }
  ++bad;
  if (bad_rows.size() < kMaxBadRows)
    bad_rows.push_back({place, verdict.reason, verdict.quarantine});
}

std::string EncodeMark(const FileMark& mark) {
  std::string out = "file 1\n";
  out.append(std::to_string(mark.number)).append(" ").append(ToHex(mark.name)).append(" ");
  out.append(ToHex(mark.digest.view())).append(" ").append(std::to_string(mark.offset));
  out.append(" ").append(std::to_string(mark.place)).append(mark.complete ? " 1" : " 0");
  out.append("\n");
  Counts counts = mark.counts;
  for (const uint64_t* field : Fields(counts)) out.append(std::to_string(*field)).append(" ");
  out.append("\n");
  for (const BadRow& row : counts.bad_rows) {
    out.append(std::to_string(row.place)).append(" ").append(std::to_string(row.quarantine));
    out.append(" ").append(row.reason).append("\n");
  }
  return out;
}

Result<FileMark> DecodeMark(std::string_view bytes) {
  const std::vector<std::string_view> lines = Split(bytes, '\n');
  if (lines.size() < 4 || lines[0] != "file 1") return Damaged();
  FileMark out;
  const std::vector<std::string_view> head = Split(lines[1], ' ');
  if (head.size() != 6 || !Take(head[0], out.number) || !Take(head[3], out.offset) ||
      !Take(head[4], out.place))
    return Damaged();
  const std::optional<std::string> name = FromHex(head[1]);
  const std::optional<std::string> digest = FromHex(head[2]);
  if (!name || !digest || digest->size() != Digest::kSize) return Damaged();
  out.name = *name;
  out.digest = *Digest::From(*digest);
  out.complete = head[5] == "1";
  const std::vector<uint64_t*> fields = Fields(out.counts);
  const std::vector<std::string_view> counts = Split(lines[2], ' ');
  if (counts.size() != fields.size() + 1) return Damaged();
  for (size_t i = 0; i < fields.size(); ++i)
    if (!Take(counts[i], *fields[i])) return Damaged();
  for (size_t i = 3; i + 1 < lines.size(); ++i) {
    const std::vector<std::string_view> words = Split(lines[i], ' ');
    BadRow row;
    if (words.size() < 3 || !Take(words[0], row.place) ||
        !Take(words[1], row.quarantine))
      return Damaged();
    row.reason = std::string(words[2]);
    out.counts.bad_rows.push_back(std::move(row));
  }
  return out;
}

bool KnownFiles::Has(const Digest& digest) const {
  return std::find(digests_.begin(), digests_.end(), digest) != digests_.end();
}

void KnownFiles::Add(const Digest& digest) {
  if (Has(digest)) return;
  digests_.push_back(digest);
  if (digests_.size() > kMax) digests_.erase(digests_.begin());
}

std::string KnownFiles::Encode() const {
  std::string out = BigEndian64(next_number);
  for (const Digest& digest : digests_) out.append(digest.view());
  return out;
}

Result<KnownFiles> KnownFiles::Decode(std::string_view bytes) {
  if (bytes.size() < 8 || (bytes.size() - 8) % Digest::kSize != 0)
    return Corrupt("the list of files that are over is not what was written");
  KnownFiles out;
  out.next_number = ReadBigEndian64(bytes);
  for (size_t at = 8; at < bytes.size(); at += Digest::kSize)
    out.digests_.push_back(*Digest::From(bytes.substr(at, Digest::kSize)));
  return out;
}

}  // namespace sam::files
