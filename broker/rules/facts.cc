#include "broker/rules/facts.h"

#include <algorithm>

namespace sam::rules {
namespace {

using schema::FactKind;

// Numbers of bookings: two tellings with the same one are of the same visit.
bool NumbersOneHappening(uint16_t kind) {
  return kind == fact::Of(FactKind::DENTAL_VISIT_COMPLETED) ||
         kind == fact::Of(FactKind::DENTAL_VISIT_MISSED) ||
         kind == fact::Of(FactKind::DENTAL_VISIT_LATE_CANCELLED) ||
         kind == fact::Of(FactKind::VISIT_BOOKED);
}

// Without the order that it may be for: one system tells it, another does not.
std::string_view OwnNumber(const Fact& fact) {
  return std::string_view(fact.key).substr(fact.key.find(fact::kOrderEnds) + 1);
}
bool NamesOrder(const Fact& fact) { return fact.key.find(fact::kOrderEnds) != std::string::npos; }

bool SameHappening(const Fact& a, const Fact& b) {
  if (a.kind != b.kind) return false;
  if (!a.episode.empty() && a.episode == b.episode) return true;
  return NumbersOneHappening(a.kind) && !OwnNumber(a).empty() && OwnNumber(a) == OwnNumber(b);
}

bool Told(const Fact& fact, const EventId& event) {
  return std::find(fact.events.begin(), fact.events.end(), event) != fact.events.end();
}

// The oldest of a kind goes first, whenever it was told.
void KeepWithinLimits(SubjectState& state, uint16_t kind) {
  const auto older = [](const Fact& a, const Fact& b) {
    return a.at != b.at ? a.at < b.at : a.events.front() < b.events.front();
  };
  auto oldest = state.facts.end();
  size_t of_kind = 0;
  for (auto it = state.facts.begin(); it != state.facts.end(); ++it) {
    if (it->kind != kind) continue;
    ++of_kind;
    if (oldest == state.facts.end() || older(*it, *oldest)) oldest = it;
  }
  if (of_kind > kFactsOfKindMax) state.facts.erase(oldest);
  if (state.facts.size() > kFactsMax)
    state.facts.erase(std::min_element(state.facts.begin(), state.facts.end(), older));
}

void PutClinic(SubjectState& state, const EventView& view) {
  for (Fact& known : state.facts) {
    if (known.kind != fact::Of(FactKind::CLINIC)) continue;
    const bool newer = view.at != known.at ? known.at < view.at : known.events.front() < view.id;
    if (!newer) return;
    known.events = {view.id};
    known.offset = view.offset;
    known.at = view.at;
    known.key = view.unit;
    return;
  }
  Fact fact;
  fact.kind = fact::Of(FactKind::CLINIC);
  fact.key = view.unit;
  fact.events = {view.id};
  fact.offset = view.offset;
  fact.at = view.at;
  state.facts.push_back(std::move(fact));
}

bool Cancels(const Fact& cancelled, const Fact& booked) {
  if (cancelled.kind != fact::Of(FactKind::VISIT_CANCELLED) || OwnNumber(booked).empty()) return false;
  return cancelled.at >= booked.at &&
         cancelled.key == (NamesOrder(cancelled) ? std::string_view(booked.key) : OwnNumber(booked));
}

// Nothing is booked that was cancelled since, whichever was told first.
bool WasCancelled(const SubjectState& state, const Fact& booked) {
  return booked.kind == fact::Of(FactKind::VISIT_BOOKED) &&
         std::any_of(state.facts.begin(), state.facts.end(), [&](const Fact& f) { return Cancels(f, booked); });
}

// A visit that was made after all is no absence, whichever was told first.
bool WasAttended(const SubjectState& state, const Fact& missed) {
  if (missed.kind != fact::Of(FactKind::DENTAL_VISIT_MISSED) || missed.key.empty()) return false;
  return std::any_of(state.facts.begin(), state.facts.end(), [&](const Fact& f) {
    return f.kind == fact::Of(FactKind::DENTAL_VISIT_COMPLETED) && f.key == missed.key;
  });
}

bool Fits(const FactList& wanted, uint16_t kind, uint16_t detail) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const FactMatch& match) { return match.Fits(kind, detail); });
}

bool Wants(const FactList& wanted, uint16_t kind) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const FactMatch& match) { return match.kind == kind; });
}

uint16_t HomeDetail(const std::string& kind) {
  for (const auto one : {schema::HomeVisitKind::NEWBORN, schema::HomeVisitKind::M8,
                         schema::HomeVisitKind::EXTRA, schema::HomeVisitKind::JOINT})
    if (kind == HomeVisitKindName(one)) return static_cast<uint16_t>(one);
  return 0;
}

void SeeAttended(const SubjectState& state, const FactList& wanted, std::vector<Seen>& out) {
  for (const Attended& a : state.attended) {
    Seen seen;
    seen.kind = a.home ? fact::kHomeVisitCompleted : fact::kVisitCompleted;
    seen.detail = a.home ? HomeDetail(a.code) : uint16_t{0};
    if (!Fits(wanted, seen.kind, seen.detail)) continue;
    seen.at = a.at;
    seen.events = &a.event;
    seen.tellings = 1;
    seen.code = a.code;
    out.push_back(seen);
  }
}

}  // namespace

std::vector<Seen> SeenOf(const SubjectState& state, const FactList& wanted) {
  std::vector<Seen> out;
  if (Wants(wanted, fact::kVisitMissed))
    for (const Missed& m : state.missed)
      out.push_back({m.at, fact::kVisitMissed, 0, 0, m.baseline, m.offset, m.events.data(),
                     m.events.size(), {}, m.visit_code});
  if (!state.attended.empty()) SeeAttended(state, wanted, out);
  for (const Fact& f : state.facts)
    if (Fits(wanted, f.kind, f.detail) && !WasAttended(state, f) && !WasCancelled(state, f))
      out.push_back({f.at, f.kind, f.detail, f.value, f.baseline, f.offset, f.events.data(),
                     f.events.size(), f.key, {}});
  std::stable_sort(out.begin(), out.end(), [](const Seen& a, const Seen& b) {
    return a.at != b.at ? a.at < b.at : a.event() < b.event();
  });
  return out;
}

bool HasAny(const SubjectState& state, const FactList& wanted) {
  for (const FactMatch& match : wanted) {
    if (match.kind == fact::kVisitMissed && !state.missed.empty()) return true;
    if (match.kind >= fact::kVisitCompleted && !state.attended.empty()) return true;
    for (const Fact& f : state.facts)
      if (match.Fits(f.kind, f.detail)) return true;
  }
  return false;
}

bool MayHaveLost(const SubjectState& state, const FactList& wanted) {
  if (Wants(wanted, fact::kVisitMissed) && state.missed.size() >= kMissedMax) return true;
  if (state.facts.size() < kFactsOfKindMax) return false;
  if (state.facts.size() >= kFactsMax) return true;
  for (const FactMatch& match : wanted) {
    const auto count = std::count_if(state.facts.begin(), state.facts.end(),
                                     [&](const Fact& f) { return f.kind == match.kind; });
    if (static_cast<size_t>(count) >= kFactsOfKindMax) return true;
  }
  return false;
}

// One system tells why nobody came and another one does not. Of two reasons the one that is no sign stands (they are
// numbered that way), whichever was told first.
void TakeReason(Fact& known, uint16_t told) {
  if (told != 0 && (known.detail == 0 || told < known.detail)) known.detail = told;
}

void PutFact(SubjectState& state, Fact fact, bool since_fold_8) {
  for (Fact& known : state.facts) {
    if (known.kind == fact.kind && Told(known, fact.events.front())) return;
    if (!SameHappening(known, fact)) continue;
    if (known.events.size() < kTellingsMax) known.events.push_back(fact.events.front());
    // Booked anew under the number that was cancelled: it stands from then on.
    known.at = WasCancelled(state, known) && !WasCancelled(state, fact) ? fact.at : std::min(known.at, fact.at);
    if (known.episode.empty()) known.episode = std::move(fact.episode);
    if (known.key.empty() || (NamesOrder(fact) && !NamesOrder(known))) known.key = std::move(fact.key);
    known.baseline = known.baseline && fact.baseline;
    if (since_fold_8 && fact.kind == fact::Of(FactKind::DENTAL_VISIT_MISSED)) TakeReason(known, fact.detail);
    return;
  }
  const uint16_t kind = fact.kind;
  state.facts.push_back(std::move(fact));
  KeepWithinLimits(state, kind);
}

void TakeFact(SubjectState& state, const EventView& view, const RuleSet& rules) {
  if (rules.kept.none()) return;
  if (rules.kept[fact::Of(FactKind::CLINIC)] && !view.unit.empty() &&
      view.type.starts_with("dental."))
    PutClinic(state, view);
  Fact fact = FactOf(view);
  if (fact.kind != 0 && rules.kept[fact.kind]) PutFact(state, std::move(fact), rules.since_fold_8);
}

bool CorrectFact(SubjectState& state, const EventView& view, const RuleSet& rules) {
  if (view.status != schema::EventStatus::CORRECTED || rules.kept.none()) return false;
  Fact fact = FactOf(view);
  for (Fact& known : state.facts) {
    if (known.kind != fact.kind || !Told(known, view.replaces)) continue;
    std::replace(known.events.begin(), known.events.end(), view.replaces, view.id);
    known.at = fact.at;
    known.offset = fact.offset;
    // What another telling says of the reason is not unsaid by one that says nothing of it.
    const bool silent = rules.since_fold_8 && known.events.size() > 1 && fact.detail == 0 &&
                        known.kind == fact::Of(FactKind::DENTAL_VISIT_MISSED);
    if (!silent) known.detail = fact.detail;
    known.value = fact.value;
    known.key = std::move(fact.key);
    RenameEvidence(state, view, rules);
    return true;
  }
  return false;
}

std::string OrderOfBooking(const SubjectState& state, std::string_view number) {
  for (const Fact& known : state.facts)
    if (known.kind == fact::Of(FactKind::VISIT_BOOKED) && NamesOrder(known) && OwnNumber(known) == number)
      return known.key.substr(0, known.key.find(fact::kOrderEnds));
  return "";
}

std::string OrderToldBy(const SubjectState& state, const EventId& event) {
  for (const Fact& known : state.facts) {
    if (!Told(known, event)) continue;
    if (NamesOrder(known)) return known.key.substr(0, known.key.find(fact::kOrderEnds));
    if (known.kind == fact::Of(FactKind::HEALTH_EXAM) || known.kind == fact::Of(FactKind::DENTAL_EXAM)) return known.key;
    if (known.kind == fact::Of(FactKind::VISIT_CANCELLED)) return OrderOfBooking(state, known.key);
  }
  return "";
}

bool IsBooked(const SubjectState& state, const EventView& view) {
  return !WasCancelled(state, FactOf(view));
}

void RenameEvidence(SubjectState& state, const EventView& view, const RuleSet& rules) {
  for (Episode& episode : state.episodes)
    if (!rules.since_fold_5 || !RestsOnOneEvent(rules.Find(episode.rule)))
      std::replace(episode.evidence.begin(), episode.evidence.end(), view.replaces, view.id);
}

void NoteBefore(SubjectState& state, const EventView& view, uint16_t kind, int32_t value,
                const std::string& key) {
  Fact fact;
  fact.kind = kind;
  fact.events = {view.id};
  fact.offset = view.offset;
  fact.at = view.at;
  fact.value = value;
  fact.key = key;
  state.facts.push_back(std::move(fact));
  KeepWithinLimits(state, kind);
}

std::optional<Fact> TakeBefore(SubjectState& state, const EventId& event, uint16_t kind) {
  for (auto it = state.facts.begin(); it != state.facts.end(); ++it) {
    if (it->kind != kind || !Told(*it, event)) continue;
    Fact fact = std::move(*it);
    state.facts.erase(it);
    return fact;
  }
  return std::nullopt;
}

void DropFact(SubjectState& state, const EventId& event) {
  // One source taking back its telling takes back the happening: both told of the same one.
  std::erase_if(state.facts, [&](const Fact& f) { return Told(f, event); });
}

void MergeFact(SubjectState& into, Fact& fact, bool since_fold_8) {
  if (fact.kind == fact::Of(FactKind::CLINIC)) {
    for (Fact& known : into.facts) {
      if (known.kind != fact.kind) continue;
      if (known.at < fact.at) known = std::move(fact);
      return;
    }
  }
  const std::vector<EventId> tellings = fact.events;
  PutFact(into, std::move(fact), since_fold_8);
  for (Fact& known : into.facts) {
    if (!Told(known, tellings.front())) continue;
    for (const EventId& id : tellings)
      if (!Told(known, id) && known.events.size() < kTellingsMax) known.events.push_back(id);
  }
}

const Fact* ClinicOf(const SubjectState& state) {
  for (const Fact& f : state.facts)
    if (f.kind == fact::Of(FactKind::CLINIC)) return &f;
  return nullptr;
}

const std::string& OwnerUnit(const SubjectState& state, std::string_view owner) {
  static const std::string nobody;
  if (owner != "dental.clinic") return state.owner_unit;
  const Fact* clinic = ClinicOf(state);
  return clinic == nullptr ? nobody : clinic->key;
}

}  // namespace sam::rules
