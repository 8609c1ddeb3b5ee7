// CsvDecoder: one row in its envelope to a record with a name. Serves the live feed, the dry run
// (which gives it whole files) and rows sent again from quarantine.
// Threads: one, the pipeline's. Owned by main.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/csv/csv_record.h"
#include "adapters/csv/envelope.h"
#include "adapters/csv/options.h"
#include "adapters/hl7/zone.h"
#include "adapters/kit/decoder.h"
#include "adapters/kit/source_kind.h"

namespace sam::csv {

// Settings of a connector that carries CSV are of this class too.
class CarriesCsv {
 public:
  virtual ~CarriesCsv() = default;
  CsvOptions csv;
};

class CsvDecoder final : public kit::Decoder {
 public:
  // kInvalid: the connector carries no CSV, the mapping names a column that the header does not
  // have, or the zone is not known.
  static Result<std::unique_ptr<kit::Decoder>> Make(const kit::DecoderParts& parts);

  Result<kit::Decoded> Decode(const std::string& bytes, const std::string& peer) override;
  Result<std::vector<std::string>> Sample(const std::string& name, std::string bytes) override;

 private:
  CsvDecoder(const kit::DecoderParts& parts, const CsvFormat& format, const CsvOptions& options,
             hl7::Zone zone);
  struct Column {
    std::string name;       // small letters
    bool repeated = false;  // a later column of the same name counts
  };
  bool LearnHeader(const Envelope& envelope);  // false: it cannot be read
  CsvRow RowOf(std::vector<std::string> fields, bool charset_guessed) const;
  bool IsPerson(std::string_view text) const;
  std::string IdOf(const CsvRow& row) const;  // empty: no column names it

  const kit::AdapterConfig& config_;
  const Clock& clock_;
  const CsvFormat& format_;
  const CsvOptions& options_;
  hl7::Zone zone_;
  // As the options name them, in small letters: read once, not for each row.
  std::string trigger_;  // empty: rows have none
  std::vector<std::string> ids_;
  std::vector<std::string> persons_;
  std::vector<std::string> own_;  // trigger and ids
  KnownHeader known_;  // of the last message, and its columns
  std::vector<Column> columns_;
};

}  // namespace sam::csv
