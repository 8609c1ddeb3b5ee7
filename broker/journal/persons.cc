#include "broker/journal/persons.h"

#include <algorithm>

#include "broker/base/log.h"

namespace sam::journal {
namespace {

void AddIds(const std::vector<PersonId>& from, std::vector<PersonId>& to) {
  for (const PersonId& id : from) {
    if (to.size() == Vault::kMaxIds) return;
    if (!id.empty() && std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
  }
}

// What Link may answer without anything being wrong with the vault.
bool IsRefusal(Code code) {
  return code == Code::kDenied || code == Code::kConflict || code == Code::kNotFound;
}

}  // namespace

Result<Persons::About> Persons::Resolve(const Draft& draft, Kind kind) {
  std::vector<PersonId> ids;
  AddIds(draft.persons, ids);
  // A conflict is kept to be looked at: what it says of identities is not believed.
  const bool linking = kind == Kind::EVENT && !draft.linked.empty();
  if (linking) AddIds(draft.linked, ids);
  if (ids.empty() && !draft.fresh_subject) return About{draft.subject, {}, {}};

  const std::string controller =
      VaultController(draft.controller_org, draft.controller_board);
  if (ids.empty() || linking) {
    SAM_ASSIGN(const Vault::Resolved resolved, vault_.Resolve(controller, ids));
    About about{resolved.subject, resolved.key, {}};
    if (linking) {
      about.linked = resolved.others;
      // Linked by a log that a restore has shortened since: the merge may have to be judged again.
      about.linked.insert(about.linked.end(), resolved.followed.begin(), resolved.followed.end());
    }
    return about;
  }

  if (erasures_ != vault_.erasures()) {
    cache_.clear();
    erasures_ = vault_.erasures();
  }
  std::string flat;
  for (const PersonId& id : ids) {
    // Lengths in front, so that two ids never look like one.
    flat += std::to_string(id.system().size()) + ":" + id.system();
    flat += std::to_string(id.Reveal().size()) + ":" + id.Reveal();
  }
  const Mac16 cache_key = KeyedHash16(cache_key_, {controller, flat});
  const auto known = cache_.find(cache_key);
  if (known != cache_.end()) return known->second;
  SAM_ASSIGN(const Vault::Resolved resolved, vault_.Resolve(controller, ids));
  About about{resolved.subject, resolved.key, {}};
  if (cache_.size() >= kCacheMax) cache_.clear();
  cache_.emplace(cache_key, about);
  return about;
}

Status Persons::Join(const Link& link) {
  const std::string controller = VaultController(link.controller_org, link.controller_board);
  Status linked = vault_.Link(controller, link.from, link.to);
  cache_.clear();  // ids may lead elsewhere now
  if (linked.ok() || !IsRefusal(linked.error().code)) return linked;
  log::Warn("journal", "link-refused", {{"code", linked.error().code}});
  return Ok();
}

}  // namespace sam::journal
