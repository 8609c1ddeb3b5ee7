#include "broker/contract/answers.h"

#include <algorithm>
#include <cctype>

#include <capnp/schema.h>

namespace sam::contract {
namespace {

using schema::Answer;

struct Kind {
  std::string_view code;
  std::vector<Answer> answers;
};

// An order (SIG-D1) is confirmed by being registered and answered by SIG-D2. What income support decides of a cost
// (SIG-B3-COST) is between the board and the guardian.
const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> all = {
      {"SIG-A1", {Answer::OPENED_INQUIRY, Answer::NOT_OPENED, Answer::ALREADY_ONGOING}},
      {"SIG-B1", {Answer::OFFERED, Answer::DECLINED, Answer::NOT_REACHED}},
      {"SIG-B2", {Answer::CONFIRMED, Answer::DECLINED}},
      {"SIG-B3", {Answer::OFFERED, Answer::DECLINED, Answer::NOT_REACHED}},
      {"SIG-B4", {Answer::ACCEPTED, Answer::DECLINED}},
      {"SIG-C1", {Answer::REACHED, Answer::NOT_REACHED, Answer::OTHER_CLINIC, Answer::MOVED}},
  };
  return all;
}

}  // namespace

const std::vector<Answer>& AnswersTo(std::string_view code) {
  static const std::vector<Answer> none;
  for (const Kind& kind : Kinds())
    if (kind.code == code) return kind.answers;
  return none;
}

bool IsAnswerTo(std::string_view code, Answer answer) {
  const auto& all = AnswersTo(code);
  return std::find(all.begin(), all.end(), answer) != all.end();
}

bool AwaitsAnswer(std::string_view code) { return code != "SIG-A1" && !AnswersTo(code).empty(); }

bool EndsWithAnswer(std::string_view clock) {
  return clock == "clock.offer" || clock == "clock.reply" || clock == "clock.confirm";
}

std::string AnswerWord(Answer answer) {
  const auto all = capnp::Schema::from<Answer>().getEnumerants();
  const auto number = static_cast<uint16_t>(answer);
  if (answer == Answer::UNSET || number >= all.size()) return "";
  std::string out;
  for (const char c : std::string_view(all[number].getProto().getName().cStr())) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper) out.push_back('-');
    out.push_back(upper ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : c);
  }
  return out;
}

std::optional<Answer> AnswerFromWord(std::string_view word) {
  for (const auto one : capnp::Schema::from<Answer>().getEnumerants()) {
    const auto answer = static_cast<Answer>(one.getOrdinal());
    if (answer != Answer::UNSET && AnswerWord(answer) == word) return answer;
  }
  return std::nullopt;
}

std::string AnswerWords(std::string_view code) {
  std::string out;
  for (const Answer answer : AnswersTo(code)) out.append(out.empty() ? "" : ", ").append(AnswerWord(answer));
  return out;
}

}  // namespace sam::contract
