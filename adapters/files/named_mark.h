// The mark of files that rows named and that are not sealed yet: shared by who seals and who erases.
// Pure, any thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "broker/base/text.h"

namespace sam::files {

inline constexpr const char* kNamedMark = "files/named";

inline std::string EncodeNamed(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(ToHex(name)).append("\n");
  return out;
}

inline std::set<std::string> DecodeNamed(std::string_view mark) {
  std::set<std::string> out;
  for (const std::string_view line : Split(mark, '\n')) {
    std::optional<std::string> name = FromHex(line);
    if (name && !name->empty()) out.insert(std::move(*name));
  }
  return out;
}

}  // namespace sam::files
