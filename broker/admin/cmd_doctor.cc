// doctor: one line per thing that can be wrong with an installation, each with one action.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "broker/admin/ask.h"
#include "broker/admin/commands.h"
#include "broker/admin/configuration.h"
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

void CheckKeys(Checkup& up, const config::HubConfig& config) {
  const auto curve = wire::CurveKeys::FromFile(config.keys.curve_secret);
  up.Say("connection key", Only(curve), curve.ok() ? "fingerprint " + wire::Fingerprint(curve->public_key()) : "",
         "make one with `samsignal keys new hub --hub`, or mend its mode as the message says");
  up.Say("sealing key (KEK)", Only(LoadKey(config.keys.kek)), config.keys.kek,
         "restore it from where it is kept safe: without it nothing stored can be read");
  const auto signing = LoadKey(config.keys.checkpoint_signing);
  up.Say("checkpoint key", Only(signing), config.keys.checkpoint_signing,
         "restore it; with a new one, subscribers will see a different log");
}

void CheckMachine(Checkup& up, const config::HubConfig& config) {
  const auto free = DiskGuard::ProbeOf(config.data_dir)();
  if (!free.ok()) {
    up.Bad("disk", free.error().message, "make the folder, or mend data_dir in hub.toml");
  } else {
    const uint64_t megabytes = *free >> 20;
    const std::string detail = std::to_string(megabytes) + " MB free at " + config.data_dir;
    if (megabytes < config.disk.reserve_mb) up.Bad("disk", detail, "free room now: delivery stands still");
    else if (megabytes < config.disk.low_water_mb) up.Bad("disk", detail, "free room: input is refused below low_water_mb");
    else if (megabytes < 2 * config.disk.low_water_mb) up.Warn("disk", detail, "plan for more room");
    else up.Good("disk", detail);
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const std::string detail = std::to_string(files.rlim_cur) + " open files allowed";
  if (files.rlim_cur < 2048) up.Warn("file descriptors", detail, "raise LimitNOFILE to 65536: running out is not recoverable");
  else up.Good("file descriptors", detail);
  const int64_t now = SystemClock().Now().value;
  if (now < FromIso("2026-01-01")->value) up.Bad("clock", ToIso(Millis(now)), "set the clock; the hub refuses to start in the past");
  else up.Good("clock", ToIso(Millis(now)));
}

void CheckHub(Checkup& up, Context& context) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setStatus();
  const auto asked = Ask(context.config.admin_socket, message, 5'000);
  if (!asked.ok()) {
    up.Warn("hub", asked.error().message, "start it: systemctl start samsignald");
    return;
  }
  const auto status = nlohmann::json::parse(*asked, nullptr, false);
  up.Good("hub", "runs, " + status.value("records", nlohmann::json(0)).dump() + " records");
  const std::string disk = status.value("disk", "normal");
  if (disk != "normal") up.Bad("hub's disk level", disk, "free room; it recovers alone");
  if (status.value("trim", "") == "backup" && status.value("backedUp", uint64_t{0}) == 0)
    up.Warn("backup", "none yet: sources keep everything they ever sent",
            "systemctl enable --now samsignal-backup.timer");
  for (const auto& lane : status.value("lanes", nlohmann::json::array())) {
    const auto waiting = lane.value("waiting", int64_t{0});
    if (waiting > 1000)
      up.Warn("subscription " + lane.value("subscription", ""), std::to_string(waiting) + " signals wait",
              "see whether that inbox runs and is connected");
  }
}

}  // namespace

int Doctor(Context& context) {
  Checkup up(context.out);
  const config::HubConfig& config = context.config;
  const auto loaded = LoadConfiguration(config);
  up.Say("configuration", Only(loaded), loaded.ok() ? "version " + loaded->version : "",
         "mend the named line; a running hub keeps its old version");
  CheckKeys(up, config);
  CheckMachine(up, config);
  const HubPaths paths = HubPaths::Of(config.data_dir);
  if (std::filesystem::exists(paths.checkpoints)) {
    const auto latest = journal::Checkpoints::Latest(paths.checkpoints);
    up.Say("last checkpoint", Only(latest), latest.ok() ? "readable" : "",
           "run `samsignal log verify` before anything else");
  }
  CheckHub(up, context);
  return up.Exit();
}

}  // namespace sam::admin
