#include "adapters/fhir/fhir_settings.h"
#include "broker/base/text.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sam::fhir {
namespace {

std::string CleanFingerprint(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c != ':' && c != ' ') out += c;
  }
  return LowerAscii(out);
}

bool IsName(const std::string& text) {
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

bool IsUrlOrNothing(const std::string& text) {
  if (text.empty()) return true;
  const size_t scheme = text.rfind("https://", 0) == 0 ? 8 : text.rfind("http://", 0) == 0 ? 7 : 0;
  return scheme != 0 && text.size() > scheme && text[scheme] != '/' && text.back() != '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
}

FhirClient ReadClient(config::Table& table, bool has_ca) {
  FhirClient out;
  out.name = table.Text("name");
  if (!IsName(out.name)) table.Fail("name", "a name of letters, digits, - . and _");
  out.fingerprint = CleanFingerprint(table.TextOr("fingerprint", ""));
  out.certificate = table.TextOr("certificate", "");
  if (out.fingerprint.empty() == out.certificate.empty())
    table.Fail("fingerprint", "either fingerprint or certificate (DNS:host, URI:..., or a subject)");
  if (!out.fingerprint.empty() &&
      (out.fingerprint.size() != 64 ||
       out.fingerprint.find_first_not_of("0123456789abcdef") != std::string::npos))
    table.Fail("fingerprint", "the SHA-256 of the certificate: 64 hex digits, colons allowed");
  // Anybody can write any name into a certificate that nobody vouches for.
  if (!out.certificate.empty() && !has_ca)
    table.Fail("certificate", "client_ca in [fhir], or a fingerprint instead of a name");
  out.identity.system_id = table.TextOr("system_id", "");
  out.identity.org_nr = table.TextOr("org_nr", "");
  out.identity.board = table.TextOr("board", "");
  out.identity.unit_hsa_id = table.TextOr("unit_hsa_id", "");
  if (table.Has("quarantine_answer"))
    out.quarantine_accepts = table.OneOf("quarantine_answer", {"accept", "error"}, 0) == 0;
  out.regime_stated = table.Has("regime");
  out.identity.private_regime = table.OneOf("regime", {"public", "private"}, 0) == 1;
  return out;
}

}  // namespace

std::string FhirSettings::PublicUrl() const {
  if (!public_url.empty()) return public_url;
  const std::string host = address.substr(0, address.rfind(':'));
  const bool any = host.empty() || host == "0.0.0.0" || host == "*" || host == "[::]" || host == "::";
  return plain || any ? "" : "https://" + address + base;
}

const FhirClient* FhirSettings::ByName(const std::string& name) const {
  for (const FhirClient& client : clients)
    if (client.name == name) return &client;
  return nullptr;
}

const FhirClient* FhirSettings::ByCertificate(const edge::HttpPeer& peer) const {
  if (peer.fingerprint.empty()) return nullptr;
  for (const FhirClient& client : clients) {
    if (!client.fingerprint.empty()) {
      if (client.fingerprint == peer.fingerprint) return &client;
      continue;
    }
    if (client.certificate == peer.subject ||
        std::find(peer.names.begin(), peer.names.end(), client.certificate) != peer.names.end())
      return &client;
  }
  return nullptr;
}

std::unique_ptr<kit::ConnectorSettings> ReadFhir(config::Table section, const std::string& folder) {
  auto out = std::make_unique<FhirSettings>();
  out->address = section.TextOr("address", out->address);
  out->base = section.TextOr("base", out->base);
  if (!out->base.empty() && (out->base[0] != '/' || out->base.back() == '/'))
    section.Fail("base", "a path such as /fhir, or nothing");
  out->plain = section.BoolOr("plain", false);
  out->public_url = section.TextOr("public_url", "");
  if (!IsUrlOrNothing(out->public_url))
    section.Fail("public_url", "https://host/fhir, without a slash at the end");
  out->tls.certificate = kit::Under(folder, section.TextOr("certificate", ""));
  out->tls.key = kit::Under(folder, section.TextOr("key", ""));
  out->tls.client_ca = kit::Under(folder, section.TextOr("client_ca", ""));
  out->tls.require_client_certificate = section.BoolOr("require_client_certificate", true);
  out->tls.reload_ms = static_cast<int>(section.IntOr("reload_ms", 5'000, 100, 3'600'000));
  std::set<std::string> names;
  for (config::Table& table : section.List("client")) {
    out->clients.push_back(ReadClient(table, !out->tls.client_ca.empty()));
    if (!names.insert(out->clients.back().name).second)
      table.Fail("name", "a name that no other client has");
  }
  if (out->plain) {
    if (!out->clients.empty() || !out->tls.certificate.empty())
      section.Fail("plain", "no certificate and no client: behind a proxy everybody is [source]");
  } else {
    if (out->tls.certificate.empty() || out->tls.key.empty())
      section.Fail("certificate", "certificate and key (PEM files)");
    if (out->clients.empty()) section.Fail("client", "at least one [[fhir.client]]");
  }
  const auto queue = static_cast<size_t>(section.IntOr("queue", 128, 2, 4'096));
  for (out->queue = 2; out->queue < queue;) out->queue *= 2;
  out->limits.connections = static_cast<int>(section.IntOr("max_connections", 64, 1, 1'000));
  out->limits.body_bytes =
      static_cast<uint64_t>(section.IntOr("max_body_kb", 4'096, 16, 65'536)) * 1024;
  out->limits.request_ms = static_cast<int>(section.IntOr("request_ms", 30'000, 100, 600'000));
  out->limits.idle_ms = static_cast<int>(section.IntOr("idle_ms", 120'000, 100, 3'600'000));
  out->limits.answer_ms = static_cast<int>(section.IntOr("answer_ms", 30'000, 100, 600'000));
  out->limits.requests_per_connection = 100'000;
  return out;
}

}  // namespace sam::fhir
