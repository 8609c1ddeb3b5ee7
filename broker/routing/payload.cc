#include "broker/routing/payload.h"

#include <algorithm>

#include <capnp/schema.h>

namespace sam::routing {

Payload PayloadFor(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
                   const Agreement* agreement) {
  if (ceiling.legal_class == schema::LegalClass::A) return Payload::kFull;
  Payload out = receiver.payload;
  if (agreement != nullptr) out = std::max(out, agreement->payload);
  // What takes a signal back shows no more of it than the signal did.
  const Function* sender = input.directory->FunctionById(input.sender_function);
  if (sender != nullptr && !input.about_code.empty())
    for (const Agreement* one :
         input.agreements->Find(input.about_code, sender->authority, receiver))
      out = std::max(out, one->payload);
  return out;
}

std::vector<std::string> HiddenBy(Payload payload, const Ceiling& ceiling) {
  std::vector<std::string> out;
  if (payload == Payload::kFull) return out;
  out.push_back("subject");
  if (IsNotice(ceiling)) return out;
  const auto body = capnp::Schema::from<schema::Signal>().getFieldByName("body");
  for (const auto member : body.getType().asStruct().getFields()) {
    std::string path = "body.";
    out.push_back(path.append(member.getProto().getName().cStr()));
  }
  if (payload == Payload::kIdOnly) return out;
  for (const char* path :
       {"code", "ground", "rule", "evidence", "clocks", "acute", "occurredAt"})
    out.push_back(path);
  return out;
}

void ForgetKind(schema::Signal::Builder signal, std::vector<std::string>& masked) {
  if (std::find(masked.begin(), masked.end(), "code") == masked.end()) return;  // a notice
  signal.getBody().setUnset();
  std::erase_if(masked, [](const std::string& path) { return path.rfind("body.", 0) == 0; });
  masked.push_back("body");
  std::sort(masked.begin(), masked.end());
}

}  // namespace sam::routing
