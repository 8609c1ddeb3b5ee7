// What the hub tells of itself: status for operators, metrics and health over loopback HTTP.
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "broker/base/metrics.h"
#include "broker/base/text.h"
#include "broker/base/version.h"
#include "broker/contract/texts.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/state_codec.h"
#include "broker/hub.h"
#include "broker/mailbox/mailbox.h"

namespace sam {
namespace {

nlohmann::json ReceiversJson(const delivery::ReceiverTable& table) {
  nlohmann::json rows = nlohmann::json::array();
  for (const delivery::ReceiverRow& row : table)
    rows.push_back({{"subscription", row.subscription},
                    {"peer", row.peer},
                    {"software", row.software},
                    {"state", row.connected ? "connected" : row.silent ? "silent" : "away"},
                    {"seen", row.seen.value > 0 ? ToIso(row.seen) : ""},
                    {"oldestSeconds", row.oldest_seconds}});
  return rows;
}

const char* LaneName(Lane lane) { return lane == Lane::kAcute ? "acute" : "normal"; }

}  // namespace

// Reads only what any thread may read: the store, atomic marks, constants.
std::string Hub::Describe() const {
  nlohmann::json json = {{"version", kVersion},
                         {"hub", ToHex(journal_->hub().view())},
                         {"epoch", journal_->epoch()},
                         {"environment", config_.test() ? "test" : "production"},
                         {"records", mark_.get().value},
                         {"disk", DiskWord()},
                         {"handshakesRefused", zap_->refused()},
                         {"lanes", nlohmann::json::array()}};
  if (const auto mark = dispatch::ReadMark(*store_); mark.ok()) {
    json["dispatched"] = dispatch_->settled().value;
    json["backedUp"] = mark->backed_up.value;
    if (mark->backed_up_at.value > 0) json["backedUpAt"] = ToIso(mark->backed_up_at);
    json["attachmentPartsWaiting"] = mark->parts;
  }
  json["overdue"] = nlohmann::json::object();
  if (const auto overdue = dispatch::CountOverdue(*store_); overdue.ok())
    for (const auto& [kind, count] : *overdue) json["overdue"][kind] = count;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) json["openFilesMax"] = files.rlim_cur;
  json["trim"] = config_.trim == config::TrimPolicy::kBackup ? "backup" : "accepted";
  json["replaySecondPerson"] = config_.replay_second_person;
  if (const auto version = dispatch::CurrentConfigVersion(*store_); version.ok())
    json["configuration"] = *version;
  if (auto newest = receivers_.Take()) receivers_now_ = std::move(newest);
  json["receivers"] = receivers_now_ ? ReceiversJson(*receivers_now_) : nlohmann::json::array();
  const mailbox::MailboxReader mailbox(*store_);
  const auto subscriptions = mailbox.Subscriptions();
  if (!subscriptions.ok()) return json.dump();
  for (const std::string& subscription : *subscriptions) {
    for (const Lane lane : {Lane::kNormal, Lane::kAcute}) {
      const auto state = mailbox.StateOf(subscription, lane);
      if (!state.ok() || state->next.value == 1) continue;
      const uint64_t given = state->next.value - 1;
      json["lanes"].push_back({{"subscription", subscription},
                               {"lane", LaneName(lane)},
                               {"given", given},
                               {"acknowledged", state->ack_floor.value + state->also.size()},
                               {"waiting", given - state->ack_floor.value - state->also.size()}});
    }
  }
  return json.dump();
}

// Called on the delivery thread. A receiver that was never connected is missed as well.
std::vector<std::string> Hub::ExpectedReceivers() const {
  std::vector<std::string> functions;
  for (const routing::Peer& peer : peers_.now().all)
    if (peer.role == routing::PeerRole::kSubscriber)
      functions.insert(functions.end(), peer.functions.begin(), peer.functions.end());
  return functions;
}

// As the journal sees it: low refuses input, exhausted stops delivery too.
std::string Hub::DiskWord() const {
  if (!mark_.may_disclose()) return DiskLevelName(DiskLevel::kExhausted);
  const auto free = DiskGuard::ProbeOf(config_.data_dir)();
  const bool low = free.ok() && *free < config_.disk.low_water_mb << 20;
  return DiskLevelName(low ? DiskLevel::kLow : DiskLevel::kNormal);
}

Status Hub::StartHttp() {
  auto ready = [this]() -> std::string {
    if (failed_.load(std::memory_order_acquire)) return "a stage has failed";
    if (!ready_.load(std::memory_order_acquire)) return "starting or stopping";
    return mark_.may_disclose() ? "" : "the disk's reserve is gone";
  };
  auto healthy = [this]() -> std::string {
    return failed_.load(std::memory_order_acquire) ? "a stage has failed" : "";
  };
  const std::string version = nlohmann::json{{"program", "samsignald"}, {"version", kVersion}}.dump();
  edge::HttpOptions options;
  options.endpoint = config_.http_endpoint;
  SAM_ASSIGN(http_, edge::HttpServer::Start(options, edge::StandardRoutes(ready, healthy, version)));
  return Ok();
}

}  // namespace sam
