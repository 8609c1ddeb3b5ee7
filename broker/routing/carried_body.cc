// The body of a signal that carries one event: field by field, so that nothing else of it goes along.
#include <string>

#include "broker/routing/body.h"

namespace sam::routing {
namespace {

using Told = schema::Event::Body;
using Out = schema::Signal::Body::Builder;

bool FillVisit(const GateDecision& decision, Told::Reader told, Out body) {
  if (!told.isBvcVisitBooked()) return false;
  const auto in = told.getBvcVisitBooked();
  auto out = body.initJointVisit();
  out.setVisitCode(in.getVisitCode());
  out.setStart(in.getStart());
  out.setConsentRef(decision.consent);
  out.setLevel(in.getLevel());
  return true;
}

bool FillDental(const GateDecision& decision, Told::Reader told, Out body) {
  if (!told.isBvcGuardianDentalOffered()) return false;
  auto out = body.initDentalAccess();
  out.setContactWay(told.getBvcGuardianDentalOffered().getContactWay());
  out.setConsentRef(decision.consent);
  out.setLevel(told.getBvcGuardianDentalOffered().getLevel());
  return true;
}

bool FillCost(const GateDecision& decision, Told::Reader told, Out body) {
  if (!told.isBvcGuardianDentalOffered()) return false;
  auto out = body.initDentalCost();
  out.setWanted(schema::SocialAidDentalDecided::Scope::EXAM);
  out.setConsentRef(decision.consent);
  out.setLevel(told.getBvcGuardianDentalOffered().getLevel());
  return true;
}

template <typename Plan>
void FillCall(const GateDecision& decision, schema::CoordinationCall::Kind kind, Plan in, Out body) {
  auto out = body.initCoordination();
  out.setKind(kind);
  out.setPlanId(in.getPlanId());
  out.setMeetingDate(in.getMeetingDate());
  out.setParties(in.getParties());
  out.setConsentRef(decision.consent);
  out.setLevel(in.getLevel());
}

bool FillPlan(const GateDecision& decision, Told::Reader told, Out body) {
  using Kind = schema::CoordinationCall::Kind;
  if (told.isCoordSipChanged()) FillCall(decision, Kind::SIP, told.getCoordSipChanged(), body);
  if (told.isCoordTsiChanged()) FillCall(decision, Kind::TSI, told.getCoordTsiChanged(), body);
  return told.isCoordSipChanged() || told.isCoordTsiChanged();
}

bool FillOrder(const GateDecision& decision, Told::Reader told, Out body) {
  if (!told.isSocialExamRequested()) return false;
  const auto in = told.getSocialExamRequested();
  auto out = body.initExamOrder();
  out.setOrderId(in.getOrderId());
  out.setExamKind(in.getExamKind());
  out.setDueDate(in.getDueDate());
  out.setContactFunction(in.getContactFunction());
  out.setConsentRef(decision.consent);
  return true;
}

template <typename Report>
bool FillReported(const GateDecision& decision, Report in, Out body) {
  auto out = body.initExamAnswer();
  out.setOrderId(in.getOrderId());
  out.setResult(in.getResult());
  out.setDate(in.getDate());
  out.setReportRef(in.getReportRef());
  if (decision.needs_care) out.setNeedsCare(in.getNeedsCare());
  return true;
}

bool FillAnswer(const GateDecision& decision, Told::Reader told, Out body) {
  if (told.isHealthExamReported())
    return FillReported(decision, told.getHealthExamReported(), body);
  return told.isDentalExamReported() && FillReported(decision, told.getDentalExamReported(), body);
}

}  // namespace

bool FillCarried(const std::string& code, const GateDecision& decision, Told::Reader told,
                 Out body) {
  if (code == "SIG-B2") return FillVisit(decision, told, body);
  if (code == "SIG-B3") return FillDental(decision, told, body);
  if (code == "SIG-B3-COST") return FillCost(decision, told, body);
  if (code == "SIG-B4") return FillPlan(decision, told, body);
  if (code == "SIG-D1") return FillOrder(decision, told, body);
  return code == "SIG-D2" && FillAnswer(decision, told, body);
}

}  // namespace sam::routing
