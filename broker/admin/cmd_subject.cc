// subject report: what is held of one child and who got what, for the person concerned. The number comes
// on standard input, never in the command line; the hub journals who asked, and why, before a word is
// shown, and does so for one who is unknown as well.
#include <nlohmann/json.hpp>

#include "broker/admin/ask.h"
#include "broker/admin/commands.h"
#include "broker/admin/person_arg.h"
#include "broker/admin/statistics_facts.h"
#include "broker/admin/subject_view.h"

namespace sam::admin {

int MakeSubjectReport(Context& context, const SubjectOptions& options) {
  if (options.reason.empty())
    return context.out.Fail(Invalid("a report needs --reason TEXT: who asked for it is audited"));
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  auto settings = SettingsOf(**opened);
  if (!settings.ok()) return context.out.Fail(settings.error());
  const auto authority = AuthorityNamed(settings->directory, options.authority);
  if (!authority.ok()) return context.out.Fail(authority.error());
  auto names = ReadPersonNames(options.system);
  if (!names.ok()) return context.out.Fail(names.error());

  SubjectFinder finder(**opened, *settings, **authority);
  const auto subject = finder.Find(*names);
  if (!subject.ok()) return context.out.Fail(subject.error());
  if (const Status audited = AuditPerson(context, kSubjectReportAction, *subject, (*authority)->id, options.reason);
      !audited.ok())
    return context.out.Fail(audited.error());
  const auto report = finder.Report();
  if (!report.ok()) return context.out.Fail(report.error());
  context.out.Object("subject-report", SubjectJson(*report, context.language));
  for (const std::string& line : SubjectLines(*report, context.language)) context.out.Line(line);
  return kOk;
}

}  // namespace sam::admin
