// Cases: how what a social board's own system tells finds the report it is about (rows of kCase). The board
// knows the child as another subject than the sender does, and its system knows the report by the number
// of the case alone. Plain values and pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "schemas/event.capnp.h"

namespace sam::dispatch {

// What a board tells of a report (rows 30-32 of the catalogue), as a step of its ladder. Never by the number of
// the inquiry: one inquiry takes in many reports, and what was decided on one is no answer to another. That number
// only tells whose time is over when the inquiry is closed (inquiry_fold.cc).
struct BoardStep {
  schema::LadderState state = schema::LadderState::UNKNOWN;
  Millis at;
  schema::Answer answer = schema::Answer::UNSET;
  SignalId signal;     // empty: its system does not know it
  std::string intake;  // the number of the intake (aktualisering); empty: not told
  std::string inquiry;  // the number of the inquiry that a decision is about; empty: not told
  std::string finish_by;  // its last day as the board has prolonged it, YYYY-MM-DD; empty: by the rule
};
// Empty: of another type, or it says nothing (a decision that is unknown).
std::optional<BoardStep> BoardStepOf(schema::Event::Reader event);

// Key of kCase: a hash of the authority's id and the number, the offset of what told it, and the report it is
// told of (zero: what waits). One input may tell of several reports.
std::string CaseKey(std::string_view authority, std::string_view number, Offset offset,
                    const SignalId& signal);
Offset CaseOffset(std::string_view key);
// As a number of kCase: an inquiry may have the same one as an intake.
inline std::string InquiryNumber(std::string_view inquiry) { return std::string(1, '\1').append(inquiry); }
// Of one number. What is told stays for each report that is registered under it, before or after.
inline constexpr size_t kCaseRowsMax = 64;

// What no report is put to by then never came this way. An inquiry takes four months, and may be prolonged.
inline constexpr int64_t kCaseKeptMs = 366 * kDayMs;

struct CaseRow {
  SignalId signal;    // the report that is registered under the number
  EventId waits;      // or what was told of the case
  SubjectId subject;  // the report's, or of who is told about
  SubjectId teller;   // of who was told about, where that was told of the report; empty: by a receipt
};
std::string EncodeCase(const CaseRow& row);
Result<CaseRow> DecodeCase(std::string_view value);  // kCorrupt

}  // namespace sam::dispatch
