#include "broker/routing/agreements.h"

#include <algorithm>
#include <set>

#include "broker/config/toml.h"
#include "broker/contract/catalogue.h"
#include "broker/routing/ceilings.h"
#include "broker/routing/toml_parts.h"
#include "schemas/signal.capnp.h"

namespace sam::routing {
namespace {

constexpr size_t kMaxAgreements = 10'000;

std::string KnownAuthority(config::Table& table, std::string_view key, const std::string& id,
                           const Directory& directory) {
  if (!id.empty() && directory.AuthorityById(id) == nullptr) {
    std::vector<std::string> names;
    for (const Authority& authority : directory.authorities()) names.push_back(authority.id);
    FailUnknown(table, key, "an authority of the directory", id, names);
  }
  return id;
}

void ReadSignal(config::Table& table, Agreement& out) {
  out.signal = table.Text("signal");
  const Ceiling* ceiling = CeilingOf(out.signal);
  if (ceiling == nullptr) {
    std::vector<std::string> codes;
    for (const Ceiling& one : AllCeilings()) codes.push_back(one.code);
    FailUnknown(table, "signal", "a signal code", out.signal, codes);
  } else if (ceiling->legal_class == schema::LegalClass::A) {
    table.Fail("signal", "a signal that an agreement may narrow; statutory reports never are");
  }
  out.ground = table.TextOr("ground", "");
  if (ceiling == nullptr || out.ground.empty()) return;
  const auto& grounds = ceiling->grounds;
  if (std::find(grounds.begin(), grounds.end(), out.ground) == grounds.end()) {
    FailUnknown(table, "ground", "a ground allowed for this signal", out.ground, grounds);
  }
}

void ReadLimits(config::Table& table, const std::vector<std::string>& paths, Agreement& out) {
  out.max_sensitivity = static_cast<schema::Sensitivity>(
      table.OneOf("max_sensitivity", {"S0", "S1", "S2", "S3", "S4"}, 4));
  out.hide = table.TextList("hide");
  for (const std::string& path : out.hide) {
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) {
      FailUnknown(table, "hide", "field paths of a signal", path, paths);
    }
  }
  out.areas = table.BoolOr("areas", true);
  out.needs_care = table.BoolOr("needs_care", false);
  if (out.needs_care && out.signal != "SIG-D2")
    table.Fail("needs_care", "false: only the answer to an ordered examination (SIG-D2) tells it");
  out.payload = static_cast<Payload>(table.OneOf("payload", PayloadNames(), 0));
}

}  // namespace

std::vector<const Agreement*> Agreements::Find(std::string_view signal, std::string_view from,
                                               const Function& to) const {
  std::vector<const Agreement*> out;
  for (const Agreement& one : all_) {
    if (one.signal != signal || one.from != from) continue;
    if (!one.to.empty() && one.to != to.authority) continue;
    if (one.to_role && *one.to_role != to.role) continue;
    out.push_back(&one);
  }
  return out;
}

Result<Agreements> ParseAgreements(std::string text, std::string file, const Directory& directory,
                                   Days days) {
  SAM_ASSIGN(config::Document document, config::Document::Parse(std::move(text), std::move(file)));
  std::vector<std::string> paths;
  for (const auto& field : contract::FieldsOf(capnp::Schema::from<schema::Signal>())) {
    paths.push_back(field.path);
  }
  std::vector<std::string> roles;
  roles.reserve(kRoles);
  for (int i = 0; i < kRoles; ++i) roles.push_back(RoleName(static_cast<Role>(i)));
  config::Table root = document.Root();
  std::vector<Agreement> all;
  std::set<std::string> ids;
  for (config::Table& table : root.List("agreement")) {
    Agreement one;
    one.id = table.Text("id");
    if (!ids.insert(one.id).second) table.Fail("id", "a name not used before: \"" + one.id + "\"");
    ReadSignal(table, one);
    one.from = KnownAuthority(table, "from", table.Text("from"), directory);
    one.to = KnownAuthority(table, "to", table.TextOr("to", ""), directory);
    if (table.Has("to_role")) one.to_role = static_cast<Role>(table.OneOf("to_role", roles));
    if (one.to.empty() && !table.Has("to_role")) table.Fail("to", "an authority, or to_role");
    one.validity = ReadValidity(table, "valid_from", "valid_to", days);
    ReadLimits(table, paths, one);
    all.push_back(std::move(one));
  }
  if (all.size() > kMaxAgreements) root.Fail("agreement", "at most 10000 agreements");
  SAM_TRY(document.Done());
  return Agreements(std::move(all));
}

std::optional<Millis> Agreements::NextChange(Millis after) const {
  std::optional<Millis> next;
  for (const Agreement& one : all_) next = Sooner(next, one.validity.NextChange(after));
  return next;
}

}  // namespace sam::routing
