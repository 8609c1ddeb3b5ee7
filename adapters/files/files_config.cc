#include "adapters/files/files_config.h"

#include <filesystem>
#include <optional>
#include <utility>

namespace sam::files {
namespace {

// Without dots, doubled and last slashes, to be compared.
std::string Plain(const std::string& path) {
  std::string out = std::filesystem::path(path).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

}  // namespace

void ReadFiles(config::Table& section, const std::string& folder, FilesConfig& out) {
  out.folder = kit::Under(folder, section.Text("folder"));
  while (out.folder.size() > 1 && out.folder.back() == '/') out.folder.pop_back();
  out.done = kit::Under(out.folder + "/", section.TextOr("done", "done"));
  out.failed = kit::Under(out.folder + "/", section.TextOr("failed", "failed"));
  for (const char* key : {"done", "failed"}) {
    const std::string& target = key[0] == 'd' ? out.done : out.failed;
    if (Plain(target) == Plain(out.folder))
      section.Fail(key, "another folder than the one that is watched");
  }
  out.attachments = kit::Under(out.folder + "/", section.TextOr("attachments", "."));
  out.patterns = section.TextList("patterns");
  if (out.patterns.empty())
    section.Fail("patterns", "the names that are taken, such as patterns = [\"ftv_*.csv\"]");
  out.baseline = section.TextList("baseline_patterns");
  if (section.BoolOr("baseline", false)) out.baseline = {"*"};
  out.stable_s = static_cast<int>(section.IntOr("stable_s", out.stable_s, 0, 3600));
  out.companion_only = section.BoolOr("companion_only", false);
  out.rescan_s = static_cast<int>(section.IntOr("rescan_s", out.rescan_s, 1, 3600));
  out.group_rows = static_cast<size_t>(section.IntOr("group_rows", 500, 1, 10'000));
  out.max_file_bytes = static_cast<uint64_t>(section.IntOr("max_file_mb", 256, 1, 65'536)) << 20;
  out.max_bad_percent = static_cast<int>(section.IntOr("max_bad_percent", 10, 0, 100));
  if (std::optional<config::Table> csv = section.Sub("csv")) out.csv = csv::ReadCsvOptions(*csv);
  if (std::optional<config::Table> xml = section.Sub("xml"))
    out.xml = xml::ReadXmlOptions(*xml, folder);
}

}  // namespace sam::files
