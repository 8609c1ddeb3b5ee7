// A small journal-like load for the damage and power-cut tests: record i holds bytes that follow
// from i, and a "next" row moves in the same batch. One thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "broker/base/text.h"
#include "broker/store/rocks_store.h"

namespace sam::test {

inline constexpr Space kMetaSpace{0};
inline constexpr Space kDataSpace{1};

inline StoreOptions NumberedOptions(const std::string& path) {
  StoreOptions options;
  options.path = path;
  options.space_names = {"meta", "data"};
  options.create = true;
  return options;
}

inline std::string NumberedValue(uint64_t i) {
  std::string out = "record " + std::to_string(i) + " ";
  while (out.size() < 50 + i * 37 % 900) out += static_cast<char>('a' + (i + out.size()) % 26);
  return out;
}

inline Status PutNumbered(Store& store, uint64_t i, Durability durability) {
  Batch batch;
  batch.Put(kDataSpace, BigEndian64(i), NumberedValue(i));
  batch.Put(kMetaSpace, "next", BigEndian64(i + 1));
  return store.Apply(batch, durability);
}

inline Result<uint64_t> NumberedPosition(const Store& store) {
  SAM_ASSIGN(const std::optional<std::string> row, store.Get(kMetaSpace, "next"));
  return row ? ReadBigEndian64(*row) : uint64_t{0};
}

// All records below the position are there and whole, and none at or above it.
inline void ExpectWholePrefix(const Store& store) {
  const Result<uint64_t> position = NumberedPosition(store);
  ASSERT_TRUE(position.ok());
  uint64_t expected = 0;
  const Status scanned =
      store.Scan(kDataSpace, "", "", [&](std::string_view key, std::string_view value) {
        EXPECT_EQ(ReadBigEndian64(key), expected);
        EXPECT_EQ(value, NumberedValue(expected));
        ++expected;
        return true;
      });
  ASSERT_TRUE(scanned.ok());
  EXPECT_EQ(expected, *position);
}

}  // namespace sam::test
