#include "adapters/inbox/child_numbers.h"

#include "adapters/hl7/identifier.h"
#include "adapters/hl7/personnummer.h"
#include "broker/contract/codes.h"
#include "broker/wire/capnp_values.h"

namespace sam::inbox {
namespace {
constexpr char kPersonal = '0', kOther = '1';
}  // namespace

ChildNumbers NumbersIn(schema::Subject::Reader subject) {
  ChildNumbers out;
  for (const auto id : subject.getIds()) {
    if (contract::NamesNobody(id)) continue;
    std::string one = hl7::CanonicalSystem(wire::View(id.getSystem()));
    const bool personal = one == hl7::kOidPersonnummer;
    one.push_back('\0');
    one.append(wire::View(id.getValue()));
    out.insert((personal ? kPersonal : kOther) + one);
  }
  return out;
}

}  // namespace sam::inbox
