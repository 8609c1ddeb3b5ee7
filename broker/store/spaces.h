// The hub's key spaces, in the order they are opened. Only additions at the end.
// Drawing and key layouts: FORMAT.md.
// Constants; any thread. Which thread writes which space: broker/README.md.
#pragma once

#include <string>
#include <vector>

#include "broker/store/store.h"

namespace sam::spaces {

inline constexpr Space kMeta{0};      // hub identity, format, dispatch cursor
inline constexpr Space kJournal{1};   // offset -> RecordHeader
inline constexpr Space kPayload{2};   // offset -> SealedPayload
inline constexpr Space kTree{3};      // level, index -> Merkle node (every eighth level)
inline constexpr Space kDedupe{4};    // message key -> DedupeRow
inline constexpr Space kEvent{5};     // event id -> offset
// Derived by dispatch; the rebuild digest covers these in this order.
inline constexpr Space kState{6};     // subject -> what rules and gate know of it
inline constexpr Space kTimer{7};     // due time, subject, code -> timer
inline constexpr Space kSignal{8};    // signal id -> ladder and where it went
inline constexpr Space kMailbox{9};   // subscription, lane, sequence -> MailboxRow
inline constexpr Space kLane{10};     // subscription, lane -> LaneState
inline constexpr Space kConfig{11};   // configuration versions loaded, as dispatch saw them
// Signal id (16), offset (8) -> nothing: answers about a signal that is not decided yet.
inline constexpr Space kEarly{12};
// Attachments of reports: which parts there are, where, and those that wait for their report. Keys:
// broker/dispatch/part_rows.h.
inline constexpr Space kPart{13};
// Subscription, lane -> 8 bytes big-endian: numbers from here on have left for nobody (Progress).
inline constexpr Space kOffered{14};
// Hash of an order's number (16), offset (8) -> event id, subject: examinations that were ordered; and what ended it
// (event id, offset), and of whom something was told for it (subjects).
inline constexpr Space kOrder{15};

// Kind of time limit, zero byte, signal id -> subject (16) and the time it ran out: not kept yet.
inline constexpr Space kOverdue{16};

// As kOrder -> event id, subject: what was told of examinations whose order is not known yet.
inline constexpr Space kAnswer{17};

// Hash of authority and case number (16), offset (8), report (16, or zero) -> report or event, and whose: what a
// board's own system calls a report, and what it told of the case (broker/dispatch/cases.h).
inline constexpr Space kCase{18};

// Subject -> when its key was forgotten, and the command that asked for it (broker/dispatch/disposal.h).
inline constexpr Space kErased{19};

inline std::vector<std::string> HubNames() {
  return {"meta", "journal", "payload", "tree", "dedupe", "event",
          "state", "timer", "signal", "mailbox", "lane", "config", "early",
          "part", "offered", "order", "overdue", "answer", "case", "erased"};
}
// What stands in them was said of a person: sealed on disk (SealedStore). The other spaces hold
// offsets, random ids and keyed hashes.
inline std::vector<Space> Personal() { return {kState, kTimer, kSignal}; }
inline std::vector<Space> Derived() {
  return {kState, kTimer, kSignal, kMailbox, kLane, kConfig, kEarly, kPart, kOffered, kOrder,
          kOverdue, kAnswer, kCase, kErased};
}

}  // namespace sam::spaces
