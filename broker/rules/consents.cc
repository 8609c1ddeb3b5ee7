#include "broker/rules/consents.h"

#include <algorithm>

#include "broker/rules/days.h"

namespace sam::rules {
namespace {

using State = schema::ConsentChanged::State;
using schema::YesNo;

void Changed(SubjectState& state, Effects& effects) {
  ++state.consent_version;
  effects.regate = true;
  effects.fall = ConsentFall::kEnded;
}

bool EndsForAll(const Giver& giver) { return giver.tag == 0 && giver.state != State::GIVEN; }
bool SpeaksForAll(const Giver& giver) {
  return giver.tag == 0 && giver.state == State::GIVEN && giver.all_guardians == YesNo::YES;
}

// False: nothing new.
bool PutGiver(std::vector<Giver>& givers, Giver giver) {
  for (const Giver& known : givers)
    if (known.tag == 0 && giver.at < known.at && (EndsForAll(known) || giver.state == State::GIVEN))
      return false;
  if (EndsForAll(giver) || SpeaksForAll(giver)) {
    const bool newer = std::any_of(givers.begin(), givers.end(), [&](const Giver& known) {
      return known.tag == 0 && known.at > giver.at;
    });
    if (newer) return false;
    std::erase_if(givers, [&](const Giver& known) {
      return known.at < giver.at || (known.at == giver.at && EndsForAll(giver));
    });
  }
  for (Giver& known : givers) {
    if (known.tag != giver.tag) continue;
    // Of two as new the one that gives less.
    const bool older = giver.at < known.at || (giver.at == known.at && known.state != State::GIVEN);
    if (older || known == giver) return false;
    known = std::move(giver);
    return true;
  }
  if (givers.size() >= kGiversMax) {
    if (giver.state == State::GIVEN) return false;
    giver.tag = 0;  // whoever it was: it ends here
    std::erase_if(givers, [&](const Giver& known) { return known.at <= giver.at; });
    if (givers.size() >= kGiversMax) givers.erase(givers.begin());
  }
  givers.push_back(std::move(giver));
  return true;
}

// One that is told to a build that tells givers apart, for the first time: what was known of it stands
// as a telling that names nobody.
Giver FromBefore(const Consent& known) {
  Giver out;
  out.state = known.state;
  out.scope = known.scope;
  out.expires = known.expires;
  // It held for that build unless it said that not all consent.
  out.all_guardians = known.all_guardians == YesNo::NO ? YesNo::NO : YesNo::YES;
  out.at = known.at;
  out.event = known.event;
  return out;
}

// Which consent goes to make room.
std::vector<Consent>::iterator Dispensable(std::vector<Consent>& consents, Millis at) {
  const auto ran_out = std::find_if(consents.begin(), consents.end(), [&](const Consent& one) {
    const auto end = DateToMillis(one.expires);
    return one.givers.size() < 2 && end && at.value >= end->value + kDayMs;
  });
  if (ran_out != consents.end()) return ran_out;
  const auto ended = std::find_if(consents.begin(), consents.end(),
                                  [](const Consent& one) { return one.state != State::GIVEN; });
  return ended != consents.end() ? ended : consents.begin();
}

void PutConsent(SubjectState& state, Consent consent, bool by_giver, Effects& effects) {
  if (by_giver && state.consents.size() >= kConsentsMax)
    state.consents.erase(Dispensable(state.consents, consent.at));
  PushBounded(state.consents, std::move(consent), kConsentsMax);
  Changed(state, effects);
}

// As builds did that did not tell givers apart.
void ReplaceConsent(SubjectState& state, Consent consent, Effects& effects) {
  for (Consent& known : state.consents) {
    if (known.id != consent.id) continue;
    if (consent.at < known.at || known == consent) return;
    known = std::move(consent);
    Changed(state, effects);
    return;
  }
  PutConsent(state, std::move(consent), false, effects);
}

std::vector<Giver> GiversOf(const EventView& view, const Consent& told,
                            schema::ConsentChanged::Reader body) {
  std::vector<GiverMark> marks = view.givers;
  if (marks.empty()) marks.push_back({});
  std::vector<Giver> out;
  for (const GiverMark& mark : marks) {
    Giver giver;
    giver.tag = mark.tag;
    giver.own = mark.own;
    giver.state = told.state;
    giver.scope = told.scope;
    giver.expires = told.expires;
    giver.all_guardians = told.all_guardians;
    giver.must_give = body.getMustGive();
    // "Not all", and who has: there is at least one more.
    const size_t named = view.givers.size();
    if (told.all_guardians == YesNo::NO && giver.must_give == 0)
      giver.must_give = static_cast<uint8_t>(std::min<size_t>(named < 2 ? 2 : named + 1, 255));
    giver.single = body.getSingle();
    giver.at = told.at;
    giver.event = told.event;
    out.push_back(std::move(giver));
  }
  return out;
}

void TakeGivers(SubjectState& state, Consent told, std::vector<Giver> givers, Effects& effects) {
  for (Consent& known : state.consents) {
    if (known.id != told.id) continue;
    std::vector<Giver> all = known.givers;
    if (all.empty()) all.push_back(FromBefore(known));
    bool news = false;
    for (Giver& giver : givers) news = PutGiver(all, std::move(giver)) || news;
    if (!news) return;
    told.givers = std::move(all);
    if (told.at < known.at) {  // late: what was told last stays what was told last
      known.givers = std::move(told.givers);
    } else {
      known = std::move(told);
    }
    Changed(state, effects);
    return;
  }
  for (Giver& giver : givers) PutGiver(told.givers, std::move(giver));
  PutConsent(state, std::move(told), true, effects);
}

// What was told last of those that are left.
void TellLast(Consent& consent) {
  const Giver& last =
      *std::max_element(consent.givers.begin(), consent.givers.end(),
                        [](const Giver& a, const Giver& b) { return a.at < b.at; });
  consent.state = last.state;
  consent.scope = last.scope;
  consent.expires = last.expires;
  consent.all_guardians = last.all_guardians;
  consent.at = last.at;
  consent.event = last.event;
}

}  // namespace

void ApplyConsent(SubjectState& state, const EventView& view, schema::ConsentChanged::Reader body,
                  Effects& effects) {
  Consent consent;
  consent.id = body.getConsentId().cStr();
  for (capnp::Text::Reader code : body.getScope()) consent.scope.emplace_back(code.cStr());
  consent.state = body.getState();
  consent.expires = body.getExpires().cStr();
  consent.all_guardians = body.getAllGuardians();
  consent.at = view.at;
  consent.event = view.id;
  const auto expires = DateToMillis(consent.expires);
  if (expires && consent.state == State::GIVEN)
    // The gate lets a day end at 22:00Z, at or before Swedish midnight.
    effects.set.push_back({schema::TimerKind::CONSENT_EXPIRY, "consent", consent.id,
                           Millis(expires->value + 22 * kHourMs), *expires, *expires, ""});
  if (!view.by_giver) return ReplaceConsent(state, std::move(consent), effects);
  std::vector<Giver> givers = GiversOf(view, consent, body);
  TakeGivers(state, std::move(consent), std::move(givers), effects);
}

void StandIn(SubjectState& state, const EventView& view, const std::string& id,
             const std::string& scope, Effects& effects) {
  if (id.empty()) return;
  for (const Consent& known : state.consents)
    if (known.id == id) return;
  Consent consent;
  consent.id = id;
  consent.scope = {scope};
  consent.state = State::GIVEN;
  consent.at = view.at;
  consent.event = view.id;
  if (view.by_giver) {
    // Who writes it down states that whoever must consent has.
    consent.all_guardians = YesNo::YES;
    consent.givers = {FromBefore(consent)};
  }
  PutConsent(state, std::move(consent), view.by_giver, effects);
}

void ApplyOutcomeConsent(SubjectState& state, const EventView& view,
                         schema::BarnSakertOutcome::Reader body, Effects& effects) {
  if (body.getConsentGiven() == YesNo::YES)
    StandIn(state, view, body.getConsentRef().cStr(), "SIG-B1", effects);
}

bool DropConsent(SubjectState& state, const EventId& old) {
  bool dropped = false;
  for (size_t i = 0; i < state.consents.size();) {
    Consent& consent = state.consents[i];
    const bool apart = !consent.givers.empty();
    const bool last = consent.event == old;
    const auto words =
        std::erase_if(consent.givers, [&](const Giver& giver) { return giver.event == old; });
    dropped = dropped || last || words != 0;
    if (consent.givers.empty() && (apart || last)) {
      state.consents.erase(state.consents.begin() + static_cast<ptrdiff_t>(i));
      continue;
    }
    if (last) TellLast(consent);
    ++i;
  }
  return dropped;
}

// The newest telling holds, and of two as new the one that gives less. An older "given" must never
// outlive a withdrawal.
void MergeConsent(SubjectState& into, const Consent& consent) {
  for (Consent& known : into.consents) {
    if (known.id != consent.id) continue;
    std::vector<Giver> givers = known.givers;
    if (!givers.empty() || !consent.givers.empty()) {
      if (givers.empty()) givers.push_back(FromBefore(known));
      if (consent.givers.empty()) PutGiver(givers, FromBefore(consent));
      for (const Giver& giver : consent.givers) PutGiver(givers, giver);
    }
    if (consent.at > known.at || (consent.at == known.at && known.state == State::GIVEN))
      known = consent;
    known.givers = std::move(givers);
    return;
  }
  PushBounded(into.consents, consent, kConsentsMax);
}

}  // namespace sam::rules
