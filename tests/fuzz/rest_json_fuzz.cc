// Any bytes: as an answer of a source, as a message from quarantine, and as a time.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/rest/iso_time.h"
#include "adapters/rest/json_row.h"
#include "adapters/rest/rest_format.h"
#include "broker/base/text.h"

namespace {

using namespace sam::rest;

struct Places {
  RestFormat format;
  std::vector<sam::kit::Selector> all;
  Places() {
    for (const char* text : {"Id", "A.B", "A[*].B", "A[2]", "@endpoint", "PersonId"})
      all.push_back(format.Compile(text).value());
  }
};

void ReadEverything(const std::string& bytes, const Places& places, const sam::hl7::Zone& zone) {
  const RowFieldsByEndpoint fields = {{"A", {"Id", "Type"}}};
  const auto record =
      RestRecord::Parse(places.format, fields, bytes, zone, sam::Millis(1'772'000'000'000));
  if (!record.ok()) return;
  if (!(*record)->MessageId().ok() || (*record)->trigger().empty()) std::abort();
  for (const sam::kit::Selector& place : places.all) {
    for (const sam::kit::Selected& value : (*record)->All(place, {"A", 2}))
      if (!value.has_value() || !sam::IsValidUtf8(value.text)) std::abort();
    (*record)->Get(place, {});
    (*record)->Identifiers(place, {});
  }
  (*record)->Count("A.B");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const sam::hl7::Zone zone = sam::hl7::Zone::Find("Europe/Stockholm").value();
  static const Places places;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  ReadEverything(bytes, places, zone);
  for (const char* field : {"", "Items"}) {
    const auto page = ReadPage(bytes, field, "Id", "ModifiedDate");
    if (!page.ok()) continue;
    for (const PageRow& row : *page) {
      const auto canonical = CanonicalJson(row.json);
      // The canonical form is its own canonical form, or a row would be told twice.
      if (canonical.ok() && *canonical != row.json) std::abort();
      ReadEverything(Envelope("A", row.json), places, zone);
    }
  }
  const auto time = ReadIsoTime(bytes, zone);
  if (time.ok() && time->precision > sam::hl7::Precision::kDay && !time->instant) std::abort();
  if (time.ok() && time->instant) {
    const auto again = ReadIsoTime(WriteSince(*time->instant, TimeStyle::kLocal, zone), zone);
    if (!again.ok() || *again->instant > *time->instant) std::abort();
  }
  return 0;
}
