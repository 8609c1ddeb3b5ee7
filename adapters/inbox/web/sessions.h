// Sessions: who is signed in. In memory only, and only as digests of their tokens: a restart signs
// everybody out, and a copy of the memory holds no cookie. Owned by the site; one thread.
// Limits: kSessionsMax, kPerAccount; the oldest makes room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "broker/base/ids.h"

namespace sam::inbox::web {

struct Session {
  std::string account;
  std::string form_token;   // in every form: what did not come from our page is refused
  std::string certificate;  // fingerprint of the client's at sign-in; empty: none was shown
  int64_t began_ms = 0;
  int64_t used_ms = 0;
};

class Sessions {
 public:
  static constexpr size_t kSessionsMax = 512;
  static constexpr size_t kPerAccount = 4;

  Sessions(int64_t idle_ms, int64_t longest_ms) : idle_ms_(idle_ms), longest_ms_(longest_ms) {}

  // The token for the cookie: 64 hex digits from the kernel's generator.
  std::string Begin(const std::string& account, const std::string& certificate, int64_t now_ms);
  // Null: unknown, too long unused, too old, or shown by another client certificate. Counts as use.
  // The pointer is good until the next call.
  const Session* Find(const std::string& token, const std::string& certificate, int64_t now_ms);
  void End(const std::string& token);
  size_t size() const { return sessions_.size(); }

 private:
  void MakeRoom(const std::string& account, int64_t now_ms);
  bool Over(const Session& session, int64_t now_ms) const;

  int64_t idle_ms_;
  int64_t longest_ms_;
  std::map<Digest, Session> sessions_;
};

}  // namespace sam::inbox::web
