#include "broker/admin/log_view.h"

#include <capnp/message.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "broker/admin/ask.h"
#include "broker/journal/recovery.h"
#include "broker/store/rocks_store.h"
#include "broker/store/sealed_store.h"
#include "broker/store/spaces.h"

namespace sam::admin {
namespace {

Result<std::unique_ptr<Store>> OpenForReading(const std::string& path,
                                              std::vector<std::string> names) {
  StoreOptions options;
  options.path = path;
  options.space_names = std::move(names);
  options.read_only = true;
  return RocksStore::Open(options);
}

// Under the unit the file comes as a credential of the same name.
template <typename T>
Result<T> FromCredentialOrFile(const std::string& path) {
  if (std::getenv("CREDENTIALS_DIRECTORY") != nullptr) {
    auto credential = T::FromCredential(std::filesystem::path(path).filename().string());
    if (credential.ok() || credential.error().code != Code::kNotFound) return credential;
  }
  return T::FromFile(path);
}

}  // namespace

HubPaths HubPaths::Of(const std::string& data_dir) {
  return {data_dir + "/log", data_dir + "/vault", data_dir + "/high-water",
          data_dir + "/checkpoints", data_dir + "/erased"};
}

Result<SecretKey> LoadKey(const std::string& path) { return FromCredentialOrFile<SecretKey>(path); }

Result<wire::CurveKeys> LoadCurve(const std::string& path) {
  return FromCredentialOrFile<wire::CurveKeys>(path);
}

Result<Snapshot> Snapshot::Ask(const config::HubConfig& config) {
  std::string folder = config.data_dir + "/snapshots/" + std::to_string(getpid());
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setSnapshot(folder);
  const auto asked = admin::Ask(config.admin_socket, message, 60'000);
  if (!asked.ok()) {
    if (asked.error().code == Code::kUnavailable) return asked.error();
    return Wrap("the hub could not make a snapshot", asked.error());
  }
  return Snapshot(std::move(folder));
}

Result<std::unique_ptr<LogView>> LogView::Open(const config::HubConfig& config) {
  auto snapshot = Snapshot::Ask(config);
  if (snapshot.ok()) {
    auto view = OpenCopy(config, snapshot->folder());
    if (!view.ok()) return Wrap("reading the snapshot", view.error());
    (*view)->snapshot_.emplace(std::move(snapshot).value());
    return view;
  }
  if (snapshot.error().code != Code::kUnavailable) return snapshot.error();
  const HubPaths paths = HubPaths::Of(config.data_dir);
  auto view = OpenPaths(config, paths);
  if (!view.ok())
    return Wrap("no hub answers at " + config.admin_socket + " and its store " + paths.log +
                    " cannot be read",
                view.error());
  return view;
}

Result<std::unique_ptr<LogView>> LogView::OpenCopy(const config::HubConfig& config,
                                                   const std::string& folder) {
  return OpenPaths(config, HubPaths::Of(folder));
}

Result<std::unique_ptr<LogView>> LogView::OpenPaths(const config::HubConfig& config,
                                                    const HubPaths& paths) {
  std::unique_ptr<LogView> view(new LogView());
  view->checkpoints_path_ = paths.checkpoints;
  SAM_ASSIGN(std::unique_ptr<Store> log, OpenForReading(paths.log, spaces::HubNames()));
  SAM_ASSIGN(view->vault_store_, OpenForReading(paths.vault, VaultSpaces()));
  SAM_ASSIGN(SecretKey kek, LoadKey(config.keys.kek));
  SAM_ASSIGN(view->vault_, Vault::Open(*view->vault_store_, std::move(kek), config.keys.kek));
  SAM_ASSIGN(view->hub_key_, view->vault_->HubKey("payload"));
  SAM_ASSIGN(SecretKey state_key, view->vault_->HubKey("state"));
  view->store_ = std::make_unique<SealedStore>(std::move(log), std::move(state_key),
                                               spaces::Personal());
  SAM_ASSIGN(const uint64_t next, journal::NextOffset(*view->store_));
  view->mark_.Raise(Offset(next));
  view->reader_ = std::make_unique<journal::Reader>(*view->store_, *view->vault_, view->hub_key_,
                                                    view->mark_);
  view->places_ = std::make_unique<journal::PlaceDoor>(*view->store_, *view->vault_,
                                                       view->hub_key_, view->mark_);
  return view;
}

LogView::~LogView() = default;

}  // namespace sam::admin
