// subject report: what is held of one child and who got what, for the person concerned. The number comes
// on standard input, never in the command line; the hub journals who asked, and why, before a word is
// shown, and does so for one who is unknown as well.
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "adapters/hl7/personnummer.h"
#include "broker/admin/ask.h"
#include "broker/admin/commands.h"
#include "broker/admin/statistics_facts.h"
#include "broker/admin/subject_view.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"

namespace sam::admin {
namespace {

Result<const routing::Authority*> AuthorityOf(const routing::Directory& directory,
                                              const std::string& id) {
  std::string all;
  for (const routing::Authority& authority : directory.authorities()) {
    if (authority.id == id) return &authority;
    all.append(all.empty() ? "" : ", ").append(authority.id);
  }
  return Invalid("--authority: say which authority is asked, as directory.toml names it (" + all +
                 "): each answers for what it holds, and none for another");
}

// The number as adapters write it, under each name that its system goes by; or as it is, under `system`.
Result<std::vector<PersonId>> ReadNames(const std::string& system) {
  if (isatty(STDIN_FILENO) != 0) std::fputs("number: ", stderr);
  std::string line;
  std::getline(std::cin, line);
  const std::string_view text = Trim(line);
  if (text.empty() || text.size() > 64)
    return Invalid("give the person's number on standard input: one line, and nothing else");
  if (!system.empty()) return std::vector<PersonId>{PersonId(system, std::string(text))};
  hl7::PersonNumberOptions options;
  options.today = SystemClock().Now();
  SAM_ASSIGN(const hl7::PersonNumber number, hl7::ReadPersonNumber(text, options));
  const std::string& oid = number.id.system();
  const std::string& value = number.id.Reveal();
  std::vector<PersonId> names{number.id, PersonId("urn:oid:" + oid, value)};
  for (const auto& [kind, name] :
       {std::pair{hl7::NumberKind::kPersonnummer, "personnummer"},
        {hl7::NumberKind::kSamordningsnummer, "samordningsnummer"},
        {hl7::NumberKind::kNationalReserve, "nationelltReservnummer"}})
    if (kind == number.kind)
      names.emplace_back(std::string("http://electronichealth.se/identifier/") + name, value);
  return names;
}

// The audit row goes first, of a miss too: what cannot be audited is not shown.
Status Audit(Context& context, const SubjectId& subject, const std::string& authority,
             const std::string& reason) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setRole(context.role.c_str());
  auto row = request.initAudit();
  row.setAction(kSubjectReportAction);
  row.setReason(reason.c_str());
  row.initFields(1).set(0, authority.c_str());
  if (!subject.empty())
    row.setSubject(capnp::Data::Reader(subject.bytes.data(), subject.bytes.size()));
  const auto asked = Ask(context.config.admin_socket, message, 10'000);
  if (asked.ok()) return Ok();
  if (asked.error().code == Code::kUnavailable)
    return Unavailable("a report can be made only while the hub runs, since it must be audited first: " +
                       asked.error().message);
  return asked.error();
}

}  // namespace

int MakeSubjectReport(Context& context, const SubjectOptions& options) {
  if (options.reason.empty())
    return context.out.Fail(Invalid("a report needs --reason TEXT: who asked for it is audited"));
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  auto settings = SettingsOf(**opened);
  if (!settings.ok()) return context.out.Fail(settings.error());
  const auto authority = AuthorityOf(settings->directory, options.authority);
  if (!authority.ok()) return context.out.Fail(authority.error());
  auto names = ReadNames(options.system);
  if (!names.ok()) return context.out.Fail(names.error());

  SubjectFinder finder(**opened, *settings, **authority);
  const auto subject = finder.Find(*names);
  if (!subject.ok()) return context.out.Fail(subject.error());
  if (const Status audited = Audit(context, *subject, (*authority)->id, options.reason); !audited.ok())
    return context.out.Fail(audited.error());
  const auto report = finder.Report();
  if (!report.ok()) return context.out.Fail(report.error());
  context.out.Object("subject-report", SubjectJson(*report, context.language));
  for (const std::string& line : SubjectLines(*report, context.language)) context.out.Line(line);
  return kOk;
}

}  // namespace sam::admin
