#include "tests/bench/rules_feed.h"

#include <capnp/message.h>

#include <cstring>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::bench {
namespace {

constexpr char kBvc[] = "SE2321000198-BVCTEST";
constexpr char kClinic[] = "SE2321000198-FTVTEST";
constexpr int64_t kMarkTime = 0x1122334455667788;

template <typename Fill>
std::string Make(const char* type, const char* unit, Fill fill) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  auto header = event.initHeader();
  header.setEventId(wire::AsData(std::string_view("0123456789abcdef")));
  header.setType(type);
  header.setOccurredAt(kMarkTime);
  header.initSource().setUnitHsaId(unit);
  header.initController().setOrgNr("2321000198");
  header.getController().setBoard("Hälso- och sjukvårdsnämnden");
  header.initSubject().setBirthDate("2025-06-01");
  header.getSubject().setHomeMunicipality("2183");
  header.getSubject().setProtection(schema::Protection::NONE);
  fill(event.getBody());
  return wire::Flatten(message);
}

// A number of its own for each event: absences with one number would be one absence.
template <typename Body>
void Number(Body body) {
  body.setAppointmentId("A-0001234567");
}

}  // namespace

RulesFeed::RulesFeed() {
  using Body = schema::Event::Body::Builder;
  const auto form = [](std::string bytes) {
    Form out;
    out.bytes = std::move(bytes);
    out.id = out.bytes.find("0123456789abcdef");
    std::string time(8, '\0');
    std::memcpy(time.data(), &kMarkTime, 8);
    out.at = out.bytes.find(time);
    SAM_CHECK(out.id != std::string::npos && out.at != std::string::npos);
    return out;
  };
  registered_ = form(Make("bvc.child.registered", kBvc, [](Body b) {
    b.initBvcChildRegistered().setUnitHsaId(kBvc);
    b.getBvcChildRegistered().setFromDate("2025-06-04");
  }));
  registered_.born = registered_.bytes.find("2025-06-01");
  registered_.from = registered_.bytes.find("2025-06-04");
  const Millis june = *FromIso("2025-06-01");
  for (const int64_t later : {0, 3})
    for (uint64_t day = 0; day < kDays; ++day)
      dates_.push_back(
          ToIso(Millis(june.value + (later - static_cast<int64_t>(day)) * kDayMs)).substr(0, 10));
  const auto booked = form(Make("bvc.visit.booked", kBvc, [](Body b) {
    Number(b.initBvcVisitBooked());
    b.getBvcVisitBooked().setVisitCode("bhv.m10");
  }));
  const auto visit = form(Make("bvc.visit.completed", kBvc, [](Body b) {
    b.initBvcVisitCompleted().setVisitCode("bhv.m3");
  }));
  const auto missed = form(Make("bvc.visit.missed", kBvc, [](Body b) {
    b.initBvcVisitMissed().setVisitCode("bhv.m3");
  }));
  const auto dental = form(Make("dental.visit.completed", kClinic, [](Body b) {
    b.initDentalVisitCompleted().setDate("2025-08-01");
    b.getDentalVisitCompleted().setVisitType(schema::DentalVisitType::EXAM);
  }));
  const auto away = form(Make("dental.visit.missed", kClinic, [](Body b) {
    b.initDentalVisitMissed().setDate("2025-08-01");
  }));
  const auto caries = form(Make("dental.caries.recorded", kClinic, [](Body b) {
    b.initDentalCariesRecorded().setIndex(schema::DentalCariesRecorded::Index::DECIDUOUS_DFT);
    b.getDentalCariesRecorded().setValue(1);
  }));
  const auto moved = form(Make("person.moved", kBvc, [](Body b) {
    b.initPersonMoved().setNewMunicipality("2183");
  }));
  const auto screened = form(Make("bvc.screening.deviation", kBvc, [](Body b) {
    b.initBvcScreeningDeviation().setDomain(schema::ScreeningDeviation::Domain::LANGUAGE);
  }));
  // Shares of a working day, in steps of a twentieth.
  for (const auto& [one, times] : {std::pair{&booked, 7}, {&visit, 5}, {&dental, 2}, {&missed, 1},
                                   {&away, 1}, {&caries, 1}, {&moved, 1}, {&screened, 2}})
    for (int i = 0; i < times; ++i) mix_.push_back(*one);
}

const std::string& RulesFeed::Registration(uint64_t i, Millis at) {
  const std::string& born = dates_[i % kDays];
  const std::string& from = dates_[i % kDays + kDays];
  std::memcpy(registered_.bytes.data() + registered_.born, born.data(), born.size());
  std::memcpy(registered_.bytes.data() + registered_.from, from.data(), from.size());
  return Next(registered_, i, at);
}

const std::string& RulesFeed::Next(Form& form, uint64_t i, Millis at) {
  const EventId id = EventOf(i);
  std::memcpy(form.bytes.data() + form.id, id.bytes.data(), EventId::kSize);
  std::memcpy(form.bytes.data() + form.at, &at.value, 8);
  return form.bytes;
}

SubjectId RulesFeed::ChildOf(uint64_t child) {
  SubjectId id;
  // Spread as random ids are.
  const uint64_t high = child * 0x9e3779b97f4a7c15u, low = ~high * 0xbf58476d1ce4e5b9u;
  std::memcpy(id.bytes.data(), &high, 8);
  std::memcpy(id.bytes.data() + 8, &low, 8);
  return id;
}

EventId RulesFeed::EventOf(uint64_t i) {
  EventId id;
  const uint64_t high = (i + 1) * 0xd6e8feb86659fd93u;
  std::memcpy(id.bytes.data(), &high, 8);
  std::memcpy(id.bytes.data() + 8, &i, 8);
  return id;
}

}  // namespace sam::bench
