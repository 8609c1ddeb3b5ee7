#include "adapters/mllp/listen_config.h"

#include <utility>

#include "adapters/mllp/net.h"

namespace sam::mllp {
namespace {

std::optional<ListenTls> ReadTls(config::Table& listen, const std::string& folder) {
  std::optional<config::Table> table = listen.Sub("tls");
  if (!table) return std::nullopt;
  ListenTls out;
  out.files.certificate_file = kit::Under(folder, table->Text("certificate"));
  out.files.key_file = kit::Under(folder, table->Text("key"));
  out.files.client_ca_file = kit::Under(folder, table->TextOr("client_ca", ""));
  out.files.require_client_certificate =
      table->BoolOr("require_client_certificate", !out.files.client_ca_file.empty());
  out.files.only_tls13 = table->OneOf("min_version", {"1.2", "1.3"}, 0) == 1;
  out.handshake_timeout_ms =
      static_cast<int>(table->IntOr("handshake_timeout_ms", 10'000, 100, 600'000));
  if (out.files.require_client_certificate && out.files.client_ca_file.empty())
    table->Fail("client_ca", "client_ca: who issues the clients' certificates");
  return out;
}

// application_ack = "same-connection" | "none" | "address:port"
ApplicationAck ReadApplicationAck(config::Table& listen, const std::string& folder) {
  ApplicationAck out;
  const std::string where = listen.TextOr("application_ack", "same-connection");
  if (where == "none") {
    out.where = ApplicationAck::Where::kNone;
  } else if (where != "same-connection") {
    out.where = ApplicationAck::Where::kElsewhere;
    out.address = where;
    if (!SplitAddress(where).ok())
      listen.Fail("application_ack", "same-connection, none, or an address such as 10.1.2.3:2576");
  }
  out.confirmed = listen.BoolOr("application_ack_confirmed", true);
  out.answer_timeout_ms =
      static_cast<int>(listen.IntOr("application_ack_timeout_ms", 10'000, 100, 600'000));
  std::optional<config::Table> tls = listen.Sub("application_ack_tls");
  if (!tls) return out;
  tls::ClientOptions options;
  options.ca_file = kit::Under(folder, tls->Text("ca"));
  options.server_name = tls->Text("server_name");
  options.certificate_file = kit::Under(folder, tls->TextOr("certificate", ""));
  options.key_file = kit::Under(folder, tls->TextOr("key", ""));
  if (options.certificate_file.empty() != options.key_file.empty())
    tls->Fail("certificate", "certificate and key, or neither");
  if (out.where != ApplicationAck::Where::kElsewhere)
    tls->Fail("ca", "application_ack = an address, when it has TLS of its own");
  out.tls = std::move(options);
  return out;
}

}  // namespace

std::unique_ptr<kit::ConnectorSettings> ReadListen(config::Table section, const std::string& folder) {
  auto out = std::make_unique<ListenConfig>();
  out->address = section.TextOr("address", out->address);
  out->tls = ReadTls(section, folder);
  out->allow = section.TextList("allow");
  out->max_connections = static_cast<size_t>(section.IntOr("max_connections", 256, 1, 10'000));
  out->max_frame_bytes =
      static_cast<size_t>(section.IntOr("max_frame_kb", 16'384, 4, 65'536)) * 1024;
  out->frame_timeout_ms =
      static_cast<int>(section.IntOr("frame_timeout_ms", 30'000, 100, 3'600'000));
  out->idle_timeout_ms = static_cast<int>(section.IntOr("idle_timeout_ms", 0, 0, 86'400'000));
  out->max_unacked = static_cast<size_t>(section.IntOr("max_unacked", 256, 1, 10'000));
  out->strict_end = section.BoolOr("strict_end", false);
  out->application_ack = ReadApplicationAck(section, folder);
  out->answer_anyway = section.BoolOr("answer_anyway", true);
  out->batch_answer = section.OneOf("batch_answer", {"each", "batch"}, 0) == 1;
  switch (section.OneOf("ack_mode", {"always-aa", "original", "enhanced"}, 0)) {
    case 1: out->ack_mode = hl7::AckMode::kOriginal; break;
    case 2: out->ack_mode = hl7::AckMode::kEnhanced; break;
    default: out->ack_mode = hl7::AckMode::kAlwaysAA; break;
  }
  return out;
}

}  // namespace sam::mllp
