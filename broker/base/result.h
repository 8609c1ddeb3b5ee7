// Result<T>: a value or an Error whose code says what the caller does next.
// Any thread. Own type since std::expected is missing from clang 14 (we ship C++20).
// Dropping a Result is a compile error under -Werror.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "broker/base/check.h"

namespace sam {

// Codes name the caller's next step, not the callee's trouble.
enum class Code {
  kInvalid,      // the input is wrong: quarantine or refuse it, the same bytes will never pass
  kDenied,       // not allowed: refuse and audit
  kConflict,     // same key, other content, or a state that forbids this: tell both sides
  kNotFound,     // nothing there: the caller may create it or answer "unknown"
  kUnavailable,  // try again later with back-off
  kExhausted,    // a limit is reached: withdraw credit, refuse input, wait for room
  kCorrupt,      // stored bytes are not what was written: stop and alarm
  kInternal,     // our own mistake
};

const char* CodeName(Code code);  // stable lower-case word, used in metrics and --json

struct Error {
  Code code = Code::kInternal;
  std::string message;  // what, where, why, what next; never personal data
};

inline Error Invalid(std::string m) { return {Code::kInvalid, std::move(m)}; }
inline Error Denied(std::string m) { return {Code::kDenied, std::move(m)}; }
inline Error Conflict(std::string m) { return {Code::kConflict, std::move(m)}; }
inline Error NotFound(std::string m) { return {Code::kNotFound, std::move(m)}; }
inline Error Unavailable(std::string m) { return {Code::kUnavailable, std::move(m)}; }
inline Error Exhausted(std::string m) { return {Code::kExhausted, std::move(m)}; }
inline Error Corrupt(std::string m) { return {Code::kCorrupt, std::move(m)}; }
inline Error Internal(std::string m) { return {Code::kInternal, std::move(m)}; }

struct Unit {};

template <typename T = Unit>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Calling value() on an error is a programmer error and aborts.
  T& value() & {
    SAM_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    SAM_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    SAM_CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  const Error& error() const {
    SAM_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Unit>;
inline Status Ok() { return Status(Unit{}); }

// Puts context in front of an error's message: "reading peers.toml: line 3: ...".
inline Error Wrap(const std::string& context, const Error& error) {
  return {error.code, context + ": " + error.message};
}

}  // namespace sam

#define SAM_CONCAT_INNER(a, b) a##b
#define SAM_CONCAT(a, b) SAM_CONCAT_INNER(a, b)

// Returns the error to the caller, or goes on.
#define SAM_TRY(expression)                                      \
  do {                                                           \
    auto&& sam_try_result = (expression);                        \
    if (!sam_try_result.ok()) return sam_try_result.error();     \
  } while (false)

// SAM_ASSIGN(auto x, F()); binds the value or returns the error.
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration takes no parentheses.
#define SAM_ASSIGN_IMPL(temporary, target, expression)           \
  auto temporary = (expression);                                 \
  if (!temporary.ok()) return temporary.error();                 \
  target = std::move(temporary).value()
// NOLINTEND(bugprone-macro-parentheses)
#define SAM_ASSIGN(target, expression) \
  SAM_ASSIGN_IMPL(SAM_CONCAT(sam_assign_, __LINE__), target, expression)
