#include "broker/admin/replay_request.h"

#include <capnp/message.h>

#include <algorithm>

#include "broker/base/text.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam::admin {
namespace {

constexpr int64_t kValidMs = kReplayRequestHours * 3'600'000;

std::string Copy(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

journal::Draft RowDraft(const char* action, const ReplayRange& range, const Actor& actor,
                        const std::string& reason, const Offset* request) {
  capnp::MallocMessageBuilder message;
  auto row = message.initRoot<schema::AuditRow>();
  row.setAction(action);
  row.setOperator(wire::AsText(actor.name));
  row.setRole(wire::AsText(actor.role));
  row.setReason(wire::AsText(reason));
  auto replay = row.initReplay();
  replay.setSubscription(wire::AsText(range.subscription));
  replay.setFromOffset(range.from);
  replay.setToOffset(range.to);
  if (request != nullptr) row.setRequest(request->value);
  journal::Draft draft;
  draft.kind = journal::Kind::AUDIT;
  draft.peer = "hub";
  draft.payload = wire::Flatten(message);
  return draft;
}

// kNotFound: an audit row of something else.
Result<ReplayRequest> RequestOf(const journal::Record& record) {
  const Error none = NotFound("no request for a replay stands at " +
                              std::to_string(record.header.offset.value) + " of the log");
  if (record.header.kind != journal::Kind::AUDIT || !record.payload) return none;
  ReplayRequest out;
  out.place = record.header.offset;
  out.asked_at = record.header.time;
  bool asked = false;
  SAM_TRY(wire::ReadOwn<schema::AuditRow>(*record.payload, [&](schema::AuditRow::Reader row) -> Status {
    asked = row.getAction() == kReplayAskedAction;
    out.asker = Copy(row.getOperator());
    out.reason = Copy(row.getReason());
    const auto replay = row.getReplay();
    out.range = {Copy(replay.getSubscription()), replay.getFromOffset(), replay.getToOffset()};
    return Ok();
  }));
  if (!asked) return none;
  out.next = out.range.from;
  return out;
}

// Steps run since then; none is run later than a day after.
Status ReadSteps(const journal::Reader& log, ReplayRequest& request) {
  const uint64_t end = log.durable().value;
  for (uint64_t at = request.place.value + 1; at < end; ++at) {
    SAM_ASSIGN(const journal::Header header, log.ReadHeader(Offset(at)));
    if (header.time.value > request.asked_at.value + kValidMs) return Ok();
    if (header.kind != journal::Kind::COMMAND) continue;
    SAM_ASSIGN(const journal::Record record, log.Read(Offset(at)));
    if (!record.payload) continue;
    SAM_TRY(wire::ReadOwn<schema::Command>(*record.payload, [&](schema::Command::Reader c) -> Status {
      if (c.getAgreed() != request.place.value || !c.getAction().isReplay()) return Ok();
      request.next = std::max(request.next, c.getAction().getReplay().getToOffset() + 1);
      return Ok();
    }));
  }
  return Ok();
}

}  // namespace

journal::Draft AskDraft(const ReplayRange& range, const Actor& asker, const std::string& reason) {
  return RowDraft(kReplayAskedAction, range, asker, reason, nullptr);
}

journal::Draft AgreeDraft(const ReplayRequest& request, const ReplayRange& step, const Actor& agreer,
                          const std::string& reason) {
  return RowDraft(kReplayAgreedAction, step, agreer, reason, &request.place);
}

Result<ReplayRequest> ReadReplayRequest(const journal::Reader& log, Offset place) {
  SAM_ASSIGN(const journal::Record record, log.Read(place));
  SAM_ASSIGN(ReplayRequest request, RequestOf(record));
  SAM_TRY(ReadSteps(log, request));
  return request;
}

Result<std::vector<ReplayRequest>> WaitingReplayRequests(const journal::Reader& log, Millis now) {
  std::vector<ReplayRequest> waiting;
  for (uint64_t at = log.durable().value; at-- > 0;) {
    SAM_ASSIGN(const journal::Header header, log.ReadHeader(Offset(at)));
    if (now.value - header.time.value > kValidMs) break;
    if (header.kind != journal::Kind::AUDIT) continue;
    auto request = ReadReplayRequest(log, Offset(at));
    if (!request.ok() && request.error().code == Code::kNotFound) continue;
    if (!request.ok()) return request.error();
    if (!request->IsDone()) waiting.push_back(std::move(*request));
  }
  return waiting;
}

Status MayAgree(const ReplayRequest& request, const std::string& caller, const ReplayRange& step,
                Millis now) {
  if (caller == request.asker)
    return Denied("\"" + caller + "\" asked for this replay; it needs a second person to agree");
  if (now.value - request.asked_at.value > kValidMs)
    return Conflict("this replay was asked for on " + ToIso(request.asked_at) + ", more than " +
                    std::to_string(kReplayRequestHours) + " hours ago; it has to be asked for again");
  if (request.IsDone()) return Conflict("this replay has been run already");
  const bool inside = step.subscription == request.range.subscription && step.from <= step.to &&
                      step.from >= request.next && step.to <= request.range.to;
  if (inside) return Ok();
  return Conflict("what was asked for and has not been run is from " + std::to_string(request.next) + " to " +
                  std::to_string(request.range.to) + " for " + request.range.subscription);
}

}  // namespace sam::admin
