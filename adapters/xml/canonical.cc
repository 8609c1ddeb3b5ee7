#include <algorithm>

#include "adapters/xml/document.h"

namespace sam::xml {
namespace {

// Lengths before texts, so that nothing in a text can look like a mark.
void Append(const std::string& text, std::string& out) {
  out.append(std::to_string(text.size())).append(":").append(text);
}

void Append(const Node& node, std::string& out) {
  out += '<';
  Append(node.name, out);
  std::vector<std::pair<std::string, std::string>> sorted = node.attributes;
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [name, value] : sorted) {
    out += '@';
    Append(name, out);
    Append(value, out);
  }
  Append(node.text, out);
  for (const Node& child : node.children) Append(child, out);
  out += '>';
}

}  // namespace

const std::string* Node::Attribute(std::string_view wanted) const {
  for (const auto& [key, value] : attributes)
    if (key == wanted) return &value;
  return nullptr;
}

std::string CanonicalText(const Node& node) {
  std::string out;
  Append(node, out);
  return out;
}

}  // namespace sam::xml
