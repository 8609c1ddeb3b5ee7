#include "adapters/xml/record_cutter.h"

#include <algorithm>
#include <utility>

#include "broker/base/text.h"

namespace sam::xml {
namespace {

// Beyond it the file is given up, also within a record: libxml2 keeps a name for each open element.
constexpr size_t kMaxOpen = 256;

// `one_line`: line ends are written as references.
void Escape(std::string_view text, bool one_line, bool attribute, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += attribute ? "&quot;" : "\""; break;
      case '\r': out += "&#13;"; break;
      case '\n':
        if (one_line || attribute)
          out += "&#10;";
        else
          out += c;
        break;
      case '\t':
        if (attribute)
          out += "&#9;";
        else
          out += c;
        break;
      default: out += c;
    }
  }
}

void AddAttribute(std::string_view name, std::string_view value, std::string& out) {
  out.append(" ").append(name).append("=\"");
  Escape(value, true, true, out);
  out += '"';
}

std::string QName(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + ":" + name;
}

// "<name ..." without its end.
std::string OpenTag(const SaxStart& start) {
  std::string out = "<";
  out.append(QName(start.prefix, start.name));
  for (const auto& [prefix, ns] : start.declared)
    AddAttribute(prefix.empty() ? "xmlns" : "xmlns:" + prefix, ns, out);
  for (const SaxAttribute& one : start.attributes)
    AddAttribute(QName(one.prefix, one.name), one.value, out);
  return out;
}

}  // namespace

std::optional<CutRecord> RecordCutter::Next() {
  while (ready_.empty() && parser_.Step()) {
  }
  if (ready_.empty()) return std::nullopt;
  CutRecord out = std::move(ready_.front());
  ready_.pop_front();
  return out;
}

bool RecordCutter::CheckRoot(const SaxStart& start) {
  if (!options_.ns.empty() && start.ns != options_.ns) {
    parser_.Stop("namespace", "the root element is not of the namespace " + options_.ns);
    return false;
  }
  if (options_.record.size() > 1 && options_.record[0] != "*" && options_.record[0] != start.name) {
    parser_.Stop("root", "the root element is not " + options_.record[0]);
    return false;
  }
  return true;
}

void RecordCutter::Open(const SaxStart& start) {
  if (depth_inside_ > 0) {
    ++depth_inside_;
    if (levels_.size() + depth_inside_ > kMaxOpen) {
      parser_.Stop("too-deep", "line " + std::to_string(start.line) + ": more than " +
                                   std::to_string(kMaxOpen) + " elements deep");
      return;
    }
    CutIfTooDeep();
    std::string tag = OpenTag(start);
    Pad(start.line, tag);
    AddInside(tag.append(">"));
    return;
  }
  if (names_.empty() && !CheckRoot(start)) return;
  names_.push_back(start.name);
  const bool seen = options_.ns.empty() || start.ns == options_.ns;
  if (!seen || !IsRecord(options_, names_)) {
    OpenOutside(start);
    return;
  }
  if (++records_ > options_.max_records) {
    parser_.Stop("too-many-records", "the limit is " + std::to_string(options_.max_records));
    return;
  }
  depth_inside_ = 1;
  record_ = CutRecord();
  record_.number = records_;
  record_.line = lines_out_ = start.line;
  AddInside(OpenTag(start).append(">"));
  CutIfTooDeep();  // its beginning stays, for a person to see
}

void RecordCutter::CutIfTooDeep() {
  if (levels_.size() + depth_inside_ > options_.max_depth && record_.cut.empty())
    record_.cut = "too-deep";
}

void RecordCutter::OpenOutside(const SaxStart& start) {
  if (names_.size() > options_.max_depth) {
    parser_.Stop("too-deep", "line " + std::to_string(start.line) + ": more than " +
                                 std::to_string(options_.max_depth) + " elements deep");
    return;
  }
  Level level;
  level.qname = QName(start.prefix, start.name);
  levels_.push_back(std::move(level));
  AddOutside(OpenTag(start).append(">"));
}

void RecordCutter::Close(const std::string& qname, uint64_t line) {
  if (depth_inside_ == 0) {
    CloseOutside();
    return;
  }
  std::string tag = "</";
  tag.append(qname);
  Pad(line, tag);
  AddInside(tag.append(">"));
  if (--depth_inside_ == 0) EndRecord();
}

void RecordCutter::EndRecord() {
  names_.pop_back();
  for (Level& level : levels_) {
    level.has_record = true;
    level.after_record = level.text.size();
  }
  if (record_.number >= first_) {
    record_.bytes = Document();
    ready_.push_back(std::move(record_));
  }
  record_ = CutRecord();
}

// What holds records is over with them; what holds none is a part of what is around it.
void RecordCutter::CloseOutside() {
  names_.pop_back();
  Level level = std::move(levels_.back());
  levels_.pop_back();
  outside_bytes_ -= level.text.size();
  if (levels_.empty()) {
    if (level.has_record) tail_ = level.text.substr(level.after_record);
    return;
  }
  if (level.has_record) return;
  AddOutside(level.text.append("</").append(level.qname).append(">"));
}

void RecordCutter::Text(std::string_view text) {
  std::string out;
  if (depth_inside_ > 0) {
    Escape(text, false, false, out);
    lines_out_ += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
    AddInside(out);
  } else if (!levels_.empty()) {
    // Outside of records runs of white space are one blank, or nothing between tags.
    char before = levels_.back().text.back();
    std::string plain;
    for (const char c : text) {
      const bool white = Trim(std::string_view(&c, 1)).empty();
      if (!white || (before != '>' && before != ' ')) plain += white ? ' ' : c;
      before = white ? (before == '>' ? '>' : ' ') : '.';
    }
    Escape(plain, true, false, out);
    AddOutside(out);
  }
}

void RecordCutter::AddOutside(std::string_view text) {
  levels_.back().text.append(text);
  outside_bytes_ += text.size();
  if (outside_bytes_ > options_.max_header_bytes)
    parser_.Stop("header-too-large",
                 "line " + std::to_string(parser_.line()) + ": more than " +
                     std::to_string(options_.max_header_bytes >> 10) +
                     " KiB outside of records (max_header_kb); is record the right element?");
}

void RecordCutter::AddInside(std::string_view text) {
  if (!record_.cut.empty() || record_.number < first_) return;
  size_t room = options_.max_record_bytes - record_.bytes.size();
  if (text.size() > room) {
    record_.cut = "too-large";
    // Whole characters only: what is kept is UTF-8.
    while (room > 0 && (static_cast<unsigned char>(text[room]) & 0xc0) == 0x80) --room;
  }
  record_.bytes.append(text.substr(0, room));
}

// Tags over several lines and comments are written on one line, or not at all: the line ends that
// they had come here, so that a line of the document is a line of the file.
void RecordCutter::Pad(uint64_t line, std::string& out) {
  if (line <= lines_out_ || !record_.cut.empty()) return;
  const auto missing =
      static_cast<size_t>(std::min<uint64_t>(line - lines_out_, options_.max_record_bytes));
  out.append(missing, '\n');
  lines_out_ = line;
}

std::string RecordCutter::Document() const {
  std::string out;
  for (const Level& level : levels_) out.append(level.text);
  out.append("\n").append(record_.bytes).append("\n");
  for (size_t i = levels_.size(); i > 0; --i) {
    if (i == 1) out.append(tail_);
    out.append("</").append(levels_[i - 1].qname).append(">");
  }
  return out.append("\n");
}

}  // namespace sam::xml
