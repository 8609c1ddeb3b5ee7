// Configuration of samsignal-inbox (inbox.toml; README.md here has an example with comments).
// Read once, then const. Relative paths are relative to the file's own folder.
#pragma once

#include <optional>
#include <string>

#include "adapters/inbox/disposal.h"
#include "adapters/inbox/ladder.h"
#include "adapters/inbox/untouched.h"
#include "adapters/inbox/web_config.h"
#include "adapters/intake/config.h"
#include "broker/base/result.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

struct Config {
  Speaker speaker;               // system_id, function, [controller] org_nr and board
  std::string delivery;          // [hub] "tcp://hub.example:5571"
  std::string ingress;           // [hub] "tcp://hub.example:5570"
  std::string hub_key;           // [hub] public_key, Z85
  std::string curve_key_file;    // [keys] curve: this peer's secret key
  std::string kek_file;          // [keys] kek: wraps the key that rows are sealed with
  std::string store;             // folder of the inbox's own database
  std::string socket;            // local door for list, show, answer while `run` runs
  std::string http_endpoint;     // empty: no /metrics
  contract::Language language = contract::Language::kSwedish;
  uint32_t window_messages = 64; // signals the hub may have unanswered, 1-256
  std::optional<intake::Config> intake;  // [intake]: signals are written to the social system
  std::optional<UntouchedConfig> untouched;  // [untouched]: when a signal that nobody opens calls a person
  std::optional<WebConfig> web;  // [web]: pages for people
  RetentionPolicy retention;     // [retention]: what is disposed of by itself; without a decision nothing
};

// kNotFound: no such file; kInvalid: all findings with file:line:column.
Result<Config> LoadConfig(const std::string& path);

}  // namespace sam::inbox
