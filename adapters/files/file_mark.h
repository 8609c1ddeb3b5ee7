// FileMark: how far the file at hand has come, written with each group of its rows; and the files
// that are over, so that the same one again is known. As text of few lines: whoever debugs a store
// can read it. Plain values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kit/pipeline.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::files {

struct BadRow {
  uint64_t place = 0;
  std::string reason;       // code
  uint64_t quarantine = 0;  // its number there; 0: refused, nothing was kept
};

struct Counts {
  uint64_t rows = 0;
  uint64_t taken = 0;  // told at least one event
  uint64_t events = 0;
  uint64_t nothing = 0;     // wanted, but said nothing that makes an event
  uint64_t not_wanted = 0;  // a trigger no rule names
  uint64_t duplicates = 0;
  uint64_t bad = 0;
  std::vector<BadRow> bad_rows;  // the first kMaxBadRows

  static constexpr size_t kMaxBadRows = 1000;
  void Add(uint64_t place, const kit::Verdict& verdict);
};

struct FileMark {
  uint64_t number = 0;  // of the file, in this adapter
  std::string name;
  Digest digest;
  uint64_t offset = 0;  // all before it is done
  uint64_t place = 1;
  bool complete = false;  // all of it is done; what is left is its receipt
  Counts counts;
};
std::string EncodeMark(const FileMark& mark);
Result<FileMark> DecodeMark(std::string_view bytes);

class KnownFiles {
 public:
  static constexpr size_t kMax = 2000;  // years of nightly files

  uint64_t next_number = 1;
  bool Has(const Digest& digest) const;
  void Add(const Digest& digest);  // forgets the oldest beyond kMax
  std::string Encode() const;
  static Result<KnownFiles> Decode(std::string_view bytes);

 private:
  std::vector<Digest> digests_;  // newest last
};

}  // namespace sam::files
