// [fhir] of adapter.toml: where to listen, with which certificate, and who may speak for which
// source. Read once, then const. Commented example: deploy/config/demo/adapter-fhir.toml.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/mapping.h"
#include "adapters/kit/source_kind.h"
#include "broker/config/toml.h"
#include "broker/edge/http.h"

namespace sam::fhir {

// One client, known by its certificate.
struct FhirClient {
  std::string name;         // as logs and the quarantine call it: "fhir:" + name is the peer
  std::string fingerprint;  // SHA-256, 64 lower-case hex digits; or empty, and then
  std::string certificate;  // "DNS:host", "URI:..." of its subjectAltName, or its whole subject
  kit::SourceIdentity identity;  // empty parts: as [source]
  bool regime_stated = false;
  std::optional<bool> quarantine_accepts = std::nullopt;  // empty: as [source]
};

class FhirSettings final : public kit::ConnectorSettings {
 public:
  std::string address = "127.0.0.1:8443";
  std::string base = "/fhir";
  std::string public_url;  // of the base, as clients reach it; empty: as PublicUrl makes it
  bool plain = false;  // no TLS, on this machine only: a proxy in front does it
  edge::HttpTls tls;
  std::vector<FhirClient> clients;
  size_t queue = 128;  // requests waiting for the store; a power of two
  edge::HttpLimits limits;

  // public_url, or made of address and base; empty: nobody outside can be told (every address of this
  // machine is listened on, or a proxy in front has one of its own).
  std::string PublicUrl() const;
  const FhirClient* ByName(const std::string& name) const;
  // The client that shows this certificate; null: nobody we know.
  const FhirClient* ByCertificate(const edge::HttpPeer& peer) const;
};

std::unique_ptr<kit::ConnectorSettings> ReadFhir(config::Table section, const std::string& folder);

inline constexpr char kPeerPrefix[] = "fhir:";

}  // namespace sam::fhir
