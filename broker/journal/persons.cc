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

Result<Persons::About> Persons::Resolve(const Draft& draft) {
  std::vector<PersonId> ids;
  AddIds(draft.persons, ids);
  const bool linking = !draft.linked.empty();
  AddIds(draft.linked, ids);
  if (ids.empty() && !draft.fresh_subject) return About{draft.subject, {}, {}};

  const std::string controller =
      VaultController(draft.controller_org, draft.controller_board);
  if (ids.empty() || linking) {
    SAM_ASSIGN(const Vault::Resolved resolved, vault_.Resolve(controller, ids));
    if (linking) return Link(controller, resolved);
    return About{resolved.subject, resolved.key, {}};
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

Result<Persons::About> Persons::Link(const std::string& controller,
                                     const Vault::Resolved& resolved) {
  About about{resolved.subject, resolved.key, {}};
  for (const SubjectId& other : resolved.others) {
    const Status linked = vault_.Link(controller, other, resolved.subject);
    if (linked.ok()) {
      about.linked.push_back(other);
    } else if (IsRefusal(linked.error().code)) {
      log::Warn("journal", "link-refused", {{"code", linked.error().code}});
    } else {
      return linked.error();
    }
  }
  cache_.clear();  // ids may lead elsewhere now
  return about;
}

}  // namespace sam::journal
