#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sam::tidy {
namespace {

bool Skipped(const std::string& name) {
  return name == "build" || name == ".git" || name == "node_modules" || name == ".cache";
}

}  // namespace

bool SourceFile::IsCode() const { return path.ends_with(".h") || path.ends_with(".cc"); }

std::string SourceFile::Room() const {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::vector<SourceFile> LoadTree() {
  namespace fs = std::filesystem;
  const fs::path root = SAM_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && Skipped(it->path().filename().string())) {
      it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file()) continue;
    SourceFile file;
    file.path = fs::relative(it->path(), root).string();
    std::ifstream in(it->path(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    file.text = text.str();
    std::string line;
    for (std::stringstream lines(file.text); std::getline(lines, line);) file.lines.push_back(line);
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::string WithoutComments(const std::string& line) {
  bool quoted = false;
  for (size_t i = 0; i + 1 < line.size(); ++i) {
    if (line[i] == '\\') ++i;
    else if (line[i] == '"') quoted = !quoted;
    else if (!quoted && line[i] == '/' && line[i + 1] == '/') return line.substr(0, i);
  }
  return line;
}

}  // namespace sam::tidy
