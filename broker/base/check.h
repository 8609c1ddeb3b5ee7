// SAM_CHECK aborts in every build: a broken invariant of our own is not survivable state; the log
// is on disk and the supervisor restarts us. Any thread.
// Bytes from outside may never reach a SAM_CHECK: bad input is a Result, never an abort.
#pragma once

namespace sam {
[[noreturn]] void CheckFailed(const char* expression, const char* file, int line);
}  // namespace sam

#define SAM_CHECK(expression)                                                   \
  do {                                                                          \
    if (!(expression)) [[unlikely]]                                             \
      ::sam::CheckFailed(#expression, __FILE__, __LINE__);                      \
  } while (false)
