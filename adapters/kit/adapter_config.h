// adapter.toml: what one adapter process needs to know. Commented example:
// deploy/config/demo/adapter-bvc.toml. Read once, then const. Relative paths are relative to the
// file, so that a folder with configuration can be moved as a whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/hl7/charset.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/mapping.h"
#include "adapters/kit/source_kind.h"
#include "adapters/kit/watch_config.h"
#include "adapters/tls/certificate.h"
#include "broker/base/log.h"
#include "broker/base/result.h"

namespace sam::kit {

// MSH-3 and MSH-4 of a sender we know, and whose facts it sends. Empty application or facility:
// any.
struct SenderRule {
  std::string application;
  std::string facility;
  SourceIdentity identity;  // empty parts: as [source]
  std::optional<bool> quarantine_accepts = std::nullopt;  // empty: as [source]
  // The client certificate that this sender's connections show, and that nobody else may show.
  std::optional<tls::CertificatePin> certificate = std::nullopt;
};

struct AdapterConfig {
  // A setting that not every source has an ear for, and its place in the file.
  struct Setting {
    std::string key;
    std::string where;
  };

  std::string path;
  std::vector<Setting> format_settings;
  std::vector<Setting> pins;  // each "certificate" of a [[sender]]
  SourceIdentity source;
  std::vector<SenderRule> senders;
  bool refuse_unknown_senders = false;
  bool production = true;
  bool check_processing_id = true;
  std::string zone;
  hl7::CharsetPolicy charset;
  // What a sender hears of a message that went to quarantine. Default: accepted, since we have it
  // durably and call a person; false: an error, and it will send again.
  bool quarantine_accepts = true;
  // How messages come in: the one section of a connector that the file has, and what it says.
  std::string connector;  // "listen"
  std::unique_ptr<ConnectorSettings> connector_settings;
  std::string mapping_file;
  std::string store_path;
  std::string store_key_file;
  KeepDays keep;
  WatchConfig watch;
  int poison_attempts = 3;  // crashes while working on one message before it is put aside
  uint64_t low_disk_bytes = uint64_t{256} << 20;
  std::string hub_endpoint;
  std::string hub_public_key;       // Z85; empty when it stands in a file
  std::string hub_public_key_file;
  std::string curve_key_file;
  std::string admin_socket;
  std::string http_endpoint;  // empty: no HTTP
  log::Level log_level = log::Level::kInfo;

  static Result<AdapterConfig> Load(const std::string& path, const SourceKinds& kinds);
  static Result<AdapterConfig> Parse(std::string text, const std::string& path,
                                     const SourceKinds& kinds);

  // The rule for a message from this application and facility; null: none.
  const SenderRule* SenderFor(const std::string& application, const std::string& facility) const;
  // System ids that messages may come from, the adapter's own first.
  std::vector<std::string> SystemIds() const;
  // The identity for a message from this application and facility; empty: unknown and refused.
  std::optional<SourceIdentity> IdentityFor(const std::string& application,
                                            const std::string& facility) const;
};

// `over` where it says something, `base` elsewhere.
SourceIdentity Merge(const SourceIdentity& base, const SourceIdentity& over);

}  // namespace sam::kit
