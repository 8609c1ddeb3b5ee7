// What a child's state holds of the facts that rules name: taking them in, and looking at them in one
// way wherever they are kept. A fact is kept only when a rule in force asks for it (RuleSet::kept):
// nothing is gathered about a child that nobody has decided to look at. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/rules/event_view.h"
#include "broker/rules/rule_set.h"
#include "broker/rules/subject_state.h"

namespace sam::rules {

// One fact, seen where it lies; lives no longer than the state it was seen in is left alone.
struct Seen {
  Millis at;
  uint16_t kind = 0;
  uint16_t detail = 0;
  int32_t value = 0;
  bool baseline = false;
  Offset offset;
  const EventId* events = nullptr;  // the tellings of it, at least one
  size_t tellings = 0;
  std::string_view key;
  std::string_view code;  // visit code

  const EventId& event() const { return *events; }
  bool Told(const EventId& id) const {
    for (size_t i = 0; i < tellings; ++i)
      if (events[i] == id) return true;
    return false;
  }
};

// All that fit one of `wanted`, by time. Of a wrong clock too: the caller looks at `at`.
std::vector<Seen> SeenOf(const SubjectState& state, const FactList& wanted);

// Some fact fits: what SeenOf would show is not empty, but for visits made after all.
bool HasAny(const SubjectState& state, const FactList& wanted);

// Some list that `wanted` looks at has reached its limit: what is not seen may have been there.
bool MayHaveLost(const SubjectState& state, const FactList& wanted);

// Kind 0: the event tells nothing that a rule may name, or the state keeps it in another list.
Fact FactOf(const EventView& view);
// The event's fact, if the rules keep it; told again it is the same one.
void TakeFact(SubjectState& state, const EventView& view, const RuleSet& rules);
// `since_fold_8`: of one missed visit the reason counts whichever of its tellings names it.
void PutFact(SubjectState& state, Fact fact, bool since_fold_8);

// A corrected telling takes the place of the one it replaces, in the evidence of prompts too. False:
// that one is not known, or is of another kind.
bool CorrectFact(SubjectState& state, const EventView& view, const RuleSet& rules);
// The number of the order that this telling named; or that a booking with this number is for. Empty: none is known.
std::string OrderToldBy(const SubjectState& state, const EventId& event);
std::string OrderOfBooking(const SubjectState& state, std::string_view number);
// The booking that is told was not cancelled since (true of all that is none).
bool IsBooked(const SubjectState& state, const EventView& view);

// The corrected telling's new name, in the evidence of prompts.
void RenameEvidence(SubjectState& state, const EventView& view, const RuleSet& rules);
void DropFact(SubjectState& state, const EventId& event);

// What held before this event changed it, until it is taken back (kinds protectionWas, municipalityWas).
void NoteBefore(SubjectState& state, const EventView& view, uint16_t kind, int32_t value,
                const std::string& key);
std::optional<Fact> TakeBefore(SubjectState& state, const EventId& event, uint16_t kind);

void MergeFact(SubjectState& into, Fact& fact, bool since_fold_8);

// Who owns the rule's prompts about this child: the BVC unit, or the clinic that told last. Empty:
// nobody yet.
const std::string& OwnerUnit(const SubjectState& state, std::string_view owner);
const Fact* ClinicOf(const SubjectState& state);

}  // namespace sam::rules
