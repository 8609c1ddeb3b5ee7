// Adapter: one running adapter process: store, pipeline, connector, shipper, local door. One
// thread does all of it (see README.md, "One thread"); HTTP has its own and only reads metrics.
// Owned by main.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/commands.h"
#include "adapters/kit/crash_guard.h"
#include "adapters/kit/connector.h"
#include "adapters/kit/decoder.h"
#include "adapters/kit/kept_files.h"
#include "adapters/kit/mapping.h"
#include "adapters/kit/pipeline.h"
#include "adapters/kit/shipper.h"
#include "adapters/kit/source_kind.h"
#include "adapters/kit/watch.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"
#include "broker/edge/http.h"
#include "broker/store/disk_guard.h"
#include "broker/wire/local_door.h"
#include "broker/wire/zmq_context.h"
#include "broker/wire/zmq_link.h"

namespace sam::program {

// What the commands need: the store and the pipeline, without sockets.
struct AdapterCore {
  std::unique_ptr<kit::Mapping> mapping;
  std::unique_ptr<Store> rocks;
  std::unique_ptr<kit::AdapterStore> store;
  std::unique_ptr<kit::Decoder> decoder;
  std::optional<kit::Pipeline> pipeline;
  std::unique_ptr<kit::KeptFiles> kept;  // null: the connector keeps no files

  // kUnavailable: another process has the store open.
  static Result<std::unique_ptr<AdapterCore>> Open(const kit::AdapterConfig& config,
                                                   const kit::SourceKinds& kinds,
                                                   const Clock& clock);
  // Rewrites the files, so that rows that were deleted are gone from the disk too.
  sam::Status EraseForGood() const;
};

// With the adapter's own key, as its configuration says.
Result<std::unique_ptr<wire::ZmqClientLink>> LinkToHub(wire::ZmqContext& context,
                                                       const kit::AdapterConfig& config,
                                                       const Clock& clock);

// What `run` would refuse once the configuration is read: the hub's key has no key's form, a key file is
// missing, is no key or may not be read. kInvalid: all findings, each with what to do.
sam::Status CheckKeys(const kit::AdapterConfig& config);

class Adapter {
 public:
  static Result<std::unique_ptr<Adapter>> Start(const kit::AdapterConfig& config,
                                                const kit::SourceKinds& kinds,
                                                const Clock& clock);

  // One turn. Errors are final: exit 75 (70 when the store is damaged).
  sam::Status Turn();
  // Takes no more messages; ships for at most `ms` what lies in the outbox.
  sam::Status Drain(int ms);

 private:
  Adapter(const kit::AdapterConfig& config, const Clock& clock);
  void AnswerDoor();
  sam::Status EverySecond();

  const kit::AdapterConfig& config_;
  const Clock& clock_;
  wire::ZmqContext context_;
  std::unique_ptr<AdapterCore> core_;
  std::unique_ptr<wire::ZmqClientLink> link_;
  std::unique_ptr<kit::Shipper> shipper_;
  std::optional<kit::CrashGuard> guard_;
  std::unique_ptr<kit::Watch> watch_;
  std::unique_ptr<kit::Connector> connector_;
  std::unique_ptr<kit::Commands> commands_;
  std::unique_ptr<wire::LocalDoor> door_;
  std::optional<DiskGuard> disk_;
  std::unique_ptr<edge::HttpServer> http_;
  std::atomic<int64_t> last_turn_us_{0};
  std::atomic<bool> refusing_{false};
  metrics::Gauge up_;
  int64_t next_second_us_ = 0;
  int64_t next_prune_us_ = 0;
};

}  // namespace sam::program
