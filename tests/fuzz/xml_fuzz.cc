// Any bytes as an XML file: where the reads fall never changes what comes out, nothing is larger
// than its limit, going on in the middle gives the same records, each record survives its envelope
// and is read as a document of its own, and what fits a schema says so without a value. The first
// three bytes choose the options and the size of the reads.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/xml/document.h"
#include "adapters/xml/envelope.h"
#include "adapters/xml/file_walks.h"
#include "adapters/xml/options.h"
#include "adapters/xml/place.h"
#include "adapters/xml/xml_record.h"
#include "broker/base/text.h"

namespace {

using namespace sam::xml;

const char kSchema[] =
    "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element "
    "name=\"a\"><xs:complexType>"
    "<xs:sequence><xs:element name=\"h\" type=\"xs:token\" minOccurs=\"0\"/><xs:element name=\"b\" "
    "minOccurs=\"0\" maxOccurs=\"unbounded\"><xs:complexType><xs:sequence><xs:element name=\"c\" "
    "type=\"xs:date\" minOccurs=\"0\" maxOccurs=\"9\"/></xs:sequence><xs:attribute name=\"t\" "
    "type=\"xs:int\"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"
    "</xs:schema>";

std::unique_ptr<Schema> LoadSchema() {
  char name[] = "/tmp/xml_fuzz_XXXXXX";
  const int fd = mkstemp(name);
  std::FILE* file = fd < 0 ? nullptr : fdopen(fd, "w");
  if (file == nullptr) std::abort();
  std::fputs(kSchema, file);
  std::fclose(file);
  auto loaded = Schema::Load(name);
  std::remove(name);
  if (!loaded.ok()) std::abort();
  return std::move(*loaded);
}

struct Walked {
  Scanned scanned;
  std::vector<std::string> records;
};

Walked Walk(const XmlOptions& options, std::string_view bytes, size_t step, size_t block,
            uint64_t first) {
  Walked out;
  Scan scan(options, block);
  for (size_t at = 0; at < bytes.size(); at += step) scan.Feed(bytes.substr(at, step));
  out.scanned = scan.Finish();
  if (!out.scanned.refusal.empty()) return out;
  RecordMessages records(options, out.scanned, "a b\n.xml", (bytes.size() & 1) != 0, block);
  records.StartAt(first);
  for (size_t at = 0; at < bytes.size(); at += step) {
    records.Feed(bytes.substr(at, step));
    while (auto record = records.Next()) out.records.push_back(std::move(record->bytes));
  }
  records.Finish();
  while (auto record = records.Next()) out.records.push_back(std::move(record->bytes));
  return out;
}

void CheckRecord(const XmlOptions& options, const std::string& message, const XmlFormat& format,
                 const std::vector<sam::kit::Selector>& places) {
  auto envelope = ReadEnvelope(message);
  if (!envelope.ok()) std::abort();
  if (envelope->document.size() > options.max_record_bytes + 2 * options.max_header_bytes + 1024)
    std::abort();
  if (!envelope->cut.empty()) return;
  auto document = Document::Parse(envelope->document, options.ns, options.max_depth);
  if (!document.ok()) std::abort();  // we wrote it ourselves
  if (options.schema) {
    if (const auto fault = options.schema->Check(*document)) {
      const std::string text = SafePath(options, *fault) + fault->rule;
      if (text.size() > 400) std::abort();
    }
  }
  static const sam::hl7::Zone zone = sam::hl7::Zone::Find("Europe/Stockholm").value();
  auto row = std::make_unique<XmlRow>();
  row->document = std::move(*document);
  row->record = &row->document.root();
  const XmlRecord record(format, std::move(row), zone, sam::Millis(1'772'000'000'000));
  for (const auto& place : places) {
    static_cast<void>(record.All(place, {"c", 1}));
    static_cast<void>(record.Identifiers(place, {}));
  }
  static_cast<void>(record.Places());
  static_cast<void>(record.Count("b/c"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  static std::unique_ptr<Schema> schema = LoadSchema();
  XmlOptions options;
  options.record =
      (data[0] & 1) != 0 ? std::vector<std::string>{"b"} : std::vector<std::string>{"a", "*"};
  if ((data[0] & 2) != 0) options.ns = "urn:a";
  options.allow_empty = (data[0] & 4) != 0;
  options.max_depth = 2 + data[0] / 16;
  options.max_record_bytes = 16 + data[1];
  options.max_header_bytes = 64 + data[1];
  if ((data[0] & 8) != 0) options.schema = std::move(schema);
  const size_t step = 1 + data[2] % 11;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);

  const Walked whole = Walk(options, bytes, bytes.size() + 1, SaxParser::kBlock, 1);
  const Walked pieces = Walk(options, bytes, step, SaxParser::kBlock, 1);
  if (whole.scanned.refusal != pieces.scanned.refusal ||
      whole.scanned.detail != pieces.scanned.detail || whole.records != pieces.records)
    std::abort();
  // libxml2 itself must not care how a sound file is cut.
  const Walked blocks = Walk(options, bytes, step, 16 + data[2], 1);
  if (whole.scanned.refusal.empty() && blocks.records != whole.records) std::abort();
  if (whole.scanned.refusal.empty() && whole.records.size() != whole.scanned.records) std::abort();
  const size_t middle = whole.records.size() / 2;
  const Walked rest = Walk(options, bytes, step, SaxParser::kBlock, middle + 1);
  if (rest.records !=
      std::vector<std::string>(whole.records.begin() + static_cast<std::ptrdiff_t>(middle),
                               whole.records.end()))
    std::abort();

  XmlFormat format;
  std::vector<sam::kit::Selector> places;
  for (const std::string_view text :
       {std::string_view("b/@t"), std::string_view("number(b/c)"), std::string_view("/a/h"),
        std::string_view("."), std::string_view("adult(b/*)"), std::string_view("c[@t=1]"),
        bytes.substr(0, 40)})
    if (auto place = format.Compile(text); place.ok()) places.push_back(*place);
  for (const std::string& message : whole.records) CheckRecord(options, message, format, places);
  static_cast<void>(ReadEnvelope(bytes).ok());
  static_cast<void>(Document::Parse(bytes, "", 32).ok());
  if (options.schema) schema = std::move(options.schema);
  return 0;
}
