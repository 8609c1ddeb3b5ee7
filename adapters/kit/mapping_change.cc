#include "adapters/kit/mapping_change.h"

#include <map>
#include <optional>
#include <utility>

#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr const char* kMark = "mapping";
constexpr size_t kShownDigits = 16;

struct Part {
  std::string version;
  std::string digest;  // hex
};
using Parts = std::map<std::string, Part>;

std::string Shown(const Part& part) {
  return part.version + " (" + part.digest.substr(0, kShownDigits) + ")";
}

// The mapping's digest covers its tables; its own part is what is new when no table is.
Parts PartsOf(const Mapping& mapping) {
  Parts out;
  out["mapping " + mapping.id()] = {mapping.version(), ToHex(mapping.digest().view())};
  for (const TableVersion& table : mapping.tables())
    out["table " + table.name] = {table.version, ToHex(table.digest.view())};
  return out;
}

// One part a line: what, digest, version; a tab stands in none of them.
std::string Encode(const Parts& parts) {
  std::string out;
  for (const auto& [what, part] : parts)
    out.append(what)
        .append("\t")
        .append(part.digest)
        .append("\t")
        .append(part.version)
        .append("\n");
  return out;
}

Parts Decode(const std::string& text) {
  Parts out;
  for (const std::string_view line : Split(text, '\n')) {
    const std::vector<std::string_view> cells = Split(line, '\t');
    if (cells.size() >= 3)
      out[std::string(cells[0])] = {std::string(cells[2]), std::string(cells[1])};
  }
  return out;
}

std::vector<MappingChange> Differences(const Parts& before, const Parts& now) {
  std::vector<MappingChange> out;
  for (const auto& [what, part] : now) {
    const auto old = before.find(what);
    if (old == before.end())
      out.push_back({what, "", Shown(part), false});
    else if (old->second.digest != part.digest)
      out.push_back({what, Shown(old->second), Shown(part), old->second.version == part.version});
  }
  for (const auto& [what, part] : before)
    if (now.count(what) == 0) out.push_back({what, Shown(part), "", false});
  return out;
}

}  // namespace

Result<std::vector<MappingChange>> NoteMappingChange(AdapterStore& store, const Mapping& mapping) {
  SAM_TRY(store.Begin());
  SAM_ASSIGN(const std::optional<std::string> mark, store.Mark(kMark));
  const Parts now = PartsOf(mapping);
  const std::string bytes = Encode(now);
  std::vector<MappingChange> out;
  if (mark && *mark == bytes) return out;
  if (mark) out = Differences(Decode(*mark), now);
  store.PutMark(kMark, bytes);
  for (const MappingChange& change : out)
    store.PutAccess({store.clock().Now(), "adapter", "mapping-changed", change.what,
                     (change.from.empty() ? "new" : change.from) + " -> " +
                         (change.to.empty() ? "gone" : change.to)});
  SAM_TRY(store.Commit());
  for (const MappingChange& change : out) {
    log::Info("adapter", "mapping-changed",
              {{"what", change.what}, {"from", change.from}, {"to", change.to}});
    // The mapping's digest covers its tables, so a table may change without a new mapping version.
    if (change.same_version && change.what.substr(0, 6) == "table ")
      log::Warn("adapter", "table-changed-under-its-version", {{"what", change.what}});
  }
  return out;
}

}  // namespace sam::kit
