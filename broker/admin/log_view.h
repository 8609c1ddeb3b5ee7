// LogView: the log as an offline tool sees it. With a running hub it is a snapshot that the hub makes
// through its local door (hard links, removed at the end); with a stopped hub the store itself,
// opened for reading only. Main thread of a tool; one per process.
#pragma once

#include <memory>
#include <string>

#include "broker/base/result.h"
#include "broker/config/hub_config.h"
#include "broker/journal/reader.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"
#include "broker/wire/curve.h"

namespace sam::admin {

// Where the hub keeps what, below data_dir.
struct HubPaths {
  std::string log, vault, high_water, checkpoints;
  static HubPaths Of(const std::string& data_dir);
};

// Reads a key: the file of hub.toml, or the credential of that name when the unit provides it.
Result<SecretKey> LoadKey(const std::string& path);
Result<wire::CurveKeys> LoadCurve(const std::string& path);

class LogView {
 public:
  // kUnavailable: neither a running hub answers nor can the store be opened.
  static Result<std::unique_ptr<LogView>> Open(const config::HubConfig& config);
  ~LogView();
  LogView(const LogView&) = delete;
  LogView& operator=(const LogView&) = delete;

  const Store& store() const { return *store_; }
  Store& writable_store() { return *store_; }  // read-only underneath; for interfaces that want one
  Vault& vault() { return *vault_; }
  const journal::Reader& reader() const { return *reader_; }
  bool snapshot() const { return !snapshot_folder_.empty(); }
  const std::string& checkpoints_path() const { return checkpoints_path_; }

 private:
  LogView() = default;
  std::string snapshot_folder_;
  std::string checkpoints_path_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Store> vault_store_;
  std::unique_ptr<Vault> vault_;
  SecretKey hub_key_;
  journal::DurableMark mark_;
  std::unique_ptr<journal::Reader> reader_;
};

}  // namespace sam::admin
