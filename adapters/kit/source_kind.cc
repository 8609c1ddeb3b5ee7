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

Status CheckCarries(const SourceKinds& kinds, const AdapterConfig& config, const Mapping& mapping) {
  const ConnectorKind* connector = kinds.ConnectorOf(config.connector);
  if (connector == nullptr) return Internal("no connector [" + config.connector + "]");
  const std::vector<std::string>& formats = connector->formats;
  const std::string format = mapping.format().name();
  if (std::find(formats.begin(), formats.end(), format) != formats.end()) return Ok();
  std::string names;
  for (const std::string& one : formats) names.append(names.empty() ? "" : ", ").append(one);
  return Invalid(config.path + ": the mapping " + mapping.id() + " is for the format " + format +
                 ", and [" + config.connector + "] takes " + names);
}

}  // namespace sam::kit
