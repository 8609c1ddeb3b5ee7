#include "adapters/kit/words.h"

#include "broker/base/text.h"

namespace sam::kit {

std::string WordAt(const Words& words, size_t at) { return at < words.size() ? words[at] : ""; }

std::optional<std::string> ValueOf(const std::string& word, const std::string& field) {
  if (word.size() <= field.size() || word.compare(0, field.size(), field) != 0 ||
      word[field.size()] != '=')
    return std::nullopt;
  return word.substr(field.size() + 1);
}

Result<std::string> ReasonAt(const Words& words, size_t at) {
  std::string reason = WordAt(words, at);
  if (Trim(reason).empty()) return Denied("give a reason with --reason");
  return reason;
}

}  // namespace sam::kit
