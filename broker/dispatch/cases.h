// Cases: how what a social board's own system tells finds the report it is about (rows of kCase). The board
// knows the child as another subject than the sender does, and its system knows the report by the number
// of the case alone. Plain values and pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "schemas/event.capnp.h"

namespace sam::dispatch {

// What a board tells of a report (rows 30-32 of the catalogue), as a step of its ladder.
struct BoardStep {
  schema::LadderState state = schema::LadderState::UNKNOWN;
  Millis at;
  schema::Answer answer = schema::Answer::UNSET;
  SignalId signal;                   // empty: its system does not know it
  std::vector<std::string> numbers;  // of the intake, then of the inquiry; none is empty
};
// Empty: of another type, or it says nothing (a decision that is unknown).
std::optional<BoardStep> BoardStepOf(schema::Event::Reader event);

// Key of kCase: a hash of the authority's id and the number, and the offset of what told it.
std::string CaseKey(std::string_view authority, std::string_view number, Offset offset);
Offset CaseOffset(std::string_view key);
// Of one number. A case may hold several reports, and what is told may wait for each.
inline constexpr size_t kCaseRowsMax = 64;

struct CaseRow {
  SignalId signal;    // the report that is registered under the number
  EventId waits;      // or what was told of a case that no report is known for
  SubjectId subject;  // the report's, or of who is told about
  SubjectId teller;   // of who was told about, where that was told of the report; empty: by a receipt
};
std::string EncodeCase(const CaseRow& row);
Result<CaseRow> DecodeCase(std::string_view value);  // kCorrupt

}  // namespace sam::dispatch
