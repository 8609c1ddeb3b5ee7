#include "adapters/mllp/kind.h"

#include <iterator>
#include <utility>

#include "adapters/mllp/hl7_decoder.h"
#include "adapters/mllp/hl7_record.h"
#include "adapters/mllp/listen_config.h"
#include "adapters/mllp/mllp_server.h"

namespace sam::mllp {

kit::FormatKind Hl7Kind() {
  kit::FormatKind kind;
  kind.name = "hl7v2";
  kind.make = [] { return std::make_unique<Hl7Format>(); };
  kind.decoder = [](const kit::DecoderParts& parts, Random random) {
    return Hl7Decoder::Make(parts, random);
  };
  kind.settings.assign(std::begin(kit::kFormatSettings), std::end(kit::kFormatSettings));
  return kind;
}

kit::ConnectorKind ListenKind() {
  kit::ConnectorKind kind;
  kind.section = "listen";
  kind.formats = {"hl7v2"};
  kind.read = ReadListen;
  kind.open = [](const kit::ConnectorSettings& settings,
                 const kit::ConnectorParts& parts) -> Result<std::unique_ptr<kit::Connector>> {
    const auto* listen = dynamic_cast<const ListenConfig*>(&settings);
    if (listen == nullptr) return Internal("[listen] was read by somebody else");
    SAM_ASSIGN(std::unique_ptr<MllpServer> server,
               MllpServer::Open(*listen, parts));
    return std::unique_ptr<kit::Connector>(std::move(server));
  };
  kind.check = [](const kit::ConnectorSettings& settings) -> Status {
    const auto* listen = dynamic_cast<const ListenConfig*>(&settings);
    if (listen == nullptr) return Internal("[listen] was read by somebody else");
    if (listen->tls) SAM_TRY(tls::Context::Server(listen->tls->files));
    if (listen->application_ack.tls) SAM_TRY(tls::Context::Client(*listen->application_ack.tls));
    return Ok();
  };
  kind.sees_certificates = [](const kit::ConnectorSettings& settings) {
    const auto* listen = dynamic_cast<const ListenConfig*>(&settings);
    return listen != nullptr && listen->tls && !listen->tls->files.client_ca_file.empty();
  };
  kind.instead_of_pins =
      "Or give [listen.tls] a client_ca, so that senders are asked for their certificates.";
  return kind;
}

}  // namespace sam::mllp
