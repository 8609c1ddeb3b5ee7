// replay: a subscription's signals once more. Planned on a snapshot, asked of the running hub in steps
// that it takes whole; what fails half-way says from where to go on.
#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/log_view.h"
#include "broker/admin/replay_request.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"
#include "schemas/admin.capnp.h"

namespace sam::admin {
namespace {

struct Plan {
  uint64_t agreed = journal::kNoCause;  // steps of this request of somebody else's
  ReplayRange range;
  ReplayCount count;
  std::vector<ReplayRange> steps;
};

// The first offset received at or after `time`.
Result<uint64_t> OffsetAt(const LogView& view, Millis time) {
  uint64_t low = 0, high = view.reader().durable().value;
  while (low < high) {  // received times never fall
    const uint64_t middle = low + (high - low) / 2;
    SAM_ASSIGN(const journal::Header header, view.reader().ReadHeader(Offset(middle)));
    if (header.time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

Result<ReplayRange> RangeOf(const LogView& view, const ReplayOptions& options) {
  const uint64_t end = view.reader().durable().value;
  if (end == 0) return NotFound("the log is empty");
  ReplayRange range{options.subscription, 0, end - 1};
  if (options.to >= 0) range.to = std::min(static_cast<uint64_t>(options.to), end - 1);
  if (!options.since.empty()) {
    const auto time = FromIso(options.since);
    if (!time) return Invalid("--since: expected a time like 2026-03-02 or 2026-03-02T09:15:00Z");
    SAM_ASSIGN(range.from, OffsetAt(view, *time));
  } else {
    range.from = static_cast<uint64_t>(options.from);
  }
  if (range.from > range.to) return Invalid("nothing lies between the given places of the log");
  return range;
}

Result<Plan> PlanOf(const LogView& view, ReplayRange range, uint64_t at_once) {
  Plan plan;
  plan.range = std::move(range);
  SAM_ASSIGN(plan.count, CountReplay(view.store(), plan.range));
  plan.steps = StepsOf(plan.range, plan.count, at_once);
  return plan;
}

Result<Plan> PlanReplay(Context& context, const ReplayOptions& options) {
  if (options.subscription.empty())
    return Invalid("say whose signals: the function's id; or --agree NUMBER, or --waiting");
  if (options.from < 0 && options.since.empty())
    return Invalid("say from where: --from OFFSET or --since TIME");
  SAM_ASSIGN(const std::unique_ptr<LogView> view, LogView::Open(context.config));
  SAM_ASSIGN(ReplayRange range, RangeOf(*view, options));
  return PlanOf(*view, std::move(range), options.at_once);
}

// What is left of it. The hub judges who may agree, and until when.
Result<Plan> PlanAgreed(Context& context, const ReplayOptions& options) {
  SAM_ASSIGN(const std::unique_ptr<LogView> view, LogView::Open(context.config));
  const Offset place(static_cast<uint64_t>(options.agree));
  SAM_ASSIGN(ReplayRequest request, ReadReplayRequest(view->reader(), place));
  if (request.IsDone()) return Conflict("this replay has been run already");
  context.out.Line("asked for by " + request.asker + " on " + ToIso(request.asked_at) + ": " + request.reason);
  context.out.Object("request", {{"request", place.value}, {"operator", request.asker},
                                 {"asked", ToIso(request.asked_at)}, {"reason", request.reason}});
  request.range.from = request.next;
  SAM_ASSIGN(Plan plan, PlanOf(*view, std::move(request.range), options.at_once));
  plan.agreed = place.value;
  return plan;
}

std::string InSteps(size_t steps) {
  return steps > 1 ? ", in " + std::to_string(steps) + " steps" : "";
}

void TellPlan(Output& out, const Plan& plan, bool dry_run) {
  const uint64_t fresh = plan.count.rows() - plan.count.withheld - plan.count.gone;
  out.Object("plan", {{"subscription", plan.range.subscription}, {"from", plan.range.from},
                      {"to", plan.range.to}, {"signals", fresh},
                      {"withheld", plan.count.withheld}, {"gone", plan.count.gone}, {"steps", plan.steps.size()},
                      {"dryRun", dry_run}});
  std::string line = std::to_string(fresh) + " signals decided for " + plan.range.subscription +
                     " between offset " + std::to_string(plan.range.from) + " and " +
                     std::to_string(plan.range.to) + " would be sent again" +
                     InSteps(plan.steps.size()) + ", each after a new decision of the gate as of now";
  if (plan.count.withheld > 0)
    line += "; " + std::to_string(plan.count.withheld) + " were withheld and are decided anew as well";
  if (plan.count.gone > 0)
    line += "; " + std::to_string(plan.count.gone) + " have been disposed of and come as numbers without content";
  out.Line(line);
}

Result<nlohmann::json> AskReplay(Context& context, const ReplayRange& range, uint64_t agreed,
                                 const std::string& reason) {
  capnp::MallocMessageBuilder message;
  auto replay = message.initRoot<schema::AdminRequest>().initReplay();
  replay.setReason(reason.c_str());
  replay.setAgreed(agreed);
  replay.getReplay().setSubscription(range.subscription.c_str());
  replay.getReplay().setFromOffset(range.from);
  replay.getReplay().setToOffset(range.to);
  SAM_ASSIGN(const std::string asked, AskHub(context, message, 60'000));
  nlohmann::json answer = nlohmann::json::parse(asked, nullptr, false);
  if (!answer.is_object()) return Internal("the hub's answer is not JSON");
  return answer;
}

Result<bool> NeedsSecondPerson(Context& context) {
  SAM_ASSIGN(const nlohmann::json status, AskStatus(context));
  return status.value("replaySecondPerson", false);
}

int AskSecondPerson(Context& context, const Plan& plan, const std::string& reason) {
  const auto answer = AskReplay(context, plan.range, plan.agreed, reason);
  if (!answer.ok()) return context.out.Fail(answer.error());
  const uint64_t number = answer->value("request", uint64_t{0});
  context.out.Object("asked", {{"request", number}, {"hours", kReplayRequestHours}});
  context.out.Line("nothing is sent yet: this hub wants two people to agree. Another operator runs within " +
                   std::to_string(kReplayRequestHours) + " hours: samsignal replay --agree " +
                   std::to_string(number) + " --yes --reason ...");
  return kOk;
}

// One that was asked for and not answered may have been taken: asked again it sends once more, and
// receivers show nothing twice.
int Broken(Context& context, const Plan& plan, size_t step, const Error& error) {
  if (step == 0) return context.out.Fail(error);
  const ReplayRange& next = plan.steps[step];
  const std::string rest = plan.agreed != journal::kNoCause
                               ? "--agree " + std::to_string(plan.agreed)
                               : next.subscription + " --from " + std::to_string(next.from) + " --to " +
                                     std::to_string(plan.range.to);
  context.out.Fail({error.code, error.message + "; " + std::to_string(step) + " of " +
                                    std::to_string(plan.steps.size()) +
                                    " steps are done, go on with: samsignal replay " + rest + " --yes --reason ..."});
  return kPartial;
}

int RunSteps(Context& context, const Plan& plan, const std::string& reason) {
  uint64_t sent = 0, withheld = 0, offset = 0;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const auto answer = AskReplay(context, plan.steps[i], plan.agreed, reason);
    if (!answer.ok()) return Broken(context, plan, i, answer.error());
    offset = answer->value("offset", uint64_t{0});
    sent += answer->value("sent", uint64_t{0});
    withheld += answer->value("withheld", uint64_t{0});
    if (plan.steps.size() > 1)
      context.out.Line("step " + std::to_string(i + 1) + " of " + std::to_string(plan.steps.size()) +
                       " is done: everything up to offset " + std::to_string(plan.steps[i].to));
  }
  context.out.Object("replay", {{"offset", offset}, {"sent", sent}, {"withheld", withheld},
                                {"steps", plan.steps.size()}, {"to", plan.range.to}});
  context.out.Line("journaled and decided: " + std::to_string(sent) +
                   " are sent again under new numbers, marked as such; " + std::to_string(withheld) +
                   " are withheld by the new decision");
  return kOk;
}

int ListWaiting(Context& context) {
  const auto view = LogView::Open(context.config);
  if (!view.ok()) return context.out.Fail(view.error());
  const auto waiting = WaitingReplayRequests((*view)->reader(), SystemClock().Now());
  if (!waiting.ok()) return context.out.Fail(waiting.error());
  std::vector<std::vector<std::string>> rows;
  for (const ReplayRequest& one : *waiting)
    rows.push_back({std::to_string(one.place.value), ToIso(one.asked_at), one.asker,
                    one.range.subscription, std::to_string(one.next), std::to_string(one.range.to),
                    one.reason});
  context.out.Table("request", {"request", "asked", "operator", "subscription", "from", "to", "reason"}, rows);
  return kOk;
}

}  // namespace

int Replay(Context& context, const ReplayOptions& options) {
  if (options.waiting) return ListWaiting(context);
  const bool agrees = options.agree >= 0;
  const auto plan = agrees ? PlanAgreed(context, options) : PlanReplay(context, options);
  if (!plan.ok()) return context.out.Fail(plan.error());
  TellPlan(context.out, *plan, options.dry_run);
  if (options.dry_run) return kOk;
  if (plan->steps.empty()) return context.out.Fail(NotFound("nothing to replay"));
  if (!options.yes) return context.out.Fail(Invalid("add --yes to do it, or --dry-run to look only"));
  if (!agrees) {
    const auto second = NeedsSecondPerson(context);
    if (!second.ok()) return context.out.Fail(second.error());
    if (*second) return AskSecondPerson(context, *plan, options.reason);
  }
  return RunSteps(context, *plan, options.reason);
}

}  // namespace sam::admin
