// Json: one JSON document from outside as a tree. simdjson reads it; nothing here parses by hand.
// Refused with a place and never with a value: bad UTF-8, duplicate names, deep nesting, too many
// parts, numbers that no double holds, anything after the document.
// Any thread, plain values. Numbers keep their text, so that 0.10 stays 0.10.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::fhir {

struct JsonMember;

struct Json {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string text;  // of a string, the digits of a number, "true" or "false"
  std::vector<Json> items;
  std::vector<JsonMember> members;

  bool is_object() const { return kind == Kind::kObject; }
  bool is_array() const { return kind == Kind::kArray; }
  const Json* Find(std::string_view name) const;  // null: no such member, or no object
  Json* Find(std::string_view name);
  // The text of a string member; empty when there is none.
  const std::string& Text(std::string_view name) const;
  void Erase(std::string_view name);
};

struct JsonMember {
  std::string name;
  Json value;
};

struct JsonLimits {
  size_t depth = 64;       // honest FHIR stays below 20
  size_t parts = 200'000;  // values of all kinds
};

// kInvalid: says what is wrong and where ("entry[3].resource.status", or of what is no JSON "line 3, column 17"); names that are no plain
// words are not repeated, since a hostile name may hold anything.
Result<Json> ParseJson(std::string_view bytes, const JsonLimits& limits = JsonLimits());

std::string TextOf(const Json& value);  // of a text, number or truth value; else empty
void AppendJson(const Json& value, std::string& out);  // compact
std::string Quoted(std::string_view text);             // a JSON string with its quotes

}  // namespace sam::fhir
