// An event as a flat list of its fields, to compare two of them. Values are texts as in EventJson.
// Pure, any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::maptool {

// Stands for a value that the caller may not see.
inline constexpr const char* kHidden = "(hidden)";

struct FieldValue {
  std::string text;
  bool personal = false;  // marked S1 or above in the schema: shown to those who may see it
  bool operator==(const FieldValue&) const = default;
};

// Paths such as "header.subject.ids[0].value". Without what is new each time an event is made (its
// id, when, by which mapping, from which raw message); `replaces` says only that there is one.
Result<std::map<std::string, FieldValue>> FieldsOf(std::string_view event);

}  // namespace sam::maptool
