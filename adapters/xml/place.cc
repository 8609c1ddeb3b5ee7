#include "adapters/xml/place.h"

#include <utility>

#include "broker/base/text.h"

namespace sam::xml {
namespace {

Error Bad(std::string_view text, const std::string& expected) {
  std::string out = "'";
  out.append(text).append("': expected ").append(expected);
  return Invalid(std::move(out));
}

// At marks outside of [ ].
std::vector<std::string_view> SplitOutside(std::string_view text, char mark) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') inside = true;
    if (text[i] == ']') inside = false;
    if (text[i] != mark || inside) continue;
    out.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

Result<PlaceStep> ParseStep(std::string_view text, std::string_view whole) {
  PlaceStep out;
  const size_t open = text.find('[');
  out.name = std::string(text.substr(0, open));
  if (out.name != "*" && !IsName(out.name))
    return Bad(whole, "an element's name without prefix, such as patient/personnummer");
  if (open == std::string_view::npos) return out;
  std::string_view inside = text.substr(open + 1);
  const size_t equal = inside.find('=');
  if (inside.empty() || inside.back() != ']' || equal == std::string_view::npos)
    return Bad(whole, "a condition such as [@typ=PNR] or [typ=PNR]");
  out.value = std::string(inside.substr(equal + 1, inside.size() - equal - 2));
  inside = inside.substr(0, equal);
  out.key_is_attribute = !inside.empty() && inside[0] == '@';
  if (out.key_is_attribute) inside.remove_prefix(1);
  out.key = std::string(inside);
  if (!IsName(out.key) || out.value.empty() || out.value.find_first_of("[]") != std::string::npos)
    return Bad(whole, "a condition such as [@typ=PNR] or [typ=PNR]");
  return out;
}

}  // namespace

bool IsName(std::string_view text) {
  if (text.empty() || text.size() > 100) return false;
  const char first = text[0];
  if ((first >= '0' && first <= '9') || first == '-' || first == '.') return false;
  return text.find_first_of(" \t\r\n/@*[]()+|=:<>&\"'#!$%;,?^`{}~\\") == std::string_view::npos;
}

Result<PlacePath> ParsePath(std::string_view text) {
  PlacePath out;
  std::string_view rest = text;
  if (rest == ".") return out;
  if (!rest.empty() && rest[0] == '/') {
    out.from_root = true;
    rest.remove_prefix(1);
  }
  for (const std::string_view step : SplitOutside(rest, '/')) {
    if (!out.attribute.empty()) return Bad(text, "nothing after an attribute");
    if (!step.empty() && step[0] == '@') {
      out.attribute = std::string(step.substr(1));
      if (!IsName(out.attribute)) return Bad(text, "an attribute's name without prefix after @");
      continue;
    }
    SAM_ASSIGN(PlaceStep parsed, ParseStep(step, text));
    out.steps.push_back(std::move(parsed));
  }
  if (out.from_root && out.steps.empty()) return Bad(text, "the root element's name after /");
  return out;
}

Result<Place> ParsePlace(std::string_view text) {
  Place out;
  std::string_view paths = text;
  const size_t open = text.find('(');
  if (open != std::string_view::npos && text.back() == ')') {
    const std::string_view word = text.substr(0, open);
    if (word == "number") out.how = Place::How::kNumber;
    if (word == "cased") out.how = Place::How::kCased;
    if (word == "adult") out.how = Place::How::kAdult;
    if (word == "local") out.how = Place::How::kLocal;
    if (out.how == Place::How::kPlain) return Bad(text, "number, cased, adult or local before (");
    paths = text.substr(open + 1, text.size() - open - 2);
  }
  for (const std::string_view path : SplitOutside(paths, '+')) {
    SAM_ASSIGN(PlacePath parsed, ParsePath(Trim(path)));
    out.paths.push_back(std::move(parsed));
  }
  return out;
}

std::string PlainText(const PlacePath& path) {
  std::string out = path.from_root ? "/" : "";
  for (const PlaceStep& step : path.steps) {
    if (!out.empty() && out.back() != '/') out += '/';
    out.append(step.name);
  }
  if (!path.attribute.empty()) {
    if (!out.empty() && out.back() != '/') out += '/';
    out.append("@").append(path.attribute);
  }
  return out.empty() ? "." : out;
}

}  // namespace sam::xml
