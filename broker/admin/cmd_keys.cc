// keys new | list | revoke: who may connect. Keys are files that only their owner reads; peers.toml
// holds the public halves. Revoking writes peers.toml anew and asks the hub to read it.
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "broker/admin/commands.h"
#include "broker/admin/log_view.h"
#include "broker/base/clock.h"
#include "broker/base/durable_file.h"
#include "broker/base/text.h"
#include "broker/base/whole_file.h"
#include "broker/crypto/sign.h"
#include "broker/routing/peers.h"
#include "broker/wire/curve.h"

namespace sam::admin {
namespace {

// What the hub's operator adds, with the keys that peers.toml wants of this role.
std::string Entry(const NewKeys& wanted, const std::string& public_key) {
  std::string text = "[[peer]]\nname = \"" + wanted.name + "\"\nkey = \"" + public_key +
                     "\"\nrole = \"" + wanted.role + "\"\n";
  if (wanted.role == "operator") return text + "may = \"viewer\"";
  const std::string systems = "systems = [\"" + wanted.name + "\"]\n";
  if (wanted.role == "subscriber") return text + "functions = [\"<function id>\"]\n" + systems;
  return text + systems + "controllers = [\"<organisation number>\"]";
}

// Files of root in a folder of root are closed to the user that the services and the tools run as.
void WarnOfRoot(Output& out, const std::string& folder) {
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0 || info.st_uid != 0) return;
  out.Line("these files are root's; the services and tools run as user samsignal: chown -R samsignal: " +
           folder);
}

}  // namespace

int KeysNew(Output& out, const NewKeys& wanted) {
  if (const Status made = MakeClosedFolder(wanted.folder); !made.ok()) return out.Fail(made.error());
  const std::string base = wanted.folder + "/" + wanted.name;
  const wire::CurveKeys keys = wire::CurveKeys::Generate();
  if (const Status made = keys.ToFile(base + ".curve"); !made.ok()) return out.Fail(made.error());
  if (const Status made = SecretKey::Random().ToFile(base + ".kek"); !made.ok())
    return out.Fail(made.error());
  if (wanted.for_hub) {
    if (const Status made = SigningKey::Generate().ToFile(base + ".checkpoint"); !made.ok())
      return out.Fail(made.error());
  }
  const std::string fingerprint = wire::KeyFingerprint(keys.public_key());
  out.Object("keys", {{"name", wanted.name}, {"public", keys.public_key()},
                      {"fingerprint", fingerprint},
                      {"curve", base + ".curve"}, {"kek", base + ".kek"}});
  out.Line("made " + base + ".curve (connects), " + base + ".kek (seals what is stored)" +
           (wanted.for_hub ? ", " + base + ".checkpoint (signs the log)" : ""));
  WarnOfRoot(out, wanted.folder);
  out.Line("fingerprint " + fingerprint + "  (compare it by phone)");
  out.Line(wanted.for_hub ? "give this public key to every adapter and inbox:"
                          : "add to the hub's peers.toml, with what this peer may do:");
  out.Line(wanted.for_hub ? "  " + keys.public_key() : Entry(wanted, keys.public_key()));
  return kOk;
}

int KeysList(Context& context) {
  auto text = ReadWholeFile(context.config.files.peers);
  if (!text.ok()) return context.out.Fail(text.error());
  auto peers = routing::ParsePeers(*text, context.config.files.peers, nullptr);
  if (!peers.ok()) return context.out.Fail(peers.error());
  const Millis now = SystemClock().Now();
  std::vector<std::vector<std::string>> rows;
  for (const routing::Peer& peer : peers->all)
    for (const routing::PeerKey& key : peer.keys)
      rows.push_back({peer.name, wire::KeyFingerprint(key.z85),
                      peers->ByKey(key.z85, now) != nullptr ? "valid" : "not valid now"});
  context.out.Table("key", {"peer", "fingerprint", "state"}, rows);
  return kOk;
}

namespace {

// Where another entry begins: [name] or [[name]], with blanks and a comment as the language allows.
// A table inside of a peer's entry ([[peer.keys]]) belongs to it.
bool IsHeading(std::string_view line) {
  line = Trim(line);
  if (!line.starts_with("[")) return false;
  line.remove_prefix(std::min(line.find_first_not_of("[ \t"), line.size()));
  return !line.starts_with("peer.");
}

bool Names(std::string_view line, const std::string& name) {
  const std::string_view trimmed = Trim(line);
  const size_t equals = trimmed.find('=');
  return equals != std::string_view::npos && Trim(trimmed.substr(0, equals)) == "name" &&
         Trim(trimmed.substr(equals + 1)).starts_with("\"" + name + "\"");
}

// The file without the entry of `name`: surgery on lines, so that comments elsewhere stay. Empty:
// there was none.
std::optional<std::string> WithoutEntry(const std::string& text, const std::string& name) {
  std::vector<std::string_view> entry, kept;
  bool found = false;
  const auto flush = [&] {
    const bool ours = std::any_of(entry.begin(), entry.end(),
                                  [&](std::string_view line) { return Names(line, name); });
    found = found || ours;
    if (!ours) kept.insert(kept.end(), entry.begin(), entry.end());
    entry.clear();
  };
  for (const std::string_view line : Split(text, '\n')) {
    if (IsHeading(line)) flush();
    entry.push_back(line);
  }
  flush();
  if (!found) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < kept.size(); ++i) {
    out += kept[i];
    if (i + 1 < kept.size()) out += "\n";
  }
  return out;
}

// The surgery goes by lines, so what it leaves is read again: every other peer and operator as
// before, and `name` gone.
Status CheckRevoked(const routing::Peers& before, const std::string& updated,
                    const std::string& path, const std::string& name) {
  auto after = routing::ParsePeers(updated, path, nullptr);
  if (!after.ok()) return Wrap("the file would not be readable without it", after.error());
  if (after->ByName(name) != nullptr)
    return Conflict("\"" + name + "\" is still there after the change; edit the file by hand");
  for (const routing::Peer& peer : before.all) {
    if (peer.name == name) continue;
    const routing::Peer* same = after->ByName(peer.name);
    if (same == nullptr || same->keys.size() != peer.keys.size())
      return Conflict("taking \"" + name + "\" out would change \"" + peer.name +
                      "\" as well; edit the file by hand");
  }
  return Ok();
}

}  // namespace

int KeysRevoke(Context& context, const std::string& name) {
  auto text = ReadWholeFile(context.config.files.peers);
  if (!text.ok()) return context.out.Fail(text.error());
  const std::string& path = context.config.files.peers;
  auto before = routing::ParsePeers(*text, path, nullptr);
  if (!before.ok()) return context.out.Fail(before.error());
  const std::optional<std::string> updated = WithoutEntry(*text, name);
  if (!updated) return context.out.Fail(NotFound("no peer \"" + name + "\" in " + path));
  if (const Status checked = CheckRevoked(*before, *updated, path, name); !checked.ok())
    return context.out.Fail(checked.error());
  if (const Status written = ReplaceSynced(path, *updated, 0640); !written.ok())
    return context.out.Fail(written.error());
  context.out.Line("revoked " + name + " in " + path);
  return Reload(context, "keys revoke " + name);
}

}  // namespace sam::admin
