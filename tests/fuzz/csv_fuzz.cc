// Any bytes as a CSV file: where the reads fall never changes what comes out, nothing is larger
// than its limit, going on in the middle gives the same rows, and each row survives its envelope.
// The first three bytes choose the options and the size of the reads.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/csv/csv_record.h"
#include "adapters/csv/envelope.h"
#include "adapters/csv/row_messages.h"
#include "adapters/csv/row_reader.h"
#include "adapters/csv/scan.h"
#include "broker/base/text.h"

namespace {

using namespace sam::csv;

std::vector<Row> Read(std::string_view bytes, size_t step, const RowOptions& options,
                      size_t columns, uint64_t offset = 0, uint64_t line = 1) {
  RowReader reader(options);
  reader.ExpectColumns(columns);
  reader.StartAt(offset, line);
  std::vector<Row> out;
  for (size_t at = 0; at < bytes.size(); at += step) {
    reader.Feed(bytes.substr(at, step));
    while (auto row = reader.Next()) out.push_back(std::move(*row));
  }
  reader.Finish();
  while (auto row = reader.Next()) out.push_back(std::move(*row));
  return out;
}

bool Same(const Row& a, const Row& b) {
  return a.kind == b.kind && a.raw == b.raw && a.fields == b.fields && a.line == b.line &&
         a.end == b.end && a.complete == b.complete && a.reason == b.reason &&
         a.next_line == b.next_line && a.open_at_end == b.open_at_end;
}

void CheckRows(std::string_view bytes, size_t step, const RowOptions& options, size_t columns) {
  const std::vector<Row> whole = Read(bytes, bytes.size() + 1, options, columns);
  const std::vector<Row> pieces = Read(bytes, step, options, columns);
  if (whole.size() != pieces.size()) std::abort();
  uint64_t line = 0, end = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (!Same(whole[i], pieces[i])) std::abort();
    if (whole[i].line <= line || whole[i].end <= end || whole[i].end > bytes.size()) std::abort();
    if (whole[i].raw.size() > options.max_row_bytes) std::abort();
    if (whole[i].fields.size() > options.max_columns) std::abort();
    line = whole[i].line;
    end = whole[i].end;
  }
  if (whole.empty()) return;
  const size_t middle = whole.size() / 2;
  const std::vector<Row> rest = Read(bytes.substr(static_cast<size_t>(whole[middle].end)), step,
                                     options, columns, whole[middle].end, whole[middle].next_line);
  if (rest.size() != whole.size() - middle - 1) std::abort();
  for (size_t i = 0; i < rest.size(); ++i)
    if (!Same(rest[i], whole[middle + 1 + i])) std::abort();
}

void CheckMessages(std::string_view bytes, size_t step, const CsvOptions& options) {
  Scan scan(options);
  for (size_t at = 0; at < bytes.size(); at += step) scan.Feed(bytes.substr(at, step));
  const Scanned scanned = scan.Finish();
  if (!sam::IsValidUtf8(scanned.header)) std::abort();
  if (!scanned.refusal.empty()) return;
  RowMessages rows(options, scanned, "a b\n.csv", (bytes.size() & 1) != 0);
  rows.Feed(bytes.substr(static_cast<size_t>(scanned.data_at)));
  rows.Finish();
  uint64_t count = 0;
  while (auto row = rows.Next()) {
    ++count;
    const auto envelope = ReadEnvelope(row->bytes);
    if (!envelope.ok() || envelope->line != row->line) std::abort();
    if (envelope->header != scanned.header) std::abort();
  }
  if (count != scanned.rows) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  CsvOptions options;
  options.rows.separator = data[0] % 3 == 0 ? ';' : data[0] % 3 == 1 ? ',' : '\t';
  options.rows.max_row_bytes = 1 + data[1];
  options.rows.max_row_lines = 1 + data[0] / 64;
  options.rows.max_columns = 1 + data[0] / 16;
  if ((data[2] & 0x80) != 0) options.rows.trailer = "S";
  const size_t step = 1 + data[2] % 11;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  CheckRows(bytes, step, options.rows, data[1] % 4);
  CheckMessages(bytes, step, options);
  static_cast<void>(ReadEnvelope(bytes).ok());
  static const sam::hl7::Zone zone = sam::hl7::Zone::Find("Europe/Stockholm").value();
  CsvFormat format;
  const auto place = format.Compile(bytes.substr(0, 40));
  CsvRow values;
  values.values["a"] = std::string(bytes);
  const CsvRecord record(format, std::move(values), zone, sam::Millis(1'772'000'000'000));
  if (place.ok()) {
    record.All(*place, {});
    record.Identifiers(*place, {});
  }
  for (const char* text : {"a", "number(a)", "list(a)", "adult(a)", "a:2", "cased(a)"}) {
    const auto known = format.Compile(text);
    if (!known.ok()) std::abort();
    record.All(*known, {"a", 1});
    record.Identifiers(*known, {});
  }
  static_cast<void>(record.Count("a"));
  static_cast<void>(record.Time(bytes).ok());
  static_cast<void>(record.Date(bytes).ok());
  return 0;
}
