#include "adapters/csv/kind.h"

#include "adapters/csv/csv_decoder.h"
#include "adapters/csv/csv_record.h"

namespace sam::csv {

kit::FormatKind CsvKind() {
  kit::FormatKind kind;
  kind.name = "csv";
  kind.make = [] { return std::make_unique<CsvFormat>(); };
  kind.decoder = [](const kit::DecoderParts& parts, Random) { return CsvDecoder::Make(parts); };
  kind.instead =
      "What a CSV file's characters are stands in [files.csv]: charset_force, charset_fallback.";
  return kind;
}

}  // namespace sam::csv
