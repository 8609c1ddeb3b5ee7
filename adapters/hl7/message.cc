#include "adapters/hl7/message.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "adapters/hl7/escape.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

constexpr std::string_view kNull = "\"\"";

bool IsLineEnd(char c) { return c == '\r' || c == '\n'; }

// "PID|" or "PID" at the end of the line.
bool HasSegmentName(std::string_view line, char field_separator) {
  if (line.size() < 3 || (line.size() > 3 && line[3] != field_separator)) return false;
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return is_capital(line[0]) && (is_capital(line[1]) || is_digit(line[1])) &&
         (is_capital(line[2]) || is_digit(line[2]));
}

bool IsHeaderName(std::string_view name) { return name == "MSH" || name == "FHS" || name == "BHS"; }

Error Refuse(ErrorCode* code, ErrorCode why, std::string text) {
  if (code != nullptr) *code = why;
  return Invalid(std::move(text) + " (HL7 error code " + std::to_string(static_cast<int>(why)) +
                 ")");
}

// Why these bytes are no message; they do not begin with MSH.
Error NoHeader(std::string_view text, ErrorCode* code) {
  if (text.empty()) {
    return Refuse(code, ErrorCode::kSegmentSequence, "empty message: no MSH segment");
  }
  if (text[0] == '<') {
    return Refuse(code, ErrorCode::kMessageType,
                  "the message is XML; only the ER7 form (MSH|^~\\&|) is read, send that");
  }
  if (text[0] == '{' || text[0] == '[') {
    return Refuse(code, ErrorCode::kMessageType, "the message is JSON, not HL7 v2");
  }
  const std::string_view name = text.substr(0, 3);
  if (name == "FHS" || name == "BHS") {
    return Refuse(code, ErrorCode::kSegmentSequence,
                  "this is a batch (it begins with FHS or BHS): split it into its messages first");
  }
  return Refuse(code, ErrorCode::kSegmentSequence, "the message does not begin with MSH");
}

// OBX-5 has the form that OBX-2 says; as text it holds & and ^ that no sender has escaped. Whoever
// names no part of it wants what was written, and all of it.
bool IsWholeResult(const Selector& selector) {
  return selector.segment == "OBX" && selector.field == 5 && selector.component == 0;
}

}  // namespace

std::string_view Segment::id() const {
  const auto& place = message_->segments_[index_];
  return place.named ? std::string_view(message_->raw_).substr(place.begin, 3) : std::string_view();
}

std::string_view Segment::raw() const {
  const auto& place = message_->segments_[index_];
  return std::string_view(message_->raw_).substr(place.begin, place.end - place.begin);
}

size_t Segment::field_count() const {
  const size_t pieces = message_->segments_[index_].field_count;
  return IsHeaderName(id()) ? pieces : pieces - 1;
}

std::string_view Segment::Field(size_t number) const { return message_->FieldOf(index_, number); }

Result<Message> Message::Parse(std::string raw, const CharsetPolicy& policy, ErrorCode* code) {
  if (code != nullptr) *code = ErrorCode::kAccepted;
  if (raw.size() > kMaxBytes) {
    return Refuse(code, ErrorCode::kTooLong, "the message is larger than 1 GiB");
  }
  if (LooksLikeWideUnicode(raw)) {
    return Refuse(code, ErrorCode::kDataType,
                  "the message is UTF-16 or UTF-32, which MLLP cannot carry; send UTF-8");
  }
  Message message;
  message.raw_ = std::move(raw);
  const std::string_view text = SkipLeading(message.raw_);
  if (text.substr(0, 3) != "MSH") return NoHeader(text, code);
  const Header header = ReadHeader(text);
  if (header.segment.size() < 4 || header.segment.data() != text.data()) {
    return Refuse(code, ErrorCode::kSegmentSequence, "MSH holds no separators");
  }
  auto delimiters = ReadDelimiters(header.segment[3], header.Field(2));
  if (!delimiters.ok()) {
    return Refuse(code, ErrorCode::kSegmentSequence, delimiters.error().message);
  }
  message.delimiters_ = *delimiters;
  const std::string_view msh18 = Part(header.Field(18), message.delimiters_.repetition, 1);
  auto charset = DecideCharset(message.raw_, msh18, policy);
  if (!charset.ok()) return Refuse(code, ErrorCode::kDataType, charset.error().message);
  message.charset_ = std::move(charset).value();
  if (!message.CutSegments(static_cast<size_t>(text.data() - message.raw_.data()))) {
    return Refuse(code, ErrorCode::kTooLong,
                  "the message has more segments or fields than the "
                  "reader's limit");
  }
  if (message.HeaderLines() > 1) {
    return Refuse(code, ErrorCode::kSegmentSequence,
                  "several messages in one: split them as a batch first");
  }
  return message;
}

// LF ends a segment when the header ends in LF; in a message of CR, only when a segment name
// follows: otherwise it is a line break that the sender forgot to escape, and its text is kept.
bool Message::CutSegments(size_t begin) {
  const std::string_view all = raw_;
  const char separator = delimiters_.field;
  segments_.reserve(16);
  field_starts_.reserve(std::min<size_t>(all.size() / 6 + 8, 4096));
  size_t header_end = begin;
  while (header_end < all.size() && !IsLineEnd(all[header_end])) ++header_end;
  const bool strict_cr =
      header_end < all.size() && all[header_end] == '\r' && all.substr(header_end, 2) != "\r\n";
  size_t from = begin;
  for (size_t at = begin; at <= all.size(); ++at) {
    const bool end_of_data = at == all.size();
    if (!end_of_data && !IsLineEnd(all[at])) continue;
    if (!end_of_data && all[at] == '\n' && strict_cr && at > from) {
      const size_t next_end = std::min(all.find_first_of("\r\n", at + 1), all.size());
      const std::string_view next = all.substr(at + 1, next_end - at - 1);
      if (!next.empty() && !HasSegmentName(next, separator)) continue;
    }
    if (at > from) {
      if (segments_.size() == kMaxSegments) return false;
      AddSegment(from, at);
      if (field_starts_.size() > kMaxFields) return false;
    }
    from = at + 1;
  }
  return true;
}

void Message::AddSegment(size_t begin, size_t end) {
  const std::string_view line = std::string_view(raw_).substr(begin, end - begin);
  if (Trim(line).empty()) return;
  SegmentPlace place;
  place.begin = static_cast<uint32_t>(begin);
  place.end = static_cast<uint32_t>(end);
  place.first_field = static_cast<uint32_t>(field_starts_.size());
  place.named = HasSegmentName(line, delimiters_.field);
  field_starts_.push_back(place.begin);
  for (size_t at = line.find(delimiters_.field); at != std::string_view::npos;
       at = line.find(delimiters_.field, at + 1)) {
    field_starts_.push_back(static_cast<uint32_t>(begin + at + 1));
  }
  place.field_count = static_cast<uint32_t>(field_starts_.size()) - place.first_field;
  if (place.named) {
    const std::string_view name = line.substr(0, 3);
    auto at = places_.find(name);
    if (at == places_.end()) at = places_.emplace(name, std::vector<uint32_t>()).first;
    at->second.push_back(static_cast<uint32_t>(segments_.size()));
  } else {
    Warn(segments_.size(), "not a segment name; the line is kept as it came");
  }
  segments_.push_back(place);
}

// Lines that begin a message, also one that declares other separators than the first.
size_t Message::HeaderLines() const {
  size_t count = 0;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const std::string_view line = segment(i).raw();
    const bool id_ends = line.size() < 4 || std::isalnum(static_cast<unsigned char>(line[3])) == 0;
    count += line.substr(0, 3) == "MSH" && id_ends ? 1 : 0;
  }
  return count;
}

void Message::Warn(size_t segment, std::string text) {
  if (warnings_.size() < kMaxWarnings) warnings_.push_back({segment, std::move(text)});
}

Header Message::header() const {
  if (segments_.empty()) return ReadHeader(raw_);  // moved from
  Header out;
  out.found = out.delimiters_readable = true;
  out.delimiters = delimiters_;
  out.segment = segment(0).raw();
  const size_t end = std::min<size_t>(Header::kFields, segments_[0].field_count + size_t{1});
  for (size_t n = 0; n < end; ++n) out.fields[n] = FieldOf(0, n);
  return out;
}

std::string_view Message::Piece(const SegmentPlace& place, size_t index) const {
  if (index >= place.field_count) return {};
  const size_t from = field_starts_[place.first_field + index];
  const bool last = index + 1 == place.field_count;
  const size_t to = last ? place.end : field_starts_[place.first_field + index + 1] - 1;
  return std::string_view(raw_).substr(from, to - from);
}

std::string_view Message::FieldOf(size_t segment_index, size_t number) const {
  ++reads_;
  const SegmentPlace& place = segments_[segment_index];
  const std::string_view all = raw_;
  if (!place.named || !IsHeaderName(all.substr(place.begin, 3))) return Piece(place, number);
  // In headers field 1 is the separator itself, so the numbers run one ahead of the pieces.
  if (number == 1) return all.substr(place.begin, place.end - place.begin).substr(3, 1);
  return number == 0 ? Piece(place, 0) : Piece(place, number - 1);
}

const std::vector<uint32_t>& Message::Places(std::string_view id) const {
  static const std::vector<uint32_t> kNone;
  const auto found = places_.find(id);
  return found == places_.end() ? kNone : found->second;
}

std::optional<Segment> Message::Find(std::string_view id, size_t occurrence,
                                     SegmentRange range) const {
  const std::vector<uint32_t>& places = Places(id);
  const auto first = std::lower_bound(places.begin(), places.end(), range.first);
  if (occurrence == 0 || occurrence > static_cast<size_t>(places.end() - first)) return std::nullopt;
  const size_t index = *(first + static_cast<std::ptrdiff_t>(occurrence - 1));
  if (index >= range.last) return std::nullopt;
  return Segment(this, index);
}

size_t Message::Count(std::string_view id, SegmentRange range) const {
  const std::vector<uint32_t>& places = Places(id);
  const auto first = std::lower_bound(places.begin(), places.end(), range.first);
  return static_cast<size_t>(std::lower_bound(first, places.end(), range.last) - first);
}

Value Message::Decode(std::string_view raw_value) const {
  Value value;
  if (raw_value.empty()) return value;
  if (raw_value == kNull) {
    value.presence = Presence::kNull;
    return value;
  }
  EscapeNotes notes;
  value.presence = Presence::kValue;
  value.text = Unescape(raw_value, delimiters_, charset_.charset, &notes);
  value.odd_escape = notes.unknown + notes.unterminated > 0;
  return value;
}

Value Message::GetIn(std::string_view repetition, const Selector& selector) const {
  if (repetition == kNull) return Decode(kNull);  // the whole field is deleted, so each part is
  if (IsWholeResult(selector)) return Decode(repetition);
  const size_t component = std::max(1u, selector.component);
  const std::string_view part = Part(repetition, delimiters_.component, component);
  if (part == kNull) return Decode(kNull);
  const size_t subcomponent = std::max(1u, selector.subcomponent);
  return Decode(Part(part, delimiters_.subcomponent, subcomponent));
}

Value Message::Get(const Selector& selector, SegmentRange range) const {
  const auto found = Find(selector.segment, std::max(1u, selector.occurrence), range);
  if (!found) return {};
  const std::string_view field = found->Field(selector.field);
  if (IsHeaderName(selector.segment) && selector.field <= 2) {  // never cut the separators
    Value value;
    if (!field.empty()) value = {Presence::kValue, std::string(field), false};
    return value;
  }
  const size_t repetition = std::max(1u, selector.repetition);
  return GetIn(Part(field, delimiters_.repetition, repetition), selector);
}

Result<Value> Message::Get(std::string_view path) const {
  SAM_ASSIGN(const Selector selector, Selector::Parse(path));
  return Get(selector);
}

std::vector<Value> Message::GetAll(const Selector& selector, SegmentRange range) const {
  std::vector<Value> values;
  const std::vector<uint32_t>& places = Places(selector.segment);
  auto at = std::lower_bound(places.begin(), places.end(), range.first);
  auto end_at = std::lower_bound(at, places.end(), range.last);
  if (selector.occurrence != Selector::kAll) {
    if (selector.occurrence > static_cast<size_t>(end_at - at)) return values;
    at += static_cast<std::ptrdiff_t>(selector.occurrence - 1);
    end_at = at + 1;
  }
  for (; at != end_at; ++at) {
    const size_t i = *at;
    const SegmentRange one{i, i + 1};
    Selector here = selector;
    here.occurrence = 1;
    std::string_view field = FieldOf(i, selector.field);
    const bool separators = IsHeaderName(selector.segment) && selector.field <= 2;
    if (selector.repetition != Selector::kAll || separators) {
      values.push_back(Get(here, one));
      continue;
    }
    while (!field.empty()) {
      const size_t end =
          delimiters_.repetition == 0 ? std::string_view::npos : field.find(delimiters_.repetition);
      values.push_back(GetIn(field.substr(0, end), selector));
      if (end == std::string_view::npos) break;
      field.remove_prefix(end + 1);
    }
  }
  return values;
}

std::string_view Message::Raw(const Selector& selector, SegmentRange range) const {
  const auto found = Find(selector.segment, std::max(1u, selector.occurrence), range);
  if (!found) return {};
  std::string_view piece = found->Field(selector.field);
  if (IsHeaderName(selector.segment) && selector.field <= 2) return piece;
  piece = Part(piece, delimiters_.repetition, std::max(1u, selector.repetition));
  if (selector.component != 0) piece = Part(piece, delimiters_.component, selector.component);
  if (selector.subcomponent != 0)
    piece = Part(piece, delimiters_.subcomponent, selector.subcomponent);
  return piece;
}

}  // namespace sam::hl7
