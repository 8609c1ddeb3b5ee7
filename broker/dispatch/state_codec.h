// SubjectState and timers <-> rows of spaces kState and kTimer. Deterministic: equal values give
// equal bytes, which is what the rebuild digest compares. Pure, any thread.
// Keys: subject, 16 bytes (kState); due time 8 bytes big-endian, subject 16 bytes, rule and step
// each with a length byte (kTimer), so that a scan finds what falls due first.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/mailbox/mailbox.h"
#include "broker/rules/effects.h"
#include "broker/rules/subject_state.h"
#include "broker/store/store.h"

namespace sam::dispatch {

// How a subject's row is written; both forms are read. Flat: Cap'n Proto as it is in memory. Packed: from
// fold edition 7 on, half the bytes, since most of a child's fields are empty most of the time.
enum class RowForm { kFlat, kPacked };
std::string EncodeState(const rules::SubjectState& state, RowForm form = RowForm::kPacked);
Result<rules::SubjectState> DecodeState(std::string_view bytes);  // kCorrupt

std::string TimerKey(const SubjectId& subject, const rules::ArmedTimer& timer);
std::string EncodeTimer(const rules::TimerSpec& timer);
struct FiledTimer {
  SubjectId subject;
  rules::TimerSpec timer;
};
Result<FiledTimer> DecodeTimer(std::string_view key, std::string_view bytes);  // kCorrupt

// The state of the subject, links followed; a default one when nothing is known.
Result<rules::SubjectState> ReadState(const Store& store, SubjectId subject);

// What delivery compares a waiting row with: the newest versions of config, consent and protection.
// Any thread; sees applied rows.
Result<mailbox::Versions> VersionsNow(const Store& store, SubjectId subject);
// Where in the log a date of the directory or of an agreement was last passed; 0: never. What was decided before is
// asked for again before it goes. In space kMeta. Any thread; sees applied rows.
inline constexpr std::string_view kValidKey = "valid";
Result<Offset> ValidSince(const Store& store);

// How far dispatch has come and what its own clock says. In space kMeta.
struct Mark {
  Offset cursor;
  Millis last_tick{-1};
  // After a change of rules: the first 8 bytes of the next subject to look at, and how far one input
  // goes. Width 0: no walk is under way.
  uint64_t walk_from = 0;
  uint64_t walk_width = 0;
  std::vector<std::pair<std::string, Millis>> since;  // Rule::since of rules that came or changed
  Offset backed_up;  // a verified backup holds all records below
  uint64_t early = 0;  // rows of kEarly
  uint64_t parts = 0;  // of attachments that wait for their report
  Millis backed_up_at{0};  // when the log was told of the newest verified backup; 0: never
  bool operator==(const Mark&) const = default;
};
inline constexpr std::string_view kMarkKey = "dispatch";
std::string EncodeMark(const Mark& mark);
Result<Mark> ReadMark(const Store& store);

}  // namespace sam::dispatch
