#include "broker/admin/admin_stage.h"

#include <capnp/message.h>

#include <nlohmann/json.hpp>

#include "broker/admin/ask.h"
#include "broker/base/log.h"
#include "broker/journal/audit.h"
#include "broker/wire/codec.h"

namespace sam::admin {
namespace {

using Request = schema::AdminRequest;

std::string Text(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

journal::Draft HubDraft(journal::Kind kind, std::string payload) {
  journal::Draft draft;
  draft.kind = kind;
  draft.payload = std::move(payload);
  draft.peer = "hub";
  return draft;
}

std::vector<journal::Draft> Only(journal::Draft draft) {
  std::vector<journal::Draft> drafts;
  drafts.push_back(std::move(draft));
  return drafts;
}

}  // namespace

AdminStage::AdminStage(wire::LocalDoor& door, journal::Port& port, stage::Doorbell& bell,
                       AdminHooks hooks)
    : door_(door), port_(port), bell_(bell), hooks_(std::move(hooks)) {}

std::vector<wire::Pollable> AdminStage::Pollables() {
  return {door_.pollable(), bell_.pollable()};
}

Result<int> AdminStage::Work() {
  bell_.Clear();
  int did = 0;
  while (auto outcome = port_.up.TryPop()) {
    ++did;
    if (!pending_ || outcome->token != pending_->token) continue;
    SAM_CHECK(outcome->each.size() == pending_->drafts);
    pending_->written = outcome->each.back().offset;
  }
  if (pending_ && pending_->reload) {
    if (const auto answer = hooks_.reloaded()) {
      Reply(*answer);
      pending_.reset();
      ++did;
    }
  }
  if (pending_ && pending_->written &&
      (!pending_->wait_for_dispatch || hooks_.dispatched() > *pending_->written)) {
    if (pending_->backup) hooks_.backed_up();
    const Status done = pending_->erase.empty() ? Ok() : hooks_.erased(pending_->erase);
    Reply(done, AnswerWritten());
    pending_.reset();
    ++did;
  }
  if (pending_) return did;
  if (auto request = door_.Receive()) {
    Answer(*request);
    ++did;
  }
  return did;
}

std::string AdminStage::AnswerWritten() const {
  nlohmann::json json = {{"offset", pending_->written->value}};
  if (pending_->asked) json["request"] = pending_->written->value;
  if (pending_->replay) {
    const auto told = TellReplay(*hooks_.store, pending_->replay->subscription, pending_->replay->start);
    if (told.ok()) {
      json["sent"] = told->sent;
      json["withheld"] = told->withheld;
    }
  }
  return json.dump();
}

void AdminStage::Reply(const Status& status, std::string_view json) {
  capnp::MallocMessageBuilder message;
  auto reply = message.initRoot<schema::AdminReply>();
  reply.setOk(status.ok());
  if (!status.ok()) {
    reply.setCode(CodeName(status.error().code));
    reply.setMessage(status.error().message.c_str());
  }
  reply.setJson(std::string(json).c_str());
  if (const Status sent = door_.Reply(wire::Flatten(message)); !sent.ok())
    log::Warn("admin", "reply-lost", {{"code", sent.error().code}});
}

void AdminStage::Submit(std::vector<journal::Draft> drafts, bool wait_for_dispatch) {
  journal::Submission submission;
  submission.token = next_token_++;
  submission.drafts = std::move(drafts);
  Waiting pending;
  pending.drafts = submission.drafts.size();
  pending.token = submission.token;
  pending.wait_for_dispatch = wait_for_dispatch;
  if (!port_.down.TryPush(std::move(submission))) {
    Reply(Unavailable("the journal's queue is full; try again in a moment"));
    return;
  }
  pending_ = pending;
}

std::string AdminStage::RoleOf(std::string_view operator_name, std::string_view role) const {
  std::string held = hooks_.role_of(std::string(operator_name));
  return held.empty() && hooks_.test_environment ? std::string(role) : held;
}

// Who asked and as what is what was checked here, whatever the caller wrote into the row.
journal::Draft AdminStage::AuditDraft(Request::Reader request) const {
  capnp::MallocMessageBuilder message;
  message.setRoot(request.getAudit());
  auto row = message.getRoot<schema::AuditRow>();
  row.setOperator(door_.caller().c_str());
  row.setRole(RoleOf(door_.caller(), Text(request.getRole())).c_str());
  return HubDraft(journal::Kind::AUDIT, wire::Flatten(message));
}

Status AdminStage::Allowed(std::string_view operator_name, std::string_view role,
                           bool needs_privacy) const {
  const std::string effective = RoleOf(operator_name, role);
  if (effective.empty())
    return Denied("\"" + std::string(operator_name) +
                  "\" is no operator of this hub; add to peers.toml: [[peer]] with this name, role = \"operator\" and may = \"operator\"");
  if (needs_privacy && effective != "privacy-officer")
    return Denied("this needs the role privacy-officer; \"" + std::string(operator_name) +
                  "\" has \"" + effective + "\"");
  if (effective == "viewer")
    return Denied("a viewer may look, not change anything; ask somebody with the role operator");
  return Ok();
}

journal::Draft AdminStage::CommandDraft(Request::Reader request) const {
  capnp::MallocMessageBuilder message;
  auto command = message.initRoot<schema::Command>();
  command.setOperator(door_.caller().c_str());
  if (request.isReplay()) {
    command.setReason(request.getReplay().getReason());
    command.setAgreed(request.getReplay().getAgreed());
    command.getAction().setReplay(request.getReplay().getReplay());
  } else if (request.isErase()) {
    command.setReason(request.getErase().getReason());
    command.getAction().setErase(request.getErase().getErase());
  } else {
    command.getAction().setBackupVerified(request.getBackup().getRecords());
  }
  return HubDraft(journal::Kind::COMMAND, wire::Flatten(message));
}

Actor AdminStage::Caller(Request::Reader request) const {
  return {door_.caller(), RoleOf(door_.caller(), Text(request.getRole()))};
}

// The row that stands in the log before a step of what another one asked for.
Result<journal::Draft> AdminStage::Agreement(Request::Reader request, const ReplayRange& range) const {
  const auto asked = request.getReplay();
  SAM_ASSIGN(const ReplayRequest known, ReadReplayRequest(*hooks_.log, Offset(asked.getAgreed())));
  SAM_TRY(MayAgree(known, door_.caller(), range, clock_.Now()));
  return AgreeDraft(known, range, Caller(request), Text(asked.getReason()));
}

void AdminStage::TakeReplay(Request::Reader request) {
  const auto asked = request.getReplay();
  const auto wanted = asked.getReplay();
  const ReplayRange range{Text(wanted.getSubscription()), wanted.getFromOffset(), wanted.getToOffset()};
  if (asked.getReason().size() == 0)
    return Reply(Invalid("a replay needs a reason: it is a disclosure and is audited"));
  std::vector<journal::Draft> drafts;
  if (asked.getAgreed() != journal::kNoCause) {
    auto row = Agreement(request, range);
    if (!row.ok()) return Reply(row.error());
    drafts.push_back(std::move(*row));
  } else if (hooks_.second_person) {
    Submit(Only(AskDraft(range, Caller(request), Text(asked.getReason()))), false);
    if (pending_) pending_->asked = true;
    return;
  }
  drafts.push_back(CommandDraft(request));
  RunReplay(range, std::move(drafts));
}

// What dispatch would cut off is refused: a caller that is told "done" may believe it.
void AdminStage::RunReplay(const ReplayRange& range, std::vector<journal::Draft> drafts) {
  const auto count = CountReplay(*hooks_.store, range);
  if (!count.ok()) return Reply(count.error());
  if (count->rows() >= dispatch::kReplayMax)
    return Reply(Invalid(std::to_string(count->rows()) + " numbers lie in that range, and one replay sends fewer than " +
                         std::to_string(dispatch::kReplayMax) +
                         "; ask for it in steps, as `samsignal replay` of this version does"));
  const auto start = StartReplay(*hooks_.store, range.subscription);
  if (!start.ok()) return Reply(start.error());
  Submit(std::move(drafts), true);
  if (pending_) pending_->replay = Waiting::Replay{range.subscription, *start};
}

void AdminStage::TakeBackup(Request::Reader request) {
  const auto made = request.getBackup();
  const Status ours = hooks_.check_root(made.getRecords(), wire::View(made.getRoot()));
  if (!ours.ok()) return Reply(ours);
  Submit(Only(CommandDraft(request)), true);
  if (pending_) pending_->backup = true;
}

// Who asked and why stands in the audit as well, in the same synced batch: the command's own record is no audit row.
void AdminStage::TakeErase(Request::Reader request) {
  if (const Status allowed = Allowed(door_.caller(), Text(request.getRole()), true); !allowed.ok())
    return Reply(allowed);
  const auto asked = request.getErase();
  if (asked.getReason().size() == 0)
    return Reply(Invalid("an erasure needs a reason: --reason TEXT; it is audited"));
  const auto list = asked.getErase().getSubjects();
  std::vector<SubjectId> subjects;
  for (const auto bytes : list)
    if (const auto subject = SubjectId::From(wire::View(bytes)); subject && !subject->empty())
      subjects.push_back(*subject);
  if (subjects.empty() || subjects.size() != list.size() || subjects.size() > kEraseSubjectsMax)
    return Reply(Invalid("an erasure names one person, by the random numbers that the hub knows the person by"));
  journal::AuditEntry entry;
  entry.action = asked.getErase().getDespite() ? "erase-despite-report" : "erase";
  entry.operator_name = door_.caller();
  entry.role = RoleOf(door_.caller(), Text(request.getRole()));
  entry.reason = Text(asked.getReason());
  entry.subject = subjects.front();
  journal::Draft audit = journal::AuditDraft(entry);
  audit.peer = "hub";
  Submit({std::move(audit), CommandDraft(request)}, true);
  if (pending_) pending_->erase = std::move(subjects);
}

int64_t AdminStage::SecondsToWait(std::string_view action) {
  const bool about_person = action == kSubjectReportAction || action == kErasePlanAction;
  TokenBucket* const bucket = about_person ? &reports_ : action == kRevealAction ? &reveals_ : nullptr;
  if (bucket == nullptr) return 0;
  const int64_t wait = bucket->MicrosUntil(1, clock_.SteadyMicros());
  if (wait > 0) return wait / 1'000'000 + 1;
  bucket->Take(1, clock_.SteadyMicros());
  return 0;
}

void AdminStage::TakeAudit(Request::Reader request) {
  const Status allowed = Allowed(door_.caller(), Text(request.getRole()), true);
  if (!allowed.ok()) return Reply(allowed);
  if (request.getAudit().getReason().size() == 0)
    return Reply(Invalid("showing a payload needs a reason: --reason TEXT"));
  const std::string action = Text(request.getAudit().getAction());
  if (const int64_t seconds = SecondsToWait(action); seconds > 0) {
    const bool report = action != kRevealAction;
    log::Warn("admin", report ? "subject-reports-limited" : "reveals-limited", {{"seconds", seconds}});
    return Reply(Exhausted(std::string("too many ") + (report ? "reports" : "payloads shown") +
                           " in a short time; the next one can be " + (report ? "made" : "shown") + " in " +
                           std::to_string(seconds) + " seconds"));
  }
  return Submit(Only(AuditDraft(request)), false);
}

void AdminStage::Answer(const std::string& bytes) {
  auto parsed = wire::Parse<Request>(bytes);
  if (!parsed.ok()) return Reply(Wrap("the request is not readable", parsed.error()));
  const Request::Reader request = parsed->get();
  const std::string& name = door_.caller();
  const std::string role = Text(request.getRole());
  switch (request.which()) {
    case Request::STATUS: return Reply(Ok(), hooks_.status());
    case Request::TICK: {
      if (!hooks_.test_environment)
        return Reply(Denied("the clock can be set only when environment = \"test\""));
      capnp::MallocMessageBuilder message;
      message.initRoot<schema::Tick>().setTime(request.getTick());
      return Submit(Only(HubDraft(journal::Kind::TICK, wire::Flatten(message))), true);
    }
    case Request::SNAPSHOT: return Reply(hooks_.snapshot(Text(request.getSnapshot())));
    case Request::REPLAY: {
      if (const Status allowed = Allowed(name, role, false); !allowed.ok()) return Reply(allowed);
      return TakeReplay(request);
    }
    case Request::BACKUP: {
      if (const Status allowed = Allowed(name, role, false); !allowed.ok()) return Reply(allowed);
      return TakeBackup(request);
    }
    case Request::ERASE: return TakeErase(request);
    case Request::AUDIT: return TakeAudit(request);
    case Request::RELOAD:
      // The first operator comes in by a reload: only who may look and no more is turned away.
      if (RoleOf(name, role) == "viewer") return Reply(Allowed(name, role, false));
      // Answered when it is done: a key that was revoked is out when the operator reads "revoked".
      pending_ = Waiting();
      pending_->reload = true;
      return hooks_.start_reload({name, RoleOf(name, role), Text(request.getReason())});
    default: return Reply(Invalid("this hub does not know that request; is the tool newer?"));
  }
}

}  // namespace sam::admin
