// Events of a mixed working day about many children, made beforehand: only their ids, times and children
// differ from one to the next, so that making them costs next to nothing. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/ids.h"

namespace sam::bench {

class RulesFeed {
 public:
  RulesFeed();

  // The registration of child number `i`, three days after it was born: one on each of kDays days up to
  // 1 June 2025. Then event number `i` of the day. Valid until the next call.
  static constexpr uint64_t kDays = 32;
  const std::string& Registration(uint64_t i, Millis at);
  const std::string& Event(uint64_t i, Millis at) { return Next(mix_[i % mix_.size()], i, at); }

  static SubjectId ChildOf(uint64_t child);
  static EventId EventOf(uint64_t i);

 private:
  struct Form {
    std::string bytes;
    size_t id = 0;  // where the event's id and its time stand
    size_t at = 0;
    size_t born = 0, from = 0;  // dates of the registration
  };
  static const std::string& Next(Form& form, uint64_t i, Millis at);

  Form registered_;
  std::vector<std::string> dates_;  // of birth, then of registration
  std::vector<Form> mix_;
};

}  // namespace sam::bench
