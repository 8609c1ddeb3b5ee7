// The commands on what an adapter keeps (quarantine, status), one code path whether they come
// through the local door of a running adapter or from a tool that opens the store itself. One
// thread, the store's writer. Texts go out masked unless --reveal with a reason, and then the
// access is written to the adapter's own audit before anything is shown.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/connector.h"
#include "adapters/kit/pipeline.h"
#include "broker/base/result.h"

namespace sam::kit {

// A request as it travels through the door: words, as on the command line.
//   quarantine list | show N [reveal REASON] | resend N REASON | fix N REASON BASE64 | discard N
//   REASON status | audit | erase NUMBER REASON [dry-run]
using Words = std::vector<std::string>;

class Commands {
 public:
  // `erase_for_good` rewrites the store's files after an erasure; empty in tests. `connector`: of a
  // running adapter; a tool that opens the store itself has none.
  Commands(AdapterStore& store, Pipeline& pipeline,
           std::function<sam::Status()> erase_for_good = {}, const Connector* connector = nullptr)
      : store_(store),
        pipeline_(pipeline),
        erase_for_good_(std::move(erase_for_good)),
        connector_(connector) {}

  // The text for standard output. kInvalid: not a command; kNotFound, kConflict, kDenied as told.
  // Between groups only.
  Result<std::string> Run(const Words& words, const std::string& operator_name);

  // AdminRequest bytes in, AdminReply bytes out; for the door.
  std::string Serve(std::string_view request);

 private:
  Result<std::string> List();
  Result<std::string> Show(uint64_t number, const Words& words, const std::string& operator_name);
  Result<std::string> Resend(uint64_t number, const Words& words, const std::string& operator_name);
  Result<std::string> Discard(uint64_t number, const std::string& reason,
                              const std::string& operator_name);
  Result<std::string> Erase(const Words& words, const std::string& operator_name);
  Result<std::string> Audit();
  std::string Status();
  sam::Status Note(const std::string& operator_name, const std::string& action, uint64_t number,
                   const std::string& reason);

  AdapterStore& store_;
  Pipeline& pipeline_;
  std::function<sam::Status()> erase_for_good_;
  const Connector* connector_;
};

// Both sides of the door. The words travel as a JSON list of texts.
std::string EncodeRequest(const Words& words, const std::string& operator_name);
Result<std::string> DecodeReply(std::string_view reply);

}  // namespace sam::kit
