#include "broker/dispatch/giver_marks.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

// Sources write a hyphen or none, and some leave out the century.
std::string Plain(std::string_view value) {
  std::string out;
  for (const char c : UpperAscii(value))
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) out += c;
  return out.size() == 12 ? out.substr(2) : out;
}

// What tells this giver from the others: a number, else the name, else the role.
std::string NameOf(schema::Party::Reader giver) {
  for (const auto id : giver.getIds())
    if (std::string plain = Plain(wire::View(id.getValue())); !plain.empty()) return plain;
  const std::string name(Trim(wire::View(giver.getName())));
  return UpperAscii(name.empty() ? Trim(wire::View(giver.getRole())) : std::string_view(name));
}

uint16_t TagOf(std::string_view consent, std::string_view name) {
  const std::string length = std::to_string(consent.size());
  const Digest digest = Sha256({"sam-giver-1 ", length, " ", consent, name});
  const auto tag = static_cast<uint16_t>(digest.bytes[0] << 8 | digest.bytes[1]);
  return tag == 0 ? uint16_t{1} : tag;
}

}  // namespace

std::vector<rules::GiverMark> GiverMarks(schema::Subject::Reader subject,
                                         schema::ConsentChanged::Reader body) {
  std::vector<rules::GiverMark> out;
  for (const auto giver : body.getGivers()) {
    const std::string name = NameOf(giver);
    if (name.empty()) continue;
    rules::GiverMark mark{TagOf(wire::View(body.getConsentId()), name), false};
    for (const auto id : subject.getIds())
      mark.own = mark.own || Plain(wire::View(id.getValue())) == name;
    const bool known = std::any_of(out.begin(), out.end(), [&](const rules::GiverMark& other) {
      return other.tag == mark.tag;
    });
    if (!known) out.push_back(mark);
  }
  return out;
}

}  // namespace sam::dispatch
