// The commands for whoever writes a mapping: map check | explain | coverage, test --against.
// Exit codes: 0 right, the same, all told; 8 something would be put aside (explain) or is different
// (--against); 65 mistakes (check); 2 usage; 3 no such file; others as the other commands.
// Main thread of a tool, blocking. `options` are the caller's and outlive the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sam::program {

struct MapOptions {
  std::string config;  // map check: or a mapping
  std::vector<std::string> files;
  std::string against;
  std::string reason;
  int last = 0;
  bool json = false;
  bool mask = false;
  bool reveal = false;
};

void AddMap(CLI::App& app, MapOptions& options);
// Options of `test` that compare two mappings; its config and files are the caller's.
void AddAgainst(CLI::App& test, MapOptions& options);

// Empty: not one of these commands.
std::optional<int> RunMap(const CLI::App& app, const MapOptions& options);
int TestAgainst(const MapOptions& options);

}  // namespace sam::program
