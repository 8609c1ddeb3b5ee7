// NamedFile: what is known of a file that rows named, as a mark of the store: which messages they were,
// and whether it is sealed by now. Shared by who seals and who erases; it lives as long as the file is
// kept. The mark is called by a random link, which the sealed copy bears too: names may be persons'.
// The store's writer thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/files/input_file.h"
#include "adapters/files/keep_config.h"
#include "adapters/files/kept_names.h"
#include "adapters/kit/adapter_store.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/secret.h"

namespace sam::files {

struct RowLink {
  Mac16 about;              // as RowFiles::Read; empty: another file lay under the name then
  uint64_t raw = 0;         // numbers in the store; 0: none
  uint64_t quarantine = 0;
  uint64_t fix = 0;
};

struct NamedFile {
  enum class State {
    kWaiting,  // its rows lie in quarantine
    kTaken,    // a row was taken: it is to be sealed
    kSealed,
  };
  static constexpr size_t kLinkBytes = 16;
  static constexpr size_t kMaxRows = 500;  // so that its mark stays small; each group writes it anew
  std::string link;
  std::string name;
  State state = State::kWaiting;
  Stamp stamp;  // of the plain file
  Millis at;    // when a row named it last
  std::vector<RowLink> rows;
};

std::string EncodeNamed(const NamedFile& file);
Result<NamedFile> DecodeNamed(const std::string& link, std::string_view bytes);

Result<std::optional<NamedFile>> FindNamed(kit::AdapterStore& store, const std::string& link);
void PutNamed(kit::AdapterStore& store, const NamedFile& file);
void DropNamed(kit::AdapterStore& store, const std::string& link);
// Of what is durable.
Status EachNamed(kit::AdapterStore& store, const std::function<void(NamedFile)>& visit);

// A row of it lies open in quarantine: it is needed when that is sent again.
Result<bool> IsWaitedFor(kit::AdapterStore& store, const NamedFile& file);

// Names in done/ that its sealed copy may have: its own, and one for when that is another's.
std::vector<std::string> SealedNames(const std::string& name, const std::string& link);
// Longest name whose other one fits with all endings.
inline constexpr size_t kLongestNamed = 239;
std::optional<KeptName> SealedCopyOf(const KeepConfig& config, const std::string& name,
                                     const std::string& link, const SecretKey& key);

}  // namespace sam::files
