#include "adapters/kit/dynamic.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <string>

namespace sam::kit {

Status Guarded(std::string_view what, Code code, const std::function<Status()>& body) {
  try {
    return body();
  } catch (const std::exception& exception) {
    const std::string text = exception.what();
    return Error{code, std::string(what) + ": " + text.substr(0, text.find('\n'))};
  }
}

int ParseCommandLine(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return -1;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
}

}  // namespace sam::kit
