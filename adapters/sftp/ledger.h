// Ledger: what is known of the server's files, kept as two marks in the adapter's store. Open:
// fetched and not yet settled. Settled: nothing more to do with this state (name, size, time).
// One thread; owned by the puller. Limits: kMaxOpen, kMaxSettled.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sftp/link.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/digest.h"

namespace sam::sftp {

struct OpenFile {
  RemoteFile file;
  Digest digest;
  bool over = false;  // worked through or refused here
  bool ok = false;
  uint64_t number = 0;   // of the file, in this adapter
  uint64_t upto = 0;     // its events in the outbox are not above this number
  std::string moved;     // its name in done/ or failed/
  bool put = false;      // its receipt is on the server
  bool aside = false;    // rows of it were put aside: the hub has not all of it
};

class Ledger {
 public:
  static constexpr size_t kMaxOpen = 1'000;
  static constexpr size_t kMaxSettled = 2 * Listing::kMaxFiles;

  std::vector<OpenFile>& open() { return open_; }
  const std::vector<OpenFile>& open() const { return open_; }
  OpenFile* Find(const std::string& name);  // open under this name; at most one is
  uint64_t WaitingBytes() const;            // open and not over
  bool full() const { return open_.size() >= kMaxOpen || settled_.size() >= kMaxSettled; }

  bool IsSettled(const RemoteFile& file) const { return settled_.count(IdOf(file)) > 0; }
  void Settle(const RemoteFile& file);  // no more open
  void Forget(const std::string& name);
  // The server has these and no others: of the rest nothing needs to be known. True: some went.
  bool Prune(const std::vector<RemoteFile>& all);

  std::string EncodeOpen() const;
  std::string EncodeSettled() const;
  static Result<Ledger> Decode(std::string_view open, std::string_view settled);

 private:
  static Mac16 IdOf(const RemoteFile& file);
  std::vector<OpenFile> open_;
  std::set<Mac16> settled_;
};

}  // namespace sam::sftp
