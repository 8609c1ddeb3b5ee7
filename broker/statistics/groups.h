// Which categories of a dimension are told apart. Every group that is told has at least kFewest
// children behind it, so that the totals of a table can always be shown: what is smaller goes together
// with the smallest that is not. Who is in such a remainder is not told, since each of them would then be
// known to be small. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sam::statistics {

struct Category {
  std::string key;
  std::string parent;              // remainders are made within a parent first; may be empty
  uint32_t count = 0;              // above 0
  std::vector<uint32_t> children;  // each once, in any order
};

struct Group {
  std::string key;        // of its one category; empty: a remainder
  std::string parent;     // empty: none, or of several
  uint32_t count = 0;
  std::vector<uint32_t> children;  // each once, rising
};

struct Grouping {
  std::vector<Group> groups;       // in the order of the categories, remainders last
  std::vector<size_t> group_of;    // of each category
};

// No groups: fewer than kFewest children in all.
Grouping MakeGroups(const std::vector<Category>& categories);

}  // namespace sam::statistics
