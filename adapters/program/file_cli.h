// The words of `samsignal-adapter file`: what a file feed keeps of files that were worked through.
// Options outlive the parsing. One thread, main's.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sam::program {

struct FileOptions {
  std::string config;
  std::string file;    // of show: name, number or id
  std::string reason;  // into the audit
  bool reveal = false;
  bool json = false;
};

void AddFile(CLI::App& app, FileOptions& options);
// After `file` was named on the command line. The exit code.
int RunFile(const CLI::App& app, const FileOptions& options);

}  // namespace sam::program
