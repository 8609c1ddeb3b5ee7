#include "adapters/kit/raw_cut.h"

#include <algorithm>

#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam::kit {
namespace {

constexpr std::string_view kNote = "samsignal-cut:";

// A backslash stands before the slashes that some JSON writers escape.
bool IsRunByte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=' || c == '\\';
}

}  // namespace

std::string WithoutContent(std::string_view message) {
  std::string out;
  size_t at = 0;
  while (at < message.size()) {
    size_t end = at;
    while (end < message.size() && IsRunByte(message[end])) ++end;
    const std::string_view run = message.substr(at, end - at);
    std::optional<std::string> content;
    if (run.size() >= kCutMin) {
      std::string plain(run);
      plain.erase(std::remove(plain.begin(), plain.end(), '\\'), plain.end());
      content = FromBase64(plain);
    }
    if (content) {
      out.append(kNote).append(ToHex(Sha256({*content}).view())).append(":");
      out += std::to_string(content->size());
    } else {
      out += run;
    }
    if (end < message.size()) out += message[end];
    at = end + 1;
  }
  return out;
}

std::optional<CutOut> ReadCut(std::string_view text) {
  if (text.substr(0, kNote.size()) != kNote) return std::nullopt;
  text.remove_prefix(kNote.size());
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto bytes = FromHex(text.substr(0, colon));
  const auto digest = bytes ? Digest::From(*bytes) : std::nullopt;
  const auto size = ReadNumber(text.substr(colon + 1));
  if (!digest || !size) return std::nullopt;
  return CutOut{*digest, *size};
}

}  // namespace sam::kit
