// Reports about the same child: each is its own row, and a list shows that they belong together. They are
// found by a keyed name of each of the child's numbers, which tells nobody the number.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "adapters/inbox/child_numbers.h"
#include "adapters/inbox/inbox.h"
#include "adapters/inbox/spaces.h"
#include "broker/base/text.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

constexpr const char* kGrouped = "grouped-3";  // all rows have been looked at, each for all its numbers, by one name of each system

Result<ChildNumbers> ChildOf(const Row& row) {
  if (row.unreadable) return ChildNumbers();
  return wire::ReadOwn<schema::Signal>(row.signal, [](schema::Signal::Reader in) {
    return Result<ChildNumbers>(in.getBody().isReport() ? NumbersIn(in.getSubject()) : ChildNumbers());
  });
}

}  // namespace

std::string Inbox::GroupName(const std::string& number) const { return box_.NameOf("group", number.substr(1)); }

void Inbox::PutGroup(const Row& row, Batch& batch) const {
  const auto child = ChildOf(row);
  if (!child.ok()) return;
  for (const std::string& number : *child)
    batch.Put(spaces::kGroups, GroupName(number).append(BigEndian64(row.number)), "");
}

void Inbox::DropGroup(const Row& row, Batch& batch) const {
  const auto child = ChildOf(row);
  if (!child.ok()) return;
  for (const std::string& number : *child)
    batch.Delete(spaces::kGroups, GroupName(number).append(BigEndian64(row.number)));
}

// Rows of a build that made no groups, put each under one number only, or under several names of a system. What such a
// build wrote goes: a name that no row would take away with itself would outlive the child's erasure.
Status Inbox::LoadGroups() {
  SAM_ASSIGN(const auto done, box_.store().Get(spaces::kCursors, kGrouped));
  if (done) return Ok();
  Batch batch;
  SAM_TRY(box_.store().Scan(spaces::kGroups, {}, {}, [&batch](std::string_view key, std::string_view) {
    batch.Delete(spaces::kGroups, std::string(key));
    return true;
  }));
  SAM_TRY(Each(1, [&](Row&& row) {
    PutGroup(row, batch);
    return true;
  }));
  batch.Put(spaces::kCursors, kGrouped, "1");
  return box_.store().Apply(batch, Durability::kNow);
}

// Rows under one number: counts those that are new, and takes in the numbers that they tell.
Status Inbox::CountUnder(const std::string& name, std::set<std::string>& child, std::set<uint64_t>& seen,
                         Group& group) const {
  uint64_t from = 0;
  for (bool more = true; more && group.count < kGroupCounted;) {
    std::vector<uint64_t> numbers;
    SAM_TRY(box_.store().Scan(spaces::kGroups, name + BigEndian64(from), name + std::string(9, '\xff'),
                              [&](std::string_view key, std::string_view) {
      if (key.size() == name.size() + 8) numbers.push_back(ReadBigEndian64(key.substr(name.size())));
      return numbers.size() < kGroupCounted;
    }));
    more = numbers.size() == kGroupCounted;
    for (const uint64_t number : numbers) {
      from = number + 1;
      if (!seen.insert(number).second) continue;
      Status inner = Ok();
      SAM_TRY(Each(number, [&](Row&& one) {
        if (one.number != number) return false;
        auto theirs = ChildOf(one);
        if (!theirs.ok()) inner = theirs.error();
        if (theirs.ok()) child.merge(*theirs);
        if (one.withdrawn_by.empty()) ++group.count;
        return false;
      }));
      SAM_TRY(std::move(inner));
    }
  }
  return Ok();
}

Result<Inbox::Group> Inbox::GroupOf(const Row& row, GroupCounts& counted) const {
  SAM_ASSIGN(ChildNumbers child, ChildOf(row));
  Group group;
  if (child.empty()) return group;
  if (const auto known = counted.find(GroupName(*child.begin())); known != counted.end()) return known->second;
  std::set<uint64_t> seen;
  std::set<std::string> looked;
  const auto next = [&] {
    return std::find_if(child.begin(), child.end(), [&](const auto& number) { return !looked.contains(number); });
  };
  for (auto number = next(); number != child.end() && looked.size() < kGroupNumbers; number = next()) {
    const std::string one = *looked.insert(*number).first;
    SAM_TRY(CountUnder(GroupName(one), child, seen, group));
  }
  group.id = ToHex(GroupName(*child.begin()));
  group.count = std::min(group.count, kGroupCounted);
  for (const std::string& number : child) counted[GroupName(number)] = group;
  return group;
}

}  // namespace sam::inbox
