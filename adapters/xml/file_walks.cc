#include "adapters/xml/file_walks.h"

#include <algorithm>
#include <utility>

#include "adapters/xml/document.h"

namespace sam::xml {

std::string SafePath(const XmlOptions& options, const SchemaFault& fault) {
  const auto known = [&](const std::string& name) {
    return (options.schema && options.schema->names().count(name) > 0) ||
           std::find(options.record.begin(), options.record.end(), name) != options.record.end();
  };
  std::string out;
  for (const std::string& name : fault.names)
    out.append(out.empty() ? "" : "/").append(known(name) ? name : "?");
  if (!fault.attribute.empty())
    out.append("/@").append(known(fault.attribute) ? fault.attribute : "?");
  return out.empty() ? "?" : out;
}

bool InRecord(const XmlOptions& options, const SchemaFault& fault) {
  std::vector<std::string> names;
  for (const std::string& name : fault.names) {
    names.push_back(name);
    if (IsRecord(options, names)) return true;
  }
  return false;
}

void Scan::Feed(std::string_view bytes) {
  cutter_.Feed(bytes);
  while (std::optional<CutRecord> record = cutter_.Next())
    if (!first_ && record->cut.empty()) first_ = std::move(record);
}

// With the first record, what is outside of the records must fit the schema: else no record would.
void Scan::CheckHeader(Scanned& out) const {
  if (!options_.schema || !first_) return;
  const size_t end = first_->bytes.rfind("</");
  std::string document = first_->bytes.substr(0, end);
  document.append(out.tail).append(first_->bytes.substr(end));
  const Result<Document> parsed = Document::Parse(document, options_.ns, options_.max_depth);
  if (!parsed.ok()) return;  // the record's own matter
  const std::optional<SchemaFault> fault = options_.schema->Check(*parsed);
  if (!fault || InRecord(options_, *fault)) return;
  out.refusal = "header-schema";
  out.detail = SafePath(options_, *fault) + ": " + fault->rule;
}

Scanned Scan::Finish() {
  cutter_.Finish();
  Feed({});
  Scanned out;
  out.refusal = cutter_.trouble().code;
  out.detail = cutter_.trouble().detail;
  out.charset_guessed = cutter_.charset_guessed();
  out.records = cutter_.records();
  out.tail = cutter_.tail();
  if (!out.refusal.empty()) return out;
  if (out.records == 0 && !options_.allow_empty) {
    out.refusal = "no-records";
    out.detail = "no element is the record element of [files.xml] (allow_empty = true takes that)";
    return out;
  }
  CheckHeader(out);
  return out;
}

RecordMessages::RecordMessages(const XmlOptions& options, const Scanned& scanned, std::string name,
                               bool baseline, size_t block)
    : cutter_(options, block) {
  cutter_.SetTail(scanned.tail);
  envelope_.charset_guessed = scanned.charset_guessed;
  envelope_.baseline = baseline;
  envelope_.file = std::move(name);
}

std::optional<RecordMessage> RecordMessages::Next() {
  std::optional<CutRecord> record = cutter_.Next();
  if (!record) return std::nullopt;
  envelope_.record = record->number;
  envelope_.line = record->line;
  envelope_.cut = record->cut;
  envelope_.document = std::move(record->bytes);
  return RecordMessage{WriteEnvelope(envelope_), record->number};
}

}  // namespace sam::xml
