#include "broker/routing/gate.h"

#include <algorithm>
#include <optional>

#include "broker/contract/reasons.h"
#include "broker/routing/age.h"
#include "broker/routing/payload.h"
#include "broker/routing/receivers.h"

namespace sam::routing {
namespace {

using schema::LegalClass;
using schema::Protection;

constexpr const char* kAreas = "body.supportRequest.areas";
constexpr const char* kTakenBack = "WITHDRAWN";

bool IsProtected(Protection protection) {
  return protection != Protection::NONE && protection != Protection::UNKNOWN;
}

// From one party to another, about somebody whom both have a reason to know of.
bool IsBetween(LegalClass legal_class) {
  return legal_class == LegalClass::B || legal_class == LegalClass::C ||
         legal_class == LegalClass::D;
}

// About the child itself, and not about a signal.
bool IsAboutChild(const Ceiling& ceiling) {
  switch (ceiling.reach) {
    case Reach::kOriginalSender:
    case Reach::kOriginalReceiver:
    case Reach::kEitherParty:
    case Reach::kOrderer: return false;  // an answer goes back, however long it took
    case Reach::kInCharge: return false;  // about a signal, and no word of whom
    default: return !ceiling.adult;
  }
}

Age AgeOf(const GateInput& input) {
  if (input.subject.birth_date.size() != 10) return Age::kUnknown;
  return IsAdult(input.subject.birth_date, input.now, input.birthdays) ? Age::kAdult : Age::kChild;
}

struct ConsentFound {
  std::string id;
  bool areas = false;
};

ConsentFound FindConsent(const GateInput& input, const Ceiling& ceiling, Findings& findings) {
  ConsentFound found;
  std::set<std::string> why;
  const Age age = AgeOf(input);
  const std::string areas = input.code + ":areas";
  for (const Consent& consent : input.subject.consents) {
    if (!Covers(consent, input.code)) continue;
    std::string reason = WhyNot(consent, input.code, age, input.now);
    if (ceiling.own_consent && CoversMore(consent)) reason = "gate.consent.separate";
    if (!reason.empty()) {
      why.insert(reason);
      continue;
    }
    if (found.id.empty()) found.id = consent.id;
    if (Covers(consent, areas) && WhyNot(consent, areas, age, input.now).empty()) found.areas = true;
  }
  if (!found.id.empty()) return found;
  if (why.empty()) why.insert("gate.consent.missing");
  findings.held.insert(why.begin(), why.end());
  return {};
}

// What is no prompt or notice is sent by somebody: it must be known and own the facts.
// Prompts and notices come from the hub itself.
void CheckSender(const GateInput& input, const Ceiling& ceiling, Findings& findings) {
  const bool somebody = IsReport(ceiling) || IsBetween(ceiling.legal_class);
  if (!somebody) return;
  const Function* sender = SenderOf(input);
  if (sender == nullptr) {
    findings.held.insert("gate.sender.unknown");
    return;
  }
  if (IsReport(ceiling)) return;  // whoever signs a report may send it
  const auto& may = ceiling.senders;
  const bool allowed = may.empty() ? !IsSocial(sender->role)
                                   : std::find(may.begin(), may.end(), sender->role) != may.end();
  if (!allowed) findings.denied.insert("gate.sender.role");
  const Authority* owner =
      input.directory->AuthorityOf(input.controller.org, input.controller.board);
  if (owner == nullptr) {
    findings.held.insert("gate.controller.unknown");
  } else if (owner->id != sender->authority) {
    findings.denied.insert("gate.controller.other");
  }
}

// Null: no agreement narrows this route.
const Agreement* FindAgreement(const GateInput& input, const Ceiling& ceiling,
                               const Function& receiver, Findings& findings) {
  const Function* sender = SenderOf(input);
  if (sender == nullptr || ceiling.legal_class == LegalClass::A) return nullptr;
  const auto listed = input.agreements->Find(input.code, sender->authority, receiver);
  for (const Agreement* one : listed) {
    if (one->validity.Holds(input.now)) return one;
  }
  if (!listed.empty()) findings.denied.insert("gate.agreement.expired");
  return nullptr;
}

// That a child is placed, and that a guardian asks for help, is not for every guardian either.
bool IsShared(const Ceiling& ceiling) {
  return IsAboutChild(ceiling) && ceiling.legal_class != LegalClass::A &&
         ceiling.legal_class != LegalClass::D;
}

// What a guardian may read holds no word of a report, nor anything S4: who is protected, what was told
// of violence. Nor anything about a child of whom a report says that they may not know.
void CheckGuardians(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
                    Findings& findings) {
  if (!receiver.guardians_read) return;
  bool shared = IsShared(ceiling) && !input.secret;
  // Who had the signal there learns there that it was taken back.
  if (ceiling.code == kTakenBack && input.since_fold_7) {
    const Ceiling* taken = CeilingOf(input.about_code);
    shared = taken != nullptr && IsShared(*taken) && !input.about_secret;
  }
  if (!shared || input.subject.must_not_inform) findings.held.insert("gate.channel.guardians");
}

// Its subscription is for other levels. Only what parties agree to send each other has one.
void CheckLevel(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
                Findings& findings) {
  if (ceiling.legal_class == LegalClass::B && !TakesLevel(receiver.levels, input.level))
    findings.denied.insert(contract::kNotThisLevel);
}

// The same with what it has asked for by age and kind. What a law demands always comes.
void CheckWanted(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
                 Findings& findings) {
  if (!IsAgreed(ceiling.legal_class)) return;
  const auto& codes = receiver.signals;
  if (!codes.empty() && std::find(codes.begin(), codes.end(), input.code) == codes.end())
    findings.denied.insert(contract::kNotThisSignal);
  if (receiver.ages.size() != 2 || ceiling.adult) return;
  const auto years = YearsOld(input.subject.birth_date, input.now, input.birthdays);
  if (years && (*years < receiver.ages[0] || *years > receiver.ages[1]))
    findings.denied.insert(contract::kNotThisAge);
}

void CheckAge(const GateInput& input, const Ceiling& ceiling, Findings& findings) {
  if (!IsAboutChild(ceiling) || !IsAdult(input.subject.birth_date, input.now, input.birthdays))
    return;
  // A report that a person has named the receiver of goes where that person says.
  if (!IsReport(ceiling)) findings.denied.insert("gate.age.adult");
  else if (input.wanted.function.empty()) findings.held.insert("gate.age.adult");
}

contract::MaskPolicy MakeMask(const GateInput& input, const Ceiling& ceiling,
                              const Function& receiver, const RoleCeiling& role,
                              const Agreement* agreement) {
  const Protection protection = input.subject.protection;
  contract::MaskPolicy mask;
  mask.ceiling = role.max;
  mask.keep_place = role.place && (protection == Protection::NONE || role.place_if_unsafe);
  mask.keep_free_text = role.free_text;
  mask.also = ceiling.also;
  // The name of a unit tells where somebody protected is, also in the withdrawal of what hid it.
  const bool between = IsBetween(ceiling.legal_class) || ceiling.code == kTakenBack;
  // What is hidden is told with the signal: where a guardian reads it is the same whoever the child is.
  const bool alike = receiver.guardians_read && input.since_fold_7;
  if (between && (alike || IsProtected(protection))) mask.hide.push_back("senderFunction");
  if (alike) mask.keep_place = false;
  if (alike && ceiling.code == kTakenBack) mask.hide.push_back("body.withdrawn.reason");
  if (agreement != nullptr) {
    mask.ceiling = std::min(mask.ceiling, agreement->max_sensitivity);
    mask.hide.insert(mask.hide.end(), agreement->hide.begin(), agreement->hide.end());
  }
  if (receiver.guardians_read) {
    mask.ceiling = std::min(mask.ceiling, schema::Sensitivity::S3);
    mask.hide.push_back("subject.protection");
  }
  const Payload payload = PayloadFor(input, ceiling, receiver, agreement);
  for (std::string& path : HiddenBy(payload, ceiling)) mask.hide.push_back(std::move(path));
  return mask;
}

// A prompt names the ground of its rule. All others rest on what their ceiling demands, and no rule puts
// anything in place of that.
const std::string& GroundOf(const GateInput& input, const Ceiling& ceiling) {
  const auto& may = ceiling.grounds;
  const bool named = ceiling.reach == Reach::kOwnUnit &&
                     std::find(may.begin(), may.end(), input.rule_ground) != may.end();
  return named ? input.rule_ground : ceiling.ground;
}

// What is allowed to the receiver found; fills the delivery part of the decision.
void Allow(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
           Findings& findings, GateDecision& decision) {
  const RoleCeiling* role = CeilingFor(ceiling, receiver.role);
  if (role == nullptr) {
    findings.denied.insert("gate.receiver.role");
    return;
  }
  // Nobody can fetch what lies there, and "stored" would be told of it.
  if (receiver.channel == Channel::kNone) findings.held.insert("gate.receiver.channel");
  CheckGuardians(input, ceiling, receiver, findings);
  CheckLevel(input, ceiling, receiver, findings);
  CheckWanted(input, ceiling, receiver, findings);
  const bool outside = CheckReach(input, ceiling, receiver, findings);
  decision.ground = outside ? "ground.consent" : GroundOf(input, ceiling);
  ConsentFound consent;
  if (ceiling.needs_consent || outside) consent = FindConsent(input, ceiling, findings);
  decision.consent = consent.id;
  const Agreement* agreement = FindAgreement(input, ceiling, receiver, findings);
  decision.mask = MakeMask(input, ceiling, receiver, *role, agreement);
  decision.payload = PayloadFor(input, ceiling, receiver, agreement);
  decision.places = IsReport(ceiling) && decision.mask.keep_place;
  if (agreement != nullptr) {
    decision.agreement = agreement->id;
    decision.needs_care = agreement->needs_care;
    // An agreement may name the ground, but never put one in place of the consent it needs.
    if (!agreement->ground.empty() && !outside) decision.ground = agreement->ground;
  }
  const bool narrowed = agreement != nullptr &&
                        (!agreement->areas || agreement->max_sensitivity < schema::Sensitivity::S4);
  decision.areas_allowed = input.code == "SIG-B1" && consent.areas && !narrowed &&
                           !receiver.guardians_read && decision.payload == Payload::kFull;
  if (decision.areas_allowed) decision.mask.also.push_back(kAreas);
}

}  // namespace

GateDecision Decide(const GateInput& input) {
  GateDecision decision;
  const Ceiling* ceiling = CeilingOf(input.code);
  if (ceiling == nullptr) {
    decision.reasons.push_back("gate.code.unknown");
    return decision;
  }
  decision.legal_class = ceiling->legal_class;
  Findings findings;
  CheckSender(input, *ceiling, findings);
  CheckAge(input, *ceiling, findings);
  const Function* receiver = FindReceiver(input, *ceiling, findings);
  if (receiver != nullptr) {
    decision.receiver_function = receiver->id;
    Allow(input, *ceiling, *receiver, findings, decision);
  } else if (ceiling->needs_consent) {
    FindConsent(input, *ceiling, findings);  // so that everything missing is asked for at once
  }
  std::set<std::string> reasons = findings.held;
  reasons.insert(findings.denied.begin(), findings.denied.end());
  decision.reasons.assign(reasons.begin(), reasons.end());
  if (reasons.empty()) {
    decision.outcome = GateOutcome::kDeliver;
    return decision;
  }
  const bool may_deny = !IsReport(*ceiling);
  decision.outcome =
      may_deny && !findings.denied.empty() ? GateOutcome::kDenied : GateOutcome::kHeld;
  // Nothing is allowed, so nothing may be mistaken for a permission.
  decision.mask = contract::MaskPolicy();
  decision.places = decision.areas_allowed = decision.needs_care = false;
  decision.payload = Payload::kFull;
  decision.ground.clear();
  return decision;
}

std::vector<std::string> HoldReceivers(const GateInput& input) {
  std::vector<std::string> out;
  const Authority* owner =
      input.directory->AuthorityOf(input.controller.org, input.controller.board);
  if (owner == nullptr) return out;
  const auto add = [&](const Function* function) {
    if (function == nullptr || function->authority != owner->id || function->guardians_read ||
        function->channel == Channel::kNone ||
        CeilingFor(*CeilingOf("HOLD"), function->role) == nullptr ||
        std::find(out.begin(), out.end(), function->id) != out.end())
      return;
    out.push_back(function->id);
  };
  const Function* sender = SenderOf(input);
  const bool own = sender != nullptr && sender->authority == owner->id;
  if (own) add(sender);
  for (const Function* desk : input.directory->ByAuthority(Role::kSenderDesk, owner->id, input.now))
    add(desk);
  if (!own) return out;
  add(input.directory->FunctionAt(sender->on_call, input.now));
  add(input.directory->InChargeOf(sender->id, input.now));
  return out;
}

std::string HoldReceiver(const GateInput& input) {
  if (input.since_fold_7) {
    const std::vector<std::string> all = HoldReceivers(input);
    return all.empty() ? std::string() : all.front();
  }
  const Function* sender = SenderOf(input);
  if (sender != nullptr && !sender->guardians_read) return sender->id;
  const Authority* owner =
      input.directory->AuthorityOf(input.controller.org, input.controller.board);
  if (owner == nullptr) return "";
  const auto desks = input.directory->ByAuthority(Role::kSenderDesk, owner->id, input.now);
  for (const Function* desk : desks)
    if (!desk->guardians_read) return desk->id;
  return "";
}

std::string ReporterOf(const GateInput& input) {
  const Function* sender = SenderOf(input);
  const Authority* owner =
      input.directory->AuthorityOf(input.controller.org, input.controller.board);
  if (sender != nullptr && owner != nullptr && sender->authority == owner->id) return sender->id;
  return HoldReceiver(input);
}

}  // namespace sam::routing
