// keys new | list | revoke: who may connect. Keys are files that only their owner reads; peers.toml
// holds the public halves. Revoking writes peers.toml anew and asks the hub to read it.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "broker/admin/commands.h"
#include "broker/admin/log_view.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"
#include "broker/crypto/sign.h"
#include "broker/routing/peers.h"
#include "broker/wire/curve.h"

namespace sam::admin {
namespace {

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound("cannot read " + path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Status ReplaceFile(const std::string& path, const std::string& text) {
  const std::string aside = path + ".new";
  std::ofstream out(aside, std::ios::binary | std::ios::trunc);
  out << text;
  out.flush();
  if (!out) return Unavailable("cannot write " + aside);
  out.close();
  std::error_code error;
  std::filesystem::rename(aside, path, error);
  if (error) return Unavailable("cannot replace " + path + ": " + error.message());
  return Ok();
}

Status MakeSecret(const std::string& path) { return SecretKey::Random().ToFile(path); }

}  // namespace

int KeysNew(Output& out, const std::string& name, const std::string& folder, bool for_hub) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return out.Fail(Unavailable("cannot make " + folder + ": " + error.message()));
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  const std::string base = folder + "/" + name;
  const wire::CurveKeys keys = wire::CurveKeys::Generate();
  if (const Status made = keys.ToFile(base + ".curve"); !made.ok()) return out.Fail(made.error());
  if (const Status made = MakeSecret(base + ".kek"); !made.ok()) return out.Fail(made.error());
  if (for_hub) {
    if (const Status made = SigningKey::Generate().ToFile(base + ".checkpoint"); !made.ok())
      return out.Fail(made.error());
  }
  out.Object("keys", {{"name", name}, {"public", keys.public_key()},
                      {"fingerprint", routing::KeyFingerprint(keys.public_key())},
                      {"curve", base + ".curve"}, {"kek", base + ".kek"}});
  out.Line("made " + base + ".curve (connects), " + base + ".kek (seals what is stored)" +
           (for_hub ? ", " + base + ".checkpoint (signs the log)" : ""));
  out.Line("fingerprint " + routing::KeyFingerprint(keys.public_key()) + "  (compare it by phone)");
  out.Line(for_hub ? "give this public key to every adapter and inbox:"
                   : "add to the hub's peers.toml, with what this peer may do:");
  out.Line(for_hub ? "  " + keys.public_key()
                   : "[[peer]]\nname = \"" + name + "\"\nkey = \"" + keys.public_key() +
                         "\"\nrole = \"source\"\nsystems = [\"" + name +
                         "\"]\ncontrollers = [\"<organisation number>\"]");
  return kOk;
}

int KeysList(Context& context) {
  auto text = ReadFile(context.config.files.peers);
  if (!text.ok()) return context.out.Fail(text.error());
  auto peers = routing::ParsePeers(*text, context.config.files.peers, nullptr);
  if (!peers.ok()) return context.out.Fail(peers.error());
  const Millis now = SystemClock().Now();
  std::vector<std::vector<std::string>> rows;
  for (const routing::Peer& peer : peers->all)
    for (const routing::PeerKey& key : peer.keys)
      rows.push_back({peer.name, routing::KeyFingerprint(key.z85),
                      peers->ByKey(key.z85, now) != nullptr ? "valid" : "not valid now"});
  context.out.Table("key", {"peer", "fingerprint", "state"}, rows);
  return kOk;
}

// Takes the whole [[peer]] entry out: text surgery on lines, so that comments elsewhere stay.
int KeysRevoke(Context& context, const std::string& name) {
  auto text = ReadFile(context.config.files.peers);
  if (!text.ok()) return context.out.Fail(text.error());
  std::vector<std::string> entry, kept;
  bool found = false;
  const auto flush = [&] {
    bool ours = false;
    for (const std::string& line : entry) {
      const std::string_view trimmed = Trim(line);
      const size_t equals = trimmed.find('=');
      if (equals != std::string_view::npos && Trim(trimmed.substr(0, equals)) == "name" &&
          Trim(trimmed.substr(equals + 1)).starts_with("\"" + name + "\""))
        ours = true;
    }
    found = found || ours;
    if (!ours) kept.insert(kept.end(), entry.begin(), entry.end());
    entry.clear();
  };
  for (const std::string_view line : Split(*text, '\n')) {
    if (Trim(line) == "[[peer]]") flush();
    entry.emplace_back(line);
  }
  flush();
  if (!found) return context.out.Fail(NotFound("no peer \"" + name + "\" in " + context.config.files.peers));
  std::string updated;
  for (size_t i = 0; i < kept.size(); ++i) updated += kept[i] + (i + 1 < kept.size() ? "\n" : "");
  auto checked = routing::ParsePeers(updated, context.config.files.peers, nullptr);
  if (!checked.ok()) return context.out.Fail(Wrap("the file would not be readable without it", checked.error()));
  if (checked->ByName(name) != nullptr)
    return context.out.Fail(Conflict("\"" + name + "\" is still there after the change; edit the file by hand"));
  if (const Status written = ReplaceFile(context.config.files.peers, updated); !written.ok())
    return context.out.Fail(written.error());
  context.out.Line("revoked " + name + " in " + context.config.files.peers);
  return Reload(context);
}

}  // namespace sam::admin
