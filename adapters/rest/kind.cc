#include "adapters/rest/kind.h"

#include <utility>

#include "adapters/rest/poll_config.h"
#include "adapters/rest/poll_connector.h"
#include "adapters/rest/rest_decoder.h"
#include "adapters/rest/rest_format.h"

namespace sam::rest {

kit::FormatKind RestKind() {
  kit::FormatKind kind;
  kind.name = "rest-json";
  kind.make = [] { return std::make_unique<RestFormat>(); };
  kind.decoder = [](const kit::DecoderParts& parts, Random) { return RestDecoder::Make(parts); };
  kind.instead = "Rows are asked for, and always in UTF-8: the section that asks names the source.";
  return kind;
}

kit::ConnectorKind PollKind() {
  kit::ConnectorKind kind;
  kind.section = "poll";
  kind.formats = {"rest-json"};
  kind.read = [](config::Table section, const std::string& folder) {
    return std::unique_ptr<kit::ConnectorSettings>(ReadPollConfig(std::move(section), folder));
  };
  kind.open = [](const kit::ConnectorSettings& settings,
                 const kit::ConnectorParts& parts) -> Result<std::unique_ptr<kit::Connector>> {
    const auto* poll = dynamic_cast<const PollConfig*>(&settings);
    if (poll == nullptr) return Internal("[poll] was read by somebody else");
    SAM_ASSIGN(std::unique_ptr<HttpPull> pull, HttpPull::Make(poll->http));
    SAM_ASSIGN(std::unique_ptr<PollConnector> connector,
               PollConnector::Open(*poll, parts, std::move(pull), Random::FromKernel()));
    return std::unique_ptr<kit::Connector>(std::move(connector));
  };
  kind.check = [](const kit::ConnectorSettings& settings) -> Status {
    const auto* poll = dynamic_cast<const PollConfig*>(&settings);
    if (poll == nullptr) return Internal("[poll] was read by somebody else");
    return CheckFiles(*poll);
  };
  return kind;
}

}  // namespace sam::rest
