// Reading what a peer answered to a message of ours.
#include <array>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/mllp_framer.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

std::string WhatCame(std::string_view bytes) {
  if (bytes.empty()) return "nothing came";
  std::string out = std::to_string(bytes.size()) + " bytes came";
  if (bytes.substr(0, 5) == "HTTP/") out += ", an HTTP answer";
  if (bytes[0] == '<') out += ", XML or HTML";
  if (bytes.substr(0, 2) == "\x15\x03" || bytes.substr(0, 2) == "\x16\x03") out += ", TLS";
  if (bytes == "\x06") out += ", an MLLP release 2 commit without an HL7 answer";
  if (bytes == "\x15") out += ", an MLLP release 2 refusal";
  return out + ", in hex " + ToHex(bytes.substr(0, 64));
}

std::optional<AckCode> CodeByName(std::string_view name) {
  constexpr std::array<AckCode, 6> kCodes = {AckCode::kAA, AckCode::kAE, AckCode::kAR,
                                             AckCode::kCA, AckCode::kCE, AckCode::kCR};
  for (AckCode code : kCodes) {
    if (name == AckCodeName(code)) return code;
  }
  return std::nullopt;
}

std::string TextAt(const Message& message, const char* path) {
  auto value = message.Get(path);
  return value.ok() ? value->text : std::string();
}

}  // namespace

Result<ParsedAck> ParseAck(std::string_view bytes) {
  std::string_view content = bytes;
  if (!content.empty() && content[0] == kStartBlock) {
    content.remove_prefix(1);
    if (!content.empty() && content.back() == '\r') content.remove_suffix(1);
    if (!content.empty() && content.back() == kEndBlock) content.remove_suffix(1);
  }
  // The outcome matters, not the spelling: an MSH-18 that cannot be decoded must not hide an AA.
  CharsetPolicy any;
  any.force = Charset::kUtf8;
  auto message = Message::Parse(std::string(content), any);
  if (!message.ok()) {
    return Invalid("the peer did not answer with an HL7 acknowledgement: " + WhatCame(content));
  }
  const auto msa = message->Find("MSA");
  if (!msa) {
    return Invalid("the peer answered with a message without MSA, type '" +
                   TextAt(*message, "MSH-9.1") + "'; its outcome is unknown");
  }
  const auto code = CodeByName(Trim(msa->Field(1)));
  if (!code) {
    return Invalid("the peer's acknowledgement has no code AA, AE, AR, CA, CE or CR in MSA-1: " +
                   WhatCame(msa->raw()));
  }
  ParsedAck ack;
  ack.code = *code;
  ack.control_id = ToUtf8(msa->Field(2), message->charset().charset);
  ack.text = TextAt(*message, "MSA-3");
  if (ack.text.empty()) ack.text = TextAt(*message, "ERR-8");
  if (ack.text.empty()) ack.text = TextAt(*message, "ERR-3.2");
  return ack;
}

}  // namespace sam::hl7
