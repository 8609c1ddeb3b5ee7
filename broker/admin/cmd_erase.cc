// erase: one person's key is forgotten. First what it would touch is counted and shown; --confirm does it. The hub
// decides in the end: it refuses while a report of concern is unfinished, unless the officer says so.
#include <nlohmann/json.hpp>

#include "broker/admin/ask.h"
#include "broker/admin/commands.h"
#include "broker/admin/erase_plan.h"
#include "broker/admin/person_arg.h"
#include "broker/admin/statistics_facts.h"
#include "broker/admin/subject_view.h"
#include "broker/base/text.h"
#include "broker/dispatch/ladder.h"

namespace sam::admin {
namespace {

std::string Words(const std::map<std::string, uint64_t>& counts) {
  std::string out;
  for (const auto& [name, count] : counts)
    out.append(out.empty() ? "" : ", ").append(name).append(" ").append(std::to_string(count));
  return out.empty() ? "none" : out;
}

Result<std::vector<SubjectId>> ByNumber(const LogView& view, const EraseOptions& options) {
  SAM_ASSIGN(const dispatch::Settings settings, SettingsOf(view));
  SAM_ASSIGN(const routing::Authority* const authority,
             AuthorityNamed(settings.directory, options.authority));
  SAM_ASSIGN(const std::vector<PersonId> names, ReadPersonNames(options.system));
  SubjectFinder finder(view, settings, *authority);
  SAM_ASSIGN(const SubjectId found, finder.Find(names));
  (void)found;
  return finder.roots();
}

// Links followed. Empty: nobody.
Result<std::vector<SubjectId>> WhoIsMeant(const LogView& view, const EraseOptions& options) {
  const int ways = (options.authority.empty() ? 0 : 1) + (options.signal.empty() ? 0 : 1) +
                   (options.token.empty() ? 0 : 1);
  if (ways != 1)
    return Invalid("say whom in one way: --authority ID with the number on standard input, --signal ID, or --subject ID");
  if (!options.authority.empty()) return ByNumber(view, options);
  SubjectId subject;
  if (!options.signal.empty()) {
    const auto id = SignalId::From(FromUuid(options.signal).value_or(""));
    if (!id) return Invalid("--signal: expected an id like 0193e0c4-7b2a-7c1e-8f00-0a1b2c3d4e5f");
    SAM_ASSIGN(const auto row, dispatch::ReadSignal(view.store(), *id));
    if (!row) return std::vector<SubjectId>{};
    subject = row->subject;
  } else {
    const auto token = SubjectId::From(FromUuid(options.token).value_or(""));
    if (!token) return Invalid("--subject: expected 32 hexadecimal digits, as `samsignal log show` prints them");
    subject = *token;
  }
  const auto root = view.vault().Follow(subject);
  if (!root.ok() && root.error().code == Code::kNotFound) return std::vector<SubjectId>{};
  if (!root.ok()) return root.error();
  return std::vector<SubjectId>{*root};
}

void Show(Context& context, const ErasePlan& plan) {
  nlohmann::json reports = nlohmann::json::array();
  for (const OpenReport& report : plan.reports)
    reports.push_back({{"signal", ToUuid(report.signal.view())}, {"sender", report.sender},
                       {"receiver", report.receiver}, {"where", report.where}});
  context.out.Object("plan", {{"subjects", plan.subjects.size()}, {"records", plan.records},
                              {"receipts", plan.receipts}, {"signals", plan.signals},
                              {"waiting", plan.waiting}, {"delivered", plan.delivered},
                              {"openReports", reports}, {"erasedAlready", plan.erased}});
  context.out.Line("known under " + std::to_string(plan.subjects.size()) + " random numbers; " +
                   std::to_string(plan.records) + " records and " + std::to_string(plan.receipts) +
                   " receipts lose their content, " + std::to_string(plan.signals) + " signals keep their metadata");
  context.out.Line("waiting, and then withheld as erased: " + Words(plan.waiting));
  context.out.Line("with their receivers, who keep it and are told nothing: " + Words(plan.delivered));
  for (const OpenReport& report : plan.reports)
    context.out.Line("REPORT OF CONCERN " + ToUuid(report.signal.view()) + " is " + report.where + ": from " +
                     (report.sender.empty() ? "nobody known" : report.sender) + " to " +
                     (report.receiver.empty() ? "nobody known" : report.receiver) +
                     "; after an erasure nobody gets it, and its sender is not told by the hub: phone them");
  if (plan.erased) context.out.Line("the keys are gone already");
}

Result<std::string> AskHub(Context& context, const ErasePlan& plan, const EraseOptions& options) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setRole(context.role.c_str());
  auto erase = request.initErase();
  erase.setReason(options.reason.c_str());
  erase.getErase().setDespite(options.despite_report);
  auto subjects = erase.getErase().initSubjects(static_cast<unsigned>(plan.subjects.size()));
  for (unsigned i = 0; i < subjects.size(); ++i)
    subjects.set(i, capnp::Data::Reader(plan.subjects[i].bytes.data(), SubjectId::kSize));
  return Ask(context.config.admin_socket, message, 120'000);
}

}  // namespace

int Erase(Context& context, const EraseOptions& options) {
  if (options.reason.empty())
    return context.out.Fail(Invalid("an erasure needs --reason TEXT, to look at as well as to do: it is audited"));
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  const auto roots = WhoIsMeant(**opened, options);
  if (!roots.ok()) return context.out.Fail(roots.error());
  const SubjectId first = roots->empty() ? SubjectId{} : roots->front();
  const Status audited = AuditPerson(context, kErasePlanAction, first, options.authority, options.reason);
  if (!audited.ok()) return context.out.Fail(audited.error());
  if (roots->empty())
    return context.out.Fail(NotFound("the hub knows nobody by that, or has erased them: nothing to erase"));
  const auto plan = PlanErase(**opened, *roots);
  if (!plan.ok()) return context.out.Fail(plan.error());
  Show(context, *plan);
  if (plan->erased) return kOk;
  if (!plan->reports.empty() && !options.despite_report)
    return context.out.Fail(Conflict("a report of concern about this person is not finished; nothing is erased unless "
                                     "you say --despite-report, with the reason in --reason"));
  if (!options.confirm) {
    context.out.Line("nothing is erased yet: add --confirm to do it; it cannot be undone");
    return kOk;
  }
  const auto asked = AskHub(context, *plan, options);
  if (!asked.ok()) return context.out.Fail(asked.error());
  context.out.Object("erase", nlohmann::json::parse(*asked, nullptr, false));
  context.out.Line("erased: the keys are gone from the vault. Backups from before still hold them until you delete "
                   "them; keep the list of erasures (" + HubPaths::Of(context.config.data_dir).erased + ") with every backup");
  return kOk;
}

}  // namespace sam::admin
