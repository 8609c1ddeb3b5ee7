#include "adapters/sftp/remote_name.h"

#include <algorithm>

#include "adapters/files/folder.h"
#include "broker/base/text.h"

namespace sam::sftp {
namespace {

// One component that can stand in a folder, a terminal and a receipt without doing anything there.
bool IsPlain(const std::string& name) {
  if (name.empty() || name.size() > kMaxName || !IsValidUtf8(name)) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (c < 0x20 || c == 0x7f || c == '/' || c == '\\') return false;
    // U+0080..U+009F: control signs of terminals too.
    if (c == 0xc2 && i + 1 < name.size() && static_cast<unsigned char>(name[i + 1]) < 0xa0)
      return false;
  }
  return true;
}

bool IsOurs(const std::string& name) {
  return name.ends_with(kTaken) || name.ends_with(kRefused) || name.ends_with(".ok") ||
         name.ends_with(".err");
}

}  // namespace

NameKind KindOf(const std::string& name, const std::vector<std::string>& patterns) {
  if (name == "." || name == "..") return NameKind::kOther;
  if (!IsPlain(name)) return NameKind::kOdd;
  if (files::InTheMaking(name) || IsOurs(name)) return NameKind::kOther;
  if (files::IsCompanion(name)) return NameKind::kCompanion;
  return files::Fits(patterns, name) ? NameKind::kWanted : NameKind::kOther;
}

}  // namespace sam::sftp
