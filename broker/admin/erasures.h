// The list of who was erased: a text file beside the log, not in it, so that a backup from before does not bring
// anybody back. Backups carry it, and the folder they lie in has the union of all. A line a random number, with
// the time it was erased; nobody can be found by it. Any thread; whoever writes owns the file.
#pragma once

#include <map>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::admin {

using Erasures = std::map<SubjectId, Millis>;

// A file that is not there is empty. kCorrupt: a line is not readable, with its number.
Result<Erasures> ReadErasures(const std::string& path);
// Adds to what the file says; on disk on return. Writes nothing when nothing is new.
Status AddErasures(const std::string& path, const Erasures& more);

}  // namespace sam::admin
