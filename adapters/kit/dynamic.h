// The folder's one `catch`: Cap'n Proto's dynamic API and CLI11 throw and cannot be told not to;
// what calls them goes through here and comes back as a value. Any thread, pure.
#pragma once

#include <functional>
#include <string_view>

#include "broker/base/result.h"

namespace CLI {
class App;
}

namespace sam::kit {

// Runs `body`; an exception becomes `code` with "what: <first line of the exception>". Texts of
// Cap'n Proto name fields and types, never values.
Status Guarded(std::string_view what, Code code, const std::function<Status()>& body);

// Parses the command line. -1: go on; else the exit code (0 after --help or --version, 2 for wrong
// usage), with everything printed.
int ParseCommandLine(CLI::App& app, int argc, char** argv);

}  // namespace sam::kit
