// The inbox's facts in words, for the terminal and for pages alike: in Swedish or English, labels from
// the schema. They name no person. Pure; any thread that may read the row.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <capnp/schema.h>

#include "adapters/inbox/attachments.h"
#include "adapters/inbox/rows.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

template <typename Enum>
std::string Enumerant(Enum value) {
  const auto list = capnp::Schema::from<Enum>().getEnumerants();
  const auto index = static_cast<uint16_t>(value);
  return index < list.size() ? std::string(list[index].getProto().getName().cStr())
                             : std::to_string(index);
}

// What a list tells of a signal.
struct Summary {
  std::string code = "?";
  char legal_class = '-';
  bool acute = false;
  bool test = false;
  bool awaits_answer = false;
  int64_t due = 0;    // the first of its time limits that nothing has been said to yet; 0: none
  std::string clock;  // the text id of that one
};
Result<Summary> SummaryOf(const Row& row);

// Whether the step that a time limit waits for has been told. Limits of other kinds stay open.
bool ClockMet(std::string_view kind, const Row& row, bool awaits_answer);
// A limit that only the hub knows the end of.
bool IsByEvent(std::string_view kind);
// Whether it has passed, as far as this inbox can know.
bool RunOut(std::string_view kind, Millis due, const Row& row, Millis now);
bool RankMeets(std::string_view kind, int rank, bool awaits_answer);  // the same of a step's rank on the ladder

std::string ShortId(const SignalId& id);  // the first 8 hex digits
std::string Term(const char* field, contract::Language language);  // of InboxRow
// A notice tells what it tells of: "Report of concern 3fa94c21: registered 2026-03-02 10:15".
std::string StateText(const Row& row, contract::Language language);
// SIG-A1 by its name: "Report of concern"; the code itself when this build does not know it.
std::string KindText(const std::string& code, contract::Language language);
// What a receipt, an answer, a hold or a limit tells about which signal; empty: it is no such notice.
struct Tells {
  SignalId about;
  std::string code;  // empty: not told
  LadderState step = LadderState::UNKNOWN;
  Answer answer = Answer::UNSET;
  Millis at;
  std::string clock;
  bool over = false;  // the limit `clock` has been met, and not run out
  bool hold = false;
};
std::optional<Tells> TellsOf(const Row& row);
// The newest reminder of a limit that is not met yet; empty: none.
std::string RemindedText(const Row& row, contract::Language language);
std::string StepText(const Step& step, contract::Language language);
// As StepText; an answer that another one stands in place of is told to be corrected.
std::string StepText(const Row& row, const Step& step, contract::Language language);
std::string GroupText(size_t count, contract::Language language);  // of reports about the same child
std::string NumberText(const NumberRow& number, contract::Language language);
std::string IntakeText(const intake::Entry& entry, contract::Language language);
std::string ProgressText(const FileRow& file, contract::Language language);
// How far attachment `one` of the report is on its way into the social system; empty: it does not go there.
std::string FilingText(const std::optional<intake::Entry>& entry, const Listed& one,
                       contract::Language language);

}  // namespace sam::inbox
