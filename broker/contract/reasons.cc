#include "broker/contract/reasons.h"

#include <algorithm>
#include <array>

namespace sam::contract {

namespace {

// Of these a signal is free as soon as a person has said where it is to go, or has named another one.
constexpr std::array<std::string_view, 13> kNamed = {
    "gate.agreement.expired",  "gate.channel.guardians",       "gate.receiver.ambiguous",
    "gate.receiver.channel",   "gate.receiver.notparty",       "gate.receiver.reach",
    "gate.receiver.region",    "gate.receiver.role",           "gate.receiver.unknown",
    "gate.sender.unknown",     "gate.protection.municipality", "gate.unit.unknown",
    kSentOn};

// Goes to the family's own municipality and nowhere else, whoever is named.
bool IsBoundHome(std::string_view code) {
  return code == "SIG-B1" || code == "SIG-B2" || code == "SIG-B3-COST";
}

bool IsReportCode(std::string_view code) { return code == "SIG-A1"; }

}  // namespace

Remedy RemedyOf(std::string_view reason, std::string_view code) {
  if (IsFiltered(reason) || reason == kForwardingRefused || reason == kDenied ||
      reason == kIdentityUnsure || reason == kUndelivered || reason == "gate.receiver.had" ||
      reason == "gate.consent.taken-back")
    return Remedy::kNotHeld;
  if (reason.starts_with("gate.consent.")) return Remedy::kConsent;
  if (reason == "gate.order.unknown") return Remedy::kOrder;
  if (reason == "gate.municipality.unknown")
    return IsBoundHome(code) ? Remedy::kPerson : Remedy::kName;
  // A report about somebody grown up goes where a person says; nothing else does.
  if (reason == "gate.age.adult") return IsReportCode(code) ? Remedy::kName : Remedy::kOperator;
  // A call names its parties in the source system: another one is no party.
  if (code == "SIG-B4") return Remedy::kOperator;
  const bool named = std::find(kNamed.begin(), kNamed.end(), reason) != kNamed.end();
  return named ? Remedy::kName : Remedy::kOperator;
}

Remedy StrongerOf(Remedy one, Remedy other) {
  constexpr std::array<Remedy, 6> kFirst = {Remedy::kNotHeld, Remedy::kConsent, Remedy::kOrder,
                                            Remedy::kPerson,  Remedy::kOperator, Remedy::kName};
  return *std::find_if(kFirst.begin(), kFirst.end(),
                       [&](Remedy r) { return r == one || r == other; });
}

const char* RemedyName(Remedy remedy) {
  switch (remedy) {
    case Remedy::kName: return "name";
    case Remedy::kNotHeld: return "notHeld";
    case Remedy::kConsent: return "consent";
    case Remedy::kOrder: return "order";
    case Remedy::kPerson: return "person";
    case Remedy::kOperator: return "operator";
  }
  return "operator";
}

}  // namespace sam::contract
