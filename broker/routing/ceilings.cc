#include "broker/routing/ceilings.h"

namespace sam::routing {
namespace {

using schema::LegalClass;
using schema::Sensitivity;

RoleCeiling To(Role role, Sensitivity max) {
  RoleCeiling out;
  out.role = role;
  out.max = max;
  out.place = true;
  return out;
}

RoleCeiling WholeReport(Role role) {
  RoleCeiling out = To(role, Sensitivity::S4);
  out.place_if_unsafe = true;
  out.free_text = true;
  return out;
}

Ceiling Make(const char* code, LegalClass legal_class, std::vector<std::string> grounds,
             Reach reach) {
  Ceiling out;
  out.code = code;
  out.legal_class = legal_class;
  out.ground = grounds.front();
  out.grounds = std::move(grounds);
  out.reach = reach;
  out.also = {"acute", "subject.protection"};
  return out;
}

// Those who may send something, and so may be told what became of it.
std::vector<RoleCeiling> Senders(Sensitivity max) {
  return {To(Role::kBvcUnit, max), To(Role::kDentalClinic, max), To(Role::kSenderDesk, max),
          To(Role::kSocialReception, max), To(Role::kSocialPreventive, max)};
}

std::vector<Ceiling> MakeAll() {
  std::vector<Ceiling> all;

  // Statutory report: the registered municipality's reception and nobody else; all of it.
  Ceiling report = Make("SIG-A1", LegalClass::A, {"ground.report"}, Reach::kHomeMunicipality);
  report.receivers = {WholeReport(Role::kSocialReception)};
  all.push_back(report);

  // What belongs to the report: to the one who got it.
  Ceiling part = Make("ATTACHMENT", LegalClass::A, {"ground.report"}, Reach::kOriginalReceiver);
  part.receivers = {To(Role::kSocialReception, Sensitivity::S4)};
  all.push_back(part);

  // Support asked for by the family: the preventive unit, never the inquiry unit; no answers.
  Ceiling support = Make("SIG-B1", LegalClass::B, {"ground.consent"}, Reach::kHomeMunicipality);
  support.needs_consent = true;
  support.receivers = {To(Role::kSocialPreventive, Sensitivity::S3)};
  all.push_back(support);

  // Health care to health care within one region: that nobody was reached, no findings.
  Ceiling attendance =
      Make("SIG-C1", LegalClass::C, {"ground.same-region", "ground.consent"}, Reach::kSameRegion);
  attendance.receivers = {To(Role::kBvcUnit, Sensitivity::S2),
                          To(Role::kDentalClinic, Sensitivity::S2)};
  all.push_back(attendance);

  // Prompts: only to the unit that already holds the facts.
  for (const char* code : {"SIG-E1", "SIG-E2"}) {
    Ceiling prompt = Make(code, LegalClass::E, {"ground.own-unit"}, Reach::kOwnUnit);
    prompt.receivers = {To(Role::kBvcUnit, Sensitivity::S2),
                        To(Role::kDentalClinic, Sensitivity::S2)};
    all.push_back(prompt);
  }

  Ceiling receipt = Make("RECEIPT", LegalClass::A, {"ground.feedback"}, Reach::kOriginalSender);
  receipt.receivers = Senders(Sensitivity::S3);
  all.push_back(receipt);

  Ceiling hold = Make("HOLD", LegalClass::E, {"ground.hold"}, Reach::kOriginalSender);
  hold.receivers = Senders(Sensitivity::S2);
  all.push_back(hold);

  Ceiling withdrawn =
      Make("WITHDRAWN", LegalClass::E, {"ground.withdrawal"}, Reach::kOriginalReceiver);
  withdrawn.receivers = Senders(Sensitivity::S2);
  all.push_back(withdrawn);
  return all;
}

}  // namespace

const std::vector<Ceiling>& AllCeilings() {
  static const std::vector<Ceiling> all = MakeAll();
  return all;
}

const Ceiling* CeilingOf(std::string_view code) {
  for (const Ceiling& one : AllCeilings()) {
    if (one.code == code) return &one;
  }
  return nullptr;
}

bool IsStatutory(std::string_view code) {
  const Ceiling* ceiling = CeilingOf(code);
  return ceiling != nullptr && ceiling->legal_class == LegalClass::A &&
         ceiling->reach == Reach::kHomeMunicipality;
}

const RoleCeiling* CeilingFor(const Ceiling& ceiling, Role role) {
  for (const RoleCeiling& one : ceiling.receivers) {
    if (one.role == role) return &one;
  }
  return nullptr;
}

}  // namespace sam::routing
