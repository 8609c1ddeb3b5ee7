#include <utility>

#include "broker/wire/zap.h"

namespace sam::wire {
namespace {

bool IsName(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

Result<ZapTable> ZapTable::Make(std::vector<AllowedKey> keys) {
  ZapTable table;
  for (AllowedKey& key : keys) {
    if (!IsName(key.name))
      return Invalid("peer name is empty, too long or has other characters than letters, digits, "
                     "'.', '-' and '_'");
    if (!IsCurveKey(key.key))
      return Invalid("peer " + key.name + ": not a CURVE key (40 characters of Z85)");
    std::string index = key.key;
    const std::string name = key.name;
    const auto [place, fresh] = table.keys_.emplace(std::move(index), std::move(key));
    if (!fresh)
      return Invalid("peer " + name + ": its key is also " + place->second.name +
                     "'s; each key belongs to one peer");
  }
  return table;
}

ZapTable::Answer ZapTable::Ask(std::string_view key_z85, Millis now) const {
  const auto found = keys_.find(std::string(key_z85));
  if (found == keys_.end()) return {Verdict::kUnknownKey, {}};
  const AllowedKey& key = found->second;
  if (key.not_before && now < *key.not_before) return {Verdict::kNotYetValid, key.name};
  if (key.not_after && now > *key.not_after) return {Verdict::kExpired, key.name};
  return {Verdict::kIn, key.name};
}

bool ZapTable::Loses(const ZapTable& next, Millis then, Millis now) const {
  for (const auto& [key, allowed] : keys_) {
    if (Ask(key, then).verdict != Verdict::kIn) continue;
    const Answer answer = next.Ask(key, now);
    if (answer.verdict != Verdict::kIn || answer.name != allowed.name) return true;
  }
  return false;
}

}  // namespace sam::wire
