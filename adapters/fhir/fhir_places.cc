// The part of FhirRecord that lists a message's places for whoever writes a mapping.
#include <set>
#include <utility>

#include "adapters/fhir/fhir_record.h"

namespace sam::fhir {
namespace {

// What the decoder reads for itself (which resource, which version, which status), and what is for
// people's eyes alone.
bool IsOwn(const std::string& place) {
  static const std::set<std::string> kOwn = {
      "resourceType", "id", "meta.versionId", "meta.lastUpdated", "status", "text", "contained"};
  return kOwn.contains(place);
}

void Add(const Json& value, const std::string& name, const std::string& prefix,
         std::set<std::string>& out) {
  if (value.is_array()) {
    for (const Json& item : value.items) Add(item, name, prefix, out);
    return;
  }
  if (!value.is_object()) {
    if (!TextOf(value).empty()) out.insert(prefix + name);
    return;
  }
  for (const JsonMember& member : value.members) {
    if (member.name == "url" && name.find("extension(") != std::string::npos) continue;
    std::string inner = name;
    if (!inner.empty()) inner += '.';
    inner += member.name;
    if (IsOwn(inner)) continue;
    if (member.name != "extension") {
      Add(member.value, inner, prefix, out);
      continue;
    }
    for (const Json& one : member.value.items)
      Add(one, inner + "(url=" + one.Text("url") + ")", prefix, out);
  }
}

std::string WithoutFilters(const std::string& place) {
  std::string out;
  int depth = 0;
  for (const char c : place) {
    depth += c == '(' ? 1 : 0;
    if (depth == 0) out += c;
    depth -= c == ')' ? 1 : 0;
  }
  return out;
}

// Is `place` what `name` means, or in it?
bool Covers(const std::string& name, const std::string& place) {
  return place.compare(0, name.size(), name) == 0 &&
         (place.size() == name.size() || place[name.size()] == '.' || place[name.size()] == '(');
}

// The elements that a path goes by: the last of it, each one that a filter looks at, each reference
// that it follows.
std::vector<std::string> NamesOf(const Path& path) {
  std::vector<std::string> out;
  std::string at;
  for (const Step& step : path.steps) {
    if (step.kind == Step::Kind::kReferenceId) break;
    if (step.kind == Step::Kind::kResolve) {
      out.push_back(at);
      at = "->" + step.name;
    } else {
      if (!at.empty()) at += '.';
      at += step.name;
    }
    for (const Filter& filter : step.filters) {
      if (step.name == "extension" && filter.path == std::vector<std::string>{"url"}) {
        at.append("(url=").append(filter.equals).append(")");
        continue;
      }
      if (filter.path == std::vector<std::string>{"is"}) {
        for (const char* name : {".type", ".reference", ".identifier.system"})
          out.push_back(at + name);
        continue;
      }
      std::string asked = at;
      for (const std::string& name : filter.path) asked.append(".").append(name);
      out.push_back(std::move(asked));
    }
  }
  out.push_back(std::move(at));
  return out;
}

}  // namespace

std::vector<std::string> FhirRecord::Places() const {
  std::set<std::string> out;
  Add(document_.focus(), "", "", out);
  for (const Json* other : document_.others())
    if (other != nullptr) Add(*other, "", "->" + other->Text("resourceType") + ".", out);
  return {out.begin(), out.end()};
}

std::vector<std::string> FhirRecord::Touched(const kit::Selector& selector,
                                             const kit::Scope&) const {
  const Path& path = format_.at(selector);
  if (!path.root.empty() && path.root != document_.type()) return {};
  const std::vector<std::string> names = NamesOf(path);
  std::vector<std::string> out;
  for (const std::string& place : Places()) {
    const std::string plain = WithoutFilters(place);
    for (const std::string& name : names) {
      if (!Covers(name, place) && !Covers(name, plain)) continue;
      out.push_back(place);
      break;
    }
  }
  return out;
}

}  // namespace sam::fhir
