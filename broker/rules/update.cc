#include "broker/rules/update.h"

#include <algorithm>

#include "broker/rules/carry.h"
#include "broker/rules/consents.h"
#include "broker/rules/days.h"
#include "broker/rules/facts.h"

namespace sam::rules {
namespace {

constexpr char kMustNotInform[] = "informed:mustNot";  // of Declined: the guardians are not to be told

void SetMunicipality(SubjectState& state, const std::string& code, Millis at, Effects& effects) {
  if (code.empty() || at < state.municipality_at) return;
  state.municipality_at = at;  // told again: nothing older than this may say otherwise
  if (code == state.municipality) return;
  state.municipality = code;
  ++state.protection_version;
  effects.regate = true;
}

void SetProtection(SubjectState& state, schema::Protection protection, Millis at,
                   Effects& effects) {
  if (at < state.protection_at) return;
  state.protection_at = at;
  if (protection == state.protection) return;
  state.protection = protection;
  ++state.protection_version;
  effects.regate = true;
}

void SetOwner(SubjectState& state, const std::string& unit) {
  if (unit != state.owner_unit) ++state.protection_version;
  state.owner_unit = unit;
}

void SetDeceased(SubjectState& state, bool deceased) {
  if (deceased != state.deceased) ++state.protection_version;
  state.deceased = deceased;
}

// Facts that every event's header may carry about its subject.
void ApplySubject(SubjectState& state, const EventView& view, Effects& effects) {
  const schema::Subject::Reader subject = view.event.getHeader().getSubject();
  const std::string born = subject.getBirthDate().cStr();
  const bool corrects =
      view.status == schema::EventStatus::CORRECTED && view.event.getBody().isBvcChildRegistered();
  if (!born.empty() && (state.birth_date.empty() || corrects)) state.birth_date = born;
  SetMunicipality(state, subject.getHomeMunicipality().cStr(), view.at, effects);
  // A source that does not know says "unknown": that never lowers what another one has told. Only
  // person.protection.changed takes a protection away.
  const schema::Protection told = subject.getProtection();
  if (told == schema::Protection::NONE) {
    // Any source's "none" fills what nobody has told; it takes no time, or a marking that is told
    // late would stand behind a source that had only not heard of it.
    if (state.protection == schema::Protection::UNKNOWN)
      SetProtection(state, told, state.protection_at, effects);
  } else if (told != schema::Protection::UNKNOWN) {
    SetProtection(state, told, view.at, effects);
  }
  const schema::Controller::Reader controller = view.event.getHeader().getController();
  if (state.controller_org.empty()) {
    state.controller_org = controller.getOrgNr().cStr();
    state.controller_board = controller.getBoard().cStr();
  }
}

void ApplyRegistered(SubjectState& state, const EventView& view,
                     schema::ChildRegistered::Reader body) {
  const std::string unit = body.getUnitHsaId().cStr();
  if (!unit.empty() && unit == state.owner_unit && !state.transferred) return;  // told again
  if (view.at < state.registered_at) return;
  SetOwner(state, unit);
  state.registered_at = DateToMillis(body.getFromDate().cStr()).value_or(view.at);
  state.registered_event = view.id;
  state.registered_offset = view.offset;
  state.born_abroad = body.getBornAbroad() == schema::YesNo::YES;
  state.baseline = view.baseline;
  state.transferred = false;
}

void ApplyTransferred(SubjectState& state, const EventView& view,
                      schema::ChildTransferred::Reader body) {
  if (view.at < state.registered_at) return;  // about an earlier registration
  using Reason = schema::ChildTransferred::Reason;
  if (body.getReason() == Reason::DECEASED) SetDeceased(state, true);
  state.transferred = true;
  SetOwner(state, "");
}

void AddAttended(SubjectState& state, Attended attended) {
  for (const Attended& known : state.attended)
    if (known.event == attended.event) return;
  // A completed visit is stronger than a no-show of the same booking.
  if (!attended.appointment.empty())
    std::erase_if(state.missed,
                  [&](const Missed& m) { return m.appointment == attended.appointment; });
  PushBounded(state.attended, std::move(attended), kAttendedMax);
}

void AddMissed(SubjectState& state, const EventView& view, schema::VisitMissed::Reader body) {
  Missed missed{{view.id}, view.offset, view.at, body.getVisitCode().cStr(),
                body.getAppointmentId().cStr(), view.episode_key, view.baseline};
  auto contains = [](const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  if (!missed.appointment.empty()) {
    if (contains(state.cancelled, missed.appointment)) return;  // the clinic had cancelled it
    for (const Attended& a : state.attended)
      if (a.appointment == missed.appointment) return;
  }
  for (Missed& known : state.missed) {
    const bool same = (!missed.episode.empty() && known.episode == missed.episode) ||
                      (!missed.appointment.empty() && known.appointment == missed.appointment);
    if (!same) continue;
    AddOnce(known.events, view.id, kSmallListMax);
    if (known.episode.empty()) known.episode = missed.episode;
    if (known.appointment.empty()) known.appointment = missed.appointment;
    return;
  }
  PushBounded(state.missed, std::move(missed), kMissedMax);
}

void ApplyCancelled(SubjectState& state, schema::VisitCancelled::Reader body) {
  const std::string appointment = body.getAppointmentId().cStr();
  if (appointment.empty() || body.getBy() != schema::VisitCancelled::By::CLINIC) return;
  AddOnce(state.cancelled, appointment, kSmallListMax);
  std::erase_if(state.missed, [&](const Missed& m) { return m.appointment == appointment; });
}

// A call names the consent that it rests on.
template <typename Plan>
void ApplyPlanConsent(SubjectState& state, const EventView& view, const RuleSet& rules, Plan plan,
                      Effects& effects) {
  if (plan.getState() == schema::CoordinationState::CALLED && Carries(rules, "SIG-B4"))
    StandIn(state, view, plan.getConsentRef().cStr(), "SIG-B4", effects);
}

void AddDeclined(SubjectState& state, const EventView& view, std::string kind) {
  // What guardians may not know is not forgotten for what they have declined.
  if (state.declined.size() >= kSmallListMax) {
    const auto old = std::find_if(state.declined.begin(), state.declined.end(),
                                  [](const Declined& d) { return d.kind != kMustNotInform; });
    if (old != state.declined.end()) state.declined.erase(old);
  }
  AddOnce(state.declined, Declined{view.id, std::move(kind), view.at}, kSmallListMax);
}

const char* CareScopeName(schema::CareDeclined::Scope scope) {
  switch (scope) {
    case schema::CareDeclined::Scope::ALL: return "care:all";
    case schema::CareDeclined::Scope::VISITS: return "care:visits";
    case schema::CareDeclined::Scope::VACCINATION: return "care:vaccination";
    case schema::CareDeclined::Scope::UNKNOWN: break;
  }
  return "care:unknown";
}

// Violence, abuse, honour: whoever signs knows why. It holds until that report itself is taken back, whatever
// later ones leave out.
void ApplyInformed(SubjectState& state, const EventView& view, schema::ReportSigned::Reader report,
                   Effects& effects) {
  constexpr auto kMustNot = schema::Informed::MUST_NOT;
  bool must_not = report.getChildInformed() == kMustNot;
  for (const schema::Party::Reader guardian : report.getGuardians())
    must_not = must_not || guardian.getInformed() == kMustNot;
  if (!must_not) return;
  AddDeclined(state, view, kMustNotInform);
  ++state.protection_version;
  effects.regate = true;
}

void ApplyVisits(SubjectState& state, const EventView& view, schema::Event::Body::Reader body) {
  switch (body.which()) {
    case schema::Event::Body::BVC_VISIT_COMPLETED: {
      const auto visit = body.getBvcVisitCompleted();
      AddAttended(state, {view.id, view.at, false, visit.getVisitCode().cStr(),
                          visit.getAppointmentId().cStr()});
      break;
    }
    case schema::Event::Body::BVC_HOMEVISIT_COMPLETED: {
      const auto visit = body.getBvcHomevisitCompleted();
      AddAttended(state, {view.id, DateToMillis(visit.getDate().cStr()).value_or(view.at), true,
                          HomeVisitKindName(visit.getKind()), ""});
      break;
    }
    case schema::Event::Body::BVC_VISIT_MISSED:
      AddMissed(state, view, body.getBvcVisitMissed());
      break;
    case schema::Event::Body::BVC_VISIT_CANCELLED:
      ApplyCancelled(state, body.getBvcVisitCancelled());
      break;
    case schema::Event::Body::BVC_HOMEVISIT_DECLINED:
      AddDeclined(state, view, HomeVisitKindName(body.getBvcHomevisitDeclined().getKind()));
      break;
    case schema::Event::Body::BVC_CARE_DECLINED:
      AddDeclined(state, view, CareScopeName(body.getBvcCareDeclined().getScope()));
      break;
    default: break;
  }
}

void ReplaceMiss(Missed& missed, const EventView& view, schema::VisitMissed::Reader body) {
  std::replace(missed.events.begin(), missed.events.end(), view.replaces, view.id);
  missed.at = view.at;
  missed.offset = view.offset;
  missed.visit_code = body.getVisitCode().cStr();
  missed.appointment = body.getAppointmentId().cStr();
}

// A corrected miss that is still a miss keeps its episode: only its evidence is renamed.
bool CorrectMiss(SubjectState& state, const EventView& view, const RuleSet& rules) {
  if (view.status != schema::EventStatus::CORRECTED ||
      view.event.getBody().which() != schema::Event::Body::BVC_VISIT_MISSED)
    return false;
  for (Missed& missed : state.missed) {
    if (std::find(missed.events.begin(), missed.events.end(), view.replaces) ==
        missed.events.end())
      continue;
    ReplaceMiss(missed, view, view.event.getBody().getBvcVisitMissed());
    RenameEvidence(state, view, rules);
    return true;
  }
  return false;
}

constexpr uint16_t kProtectionWas = fact::Of(schema::FactKind::PROTECTION_WAS);
constexpr uint16_t kMunicipalityWas = fact::Of(schema::FactKind::MUNICIPALITY_WAS);

// Before the event's header says the same already.
void NoteWhatChanges(SubjectState& state, const EventView& view) {
  const schema::Event::Body::Reader body = view.event.getBody();
  if (body.isPersonProtectionChanged() && view.at >= state.protection_at &&
      body.getPersonProtectionChanged().getNew() != state.protection)
    NoteBefore(state, view, kProtectionWas, static_cast<int32_t>(state.protection), "");
  if (body.isPersonMoved() && view.at >= state.municipality_at &&
      body.getPersonMoved().getNewMunicipality() != state.municipality.c_str())
    NoteBefore(state, view, kMunicipalityWas, 0, state.municipality);
}

// A change that is taken back never was: what held before holds again, unless somebody has told the same
// or another thing since. What takes its place may be of an earlier time.
void RestoreBefore(SubjectState& state, const EventView& view, Effects& effects) {
  if (const auto was = TakeBefore(state, view.replaces, kProtectionWas);
      was && was->at == state.protection_at) {
    state.protection = static_cast<schema::Protection>(was->value);
    state.protection_at = std::min(state.protection_at, view.at);
    ++state.protection_version;
    effects.regate = true;
  }
  if (const auto was = TakeBefore(state, view.replaces, kMunicipalityWas);
      was && was->at == state.municipality_at) {
    state.municipality = was->key;
    state.municipality_at = std::min(state.municipality_at, view.at);
    ++state.protection_version;
    effects.regate = true;
  }
}

}  // namespace

bool IsProtected(schema::Protection protection) {
  return protection == schema::Protection::SEKRETESSMARKERING ||
         protection == schema::Protection::SKYDDAD_FOLKBOKFORING;
}

bool MustNotInform(const SubjectState& state) {
  return std::any_of(state.declined.begin(), state.declined.end(),
                     [](const Declined& d) { return d.kind == kMustNotInform; });
}

bool WasRetracted(const SubjectState& state, const EventId& event) {
  return std::any_of(state.retracted.begin(), state.retracted.end(),
                     [&](const Retracted& r) { return r.event == event; });
}

void ApplyFacts(SubjectState& state, const EventView& view, const RuleSet& rules,
                Effects& effects) {
  if (rules.since_fold_8 && view.unverified) state.unverified = true;
  TakeFact(state, view, rules);
  if (rules.since_fold_5) NoteWhatChanges(state, view);
  ApplySubject(state, view, effects);
  const schema::Event::Body::Reader body = view.event.getBody();
  switch (body.which()) {
    case schema::Event::Body::BVC_CHILD_REGISTERED:
      ApplyRegistered(state, view, body.getBvcChildRegistered());
      break;
    case schema::Event::Body::BVC_CHILD_TRANSFERRED:
      ApplyTransferred(state, view, body.getBvcChildTransferred());
      break;
    case schema::Event::Body::BVC_BARNSAKERT_OUTCOME:
      ApplyOutcomeConsent(state, view, body.getBvcBarnsakertOutcome(), effects);
      break;
    case schema::Event::Body::PERSON_PROTECTION_CHANGED:
      SetProtection(state, body.getPersonProtectionChanged().getNew(), view.at, effects);
      break;
    case schema::Event::Body::PERSON_MOVED:
      SetMunicipality(state, body.getPersonMoved().getNewMunicipality().cStr(), view.at, effects);
      break;
    case schema::Event::Body::PERSON_DECEASED:
      SetDeceased(state, true);
      break;
    case schema::Event::Body::CONSENT_CHANGED:
      ApplyConsent(state, view, body.getConsentChanged(), effects);
      break;
    case schema::Event::Body::REPORT_SIGNED:
      if (rules.since_fold_7) ApplyInformed(state, view, body.getReportSigned(), effects);
      break;
    case schema::Event::Body::COORD_SIP_CHANGED:
      ApplyPlanConsent(state, view, rules, body.getCoordSipChanged(), effects);
      break;
    case schema::Event::Body::COORD_TSI_CHANGED:
      ApplyPlanConsent(state, view, rules, body.getCoordTsiChanged(), effects);
      break;
    default:
      ApplyVisits(state, view, body);
      break;
  }
}

void Retract(SubjectState& state, const EventView& view, const RuleSet& rules, Effects& effects) {
  const EventId& old = view.replaces;
  if (rules.since_fold_5) RestoreBefore(state, view, effects);
  if (CorrectMiss(state, view, rules) || CorrectFact(state, view, rules)) return;
  if (!WasRetracted(state, old))
    PushBounded(state.retracted, {old, view.id, view.offset}, kSmallListMax);
  std::erase_if(state.attended, [&](const Attended& a) { return a.event == old; });
  const bool secret = MustNotInform(state);
  std::erase_if(state.declined, [&](const Declined& d) { return d.event == old; });
  if (secret && !MustNotInform(state)) {
    ++state.protection_version;
    effects.regate = true;
  }
  DropFact(state, old);
  if (std::erase_if(state.links, [&](const LinkTold& l) { return l.event == old; }) != 0) {
    ++state.protection_version;  // what waits was composed with the other number
    effects.regate = true;
  }
  // One source taking back its telling takes back the happening: both told of the same absence.
  std::erase_if(state.missed, [&](const Missed& m) {
    return std::find(m.events.begin(), m.events.end(), old) != m.events.end();
  });
  if (DropConsent(state, old)) {
    ++state.consent_version;
    effects.regate = true;
    effects.fall = ConsentFall::kEnded;
  }
  if (state.registered_event == old) {
    SetOwner(state, "");
    state.registered_at = Millis(-1);
    state.registered_event = EventId{};
  }
  const auto which = view.event.getBody().which();
  if (view.status == schema::EventStatus::RETRACTED) {
    if (which == schema::Event::Body::PERSON_DECEASED) SetDeceased(state, false);
    if (which == schema::Event::Body::BVC_CHILD_TRANSFERRED && state.transferred) {
      state.transferred = false;
      SetOwner(state, view.event.getBody().getBvcChildTransferred().getFromUnit().cStr());
    }
  }
}

}  // namespace sam::rules
