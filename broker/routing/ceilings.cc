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
          To(Role::kSocialReception, max), To(Role::kSocialPreventive, max),
          To(Role::kChildClinic, max), To(Role::kSocialPlacement, max),
          To(Role::kSocialOnCall, max)};
}

// Those who may hold something that is taken back, or that tells of a child whose protection changes.
std::vector<RoleCeiling> Holders(Sensitivity max) {
  std::vector<RoleCeiling> out = Senders(max);
  out.push_back(To(Role::kSocialIncomeSupport, max));
  return out;
}

std::vector<Role> Care() { return {Role::kBvcUnit, Role::kDentalClinic, Role::kChildClinic}; }
std::vector<Role> Board() {
  return {Role::kSocialPlacement, Role::kSocialReception, Role::kSocialPreventive};
}

// Cooperation that a family, or a guardian for themselves, has said yes to.
void AddCooperation(std::vector<Ceiling>& all) {
  Ceiling visit = Make("SIG-B2", LegalClass::B, {"ground.consent"}, Reach::kBothTeams);
  visit.needs_consent = true;
  visit.senders = {Role::kBvcUnit};
  visit.receivers = {To(Role::kBvcUnit, Sensitivity::S3), To(Role::kSocialPreventive, Sensitivity::S3)};
  all.push_back(visit);

  Ceiling dental = Make("SIG-B3", LegalClass::B, {"ground.consent"}, Reach::kClinic);
  dental.needs_consent = dental.adult = true;
  dental.senders = {Role::kBvcUnit};
  dental.receivers = {To(Role::kDentalClinic, Sensitivity::S3)};
  all.push_back(dental);

  // That there is a cost is told to who may carry it, by a consent of its own: one for both is none.
  Ceiling cost = Make("SIG-B3-COST", LegalClass::B, {"ground.consent"}, Reach::kHomeMunicipality);
  cost.needs_consent = cost.own_consent = cost.adult = true;
  cost.senders = {Role::kBvcUnit};
  cost.receivers = {To(Role::kSocialIncomeSupport, Sensitivity::S3)};
  all.push_back(cost);

  Ceiling call = Make("SIG-B4", LegalClass::B, {"ground.consent"}, Reach::kInvited);
  call.needs_consent = true;
  call.senders = {Role::kBvcUnit,         Role::kDentalClinic,     Role::kChildClinic,
                  Role::kSocialPlacement, Role::kSocialPreventive, Role::kSocialReception,
                  Role::kSenderDesk};
  for (const Role role : call.senders)
    if (role != Role::kSenderDesk) call.receivers.push_back(To(role, Sensitivity::S3));
  all.push_back(call);
}

// A social board and the region's care about a child that is placed.
void AddExaminations(std::vector<Ceiling>& all) {
  Ceiling order =
      Make("SIG-D1", LegalClass::D, {"ground.order", "ground.consent"}, Reach::kRegionCare);
  order.senders = Board();
  for (const Role role : Care()) order.receivers.push_back(To(role, Sensitivity::S3));
  all.push_back(order);

  Ceiling answer =
      Make("SIG-D2", LegalClass::D, {"ground.exam-answer", "ground.consent"}, Reach::kOrderer);
  answer.senders = Care();
  for (const Role role : Board()) answer.receivers.push_back(To(role, Sensitivity::S3));
  all.push_back(answer);
}

void AddReports(std::vector<Ceiling>& all) {
  // Statutory report: the registered municipality's reception, or who is on call for it, and nobody
  // else; all of it.
  Ceiling report = Make("SIG-A1", LegalClass::A, {"ground.report"}, Reach::kHomeMunicipality);
  report.receivers = {WholeReport(Role::kSocialReception), WholeReport(Role::kSocialOnCall)};
  all.push_back(report);

  // What belongs to the report: to the one who got it.
  Ceiling part = Make("ATTACHMENT", LegalClass::A, {"ground.report"}, Reach::kOriginalReceiver);
  part.receivers = {To(Role::kSocialReception, Sensitivity::S4),
                    To(Role::kSocialOnCall, Sensitivity::S4)};
  all.push_back(part);
}

// What tells how a signal fares, and nothing anew.
void AddNotices(std::vector<Ceiling>& all) {
  Ceiling receipt = Make("RECEIPT", LegalClass::A, {"ground.feedback"}, Reach::kOriginalSender);
  receipt.receivers = Senders(Sensitivity::S3);
  all.push_back(receipt);

  // The three-valued answer to a report: to the function that reported, and to nobody else.
  Ceiling feedback = Make("SIG-A3", LegalClass::A, {"ground.feedback"}, Reach::kOriginalSender);
  feedback.receivers = Senders(Sensitivity::S3);
  all.push_back(feedback);

  Ceiling hold = Make("HOLD", LegalClass::E, {"ground.hold"}, Reach::kOriginalSender);
  hold.receivers = Senders(Sensitivity::S2);
  all.push_back(hold);

  Ceiling withdrawn =
      Make("WITHDRAWN", LegalClass::E, {"ground.withdrawal"}, Reach::kOriginalReceiver);
  withdrawn.receivers = Holders(Sensitivity::S2);
  all.push_back(withdrawn);

  Ceiling reminder =
      Make("REMINDER", LegalClass::E, {"ground.reminder"}, Reach::kEitherParty);
  reminder.receivers = Holders(Sensitivity::S1);
  all.push_back(reminder);

  // That a signal waits: which, for what and how long. No person, no place, no kind of concern.
  Ceiling deadline = Make("SIG-E3", LegalClass::E, {"ground.deadline"}, Reach::kInCharge);
  deadline.also = {"acute"};
  for (int role = 0; role < kRoles; ++role) {
    deadline.receivers.push_back(To(static_cast<Role>(role), Sensitivity::S1));
    deadline.receivers.back().place = false;
  }
  all.push_back(deadline);

  Ceiling update =
      Make("SIG-E4", LegalClass::E, {"ground.protection"}, Reach::kOriginalReceiver);
  update.receivers = Holders(Sensitivity::S1);
  all.push_back(update);
}

std::vector<Ceiling> MakeAll() {
  std::vector<Ceiling> all;
  AddReports(all);

  // Support asked for by the family: the preventive unit, never the inquiry unit; no answers.
  Ceiling support = Make("SIG-B1", LegalClass::B, {"ground.consent"}, Reach::kHomeMunicipality);
  support.needs_consent = true;
  support.receivers = {To(Role::kSocialPreventive, Sensitivity::S3)};
  all.push_back(support);

  AddCooperation(all);
  AddExaminations(all);

  // Health care to health care within one region: that nobody was reached, no findings.
  Ceiling attendance =
      Make("SIG-C1", LegalClass::C, {"ground.same-region", "ground.consent"}, Reach::kSameRegion);
  attendance.receivers = {To(Role::kBvcUnit, Sensitivity::S2),
                          To(Role::kDentalClinic, Sensitivity::S2)};
  all.push_back(attendance);

  // Prompts: only to the unit that already holds the facts.
  for (const char* code : {"SIG-E1", "SIG-E2"}) {
    Ceiling prompt =
        Make(code, LegalClass::E, {"ground.own-unit", "ground.same-region", "ground.order"},
             Reach::kOwnUnit);
    prompt.receivers = {To(Role::kBvcUnit, Sensitivity::S2),
                        To(Role::kDentalClinic, Sensitivity::S2)};
    // It signs reports and is sent orders, and nobody asks it after patterns.
    if (prompt.code == "SIG-E1") prompt.receivers.push_back(To(Role::kChildClinic, Sensitivity::S2));
    all.push_back(prompt);
  }

  AddNotices(all);
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
