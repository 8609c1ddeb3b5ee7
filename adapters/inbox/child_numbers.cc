#include "adapters/inbox/child_numbers.h"

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
    std::string one(wire::View(id.getSystem()));
    const bool personal = one == "urn:oid:1.2.752.129.2.1.3.1";
    one.push_back('\0');
    one.append(wire::View(id.getValue()));
    out.insert((personal ? kPersonal : kOther) + one);
  }
  return out;
}

}  // namespace sam::inbox
