// AdminStage: answers operators at the local door. Thread: admin. It reads what any thread may read
// and writes nothing itself: ticks, replays and audit rows are handed to the journal like all else,
// and the operator gets the answer when they are on disk (ticks and replays: when dispatch has
// folded them too).
// Limits: one request at a time; whoever may open the socket file may ask, and roles narrow that.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/admin/config_history.h"
#include "broker/admin/replay_request.h"
#include "broker/base/clock.h"
#include "broker/base/token_bucket.h"
#include "broker/journal/inbox.h"
#include "broker/stage/doorbell.h"
#include "broker/stage/stage.h"
#include "broker/wire/local_door.h"
#include "schemas/admin.capnp.h"

namespace sam::admin {

// Reports to persons concerned (kSubjectReportAction), with plans of erasures, and payloads shown (kRevealAction), each for
// itself: so few that the door cannot be used to find out whom the hub knows, by trying numbers or by showing record after
// record.
inline constexpr double kSubjectReportsAtOnce = 10;
inline constexpr double kSubjectReportsPerHour = 20;

// One person's numbers in one erasure; more are no person.
inline constexpr unsigned kEraseSubjectsMax = 256;

struct AdminHooks {
  bool test_environment = false;
  std::function<std::string()> status;                       // one JSON object
  std::function<Status(const std::string& folder)> snapshot; // log and vault, consistent
  std::function<void(ReloadAsked)> start_reload;    // asks main to read the configuration again
  std::function<std::optional<Status>()> reloaded;  // main's answer, once; empty: not yet
  std::function<Offset()> dispatched;                        // dispatch has folded all below
  // Is this the root of the hub's own first `records`? kConflict: no.
  std::function<Status(uint64_t records, std::string_view root)> check_root;
  std::function<void()> backed_up;  // dispatch knows of one more backup: sources may forget
  // After an erasure was folded: the hub's list has it. kConflict: dispatch refused, nothing is erased.
  std::function<Status(const std::vector<SubjectId>& subjects)> erased;
  const Store* store = nullptr;            // the mailboxes
  const journal::Reader* log = nullptr;    // the admin thread's own
  bool second_person = false;              // a replay is asked for by one and agreed to by another
  // The role the directory gives this operator; empty: not an operator.
  std::function<std::string(const std::string& name)> role_of;
};

class AdminStage final : public stage::Stage {
 public:
  AdminStage(wire::LocalDoor& door, journal::Port& port, stage::Doorbell& bell, AdminHooks hooks);

  std::string_view name() const override { return "admin"; }
  Result<int> Work() override;
  std::vector<wire::Pollable> Pollables() override;
  int64_t IdleMicros() const override { return pending_ ? 1'000 : 100'000; }

 private:
  struct Waiting {
    uint64_t token = 0;
    bool reload = false;  // waits for main, not for the journal
    bool wait_for_dispatch = false;
    bool backup = false;
    std::vector<SubjectId> erase;
    size_t drafts = 1;  // the last one is waited for
    std::optional<Offset> written;
    struct Replay {
      std::string subscription;
      ReplayStart start;
    };
    std::optional<Replay> replay;  // what came of it is told
    bool asked = false;            // a replay that waits for a second person
  };
  void Answer(const std::string& request);
  void Submit(std::vector<journal::Draft> drafts, bool wait_for_dispatch);
  void Reply(const Status& status, std::string_view json = "{}");
  // As the directory gives it; a test hub believes one who is not in it. Empty: no operator.
  std::string RoleOf(std::string_view operator_name, std::string_view role) const;
  journal::Draft AuditDraft(schema::AdminRequest::Reader request) const;
  Status Allowed(std::string_view operator_name, std::string_view role, bool needs_privacy) const;
  journal::Draft CommandDraft(schema::AdminRequest::Reader request) const;
  std::string AnswerWritten() const;  // JSON: where it was written, what came of it
  void TakeReplay(schema::AdminRequest::Reader request);
  void RunReplay(const ReplayRange& range, std::vector<journal::Draft> drafts);
  Result<journal::Draft> Agreement(schema::AdminRequest::Reader request, const ReplayRange& range) const;
  Actor Caller(schema::AdminRequest::Reader request) const;
  void TakeBackup(schema::AdminRequest::Reader request);
  void TakeErase(schema::AdminRequest::Reader request);
  void TakeAudit(schema::AdminRequest::Reader request);
  // 0: it may go, and is counted. What is neither of the two is not limited.
  int64_t SecondsToWait(std::string_view action);

  wire::LocalDoor& door_;
  journal::Port& port_;
  stage::Doorbell& bell_;
  AdminHooks hooks_;
  uint64_t next_token_ = 1;
  std::optional<Waiting> pending_;
  SystemClock clock_;
  TokenBucket reports_{kSubjectReportsPerHour / 3600, kSubjectReportsAtOnce};
  TokenBucket reveals_{kSubjectReportsPerHour / 3600, kSubjectReportsAtOnce};
};

}  // namespace sam::admin
