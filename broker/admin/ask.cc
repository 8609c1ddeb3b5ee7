#include "broker/admin/ask.h"

#include "broker/wire/codec.h"
#include "broker/wire/local_door.h"

namespace sam::admin {
namespace {

Code CodeFromName(std::string_view name) {
  for (const Code code : {Code::kInvalid, Code::kDenied, Code::kConflict, Code::kNotFound,
                          Code::kUnavailable, Code::kExhausted, Code::kCorrupt})
    if (name == CodeName(code)) return code;
  return Code::kInternal;
}

}  // namespace

Result<std::string> Ask(const std::string& socket, capnp::MessageBuilder& request, int timeout_ms) {
  SAM_ASSIGN(const std::string bytes,
             wire::AskLocalDoor(socket, wire::Flatten(request), timeout_ms));
  wire::ReadRules rules;
  rules.max_bytes = wire::kMaxDoorBytes;
  rules.max_text_bytes = wire::kMaxDoorBytes;
  return wire::Read<schema::AdminReply>(
      bytes,
      [](schema::AdminReply::Reader reply) -> Result<std::string> {
        if (!reply.getOk())
          return Error{CodeFromName(wire::View(reply.getCode())),
                       std::string(wire::View(reply.getMessage()))};
        return std::string(wire::View(reply.getJson()));
      },
      rules);
}

}  // namespace sam::admin
