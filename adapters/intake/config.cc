#include "adapters/intake/config.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "adapters/kit/source_kind.h"
#include "adapters/rest/poll_config.h"
#include "adapters/tls/context.h"
#include "broker/base/text.h"

namespace sam::intake {

Config ReadConfig(config::Table table, const std::string& folder) {
  Config out;
  const auto file = [&](const char* key) { return kit::Under(folder, table.Text(key)); };
  const bool allow_plain = table.BoolOr("allow_plain_loopback", false);
  const std::string address = table.Text("base_url");
  Result<rest::BaseAddress> base = rest::CheckBaseAddress(address, allow_plain);
  if (base.ok())
    out.base = std::move(base).value();
  else
    table.Fail("base_url", base.error().message);
  out.keys_file = file("keys_file");
  out.http.plain = out.base.plain;
  out.http.ca_file = kit::Under(folder, table.TextOr("ca_file", ""));
  out.http.client_cert = kit::Under(folder, table.TextOr("client_cert_file", ""));
  out.http.client_key = kit::Under(folder, table.TextOr("client_key_file", ""));
  out.http.connect_timeout_ms =
      static_cast<int>(table.IntOr("connect_timeout_ms", 5'000, 100, 120'000));
  out.http.timeout_ms = static_cast<int>(table.IntOr("timeout_ms", 60'000, 100, 600'000));
  out.look_up = table.OneOf("look_up", {"extract", "none"}, 0) == 0;
  out.test_signals = table.BoolOr("test_signals", false);
  switch (table.OneOf("times", {"local", "offset", "utc"}, 0)) {
    case 1: out.times = rest::TimeStyle::kOffset; break;
    case 2: out.times = rest::TimeStyle::kUtc; break;
    default: out.times = rest::TimeStyle::kLocal; break;
  }
  out.settle_ms = table.IntOr("settle_s", 60, 1, 3'600) * kSecondMs;
  out.attempts = static_cast<uint32_t>(table.IntOr("attempts", 8, 1, 100));
  out.files = table.BoolOr("files", true);
  out.look_up_files = table.OneOf("look_up_files", {"list", "none"}, 0) == 0;
  out.file_wait_ms = table.IntOr("file_wait_h", 24, 0, 720) * kHourMs;
  out.backoff_min_ms = table.IntOr("backoff_min_ms", 5'000, 10, 600'000);
  out.backoff_max_ms =
      std::max(out.backoff_min_ms, table.IntOr("backoff_max_s", 900, 1, 86'400) * kSecondMs);
  const std::string kinds = file("kinds_file");
  const std::string senders = file("senders_file");
  const std::string units = file("units_file");
  auto lists = CodeLists::Load(kinds, senders, units);
  if (lists.ok())
    out.lists = std::move(lists).value();
  else if (table.Has("kinds_file") && table.Has("senders_file") && table.Has("units_file"))
    table.Fail("kinds_file", "code tables in order:\n" + lists.error().message);
  return out;
}

Status CheckFiles(const Config& config, Millis now) {
  std::string findings;
  const auto note = [&findings](const std::string& text) {
    findings.append(findings.empty() ? "" : "\n").append("[intake] ").append(text);
  };
  if (const auto keys = rest::ReadKeys(config.keys_file); !keys.ok()) note(keys.error().message);
  const std::pair<const char*, const std::string*> named[] = {{"ca_file", &config.http.ca_file},
                                                              {"client_key_file", &config.http.client_key}};
  for (const auto& [key, file] : named)
    if (!file->empty() && ::access(file->c_str(), R_OK) != 0)
      note(std::string(key) + " " + *file + ": " + std::strerror(errno));
  const std::string& shown = config.http.client_cert;
  if (!shown.empty()) {
    const Result<Millis> ends = tls::EndOfCertificate(shown);
    if (!ends.ok())
      note("client_cert_file: " + ends.error().message);
    else if (*ends <= now)
      note("client_cert_file " + shown + " ended " + ToIso(*ends) + ": put a new one there");
  }
  return findings.empty() ? Ok() : Status(Invalid(findings));
}

}  // namespace sam::intake
