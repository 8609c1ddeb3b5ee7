// KeptRig: a feed with the commands on the files that it keeps.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adapters/files/kept_folder.h"
#include "adapters/kit/commands.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {

inline constexpr const char* kChild = "20210325K069";

struct KeptRig : FilesRig {
  std::optional<KeptFolder> kept;
  std::optional<kit::Commands> commands;

  void Begin() {
    Start();
    Commands();
  }
  void Commands() {
    kept.emplace(*files, config.keep.raw, *store);
    commands.emplace(*store, *pipeline);
    commands->SetKept(&*kept);
  }
  std::string Say(const kit::Words& words) {
    const Result<std::string> text = commands->Run(words, "anna");
    return text.ok() ? *text : "refused: " + text.error().message;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> out;
    for (const KeptName& one : KeptNames(*files))
      out.push_back(std::filesystem::relative(one.path(), folder.path()));
    return out;
  }
};

inline std::string RowOf(const std::string& child, int n) {
  std::string row = MissedRow(n);
  return row.replace(row.find(kChild), std::string(kChild).size(), child);
}

}  // namespace sam::files::test
