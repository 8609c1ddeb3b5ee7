#include "broker/base/text.h"
#include "broker/rules/days.h"
#include "broker/rules/facts.h"

namespace sam::rules {
namespace {

using schema::FactKind;
using Body = schema::Event::Body;

template <typename Enum>
uint16_t Detail(Enum value) {
  return static_cast<uint16_t>(value);
}

Fact Made(FactKind kind, uint16_t detail, std::string key = "", int32_t value = 0) {
  Fact fact;
  fact.kind = fact::Of(kind);
  fact.detail = detail;
  fact.key = std::move(key);
  fact.value = value;
  return fact;
}

// Values of different indexes, or with and without initial caries, are never compared.
std::string SeriesOf(schema::DentalCariesRecorded::Reader body) {
  std::string key = std::to_string(static_cast<int>(body.getIndex()));
  key += '/';
  key += std::to_string(static_cast<int>(body.getIncludesInitial()));
  return key;
}

// Days since 1970; -1: no such date.
int32_t DayOf(const char* date) {
  const auto at = DateToMillis(date);
  return at ? static_cast<int32_t>(at->value / kDayMs) : -1;
}

// What is booked for a board's order has the order's number in front (NumberOf in absence.cc): two bookings for one
// order are two.
void PutOrder(const EventView& view, Body::Reader body, Fact& fact) {
  if (!view.by_order) return;
  const auto put = [&](capnp::Text::Reader order) {
    if (order.size() > 0) fact.key = std::string(order.cStr()) + fact::kOrderEnds + fact.key;
  };
  if (body.isBvcVisitBooked()) put(body.getBvcVisitBooked().getOrderId());
  if (body.isDentalRecallSent()) put(body.getDentalRecallSent().getOrderId());
}

Fact BvcFact(Body::Reader body) {
  switch (body.which()) {
    case Body::BVC_CHILD_TRANSFERRED:
      return Made(FactKind::CHILD_TRANSFERRED, Detail(body.getBvcChildTransferred().getReason()));
    case Body::BVC_VISIT_BOOKED:
      return Made(FactKind::VISIT_BOOKED, Detail(body.getBvcVisitBooked().getMode()),
                  body.getBvcVisitBooked().getAppointmentId().cStr());
    case Body::BVC_VISIT_CANCELLED:  // with another time it is booked still
      if (body.getBvcVisitCancelled().getRebooked() == schema::YesNo::YES) return {};
      return Made(FactKind::VISIT_CANCELLED, Detail(body.getBvcVisitCancelled().getBy()),
                  body.getBvcVisitCancelled().getAppointmentId().cStr());
    case Body::BVC_PROGRAM_CHANGED: {
      const auto program = body.getBvcProgramChanged();
      return Made(FactKind::PROGRAM_CHANGED, Detail(program.getChange()),
                  program.getProgramId().cStr(), program.getStepNo());
    }
    case Body::BVC_HOMEVISIT_COMPLETED: {
      const auto visit = body.getBvcHomevisitCompleted();
      if (visit.getProgramId().size() == 0 || visit.getStep() < 0) return {};
      return Made(FactKind::PROGRAM_CHANGED, Detail(schema::ProgramChanged::Change::STEP),
                  visit.getProgramId().cStr(), visit.getStep());
    }
    case Body::BVC_CARE_DECLINED:
      return Made(FactKind::CARE_DECLINED, Detail(body.getBvcCareDeclined().getScope()));
    case Body::BVC_HOMEVISIT_DECLINED:
      return Made(FactKind::HOME_VISIT_DECLINED, Detail(body.getBvcHomevisitDeclined().getKind()));
    case Body::BVC_VACCINATION_DELAYED:
      return Made(FactKind::VACCINATION_DELAYED,
                  Detail(body.getBvcVaccinationDelayed().getReason()),
                  body.getBvcVaccinationDelayed().getDoseCode().cStr());
    default: return {};
  }
}

Fact DentalFact(Body::Reader body) {
  switch (body.which()) {
    case Body::DENTAL_RECALL_SENT:
      return Made(FactKind::DENTAL_RECALL_SENT, Detail(body.getDentalRecallSent().getType()));
    case Body::DENTAL_VISIT_COMPLETED:
      return Made(FactKind::DENTAL_VISIT_COMPLETED,
                  Detail(body.getDentalVisitCompleted().getVisitType()),
                  body.getDentalVisitCompleted().getAppointmentId().cStr());
    case Body::DENTAL_VISIT_MISSED:
      return Made(FactKind::DENTAL_VISIT_MISSED, Detail(body.getDentalVisitMissed().getReason()),
                  body.getDentalVisitMissed().getAppointmentId().cStr());
    case Body::DENTAL_VISIT_LATE_CANCELLED:
      return Made(FactKind::DENTAL_VISIT_LATE_CANCELLED, 0,
                  body.getDentalVisitLateCancelled().getAppointmentId().cStr());
    case Body::DENTAL_CONTACT_ATTEMPTED:
      return Made(FactKind::DENTAL_CONTACT_ATTEMPTED,
                  Detail(body.getDentalContactAttempted().getOutcome()));
    case Body::DENTAL_CONTACT_FAILED: return Made(FactKind::DENTAL_CONTACT_FAILED, 0);
    case Body::DENTAL_CARIES_RECORDED:
      return Made(FactKind::DENTAL_CARIES, 0, SeriesOf(body.getDentalCariesRecorded()),
                  body.getDentalCariesRecorded().getValue());
    case Body::DENTAL_TREATMENT_OVERDUE: return Made(FactKind::DENTAL_TREATMENT_OVERDUE, 0);
    case Body::DENTAL_PAIN_ACUTE: return Made(FactKind::DENTAL_PAIN, 0);
    case Body::DENTAL_CHILD_UNLISTED: return Made(FactKind::DENTAL_UNLISTED, 0);
    case Body::DENTAL_GUARDIAN_NOT_COOPERATING:
      return Made(FactKind::DENTAL_NOT_COOPERATING,
                  Detail(body.getDentalGuardianNotCooperating().getKind()));
    case Body::DENTAL_EXAM_REPORTED:
      return Made(FactKind::DENTAL_EXAM, Detail(body.getDentalExamReported().getResult()),
                  body.getDentalExamReported().getOrderId().cStr());
    default: return {};
  }
}

Fact SharedFact(const EventView& view, Body::Reader body) {
  switch (body.which()) {
    case Body::SOCIAL_PLACEMENT_CHANGED:
      return Made(FactKind::PLACEMENT_CHANGED, Detail(body.getSocialPlacementChanged().getKind()));
    case Body::SOCIAL_EXAM_REQUESTED: {
      const auto order = body.getSocialExamRequested();
      return Made(FactKind::EXAM_REQUESTED, Detail(order.getExamKind()), order.getOrderId().cStr(),
                  DayOf(order.getDueDate().cStr()));
    }
    case Body::HEALTH_EXAM_REPORTED:
      return Made(FactKind::HEALTH_EXAM, Detail(body.getHealthExamReported().getResult()),
                  body.getHealthExamReported().getOrderId().cStr());
    case Body::PERSON_MOVED: return Made(FactKind::PERSON_MOVED, 0);
    case Body::REPORT_SIGNED: {
      std::string key = ToUuid(view.id.view());
      key += '@';
      key += view.unit;  // nobody but who told it may hear of it again
      return Made(FactKind::REPORT_SIGNED, 0, std::move(key));
    }
    default: return {};
  }
}

}  // namespace

Fact FactOf(const EventView& view) {
  const Body::Reader body = view.event.getBody();
  Fact fact = BvcFact(body);
  if (fact.kind == 0) fact = DentalFact(body);
  if (fact.kind == 0) fact = SharedFact(view, body);
  if (fact.kind == 0) return fact;
  PutOrder(view, body, fact);
  fact.events = {view.id};
  fact.offset = view.offset;
  fact.at = view.at;
  fact.episode = view.episode_key;
  fact.baseline = view.baseline;
  return fact;
}

}  // namespace sam::rules
