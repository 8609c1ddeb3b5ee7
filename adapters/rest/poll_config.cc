#include "adapters/rest/poll_config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "broker/base/text.h"

namespace sam::rest {
namespace {

constexpr size_t kMaxKeysBytes = 4096;

bool IsEndpointName(const std::string& name) {
  return !name.empty() && name.size() <= 40 &&
         name.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
             std::string::npos;
}

EndpointConfig ReadEndpoint(config::Table& table, int64_t every_ms) {
  EndpointConfig out;
  out.name = table.Text("name");
  if (!IsEndpointName(out.name))
    table.Fail("name", "letters, digits, _ and -: the name stands in metrics and logs");
  out.path = table.TextOr("path", out.name);
  if (out.path.find_first_of("?# ") != std::string::npos)
    table.Fail("path", "a path without query: the keys belong in keys_file");
  out.id = table.TextOr("id", out.id);
  out.type = table.TextOr("type", "");
  out.modified = table.TextOr("modified", "");
  out.filter = table.TextOr("filter", "");
  out.every_ms = table.IntOr("every_s", every_ms / kSecondMs, 1, 86'400) * kSecondMs;
  return out;
}

void ReadTransport(config::Table& table, const std::string& folder, PollConfig& out) {
  const bool allow_plain = table.BoolOr("allow_plain_loopback", false);
  const std::string address = table.Text("base_url");
  Result<BaseAddress> base = CheckBaseAddress(address, allow_plain);
  if (base.ok())
    out.base = std::move(base).value();
  else
    table.Fail("base_url", base.error().message);
  out.keys_file = kit::Under(folder, table.Text("keys_file"));
  out.http.plain = out.base.plain;
  out.http.ca_file = kit::Under(folder, table.TextOr("ca_file", ""));
  out.http.client_cert = kit::Under(folder, table.TextOr("client_cert_file", ""));
  out.http.client_key = kit::Under(folder, table.TextOr("client_key_file", ""));
  out.http.connect_timeout_ms =
      static_cast<int>(table.IntOr("connect_timeout_ms", 5'000, 100, 120'000));
  out.http.timeout_ms = static_cast<int>(table.IntOr("timeout_ms", 30'000, 100, 600'000));
  out.http.max_body_bytes = static_cast<size_t>(table.IntOr("max_body_mb", 32, 1, 256)) << 20;
}

}  // namespace

RowFieldsByEndpoint PollConfig::fields() const {
  RowFieldsByEndpoint out;
  for (const EndpointConfig& endpoint : endpoints)
    out[endpoint.name] = RowFields{endpoint.id, endpoint.type};
  return out;
}

std::unique_ptr<PollConfig> ReadPollConfig(config::Table table, const std::string& folder) {
  auto result = std::make_unique<PollConfig>();
  PollConfig& out = *result;
  ReadTransport(table, folder, out);
  switch (table.OneOf("times", {"local", "offset", "utc"}, 0)) {
    case 1: out.times = TimeStyle::kOffset; break;
    case 2: out.times = TimeStyle::kUtc; break;
    default: out.times = TimeStyle::kLocal; break;
  }
  out.rows_field = table.TextOr("rows_field", "");
  out.since_name = table.TextOr("since_name", out.since_name);
  out.start = table.Date("start").value_or("");
  out.baseline = table.OneOf("first_load", {"baseline", "live"}, 0) == 0 && !out.start.empty();
  // Never none: a row is seen when its transaction ends, not when it was written.
  out.overlap_ms = table.IntOr("overlap_s", 300, 60, 86'400) * kSecondMs;
  out.sweep_every_ms = table.IntOr("sweep_every_h", 24, 1, 8'760) * kHourMs;
  // The adapter knows rows again for seen_days, at least seven: an older one would be told twice.
  out.sweep_back_ms = table.IntOr("sweep_back_h", 72, 0, 144) * kHourMs;
  out.page = static_cast<size_t>(table.IntOr("page", 200, 1, 5'000));
  out.requests_per_minute = static_cast<int>(table.IntOr("requests_per_minute", 60, 1, 6'000));
  out.backoff_min_ms = table.IntOr("backoff_min_ms", 5'000, 10, 600'000);
  out.backoff_max_ms =
      std::max(out.backoff_min_ms, table.IntOr("backoff_max_s", 900, 1, 86'400) * kSecondMs);
  const int64_t every_ms = table.IntOr("every_s", 60, 1, 86'400) * kSecondMs;
  for (config::Table& one : table.List("endpoint")) {
    out.endpoints.push_back(ReadEndpoint(one, every_ms));
    const auto same = [&](const EndpointConfig& other) {
      return other.name == out.endpoints.back().name;
    };
    if (std::count_if(out.endpoints.begin(), out.endpoints.end(), same) > 1)
      one.Fail("name", "a name that no other endpoint has");
  }
  if (out.endpoints.empty()) table.Fail("endpoint", "at least one [[poll.endpoint]] with name");
  return result;
}

Result<HttpPull::Query> ReadKeys(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NotFound("keys file " + path + ": " + std::strerror(errno));
  struct stat info = {};
  std::string text(kMaxKeysBytes + 1, '\0');
  const bool known = ::fstat(fd, &info) == 0;
  const ssize_t got = ::read(fd, text.data(), text.size());
  ::close(fd);
  if (!known || got < 0) return Unavailable("keys file " + path + ": cannot be read");
  if ((info.st_mode & 077) != 0)
    return Denied("keys file " + path + ": others may read it; chmod 600 " + path);
  if (static_cast<size_t>(got) > kMaxKeysBytes)
    return Invalid("keys file " + path + ": larger than 4 KiB");
  text.resize(static_cast<size_t>(got));
  HttpPull::Query out;
  int number = 0;
  for (const std::string_view raw : Split(text, '\n')) {
    ++number;
    const std::string_view line = Trim(raw);
    if (line.empty() || line[0] == '#') continue;
    const size_t equal = line.find('=');
    const std::string_view name = Trim(line.substr(0, equal));
    std::string_view value = equal == std::string_view::npos ? "" : Trim(line.substr(equal + 1));
    if (value.size() < 3 || value.front() != '"' || value.back() != '"' || name.empty())
      return Invalid("keys file " + path + ": line " + std::to_string(number) +
                     ": expected name = \"value\"");
    value = value.substr(1, value.size() - 2);
    out.emplace_back(std::string(name), std::string(value));
  }
  if (out.empty()) return Invalid("keys file " + path + ": expected lines such as name = \"value\"");
  return out;
}

Status CheckFiles(const PollConfig& config) {
  SAM_TRY(ReadKeys(config.keys_file));
  const std::pair<const char*, const std::string*> named[] = {
      {"ca_file", &config.http.ca_file},
      {"client_cert_file", &config.http.client_cert},
      {"client_key_file", &config.http.client_key}};
  for (const auto& [key, file] : named)
    if (!file->empty() && ::access(file->c_str(), R_OK) != 0)
      return NotFound(std::string(key) + " " + *file + ": " + std::strerror(errno));
  return Ok();
}

}  // namespace sam::rest
