// Reports about the same child: each is its own row, and a list shows that they belong together. They are
// found by a keyed name of the child's number, which tells nobody the number.
#include <algorithm>

#include "adapters/inbox/inbox.h"
#include "adapters/inbox/spaces.h"
#include "broker/base/text.h"
#include "broker/contract/codes.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

constexpr const char* kGrouped = "grouped";  // all rows have been looked at

// Which of a child's numbers names it: the personal number where there is one, else the first in order.
std::string NumberOf(schema::Subject::Reader subject) {
  std::string best;
  for (const auto id : subject.getIds()) {
    if (contract::NamesNobody(id)) continue;
    std::string one(wire::View(id.getSystem()));
    const bool personal = one == "urn:oid:1.2.752.129.2.1.3.1";
    one.push_back('\0');
    one.append(wire::View(id.getValue()));
    if (personal) return one;
    if (best.empty() || one < best) best = std::move(one);
  }
  return best;
}

Result<std::string> ChildOf(const Row& row) {
  if (row.unreadable) return std::string();
  return wire::ReadOwn<schema::Signal>(row.signal, [](schema::Signal::Reader in) {
    return Result<std::string>(in.getBody().isReport() ? NumberOf(in.getSubject()) : "");
  });
}

}  // namespace

void Inbox::PutGroup(const Row& row, Batch& batch) const {
  const auto child = ChildOf(row);
  if (!child.ok() || child->empty()) return;
  std::string key = box_.NameOf("group", *child);
  batch.Put(spaces::kGroups, key.append(BigEndian64(row.number)), "");
}

void Inbox::DropGroup(const Row& row, Batch& batch) const {
  const auto child = ChildOf(row);
  if (!child.ok() || child->empty()) return;
  batch.Delete(spaces::kGroups, box_.NameOf("group", *child).append(BigEndian64(row.number)));
}

// Rows of a build that made no groups.
Status Inbox::LoadGroups() {
  SAM_ASSIGN(const auto done, box_.store().Get(spaces::kCursors, kGrouped));
  if (done) return Ok();
  Batch batch;
  SAM_TRY(Each(1, [&](Row&& row) {
    PutGroup(row, batch);
    return true;
  }));
  batch.Put(spaces::kCursors, kGrouped, "1");
  return box_.store().Apply(batch, Durability::kNow);
}

Result<Inbox::Group> Inbox::GroupOf(const Row& row, GroupCounts& counted) const {
  SAM_ASSIGN(const std::string child, ChildOf(row));
  Group group;
  if (child.empty()) return group;
  const std::string name = box_.NameOf("group", child);
  group.id = ToHex(name);
  if (const auto known = counted.find(group.id); known != counted.end()) {
    group.count = known->second;
    return group;
  }
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
      SAM_TRY(Each(number, [&](Row&& one) {
        if (one.number == number && one.withdrawn_by.empty()) ++group.count;
        return false;
      }));
    }
  }
  group.count = std::min(group.count, kGroupCounted);
  counted[group.id] = group.count;
  return group;
}

}  // namespace sam::inbox
