// Rows of space kPart: attachments of reports as the fold knows them, without their bytes, which stand
// in the log. A message key is the journal's keyed hash of (source system, message id).
// Deterministic, pure, any thread. Values name the subject they belong to.
//   "r" message key (16)                                  PartReport: the report that key names
//   "e" report's event id (16)                            PartReport with subject and message key only
//   "p" message key, attachment (2), index (2)            PartRow: a part of a report that is known
//   "w" message key, offset (8)                           PartRow: waits for its report
// The first row of a report is made by its first part: a log without attachments leaves no row.
// Limits: kMaxAttachments and kMaxParts of broker/wire/limits.h, checked at ingress; kPartsWaitMax.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::dispatch {

// Parts that may wait for their reports, about a gigabyte of the log; further ones are never sent.
inline constexpr uint64_t kPartsWaitMax = 10'000;
// Signals of one report: the receivers it was raised for, one after the other.
inline constexpr size_t kPartSignalsMax = 8;
inline constexpr char kAttachmentCode[] = "ATTACHMENT";

struct PartRow {
  SubjectId subject;
  EventId event;
  Offset offset;
  uint16_t attachment = 0;
  uint16_t index = 0;
  uint16_t count = 0;
  uint64_t size = 0;
  bool operator==(const PartRow&) const = default;
};

struct PartReport {
  SubjectId subject;
  EventId event;
  Offset offset;
  std::string message_key;
  uint16_t attachments = 0;        // that it lists
  std::vector<SignalId> signals;   // oldest first
  bool operator==(const PartReport&) const = default;
};

std::string Encode(const PartRow& row);
std::string Encode(const PartReport& row);
Result<PartRow> DecodePart(std::string_view bytes);            // kCorrupt
Result<PartReport> DecodePartReport(std::string_view bytes);   // kCorrupt

std::string ReportKey(std::string_view message_key);
std::string ReportEventKey(const EventId& event);
std::string PartKey(std::string_view message_key, uint16_t attachment, uint16_t index);
std::string WaitingKey(std::string_view message_key, Offset offset);
// All rows of one letter under this message key lie in [first, second).
std::pair<std::string, std::string> PartRange(std::string_view message_key);
std::pair<std::string, std::string> WaitingRange(std::string_view message_key);

// Whose row it is; zero: not readable.
SubjectId OwnerOfPart(std::string_view key, std::string_view value);

}  // namespace sam::dispatch
