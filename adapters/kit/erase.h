// Erasing one person from what an adapter keeps: raw messages, quarantine, events that the hub has.
// Whoever has several numbers (a person number, a reserve number before it, local ids) is erased by all
// of them at once. Each is looked for in the forms that sources write it in. Rows of others that name the same
// person (a sibling's report) go too: what is kept here is a copy, and the source has the original.
// Files that a connector keeps are its own part (kept_files.h).
// `seen` and `episode` hold keyed hashes and event ids only; they expire by themselves.
// Threads: the store's writer, between groups. Many small groups, so a crash in between leaves less to
// do for the next run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kit/adapter_store.h"
#include "broker/base/result.h"

namespace sam::kit {

struct ErasureReport {
  uint64_t raw = 0;
  uint64_t quarantine = 0;  // entries that keep their place and reason, and lose their content
  uint64_t events = 0;
  uint64_t waiting = 0;  // events the hub has not taken yet: left, or it would never hear of them
};

inline constexpr size_t kMostNumbers = 20;  // of one person, in one go

// The forms in which a number may stand in a message: as given, without hyphens, and for twelve
// characters with the hyphen, without the century, and both. kInvalid: it has not the form of a number
// (the error tells which forms are taken, and repeats none of it), or would be found in what is told
// of others: names, dates, short numbers.
Result<std::vector<std::string>> WrittenForms(std::string_view number);
// Of all numbers, which blanks, line ends, commas or semicolons part. kInvalid: one is none, there is
// none, or more than kMostNumbers; then nothing is looked for.
Result<std::vector<std::string>> WrittenFormsOfAll(std::string_view numbers);

// True if one of the forms stands in the bytes by itself, not inside a longer number or word; in upper
// or lower case, in one byte a character or in UTF-16.
bool Mentions(std::string_view original, const std::vector<std::string>& forms);

// Counts only when `dry_run`. The files still hold the bytes until they are rewritten
// (RocksStore::EraseForGood): the caller's part. Errors are the store's.
Result<ErasureReport> ErasePerson(AdapterStore& store, const std::vector<std::string>& forms,
                                  const std::string& operator_name, bool dry_run);

}  // namespace sam::kit
