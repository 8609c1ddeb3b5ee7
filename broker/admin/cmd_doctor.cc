// doctor: one line per thing that can be wrong with an installation, each with one action. It looks only, and
// tells also a user who may not look. Exit code: 0 all good, 8 warnings only, 1 something stops work.
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "broker/admin/ask.h"
#include "broker/admin/commands.h"
#include "broker/admin/configuration.h"
#include "broker/admin/endings.h"
#include "broker/admin/log_view.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"
#include "broker/crypto/sign.h"
#include "broker/journal/checkpoints.h"
#include "broker/store/disk_guard.h"
#include "broker/wire/curve.h"

namespace sam::admin {
namespace {

class Checkup {
 public:
  explicit Checkup(Output& out) : out_(out) {}
  void Good(std::string_view what, const std::string& detail) { Row("OK", what, detail, ""); }
  void Warn(std::string_view what, const std::string& detail, std::string_view action) {
    ++warnings_;
    Row("WARN", what, detail, action);
  }
  void Bad(std::string_view what, const std::string& detail, std::string_view action) {
    ++failures_;
    Row("FAIL", what, detail, action);
  }
  // Good with `detail` when ok, else the error.
  void Say(std::string_view what, const Status& status, const std::string& detail,
           std::string_view action) {
    if (status.ok()) Good(what, detail);
    else Bad(what, status.error().message, action);
  }
  int Exit() const { return failures_ > 0 ? kGeneral : warnings_ > 0 ? kPartial : kOk; }

 private:
  void Row(std::string_view level, std::string_view what, const std::string& detail,
           std::string_view action) {
    out_.Object("check", {{"level", level}, {"check", what}, {"detail", detail}, {"action", action}});
    std::string line = std::string(level) + std::string(6 - level.size(), ' ') + std::string(what) + ": " + detail;
    if (!action.empty()) line += "\n      -> " + std::string(action);
    out_.Line(line);
  }
  Output& out_;
  int warnings_ = 0, failures_ = 0;
};

template <typename T>
Status Only(const Result<T>& result) {
  return result.ok() ? Ok() : Status(result.error());
}

// Whether this hub has ever stored anything: a key that is missing then is lost, before it is not made yet.
enum class StoreState { kNone, kThere, kUnknown };

struct Looked {
  StoreState state = StoreState::kNone;
  std::string why;  // of kUnknown
};

Looked LookForStore(const config::HubConfig& config) {
  std::error_code error;
  const bool there = std::filesystem::exists(HubPaths::Of(config.data_dir).vault, error);
  if (error) return {StoreState::kUnknown, error.message()};
  return {there ? StoreState::kThere : StoreState::kNone, ""};
}

// May not be read for who asks, other than read by too many.
bool IsShutToUs(const std::string& path) {
  return access(path.c_str(), R_OK) != 0 && (errno == EACCES || errno == EPERM);
}

std::string AsTheRightUser(const std::string& path) {
  return "run this as the service's user (sudo -u samsignal samsignal doctor); if that is who you are: "
         "chown -R samsignal: " + std::filesystem::path(path).parent_path().string();
}

// What helps against a key that cannot be had; `lost`: when what it belongs to is there already.
std::string KeyAction(const Status& status, const std::string& path, StoreState store,
                      const std::string& lost) {
  if (status.ok()) return "";
  if (status.error().code == Code::kDenied)
    return IsShutToUs(path) ? AsTheRightUser(path) : "mend its mode as the message says";
  if (status.error().code != Code::kNotFound || store == StoreState::kThere) return lost;
  const std::string make =
      "if this is a first installation, make it: samsignal keys new hub --hub --dir " +
      std::filesystem::path(path).parent_path().string();
  return store == StoreState::kNone ? make : make + "; else " + lost;
}

void CheckKeys(Checkup& up, const config::HubConfig& config) {
  const StoreState store = LookForStore(config).state;
  const auto say = [&](const char* what, const Status& status, const std::string& path,
                       const std::string& good, const char* lost) {
    up.Say(what, status, good, KeyAction(status, path, store, lost));
  };
  const auto curve = LoadCurve(config.keys.curve_secret);
  say("connection key", Only(curve), config.keys.curve_secret,
      curve.ok() ? "fingerprint " + wire::KeyFingerprint(curve->public_key()) : "",
      "restore it from where it is kept safe, or make a new one and tell every adapter and inbox");
  say("sealing key (KEK)", Only(LoadKey(config.keys.kek)), config.keys.kek, config.keys.kek,
      "restore it from where it is kept safe: without it nothing stored can be read");
  say("checkpoint key", Only(LoadKey(config.keys.checkpoint_signing)),
      config.keys.checkpoint_signing, config.keys.checkpoint_signing,
      "restore it; with a new one, subscribers will see a different log");
}

void CheckMachine(Checkup& up, const config::HubConfig& config) {
  const auto free = DiskGuard::ProbeOf(config.data_dir)();
  if (!free.ok()) {
    up.Bad("disk", free.error().message,
           "the unit makes its own folder when it starts (StateDirectory); another one: make it, or mend data_dir "
           "in hub.toml");
  } else {
    const uint64_t megabytes = *free >> 20;
    const std::string detail = std::to_string(megabytes) + " MB free at " + config.data_dir;
    if (megabytes < config.disk.reserve_mb) up.Bad("disk", detail, "free room now: delivery stands still");
    else if (megabytes < config.disk.low_water_mb) up.Bad("disk", detail, "free room: input is refused below low_water_mb");
    else if (megabytes < 2 * config.disk.low_water_mb) up.Warn("disk", detail, "plan for more room");
    else up.Good("disk", detail);
  }
  if (const auto store = LookForStore(config); store.state == StoreState::kUnknown)
    up.Bad("data folder", "cannot look into " + config.data_dir + ": " + store.why,
           AsTheRightUser(config.data_dir + "/log"));
  const int64_t now = SystemClock().Now().value;
  if (now < FromIso("2026-01-01")->value) up.Bad("clock", ToIso(Millis(now)), "set the clock; the hub refuses to start in the past");
  else up.Good("clock", ToIso(Millis(now)));
}

// The timer makes one each night; after a day and a half one has failed.
void CheckBackup(Checkup& up, const nlohmann::json& status) {
  constexpr int64_t kOldHours = 36;
  constexpr const char* kLook = "systemctl status samsignal-backup.timer samsignal-backup.service; by hand: "
                                "systemctl start samsignal-backup.service";
  const bool kept = status.value("trim", "") == "backup";
  if (status.value("backedUp", uint64_t{0}) == 0) {
    if (kept)
      up.Warn("backup", "none yet: sources keep everything they ever sent",
              "systemctl enable --now samsignal-backup.timer");
    return;
  }
  const auto made = FromIso(status.value("backedUpAt", ""));
  if (!made) return up.Warn("backup", "made by an older build, so its age is not known", kLook);
  const int64_t hours = (SystemClock().Now().value - made->value) / 3'600'000;
  const std::string detail = "the last verified one was told " + std::to_string(hours) + " hours ago, " + ToIso(*made);
  if (hours >= kOldHours)
    up.Warn("backup", detail + (kept ? "; sources keep all that came since" : ""), kLook);
  else up.Good("backup", detail);
}

void CheckHub(Checkup& up, Context& context) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setStatus();
  const auto asked = Ask(context.config.admin_socket, message, 5'000);
  if (!asked.ok()) {
    up.Warn("hub", asked.error().message,
            asked.error().code == Code::kDenied ? "run this as the service's user: sudo -u samsignal samsignal doctor"
                                                : "start it: systemctl start samsignald");
    return;
  }
  const auto status = nlohmann::json::parse(*asked, nullptr, false);
  up.Good("hub", "runs, " + status.value("records", nlohmann::json(0)).dump() + " records");
  const std::string disk = status.value("disk", "normal");
  if (disk != "normal") up.Bad("hub's disk level", disk, "free room; it recovers alone");
  CheckBackup(up, status);
  // The hub's own limit, as it says it: this program's is another one's.
  if (const uint64_t files = status.value("openFilesMax", uint64_t{0}); files > 0) {
    const std::string detail = "the hub may have " + std::to_string(files) + " files open";
    if (files < 2048) up.Warn("file descriptors", detail, "raise LimitNOFILE of its unit to 65536: running out is not recoverable");
    else up.Good("file descriptors", detail);
  }
  for (const auto& lane : status.value("lanes", nlohmann::json::array())) {
    const auto waiting = lane.value("waiting", int64_t{0});
    if (waiting > 1000)
      up.Warn("subscription " + lane.value("subscription", ""), std::to_string(waiting) + " signals wait",
              "see whether that inbox runs and is connected");
  }
}

}  // namespace

// Days are counted by this machine's clock, as the hub does.
void CheckEndings(Checkup& up, const Configuration& loaded) {
  const Millis now = SystemClock().Now();
  const auto endings = EndingsWithin(loaded.directory, loaded.agreements, loaded.peers, now, kEndsSoonDays);
  for (const Ending& one : endings) {
    const std::string detail = one.kind + " " + one.id + " holds until " + ToIso(one.at) + ", " +
                               std::to_string(one.DaysLeft(now)) + " days, and nothing follows it";
    if (one.DaysLeft(now) < kEndsNowDays) up.Bad("ends soon", detail, "renew it now, or take it out if it is meant to end; then samsignal reload");
    else up.Warn("ends soon", detail, "renew it, or take it out if it is meant to end; then samsignal reload");
  }
  if (endings.empty())
    up.Good("ends soon", "no agreement, key, unit or function within " + std::to_string(kEndsSoonDays) + " days");
}

int Doctor(Context& context) {
  Checkup up(context.out);
  const config::HubConfig& config = context.config;
  const auto loaded = LoadConfiguration(config);
  up.Say("configuration", Only(loaded), loaded.ok() ? "version " + loaded->version : "",
         "mend the named line; a running hub keeps its old version");
  if (loaded.ok()) CheckEndings(up, *loaded);
  CheckKeys(up, config);
  CheckMachine(up, config);
  const HubPaths paths = HubPaths::Of(config.data_dir);
  std::error_code error;  // a folder that we may not enter is told above
  if (std::filesystem::exists(paths.checkpoints, error)) {
    const auto latest = journal::Checkpoints::Latest(paths.checkpoints);
    up.Say("last checkpoint", Only(latest), latest.ok() ? "readable" : "",
           "run `samsignal log verify` before anything else");
  }
  CheckHub(up, context);
  return up.Exit();
}

}  // namespace sam::admin
