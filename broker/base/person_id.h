// PersonId: an identity of a human being. It has no formatter, no operator<< and no implicit
// conversion, so logging one does not compile. Any thread, plain value.
// Reveal() is named to be noticed; tests/tidy lists the files that may call it.
#pragma once

#include <compare>
#include <string>
#include <utility>

namespace sam {

class PersonId {
 public:
  PersonId() = default;
  PersonId(std::string system, std::string value)
      : system_(std::move(system)), value_(std::move(value)) {}

  const std::string& system() const { return system_; }  // URI or OID: not personal
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const PersonId&) const = default;

 private:
  std::string system_;
  std::string value_;
};

}  // namespace sam
