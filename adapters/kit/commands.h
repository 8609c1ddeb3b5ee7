// The commands on what an adapter keeps (quarantine, status, audit), one code path whether they
// come through the local door of a running adapter or from a tool that opens the store itself. One
// thread, the store's writer. Texts go out masked unless --reveal with a reason, and then the
// access is written to the adapter's own audit before anything is shown.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/connector.h"
#include "adapters/kit/kept_files.h"
#include "adapters/kit/pipeline.h"
#include "adapters/kit/quarantine_desk.h"
#include "adapters/kit/watch.h"
#include "broker/base/result.h"

namespace sam::kit {

// A request as it travels through the door: words, as on the command line.
//   quarantine ... (quarantine_desk.h) | status [json] | audit [json] [from=N] (a page)
//   erase NUMBERS REASON [dry-run] (erase.h: all of one person; a PageHead in front, failed: events left) | file ... (kept_files.h)
class Commands {
 public:
  static constexpr size_t kAuditPage = 2000;

  // `erase_for_good` rewrites the store's files after an erasure; empty in tests. `watch`: null
  // when no adapter runs; the store then tells what the last one knew. `connector`: of a running
  // adapter; a tool that opens the store itself has none.
  Commands(AdapterStore& store, Pipeline& pipeline,
           std::function<sam::Status()> erase_for_good = {}, const Watch* watch = nullptr,
           const Connector* connector = nullptr)
      : store_(store),
        pipeline_(pipeline),
        erase_for_good_(std::move(erase_for_good)),
        watch_(watch),
        connector_(connector),
        desk_(store, pipeline) {}

  // Files of the connector's; null: it keeps none. Must outlive the commands.
  void SetKept(KeptFiles* kept) { kept_ = kept; }

  // The text for standard output. kInvalid: not a command; kNotFound, kConflict, kDenied as told.
  // Between groups only.
  Result<std::string> Run(const Words& words, const std::string& operator_name);

  // AdminRequest bytes in, AdminReply bytes out; for the door.
  std::string Serve(std::string_view request, const std::string& caller);

 private:
  Result<std::string> Audit(const Words& words);
  Result<std::string> Erase(const Words& words, const std::string& operator_name);
  Result<std::string> Status(bool json);
  std::string StatusJson(const WatchState& state, std::optional<Millis> oldest, uint64_t open);

  AdapterStore& store_;
  Pipeline& pipeline_;
  std::function<sam::Status()> erase_for_good_;
  const Watch* watch_;
  const Connector* connector_;
  KeptFiles* kept_ = nullptr;
  QuarantineDesk desk_;
};

// Both sides of the door. The words travel as a JSON list of texts.
std::string EncodeRequest(const Words& words);
Result<std::string> DecodeReply(std::string_view reply);

}  // namespace sam::kit
