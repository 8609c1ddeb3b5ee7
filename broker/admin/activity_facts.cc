#include "broker/admin/activity_facts.h"

#include <algorithm>
#include <utility>

#include "broker/wire/capnp_values.h"

namespace sam::admin {
namespace {

// The booking that a visit was missed of; empty: the event has none.
std::string BookingOf(schema::Event::Body::Reader body) {
  if (body.isBvcVisitMissed()) return body.getBvcVisitMissed().getAppointmentId().cStr();
  if (body.isDentalVisitMissed()) return body.getDentalVisitMissed().getAppointmentId().cStr();
  return "";
}

}  // namespace

std::string ActivityOf(schema::Event::Body::Reader body) {
  using Answer = schema::BarnSakertAnswered::Answer;
  if (body.isBvcEpdsPerformed()) return "epds";
  if (body.isBvcVisitMissed()) return "visit.missed";
  if (body.isDentalVisitMissed()) return "dental.missed";
  if (body.isBvcHomevisitDeclined()) return "homevisit.declined";
  if (!body.isBvcBarnsakertAnswered()) return "";
  switch (body.getBvcBarnsakertAnswered().getResult()) {
    case Answer::ANSWERED: return "barnsakert.answered";
    case Answer::DECLINED: return "barnsakert.declined";
    default: return "";
  }
}

std::string OfferOf(schema::Event::Body::Reader body) {
  if (!body.isBvcGuardianDentalOffered()) return "";
  switch (body.getBvcGuardianDentalOffered().getAccepted()) {
    case schema::YesNo::YES: return "accepted";
    case schema::YesNo::NO: return "declined";
    default: return "open";
  }
}

void ActivityReader::Note(const journal::Header& header, schema::Event::Reader event) {
  const auto head = event.getHeader();
  const EventId replaced = wire::IdOf<EventId>(head.getReplaces());
  if (!replaced.empty()) replaced_.insert(replaced);
  const Millis at(head.getOccurredAt());
  if (head.getStatus() == schema::EventStatus::RETRACTED || at < period_.from || at >= period_.until ||
      (head.getTest() && !test_) || header.subject.empty())
    return;
  Happening one;
  one.code = ActivityOf(event.getBody());
  if (one.code.empty()) {
    one.code = OfferOf(event.getBody());
    one.offer = true;
  }
  if (one.code.empty()) return;
  one.event = header.event;
  one.subject = header.subject;
  one.at = at;
  const auto key = [&](const char* kind, const std::string& value) {
    if (!value.empty()) one.keys.push_back(one.code + kind + value);
  };
  key(" episode ", head.getEpisodeKey().cStr());
  key(" booking ", BookingOf(event.getBody()));
  happenings_.push_back(std::move(one));
}

Result<ActivityReader::Facts> ActivityReader::Take(People& people) const {
  Facts out;
  std::unordered_set<std::string> told;
  for (const Happening& one : happenings_) {
    if (replaced_.contains(one.event)) continue;
    statistics::Fact fact;
    SAM_TRY(people.Tell(one.subject, one.at, fact));
    bool again = false;
    for (const std::string& key : one.keys)
      again = !told.insert(std::to_string(fact.child) + " " + key).second || again;
    if (again) continue;
    fact.code = one.code;
    (one.offer ? out.offers : out.activities).push_back(std::move(fact));
  }
  return out;
}

}  // namespace sam::admin
