#include "adapters/hl7/identifier.h"

#include <cctype>

#include "adapters/hl7/personnummer.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

Identifier ReadOne(const Message& message, std::string_view raw) {
  const Delimiters& d = message.delimiters();
  const auto part = [&](size_t component, size_t subcomponent) {
    const std::string_view piece = Part(raw, d.component, component);
    return message.Decode(Part(piece, d.subcomponent, subcomponent));
  };
  Identifier out;
  const Value id = raw == "\"\"" ? message.Decode(raw) : part(1, 1);
  out.presence = id.presence;
  out.assigner_namespace = std::string(Trim(part(4, 1).text));
  const std::string universal_type = part(4, 3).text;
  if (universal_type.empty() || universal_type == "ISO" || universal_type == "URI") {
    out.assigner_oid = CanonicalSystem(part(4, 2).text);
  }
  out.type = std::string(Trim(part(5, 1).text));
  out.id = PersonId(out.assigner_oid.empty() ? out.assigner_namespace : out.assigner_oid,
                    std::string(Trim(id.text)));
  return out;
}

}  // namespace

std::vector<Identifier> ReadIdentifiers(const Message& message, const Selector& field,
                                        SegmentRange range) {
  std::vector<Identifier> out;
  const auto segment =
      message.Find(field.segment, field.occurrence == Selector::kAll ? 1 : field.occurrence, range);
  if (!segment) return out;
  std::string_view rest = segment->Field(field.field);
  const char separator = message.delimiters().repetition;
  while (!rest.empty()) {
    const size_t end = separator == 0 ? std::string_view::npos : rest.find(separator);
    Identifier one = ReadOne(message, rest.substr(0, end));
    if (one.presence != Presence::kAbsent) out.push_back(std::move(one));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return out;
}

std::optional<Identifier> PickIdentifier(const std::vector<Identifier>& identifiers,
                                         std::string_view oid, std::string_view type) {
  for (const Identifier& one : identifiers) {
    if (!oid.empty() && one.assigner_oid == oid) return one;
  }
  for (const Identifier& one : identifiers) {
    if (!type.empty() && one.type == type) return one;
  }
  return std::nullopt;
}

Result<std::string> NormaliseHsaId(std::string_view text) {
  constexpr size_t kPrefix = 13;  // "SE", 10 digits, "-"
  constexpr size_t kLongest = kPrefix + 18;
  std::string out(Trim(text));
  bool good = out.size() > kPrefix && out.size() <= kLongest;
  for (size_t i = 0; good && i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    out[i] = static_cast<char>(c < 0x80 ? std::toupper(c) : c);
    const char u = out[i];
    if (i < 2) {
      good = u == "SE"[i];
    } else if (i < kPrefix - 1) {
      good = u >= '0' && u <= '9';
    } else if (i == kPrefix - 1) {
      good = u == '-';
    } else {
      good = (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z');
    }
  }
  if (!good) {
    return Invalid("HSA-id: SE, 10 digits, a hyphen and 1 to 18 letters or digits expected");
  }
  return out;
}

std::string CanonicalSystem(std::string_view system) {
  constexpr std::string_view kUrn = "urn:oid:";
  constexpr std::string_view kSweden = "http://electronichealth.se/identifier/";
  std::string_view out = Trim(system);
  if (out.substr(0, kUrn.size()) == kUrn) out.remove_prefix(kUrn.size());
  if (out.substr(0, kSweden.size()) == kSweden) {
    const std::string_view name = out.substr(kSweden.size());
    if (name == "personnummer") return std::string(kOidPersonnummer);
    if (name == "samordningsnummer") return std::string(kOidSamordningsnummer);
    if (name == "nationelltReservnummer") return std::string(kOidNationalReserve);
  }
  return std::string(out == kOidHsaIdOther ? kOidHsaId : out);
}

Result<std::string> NormaliseOrgNr(std::string_view text) {
  constexpr size_t kDigits = 10;
  constexpr size_t kHyphenFromEnd = 5;
  std::string out(Trim(text));
  if (out.size() > kHyphenFromEnd && out[out.size() - kHyphenFromEnd] == '-')
    out.erase(out.size() - kHyphenFromEnd, 1);
  if (out.size() == kDigits + 2 && out.compare(0, 2, "16") == 0) out.erase(0, 2);
  if (out.size() != kDigits || out[2] < '2' || !LuhnOk(out)) {
    return Invalid(
        "organisation number: ten digits as in 232100-0198 with a right check digit expected");
  }
  return out;
}

}  // namespace sam::hl7
