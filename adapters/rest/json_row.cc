#include "adapters/rest/json_row.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "adapters/rest/mend_json.h"

namespace sam::rest {
namespace {

namespace dom = simdjson::dom;

Result<std::string> Canonical(const dom::element& element, int depth) {
  if (depth > kMaxDepth) return Invalid("a row is nested too deep");
  dom::object object;
  dom::array array;
  if (element.get(object) == simdjson::SUCCESS) {
    std::vector<std::pair<std::string_view, dom::element>> fields;
    for (const dom::key_value_pair field : object) fields.emplace_back(field.key, field.value);
    std::sort(fields.begin(), fields.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string out = "{";
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0 && fields[i].first == fields[i - 1].first)
        return Invalid("a field stands twice in a row");
      SAM_ASSIGN(const std::string value, Canonical(fields[i].second, depth + 1));
      if (i > 0) out += ',';
      out.append(JsonString(fields[i].first)).append(":").append(value);
    }
    return out.append("}");
  }
  if (element.get(array) == simdjson::SUCCESS) {
    std::string out = "[";
    for (const dom::element item : array) {
      SAM_ASSIGN(const std::string value, Canonical(item, depth + 1));
      if (out.size() > 1) out += ',';
      out.append(value);
    }
    return out.append("]");
  }
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return JsonString(text);
  return std::string(simdjson::minify(element));
}

// A text or a number as text; anything else is nothing.
std::string Scalar(const dom::element& row, const std::string& name) {
  dom::object object;
  dom::element value;
  if (name.empty() || row.get(object) != simdjson::SUCCESS) return {};
  if (object.at_key(name).get(value) != simdjson::SUCCESS) return {};
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return value.is_number() ? std::string(simdjson::minify(value)) : std::string();
}

// True: it was there.
bool TakeOut(const std::string& mark, std::string& text) {
  const size_t before = text.size();
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
    text.erase(at, mark.size());
  return text.size() < before;
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

std::string Envelope(std::string_view endpoint, std::string_view row_json, std::string_view at,
                     std::string_view damaged) {
  std::string out = "{\"endpoint\":";
  out.append(JsonString(endpoint));
  if (!at.empty()) out.append(",\"at\":").append(JsonString(at));
  if (!damaged.empty()) out.append(",\"damaged\":").append(JsonString(damaged));
  out.append(",\"row\":").append(row_json).append("}");
  return out;
}

Result<std::string> CanonicalJson(std::string_view json) {
  dom::parser parser;
  dom::element root;
  const simdjson::error_code parsed = parser.parse(json.data(), json.size()).get(root);
  if (parsed != simdjson::SUCCESS)
    return Invalid(std::string("no JSON: ") + simdjson::error_message(parsed));
  return Canonical(root, 0);
}

Result<std::vector<PageRow>> ReadPage(std::string_view body, const std::string& rows_field,
                                      const std::string& id_field,
                                      const std::string& modified_field) {
  dom::parser parser;
  dom::element root;
  std::string mark, mended;
  const simdjson::error_code parsed = parser.parse(body.data(), body.size()).get(root);
  const Error wrong =
      Invalid(std::string("the answer is no JSON: ") + simdjson::error_message(parsed));
  if (parsed != simdjson::SUCCESS) {
    mark = UnusedMark(body);
    mended = MendJson(body, mark);
    if (parser.parse(mended.data(), mended.size()).get(root) != simdjson::SUCCESS) return wrong;
  }
  dom::array rows;
  const simdjson::error_code found =
      rows_field.empty() ? root.get(rows) : root.at_key(rows_field).get(rows);
  if (found != simdjson::SUCCESS)
    return Invalid(rows_field.empty()
                       ? std::string("the answer is no list of rows; set rows_field when the list "
                                     "stands in an object")
                       : "the answer has no list named '" + rows_field + "' (rows_field)");
  std::vector<PageRow> out;
  size_t marked = 0;
  for (const dom::element row : rows) {
    PageRow one;
    Result<std::string> json = Canonical(row, 0);
    // A row that has no canonical form is handed on as it is, and the decoder says why.
    one.json = json.ok() ? std::move(json).value() : std::string(simdjson::minify(row));
    one.id = Scalar(row, id_field);
    one.modified = Scalar(row, modified_field);
    if (!mark.empty() && TakeOut(mark, one.json)) {
      one.mended = true;
      ++marked;
      Result<std::string> again = CanonicalJson(one.json);  // a name may have held the mark
      if (again.ok()) one.json = std::move(again).value();
      TakeOut(mark, one.id);
      TakeOut(mark, one.modified);
    }
    out.push_back(std::move(one));
  }
  if (marked > std::max(kMaxMended, out.size() / 10)) return wrong;
  return out;
}

}  // namespace sam::rest
