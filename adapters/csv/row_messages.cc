#include "adapters/csv/row_messages.h"

#include <utility>

namespace sam::csv {

RowMessages::RowMessages(const CsvOptions& options, const Scanned& scanned, std::string name,
                         bool baseline)
    : reader_(options.rows), charset_(scanned.charset) {
  reader_.ExpectColumns(scanned.columns);
  reader_.StartAt(scanned.data_at, scanned.data_line);
  envelope_.separator = options.rows.separator;
  envelope_.charset_guessed = scanned.charset_guessed;
  envelope_.baseline = baseline;
  envelope_.file = std::move(name);
  envelope_.header = scanned.header;
}

std::optional<RowMessage> RowMessages::Next() {
  std::optional<Row> row = reader_.Next();
  while (row && row->kind == Row::Kind::kTrailer) row = reader_.Next();
  if (!row) return std::nullopt;
  envelope_.line = row->line;
  envelope_.row = hl7::ToUtf8(row->raw, charset_);
  return RowMessage{WriteEnvelope(envelope_), row->line, row->end, row->next_line};
}

}  // namespace sam::csv
