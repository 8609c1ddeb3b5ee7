#include "adapters/inbox/web/forms.h"

#include "broker/base/text.h"

namespace sam::inbox::web {

namespace {

std::optional<std::string> Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      const auto byte = i + 2 < text.size() ? FromHex(text.substr(i + 1, 2)) : std::nullopt;
      if (!byte) return std::nullopt;
      out += *byte;
      i += 2;
    } else {
      out += text[i];
    }
  }
  if (out.find('\0') != std::string::npos || !IsValidUtf8(out)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Form> Form::Read(std::string_view body) {
  Form out;
  if (body.empty()) return out;
  for (const std::string_view part : Split(body, '&')) {
    const size_t mark = part.find('=');
    const auto name = Decoded(part.substr(0, mark));
    const auto value =
        mark == std::string_view::npos ? std::string() : Decoded(part.substr(mark + 1));
    if (!name || !value || out.fields_.size() == kFieldsMax) return std::nullopt;
    if (!out.fields_.emplace(*name, *value).second) return std::nullopt;
  }
  return out;
}

const std::string& Form::Get(const std::string& name) const {
  static const std::string kNone;
  const auto found = fields_.find(name);
  return found == fields_.end() ? kNone : found->second;
}

std::string CookieOf(std::string_view header, std::string_view name) {
  for (const std::string_view part : Split(header, ';')) {
    const std::string_view cookie = Trim(part);
    const size_t mark = cookie.find('=');
    if (mark != std::string_view::npos && cookie.substr(0, mark) == name)
      return std::string(cookie.substr(mark + 1));
  }
  return {};
}

}  // namespace sam::inbox::web
