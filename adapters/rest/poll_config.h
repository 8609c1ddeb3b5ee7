// [poll] of adapter.toml: which endpoints of a REST source are asked, how often, and with which
// keys. Read once, then const; the keys themselves are read again before they are used, so that
// they can be changed without a restart.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kit/source_kind.h"
#include "adapters/rest/http_pull.h"
#include "adapters/rest/iso_time.h"
#include "adapters/rest/rest_format.h"
#include "adapters/rest/row_settings.h"
#include "broker/base/result.h"
#include "broker/config/toml.h"

namespace sam::rest {

struct EndpointConfig {
  std::string name;  // "Actualisations": in messages, triggers, metrics and logs
  std::string path;  // below base_url; default: the name
  std::string id = "Id";
  std::string type;      // field whose value is put into the trigger
  std::string modified;  // tells when a row was changed; empty: the server's clock counts
  std::string filter;    // sent as q, when the source wants one
  int64_t every_ms = 60'000;
};

struct PollConfig final : RowSettings {
  BaseAddress base;
  std::string keys_file;
  HttpPullOptions http;
  TimeStyle times = TimeStyle::kLocal;
  std::string rows_field;  // where the list stands in an answer; empty: the answer is the list
  std::string since_name = "modifiedAfter";
  std::string start;     // first question ever, YYYY-MM-DD; empty: from now on
  bool baseline = true;  // with `start`: the first reading is a first load and raises no prompts
  int64_t overlap_ms = 5 * kMinuteMs;
  int64_t sweep_every_ms = kDayMs;  // now and then the last `sweep_back` is read once more
  int64_t sweep_back_ms = 3 * kDayMs;
  size_t page = 200;
  int requests_per_minute = 60;
  int64_t backoff_min_ms = 5'000;
  int64_t backoff_max_ms = 15 * kMinuteMs;
  std::vector<EndpointConfig> endpoints;

  RowFieldsByEndpoint fields() const override;
  std::string saved_rows_field() const override { return rows_field; }
};

// Mistakes are noted at their place in the table, for the document's Done().
std::unique_ptr<PollConfig> ReadPollConfig(config::Table table, const std::string& folder);

// domain and key (or any other names) of the keys file, one `name = "value"` a line, as they go
// into the query. kDenied: others may read the file. Errors name the line, never what stands in it.
Result<HttpPull::Query> ReadKeys(const std::string& path);
// Keys, and the certificates that are named: can they be read? Errors name the file.
Status CheckFiles(const PollConfig& config);

}  // namespace sam::rest
