#include "adapters/csv/csv_decoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/csv/row_messages.h"
#include "adapters/csv/row_reader.h"
#include "adapters/csv/scan.h"
#include "adapters/hl7/personnummer.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/mapping.h"
#include "broker/base/text.h"

namespace sam::csv {
namespace {

using kit::Decoded;
using kit::Unreadable;

// The one row in `text`; broken with a reason otherwise.
Row OneRow(std::string_view text, char separator, size_t columns, const RowOptions& limits) {
  RowOptions options = limits;
  options.separator = separator;
  options.trailer.clear();
  RowReader reader(options);
  reader.ExpectColumns(columns);
  reader.Feed(text);
  reader.Finish();
  std::optional<Row> row = reader.Next();
  if (!row) row.emplace().reason = "empty";
  if (row->reason.empty() && reader.Next()) row->reason = "several-rows";
  if (!row->reason.empty()) row->kind = Row::Kind::kBroken;
  return std::move(*row);
}

std::vector<std::string> LowerAll(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  out.reserve(names.size());
  for (const std::string& name : names) out.push_back(LowerAscii(name));
  return out;
}

std::string_view ValueIn(const CsvRow& row, const std::string& column) {
  const auto found = row.values.find(column);
  return found == row.values.end() ? std::string_view() : Trim(found->second);
}

Status CheckColumns(const CsvFormat& format, const CsvOptions& options,
                    const kit::Mapping& mapping) {
  if (options.columns.empty()) return Ok();  // more than the required ones may come
  const std::vector<std::string> known = LowerAll(options.columns);
  for (const std::string& column : format.Columns())
    if (std::find(known.begin(), known.end(), column) == known.end())
      return Invalid("the mapping " + mapping.id() + " reads a column '" + column +
                     "' that columns does not list" + NearestHint(column, known));
  return Ok();
}

}  // namespace

Result<std::unique_ptr<kit::Decoder>> CsvDecoder::Make(const kit::DecoderParts& parts) {
  const auto* format = dynamic_cast<const CsvFormat*>(&parts.mapping.format());
  if (format == nullptr) return Internal("this mapping is not for CSV");
  const auto* settings = dynamic_cast<const CarriesCsv*>(parts.config.connector_settings.get());
  if (settings == nullptr)
    return Invalid(parts.config.path + ": the mapping is for CSV, which comes in by [files]");
  if (settings->csv.columns.empty() && settings->csv.required.empty())
    return Invalid(parts.config.path +
                   ": say in [files.csv] what the header is: columns or "
                   "required_columns");
  SAM_TRY(CheckColumns(*format, settings->csv, parts.mapping));
  SAM_ASSIGN(const hl7::Zone zone,
             hl7::Zone::Find(parts.config.zone.empty() ? parts.mapping.zone() : parts.config.zone));
  return std::unique_ptr<kit::Decoder>(new CsvDecoder(parts, *format, settings->csv, zone));
}

CsvDecoder::CsvDecoder(const kit::DecoderParts& parts, const CsvFormat& format,
                       const CsvOptions& options, hl7::Zone zone)
    : config_(parts.config),
      clock_(parts.clock),
      format_(format),
      options_(options),
      zone_(zone),
      trigger_(LowerAscii(options.trigger_column)),
      ids_(LowerAll(options.id_columns)),
      persons_(LowerAll(options.person_columns)),
      own_(ids_) {
  own_.push_back(trigger_);
}

// Rows of a file come one after another: its header is read for the first of them.
bool CsvDecoder::LearnHeader(const Envelope& envelope) {
  if (envelope.separator == known_.separator && envelope.header == known_.text) return true;
  const Row header = OneRow(envelope.header, envelope.separator, 0, options_.rows);
  if (header.kind != Row::Kind::kRow) return false;
  std::vector<Column> columns;
  for (const std::string& field : header.fields) {
    const std::string name = LowerAscii(Trim(field));
    for (Column& before : columns) before.repeated |= before.name == name;
    columns.push_back({name, false});
  }
  columns_ = std::move(columns);
  known_ = {envelope.separator, envelope.header};
  return true;
}

CsvRow CsvDecoder::RowOf(std::vector<std::string> fields, bool charset_guessed) const {
  CsvRow out;
  for (size_t i = 0; i < columns_.size(); ++i)  // a cell that says nothing is as good as none
    if (!columns_[i].repeated && !fields[i].empty())
      out.values.emplace(columns_[i].name, std::move(fields[i]));
  out.patient_system = options_.patient_system;
  out.lenient_numbers = options_.lenient_numbers;
  out.charset_guessed = charset_guessed;
  out.own = &own_;
  return out;
}

bool CsvDecoder::IsPerson(std::string_view text) const {
  hl7::PersonNumberOptions number;
  number.today = clock_.Now();
  number.lenient = options_.lenient_numbers;
  return hl7::ReadPersonNumber(text, number).ok();
}

std::string CsvDecoder::IdOf(const CsvRow& row) const {
  std::string out;
  for (const std::string& id : ids_) out.append(out.empty() ? "" : "/").append(ValueIn(row, id));
  return out;
}

Result<Decoded> CsvDecoder::Decode(const std::string& bytes, const std::string&) {
  const Result<Envelope> envelope = ReadEnvelope(bytes, known_);
  if (!envelope.ok()) return Unreadable("unreadable", envelope.error().message);
  if (!LearnHeader(*envelope)) return Unreadable("unreadable", "the header cannot be read");
  Row row = OneRow(envelope->row, envelope->separator, columns_.size(), options_.rows);
  if (row.kind != Row::Kind::kRow)
    return Unreadable("row-" + row.reason, "line " + std::to_string(envelope->line) +
                                               " of its file is no row of this header");
  CsvRow record = RowOf(std::move(row.fields), envelope->charset_guessed);
  record.trigger = trigger_.empty() ? "ROW" : UpperAscii(ValueIn(record, trigger_));
  if (record.trigger.empty())
    return Unreadable("no-trigger", "the column '" + options_.trigger_column + "' is empty");
  for (size_t i = 0; i < persons_.size(); ++i)
    if (!IsPerson(ValueIn(record, persons_[i])))
      return Unreadable("no-person", "the column '" + options_.person_columns[i] +
                                         "' holds no number of a known form");
  for (size_t i = 0; i < ids_.size(); ++i) {
    const std::string_view part = ValueIn(record, ids_[i]);
    const std::string column = "the column '" + options_.id_columns[i] + "'";
    if (part.empty()) return Unreadable("no-id", column + " is empty");
    // Whatever the column is called: an id travels in the open, in logs and answers.
    if (IsPerson(part)) return Unreadable("person-in-id", column + " holds a person's number");
  }
  Decoded out;
  record.message_id = IdOf(record);
  // A line put in before it or another file name does not make a row another one.
  out.key_from_content = record.message_id.empty();
  if (out.key_from_content) record.message_id = "row";
  out.message_id = record.message_id;
  // The same row in tomorrow's file is the same message: where it stood is not its content.
  out.content = envelope->header + "\n" + envelope->row;
  out.trigger = record.trigger;
  out.baseline = envelope->baseline;
  out.identity = config_.source;
  out.record = std::make_unique<CsvRecord>(format_, std::move(record), zone_, clock_.Now());
  return out;
}

Result<std::vector<std::string>> CsvDecoder::Sample(const std::string& name, std::string bytes) {
  const size_t slash = name.rfind('/');
  const std::string file = slash == std::string::npos ? name : name.substr(slash + 1);
  Scan scan(options_);
  scan.Feed(bytes);
  const Scanned scanned = scan.Finish();
  if (!scanned.refusal.empty())
    return Invalid("the file would be refused: " + scanned.refusal + ": " + scanned.detail);
  RowMessages rows(options_, scanned, file, false);
  rows.Feed(std::string_view(bytes).substr(scanned.data_at));
  rows.Finish();
  std::vector<std::string> out;
  while (std::optional<RowMessage> row = rows.Next()) out.push_back(std::move(row->bytes));
  return out;
}

}  // namespace sam::csv
