// The repository as the house rules see it: every tracked text file, its room and its lines.
#pragma once

#include <string>
#include <vector>

namespace sam::tidy {

struct SourceFile {
  std::string path;  // from the repository root
  std::string text;
  std::vector<std::string> lines;
  bool IsCode() const;      // .h .cc
  std::string Room() const; // "broker/journal", "adapters/hl7", "broker" for broker/main.cc
};

std::vector<SourceFile> LoadTree();           // build output and .git left out
std::string WithoutComments(const std::string& line);  // cuts // comments outside of strings

}  // namespace sam::tidy
