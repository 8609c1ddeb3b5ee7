// Vault: the only place that can tell who a subject is and unseal what was written about them.
// It lives in a store of its own (own log, own backups), and every key in it is wrapped by the
// key-encryption key (KEK), so a stolen vault without the KEK is worthless.
// Threads: Resolve, Link, Erase, Commit, BufferedKeyOf on the writer thread; Find, Follow, KeyOf,
// highest, erasures on any thread, which see what was committed.
// Rule: Commit() before the record that uses a new key is written, or a crash could leave a record
// that nobody can ever read.
// Erasing a key makes what it sealed unreadable; the rows in the files go with EraseForGood.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/person_id.h"
#include "broker/base/result.h"
#include "broker/crypto/secret.h"
#include "broker/store/store.h"

namespace sam {

// Space names of a vault's store, in order; give them to RocksStore::Open.
std::vector<std::string> VaultSpaces();

class Vault {
 public:
  struct Resolved {
    SubjectId subject;
    KeyId key;
    bool created = false;
    // Other subjects that the further ids point to: the same person came in under two names
    // before anyone knew. Linking them is a journaled decision of the caller.
    std::vector<SubjectId> others;
    std::vector<SubjectId> followed;  // those that were linked to `subject` before
  };

  // An empty store becomes a vault of this KEK. kDenied: the vault was made with another KEK (the
  // message shows `kek_name`, the file or credential it came from). kCorrupt: its rows are not what
  // was written. The store must outlive the vault.
  static Result<std::unique_ptr<Vault>> Open(Store& store, SecretKey kek,
                                             const std::string& kek_name = "the given key");
  ~Vault();

  // Finds the subject these ids name for this controller (organisation number and board), or
  // makes one. Ids not seen before are indexed to it. Without ids: a fresh subject. Buffered;
  // later calls see the buffer. kInvalid: empty controller, more than kMaxIds ids, an empty id.
  Result<Resolved> Resolve(std::string_view controller, const std::vector<PersonId>& ids);
  // From now on `from` follows to `to`; `to` equal to `from` undoes it. Buffered. Keys stay apart,
  // so what was sealed for each stays readable and the link can be undone. kDenied: a subject of
  // another controller. kConflict: would make a ring. kNotFound: no such subject.
  Status Link(std::string_view controller, SubjectId from, SubjectId to);
  // Forgets the key of this one subject (buffered). Its index entries lead nowhere from then on:
  // the same person arriving later is a new subject. kNotFound: no such subject or erased already.
  Status Erase(SubjectId subject);
  // A key of the hub's own, by purpose ("payload", "index"): made, durable, at its first use. Writer
  // thread; on a vault opened for reading only, kDenied when it was never made.
  Result<SecretKey> HubKey(std::string_view purpose);

  // Makes all buffered changes durable; no write at all when there are none. kExhausted: nothing
  // was lost, call again when there is room. Other errors: exit 75.
  Status Commit();
  bool dirty() const;
  // As KeyOf, and sees keys not committed yet: for sealing a batch before its Commit.
  Result<SecretKey> BufferedKeyOf(SubjectId subject) const;

  // Where links lead to, or the subject itself.
  Result<SubjectId> Follow(SubjectId subject) const;
  Result<std::optional<SubjectId>> Find(std::string_view controller, const PersonId& id) const;
  // The subject's own key (links are not followed). kNotFound: erased or never there.
  Result<SecretKey> KeyOf(SubjectId subject) const;
  KeyId highest() const { return KeyId(highest_.load(std::memory_order_acquire)); }  // committed
  // kCorrupt when this vault is older than a log that used `in_log`: an old copy was put back.
  Status RequireAtLeast(KeyId in_log) const;
  uint64_t erasures() const { return erasures_.load(std::memory_order_acquire); }  // since Open

  static constexpr size_t kMaxIds = 16;  // numbers one event gives for one person

 private:
  Vault(Store& store, SecretKey kek) : store_(store), kek_(std::move(kek)) {}
  struct Row;
  Status CheckCanary(const std::string& kek_name);
  Result<std::optional<std::string>> Read(Space space, const std::string& key, bool buffered) const;
  void Write(Space space, std::string key, std::string value);
  Result<std::optional<Row>> ReadRow(SubjectId subject, bool buffered) const;
  Result<SubjectId> FollowIn(SubjectId subject, bool buffered) const;
  Result<SecretKey> KeyIn(SubjectId subject, bool buffered) const;
  Result<std::optional<SubjectId>> FindIn(const std::string& index_key, bool buffered,
                                          SubjectId* indexed_as = nullptr) const;
  Result<std::optional<SecretKey>> ControllerKey(std::string_view controller, bool buffered) const;
  Result<const SecretKey*> EnsureControllerKey(std::string_view controller);
  Result<Resolved> Create(std::string_view controller);

  Store& store_;
  SecretKey kek_;
  std::map<std::pair<uint8_t, std::string>, std::string> buffer_;
  std::map<std::string, SecretKey, std::less<>> controller_keys_;  // writer's cache
  uint64_t next_key_ = 1;
  uint64_t pending_erasures_ = 0;
  std::atomic<uint64_t> highest_{0};
  std::atomic<uint64_t> erasures_{0};
};

// Unwrapped keys lately used. One per thread. Drops everything when the vault erased a key, so that
// an erased key does not live on in a cache.
class KeyCache {
 public:
  enum class View { kCommitted, kBuffered };  // kBuffered: on the vault's writer thread only

  explicit KeyCache(const Vault& vault, View view = View::kCommitted, size_t limit = 4096)
      : vault_(vault), view_(view), limit_(limit) {}

  // The pointer lives until the next call. Errors as Vault::KeyOf; misses are not remembered.
  Result<const SecretKey*> Get(SubjectId subject);
  size_t size() const { return entries_.size(); }
  void Clear();

 private:
  struct Entry {
    SubjectId subject;
    SecretKey key;
  };
  const Vault& vault_;
  View view_;
  size_t limit_;
  uint64_t erasures_ = 0;
  std::list<Entry> entries_;  // newest first
  std::unordered_map<SubjectId, std::list<Entry>::iterator> index_;
};

}  // namespace sam
