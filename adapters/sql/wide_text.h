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

// Half a pair becomes U+FFFD, and `whole` false.
std::string FromWide(const WideText& wide, bool& whole);

// What a driver filled of a piece that was all zeros, and whether there is more. `partly`: it said
// SQL_SUCCESS_WITH_INFO; `bytes`: of what was left, or kNoTotal when it does not know.
inline constexpr int64_t kNoTotal = -4;  // SQL_NO_TOTAL
struct Filled {
  size_t chars = 0;
  bool more = false;
};
Filled FilledOf(bool partly, int64_t bytes, const uint16_t* piece, size_t room);

}  // namespace sam::sql
