#include "adapters/kit/json_text.h"

#include "broker/base/text.h"

namespace sam::kit {

std::string JsonText(std::string_view text) {
  if (!IsValidUtf8(text)) return "\"(not readable as text)\"";
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out.append("\\u00").append(ToHex(std::string_view(&c, 1)));
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

std::string JsonField(std::string_view name, std::string_view value) {
  std::string out = ",";
  out.append(JsonText(name)).append(":").append(value);
  return out;
}

}  // namespace sam::kit
