#include "broker/contract/reference.h"

#include "broker/base/text.h"

namespace sam::contract {
namespace {

constexpr std::string_view kPrefix = "samsignal-";
constexpr size_t kDigits = SignalId::kSize * 2;

bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

std::string ReferenceTo(const SignalId& signal) { return std::string(kPrefix) + ToHex(signal.view()); }

std::optional<SignalId> SignalNamedIn(std::string_view text) {
  for (size_t at = text.find(kPrefix); at != std::string_view::npos; at = text.find(kPrefix, at + 1)) {
    const std::string_view rest = text.substr(at + kPrefix.size());
    if (rest.size() < kDigits) return std::nullopt;
    if (rest.size() > kDigits && IsHexDigit(rest[kDigits])) continue;  // another kind of id
    const auto bytes = FromHex(rest.substr(0, kDigits));
    if (bytes) return SignalId::From(*bytes);
  }
  return std::nullopt;
}

}  // namespace sam::contract
