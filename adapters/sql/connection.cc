#include "adapters/sql/connection.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "adapters/rest/poll_config.h"
#include "adapters/sql/odbc_connection.h"

namespace sam::sql {
namespace {

constexpr std::array<std::string_view, 9> kNames = {
    "host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey"};

std::string Of(const Connection& connection, std::string_view name) {
  for (const auto& [key, value] : connection.settings)
    if (key == name) return value;
  return "";
}

bool IsHere(const std::string& host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1" || host.substr(0, 1) == "/";
}

}  // namespace

std::string Connection::Text() const {
  std::string out;
  for (const auto& [name, value] : settings) {
    out.append(name).append("='");
    for (const char c : value) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    out.append("' ");
  }
  return out;
}

Result<Connection> ReadConnection(const std::string& path, int connect_s) {
  Connection out;
  SAM_ASSIGN(out.settings, rest::ReadKeys(path));
  const std::string where = "connection file " + path;
  for (size_t i = 0; i < out.settings.size(); ++i) {
    const std::string& name = out.settings[i].first;
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      return Invalid(where + ": setting " + std::to_string(i + 1) +
                     " is none of host, port, dbname, user, password, sslmode, sslrootcert, "
                     "sslcert, sslkey");
    const auto same = [&](const auto& other) { return other.first == name; };
    if (std::count_if(out.settings.begin(), out.settings.end(), same) > 1)
      return Invalid(where + ": " + name + " stands twice");
  }
  for (const char* needed : {"host", "dbname", "user"})
    if (Of(out, needed).empty()) return Invalid(where + ": " + needed + " is missing");
  const std::string host = Of(out, "host");
  // A list of hosts would have its first judged for all.
  if (host.find(',') != std::string::npos) return Invalid(where + ": one host only");
  if (!IsHere(host)) {
    const std::string mode = Of(out, "sslmode");
    if (!mode.empty() && mode != "verify-full")
      return Invalid(where + ": sslmode must be \"verify-full\" to another machine, or anybody on "
                             "the way can be the database");
    if (mode.empty()) out.settings.emplace_back("sslmode", "verify-full");
    if (Of(out, "sslrootcert").empty())
      out.settings.emplace_back("sslrootcert", "/etc/ssl/certs/ca-certificates.crt");
  }
  out.settings.emplace_back("connect_timeout", std::to_string(connect_s));
  // A network that swallows everything is noticed within this time.
  out.settings.emplace_back("tcp_user_timeout", std::to_string(connect_s * 2'000));
  out.settings.emplace_back("keepalives_idle", "30");
  out.settings.emplace_back("gssencmode", "disable");
  out.settings.emplace_back("client_encoding", "UTF8");
  out.settings.emplace_back("application_name", "samsignal-adapter");
  return out;
}

std::string CertificateOf(const SqlConfig& config) {
  if (config.backend == Backend::kOdbc) return "";
  const Result<Connection> connection = ReadConnection(config.connection_file, config.connect_s);
  return connection.ok() ? Of(*connection, "sslcert") : "";
}

Status CheckConnectionFile(const SqlConfig& config) {
  if (config.backend == Backend::kOdbc) {
    SAM_TRY(ReadOdbcConnection(config.connection_file, config.transport));
  } else {
    SAM_TRY(ReadConnection(config.connection_file, config.connect_s));
  }
  return Ok();
}

}  // namespace sam::sql
