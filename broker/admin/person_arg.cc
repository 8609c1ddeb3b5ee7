#include "broker/admin/person_arg.h"

#include <unistd.h>

#include <iostream>

#include "adapters/hl7/personnummer.h"
#include "broker/admin/ask.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"

namespace sam::admin {

Result<const routing::Authority*> AuthorityNamed(const routing::Directory& directory,
                                                 const std::string& id) {
  std::string all;
  for (const routing::Authority& authority : directory.authorities()) {
    if (authority.id == id) return &authority;
    all.append(all.empty() ? "" : ", ").append(authority.id);
  }
  return Invalid("--authority: say which authority is asked, as directory.toml names it (" + all +
                 "): each answers for what it holds, and none for another");
}

Result<std::vector<PersonId>> ReadPersonNames(const std::string& system) {
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

// It goes first: what cannot be audited is not shown.
Status AuditPerson(Context& context, const char* action, const SubjectId& subject,
                   const std::string& authority, const std::string& reason) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setRole(context.role.c_str());
  auto row = request.initAudit();
  row.setAction(action);
  row.setReason(reason.c_str());
  row.initFields(1).set(0, authority.c_str());
  if (!subject.empty())
    row.setSubject(capnp::Data::Reader(subject.bytes.data(), subject.bytes.size()));
  const auto asked = Ask(context.config.admin_socket, message, 10'000);
  if (asked.ok()) return Ok();
  if (asked.error().code == Code::kUnavailable)
    return Unavailable("this can be done only while the hub runs, since it must be audited first: " +
                       asked.error().message);
  return asked.error();
}

}  // namespace sam::admin
