#include "broker/statistics/groups.h"

#include <algorithm>
#include <iterator>

#include "broker/statistics/fact.h"

namespace sam::statistics {
namespace {

// A group under way, with the categories it is made of.
struct Draft {
  Group group;
  std::vector<size_t> members;
  bool enough() const { return group.children.size() >= kFewest; }
};

Draft Alone(const Category& category, size_t at) {
  Draft draft;
  draft.group = {category.key, category.parent, category.count, category.children};
  std::sort(draft.group.children.begin(), draft.group.children.end());
  draft.members = {at};
  return draft;
}

// Nothing is left of what was one category's own.
void Join(Draft& into, const Draft& from) {
  if (into.members.empty()) into.group.parent = from.group.parent;
  into.group.key.clear();
  if (into.group.parent != from.group.parent) into.group.parent.clear();
  into.group.count += from.group.count;
  std::vector<uint32_t> all;
  std::set_union(into.group.children.begin(), into.group.children.end(),
                 from.group.children.begin(), from.group.children.end(), std::back_inserter(all));
  into.group.children = std::move(all);
  into.members.insert(into.members.end(), from.members.begin(), from.members.end());
}

// Takes the smallest out of `from` until `pool` is large enough or nothing is left.
void Fill(Draft& pool, std::vector<Draft>& from) {
  while (!pool.enough() && !from.empty()) {
    const auto smallest = std::min_element(from.begin(), from.end(), [](const Draft& a, const Draft& b) {
      return a.group.children.size() < b.group.children.size();
    });
    Join(pool, *smallest);
    from.erase(smallest);
  }
}

// The groups of one parent; what does not reach the number goes to `rest`.
std::vector<Draft> OfParent(std::vector<Draft> all, Draft& rest) {
  std::vector<Draft> large;
  Draft pool;
  for (Draft& one : all) {
    if (one.enough()) large.push_back(std::move(one));
    else Join(pool, one);
  }
  if (pool.members.empty()) return large;
  Fill(pool, large);
  if (pool.enough()) large.push_back(std::move(pool));
  else Join(rest, pool);
  return large;
}

}  // namespace

Grouping MakeGroups(const std::vector<Category>& categories) {
  std::vector<std::string> parents;
  for (const Category& category : categories)
    if (std::find(parents.begin(), parents.end(), category.parent) == parents.end())
      parents.push_back(category.parent);
  std::vector<Draft> made;
  Draft rest;
  for (const std::string& parent : parents) {
    std::vector<Draft> own;
    for (size_t i = 0; i < categories.size(); ++i)
      if (categories[i].parent == parent) own.push_back(Alone(categories[i], i));
    std::vector<Draft> groups = OfParent(std::move(own), rest);
    std::move(groups.begin(), groups.end(), std::back_inserter(made));
  }
  if (!rest.members.empty()) {
    Fill(rest, made);
    if (!rest.enough()) return {};
    made.push_back(std::move(rest));
  }
  std::stable_sort(made.begin(), made.end(), [](const Draft& a, const Draft& b) {
    const auto place = [](const Draft& d) {
      return std::pair(d.group.key.empty() ? 1 : 0, d.group.key.empty() ? 0 : d.members.front());
    };
    return place(a) < place(b);
  });
  Grouping out;
  out.group_of.resize(categories.size());
  for (size_t g = 0; g < made.size(); ++g) {
    for (const size_t member : made[g].members) out.group_of[member] = g;
    out.groups.push_back(std::move(made[g].group));
  }
  return out;
}

}  // namespace sam::statistics
