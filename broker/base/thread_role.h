// Which thread may call what, checked by clang's thread-safety analysis; nothing under g++.
// A stage's methods are marked SAM_ON(journal_thread); calling one from a function that does not
// hold that role is a compile error in clang. SAM_CHECKed at run time by ThreadChecker.
#pragma once

#include <thread>

#include "broker/base/check.h"

#if defined(__clang__)
#define SAM_CAPABILITY(x) __attribute__((capability(x)))
#define SAM_ON(role) __attribute__((requires_capability(role)))
#define SAM_ENTER(role) __attribute__((assert_capability(role)))
#define SAM_OWNED_BY(role) __attribute__((guarded_by(role)))
#else
#define SAM_CAPABILITY(x)
#define SAM_ON(role)
#define SAM_ENTER(role)
#define SAM_OWNED_BY(role)
#endif

namespace sam {

// One per stage. Bound to the first thread that enters; a second thread aborts. Release() lets a
// stage be handed over once (built by main, run by its runner).
class SAM_CAPABILITY("thread role") ThreadRole {
 public:
  void Enter() SAM_ENTER(this) {
    if (owner_ == std::thread::id()) owner_ = std::this_thread::get_id();
    SAM_CHECK(owner_ == std::this_thread::get_id());
  }
  void Release() { owner_ = std::thread::id(); }

 private:
  std::thread::id owner_;
};

}  // namespace sam
