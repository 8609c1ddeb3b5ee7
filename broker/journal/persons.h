// Who a draft is about: the vault's answer, with the answers of late kept, since one child's events
// come in runs and asking the vault costs two point reads.
// One owner: the journal thread (it writes the vault). New keys are only buffered here: the round
// commits the vault before it writes the record.
// Limits: kCacheMax answers, then the cache starts anew. Keys of the cache are keyed hashes under a
// key of this process, so it holds no person numbers.
#pragma once

#include <unordered_map>
#include <vector>

#include "broker/base/result.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/secret.h"
#include "broker/journal/inbox.h"
#include "broker/store/vault.h"

namespace sam::journal {

class Persons {
 public:
  static constexpr size_t kCacheMax = 65536;  // about 6 MB

  explicit Persons(Vault& vault) : vault_(vault), cache_key_(SecretKey::Random()) {}

  struct About {
    SubjectId subject;  // empty: no person
    KeyId key;
    std::vector<SubjectId> linked;  // others that an event says are the same: still apart
  };
  // Bad identifiers never stop a draft: empty ones and those beyond Vault::kMaxIds are left out.
  // `kind` is what it is written as: a conflict links nobody.
  Result<About> Resolve(const Draft& draft, Kind kind);
  // What dispatch has judged of two identities. What the vault refuses (another controller, a ring,
  // one that is erased) is logged and passed over. Buffered as the rest.
  Status Join(const Link& link);

 private:
  Vault& vault_;
  SecretKey cache_key_;
  uint64_t erasures_ = 0;
  std::unordered_map<Mac16, About> cache_;
};

}  // namespace sam::journal
