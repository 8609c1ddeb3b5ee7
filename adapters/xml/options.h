// What one kind of XML file looks like, as its receiver and its sender agreed. Read from a table of
// adapter.toml with the schema that it names; const after reading.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/xml/place.h"
#include "adapters/xml/schema.h"
#include "broker/config/toml.h"

namespace sam::xml {

struct XmlOptions {
  // The record element: its path from the root ("leverans/handelse", a name may be *), or its name
  // alone, at any depth. Empty: XML is not configured.
  std::vector<std::string> record;
  std::string ns;                  // elements of other namespaces are not seen; empty: all are
  std::unique_ptr<Schema> schema;  // null: none
  std::vector<PlacePath> trigger;  // none or one; none: the record element's name is the trigger
  // The record's own id, of one place or several. Empty: the file's name, the record's number and a
  // trace of the content.
  std::vector<PlacePath> id;
  // A record without a person number of a known form here is put aside: it is about nobody.
  std::vector<PlacePath> person;
  std::string patient_system;    // identifier system (OID or name) for local(PLACE)
  bool lenient_numbers = false;  // ten-digit person numbers without - or +
  size_t max_record_bytes = size_t{64} << 10;
  size_t max_header_bytes = size_t{8} << 10;  // all that is outside of records
  size_t max_depth = 32;
  uint64_t max_records = 2'000'000;
  bool allow_empty = false;  // a file without any record is fine
};

// Notes errors in the table; the schema's with its own file:line.
XmlOptions ReadXmlOptions(config::Table& table, const std::string& folder);

// Whether an element with these names from the root down to it is the record element.
bool IsRecord(const XmlOptions& options, const std::vector<std::string>& names);

}  // namespace sam::xml
