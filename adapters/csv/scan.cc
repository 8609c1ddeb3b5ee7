#include "adapters/csv/scan.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "broker/base/text.h"

namespace sam::csv {
namespace {

constexpr std::string_view kBom = "\xef\xbb\xbf";
constexpr size_t kMaxCount = 12;  // digits of a trailer's count

// How many bytes at the end belong to a character that is not whole yet: 0 to 3.
size_t CutCharacter(std::string_view bytes) {
  const size_t most = std::min<size_t>(3, bytes.size());
  for (size_t n = 1; n <= most; ++n) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - n]);
    if ((byte & 0xC0) == 0x80) continue;
    const size_t length = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return length > n ? n : 0;
  }
  return 0;
}

bool IsCount(const std::string& text) {
  return !text.empty() && text.size() <= kMaxCount &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

void Scan::Refuse(const char* code, std::string detail) {
  if (!out_.refusal.empty()) return;
  out_.refusal = code;
  out_.detail = std::move(detail);
}

void Scan::Feed(std::string_view bytes) {
  if (!began_) {
    head_.append(bytes);
    if (head_.size() < kBom.size()) return;
    return Begin();
  }
  Look(bytes);
}

void Scan::Begin() {
  began_ = true;
  const std::string head = std::exchange(head_, "");
  std::string_view bytes = head;
  if (hl7::LooksLikeWideUnicode(bytes))
    Refuse("wide-unicode", "the file is UTF-16 or UTF-32; send UTF-8 or Windows-1252");
  if (bytes.substr(0, kBom.size()) == kBom) {
    bytes.remove_prefix(kBom.size());
    reader_.StartAt(kBom.size(), 1);
  }
  Look(bytes);
}

void Scan::Look(std::string_view bytes) {
  if (!hl7::IsAscii(bytes)) ascii_ = false;
  if (utf8_ && (!ascii_ || !tail_.empty())) {
    std::string text = std::exchange(tail_, "");
    text.append(bytes);
    const size_t whole = text.size() - CutCharacter(text);
    utf8_ = IsValidUtf8(std::string_view(text).substr(0, whole));
    tail_ = text.substr(whole);
  }
  reader_.Feed(bytes);
  TakeRows();
}

void Scan::TakeRows() {
  while (std::optional<Row> row = reader_.Next()) {
    ends_ += row->complete ? 1 : 0;
    last_whole_ = row->complete;
    open_ = row->open_at_end || (open_ && row->kind == Row::Kind::kBroken);
    if (!header_) {
      TakeHeader(std::move(*row));
      continue;
    }
    if (trailer_seen_) Refuse("after-trailer", "there are rows after the trailer row");
    if (row->kind == Row::Kind::kTrailer) {
      CheckTrailer(*row);
    } else if (++out_.rows > options_.max_rows) {
      Refuse("too-many-rows", "more than " + std::to_string(options_.max_rows) + " rows");
    }
  }
}

void Scan::TakeHeader(Row row) {
  out_.data_at = row.end;
  out_.data_line = row.next_line;
  out_.columns = row.fields.size();
  if (row.kind != Row::Kind::kRow) Refuse("header", "the header cannot be read: " + row.reason);
  reader_.ExpectColumns(row.fields.size());
  header_ = std::move(row);
}

void Scan::CheckHeader(const std::vector<std::string>& names) {
  std::vector<std::string> found;
  found.reserve(names.size());
  for (const std::string& name : names) found.push_back(LowerAscii(Trim(name)));
  for (size_t i = 0; i < options_.columns.size(); ++i)
    if (i >= found.size() || found[i] != LowerAscii(options_.columns[i]))
      return Refuse("header", "column " + std::to_string(i + 1) + " is not '" +
                                  options_.columns[i] + "', as agreed");
  if (!options_.columns.empty() && found.size() != options_.columns.size())
    return Refuse("header", "it has " + std::to_string(found.size()) + " columns, agreed were " +
                                std::to_string(options_.columns.size()));
  for (const std::string& wanted : options_.required)
    if (std::find(found.begin(), found.end(), LowerAscii(wanted)) == found.end())
      return Refuse("header", "the column '" + wanted + "' is missing");
  std::sort(found.begin(), found.end());
  if (std::adjacent_find(found.begin(), found.end()) != found.end())
    Refuse("header", "two columns have the same name");
}

void Scan::CheckTrailer(const Row& row) {
  trailer_seen_ = true;
  if (row.fields.size() < 2 || !IsCount(row.fields[1]))
    return Refuse("trailer-count", "the trailer row has no count in its second column");
  trailer_rows_ = std::strtoull(row.fields[1].c_str(), nullptr, 10);
}

void Scan::DecideCharset() {
  utf8_ = utf8_ && tail_.empty();
  if (options_.charset.force) {
    out_.charset = *options_.charset.force;
    const bool wants_utf8 = out_.charset == hl7::Charset::kUtf8;
    out_.charset_guessed = wants_utf8 && !utf8_;
    if (out_.charset_guessed) out_.charset = options_.charset.fallback;
    return;
  }
  // No byte of these sets is wrong, so only UTF-8 can be told from the bytes.
  out_.charset = utf8_ ? hl7::Charset::kUtf8 : options_.charset.fallback;
  out_.charset_guessed = !utf8_;
}

Scanned Scan::Finish() {
  if (!began_) Begin();
  reader_.Finish();
  TakeRows();
  DecideCharset();
  if (!header_) {
    Refuse("empty", "there is not even a header");
    return std::move(out_);
  }
  out_.header = hl7::ToUtf8(header_->raw, out_.charset);
  std::vector<std::string> names;
  for (const std::string& name : header_->fields) names.push_back(hl7::ToUtf8(name, out_.charset));
  CheckHeader(names);
  if (!last_whole_ && ends_ > 0)
    Refuse("truncated", "the last row has no line end and the others have one");
  if (open_) Refuse("truncated", "the file ends within a quoted value");
  if (!options_.rows.trailer.empty() && !trailer_seen_)
    Refuse("trailer-missing", "the trailer row is missing");
  if (trailer_seen_ && trailer_rows_ != out_.rows)
    Refuse("trailer-count", "the trailer row says " + std::to_string(trailer_rows_) +
                                " rows, there are " + std::to_string(out_.rows));
  return std::move(out_);
}

}  // namespace sam::csv
