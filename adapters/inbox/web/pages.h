// The pages: rows in, HTML out. Nothing here changes anything or decides who may see it. Pure; the inbox's
// thread, since some read the inbox.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/inbox/held.h"
#include "adapters/inbox/inbox.h"
#include "adapters/inbox/web/forms.h"
#include "adapters/inbox/web/frame.h"
#include "adapters/inbox/words.h"

namespace sam::inbox::web {

std::string PathOf(const Row& row);  // "/signals/<32 hex digits>"
std::string PathOf(const SignalId& id);

edge::HttpResponse SignInPage(const Frame& frame, int status, const std::string& account,
                              const Faults& faults, const std::string& note);

struct ListView {
  std::vector<Row> rows;
  std::set<uint64_t> waits;  // numbers of those rows that wait for somebody here
  size_t unnamed = 0;        // held ones that wait for a receiver to be named
  uint64_t waiting = 0;
  uint64_t total = 0;
  uint64_t page = 1;
  uint64_t pages = 1;
  std::vector<std::string> alarms;  // gaps, damaged attachments
};
Result<edge::HttpResponse> ListPage(const Frame& frame, const Inbox& inbox, const ListView& view,
                                    Millis now);

// One signal. `form`: what was entered and has `faults`; `done`: the text id of what has just been done.
struct SignalView {
  const Row& row;
  Form form = {};
  Faults faults = {};
  std::string done = {};
  std::optional<HeldSignal> hold = {};  // of a hold: how what it tells of stands now; none: not held any more
};
Result<edge::HttpResponse> SignalPage(const Frame& frame, const Inbox& inbox,
                                      const SignalView& view, Millis now);

// Begins the fields of who phoned in, in the form that sends a report on.
inline constexpr char kOnward[] = "onward_";
// What will be said, once more before it is sent: it is never taken back.
edge::HttpResponse ConfirmPage(const Frame& frame, const Row& row, const Form& form,
                               const std::vector<std::pair<std::string, std::string>>& facts,
                               const std::string& action);

// For paper: the id, boxes to fill in by hand, then what the signal says.
Result<edge::HttpResponse> PrintPage(const Frame& frame, const Inbox& inbox, const Row& row,
                                     const std::string& return_to, Millis now);

// Shared by the signal's page and its print.
Status AddFacts(Html& out, const Frame& frame, const Inbox& inbox, const Row& row, Millis now);
Status AddContent(Html& out, const Frame& frame, const Row& row, bool technical);
void AddNote(Html& out, const char* kind, const std::string& text);
// The words of the answers that a signal of this kind may be given (contract/answers.h).
std::vector<std::string> AnswerWordsOf(const Summary& summary);
// What is said by a word, as its choice reads; registered without a case number reads otherwise.
std::string SayText(const Frame& frame, const std::string& word, bool needs_case);
// Of a hold: what ends it, and the form that names the receiver where that does (hold_page.cc).
Status AddHold(Html& out, const Frame& frame, const SignalView& view);

}  // namespace sam::inbox::web
