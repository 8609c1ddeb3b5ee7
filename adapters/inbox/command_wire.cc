// Commands through the local door: JSON out by nlohmann-json, JSON in by simdjson (without its
// exceptions); both in this one file.
#include <capnp/message.h>
#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "adapters/inbox/command.h"
#include "broker/base/text.h"
#include "broker/wire/codec.h"
#include "schemas/admin.capnp.h"

namespace sam::inbox {

namespace {

std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Absent or of another kind: empty.
std::string Member(const simdjson::dom::element& root, const char* name) {
  std::string_view text;
  if (root[name].get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

std::optional<Code> CodeFromName(std::string_view name) {
  for (Code code : {Code::kInvalid, Code::kDenied, Code::kConflict, Code::kNotFound,
                    Code::kUnavailable, Code::kExhausted, Code::kCorrupt, Code::kInternal})
    if (name == CodeName(code)) return code;
  return std::nullopt;
}

}  // namespace

std::string JsonQuoted(const std::string& text) { return Dump(nlohmann::json(text)); }

std::string EncodeRequest(const Command& command) {
  const nlohmann::json json = {
      {"command", command.name},
      {"id", command.id},
      {"word", command.word},
      {"case", command.reference},
      {"reason", command.reason},
      {"way", command.way},
      {"said_by", command.said_by},
      {"said_at", command.said_at},
      {"corrects", command.corrects},
      {"lang", command.language == contract::Language::kEnglish ? "en" : "sv"}};
  const std::string text = Dump(json);
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setRole("inbox");
  request.setLocal(wire::AsData(text));
  return wire::Flatten(message);
}

Result<Command> DecodeRequest(std::string_view bytes, const std::string& caller) {
  return wire::Read<schema::AdminRequest>(
      bytes, [&caller](schema::AdminRequest::Reader in) -> Result<Command> {
        if (!in.isLocal()) return Invalid("an inbox takes only its own commands at this door");
        simdjson::dom::parser parser;
        simdjson::dom::element root;
        const std::string_view text = wire::View(in.getLocal());
        if (parser.parse(simdjson::padded_string(text)).get(root) != simdjson::SUCCESS)
          return Invalid("the command is not JSON");
        Command command;
        command.name = Member(root, "command");
        command.id = Member(root, "id");
        command.word = Member(root, "word");
        command.reference = Member(root, "case");
        command.reason = Member(root, "reason");
        command.way = Member(root, "way");
        command.said_by = Member(root, "said_by");
        command.said_at = Member(root, "said_at");
        if (root["corrects"].get(command.corrects) != simdjson::SUCCESS) command.corrects = false;
        command.language = contract::LanguageFromName(Member(root, "lang"));
        command.by = caller;
        return command;
      });
}

Result<AttachmentPiece> DecodePiece(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS)
    return Corrupt("the inbox's answer is not JSON");
  AttachmentPiece out;
  auto bytes = FromBase64(Member(root, "bytes"));
  auto digest = FromHex(Member(root, "sha256"));
  const bool whole = root["parts"].get(out.parts) == simdjson::SUCCESS &&
                     root["size"].get(out.size) == simdjson::SUCCESS && bytes && digest;
  if (!whole) return Corrupt("the inbox's answer lacks a part of an attachment");
  out.bytes = std::move(*bytes);
  out.sha256 = std::move(*digest);
  return out;
}

std::string EncodeReply(const Reply& reply) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::AdminReply>();
  out.setOk(reply.ok);
  if (!reply.ok) out.setCode(CodeName(reply.code));
  out.setMessage(reply.text);
  out.setJson(reply.json);
  return wire::Flatten(message);
}

Result<Reply> DecodeReply(std::string_view bytes) {
  return wire::ReadOwn<schema::AdminReply>(bytes, [](schema::AdminReply::Reader in) {
    Reply reply;
    reply.ok = in.getOk();
    reply.code = CodeFromName(wire::View(in.getCode())).value_or(Code::kInternal);
    reply.text = std::string(wire::View(in.getMessage()));
    reply.json = std::string(wire::View(in.getJson()));
    return Result<Reply>(std::move(reply));
  });
}

}  // namespace sam::inbox
