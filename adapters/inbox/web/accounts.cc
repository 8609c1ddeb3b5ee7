#include "adapters/inbox/web/accounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/config/toml.h"

namespace sam::inbox::web {

namespace {

constexpr size_t kNameMax = 64;
constexpr size_t kFingerprint = 64;

bool IsName(std::string_view name) {
  return name.size() >= 2 && name.size() <= kNameMax &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-@") == std::string::npos;
}

Status Failed(const std::string& what, const std::string& path) {
  return Unavailable(what + " " + path + ": " + std::strerror(errno));
}

Status WriteSynced(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("writing", path);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return ::fsync(fd) == 0 ? Ok() : Failed("syncing", path);
}

Status SyncFolder(const std::string& path) {
  std::error_code error;  // no current folder: then opening it says so
  const std::string folder = std::filesystem::absolute(path, error).parent_path().string();
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("opening", folder);
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced ? Ok() : Failed("syncing", folder);
}

std::string StampOf(const std::string& path) {
  struct stat seen {};
  if (::stat(path.c_str(), &seen) != 0) return "-";
  return std::to_string(seen.st_ino) + "," + std::to_string(seen.st_size) + "," +
         std::to_string(seen.st_mtim.tv_sec) + "." + std::to_string(seen.st_mtim.tv_nsec);
}

}  // namespace

const char* RoleName(Role role) { return role == Role::kRegistrar ? "registrar" : "reader"; }

Result<AccountBook> AccountBook::Load(const std::string& path) {
  AccountBook out;
  struct stat seen {};
  if (::stat(path.c_str(), &seen) != 0) return out;
  if ((seen.st_mode & 077) != 0)
    return Denied("accounts file " + path + " can be read by others; chmod 600 it");
  SAM_ASSIGN(auto document, config::Document::Load(path));
  config::Table root = document.Root();
  for (config::Table& table : root.List("account")) {
    Account one;
    one.name = table.Text("name");
    one.role = table.OneOf("role", {"reader", "registrar"}) == 1 ? Role::kRegistrar : Role::kReader;
    one.disabled = table.BoolOr("disabled", false);
    one.certificate = table.TextOr("certificate", "");
    one.hash = table.Text("argon2id");
    out.accounts_.push_back(std::move(one));
  }
  SAM_TRY(document.Done());
  if (out.accounts_.size() > kAccountsMax) return Invalid(path + ": more than 1000 accounts");
  return out;
}

const Account* AccountBook::Find(std::string_view name) const {
  const auto found = std::find_if(accounts_.begin(), accounts_.end(),
                                  [&](const Account& one) { return one.name == name; });
  return found == accounts_.end() ? nullptr : &*found;
}

Status AccountBook::Put(Account account) {
  if (!IsName(account.name))
    return Invalid("an account's name is 2 to 64 of a-z 0-9 . _ - @, such as anna.svensson");
  account.certificate = LowerAscii(account.certificate);
  std::erase(account.certificate, ':');
  const bool hex = account.certificate.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!account.certificate.empty() && (account.certificate.size() != kFingerprint || !hex))
    return Invalid("a certificate is named by its SHA-256 fingerprint, 64 hex digits");
  const auto found = std::find_if(accounts_.begin(), accounts_.end(),
                                  [&](const Account& one) { return one.name == account.name; });
  if (found != accounts_.end()) {
    *found = std::move(account);
    return Ok();
  }
  if (accounts_.size() == kAccountsMax) return Exhausted("there are 1000 accounts already");
  accounts_.push_back(std::move(account));
  return Ok();
}

Status AccountBook::Disable(std::string_view name) {
  for (Account& one : accounts_) {
    if (one.name != name) continue;
    one.disabled = true;
    return Ok();
  }
  return NotFound("no account has this name; 'account list' shows them");
}

Status AccountBook::Save(const std::string& path) const {
  std::string text = "# Written by samsignal-inbox account. A running inbox reads it when it changes.\n";
  for (const Account& one : accounts_) {
    text.append("\n[[account]]\nname = \"").append(one.name).append("\"\nrole = \"");
    text.append(RoleName(one.role)).append("\"\n");
    if (one.disabled) text.append("disabled = true\n");
    if (!one.certificate.empty())
      text.append("certificate = \"").append(one.certificate).append("\"\n");
    text.append("argon2id = \"").append(one.hash).append("\"\n");
  }
  const std::string draft = path + ".new";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("opening", draft);
  const Status written = WriteSynced(fd, text, draft);
  ::close(fd);
  SAM_TRY(written);
  if (std::rename(draft.c_str(), path.c_str()) != 0) return Failed("renaming", draft);
  return SyncFolder(path);
}

Status Accounts::Read() {
  stamp_ = StampOf(path_);
  SAM_ASSIGN(book_, AccountBook::Load(path_));
  return Ok();
}

void Accounts::Refresh() {
  if (StampOf(path_) == stamp_) return;
  const Status read = Read();
  if (!read.ok()) log::Warn("web", "accounts-kept", {{"reason", read.error().message}});
}

}  // namespace sam::inbox::web
