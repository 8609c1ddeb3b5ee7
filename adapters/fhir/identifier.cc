#include "adapters/fhir/identifier.h"

#include <map>
#include <utility>

#include "adapters/hl7/identifier.h"
#include "adapters/hl7/personnummer.h"
#include "adapters/kit/written.h"
#include "broker/base/text.h"

namespace sam::fhir {
namespace {

constexpr std::string_view kBase = "http://electronichealth.se/identifier/";
constexpr std::string_view kBaseTls = "https://electronichealth.se/identifier/";
constexpr std::string_view kOid = "urn:oid:";

}  // namespace

std::string SystemName(std::string_view uri) {
  static const std::map<std::string_view, std::string_view> kNames = {
      {"personnummer", hl7::kOidPersonnummer},
      {"samordningsnummer", hl7::kOidSamordningsnummer},
      {"nationelltReservnummer", hl7::kOidNationalReserve},
  };
  uri = Trim(uri);
  for (const std::string_view base : {kBase, kBaseTls}) {
    if (uri.substr(0, base.size()) != base) continue;
    const auto known = kNames.find(uri.substr(base.size()));
    if (known != kNames.end()) return std::string(known->second);
  }
  if (uri.substr(0, kOid.size()) == kOid) uri.remove_prefix(kOid.size());
  if (uri == hl7::kOidHsaIdOther) uri = hl7::kOidHsaId;
  return std::string(uri);
}

kit::IdentifierValue ReadIdentifier(const Json& identifier, Millis today, bool adult) {
  kit::IdentifierValue out;
  const std::string& value = identifier.Text("value");
  if (Trim(value).empty() || identifier.Text("use") == "old") return out;
  const std::string system = SystemName(identifier.Text("system"));
  out.id = PersonId(system, std::string(Trim(value)));
  if (system.empty()) out.flag = "unknown-system";
  if (!system.empty() && !hl7::IsPersonSystem(system)) return out;
  hl7::PersonNumberOptions options;
  options.today = today;
  options.role = adult ? hl7::PersonRole::kAdult : hl7::PersonRole::kChild;
  options.lenient = !system.empty();
  const Result<hl7::PersonNumber> number = hl7::ReadPersonNumber(value, options);
  if (!number.ok()) {
    if (!system.empty()) out = kit::NoPerson(out.id);
    return out;
  }
  // The stated system wins over the form: a local reserve number may look like another one.
  out.id = PersonId(system.empty() ? number->id.system() : system, number->id.Reveal());
  out.flag = kit::DoubtOf(*number);
  return out;
}

}  // namespace sam::fhir
