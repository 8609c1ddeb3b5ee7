// RowReader: the rows of a CSV file, from pieces of any size (libcsv does the quoting rules). Bytes
// go in, rows come out; nothing larger than one row and one piece is ever in memory.
// Any thread, one at a time. Owned by whoever reads the file. Limits: see RowOptions.
//
// A row that cannot be read gives up one line only: with a quote that is never closed, the lines
// after it are read again as rows of their own, so that one slip does not swallow a file.
#pragma once

#include <csv.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sam::csv {

struct RowOptions {
  char separator = ';';
  size_t max_row_bytes = size_t{64} << 10;
  size_t max_row_lines = 64;  // line ends may stand in quoted fields
  size_t max_columns = 256;
  std::string trailer;  // a row whose first field is this closes the file; empty: none does
};

struct Row {
  enum class Kind { kRow, kBroken, kTrailer };
  Kind kind = Kind::kRow;
  std::string raw;                  // as in the file, without its line end
  std::vector<std::string> fields;  // without outer blanks if unquoted; line ends are LF
  uint64_t line = 0;                // of its first line, from 1
  uint64_t next_line = 0;           // the line after it
  uint64_t end = 0;                 // bytes of the input up to and with its line end
  bool complete = true;             // had a line end
  bool open_at_end = false;         // broken: the input ended within its quotes
  std::string reason;               // broken: "quotes", "columns", "too-long", "zero-byte"
};

class RowReader {
 public:
  explicit RowReader(RowOptions options);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  uint64_t offset() const { return offset_; }  // of the row that comes next
  // The input goes on from here: after a restart, the byte and the line that come next.
  void StartAt(uint64_t offset, uint64_t line);
  // Rows of another number of fields are broken from now on; 0: any number will do.
  void ExpectColumns(size_t columns) { columns_ = columns; }

  void Feed(std::string_view bytes);
  void Finish() { finished_ = true; }  // no more bytes
  // Empty: feed more, or at the end after Finish. Blank lines are passed over.
  std::optional<Row> Next();

 private:
  enum class Line { kNone, kWhole, kLast };
  Line FindLine(std::string_view& line);
  void TakeLine(std::string_view line, bool last);
  std::optional<Row> Skip();
  Row Broken(const char* reason);
  Row Done(bool complete);
  void Restart();
  void Drop(size_t bytes);
  static void OnField(void* bytes, size_t size, void* self);
  static void OnRow(int, void* self);

  RowOptions options_;
  csv_parser parser_{};
  size_t columns_ = 0;
  std::string_view Rest() const { return std::string_view(buffer_).substr(begin_); }

  std::string buffer_;
  size_t begin_ = 0;      // of the row at hand in the buffer; the places below count from here
  size_t at_ = 0;         // where its next line begins
  size_t first_end_ = 0;  // where its second line begins
  size_t lines_ = 0;      // of the row at hand, taken so far
  uint64_t offset_ = 0;   // of the row at hand in the input
  uint64_t line_ = 1;     // of the row at hand
  bool finished_ = false;
  bool skipping_ = false;  // the rest of a line that was too long
  std::vector<std::string> fields_;
  bool row_done_ = false;
  bool open_at_end_ = false;
  const char* trouble_ = nullptr;
};

}  // namespace sam::csv
