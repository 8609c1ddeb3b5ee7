// Scan: the first walk over a file, before any of its rows is worked on: is it whole, is its
// header the one agreed on, which character set is it in, how many rows does it have. What it
// says is about the file as a whole; a row that cannot be read is not its concern.
// Any thread, one at a time. Pieces of any size go in; memory as RowReader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/csv/options.h"
#include "adapters/csv/row_reader.h"
#include "adapters/hl7/charset.h"

namespace sam::csv {

struct Scanned {
  // Empty: to be worked on. Else a code: "empty", "wide-unicode", "header", "truncated",
  // "trailer-missing", "trailer-count", "after-trailer", "too-many-rows".
  std::string refusal;
  std::string detail;  // no content of the file
  hl7::Charset charset = hl7::Charset::kUtf8;
  bool charset_guessed = false;
  std::string header;  // UTF-8, as in the file
  size_t columns = 0;
  uint64_t rows = 0;     // broken ones with them, without header and trailer
  uint64_t data_at = 0;  // the byte after the header
  uint64_t data_line = 1;
};

class Scan {
 public:
  explicit Scan(const CsvOptions& options) : options_(options), reader_(options.rows) {}
  void Feed(std::string_view bytes);
  Scanned Finish();

 private:
  void Begin();
  void Look(std::string_view bytes);
  void TakeRows();
  void TakeHeader(Row row);
  void CheckHeader(const std::vector<std::string>& names);
  void CheckTrailer(const Row& row);
  void DecideCharset();
  void Refuse(const char* code, std::string detail);

  const CsvOptions& options_;
  RowReader reader_;
  Scanned out_;
  std::string head_;  // held back until a byte order mark can be told
  bool began_ = false;
  std::string tail_;  // a character cut by the end of a piece
  bool ascii_ = true;
  bool utf8_ = true;
  std::optional<Row> header_;
  uint64_t ends_ = 0;  // rows with a line end
  bool last_whole_ = true;
  bool open_ = false;  // the input ended within quotes, and no sound row came after them
  bool trailer_seen_ = false;
  uint64_t trailer_rows_ = 0;
};

}  // namespace sam::csv
