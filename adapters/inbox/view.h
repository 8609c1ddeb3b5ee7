// How the inbox shows signals: tables and pages for people (Swedish or English, labels from the
// schema), JSON for programs. A list names no person; a page shows all the receiver was sent,
// since it is the receiver's own. Pure; any thread that may read the Inbox.
#pragma once

#include <string>

#include "adapters/inbox/inbox.h"
#include "adapters/inbox/words.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

// A page of at most kListPage rows from arrival number `from`; 0: the newest page. A list of years of
// signals would not go through the local door in one piece.
inline constexpr uint64_t kListPage = 1000;
Result<std::string> ListText(const Inbox& inbox, const std::string& function,
                             contract::Language language, uint64_t from = 0);
// {"v":1,"signals":[...],"numbers":[...],"next":N}; next 0: that was the last page.
Result<std::string> ListJson(const Inbox& inbox, uint64_t from = 0);
// Who did what, in order, at most kListPage rows from number `from` (0: the newest page); with an id only
// what was done with that signal, and then from the first on.
Result<std::string> AuditText(const Inbox& inbox, contract::Language language, uint64_t from,
                              const std::string& id);
Result<std::string> AuditJson(const Inbox& inbox, uint64_t from, const std::string& id);
// The checkpoint that is kept, as the hub signed it, with whether the newest one told goes on from it.
std::string CheckpointText(const Witness& witness, contract::Language language);
std::string CheckpointJson(const Witness& witness);
std::string CheckpointAlarm(const Witness& witness, contract::Language language);  // a line, or nothing
// Counts, and what waits for a person.
Result<std::string> StatusText(const Inbox& inbox, const std::string& function,
                               contract::Language language);
Result<std::string> StatusJson(const Inbox& inbox);
Result<std::string> ShowText(const Inbox& inbox, const Row& row, contract::Language language);
// One line: {"v":1,"number":..,"position":{..},"state":..,"attachments":[..],"signal":{..}} with all
// values. A row that takes another one back says how far that one is in the social system:
// "intake_taken_back".
Result<std::string> RowJson(const Inbox& inbox, const Row& row);
// One line, when an attachment has come to its end: {"v":1,"attachment":{"id":..,"number":..,...}}.
std::string AttachmentJson(const Attachments::Ended& ended);

}  // namespace sam::inbox
