// Which person a command is about: the number comes on standard input, never in the command line, and the hub
// journals who asked, and why, before a word is shown. Main thread of a tool.
#pragma once

#include <string>
#include <vector>

#include "broker/admin/commands.h"
#include "broker/base/person_id.h"
#include "broker/routing/directory.h"

namespace sam::admin {

// kInvalid: no such authority, with the ids there are.
Result<const routing::Authority*> AuthorityNamed(const routing::Directory& directory,
                                                 const std::string& id);
// The number on standard input as adapters write it, under each name that its system goes by; or as it is, under
// `system`.
Result<std::vector<PersonId>> ReadPersonNames(const std::string& system);
// The audit row, of a miss too. kUnavailable: the hub does not run; kDenied: not this role.
Status AuditPerson(Context& context, const char* action, const SubjectId& subject,
                   const std::string& authority, const std::string& reason);

}  // namespace sam::admin
