// [web] of inbox.toml: the pages for people of a unit whose systems are not connected. Plain values,
// read once.
#pragma once

#include <cstdint>
#include <string>

#include "broker/config/toml.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

struct WebConfig {
  std::string listen;         // address:port
  std::string certificate;    // PEM files
  std::string key;
  enum class Certificates { kNone, kOptional, kRequired };  // of clients
  Certificates certificates = Certificates::kNone;
  std::string client_ca;      // empty: any certificate is let in; accounts name theirs by fingerprint
  std::string accounts_file;  // written by `samsignal-inbox account`
  int64_t idle_ms = 0;        // without a click
  int64_t session_ms = 0;     // since signing in
  int connections = 64;
  int connections_per_address = 16;
  std::string return_to;      // printed on the form: whom to phone or hand it to
  contract::Language language = contract::Language::kSwedish;
};

// Errors are collected in the table. `folder` ends in a slash.
WebConfig ReadWebConfig(config::Table table, const std::string& folder,
                        contract::Language language);

}  // namespace sam::inbox
