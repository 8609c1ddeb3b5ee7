#include "adapters/inbox/web_config.h"

#include <filesystem>

namespace sam::inbox {

namespace {
constexpr int64_t kMinute = 60'000;
constexpr size_t kReturnToMax = 200;
}  // namespace

WebConfig ReadWebConfig(config::Table table, const std::string& folder,
                        contract::Language language) {
  const auto file = [&](std::string text) {
    if (text.empty() || text.front() == '/') return text;
    return std::filesystem::path(folder + text).lexically_normal().string();
  };
  WebConfig out;
  out.listen = table.TextOr("listen", "127.0.0.1:8443");
  out.certificate = file(table.Text("certificate"));
  out.key = file(table.Text("key"));
  out.client_ca = file(table.TextOr("client_ca", ""));
  out.certificates = static_cast<WebConfig::Certificates>(
      table.OneOf("client_certificates", {"none", "optional", "required"}, 0));
  const bool required = out.certificates == WebConfig::Certificates::kRequired;
  if (required && out.client_ca.empty())
    table.Fail("client_certificates", "client_ca as well: who signs the certificates");
  if (out.certificates == WebConfig::Certificates::kNone && !out.client_ca.empty())
    table.Fail("client_ca", "client_certificates = \"optional\" or \"required\" with it");
  out.accounts_file = file(table.Text("accounts_file"));
  out.idle_ms = table.IntOr("idle_minutes", 15, 1, 120) * kMinute;
  out.session_ms = table.IntOr("session_minutes", 480, 5, 1440) * kMinute;
  out.connections = static_cast<int>(table.IntOr("max_connections", 64, 1, 1000));
  out.connections_per_address =
      static_cast<int>(table.IntOr("max_connections_per_address", 16, 1, 1000));
  out.return_to = table.TextOr("return_to", "");
  if (out.return_to.size() > kReturnToMax) table.Fail("return_to", "at most 200 characters");
  out.language = table.OneOf("lang", {"sv", "en"},
                             language == contract::Language::kEnglish ? 1 : 0) == 1
                     ? contract::Language::kEnglish
                     : contract::Language::kSwedish;
  return out;
}

}  // namespace sam::inbox
