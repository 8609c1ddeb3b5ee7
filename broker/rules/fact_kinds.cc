#include "broker/rules/fact_kinds.h"

#include <capnp/schema.h>

#include "schemas/event.capnp.h"

namespace sam::rules {
namespace {

using schema::FactKind;
using Details = capnp::EnumSchema (*)();

template <typename Enum>
capnp::EnumSchema DetailsOf() {
  return capnp::Schema::from<Enum>();
}

struct Known {
  const char* type;
  uint16_t kind;
  const char* domain;
  Details details;  // null: it has none
};

const std::vector<Known>& AllKnown() {
  static const std::vector<Known> all = {
      {"bvc.visit.completed", fact::kVisitCompleted, "bvc", nullptr},
      {"bvc.homevisit.completed", fact::kHomeVisitCompleted, "bvc",
       DetailsOf<schema::HomeVisitKind>},
      {"bvc.visit.missed", fact::kVisitMissed, "bvc", nullptr},
      {"bvc.homevisit.declined", fact::Of(FactKind::HOME_VISIT_DECLINED), "bvc",
       DetailsOf<schema::HomeVisitKind>},
      {"bvc.care.declined", fact::Of(FactKind::CARE_DECLINED), "bvc",
       DetailsOf<schema::CareDeclined::Scope>},
      {"bvc.child.transferred", fact::Of(FactKind::CHILD_TRANSFERRED), "bvc",
       DetailsOf<schema::ChildTransferred::Reason>},
      {"bvc.visit.booked", fact::Of(FactKind::VISIT_BOOKED), "bvc", DetailsOf<schema::VisitMode>},
      {"bvc.program.changed", fact::Of(FactKind::PROGRAM_CHANGED), "bvc",
       DetailsOf<schema::ProgramChanged::Change>},
      {"bvc.vaccination.delayed", fact::Of(FactKind::VACCINATION_DELAYED), "bvc",
       DetailsOf<schema::VaccinationDelayed::Reason>},
      {"dental.recall.sent", fact::Of(FactKind::DENTAL_RECALL_SENT), "dental",
       DetailsOf<schema::DentalRecallSent::Type>},
      {"dental.visit.completed", fact::Of(FactKind::DENTAL_VISIT_COMPLETED), "dental",
       DetailsOf<schema::DentalVisitType>},
      {"dental.visit.missed", fact::Of(FactKind::DENTAL_VISIT_MISSED), "dental",
       DetailsOf<schema::DentalVisitMissed::Reason>},
      {"dental.visit.lateCancelled", fact::Of(FactKind::DENTAL_VISIT_LATE_CANCELLED), "dental",
       nullptr},
      {"dental.contact.attempted", fact::Of(FactKind::DENTAL_CONTACT_ATTEMPTED), "dental",
       DetailsOf<schema::ContactOutcome>},
      {"dental.contact.failed", fact::Of(FactKind::DENTAL_CONTACT_FAILED), "dental", nullptr},
      {"dental.caries.recorded", fact::Of(FactKind::DENTAL_CARIES), "dental", nullptr},
      {"dental.treatment.overdue", fact::Of(FactKind::DENTAL_TREATMENT_OVERDUE), "dental", nullptr},
      {"dental.pain.acute", fact::Of(FactKind::DENTAL_PAIN), "dental", nullptr},
      {"dental.child.unlisted", fact::Of(FactKind::DENTAL_UNLISTED), "dental", nullptr},
      {"dental.guardian.notCooperating", fact::Of(FactKind::DENTAL_NOT_COOPERATING), "dental",
       DetailsOf<schema::DentalGuardianNotCooperating::Kind>},
      {"social.placement.changed", fact::Of(FactKind::PLACEMENT_CHANGED), "social",
       DetailsOf<schema::SocialPlacementChanged::Kind>},
      {"social.exam.requested", fact::Of(FactKind::EXAM_REQUESTED), "social",
       DetailsOf<schema::SocialExamRequested::ExamKind>},
      {"health.exam.reported", fact::Of(FactKind::HEALTH_EXAM), "bvc",
       DetailsOf<schema::ExamResult>},
      {"dental.exam.reported", fact::Of(FactKind::DENTAL_EXAM), "dental",
       DetailsOf<schema::ExamResult>},
      {"person.moved", fact::Of(FactKind::PERSON_MOVED), "", nullptr},
      {"report.signed", fact::Of(FactKind::REPORT_SIGNED), "", nullptr},
      {"signal.receipt", fact::Of(FactKind::SIGNAL_RECEIPT), "", DetailsOf<schema::LadderState>},
  };
  return all;
}

const Known* Find(uint16_t kind) {
  for (const Known& one : AllKnown())
    if (one.kind == kind) return &one;
  return nullptr;
}

}  // namespace

std::optional<FactMatch> FactNamed(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view type = text.substr(0, colon);
  for (const Known& one : AllKnown()) {
    if (type != one.type) continue;
    if (colon == std::string_view::npos) return FactMatch{one.kind, kAnyDetail};
    if (one.details == nullptr) return std::nullopt;
    for (const auto enumerant : one.details().getEnumerants())
      if (text.substr(colon + 1) == enumerant.getProto().getName().cStr())
        return FactMatch{one.kind, enumerant.getOrdinal()};
    return std::nullopt;
  }
  return std::nullopt;
}

const char* TypeOf(uint16_t kind) {
  const Known* one = Find(kind);
  return one == nullptr ? "" : one->type;
}

std::string_view DomainOf(uint16_t kind) {
  const Known* one = Find(kind);
  return one == nullptr ? "" : one->domain;
}

}  // namespace sam::rules
