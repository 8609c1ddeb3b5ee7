// What each source had accepted, read before any thread runs.
#include <optional>
#include <utility>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/ingress/ingress.h"
#include "broker/store/spaces.h"

namespace sam::ingress {
namespace {

constexpr std::string_view kAcceptedPrefix = "ingress/";

}  // namespace

std::string AcceptedKey(std::string_view peer, std::string_view system_id) {
  // The length in front: neither name can run into the other.
  std::string key(kAcceptedPrefix);
  key += std::to_string(peer.size()) + ":";
  key += peer;
  key += system_id;
  return key;
}

namespace {

// The inverse of AcceptedKey; empty optional: not such a key.
std::optional<std::pair<std::string, std::string>> ParseAcceptedKey(std::string_view key) {
  key.remove_prefix(kAcceptedPrefix.size());
  size_t size = 0;
  size_t i = 0;
  for (; i < key.size() && key[i] >= '0' && key[i] <= '9' && i < 4; ++i)
    size = size * 10 + static_cast<size_t>(key[i] - '0');
  if (i == 0 || i >= key.size() || key[i] != ':' || i + 1 + size > key.size()) return std::nullopt;
  return std::pair(std::string(key.substr(i + 1, size)), std::string(key.substr(i + 1 + size)));
}

}  // namespace

Result<std::unique_ptr<Ingress>> Ingress::Open(const Parts& parts, const Store& store,
                                               IngressOptions options, SecretKey index_key,
                                               PeerTablePtr peers) {
  SAM_CHECK(peers != nullptr);
  std::unique_ptr<Ingress> ingress(
      new Ingress(parts, std::move(options), std::move(index_key), std::move(peers)));
  bool sound = true;
  const std::string from(kAcceptedPrefix);
  SAM_TRY(store.Scan(spaces::kMeta, from, from.substr(0, from.size() - 1) + "0",
                     [&](std::string_view key, std::string_view value) {
                       const auto source = ParseAcceptedKey(key);
                       sound = source.has_value() && value.size() == 8;
                       if (sound) ingress->floors_[*source] = ReadBigEndian64(value);
                       return sound;
                     }));
  if (!sound) return Corrupt("ingress: a row of accepted numbers is not what was written");
  return ingress;
}

}  // namespace sam::ingress
