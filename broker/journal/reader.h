// What downstream may read of the journal: synced records only. One Reader per thread; all share
// the store handle and one atomic durable mark that the journal stage raises after each sync.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "broker/base/result.h"
#include "broker/journal/record.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"

namespace sam::journal {

// The number of records that are on disk: offsets below it may be read, acted on and disclosed.
class DurableMark {
 public:
  Offset get() const { return Offset(value_.load(std::memory_order_acquire)); }
  void Raise(Offset next) { value_.store(next.value, std::memory_order_release); }

  // False while the disk's reserve is gone: what cannot be audited may not be disclosed.
  bool may_disclose() const { return may_disclose_.load(std::memory_order_acquire); }
  void SetMayDisclose(bool may) { may_disclose_.store(may, std::memory_order_release); }

 private:
  std::atomic<uint64_t> value_{0};
  std::atomic<bool> may_disclose_{true};
};

class Opener;  // reader.cc

// The ordinary door: it never gives what tells where a person stays (place_door.h does).
class Reader {
 public:
  Reader(const Store& store, const Vault& vault, const SecretKey& hub_key, const DurableMark& mark);
  ~Reader();

  Offset durable() const;  // one past the last synced record
  bool may_disclose() const;

  Result<Header> ReadHeader(Offset offset) const;  // kNotFound beyond durable()
  // With payload opened, its places left out; payload empty when it was disposed of or its key
  // erased.
  Result<Record> Read(Offset offset) const;
  // Records in [from, until), rising, at most `limit`; visit returns false to stop.
  Status Scan(Offset from, Offset until, size_t limit,
              const std::function<bool(Record&&)>& visit) const;

 private:
  std::unique_ptr<Opener> opener_;
};

}  // namespace sam::journal
