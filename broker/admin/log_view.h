// LogView: the log as an offline tool sees it. With a running hub it is a snapshot that the hub makes
// through its local door (hard links, removed at the end); with a stopped hub the store itself,
// opened for reading only. Main thread of a tool; one per process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "broker/admin/scratch_folder.h"
#include "broker/base/result.h"
#include "broker/config/hub_config.h"
#include "broker/journal/place_door.h"
#include "broker/journal/reader.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"
#include "broker/wire/curve.h"

namespace sam::admin {

// Where the hub keeps what, below data_dir.
struct HubPaths {
  std::string log, vault, high_water, checkpoints;
  std::string erased;  // the list of erasures (erasures.h)
  static HubPaths Of(const std::string& data_dir);
};

// Reads a key: the file of hub.toml, or the credential of that name when the unit provides it.
Result<SecretKey> LoadKey(const std::string& path);
Result<wire::CurveKeys> LoadCurve(const std::string& path);

// A consistent copy of log, vault and checkpoints by hard links, made by the running hub; gone with
// the object. Same disk: it is for looking and copying, not a backup.
class Snapshot {
 public:
  // kUnavailable: no hub answers.
  static Result<Snapshot> Ask(const config::HubConfig& config);

  const std::string& folder() const { return folder_.path(); }

 private:
  explicit Snapshot(std::string folder) : folder_(std::move(folder)) {}
  ScratchFolder folder_;
};

class LogView {
 public:
  // kUnavailable: neither a running hub answers nor can the store be opened.
  static Result<std::unique_ptr<LogView>> Open(const config::HubConfig& config);
  // Of a folder with log, vault and checkpoints that nobody writes: a snapshot or a backup.
  static Result<std::unique_ptr<LogView>> OpenCopy(const config::HubConfig& config,
                                                   const std::string& folder);
  ~LogView();
  LogView(const LogView&) = delete;
  LogView& operator=(const LogView&) = delete;

  const Store& store() const { return *store_; }
  Store& writable_store() { return *store_; }  // read-only underneath; for interfaces that want one
  Vault& vault() { return *vault_; }
  const Vault& vault() const { return *vault_; }
  const journal::Reader& reader() const { return *reader_; }
  // For composing reports again in a rebuild, which compares and shows nothing. No view of a record
  // may stand on it: an operator is not told where anybody stays.
  const journal::PlaceDoor& places_for_rebuild() const { return *places_; }
  const std::string& checkpoints_path() const { return checkpoints_path_; }

 private:
  LogView() = default;
  static Result<std::unique_ptr<LogView>> OpenPaths(const config::HubConfig& config,
                                                    const HubPaths& paths);
  std::optional<Snapshot> snapshot_;  // the last to go: the stores read its files
  std::string checkpoints_path_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Store> vault_store_;
  std::unique_ptr<Vault> vault_;
  SecretKey hub_key_;
  journal::DurableMark mark_;
  std::unique_ptr<journal::Reader> reader_;
  std::unique_ptr<journal::PlaceDoor> places_;
};

}  // namespace sam::admin
