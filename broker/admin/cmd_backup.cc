// backup create|verify|restore, recover: the copy that lets sources forget, and the ways back.
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "broker/admin/ask.h"
#include "broker/admin/backup.h"
#include "broker/admin/commands.h"
#include "broker/admin/erasures.h"
#include "broker/admin/scratch_folder.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"
#include "broker/journal/recovery.h"
#include "broker/store/rocks_store.h"
#include "broker/store/spaces.h"

namespace sam::admin {
namespace {

namespace fs = std::filesystem;

// Of the copy, not of the original, and read back from the target's disk where the kernel forgets
// pages when asked to (CopySynced): a disk's own cache may still answer for its plates.
Result<BackupFacts> VerifyCopy(Context& context, const std::string& folder) {
  SAM_ASSIGN(const std::unique_ptr<LogView> view, LogView::OpenCopy(context.config, folder));
  SAM_ASSIGN(const journal::VerifyReport report, VerifyView(context, *view));
  if (!report.sound())
    return Corrupt("the copy in " + folder + " does not verify: " + report.findings.front() +
                   "; do not rely on it, and run `samsignal log verify`");
  SAM_ASSIGN(const auto identity, journal::ReadIdentity(view->store()));
  if (!identity) return Corrupt("the copy in " + folder + " has no identity");
  return BackupFacts{ToHex(identity->hub.view()), identity->epoch, report.records,
                     ToHex(report.root.view())};
}

Result<BackupFacts> VerifyBackup(Context& context, const std::string& folder) {
  SAM_ASSIGN(const BackupFacts said, ReadFacts(folder));
  SAM_ASSIGN(const BackupFacts found, VerifyCopy(context, folder));
  if (found.hub != said.hub || found.epoch != said.epoch || found.records != said.records ||
      found.root != said.root)
    return Corrupt("the records in " + folder + " are not those its BACKUP.json was written for");
  return found;
}

Status TellHub(Context& context, const BackupFacts& facts) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setRole(context.role.c_str());
  auto made = request.initBackup();
  made.setRecords(facts.records);
  const auto root = FromHex(facts.root);
  if (!root) return Internal("the root is not hexadecimal");
  made.setRoot(capnp::Data::Reader(reinterpret_cast<const capnp::byte*>(root->data()), root->size()));
  const auto asked = Ask(context.config.admin_socket, message, 60'000);
  return asked.ok() ? Ok() : Status(asked.error());
}

constexpr char kErasedFile[] = "ERASED";

// Of the backup itself, of the folder it lies in, of what stands in the hub's place, and of the file that was named.
Result<Erasures> KnownErasures(const std::string& folder, const std::string& data,
                               const std::string& named) {
  std::string around = folder;
  while (around.size() > 1 && around.back() == '/') around.pop_back();
  Erasures all;
  for (const std::string& path : {HubPaths::Of(folder).erased, fs::path(around).parent_path().string() + "/" + kErasedFile,
                                  HubPaths::Of(data).erased, named}) {
    if (path.empty()) continue;
    SAM_ASSIGN(const Erasures more, ReadErasures(path));
    all.insert(more.begin(), more.end());
  }
  return all;
}

bool SameDisk(const std::string& a, const std::string& b) {
  struct stat one {}, other {};
  return stat(a.c_str(), &one) == 0 && stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev;
}

Result<BackupFacts> MakeBackup(Context& context, const std::string& into, std::string& made) {
  SAM_ASSIGN(const Snapshot snapshot, Snapshot::Ask(context.config));
  // Gone again when it comes to nothing: a copy that failed must not fill the disk for the next one.
  const ScratchFolder unfinished(into + "/.unfinished-" +
                                 fs::path(snapshot.folder()).filename().string());
  unfinished.Remove();  // of a run that was killed, with the same process id
  SAM_TRY(CopySynced(snapshot.folder(), unfinished.path(), [&](uint64_t done, uint64_t all) {
    context.out.Progress("MB", done >> 20, all >> 20);
  }));
  context.out.EndProgress();
  SAM_ASSIGN(const BackupFacts facts, VerifyCopy(context, unfinished.path()));
  SAM_TRY(WriteFacts(unfinished.path(), facts));
  made = FreeName(into, SystemClock().Now(), std::to_string(facts.records));
  SAM_TRY(RenameSynced(unfinished.path(), made));
  // For all older backups that lie there: they do not know of it.
  SAM_ASSIGN(const Erasures erased, ReadErasures(HubPaths::Of(made).erased));
  SAM_TRY(AddErasures(into + "/" + kErasedFile, erased));
  return facts;
}

Result<std::unique_ptr<Store>> OpenForRecovery(const std::string& path) {
  StoreOptions options;
  options.path = path;
  options.space_names = spaces::HubNames();
  return RocksStore::Open(options);
}

// `paths`: a log in place, the high-water file as it is or missing.
Result<journal::Identity> BeginEpoch(const HubPaths& paths) {
  SAM_ASSIGN(const std::unique_ptr<Store> store, OpenForRecovery(paths.log));
  SAM_ASSIGN(const std::unique_ptr<HighWater> high_water,
             HighWater::Open(paths.high_water, true));
  return journal::StartEpoch(*store, *high_water, paths.checkpoints, SystemClock().Now());
}

// What stands there now goes aside: it may still tell what was lost. `aside`: where, once there is
// such a place.
Status MoveAside(const std::string& data_dir, const HubPaths& paths, std::string& aside) {
  std::error_code error;
  if (fs::exists(paths.log, error)) {  // a hub that hangs does not answer, but it holds the lock
    const auto free = OpenForRecovery(paths.log);
    if (!free.ok() && free.error().code == Code::kUnavailable) return free.error();
  }
  const std::string made = FreeName(data_dir, SystemClock().Now(), "replaced");
  if (!fs::create_directories(made, error) && error)
    return Unavailable("making " + made + ": " + error.message());
  aside = made;
  for (const std::string& path : {paths.log, paths.vault, paths.checkpoints}) {
    if (!fs::exists(path, error)) continue;
    SAM_TRY(RenameSynced(path, aside + "/" + fs::path(path).filename().string()));
  }
  return Ok();
}

Status RequireStopped(Context& context) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setStatus();
  const auto asked = Ask(context.config.admin_socket, message, 5'000);
  if (asked.ok() || asked.error().code != Code::kUnavailable)
    return Conflict("the hub runs; stop it first: systemctl stop samsignald");
  return Ok();
}

int SayEpoch(Context& context, const journal::Identity& identity, const std::string& verb,
             const nlohmann::json& more) {
  nlohmann::json fields = more;
  fields["epoch"] = identity.epoch;
  context.out.Object(verb, fields);
  context.out.Line("epoch " + std::to_string(identity.epoch) +
                   " begins: start the hub, and the sources send again what their outboxes hold");
  return kOk;
}

}  // namespace

int BackupCreate(Context& context, const std::string& into) {
  std::string made;
  const auto facts = MakeBackup(context, into, made);
  if (!facts.ok()) return context.out.Fail(Wrap("no backup was made", facts.error()));
  const Status told = TellHub(context, *facts);
  context.out.Object("backup", {{"folder", made}, {"records", facts->records}, {"epoch", facts->epoch},
                                {"root", facts->root}, {"told", told.ok()}});
  context.out.Line(made + ": " + std::to_string(facts->records) + " records, verified; root " +
                   facts->root);
  if (SameDisk(made, context.config.data_dir))
    context.out.Line("warning: it stands on the same disk as the hub's data and goes with it; copy it elsewhere");
  if (!told.ok()) return context.out.Fail(Wrap("the hub does not know of it, so sources keep all", told.error()));
  context.out.Line(context.config.trim == config::TrimPolicy::kBackup
                       ? "the sources may forget what it covers"
                       : "trim = \"accepted\" in hub.toml: the sources forget sooner, whatever is backed up");
  return kOk;
}

int BackupVerify(Context& context, const std::string& folder) {
  const auto facts = VerifyBackup(context, folder);
  if (!facts.ok()) return context.out.Fail(facts.error());
  context.out.Object("backup", {{"folder", folder}, {"records", facts->records},
                                {"epoch", facts->epoch}, {"root", facts->root}, {"sound", true}});
  context.out.Line("sound: " + std::to_string(facts->records) + " records of hub " + facts->hub +
                   ", epoch " + std::to_string(facts->epoch));
  return kOk;
}

int BackupRestore(Context& context, const std::string& folder, const std::string& erasures, bool yes) {
  if (const Status stopped = RequireStopped(context); !stopped.ok())
    return context.out.Fail(stopped.error());
  const auto facts = VerifyBackup(context, folder);
  if (!facts.ok()) return context.out.Fail(facts.error());
  context.out.Line("this backup has " + std::to_string(facts->records) + " records of hub " +
                   facts->hub + ", epoch " + std::to_string(facts->epoch));
  std::error_code missing;
  if (!erasures.empty() && !fs::exists(erasures, missing))
    return context.out.Fail(NotFound("--erasures: there is no file " + erasures));
  const auto own = ReadErasures(HubPaths::Of(folder).erased);
  if (!own.ok()) return context.out.Fail(own.error());
  const auto erased = KnownErasures(folder, context.config.data_dir, erasures);
  if (!erased.ok()) return context.out.Fail(erased.error());
  context.out.Line(std::to_string(erased->size() - own->size()) + " erasures are newer than it and will be done again at "
                   "the start of the hub; if there may be more, give the list that was kept with newer backups: --erasures FILE");
  if (!yes) return context.out.Fail(Invalid("add --yes to put it in place of what stands in " +
                                            context.config.data_dir + " (that goes aside)"));
  const std::string& data = context.config.data_dir;
  const HubPaths paths = HubPaths::Of(data);
  std::string aside;
  const auto restored = [&]() -> Result<journal::Identity> {
    std::error_code error;
    fs::create_directories(data, error);
    // Whole beside its place first: cut here, the hub still finds what it had.
    const ScratchFolder staged(data + "/.restoring");
    staged.Remove();
    SAM_TRY(CopySynced(folder, staged.path(), [&](uint64_t done, uint64_t all) {
      context.out.Progress("MB", done >> 20, all >> 20);
    }));
    context.out.EndProgress();
    SAM_TRY(MoveAside(data, paths, aside));
    for (const std::string& path : {paths.vault, paths.checkpoints, paths.log}) {
      const std::string from = staged.path() + "/" + fs::path(path).filename().string();
      if (fs::exists(from, error)) SAM_TRY(RenameSynced(from, path));
    }
    SAM_TRY(AddErasures(paths.erased, *erased));
    return BeginEpoch(paths);
  }();
  if (!restored.ok() && aside.empty()) return context.out.Fail(restored.error());
  if (!restored.ok())
    return context.out.Fail(Wrap("not restored; what stood in " + data + " is in " + aside +
                                     ", keep it, mend this and restore again",
                                 restored.error()));
  context.out.Line("restored; what stood there is in " + aside);
  return SayEpoch(context, *restored, "restore", {{"records", facts->records}, {"aside", aside},
                                                  {"erasuresAgain", erased->size() - own->size()}});
}

int Recover(Context& context, bool accept_loss) {
  if (const Status stopped = RequireStopped(context); !stopped.ok())
    return context.out.Fail(stopped.error());
  if (!accept_loss)
    return context.out.Fail(Invalid("this gives up records that were promised; restore a backup if there is one "
                                    "(`samsignal backup restore`), or add --accept-loss"));
  const auto identity = BeginEpoch(HubPaths::Of(context.config.data_dir));
  if (!identity.ok()) return context.out.Fail(identity.error());
  return SayEpoch(context, *identity, "recover", {});
}

}  // namespace sam::admin
