// Accounts: the people who may sign in, in one file that `samsignal-inbox account` writes and a running
// inbox reads again when it changes. Passwords stand there as Argon2id. Mode 0600 or it is not read.
// A Book is a plain value; Accounts is owned by the site, its thread only.
// Limits: kAccountsMax accounts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::inbox::web {

enum class Role { kReader, kRegistrar };  // a registrar also confirms and answers
const char* RoleName(Role role);

struct Account {
  std::string name;         // a-z 0-9 . _ - @, 2 to 64
  Role role = Role::kReader;
  bool disabled = false;
  std::string certificate;  // SHA-256 of the client certificate it must be shown with; empty: any, or none
  std::string hash;         // Argon2id
};

class AccountBook {
 public:
  static constexpr size_t kAccountsMax = 1000;
  // A file that is not there is a book without accounts. kDenied: others may read it.
  static Result<AccountBook> Load(const std::string& path);
  const Account* Find(std::string_view name) const;
  const std::vector<Account>& all() const { return accounts_; }
  // Replaces password, role and certificate of one that is there, and lets it in again. kInvalid: the
  // name or the fingerprint cannot be one.
  Status Put(Account account);
  Status Disable(std::string_view name);  // kNotFound
  // Whole or not at all, synced, mode 0600.
  Status Save(const std::string& path) const;

 private:
  std::vector<Account> accounts_;
};

class Accounts {
 public:
  explicit Accounts(std::string path) : path_(std::move(path)) {}
  Status Read();
  // Reads the file when it is another than before; what was read last stays when it cannot be.
  void Refresh();
  const AccountBook& book() const { return book_; }

 private:
  std::string path_;
  std::string stamp_;
  AccountBook book_;
};

}  // namespace sam::inbox::web
