#include "broker/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace sam {

const char* CodeName(Code code) {
  switch (code) {
    case Code::kInvalid: return "invalid";
    case Code::kDenied: return "denied";
    case Code::kConflict: return "conflict";
    case Code::kNotFound: return "not-found";
    case Code::kUnavailable: return "unavailable";
    case Code::kExhausted: return "exhausted";
    case Code::kCorrupt: return "corrupt";
    case Code::kInternal: return "internal";
  }
  return "internal";
}

void CheckFailed(const char* expression, const char* file, int line) {
  // stderr by hand: the logger may be what broke.
  std::fprintf(stderr, "level=critical event=check-failed at=%s:%d what=\"%s\"\n", file, line,
               expression);
  std::abort();
}

}  // namespace sam
