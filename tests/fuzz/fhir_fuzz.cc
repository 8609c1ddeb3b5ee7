// Any bytes as a FHIR request, and as a place in a resource: refused or read, never a crash; what is
// planned can be read again as a message.
#include <string>

#include "adapters/fhir/document.h"
#include "adapters/fhir/exchange.h"
#include "adapters/fhir/path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  static const sam::fhir::Exchange exchange("", {});
  sam::edge::HttpRequest request;
  request.method = "POST";
  request.path = "/";
  request.headers = {{"content-type", "application/json"}};
  request.body = bytes;
  const size_t line = bytes.find('\n');
  const auto path = sam::fhir::ParsePath(bytes.substr(0, line));
  for (const char* place : {"/", "/Appointment", "/Observation"}) {
    request.path = place;
    const sam::fhir::Plan plan = exchange.Read(request);
    for (const sam::fhir::Entry& entry : plan.entries) {
      if (entry.message.empty()) continue;
      const auto document = sam::fhir::Document::Parse(entry.message);
      if (!document.ok()) __builtin_trap();
      if (path.ok()) (void)document->Find(*path);
    }
    (void)exchange.Answer(plan, std::vector<sam::fhir::Fate>(plan.entries.size()));
  }
  return 0;
}
