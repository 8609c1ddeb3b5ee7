#include "adapters/inbox/web/html.h"

namespace sam::inbox::web {

std::string Escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        out += (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

Html& Html::Open(std::string_view tag, Attributes attributes) {
  out_.append("<").append(tag);
  for (const auto& [name, value] : attributes) {
    out_.append(" ").append(name);
    if (!value.empty()) out_.append("=\"").append(Escaped(value)).append("\"");
  }
  out_.append(">");
  return *this;
}

Html& Html::Close(std::string_view tag) {
  out_.append("</").append(tag).append(">\n");
  return *this;
}

Html& Html::Text(std::string_view text) {
  out_.append(Escaped(text));
  return *this;
}

Html& Html::Element(std::string_view tag, std::string_view text, Attributes attributes) {
  return Open(tag, attributes).Text(text).Close(tag);
}

Html& Html::Add(const Html& other) {
  out_.append(other.out_);
  return *this;
}

}  // namespace sam::inbox::web
