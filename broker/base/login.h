// Who a process of this machine acts for, by the kernel's word: the user that logged in
// (/proc/PID/loginuid, set once by the login and kept through su and sudo), else the user that the
// process runs as. What a program says of itself is never asked: an audit row names a person.
// Any thread. Reads /proc and the user database at each call.
#pragma once

#include <sys/types.h>

#include <string>

namespace sam {

struct LocalProcess {
  uid_t uid = 0;
  pid_t pid = 0;
};

LocalProcess ThisProcess();

// The login name, or "uid 1234" when the user database has none.
std::string LoginName(const LocalProcess& process);

}  // namespace sam
