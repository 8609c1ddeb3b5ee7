#include "adapters/fhir/json.h"

#include <simdjson.h>

#include <algorithm>

#include "adapters/fhir/json_place.h"
#include "broker/base/text.h"

namespace sam::fhir {
namespace {

namespace od = simdjson::ondemand;

// Why a reader stopped, in words for the sender.
std::string Reason(simdjson::error_code code) {
  switch (code) {
    case simdjson::DEPTH_ERROR: return "nested too deeply";
    case simdjson::UTF8_ERROR: return "not valid UTF-8";
    case simdjson::NUMBER_ERROR: return "a number that cannot be held";
    case simdjson::UNESCAPED_CHARS: return "a control character inside a text";
    case simdjson::UNCLOSED_STRING: return "a text without its closing quote";
    case simdjson::STRING_ERROR: return "a text with a broken escape";
    case simdjson::EMPTY: return "nothing there";
    case simdjson::CAPACITY: return "too large";
    default: return "not JSON";
  }
}

// Names of FHIR elements are letters; anything else might be data that slipped into a name.
bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
}

std::string Below(const std::string& place, std::string_view name) {
  const std::string word = IsPlainName(name) ? std::string(name) : "(a name)";
  return place.empty() ? word : place + "." + word;
}

class Reader {
 public:
  explicit Reader(const JsonLimits& limits) : limits_(limits) {}

  Status Read(od::value value, const std::string& place, size_t depth, Json& out) {
    if (depth > limits_.depth) return Bad(place, "nested too deeply");
    if (++parts_ > limits_.parts) return Bad(place, "too many parts");
    od::json_type type{};
    if (const auto error = value.type().get(type)) return Bad(place, Reason(error));
    switch (type) {
      case od::json_type::object: return ReadObject(value, place, depth, out);
      case od::json_type::array: return ReadArray(value, place, depth, out);
      case od::json_type::string: {
        out.kind = Json::Kind::kString;
        std::string_view text;
        if (const auto error = value.get_string().get(text)) return Bad(place, Reason(error));
        out.text = std::string(text);
        return Ok();
      }
      case od::json_type::number: {
        out.kind = Json::Kind::kNumber;
        out.text = std::string(Trim(value.raw_json_token()));
        double ignored = 0;
        if (const auto error = value.get_double().get(ignored)) return Bad(place, Reason(error));
        return Ok();
      }
      case od::json_type::boolean: {
        bool truth = false;
        if (const auto error = value.get_bool().get(truth)) return Bad(place, Reason(error));
        out.kind = Json::Kind::kBool;
        out.text = truth ? "true" : "false";
        return Ok();
      }
      case od::json_type::null: break;
    }
    if (!value.is_null()) return Bad(place, "not JSON");
    out.kind = Json::Kind::kNull;
    return Ok();
  }

 private:
  static Error Bad(const std::string& place, const std::string& what) {
    return Invalid((place.empty() ? "the document" : place) + ": " + what);
  }

  Status ReadObject(od::value& value, const std::string& place, size_t depth, Json& out) {
    out.kind = Json::Kind::kObject;
    od::object object;
    if (const auto error = value.get_object().get(object)) return Bad(place, Reason(error));
    for (auto field : object) {
      std::string_view name;
      if (const auto error = field.unescaped_key().get(name)) return Bad(place, Reason(error));
      const std::string below = Below(place, name);
      if (out.Find(name) != nullptr) return Bad(below, "the same name twice");
      if (out.members.size() >= kMaxMembers) return Bad(place, "too many names in one object");
      out.members.push_back({std::string(name), {}});
      od::value inner;
      if (const auto error = field.value().get(inner)) return Bad(below, Reason(error));
      SAM_TRY(Read(inner, below, depth + 1, out.members.back().value));
    }
    return Ok();
  }

  Status ReadArray(od::value& value, const std::string& place, size_t depth, Json& out) {
    out.kind = Json::Kind::kArray;
    od::array array;
    if (const auto error = value.get_array().get(array)) return Bad(place, Reason(error));
    for (auto element : array) {
      const std::string below = place + "[" + std::to_string(out.items.size()) + "]";
      od::value inner;
      if (const auto error = element.get(inner)) return Bad(below, Reason(error));
      out.items.emplace_back();
      SAM_TRY(Read(inner, below, depth + 1, out.items.back()));
    }
    return Ok();
  }

  // The search for a name twice looks at all names before it; the widest FHIR resource has 60.
  static constexpr size_t kMaxMembers = 500;
  const JsonLimits& limits_;
  size_t parts_ = 0;
};

}  // namespace

const Json* Json::Find(std::string_view name) const {
  for (const JsonMember& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

Json* Json::Find(std::string_view name) {
  for (JsonMember& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

const std::string& Json::Text(std::string_view name) const {
  static const std::string kNothing;
  const Json* found = Find(name);
  return found != nullptr && found->kind == Kind::kString ? found->text : kNothing;
}

void Json::Erase(std::string_view name) {
  members.erase(std::remove_if(members.begin(), members.end(),
                               [&](const JsonMember& member) { return member.name == name; }),
                members.end());
}

Result<Json> ParseJson(std::string_view bytes, const JsonLimits& limits) {
  if (bytes.substr(0, 3) == "\xef\xbb\xbf") bytes.remove_prefix(3);
  const simdjson::padded_string padded(bytes);
  {
    // The whole document is judged first: the reader below looks only at what it visits.
    simdjson::dom::parser judge;
    if (const auto error = judge.allocate(std::max<size_t>(bytes.size(), 1), limits.depth + 1))
      return Invalid("the document: " + Reason(error));
    simdjson::dom::element ignored;
    if (const auto error = judge.parse(padded).get(ignored)) {
      const size_t at = WhereNotJson(bytes);  // npos: too deep, or a number that nothing holds
      const std::string where = at == std::string_view::npos ? "" : LineAndColumn(bytes, at) + ": ";
      return Invalid("the document: " + where + Reason(error));
    }
  }
  od::parser parser;
  od::document document;
  if (const auto error = parser.iterate(padded).get(document))
    return Invalid("the document: " + Reason(error));
  od::value root;
  if (document.get_value().get(root) != simdjson::SUCCESS)
    return Invalid("the document: expected an object");
  Json out;
  Reader reader(limits);
  SAM_TRY(reader.Read(root, "", 1, out));
  return out;
}

std::string TextOf(const Json& value) {
  return value.is_object() || value.is_array() ? std::string() : value.text;
}

std::string Quoted(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

void AppendJson(const Json& value, std::string& out) {
  switch (value.kind) {
    case Json::Kind::kNull: out += "null"; return;
    case Json::Kind::kBool:
    case Json::Kind::kNumber: out += value.text; return;
    case Json::Kind::kString: out += Quoted(value.text); return;
    case Json::Kind::kArray: {
      out += '[';
      for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ',';
        AppendJson(value.items[i], out);
      }
      out += ']';
      return;
    }
    case Json::Kind::kObject: break;
  }
  out += '{';
  for (size_t i = 0; i < value.members.size(); ++i) {
    if (i > 0) out += ',';
    out += Quoted(value.members[i].name);
    out += ':';
    AppendJson(value.members[i].value, out);
  }
  out += '}';
}

}  // namespace sam::fhir
