#include "adapters/kit/source_kind.h"

#include <algorithm>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/mapping.h"

namespace sam::kit {

Result<std::unique_ptr<Decoder>> MakeDecoder(const SourceKinds& kinds, const AdapterConfig& config,
                                             const Mapping& mapping, const Clock& clock,
                                             Random random) {
  const FormatKind* format = kinds.Format(mapping.format().name());
  if (format == nullptr) return Internal("no decoder for the format " + mapping.format().name());
  return format->decoder(DecoderParts{config, mapping, clock}, random);
}

namespace {

// What is read and then has no effect: somebody wrote it to be safe from something, and is not.
Status CheckSettings(const FormatKind& format, const AdapterConfig& config) {
  std::string out;
  for (const AdapterConfig::Setting& one : config.format_settings) {
    if (std::find(format.settings.begin(), format.settings.end(), one.key) != format.settings.end())
      continue;
    out.append(out.empty() ? "" : "\n").append(one.where).append(": ").append(one.key);
    out.append(" has no effect on messages of the format ").append(format.name);
    out.append(": take it out. ").append(format.instead);
  }
  return out.empty() ? Ok() : Status(Invalid(std::move(out)));
}

// A sender that is bound to a certificate where nobody shows one is bound to nothing.
Status CheckPins(const ConnectorKind& connector, const AdapterConfig& config) {
  if (config.pins.empty() || config.connector_settings == nullptr) return Ok();
  if (connector.sees_certificates && connector.sees_certificates(*config.connector_settings))
    return Ok();
  std::string out;
  for (const AdapterConfig::Setting& pin : config.pins) {
    out.append(out.empty() ? "" : "\n").append(pin.where).append(": ").append(pin.key);
    out.append(" has no effect, since nobody shows one to [").append(connector.section);
    out.append("]: take it out. ").append(connector.instead_of_pins);
  }
  return Invalid(std::move(out));
}

}  // namespace

Status CheckCarries(const SourceKinds& kinds, const AdapterConfig& config, const Mapping& mapping) {
  const ConnectorKind* connector = kinds.ConnectorOf(config.connector);
  if (connector == nullptr) return Internal("no connector [" + config.connector + "]");
  const std::vector<std::string>& formats = connector->formats;
  const std::string format = mapping.format().name();
  if (std::find(formats.begin(), formats.end(), format) != formats.end()) {
    const FormatKind* kind = kinds.Format(format);
    if (kind != nullptr) SAM_TRY(CheckSettings(*kind, config));
    return CheckPins(*connector, config);
  }
  std::string names;
  for (const std::string& one : formats) names.append(names.empty() ? "" : ", ").append(one);
  return Invalid(config.path + ": the mapping " + mapping.id() + " is for the format " + format +
                 ", and [" + config.connector + "] takes " + names);
}

}  // namespace sam::kit
