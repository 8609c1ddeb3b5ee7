#include "broker/rules/merge.h"

#include <algorithm>

#include "broker/rules/consents.h"
#include "broker/rules/facts.h"
#include "broker/rules/update.h"

namespace sam::rules {
namespace {

template <typename T>
void Union(std::vector<T>& into, std::vector<T>& from, size_t limit) {
  for (T& item : from) AddOnce(into, item, limit);
  from.clear();
}

bool Listed(const SubjectState& state) {
  return state.registered_at.value >= 0 && !state.transferred && !state.owner_unit.empty();
}

// Episodes of programme steps carry the registration in their key: one that was told under both
// identities is one, or the child would be prompted for again.
void RenameRegistration(SubjectState& state, Millis from, Millis to) {
  const std::string old = "@" + std::to_string(from.value);
  for (Episode& episode : state.episodes) {
    if (episode.key.size() <= old.size() || !episode.key.ends_with(old)) continue;
    episode.key.resize(episode.key.size() - old.size());
    episode.key += "@" + std::to_string(to.value);
  }
}

// The registration that goes on: one that stands before one that has ended, then the later one. The
// same unit told under both identities is one registration, known from its earlier day on.
void MergeRegistration(SubjectState& into, SubjectState& from) {
  const bool same = Listed(into) && Listed(from) && into.owner_unit == from.owner_unit;
  bool take = from.registered_at.value >= 0 &&
              (into.registered_at.value < 0 || from.registered_at > into.registered_at);
  if (same)
    take = from.registered_at < into.registered_at;
  else if (Listed(into) != Listed(from))
    take = Listed(from);
  if (same) {
    const Millis kept = take ? from.registered_at : into.registered_at;
    RenameRegistration(into, into.registered_at, kept);
    RenameRegistration(from, from.registered_at, kept);
  }
  if (!take) return;
  into.owner_unit = from.owner_unit;
  into.registered_at = from.registered_at;
  into.registered_event = from.registered_event;
  into.registered_offset = from.registered_offset;
  into.born_abroad = from.born_abroad;
  into.baseline = from.baseline;
  into.transferred = from.transferred;
}

void MergeMissed(SubjectState& into, Missed& missed) {
  for (Missed& known : into.missed) {
    const bool same = (!known.episode.empty() && known.episode == missed.episode) ||
                      (!known.appointment.empty() && known.appointment == missed.appointment);
    if (!same) continue;
    // Prompts that rest on either telling rest on both.
    for (const EventId& id : missed.events) AddOnce(known.events, id, kSmallListMax);
    known.baseline = known.baseline && missed.baseline;
    return;
  }
  PushBounded(into.missed, std::move(missed), kMissedMax);
}

// The same episode answered under both identities is one; a withdrawal must reach both signals.
void MergeEpisode(SubjectState& into, Episode& episode) {
  for (Episode& known : into.episodes) {
    if (known.rule != episode.rule || known.key != episode.key) continue;
    if (known.withdrawn && !episode.withdrawn) {
      known = std::move(episode);
    } else if (known.withdrawn == episode.withdrawn) {
      Union(known.evidence, episode.evidence, kSmallListMax);
      Union(known.signals, episode.signals, kSmallListMax);
      known.opened = std::min(known.opened, episode.opened);
      known.closed = known.closed && episode.closed;
    }
    return;
  }
  PushBounded(into.episodes, std::move(episode), kEpisodesMax);
}

// What one identity knew takes effect on what the other was told.
void DropAnswered(SubjectState& state) {
  for (const Retracted& r : state.retracted) {
    std::erase_if(state.attended, [&](const Attended& a) { return a.event == r.event; });
    std::erase_if(state.declined, [&](const Declined& d) { return d.event == r.event; });
    std::erase_if(state.links, [&](const LinkTold& l) { return l.event == r.event; });
    DropConsent(state, r.event);
    DropFact(state, r.event);
  }
  std::erase_if(state.missed, [&](const Missed& m) {
    const bool retracted = std::any_of(m.events.begin(), m.events.end(), [&](const EventId& id) {
      return WasRetracted(state, id);
    });
    if (retracted || m.appointment.empty()) return retracted;
    return std::find(state.cancelled.begin(), state.cancelled.end(), m.appointment) !=
               state.cancelled.end() ||
           std::any_of(state.attended.begin(), state.attended.end(), [&](const Attended& a) {
             return a.appointment == m.appointment;
           });
  });
}

}  // namespace

bool Merge(SubjectState& into, SubjectState& from, bool since_fold_7, bool since_fold_8) {
  // Also of one of whom nobody has told whether it is protected, and of two levels: either may be the one that the
  // other must not be found by.
  if (since_fold_7 && into.protection != from.protection &&
      (IsProtected(into.protection) || IsProtected(from.protection)))
    return false;
  if (IsProtected(into.protection) != IsProtected(from.protection) &&
      into.protection != schema::Protection::UNKNOWN &&
      from.protection != schema::Protection::UNKNOWN)
    return false;
  if (into.birth_date.empty()) into.birth_date = from.birth_date;
  if (from.municipality_at > into.municipality_at && !from.municipality.empty()) {
    into.municipality = from.municipality;
    into.municipality_at = from.municipality_at;
  }
  into.protection = std::max(into.protection, from.protection);
  into.protection_at = std::max(into.protection_at, from.protection_at);
  into.protection_version = std::max(into.protection_version, from.protection_version) + 1;
  into.consent_version = std::max(into.consent_version, from.consent_version) + 1;
  MergeRegistration(into, from);
  into.deceased = into.deceased || from.deceased;
  into.unverified = into.unverified && from.unverified;
  for (const Consent& consent : from.consents) MergeConsent(into, consent);
  Union(into.attended, from.attended, kAttendedMax);
  Union(into.declined, from.declined, kSmallListMax);
  Union(into.held, from.held, kSmallListMax);
  Union(into.retracted, from.retracted, kSmallListMax);
  Union(into.cancelled, from.cancelled, kSmallListMax);
  for (Missed& missed : from.missed) MergeMissed(into, missed);
  from.missed.clear();
  for (Fact& fact : from.facts) MergeFact(into, fact, since_fold_8);
  from.facts.clear();
  Union(into.links, from.links, kLinksMax);
  for (Episode& episode : from.episodes) MergeEpisode(into, episode);
  from.episodes.clear();
  DropAnswered(into);
  return true;
}

}  // namespace sam::rules
