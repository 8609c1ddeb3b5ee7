// The inbox's key spaces, in the order they are opened; additions at the end only. Constants.
// Keys: signals by signal id; order by arrival number (big-endian) -> signal id; lanes by hub,
// epoch, lane; numbers by hub, epoch, lane, sequence; outbox is a Sequence plus refusals and cursors;
// intakes by arrival number; files by the report's signal id and the attachment's place in it, parts by
// that and their index; audit is a Sequence.
#pragma once

#include <string>
#include <vector>

#include "broker/store/store.h"

namespace sam::inbox::spaces {

inline constexpr Space kMeta{0};
inline constexpr Space kSignals{1};
inline constexpr Space kOrder{2};
inline constexpr Space kLanes{3};
inline constexpr Space kNumbers{4};
inline constexpr Space kOutbox{5};
inline constexpr Space kRefused{6};
inline constexpr Space kCursors{7};
inline constexpr Space kIntakes{8};
inline constexpr Space kParts{9};
inline constexpr Space kFiles{10};
inline constexpr Space kAudit{11};
// Group of reports about one child (16), arrival number (big-endian) -> nothing.
inline constexpr Space kGroups{12};

inline std::vector<std::string> Names() {
  return {"meta", "signals", "order", "lanes", "numbers", "outbox", "refused", "cursors",
          "intakes", "parts", "files", "audit", "groups"};
}

}  // namespace sam::inbox::spaces
