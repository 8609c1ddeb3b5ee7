// Hub: the composition root. Opens what is on disk, proves its own door, builds the stages downstream
// first and runs each in its thread until told to stop. Nothing but main.cc includes this.
// Main thread; owns everything. Members stand in order of construction, so that destruction runs the
// other way round.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/admin/admin_stage.h"
#include "broker/admin/configuration.h"
#include "broker/admin/endings.h"
#include "broker/admin/log_view.h"
#include "broker/base/clock.h"
#include "broker/config/hub_config.h"
#include "broker/crypto/sign.h"
#include "broker/delivery/delivery.h"
#include "broker/dispatch/rehearsal.h"
#include "broker/dispatch/stage.h"
#include "broker/edge/http.h"
#include "broker/ingress/ingress.h"
#include "broker/journal/journal.h"
#include "broker/journal/own_record.h"
#include "broker/journal/place_door.h"
#include "broker/live_peers.h"
#include "broker/stage/runner.h"
#include "broker/store/disk_guard.h"
#include "broker/store/high_water.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"
#include "broker/wire/local_door.h"
#include "broker/wire/zap.h"
#include "broker/wire/zmq_link.h"

namespace sam {

class Hub {
 public:
  // `still_here`: said about once a second while Start and Reload wait and every stage turns.
  explicit Hub(config::HubConfig config, std::function<void()> still_here = [] {});
  ~Hub();

  // Everything up to "ready to start". kCorrupt: exit 70. kInvalid and kDenied: exit 65. Else 75.
  Status Open();
  // Starts the stages, sees the configuration journaled and folded, then lets sources in.
  Status Start();
  Status Stop();  // clean: upstream first, drained into the journal, within 5 s

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  Error failure() const { return failure_; }  // after failed()
  // What came of it, and who asked, is a record of the log, also when it is refused.
  Status Reload(const admin::ReloadAsked& asked);
  // An operator asked at the local door: main reads the configuration and answers.
  std::optional<admin::ReloadAsked> reload_asked() { return reload_asks_.TryPop(); }
  void AnswerReload(const Status& status);
  stage::Doorbell& main_bell() { return main_bell_; }  // rung when main has something to do
  // About once a second: whoever holds a key whose last day has passed is thrown off the line.
  // Once an hour: what of the configuration ends soon is told.
  void WatchKeys();
  bool Alive();  // every stage has turned its loop since the last call

 private:
  Status LoadKeys();
  Status OpenStores();
  Status OpenLinks();
  Status BuildJournal();
  Status BuildStages();
  void BuildDelivery();
  Status BuildIngress();
  std::string LatestCheckpoint() const;  // empty: none yet
  wire::CheckpointWord CheckpointFrom(uint64_t from) const;
  Status StartHttp();
  Status Take(admin::Configuration loaded, const admin::ReloadAsked& asked);
  static journal::Draft ConfigurationDraft(const admin::Configuration& loaded);
  // Records of the hub's own; waits until they are written, or until dispatch has folded them.
  Status JournalOwn(std::vector<journal::Draft> drafts, const std::string& what, bool until_folded);
  Status ForgetKeys();
  Status RepeatErasures();
  Status JournalErasures();
  Status Erased(const std::vector<SubjectId>& subjects) const;
  void Launch(stage::Stage& stage);
  std::string Describe() const;
  std::string DiskWord() const;
  std::vector<std::string> ExpectedReceivers() const;
  Status Snapshot(const std::string& folder) const;
  admin::AdminHooks HooksForAdmin();
  Status CheckRoot(uint64_t records, std::string_view root) const;
  void DropLines();
  wire::ServerOptions LinkOptions(const std::string& endpoint, const std::string& label) const;

  SystemClock clock_;
  config::HubConfig config_;
  std::function<void()> still_here_;
  admin::HubPaths paths_;
  admin::Configuration configuration_;
  LivePeers peers_;

  wire::CurveKeys curve_;
  SecretKey kek_, hub_key_, index_key_;
  std::unique_ptr<SigningKey> signing_key_;
  std::unique_ptr<HighWater> high_water_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Store> vault_store_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<DiskGuard> disk_;
  std::vector<SubjectId> erase_again_;  // of the list of erasures, unknown to this log

  stage::Doorbell journal_bell_, dispatch_bell_, delivery_bell_, ingress_bell_, admin_bell_,
      config_bell_, main_bell_;
  journal::Port ingress_port_, dispatch_port_, delivery_port_, admin_port_;
  journal::Port config_port_;  // main's own: configuration records
  journal::OwnRecord config_record_{config_port_};
  journal::DurableMark mark_;
  ingress::TrimMark trim_;
  stage::Pipe<ingress::PeerTablePtr> tables_;
  struct ReloadAnswer {
    bool ok = true;
    Error error;
  };
  stage::Pipe<ReloadAnswer> reload_answers_;  // main to admin
  mutable stage::Latest<delivery::ReceiverTable> receivers_;  // delivery to admin
  mutable std::unique_ptr<delivery::ReceiverTable> receivers_now_;  // the admin thread's
  stage::Pipe<admin::ReloadAsked> reload_asks_;  // admin to main

  wire::ZmqContext context_;
  std::unique_ptr<wire::ZapHandler> zap_;
  wire::ZapTable keys_;     // as the handler has them
  admin::EndingWatch endings_;
  int64_t endings_at_us_ = 0;
  Millis keys_checked_;     // whoever was let in by then with a key valid no longer is off the line
  std::unique_ptr<wire::ZmqServerLink> ingress_link_, delivery_link_;
  std::unique_ptr<wire::LocalDoor> door_;

  std::unique_ptr<journal::Reader> dispatch_reader_, delivery_reader_, admin_reader_;
  std::unique_ptr<dispatch::Rehearsal> rehearsal_;  // the ingress thread's
  std::unique_ptr<journal::PlaceDoor> dispatch_places_, delivery_places_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<dispatch::DispatchStage> dispatch_;
  std::unique_ptr<delivery::DeliveryStage> delivery_;
  std::unique_ptr<ingress::Ingress> ingress_;
  std::unique_ptr<admin::AdminStage> admin_;
  std::vector<std::unique_ptr<stage::StageRunner>> runners_;  // as launched: stopped the other way
  std::vector<uint64_t> beats_;
  std::unique_ptr<edge::HttpServer> http_;

  std::atomic<bool> ready_{false};
  std::atomic<bool> failing_{false};  // the first error wins
  std::atomic<bool> failed_{false};
  Error failure_;
};

}  // namespace sam
