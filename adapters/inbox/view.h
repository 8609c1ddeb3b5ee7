// How the inbox shows signals: tables and pages for people (Swedish or English, labels from the
// schema), JSON for programs. A list names no person; a page shows all the receiver was sent,
// since it is the receiver's own. Pure; any thread that may read the Inbox.
#pragma once

#include <string>

#include "adapters/inbox/inbox.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

std::string ShortId(const SignalId& id);  // the first 8 hex digits
Result<std::string> ListText(const Inbox& inbox, const std::string& function,
                             contract::Language language);
Result<std::string> ListJson(const Inbox& inbox);  // {"v":1,"signals":[...],"numbers":[...]}
Result<std::string> ShowText(const Inbox& inbox, const Row& row, contract::Language language);
// One line: {"v":1,"number":..,"position":{..},"state":..,"signal":{..}} with all values.
Result<std::string> RowJson(const Row& row);

}  // namespace sam::inbox
