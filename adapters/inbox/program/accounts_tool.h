// `samsignal-inbox account`: writes the accounts file of [web]. Passwords come from the terminal, unseen
// and twice, or as one line of standard input; never from an argument, which others could see.
// Called from main, once.
// Main thread of a tool, blocking. It writes the file whole; a running inbox reads it again.
#pragma once

#include <string>

#include "adapters/inbox/config.h"

namespace sam::inbox {

struct AccountCommand {
  std::string what;  // add, list, disable
  std::string name;
  std::string role = "reader";
  std::string certificate;
  bool json = false;
};

// kInvalid: no [web], or no such name, password or certificate. kNotFound: nobody to disable.
Status RunAccounts(const Config& config, const AccountCommand& command);

}  // namespace sam::inbox
