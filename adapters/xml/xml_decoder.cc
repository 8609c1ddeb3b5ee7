#include "adapters/xml/xml_decoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/hl7/personnummer.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/mapping.h"
#include "adapters/xml/file_walks.h"
#include "broker/base/text.h"

namespace sam::xml {
namespace {

using kit::Decoded;
using kit::Unreadable;

std::string StoodAt(const Envelope& envelope) {
  return "record " + std::to_string(envelope.record) + " (line " + std::to_string(envelope.line) +
         " of its file)";
}

void FindRecords(const XmlOptions& options, const Node& node, std::vector<std::string>& names,
                 std::vector<const Node*>& out) {
  names.push_back(node.name);
  if (IsRecord(options, names))
    out.push_back(&node);
  else
    for (const Node& child : node.children) FindRecords(options, child, names, out);
  names.pop_back();
}

Status CheckNames(const XmlFormat& format, const XmlOptions& options, const kit::Mapping& mapping) {
  if (!options.schema || !options.schema->knows_all_names()) return Ok();
  const std::set<std::string>& known = options.schema->names();
  for (const std::string& name : format.Names())
    if (known.count(name) == 0)
      return Invalid("the mapping " + mapping.id() + " reads '" + name +
                     "', which the schema does not have" +
                     NearestHint(name, {known.begin(), known.end()}));
  return Ok();
}

}  // namespace

Result<std::unique_ptr<kit::Decoder>> XmlDecoder::Make(const kit::DecoderParts& parts) {
  const auto* format = dynamic_cast<const XmlFormat*>(&parts.mapping.format());
  if (format == nullptr) return Internal("this mapping is not for XML");
  const auto* settings = dynamic_cast<const CarriesXml*>(parts.config.connector_settings.get());
  if (settings == nullptr)
    return Invalid(parts.config.path + ": the mapping is for XML, which comes in by [files]");
  if (settings->xml.record.empty())
    return Invalid(parts.config.path +
                   ": say in [files.xml] which element is a record, such as "
                   "record = \"leverans/handelse\"");
  SAM_TRY(CheckNames(*format, settings->xml, parts.mapping));
  SAM_ASSIGN(const hl7::Zone zone,
             hl7::Zone::Find(parts.config.zone.empty() ? parts.mapping.zone() : parts.config.zone));
  return std::unique_ptr<kit::Decoder>(new XmlDecoder(parts, *format, settings->xml, zone));
}

XmlDecoder::XmlDecoder(const kit::DecoderParts& parts, const XmlFormat& format,
                       const XmlOptions& options, hl7::Zone zone)
    : config_(parts.config), clock_(parts.clock), format_(format), options_(options), zone_(zone) {}

// Line 2 of a document is the line of the file where the record begins.
std::string XmlDecoder::SchemaFaultText(const Envelope& envelope, const Document& document) const {
  if (!options_.schema) return "";
  const std::optional<SchemaFault> fault = options_.schema->Check(document);
  if (!fault) return "";
  std::string out;
  if (!InRecord(options_, *fault))
    out = "outside of the record: ";
  else if (fault->line >= 2)
    out = "line " + std::to_string(envelope.line + fault->line - 2) + ": ";
  return out.append(SafePath(options_, *fault)).append(": ").append(fault->rule);
}

bool XmlDecoder::IsPerson(std::string_view text) const {
  hl7::PersonNumberOptions number;
  number.today = clock_.Now();
  number.lenient = options_.lenient_numbers;
  return hl7::ReadPersonNumber(text, number).ok();
}

bool XmlDecoder::NamesAPerson(const XmlRow& row, const PlacePath& place) const {
  const std::vector<std::string> values = FindValues(row.document.root(), *row.record, place);
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return IsPerson(value); });
}

Result<Decoded> XmlDecoder::Decode(const std::string& bytes, const std::string&) {
  Result<Envelope> envelope = ReadEnvelope(bytes);
  if (!envelope.ok()) return Unreadable("unreadable", envelope.error().message);
  if (!envelope->cut.empty())
    return Unreadable("record-" + envelope->cut,
                      StoodAt(*envelope) +
                          (envelope->cut == "too-deep" ? " is nested deeper than max_depth"
                                                       : " is larger than max_record_kb") +
                          "; only its beginning is kept");
  Result<Document> document = Document::Parse(envelope->document, options_.ns, options_.max_depth);
  if (!document.ok())
    return Unreadable("unreadable", StoodAt(*envelope) + ": " + document.error().message);
  const std::string fault = SchemaFaultText(*envelope, *document);
  if (!fault.empty()) return Unreadable("schema", fault);

  auto row = std::make_unique<XmlRow>();
  row->document = std::move(*document);
  std::vector<std::string> names;
  std::vector<const Node*> records;
  FindRecords(options_, row->document.root(), names, records);
  if (records.size() != 1)
    return Unreadable(records.empty() ? "no-record" : "several-records",
                      StoodAt(*envelope) + ": expected one record element");
  row->record = records.front();
  row->patient_system = options_.patient_system;
  row->lenient_numbers = options_.lenient_numbers;
  row->charset_guessed = envelope->charset_guessed;
  const auto value = [&](const PlacePath& place) {
    row->read.insert(PlainText(place));
    const std::vector<std::string> all = FindValues(row->document.root(), *row->record, place);
    return all.empty() ? std::string() : all.front();
  };
  row->trigger = options_.trigger.empty() ? row->record->name : value(options_.trigger.front());
  if (row->trigger.empty())
    return Unreadable("no-trigger", "nothing stands at " + PlainText(options_.trigger.front()));
  for (const PlacePath& place : options_.person)
    if (!NamesAPerson(*row, place))
      return Unreadable("no-person", "no number of a known form stands at " + PlainText(place));
  Decoded out;
  for (const PlacePath& place : options_.id) {
    const std::string part = value(place);
    if (part.empty()) return Unreadable("no-id", "nothing stands at " + PlainText(place));
    // Whatever the place is called: an id travels in the open, in logs and answers.
    if (IsPerson(part))
      return Unreadable("person-in-id", "a person's number stands at " + PlainText(place));
    out.message_id.append(out.message_id.empty() ? "" : "/").append(part);
  }
  // The same record in tomorrow's file is the same message: where it stood, how it was written and
  // what its file says of itself are not its content.
  out.content = CanonicalText(*row->record);
  out.key_from_content = out.message_id.empty();
  if (out.key_from_content) out.message_id = "record";
  out.trigger = row->trigger;
  row->message_id = out.message_id;
  out.baseline = envelope->baseline;
  out.identity = config_.source;
  out.record = std::make_unique<XmlRecord>(format_, std::move(row), zone_, clock_.Now());
  return out;
}

Result<std::vector<std::string>> XmlDecoder::Sample(const std::string& name, std::string bytes) {
  const size_t slash = name.rfind('/');
  const std::string file = slash == std::string::npos ? name : name.substr(slash + 1);
  Scan scan(options_);
  scan.Feed(bytes);
  const Scanned scanned = scan.Finish();
  if (!scanned.refusal.empty())
    return Invalid("the file would be refused: " + scanned.refusal + ": " + scanned.detail);
  RecordMessages records(options_, scanned, file, false);
  records.Feed(bytes);
  records.Finish();
  std::vector<std::string> out;
  while (std::optional<RecordMessage> record = records.Next())
    out.push_back(std::move(record->bytes));
  return out;
}

}  // namespace sam::xml
