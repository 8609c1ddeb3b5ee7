// What the kit does not know of itself: formats (how bytes become records) and connectors (how bytes
// come in). Each folder of a kind brings its own; adapters/program/sources.cc lists them all. A
// mapping names its format, adapter.toml has the section of one connector, and any connector may
// carry any format that it lists.
// Any thread; plain values made once at start.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kit/connector.h"
#include "adapters/kit/decoder.h"
#include "adapters/kit/source_record.h"
#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/base/result.h"
#include "broker/config/toml.h"

namespace sam::kit {

struct AdapterConfig;
class AdapterStore;
class CrashGuard;
class FeedObserver;
class KeptFiles;
class Mapping;
class Pipeline;

struct DecoderParts {  // all outlive the decoder
  const AdapterConfig& config;
  const Mapping& mapping;
  const Clock& clock;
};

struct FormatKind {
  std::string name;  // as a mapping calls it: "hl7v2"
  std::function<std::unique_ptr<SourceFormat>()> make;
  std::function<Result<std::unique_ptr<Decoder>>(const DecoderParts&, Random)> decoder;
  // Which of the settings that not every format has (kFormatSettings) it reads; the others are
  // refused, with `instead`: where this format has its own. A sentence.
  std::vector<std::string> settings;
  std::string instead;
};

// Of [source], and "sender" for [[sender]].
inline constexpr const char* kFormatSettings[] = {
    "charset_force",   "charset_default",     "charset_fallback",  "charset_suspect",
    "unknown_senders", "check_processing_id", "quarantine_answer", "sender"};

// What one section of adapter.toml says; each kind has its own struct.
class ConnectorSettings {
 public:
  virtual ~ConnectorSettings() = default;
};

struct ConnectorParts {  // all outlive the connector
  const AdapterConfig& config;
  Pipeline& pipeline;
  Decoder& decoder;
  AdapterStore& store;
  const Clock& clock;
  CrashGuard* guard = nullptr;  // may be null
  FeedObserver* observer = nullptr;  // may be null; who holds a certificate tells when it ends
};

struct ConnectorKind {
  std::string section;               // "listen"
  std::vector<std::string> formats;  // that it can carry
  // Findings go to the section itself (Table::Fail); unknown keys are found by the document. Paths
  // are relative to `folder`, which ends in '/' or is empty.
  std::function<std::unique_ptr<ConnectorSettings>(config::Table section,
                                                   const std::string& folder)>
      read;
  // `settings` came from `read` and outlives the connector.
  std::function<Result<std::unique_ptr<Connector>>(const ConnectorSettings& settings,
                                                   const ConnectorParts& parts)>
      open;
  // What it keeps in files of its own, for the commands; also where no adapter runs. All outlive it.
  // Empty: nothing.
  std::function<std::unique_ptr<KeptFiles>(const ConnectorSettings& settings,
                                           const AdapterConfig& config, AdapterStore& store)>
      kept;
  // What the section names beside itself (keys, certificates, files of a login): is it there, is it
  // what it should be? Opens no port and calls nobody. Empty: it names nothing.
  std::function<Status(const ConnectorSettings& settings)> check;
  // Do senders show it certificates, as it is set? Only then has [[sender]] certificate an effect;
  // elsewhere it is refused, with `instead_of_pins`: what to write. Empty: never.
  std::function<bool(const ConnectorSettings& settings)> sees_certificates;
  std::string instead_of_pins;  // a sentence
};

struct SourceKinds {
  std::vector<FormatKind> formats;
  std::vector<ConnectorKind> connectors;

  const FormatKind* Format(const std::string& name) const {
    for (const FormatKind& one : formats)
      if (one.name == name) return &one;
    return nullptr;
  }
  const ConnectorKind* ConnectorOf(const std::string& section) const {
    for (const ConnectorKind& one : connectors)
      if (one.section == section) return &one;
    return nullptr;
  }
};

// The decoder of the mapping's format. Errors as the format's own.
Result<std::unique_ptr<Decoder>> MakeDecoder(const SourceKinds& kinds, const AdapterConfig& config,
                                             const Mapping& mapping, const Clock& clock,
                                             Random random);
// kInvalid: the mapping's format does not come in by the configured connector; says which do. Or
// adapter.toml has settings that this format does not read; says where, and what to write.
Status CheckCarries(const SourceKinds& kinds, const AdapterConfig& config, const Mapping& mapping);

// A path of a configuration: relative ones are relative to its file.
inline std::string Under(const std::string& folder, const std::string& file) {
  return file.empty() || file[0] == '/' ? file : folder + file;
}

}  // namespace sam::kit
