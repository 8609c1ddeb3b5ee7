#include "adapters/sql/wide_text.h"

#include <algorithm>

#include "broker/base/text.h"

namespace sam::sql {
namespace {

constexpr uint32_t kHigh = 0xD800, kLow = 0xDC00, kPastPairs = 0xE000, kFirstPaired = 0x10000;

void AppendUtf8(uint32_t code, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    tail(0);
  } else if (code < kFirstPaired) {
    out += static_cast<char>(0xE0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

std::optional<WideText> ToWide(std::string_view utf8) {
  if (!IsValidUtf8(utf8)) return std::nullopt;
  WideText out;
  out.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const int more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    uint32_t code = more == 0 ? lead : lead & (0x3FU >> more);
    for (int k = 1; k <= more; ++k)
      code = (code << 6) | (static_cast<unsigned char>(utf8[i + static_cast<size_t>(k)]) & 0x3FU);
    i += static_cast<size_t>(more) + 1;
    if (code < kFirstPaired) {
      out.push_back(static_cast<uint16_t>(code));
      continue;
    }
    out.push_back(static_cast<uint16_t>(kHigh + ((code - kFirstPaired) >> 10)));
    out.push_back(static_cast<uint16_t>(kLow + ((code - kFirstPaired) & 0x3FF)));
  }
  return out;
}

std::string FromWide(const WideText& wide, bool& whole) {
  constexpr uint32_t kReplaced = 0xFFFD;
  whole = true;
  std::string out;
  out.reserve(wide.size());
  for (size_t i = 0; i < wide.size(); ++i) {
    uint32_t code = wide[i];
    if (code >= kHigh && code < kPastPairs) {
      const uint32_t low = i + 1 < wide.size() ? wide[i + 1] : 0;
      if (code >= kLow || low < kLow || low >= kPastPairs) {
        whole = false;
        code = kReplaced;
      } else {
        code = kFirstPaired + ((code - kHigh) << 10) + (low - kLow);
        ++i;
      }
    }
    AppendUtf8(code, out);
  }
  return out;
}

Filled FilledOf(bool partly, int64_t bytes, const uint16_t* piece, size_t room) {
  if (bytes == kNoTotal)
    return {static_cast<size_t>(std::find(piece, piece + room, 0) - piece), partly};
  const auto chars = static_cast<size_t>(std::max<int64_t>(bytes, 0)) / 2;
  // A warning of another kind says "partly" too.
  return {std::min(chars, room), partly && chars > room};
}

}  // namespace sam::sql
