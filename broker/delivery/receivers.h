// Who receives: one row for each subscription that has a mailbox or a key, as `samsignal status` shows it.
// Made by the delivery thread every few seconds, looked at by another. Plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"

namespace sam::delivery {

struct ReceiverRow {
  std::string subscription;
  std::string peer;      // who was connected last, since the hub started
  std::string software;  // as it greeted, made harmless
  bool connected = false;
  bool silent = false;   // away for longer than configured, whether anything waits or not
  Millis seen;           // 0: not since the hub started
  int64_t oldest_seconds = 0;  // of the oldest signal not acknowledged
};
using ReceiverTable = std::vector<ReceiverRow>;

// What a peer says of itself goes into a table and a label: at most 40 harmless characters.
inline std::string PlainSoftware(std::string_view said) {
  constexpr size_t kLongest = 40;
  std::string out;
  for (const char c : said.substr(0, kLongest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_./+ ").find(c) != std::string_view::npos;
    out.push_back(plain ? c : '?');
  }
  return out.empty() ? "unknown" : out;
}

}  // namespace sam::delivery
