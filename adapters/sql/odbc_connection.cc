#include "adapters/sql/odbc_connection.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "adapters/rest/poll_config.h"
#include "broker/base/text.h"

namespace sam::sql {
namespace {

using OdbcSettings = std::map<std::string, std::string>;  // names in lower case

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool IsOdbcName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ' ';
  });
}

// They put statements, rows or the login into files of their own, or change what was judged here.
bool IsForbidden(const std::string& lower) {
  static constexpr std::array<std::string_view, 10> kForbidden = {
      "commlog", "debug", "savefile", "filedsn", "pqopt",
      "logdir",  "log",   "logging",  "logpath", "failover_partner"};
  return std::find(kForbidden.begin(), kForbidden.end(), lower) != kForbidden.end() ||
         lower.find("trace") != std::string::npos || lower.find("logfile") != std::string::npos ||
         lower.find("statslog") != std::string::npos || lower.find("querylog") != std::string::npos;
}

std::string OdbcValue(const std::string& value) {
  if (value.find_first_of("[]{}(),;?*=!@ ") == std::string::npos) return value;
  std::string out = "{";
  for (const char c : value) {
    out += c;
    if (c == '}') out += c;
  }
  return out.append("}");
}

bool IsThisMachine(std::string host) {
  host = LowerAscii(host);
  if (host.starts_with("tcp:")) host = host.substr(4);
  const size_t comma = host.find(',');  // SQL Server's host,port; a list of hosts is none of ours
  if (comma != std::string::npos) {
    if (host.find_first_not_of("0123456789", comma + 1) != std::string::npos) return false;
    host = host.substr(0, comma);
  }
  return host == "localhost" || host == "127.0.0.1" || host == "::1" || host.starts_with("/");
}

// Every server that is named is this machine, and one is named: a DSN's stands in another file.
bool StaysHere(const OdbcSettings& settings) {
  bool named = false;
  for (const char* name : {"server", "servername", "host", "hostname", "address", "addr"}) {
    const auto found = settings.find(name);
    if (found == settings.end()) continue;
    if (!IsThisMachine(found->second)) return false;
    named = true;
  }
  return named && !settings.contains("dsn");
}

std::string LowerOf(const OdbcSettings& settings, const char* name) {
  const auto found = settings.find(name);
  return found == settings.end() ? "" : LowerAscii(found->second);
}

bool ChecksTheServer(const OdbcSettings& settings) {
  if (LowerOf(settings, "sslmode") == "verify-full") return true;
  const std::string encrypt = LowerOf(settings, "encrypt");
  const std::string trust = LowerOf(settings, "trustservercertificate");
  return (encrypt == "yes" || encrypt == "true" || encrypt == "mandatory" || encrypt == "strict") &&
         (trust.empty() || trust == "no" || trust == "false");
}

}  // namespace

Result<std::string> ReadOdbcConnection(const std::string& path, Transport transport) {
  SAM_ASSIGN(const auto lines, rest::ReadKeys(path));
  const std::string where = "connection file " + path;
  OdbcSettings settings;
  std::string out;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string setting = where + ": setting " + std::to_string(i + 1);
    const auto& [name, value] = lines[i];
    const std::string lower = LowerAscii(name);
    if (!IsOdbcName(name)) return Invalid(setting + " has a name that is none");
    if (IsForbidden(lower))
      return Invalid(setting +
                     " is one that writes down what passes, or changes where it goes; "
                     "take it out");
    if (!settings.emplace(lower, value).second) return Invalid(setting + " stands twice");
    if (!IsValidUtf8(value) || value.find('\0') != std::string::npos)
      return Invalid(setting + " is not UTF-8 text");
    out.append(name).append("=").append(OdbcValue(value)).append(";");
  }
  if (!settings.contains("driver") && !settings.contains("dsn"))
    return Invalid(where + ": Driver is missing: the driver's name, or the path of its library");
  if (transport == Transport::kOutside || StaysHere(settings) || ChecksTheServer(settings))
    return out;
  return Invalid(
      where +
      ": to another machine only with a checked certificate (SSLmode = \"verify-full\", or "
      "Encrypt = \"yes\" without TrustServerCertificate), or anybody on the way can be "
      "the database. If the way itself is safe, say transport = \"outside\" in [sql]");
}

}  // namespace sam::sql
