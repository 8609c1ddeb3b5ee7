#include "broker/routing/receivers.h"

#include <algorithm>
#include <utility>

#include "broker/base/text.h"
#include "broker/routing/toml_parts.h"

namespace sam::routing {
namespace {

using schema::Protection;
using Candidates = std::vector<const Function*>;

bool SameBoard(const GateInput& input, const Function& function) {
  const std::string wanted(Trim(input.wanted.board));
  if (wanted == function.id || wanted == function.authority) return true;
  const Authority* authority = input.directory->AuthorityById(function.authority);
  return authority != nullptr &&
         (UpperAscii(authority->board) == UpperAscii(wanted) ||
          UpperAscii(authority->name) == UpperAscii(wanted));
}

// Exactly one, or a reason.
const Function* OnlyOne(const Candidates& candidates, Findings& findings) {
  if (candidates.size() == 1) return candidates.front();
  findings.held.insert(candidates.empty() ? "gate.receiver.unknown" : "gate.receiver.ambiguous");
  return nullptr;
}

bool Serves(const Function& function, std::string_view district) {
  return std::any_of(function.districts.begin(), function.districts.end(), [&](const std::string& one) {
    return UpperAscii(Trim(one)) == UpperAscii(Trim(district));
  });
}

// Those that name the district; else those that name none, who answer for what no other one does. Never a
// guess: where that leaves several, or nobody, a person decides.
Candidates InDistrict(const GateInput& input, Candidates all) {
  const bool any = std::any_of(all.begin(), all.end(),
                               [](const Function* one) { return !one->districts.empty(); });
  if (!any) return all;
  // What the reporter names comes first: a board by its name, or the district. A name that nobody bears is no
  // reason to choose by something else.
  if (!Trim(input.wanted.board).empty()) {
    Candidates meant = all;
    std::erase_if(meant, [&](const Function* one) {
      return !SameBoard(input, *one) && !Serves(*one, input.wanted.board);
    });
    if (meant.size() < 2) return meant.empty() ? all : meant;
    all = std::move(meant);
  }
  const bool hidden = input.subject.protection != Protection::NONE &&
                      input.subject.protection != Protection::UNKNOWN;
  const std::string_view told = hidden ? std::string_view() : Trim(input.wanted.district);
  Candidates named, rest;
  for (const Function* one : all) {
    if (!told.empty() && Serves(*one, told)) named.push_back(one);
    if (one->districts.empty()) rest.push_back(one);
  }
  if (!named.empty()) return named;
  return rest.empty() ? all : rest;
}

// Nobody reads a reception's box at night: who is on call acts for its board.
const Function* Acting(const GateInput& input, const Function* reception) {
  if (reception == nullptr || !input.acute || !IsStatutory(input.code)) return reception;
  const Function* on_call = input.directory->OnCallFor(*reception, input.placed_at);
  const bool there = on_call != nullptr && on_call->channel != Channel::kNone &&
                     input.directory->FunctionAt(on_call->id, input.now) == on_call;
  return there ? on_call : reception;
}

const Function* ByMunicipality(const GateInput& input, Findings& findings) {
  const std::string& registered = input.subject.municipality;
  const std::string& wanted =
      input.wanted.municipality.empty() ? registered : input.wanted.municipality;
  // Registered elsewhere on purpose: a person must say where.
  const bool hidden = input.subject.protection == Protection::SKYDDAD_FOLKBOKFORING;
  if (hidden) findings.held.insert("gate.protection.municipality");
  if (!IsMunicipalityCode(wanted)) findings.held.insert("gate.municipality.unknown");
  if (hidden || !IsMunicipalityCode(wanted)) return nullptr;
  Candidates candidates = input.directory->ByRole(input.wanted.role, wanted, input.now);
  if (candidates.empty() && input.wanted.or_role)
    candidates = input.directory->ByRole(*input.wanted.or_role, wanted, input.now);
  if (candidates.size() > 1) candidates = InDistrict(input, std::move(candidates));
  if (candidates.size() > 1 && !input.wanted.board.empty()) {
    candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                    [&input](const Function* f) {
                                      return !SameBoard(input, *f) && !Serves(*f, input.wanted.board);
                                    }),
                     candidates.end());
    // A board that none of them bears: the reporter means something we do not know.
    if (candidates.empty()) {
      findings.held.insert("gate.receiver.ambiguous");
      return nullptr;
    }
  }
  return Acting(input, OnlyOne(candidates, findings));
}

const Function* ByUnit(const GateInput& input, Findings& findings) {
  const std::string& unit =
      input.wanted.unit.empty() ? input.subject.owner_unit : input.wanted.unit;
  if (unit.empty()) {
    findings.held.insert("gate.unit.unknown");
    return nullptr;
  }
  Candidates candidates = input.directory->ByUnit(unit, input.now);
  const Role role = input.wanted.role;
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [role](const Function* f) { return f->role != role; }),
                   candidates.end());
  return OnlyOne(candidates, findings);
}

const Function* ByName(const GateInput& input, const std::string& id, Findings& findings) {
  const Function* function = input.directory->FunctionAt(id, input.now);
  if (function == nullptr) {
    findings.held.insert("gate.receiver.unknown");
    return nullptr;
  }
  return input.wanted.on_call && function->role == Role::kSocialReception
             ? Acting(input, function)
             : function;
}

// A reception of the subject's municipality names it.
bool ActsFor(const GateInput& input, const Function& on_call) {
  const auto receptions =
      input.directory->ByRole(Role::kSocialReception, input.subject.municipality, input.now);
  return std::any_of(receptions.begin(), receptions.end(),
                     [&](const Function* one) { return one->on_call == on_call.id; });
}

void CheckHomeMunicipality(const GateInput& input, const Ceiling& ceiling,
                           const Function& receiver, Findings& findings) {
  // Named by a person: a report goes where that person says.
  if (IsReport(ceiling) && !input.wanted.function.empty()) return;
  if (input.subject.protection == Protection::SKYDDAD_FOLKBOKFORING) return;
  if (input.subject.municipality.empty()) {
    findings.held.insert("gate.municipality.unknown");
  } else if (receiver.role == Role::kSocialOnCall) {
    if (!ActsFor(input, receiver)) findings.denied.insert("gate.receiver.reach");
  } else if (receiver.municipality != input.subject.municipality) {
    findings.denied.insert("gate.receiver.reach");
  }
}

// Facts stay with the authority that owns them and the unit that already holds them.
void CheckOwnUnit(const GateInput& input, const Function& receiver, Findings& findings) {
  const Authority* owner =
      input.directory->AuthorityOf(input.controller.org, input.controller.board);
  if (owner == nullptr) {
    findings.held.insert("gate.controller.unknown");
  } else if (owner->id != receiver.authority) {
    findings.denied.insert("gate.controller.other");
  }
  if (input.subject.owner_unit.empty()) {
    findings.held.insert("gate.unit.unknown");
  } else if (UpperAscii(receiver.unit) != UpperAscii(input.subject.owner_unit)) {
    findings.denied.insert("gate.receiver.reach");
  }
}

// Who was sent the order holds it, whoever's the order is.
bool HoldsOrder(const GateInput& input, const Function& receiver) {
  return input.asks_holder && receiver.id == input.about_receiver;
}

// Of sender and receiver; both, or none and the reason is noted.
std::pair<const Authority*, const Authority*> Authorities(const GateInput& input,
                                                          const Function& receiver,
                                                          Findings& findings) {
  const Function* sender = SenderOf(input);
  if (sender == nullptr) return {};  // noted by the caller
  const Authority* from = input.directory->AuthorityById(sender->authority);
  const Authority* to = input.directory->AuthorityById(receiver.authority);
  if (from != nullptr && to != nullptr) return {from, to};
  findings.held.insert("gate.receiver.unknown");
  return {};
}

bool CheckRegion(const GateInput& input, const Function& receiver, Findings& findings) {
  const auto [from, to] = Authorities(input, receiver, findings);
  if (to == nullptr) return false;
  const bool municipal =
      from->kind == AuthorityKind::kMunicipality || to->kind == AuthorityKind::kMunicipality;
  const bool is_private =
      from->kind == AuthorityKind::kPrivate || to->kind == AuthorityKind::kPrivate;
  const bool same = is_private ? !from->county.empty() && from->county == to->county
                               : from->org == to->org;
  if (municipal || !same) findings.denied.insert("gate.receiver.region");
  return is_private;
}

// Who answers for the receiver of the signal, or speaks for its sender; nobody else.
void CheckInCharge(const GateInput& input, const Function& receiver, Findings& findings) {
  const Function* manager = input.directory->InChargeOf(input.about_receiver, input.now);
  const bool in_charge = manager != nullptr && manager->id == receiver.id;
  if (!in_charge && DeskOf(input) != receiver.id) findings.denied.insert("gate.receiver.notparty");
}

// The board's county has the duty. Another county's clinic, where the child lives now, is for a person
// at the board to name.
bool CheckRegionCare(const GateInput& input, const Function& receiver, Findings& findings) {
  const auto [from, to] = Authorities(input, receiver, findings);
  if (to == nullptr) return false;
  const bool same = !from->county.empty() && from->county == to->county;
  const bool named = !input.wanted.function.empty();
  if (to->kind == AuthorityKind::kMunicipality || (!same && !named))
    findings.denied.insert("gate.receiver.region");
  return to->kind == AuthorityKind::kPrivate;
}

// The function that ordered it, or another one of its board that a person names.
void CheckOrderer(const GateInput& input, const Function& receiver, Findings& findings) {
  const Function* orderer = input.directory->FunctionById(input.about_sender);
  if (orderer == nullptr) {
    findings.held.insert("gate.order.unknown");
  } else if (orderer->authority != receiver.authority) {
    findings.denied.insert("gate.receiver.notparty");
  }
}

void CheckBothTeams(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
                    Findings& findings) {
  if (receiver.role == Role::kSocialPreventive)
    return CheckHomeMunicipality(input, ceiling, receiver, findings);
  const Function* sender = SenderOf(input);
  if (sender == nullptr) return;  // noted by the caller
  if (sender->authority != receiver.authority ||
      UpperAscii(sender->unit) != UpperAscii(receiver.unit))
    findings.denied.insert("gate.receiver.reach");
}

const Function* ByReach(const GateInput& input, const Ceiling& ceiling, Findings& findings) {
  switch (ceiling.reach) {
    case Reach::kHomeMunicipality:
    case Reach::kRegionCare: return ByMunicipality(input, findings);
    case Reach::kBothTeams:
    case Reach::kClinic:
      return input.wanted.unit.empty() ? ByMunicipality(input, findings)
                                       : ByUnit(input, findings);
    default: return ByUnit(input, findings);
  }
}

}  // namespace

std::string DeskOf(const GateInput& input) {
  const Function* sender = input.directory->FunctionById(input.about_sender);
  const Authority* owner =
      input.directory->AuthorityOf(input.controller.org, input.controller.board);
  std::string authority;
  if (sender != nullptr) authority = sender->authority;
  else if (owner != nullptr) authority = owner->id;
  const auto desks = input.directory->ByAuthority(Role::kSenderDesk, authority, input.now);
  for (const Function* desk : desks)
    if (!desk->guardians_read) return desk->id;
  return sender == nullptr ? std::string() : sender->id;
}

const Function* SenderOf(const GateInput& input) {
  return input.directory->FunctionAt(input.sender_function, input.now);
}

const Function* FindReceiver(const GateInput& input, const Ceiling& ceiling, Findings& findings) {
  if (!input.wanted.function.empty()) return ByName(input, input.wanted.function, findings);
  switch (ceiling.reach) {
    case Reach::kOriginalSender: return ByName(input, input.about_sender, findings);
    case Reach::kOriginalReceiver:
    case Reach::kEitherParty:
    case Reach::kInvited: return ByName(input, input.about_receiver, findings);
    case Reach::kOrderer:
      if (!input.about_sender.empty()) return ByName(input, input.about_sender, findings);
      findings.held.insert("gate.order.unknown");
      return nullptr;
    case Reach::kInCharge: {
      const Function* manager = input.directory->InChargeOf(input.about_receiver, input.now);
      return ByName(input, manager != nullptr ? manager->id : DeskOf(input), findings);
    }
    default: break;
  }
  if (CeilingFor(ceiling, input.wanted.role) == nullptr) {
    findings.denied.insert("gate.receiver.role");
    return nullptr;
  }
  return ByReach(input, ceiling, findings);
}

bool CheckReach(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
                Findings& findings) {
  switch (ceiling.reach) {
    case Reach::kHomeMunicipality:
      CheckHomeMunicipality(input, ceiling, receiver, findings);
      return false;
    case Reach::kOwnUnit:
      if (!HoldsOrder(input, receiver)) CheckOwnUnit(input, receiver, findings);
      return false;
    case Reach::kSameRegion:
    case Reach::kClinic: return CheckRegion(input, receiver, findings);
    case Reach::kRegionCare: return CheckRegionCare(input, receiver, findings);
    case Reach::kOrderer: CheckOrderer(input, receiver, findings); return false;
    case Reach::kBothTeams: CheckBothTeams(input, ceiling, receiver, findings); return false;
    case Reach::kOriginalSender:
      if (receiver.id != input.about_sender) findings.denied.insert("gate.receiver.notparty");
      return false;
    case Reach::kEitherParty:
      if (receiver.id != input.about_sender && receiver.id != input.about_receiver)
        findings.denied.insert("gate.receiver.notparty");
      return false;
    case Reach::kInvited:
    case Reach::kOriginalReceiver:
      if (receiver.id != input.about_receiver) findings.denied.insert("gate.receiver.notparty");
      return false;
    case Reach::kInCharge: CheckInCharge(input, receiver, findings); return false;
  }
  return false;
}

}  // namespace sam::routing
