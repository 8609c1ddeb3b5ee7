#include "broker/store/memory_store.h"

#include <iterator>
#include <vector>

namespace sam {

Status MemoryStore::Apply(const Batch& batch, Durability) {
  for (const Batch::Op& op : batch.ops()) {
    if (op.value)
      rows_[{op.space.index, op.key}] = *op.value;
    else
      rows_.erase({op.space.index, op.key});
  }
  return Ok();
}

Result<std::optional<std::string>> MemoryStore::Get(Space space, std::string_view key) const {
  const auto row = rows_.find({space.index, std::string(key)});
  return row == rows_.end() ? std::optional<std::string>()
                            : std::optional<std::string>(row->second);
}

Status MemoryStore::Scan(Space space, std::string_view from, std::string_view until,
                         const Visitor& visit) const {
  for (auto at = rows_.lower_bound({space.index, std::string(from)}); at != rows_.end(); ++at) {
    if (at->first.first != space.index || (!until.empty() && at->first.second >= until)) break;
    if (!visit(at->first.second, at->second)) break;
  }
  return Ok();
}

Status MemoryStore::ScanBack(Space space, std::string_view from, std::string_view until,
                             const Visitor& visit) const {
  std::vector<std::pair<std::string, std::string>> found;
  SAM_TRY(Scan(space, from, until, [&](std::string_view key, std::string_view value) {
    found.emplace_back(key, value);
    return true;
  }));
  for (auto at = found.rbegin(); at != found.rend(); ++at)
    if (!visit(at->first, at->second)) break;
  return Ok();
}

Status MemoryStore::Checkpoint(const std::string&) {
  return Invalid("a dry run keeps nothing, so there is nothing to copy");
}

}  // namespace sam
