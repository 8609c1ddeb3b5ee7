#include "adapters/kit/adapter_config.h"

#include <algorithm>
#include <utility>

#include "adapters/hl7/identifier.h"
#include "broker/config/toml.h"

namespace sam::kit {
namespace {

SourceIdentity ReadIdentity(config::Table& table) {
  SourceIdentity out;
  out.system_id = table.TextOr("system_id", "");
  out.org_nr = table.TextOr("org_nr", "");
  if (!out.org_nr.empty()) {
    const Result<std::string> normal = hl7::NormaliseOrgNr(out.org_nr);
    if (!normal.ok()) table.Fail("org_nr", "ten digits as in 232100-0198, with a right check digit");
    if (normal.ok()) out.org_nr = *normal;
  }
  out.board = table.TextOr("board", "");
  out.unit_hsa_id = table.TextOr("unit_hsa_id", "");
  out.private_regime = table.OneOf("regime", {"public", "private"}, 0) == 1;
  return out;
}

hl7::Charset ReadCharset(config::Table& table, const std::string& key, hl7::Charset fallback) {
  if (!table.Has(key)) return fallback;
  const std::optional<hl7::Charset> found = hl7::CharsetByName(table.Text(key));
  if (!found) table.Fail(key, "a character set such as UTF-8 or WINDOWS-1252");
  return found.value_or(fallback);
}

void ReadSource(config::Table root, AdapterConfig& out) {
  std::optional<config::Table> source = root.Sub("source");
  if (!source) return root.Fail("source", "a table [source] with system_id, org_nr, board");
  out.source = ReadIdentity(*source);
  if (out.source.system_id.empty()) source->Fail("system_id", "the name of the source system");
  out.zone = source->TextOr("zone", "");
  out.production = source->OneOf("environment", {"production", "test"}) == 0;
  out.check_processing_id = source->BoolOr("check_processing_id", true);
  if (source->Has("charset_force"))
    out.charset.force = ReadCharset(*source, "charset_force", hl7::Charset::kUtf8);
  out.charset.source_default = ReadCharset(*source, "charset_default", out.charset.source_default);
  out.charset.fallback = ReadCharset(*source, "charset_fallback", out.charset.fallback);
  out.charset.on_suspect = source->OneOf("charset_suspect", {"follow-bytes", "as-declared"}, 0) == 1
                               ? hl7::OnSuspect::kFollowDeclared
                               : hl7::OnSuspect::kFollowBytes;
  out.quarantine_accepts = source->OneOf("quarantine_answer", {"accept", "error"}, 0) == 0;
  out.refuse_unknown_senders = source->OneOf("unknown_senders", {"accept", "refuse"}, 0) == 1;
  for (const char* key : kFormatSettings)
    if (source->Has(key)) out.format_settings.push_back({key, source->Where(key)});
  for (config::Table& table : root.List("sender")) {
    if (out.senders.empty()) out.format_settings.push_back({"sender", table.Where()});
    SenderRule sender;
    sender.application = table.TextOr("application", "");
    sender.facility = table.TextOr("facility", "");
    sender.identity = ReadIdentity(table);
    if (table.Has("quarantine_answer"))
      sender.quarantine_accepts = table.OneOf("quarantine_answer", {"accept", "error"}, 0) == 0;
    if (!table.Has("regime")) sender.identity.private_regime = out.source.private_regime;
    if (table.Has("certificate")) {
      out.pins.push_back({"certificate", table.Where("certificate")});
      Result<tls::CertificatePin> pin = tls::CertificatePin::Parse(table.Text("certificate"));
      if (pin.ok())
        sender.certificate = std::move(pin).value();
      else
        table.Fail("certificate", pin.error().message);
    }
    if (sender.application.empty() && sender.facility.empty())
      table.Fail("application", "application (MSH-3.1), facility (MSH-4.1) or both");
    out.senders.push_back(std::move(sender));
  }
  if (out.refuse_unknown_senders && out.senders.empty())
    source->Fail("unknown_senders", "at least one [[sender]] when unknown ones are refused");
}

// Exactly one section of a connector: one process serves one source.
void ReadConnector(config::Table root, const std::string& folder, const SourceKinds& kinds,
                   AdapterConfig& out) {
  std::string names;
  for (const ConnectorKind& kind : kinds.connectors) {
    names.append(names.empty() ? "[" : ", [").append(kind.section).append("]");
    std::optional<config::Table> section = root.Sub(kind.section);
    if (!section) continue;
    if (!out.connector.empty())
      return root.Fail(kind.section, "one way in for one adapter: [" + out.connector +
                                         "] is there already; give this one a process of its own");
    out.connector = kind.section;
    out.connector_settings = kind.read(*section, folder);
  }
  if (out.connector.empty()) root.Fail("source", "how messages come in, too: one of " + names);
}

void ReadStore(config::Table root, const std::string& folder, AdapterConfig& out) {
  std::optional<config::Table> store = root.Sub("store");
  if (!store) return root.Fail("store", "a table [store] with path and key_file");
  out.store_path = Under(folder, store->Text("path"));
  out.store_key_file = Under(folder, store->Text("key_file"));
  out.keep.raw = static_cast<int>(store->IntOr("raw_days", out.keep.raw, 1, 3650));
  // Below seven days a sender that was down over a long weekend would be told twice.
  out.keep.seen = static_cast<int>(store->IntOr("seen_days", out.keep.seen, 7, 3650));
  out.keep.closed = static_cast<int>(store->IntOr("closed_days", out.keep.closed, 1, 3650));
  // A month is the shortest: who deals with the quarantine may be on holiday.
  out.keep.open = static_cast<int>(
      store->IntOr("open_days", std::max(out.keep.open, out.keep.seen), 30, 3650));
  if (out.keep.open < out.keep.seen)
    store->Fail("open_days", "at least seen_days (" + std::to_string(out.keep.seen) +
                                 "): so long a sender hears that its message lies in quarantine");
  out.keep.quarantine_bytes =
      static_cast<uint64_t>(store->IntOr("quarantine_mb", 4096, 64, 1 << 20)) << 20;
  out.poison_attempts = static_cast<int>(store->IntOr("poison_attempts", 3, 1, 100));
  out.low_disk_bytes = static_cast<uint64_t>(store->IntOr("low_disk_mb", 256, 0, 1 << 20)) << 20;
}

}  // namespace

SourceIdentity Merge(const SourceIdentity& base, const SourceIdentity& over) {
  SourceIdentity out = base;
  if (!over.system_id.empty()) out.system_id = over.system_id;
  if (!over.org_nr.empty()) out.org_nr = over.org_nr;
  if (!over.board.empty()) out.board = over.board;
  if (!over.unit_hsa_id.empty()) out.unit_hsa_id = over.unit_hsa_id;
  out.private_regime = over.private_regime;
  return out;
}

Result<AdapterConfig> AdapterConfig::Load(const std::string& path, const SourceKinds& kinds) {
  SAM_ASSIGN(const config::Document document, config::Document::Load(path));
  return Parse(document.text(), path, kinds);
}

Result<AdapterConfig> AdapterConfig::Parse(std::string text, const std::string& path,
                                           const SourceKinds& kinds) {
  SAM_ASSIGN(config::Document document, config::Document::Parse(std::move(text), path));
  config::Table root = document.Root();
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  AdapterConfig out;
  out.path = path;
  ReadSource(root, out);
  ReadConnector(root, folder, kinds, out);
  ReadStore(root, folder, out);
  out.watch = ReadWatch(root, out.source.system_id);
  if (std::optional<config::Table> mapping = root.Sub("mapping"))
    out.mapping_file = Under(folder, mapping->Text("file"));
  else
    root.Fail("mapping", "a table [mapping] with file");
  if (std::optional<config::Table> hub = root.Sub("hub")) {
    out.hub_endpoint = hub->Text("endpoint");
    out.hub_public_key = hub->TextOr("public_key", "");
    out.curve_key_file = Under(folder, hub->Text("key_file"));
    const std::string key_file = hub->TextOr("public_key_file", "");
    if (out.hub_public_key.empty()) out.hub_public_key_file = Under(folder, key_file);
    if (out.hub_public_key.empty() && key_file.empty())
      hub->Fail("public_key", "public_key (40 characters) or public_key_file");
  } else {
    root.Fail("hub", "a table [hub] with endpoint, public_key, key_file");
  }
  if (std::optional<config::Table> admin = root.Sub("admin"))
    out.admin_socket = Under(folder, admin->TextOr("socket", ""));
  if (out.admin_socket.empty()) out.admin_socket = out.store_path + ".door/socket";
  if (std::optional<config::Table> http = root.Sub("http"))
    out.http_endpoint = http->TextOr("endpoint", "");
  if (std::optional<config::Table> log = root.Sub("log"))
    out.log_level =
        static_cast<log::Level>(log->OneOf("level", {"debug", "info", "warn", "error"}, 1));
  SAM_TRY(document.Done());
  return out;
}

const SenderRule* AdapterConfig::SenderFor(const std::string& application,
                                           const std::string& facility) const {
  for (const SenderRule& sender : senders) {
    if (!sender.application.empty() && sender.application != application) continue;
    if (!sender.facility.empty() && sender.facility != facility) continue;
    return &sender;
  }
  return nullptr;
}

std::optional<SourceIdentity> AdapterConfig::IdentityFor(const std::string& application,
                                                         const std::string& facility) const {
  if (const SenderRule* sender = SenderFor(application, facility))
    return Merge(source, sender->identity);
  if (refuse_unknown_senders) return std::nullopt;
  return source;
}

std::vector<std::string> AdapterConfig::SystemIds() const {
  std::vector<std::string> out = {source.system_id};
  for (const SenderRule& sender : senders) {
    const std::string& id = sender.identity.system_id;
    if (!id.empty() && std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  }
  return out;
}

}  // namespace sam::kit
