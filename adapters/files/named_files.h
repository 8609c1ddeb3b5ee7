// NamedFiles: the files that rows name, from the row that asks for one to the day that its sealed copy goes.
// Which row named which file is written in the row's own group (named_file.h), and nothing here counts
// before that group is durable.
// One thread, the store's writer. Owned by FileKeep, which does the sealing.
// Limits: NamedFile::kMaxRows rows of one file; in memory the name of each file that is kept.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/files/named_file.h"
#include "adapters/kit/row_files.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/result.h"

namespace sam::files {

class NamedFiles final : public kit::RowFiles {
 public:
  // All outlive it.
  NamedFiles(const KeepConfig& config, const kit::ConnectorParts& parts, const SecretKey& key)
      : config_(config), parts_(parts), key_(key) {}

  Status Load();

  void Begin(uint64_t raw, uint64_t fix_of) override;
  // The plain file; else the sealed copy of one that this very report named before.
  Result<std::string> Read(const std::string& name, const Mac16& about) override;
  Status End(const kit::MessageEnd& end) override;

  // Between groups: of the files that rows named meanwhile, and after Load of all, those to be sealed.
  Result<std::vector<NamedFile>> Due();
  // False: it was sealed, erased or given up meanwhile.
  bool IsPlain(const std::string& name, const std::string& link) const;
  std::string PathOf(const NamedFile& file) const { return config_.attachments + "/" + file.name; }

  // In an open group, these three. The plain file is gone: there is a sealed copy of it, or none.
  Status Sealed(const std::string& link);
  // It goes, sealed copy or plain file; what cannot be removed is left to the sender, and told. False:
  // it is waited for.
  Result<bool> Expire(const std::string& link);
  // Ends the notes of files that are not there, or that nobody waits for any more, and gives up what
  // could not be sealed since `oldest`.
  Status Sweep(const std::string& link, Millis oldest);
  std::vector<std::string> Links() const;

 private:
  struct Asked {
    std::string link;
    std::string name;
    Mac16 about;
    Stamp stamp;
  };
  Result<std::string> ReadSealed(const std::string& name, const Mac16& about);
  Status Ask(const std::string& name, const Mac16& about);
  bool IsOf(const NamedFile& file, const Mac16& about) const;
  void Note(const NamedFile& file);
  void Forget(const NamedFile& file);
  void GiveUp(const NamedFile& file);

  const KeepConfig& config_;
  kit::ConnectorParts parts_;
  const SecretKey& key_;
  std::map<std::string, std::string> plain_;        // name -> link, of files that are not sealed
  std::multimap<std::string, std::string> sealed_;  // of those that are
  std::map<std::string, std::string> touched_;      // link -> name, in groups since Due
  std::vector<Asked> asked_;                        // by the message at hand
  uint64_t raw_ = 0, fix_of_ = 0;                   // of it
};

}  // namespace sam::files
