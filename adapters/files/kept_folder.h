// KeptFolder: the kept files of a folder as the commands see them (kit/kept_files.h). Reads done/ and
// failed/ anew each time; names may be persons', so they are hidden like all content. Works beside a
// running FileKeep on the same thread: what is removed here gets no sealed copy there.
// One thread, the store's writer. Erasing reads every kept file: some seconds for each GB.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/files/keep_config.h"
#include "adapters/files/kept_names.h"
#include "adapters/files/named_file.h"
#include "adapters/files/sealed_file.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/kept_files.h"

namespace sam::files {

class KeptFolder final : public kit::KeptFiles {
 public:
  // Config and store outlive it.
  KeptFolder(const KeepConfig& config, int raw_days, kit::AdapterStore& store);

  Result<std::string> Run(const kit::Words& words, const std::string& operator_name) override;
  Result<uint64_t> Erase(const std::vector<std::string>& forms, bool dry_run) override;

 private:
  Result<std::string> List(const kit::Words& words, const std::string& operator_name);
  Result<std::string> Show(const kit::Words& words, const std::string& operator_name);
  Result<KeptName> Find(const std::string& file) const;
  Status Note(const std::string& operator_name, const std::string& subject,
              const std::string& reason);
  std::string Line(const KeptName& kept, bool json, bool reveal) const;
  // The files that a kept message of the person names, by their links.
  Result<std::set<std::string>> NamedBy(const std::vector<std::string>& forms,
                                        const std::vector<NamedFile>& files);
  Result<std::vector<KeptName>> FilesOf(const std::vector<std::string>& forms,
                                        const std::vector<KeptName>& all,
                                        std::vector<std::string>& links);
  Status Forget(const std::vector<std::string>& links);
  Result<bool> Mentioned(const KeptName& kept, const std::vector<std::string>& forms) const;

  // A file that is shown part by part: who looks at it, why, and what comes next.
  struct Look {
    std::string operator_name;
    std::string reason;
    std::string id;
    std::string path;
    uint64_t next = 0;  // 0: none
  };

  const KeepConfig& config_;
  int raw_days_;
  kit::AdapterStore& store_;
  SecretKey key_;
  Look look_;
};

// One of the forms stands in what the parts make together, each given in order; parts may cut a number.
class MentionSearch {
 public:
  explicit MentionSearch(const std::vector<std::string>& forms) : forms_(forms) {}
  bool Add(std::string_view part, bool last);  // true: found

 private:
  const std::vector<std::string>& forms_;
  std::string kept_;  // the end of what came before
  bool cut_ = false;  // there was more before it
};

}  // namespace sam::files
