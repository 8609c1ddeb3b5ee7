// UTF-8 to the UTF-16 that ODBC takes and back, so that no locale and no driver's character set
// stands between a name and us. Any thread, pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sam::sql {

using WideText = std::vector<uint16_t>;

// Empty optional: not UTF-8.
std::optional<WideText> ToWide(std::string_view utf8);

// Empty optional: half a pair. Nothing is replaced by U+FFFD.
std::optional<std::string> FromWide(const WideText& wide);

}  // namespace sam::sql
