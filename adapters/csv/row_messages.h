// RowMessages: the second walk over a file: its rows as messages that stand alone (envelope.h), one
// by one. Broken rows come too: what is wrong with them is found again, and said, by the decoder.
// Any thread, one at a time. Memory as RowReader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/csv/envelope.h"
#include "adapters/csv/options.h"
#include "adapters/csv/row_reader.h"
#include "adapters/csv/scan.h"

namespace sam::csv {

struct RowMessage {
  std::string bytes;
  uint64_t line = 0;
  uint64_t end = 0;        // where to go on: this byte ...
  uint64_t next_line = 0;  // ... is of this line
};

class RowMessages {
 public:
  // Starts after the header; StartAt goes on elsewhere. `name`: the file's, without folder.
  RowMessages(const CsvOptions& options, const Scanned& scanned, std::string name, bool baseline);
  void StartAt(uint64_t offset, uint64_t line) { reader_.StartAt(offset, line); }

  void Feed(std::string_view bytes) { reader_.Feed(bytes); }
  void Finish() { reader_.Finish(); }
  std::optional<RowMessage> Next();  // empty: feed more, or at the end

 private:
  RowReader reader_;
  hl7::Charset charset_;
  Envelope envelope_;  // what all rows share
};

}  // namespace sam::csv
