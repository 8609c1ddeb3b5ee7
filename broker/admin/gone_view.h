// Why a record has no content any more, in words: what was disposed of stands in the log with its day, its rule and the
// decision that allows it; who was erased with the command. Main thread of a tool; reads the log's headers once.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "broker/admin/log_view.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/journal/record.h"

namespace sam::admin {

struct GoneFacts {
  Millis at;
  std::string rule;      // dispatch::kEraseRule: the person was erased
  std::string decision;  // the decision on disposal, or the officer's reason; empty: of an erasure's key alone
  uint64_t record = 0;   // where in the log it stands
};

class GoneView {
 public:
  explicit GoneView(const LogView& view) : view_(view) {}
  // Empty: its content is there, or nothing tells where it went.
  Result<std::optional<GoneFacts>> Of(const journal::Header& header);

 private:
  Status ReadDisposals();

  const LogView& view_;
  bool read_ = false;
  std::map<Offset, GoneFacts> disposed_;
};

// "disposed of on 2026-03-02 under payload: KS 2026/12", "erased on 2026-03-02 ...".
nlohmann::json GoneJson(const GoneFacts& gone);
std::string GoneWords(const std::optional<GoneFacts>& gone);

}  // namespace sam::admin
