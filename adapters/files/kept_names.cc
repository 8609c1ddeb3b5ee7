#include "adapters/files/kept_names.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "adapters/files/folder.h"
#include "adapters/files/input_file.h"
#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/crypto/secret.h"

namespace sam::files {
namespace {

constexpr std::string_view kDraftBegin = ".sealing-";
constexpr const char* kReceiptEnds[] = {".ok", ".err"};
constexpr size_t kReceiptHead = 4096;  // the number stands among the first lines

constexpr std::string_view kOurReceipt = "{\n  \"v\": 1,";

bool IsOurReceipt(const std::string& path) {
  const Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return false;
  const Result<std::string> text = file->Read(0, kOurReceipt.size());
  return text.ok() && *text == kOurReceipt;
}

std::set<std::string> NamesIn(const std::string& folder) {
  std::set<std::string> out;
  const std::unique_ptr<DIR, CloseFolder> listing(::opendir(folder.c_str()));
  if (!listing) return out;
  while (const dirent* entry = ::readdir(listing.get()))
    if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN) out.insert(entry->d_name);
  return out;
}

std::optional<KeptName> Judge(const std::string& folder, const std::string& name,
                              const std::set<std::string>& names) {
  using What = KeptName::What;
  if (name.starts_with(kDraftBegin)) return KeptName{What::kDraft, folder, name};
  if (name.starts_with(".")) return std::nullopt;  // no sender's
  for (const char* end : kReceiptEnds)
    if (names.count(name + end) > 0) return KeptName{What::kPlain, folder, name};
  if (name.ends_with(kSealedEnd))
    return KeptName{What::kSealed, folder,
                    name.substr(0, name.size() - std::string_view(kSealedEnd).size())};
  for (const char* end : kReceiptEnds)
    if (name.ends_with(end)) return KeptName{What::kReceipt, folder, name};
  return std::nullopt;
}

}  // namespace

std::string KeptName::path() const {
  return what == What::kSealed ? SealedPath(folder, name) : folder + "/" + name;
}

std::string SealedPath(const std::string& folder, const std::string& name) {
  return folder + "/" + name + kSealedEnd;
}

std::string DraftPath(const std::string& folder) {
  return folder + "/" + std::string(kDraftBegin) + ToHex(RandomBytes(8));
}

std::vector<KeptName> KeptNames(const KeepConfig& config) {
  std::vector<KeptName> out;
  for (const std::string& folder : std::set<std::string>{config.done, config.failed}) {
    const std::set<std::string> names = NamesIn(folder);
    for (const std::string& name : names)
      if (std::optional<KeptName> kept = Judge(folder, name, names)) out.push_back(std::move(*kept));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const KeptName& a, const KeptName& b) { return a.name < b.name; });
  return out;
}

bool IsOurs(const KeptName& kept) {
  if (kept.what == KeptName::What::kReceipt) return IsOurReceipt(kept.path());
  return std::any_of(std::begin(kReceiptEnds), std::end(kReceiptEnds),
                     [&](const char* end) { return IsOurReceipt(kept.path() + end); });
}

uint64_t NumberInReceipt(const std::string& folder, const std::string& name) {
  constexpr std::string_view kField = "\"file\": ";
  for (const char* end : kReceiptEnds) {
    const Result<InputFile> file = InputFile::Open(folder + "/" + name + end);
    if (!file.ok()) continue;
    const Result<std::string> text = file->Read(0, kReceiptHead);
    const size_t at = text.ok() ? text->find(kField) : std::string::npos;
    if (at == std::string::npos) continue;
    const std::string_view rest = std::string_view(*text).substr(at + kField.size());
    return ReadNumber(rest.substr(0, rest.find(','))).value_or(0);
  }
  return 0;
}

void RemoveReceipts(const std::string& folder, const std::string& name) {
  for (const char* end : kReceiptEnds) {
    std::string path = folder;
    path.append("/").append(name).append(end);
    ::unlink(path.c_str());
  }
}

}  // namespace sam::files
