// The operator's commands, one function each: they print through Output and return its exit code.
// Main thread of the tool. The command line itself is in samsignal.cc.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <string>
#include <vector>

#include "broker/admin/log_view.h"
#include "broker/admin/output.h"
#include "broker/admin/replay.h"
#include "broker/base/result.h"
#include "broker/config/hub_config.h"
#include "broker/contract/texts.h"
#include "broker/journal/verify.h"

namespace sam::admin {

struct Context {
  config::HubConfig config;
  Output out;
  contract::Language language = contract::Language::kEnglish;
  std::string role;  // claimed; the directory's entry for the login name decides
};

// Asks the running hub, in the role that was claimed. kUnavailable: none answers.
Result<std::string> AskHub(Context& context, capnp::MallocMessageBuilder& message, int timeout_ms);
Result<nlohmann::json> AskStatus(Context& context);  // an object; kUnavailable: the hub does not answer

int ShowStatus(Context& context);  // `status`: the hub's own words, or that it is down
int ShowReceivers(Context& context);  // each receiver with its software, whether it is there, what waits

struct FindOptions {
  std::string event;                // id
  std::string kind, peer;           // exact
  std::string since, until;         // ISO times, received
  uint64_t limit = 100;
};
int LogTail(Context& context, uint64_t count);
int LogShow(Context& context, uint64_t offset, bool reveal, const std::string& reason);
int LogFind(Context& context, const FindOptions& options);
int LogVerify(Context& context, const std::string& against);  // a file with a checkpoint that others kept
// The check behind `log verify` and backups, with a progress bar.
Result<journal::VerifyReport> VerifyView(Context& context, LogView& view,
                                         std::vector<std::string> kept = {});

// Backups: a verified copy that lets the sources forget; and the way back from one.
int BackupCreate(Context& context, const std::string& into);
int BackupVerify(Context& context, const std::string& folder);
// `erasures`: one more list of who was erased; may be empty.
int BackupRestore(Context& context, const std::string& folder, const std::string& erasures, bool yes);
// Starts a new epoch from the store as it is, after records were lost for good.
int Recover(Context& context, bool accept_loss);

int Trace(Context& context, const std::string& id);  // event or signal id
int Signals(Context& context);
int GateExplain(Context& context, const std::string& id);  // signal id
// Events of a JSON file, told in order to an empty memory; `until`: time goes on till then, may be empty.
int GateSimulate(Context& context, const std::string& file, const std::string& until);
int HeldList(Context& context);
int RebuildCheck(Context& context);

struct NewKeys {
  std::string name, folder = "/etc/samsignal/secrets";
  std::string role = "source";  // as in peers.toml: what is printed for it
  bool for_hub = false;
};
int KeysNew(Output& out, const NewKeys& wanted);
int KeysList(Context& context);
int KeysRevoke(Context& context, const std::string& name);

int Doctor(Context& context);

struct StatisticsOptions {
  std::string period;            // "2026-Q1"
  std::string format = "text";   // text, csv, html
  std::string output;            // a file; empty: standard output
};
int Statistics(Context& context, const StatisticsOptions& options);

struct SubjectOptions {
  std::string authority;  // id in the directory
  std::string system;     // of a number that is no Swedish person number, as its source names it
  std::string reason;
};
int MakeSubjectReport(Context& context, const SubjectOptions& options);  // the number: standard input

struct EraseOptions {
  std::string authority, system;  // by number (standard input): as SubjectOptions
  std::string signal, token;      // or by a signal of the person's, or the log's own random number
  std::string reason;
  bool despite_report = false;
  bool confirm = false;
};
int Erase(Context& context, const EraseOptions& options);

struct ReplayOptions {
  std::string subscription;
  int64_t from = -1, to = -1;  // offsets; -1: not given
  std::string since;           // ISO time instead of `from`
  std::string reason;
  uint64_t at_once = kReplayStep;
  int64_t agree = -1;      // a request of somebody else's; -1: not given
  bool waiting = false;    // list the requests that nobody has agreed to yet
  bool dry_run = false;
  bool yes = false;
};
int Replay(Context& context, const ReplayOptions& options);

// The policy in force and what it would dispose of now; `to_sign`: with the lines for a signature.
int RetentionShow(Context& context, bool to_sign);

int ClockSet(Context& context, const std::string& iso_time);  // test environment only
// The hub notes who asked and why.
Status AskReload(Context& context, const std::string& reason);
int Reload(Context& context, const std::string& reason);

int ConfigCheck(Context& context);
int ConfigList(Context& context);
// Versions of the log, or "files"; `from` empty: what the hub runs with.
int ConfigDiff(Context& context, const std::string& from, const std::string& to);
struct RollbackOptions {
  std::string version, reason;
  bool yes = false;
};
int ConfigRollback(Context& context, const RollbackOptions& options);

}  // namespace sam::admin
