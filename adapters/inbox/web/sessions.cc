#include "adapters/inbox/web/sessions.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/secret.h"

namespace sam::inbox::web {

namespace {
constexpr size_t kTokenBytes = 32;
}  // namespace

bool Sessions::Over(const Session& session, int64_t now_ms) const {
  return now_ms - session.used_ms >= idle_ms_ || now_ms - session.began_ms >= longest_ms_;
}

void Sessions::MakeRoom(const std::string& account, int64_t now_ms) {
  std::erase_if(sessions_, [&](const auto& one) { return Over(one.second, now_ms); });
  const auto older = [](const auto& a, const auto& b) { return a.second.used_ms < b.second.used_ms; };
  const auto own = [&](const auto& one) { return one.second.account == account; };
  while (static_cast<size_t>(std::count_if(sessions_.begin(), sessions_.end(), own)) >= kPerAccount) {
    auto oldest = sessions_.end();
    for (auto at = sessions_.begin(); at != sessions_.end(); ++at)
      if (own(*at) && (oldest == sessions_.end() || older(*at, *oldest))) oldest = at;
    sessions_.erase(oldest);
  }
  if (sessions_.size() >= kSessionsMax)
    sessions_.erase(std::min_element(sessions_.begin(), sessions_.end(), older));
}

std::string Sessions::Begin(const std::string& account, const std::string& certificate,
                            int64_t now_ms) {
  MakeRoom(account, now_ms);
  std::string token = ToHex(RandomBytes(kTokenBytes));
  sessions_[Sha256({token})] = {account, ToHex(RandomBytes(kTokenBytes)), certificate, now_ms,
                                now_ms};
  return token;
}

const Session* Sessions::Find(const std::string& token, const std::string& certificate,
                              int64_t now_ms) {
  if (token.size() != 2 * kTokenBytes) return nullptr;
  const auto found = sessions_.find(Sha256({token}));
  if (found == sessions_.end()) return nullptr;
  if (Over(found->second, now_ms)) {
    sessions_.erase(found);
    return nullptr;
  }
  if (found->second.certificate != certificate) return nullptr;
  found->second.used_ms = now_ms;
  return &found->second;
}

void Sessions::End(const std::string& token) { sessions_.erase(Sha256({token})); }

}  // namespace sam::inbox::web
