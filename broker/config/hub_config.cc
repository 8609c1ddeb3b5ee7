#include "broker/config/hub_config.h"

#include <filesystem>

namespace sam::config {
namespace {

std::string Beside(const std::string& file, const std::string& path) {
  const std::filesystem::path given(path);
  if (path.empty() || given.is_absolute()) return path;
  return (std::filesystem::path(file).parent_path() / given).lexically_normal().string();
}

bool IsPort(const std::string& text) {
  if (text.empty() || text.size() > 5) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  const int port = std::stoi(text);
  return port >= 0 && port <= 65535;
}

// "host:port"; port 0 lets the system choose (tests).
bool IsHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  return colon != std::string::npos && colon > 0 && IsPort(text.substr(colon + 1));
}

std::string Endpoint(Table& root, std::string_view key) {
  std::string text = root.Text(key);
  if (root.Has(key) && (text.rfind("tcp://", 0) != 0 || !IsHostPort(text.substr(6)))) {
    root.Fail(key, "an address such as \"tcp://0.0.0.0:5570\"");
  }
  return text;
}

void ReadFiles(Table& root, HubConfig& config) {
  std::optional<Table> files = root.Sub("files");
  if (!files) return root.Fail("files", "a table [files] with the paths of the other files");
  config.files.directory = Beside(config.file, files->Text("directory"));
  config.files.agreements = Beside(config.file, files->Text("agreements"));
  config.files.programmes = Beside(config.file, files->Text("programmes"));
  config.files.rules = Beside(config.file, files->Text("rules"));
  config.files.peers = Beside(config.file, files->Text("peers"));
  if (files->Has("retention"))
    config.files.retention = Beside(config.file, files->Text("retention"));
}

void ReadKeys(Table& root, HubConfig& config) {
  std::optional<Table> keys = root.Sub("keys");
  if (!keys) return root.Fail("keys", "a table [keys] with the paths of the key files");
  config.keys.curve_secret = Beside(config.file, keys->Text("curve_secret"));
  config.keys.kek = Beside(config.file, keys->Text("kek"));
  config.keys.checkpoint_signing = Beside(config.file, keys->Text("checkpoint_signing"));
}

template <typename Number>
Number Within(Table& table, std::string_view key, Number fallback, uint64_t min, uint64_t max) {
  return static_cast<Number>(table.IntOr(key, static_cast<int64_t>(fallback),
                                         static_cast<int64_t>(min), static_cast<int64_t>(max)));
}

void ReadLimits(Table& root, HubConfig& config) {
  std::optional<Table> table = root.Sub("limits");
  if (!table) return;
  HubLimits& limits = config.limits;
  limits.max_event_bytes =
      Within(*table, "max_event_bytes", limits.max_event_bytes, 1 << 10, kEventBytesMax);
  limits.max_batch_bytes =
      Within(*table, "max_batch_bytes", limits.max_batch_bytes, 1 << 10, kBatchBytesMax);
  if (limits.max_batch_bytes < limits.max_event_bytes) {
    table->Fail("max_batch_bytes", "at least max_event_bytes");
  }
  limits.credit_messages = Within(*table, "credit_messages", limits.credit_messages, 1, 100'000);
  limits.credit_bytes =
      Within(*table, "credit_bytes", limits.credit_bytes, 1 << 10, uint64_t{256} << 20);
  if (limits.credit_bytes < limits.max_batch_bytes) {
    table->Fail("credit_bytes", "at least max_batch_bytes");
  }
  limits.messages_per_second =
      Within(*table, "messages_per_second", limits.messages_per_second, 1, 1'000'000);
  limits.bytes_per_second = Within(*table, "bytes_per_second", limits.bytes_per_second,
                                   uint64_t{64} << 10, uint64_t{1} << 30);
}

void ReadDisk(Table& root, HubConfig& config) {
  std::optional<Table> table = root.Sub("disk");
  if (!table) return;
  HubDisk& disk = config.disk;
  disk.low_water_mb = Within(*table, "low_water_mb", disk.low_water_mb, 16, 10'000'000);
  disk.reserve_mb = Within(*table, "reserve_mb", disk.reserve_mb, 1, 10'000'000);
  if (disk.reserve_mb > disk.low_water_mb) table->Fail("reserve_mb", "at most low_water_mb");
}

void ReadRedelivery(Table& root, HubConfig& config) {
  std::optional<Table> table = root.Sub("redelivery");
  if (!table) return;
  HubRedelivery& redelivery = config.redelivery;
  redelivery.first_ms = Within(*table, "first_ms", redelivery.first_ms, 100, 3'600'000);
  redelivery.max_ms = Within(*table, "max_ms", redelivery.max_ms, 100, 86'400'000);
  if (redelivery.max_ms < redelivery.first_ms) table->Fail("max_ms", "at least first_ms");
  redelivery.attempts = Within(*table, "attempts", redelivery.attempts, 1, 1000);
}

void ReadCheckpoint(Table& root, HubConfig& config) {
  std::optional<Table> table = root.Sub("checkpoint");
  if (!table) return;
  HubCheckpoint& checkpoint = config.checkpoint;
  checkpoint.every_records =
      Within(*table, "every_records", checkpoint.every_records, 1, 1'000'000);
  checkpoint.every_seconds = Within(*table, "every_seconds", checkpoint.every_seconds, 1, 86'400);
}

void ReadReceivers(Table& root, HubConfig& config) {
  std::optional<Table> table = root.Sub("receivers");
  if (table) config.silent_hours = Within(*table, "silent_hours", config.silent_hours, 1, 720);
}

void ReadReplay(Table& root, HubConfig& config) {
  std::optional<Table> table = root.Sub("replay");
  if (table) config.replay_second_person = table->BoolOr("second_person", false);
}

void ReadAddresses(Table& root, HubConfig& config) {
  config.data_dir = Beside(config.file, root.Text("data_dir"));
  config.ingress_endpoint = Endpoint(root, "ingress_endpoint");
  config.delivery_endpoint = Endpoint(root, "delivery_endpoint");
  if (root.Has("delivery_endpoint") && config.ingress_endpoint == config.delivery_endpoint &&
      config.ingress_endpoint.find(":0") == std::string::npos) {
    root.Fail("delivery_endpoint", "another address than ingress_endpoint");
  }
  config.admin_socket = Beside(config.file, root.Text("admin_socket"));
  // The operating system's limit for socket paths is 107 bytes.
  if (config.admin_socket.size() > 100) {
    root.Fail("admin_socket", "a complete path of at most 100 bytes");
  }
  config.http_endpoint = root.TextOr("http_endpoint", config.http_endpoint);
  if (!IsHostPort(config.http_endpoint)) {
    root.Fail("http_endpoint", "an address such as \"127.0.0.1:9464\"");
  }
}

}  // namespace

Result<HubConfig> ParseHubConfig(std::string text, const std::string& file) {
  SAM_ASSIGN(Document document, Document::Parse(std::move(text), file));
  Table root = document.Root();
  HubConfig config;
  config.file = file;
  config.environment = static_cast<Environment>(root.OneOf("environment", {"production", "test"}));
  ReadAddresses(root, config);
  ReadFiles(root, config);
  ReadKeys(root, config);
  ReadLimits(root, config);
  ReadDisk(root, config);
  config.trim = static_cast<TrimPolicy>(
      root.OneOf("trim", {"accepted", "backup"}, static_cast<int>(TrimPolicy::kBackup)));
  config.statistics = static_cast<StatisticsPer>(root.OneOf(
      "statistics", {"month", "quarter", "year"}, static_cast<int>(StatisticsPer::kQuarter)));
  ReadRedelivery(root, config);
  ReadCheckpoint(root, config);
  ReadReplay(root, config);
  ReadReceivers(root, config);
  config.heartbeat_ms = Within(root, "heartbeat_ms", config.heartbeat_ms, 100, 60'000);
  const std::vector<std::string> levels = {"debug", "info", "warn", "error"};
  config.log_level = levels[static_cast<size_t>(root.OneOf("log_level", levels, 1))];
  SAM_TRY(document.Done());
  return config;
}

Result<HubConfig> LoadHubConfig(const std::string& path) {
  SAM_ASSIGN(Document document, Document::Load(path));
  return ParseHubConfig(document.text(), path);
}

}  // namespace sam::config
