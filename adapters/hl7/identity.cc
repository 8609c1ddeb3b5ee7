#include "adapters/hl7/identity.h"

#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

void AppendPart(std::string_view raw, Charset charset, std::string& out) {
  for (char c : ToUtf8(raw, charset)) {
    if (c == '|' || c == '\\') out += '\\';
    out += c;
  }
}

AckError Fault(const char* location, ErrorCode code, const char* text) {
  return {location, code, Severity::kError, text};
}

}  // namespace

Result<std::string> SourceMessageId(const Message& message) {
  const Header header = message.header();
  if (Trim(header.Field(10)).empty()) {
    return Invalid(
        "MSH-10 (message control id) is empty, so the message cannot be told from "
        "others; the sender must fill it (HL7 error code 101)");
  }
  std::string key;
  for (size_t field : {size_t{3}, size_t{4}, size_t{10}, size_t{7}}) {
    if (!key.empty() || field != 3) key += '|';
    AppendPart(header.Field(field), message.charset().charset, key);
  }
  return key;
}

ProcessingId ReadProcessingId(const Message& message) {
  const std::string id(message.header().Component(11, 1));
  if (id.empty()) return ProcessingId::kEmpty;
  if (id == "P") return ProcessingId::kProduction;
  if (id == "T") return ProcessingId::kTraining;
  if (id == "D") return ProcessingId::kDebugging;
  return ProcessingId::kUnknown;
}

std::vector<AckError> CheckHeader(const Message& message, const HeaderRules& rules) {
  std::vector<AckError> errors;
  const Header header = message.header();
  if (Trim(header.Field(10)).empty()) {
    errors.push_back(
        Fault("MSH-10", ErrorCode::kRequiredField, "MSH-10 (message control id) is empty"));
  }
  if (header.Component(9, 1).empty()) {
    errors.push_back(Fault("MSH-9", ErrorCode::kMessageType, "MSH-9 (message type) is empty"));
  }
  const ProcessingId id = ReadProcessingId(message);
  if (rules.check_processing_id) {
    const bool test_message = id == ProcessingId::kTraining || id == ProcessingId::kDebugging;
    const bool production = rules.environment == HeaderRules::Environment::kProduction;
    if (production && test_message) {
      errors.push_back(Fault("MSH-11", ErrorCode::kProcessingId,
                             "test or training message sent to a production system"));
    } else if (!production && id == ProcessingId::kProduction) {
      errors.push_back(
          Fault("MSH-11", ErrorCode::kProcessingId, "production message sent to a test system"));
    } else if (id == ProcessingId::kUnknown) {
      errors.push_back(Fault("MSH-11", ErrorCode::kProcessingId, "MSH-11 is none of P, T and D"));
    }
  }
  return errors;
}

}  // namespace sam::hl7
