#include "adapters/csv/row_reader.h"

#include <algorithm>
#include <utility>

namespace sam::csv {
namespace {

// Lines are cut before libcsv sees them, so a CR within a line is content and not a second end.
int IsLineEnd(unsigned char c) { return c == '\n' ? 1 : 0; }

// All of them belong to the line's end, or a row written again with one end would be another row: what
// holds only blanks before them is a blank line.
std::string_view WithoutEnd(std::string_view line) {
  return line.substr(0, line.find_last_not_of('\r') + 1);
}

}  // namespace

RowReader::RowReader(RowOptions options) : options_(std::move(options)) {
  csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
  csv_set_delim(&parser_, static_cast<unsigned char>(options_.separator));
  csv_set_term_func(&parser_, IsLineEnd);
}

RowReader::~RowReader() { csv_free(&parser_); }

void RowReader::StartAt(uint64_t offset, uint64_t line) {
  offset_ = offset;
  line_ = line;
}

void RowReader::Feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes);
}

void RowReader::OnField(void* bytes, size_t size, void* self) {
  auto* reader = static_cast<RowReader*>(self);
  if (reader->fields_.size() >= reader->options_.max_columns) {
    reader->trouble_ = "columns";
    return;
  }
  reader->fields_.emplace_back(size == 0 ? "" : static_cast<const char*>(bytes), size);
}

void RowReader::OnRow(int, void* self) { static_cast<RowReader*>(self)->row_done_ = true; }

RowReader::Line RowReader::FindLine(std::string_view& line) {
  const std::string_view rest = Rest();
  const size_t end = rest.find('\n', at_);
  if (end == std::string::npos && !finished_) return Line::kNone;
  const bool last = end == std::string::npos;
  if (last && at_ >= rest.size() && lines_ == 0) return Line::kNone;
  line = rest.substr(at_, last ? std::string::npos : end - at_);
  at_ = last ? rest.size() : end + 1;
  ++lines_;
  if (lines_ == 1) first_end_ = at_;
  line = WithoutEnd(line);
  return last ? Line::kLast : Line::kWhole;
}

void RowReader::TakeLine(std::string_view line, bool last) {
  if (line.find('\0') != std::string_view::npos) trouble_ = "zero-byte";
  if (csv_parse(&parser_, line.data(), line.size(), OnField, OnRow, this) != line.size())
    trouble_ = "quotes";
  if (trouble_ != nullptr) return;
  // In strict mode the end of the input tells an open quote, a line end does not.
  if (last) {
    open_at_end_ = csv_fini(&parser_, OnField, OnRow, this) != 0;
    if (open_at_end_) trouble_ = "quotes";
    row_done_ = trouble_ == nullptr;
  } else if (csv_parse(&parser_, "\n", 1, OnField, OnRow, this) != 1) {
    trouble_ = "quotes";
  }
}

std::optional<Row> RowReader::Next() {
  for (;;) {
    if (skipping_) return Skip();
    std::string_view line;
    const Line found = FindLine(line);
    if (found == Line::kNone) {
      if (Rest().size() <= options_.max_row_bytes) return std::nullopt;
      if (lines_ > 0) return Broken("too-long");
      skipping_ = true;
      continue;
    }
    if (at_ > options_.max_row_bytes || lines_ > options_.max_row_lines) return Broken("too-long");
    TakeLine(line, found == Line::kLast);
    if (trouble_ != nullptr) return Broken(trouble_);
    if (!row_done_) continue;
    if (fields_.empty()) {  // a blank line
      const size_t lines = lines_;
      Drop(at_);
      line_ += lines;
      Restart();
      continue;
    }
    const bool trailer = !options_.trailer.empty() && fields_.front() == options_.trailer;
    if (!trailer && columns_ != 0 && fields_.size() != columns_) return Broken("columns");
    Row row = Done(found == Line::kWhole);
    if (trailer) row.kind = Row::Kind::kTrailer;
    return row;
  }
}

Row RowReader::Done(bool complete) {
  Row row;
  row.raw = Rest().substr(0, at_ - (complete ? 1 : 0));
  if (complete) row.raw.resize(WithoutEnd(row.raw).size());
  row.fields = std::move(fields_);
  row.line = line_;
  row.complete = complete;
  const size_t lines = lines_;
  Drop(at_);
  row.end = offset_;
  line_ += lines;
  row.next_line = line_;
  Restart();
  return row;
}

// Gives up the first line only; what was read beyond it is read again.
Row RowReader::Broken(const char* reason) {
  Row row;
  row.kind = Row::Kind::kBroken;
  row.reason = reason;
  row.line = line_;
  row.open_at_end = open_at_end_;
  const bool complete = Rest()[first_end_ - 1] == '\n';
  const size_t size = first_end_ - (complete ? 1 : 0);
  row.complete = complete;
  row.raw = Rest().substr(0, std::min(size, options_.max_row_bytes));
  if (complete && size < options_.max_row_bytes) row.raw.resize(WithoutEnd(row.raw).size());
  Drop(first_end_);
  row.end = offset_;
  line_ += 1;
  row.next_line = line_;
  Restart();
  return row;
}

// A line without an end in sight: its beginning is kept, the rest is passed over.
std::optional<Row> RowReader::Skip() {
  const size_t end = Rest().find('\n', options_.max_row_bytes);
  const bool complete = end != std::string::npos;
  if (!complete && !finished_) {
    offset_ += Rest().size() - options_.max_row_bytes;
    buffer_.resize(begin_ + options_.max_row_bytes);
    return std::nullopt;
  }
  Row row;
  row.kind = Row::Kind::kBroken;
  row.reason = "too-long";
  row.line = line_;
  row.complete = complete;
  row.raw = Rest().substr(0, options_.max_row_bytes);
  Drop(complete ? end + 1 : Rest().size());
  row.end = offset_;
  line_ += 1;
  row.next_line = line_;
  skipping_ = false;
  Restart();
  return row;
}

void RowReader::Restart() {
  // csv_fini closes what is open; its fields are those of a row that is over.
  parser_.options = static_cast<unsigned char>(parser_.options & ~CSV_STRICT_FINI);
  csv_fini(&parser_, nullptr, nullptr, nullptr);
  parser_.options = static_cast<unsigned char>(parser_.options | CSV_STRICT_FINI);
  fields_.clear();
  row_done_ = false;
  open_at_end_ = false;
  trouble_ = nullptr;
  lines_ = 0;
  at_ = 0;
  first_end_ = 0;
}

void RowReader::Drop(size_t bytes) {
  begin_ += bytes;
  offset_ += bytes;
}

}  // namespace sam::csv
