#include "tests/sim/event_maker.h"

#include <capnp/message.h>

#include "broker/base/text.h"
#include "broker/contract/catalogue.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"

namespace sam::sim {
namespace {

constexpr size_t kChildren = 5;  // a place; few, so that their stories meet

std::string DateOf(Millis at) { return ToIso(at).substr(0, 10); }

}  // namespace

const std::vector<EventMaker::Place>& EventMaker::Places() {
  static const std::vector<Place> places = {
      {"sim.bollnas", "SE2321000198-BVCTEST", "bvc.bollnas", "232100-0198",
       "Hälso- och sjukvårdsnämnden", "2183"},
      {"sim.gavle", "SE2321000198-BVCTEST2", "bvc.gavle", "232100-0198",
       "Hälso- och sjukvårdsnämnden", "2180"},
      {"sim.visby", "SE2120000803-BVCTEST", "bvc.visby", "212000-0803",
       "Hälso- och sjukvårdsnämnden", "0980"},
  };
  return places;
}

EventMaker::EventMaker(World& world)
    : world_(world),
      ids_(world.clock, Random(world.random.Next())),
      children_(Places().size()),
      made_(Places().size()),
      parts_(Places().size()) {
  uint64_t number = 0;
  for (size_t place = 0; place < Places().size(); ++place) {
    for (size_t i = 0; i < kChildren; ++i) {
      Child child;
      child.id = "SIM-" + std::to_string(++number);
      if (world.Chance(0.3)) child.old_id = child.id + "-old";
      child.born = Millis(world.story.value - static_cast<int64_t>(world.Below(300)) * kDayMs);
      child.municipality = Places()[place].municipality;
      if (world.Chance(0.15)) child.municipality = world.Chance(0.5) ? "" : "0114";
      children_[place].push_back(std::move(child));
    }
  }
}

EventMaker::Child& EventMaker::ChildOf(size_t place) {
  // The two places of one region also tell of each other's children.
  const bool other = place < 2 && world_.Chance(0.15);
  return children_[other ? 1 - place : place][world_.Below(kChildren)];
}

void EventMaker::FillVisit(Child& child, Body body) {
  static const std::vector<std::string> kCodes = {"bhv.v4", "bhv.m6", "bhv.m8", "bhv.m12"};
  const auto start = world_.story.value - static_cast<int64_t>(world_.Below(3 * kDayMs));
  std::string appointment = "A" + std::to_string(++messages_);
  if (!child.appointments.empty() && world_.Chance(0.6))
    appointment = world_.Pick(child.appointments);
  else
    child.appointments.push_back(appointment);
  const std::string code = world_.Pick(kCodes);
  const uint64_t kind = world_.Below(8);
  if (kind == 0) {
    auto visit = body.initBvcVisitBooked();
    visit.setAppointmentId(appointment);
    visit.setVisitCode(code);
    visit.setStart(start);
  } else if (kind == 1) {
    auto visit = body.initBvcVisitCancelled();
    visit.setAppointmentId(appointment);
    visit.setBy(world_.Chance(0.5) ? schema::VisitCancelled::By::CLINIC
                                   : schema::VisitCancelled::By::FAMILY);
  } else if (kind == 2) {
    auto visit = body.initBvcVisitCompleted();
    visit.setAppointmentId(appointment);
    visit.setVisitCode(code);
    visit.setStart(start);
  } else if (kind == 3) {
    auto visit = body.initBvcHomevisitCompleted();
    visit.setKind(world_.Chance(0.5) ? schema::HomeVisitKind::NEWBORN : schema::HomeVisitKind::M8);
    visit.setDate(DateOf(Millis(start)));
  } else {
    auto visit = body.initBvcVisitMissed();
    visit.setAppointmentId(appointment);
    visit.setVisitCode(code);
    visit.setStart(start);
  }
}

void EventMaker::FillOutcome(const Child& child, Body body) {
  auto outcome = body.initBvcBarnsakertOutcome();
  outcome.initOutcomes(1).set(0, schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
  const bool consent = world_.Chance(0.5);
  outcome.setConsentGiven(consent ? schema::YesNo::YES : schema::YesNo::NO);
  if (consent) outcome.setConsentRef("consent-" + child.id);
}

void EventMaker::FillConsent(const Child& child, Body body) {
  auto consent = body.initConsentChanged();
  consent.setConsentId("consent-" + child.id);
  consent.initScope(1).set(0, "SIG-B1");
  consent.setState(world_.Chance(0.6) ? schema::ConsentChanged::State::GIVEN
                                      : schema::ConsentChanged::State::WITHDRAWN);
  if (world_.Chance(0.3))
    consent.setExpires(DateOf(Millis(world_.story.value + 20 * kDayMs)));
}

void EventMaker::FillReport(const Place& place, Body body) {
  auto report = body.initReportSigned();
  report.setSignerName("Sim Signer");
  report.setSignerRole("nurse");
  report.setSignerFunction(world_.Chance(0.9) ? place.function : "bvc.unknown");
  report.setSignedAt(world_.story.value);
  report.setAcute(world_.Chance(0.3));
  report.setChildAddress(std::string(kMadeUpAddress).append(std::to_string(messages_)));
  if (world_.Chance(0.4)) {
    auto files = report.initAttachments(static_cast<unsigned>(1 + world_.Below(2)));
    for (auto file : files) {
      const std::string content(1 + world_.Below(40), static_cast<char>('a' + world_.Below(26)));
      file.setTitle(content);  // the file itself, so that its parts can be cut from it
      file.setDigest(wire::AsData(Sha256({content}).view()));
      file.setSize(content.size());
    }
  }
  report.setConcern("made up for the simulation, number " + std::to_string(++messages_));
}

void EventMaker::FillPerson(const Place& place, Child& child, Body body) {
  static const std::vector<std::string> kMunicipalities = {"2183", "2180", "0980", "0114"};
  static const std::vector<schema::Protection> kProtections = {
      schema::Protection::NONE, schema::Protection::SEKRETESSMARKERING,
      schema::Protection::SKYDDAD_FOLKBOKFORING};
  const uint64_t kind = world_.Below(10);
  if (kind < 4) {
    child.municipality = world_.Chance(0.7) ? place.municipality : world_.Pick(kMunicipalities);
    body.initPersonMoved().setNewMunicipality(child.municipality);
  } else if (kind < 8 || child.old_id.empty() || child.linked) {
    auto change = body.initPersonProtectionChanged();
    change.setOld(child.protection);
    child.protection = world_.Pick(kProtections);
    change.setNew(child.protection);
  } else {
    child.linked = true;
    auto old = body.initPersonIdLinked().initOldIds(1);
    old[0].setSystem("urn:sim");
    old[0].setValue(child.old_id);
  }
}

void EventMaker::Fill(const Place& place, Child& child, Body body) {
  if (!child.registered || world_.Chance(0.03)) {
    child.registered = true;
    auto registered = body.initBvcChildRegistered();
    registered.setUnitHsaId(place.unit);
    registered.setFromDate(DateOf(child.born));
    return;
  }
  const uint64_t kind = world_.Below(100);
  if (kind < 50) return FillVisit(child, body);
  if (kind < 62) return FillOutcome(child, body);
  if (kind < 72) return FillConsent(child, body);
  if (kind < 86) return FillReport(place, body);
  if (kind < 97) return FillPerson(place, child, body);
  if (kind == 97) {
    body.initPersonDeceased().setDate(DateOf(world_.story));
  } else {
    auto moved = body.initBvcChildTransferred();
    moved.setFromUnit(place.unit);
    moved.setReason(schema::ChildTransferred::Reason::MOVED);
    child.registered = false;
  }
}

// The files of a report in parts of at most ten bytes, as they will be told.
void EventMaker::AddFiles(size_t place_number, schema::Event::Reader report) {
  if (!report.getBody().isReportSigned()) return;
  constexpr size_t kPart = 10;
  uint16_t attachment = 0;
  for (const auto file : report.getBody().getReportSigned().getAttachments()) {
    const std::string content = file.getTitle().cStr();
    const auto count = static_cast<uint16_t>((content.size() + kPart - 1) / kPart);
    for (uint16_t index = 0; index < count; ++index) {
      capnp::MallocMessageBuilder message;
      auto event = message.initRoot<schema::Event>();
      event.setHeader(report.getHeader());
      auto header = event.getHeader();
      header.setEventId(wire::AsData(ids_.Next().view()));
      header.setType("report.attachment");
      header.setEpisodeKey("");
      header.setSourceMessageId("M" + std::to_string(++messages_));
      auto part = event.getBody().initReportAttachment();
      part.setReportMessageId(report.getHeader().getSourceMessageId());
      part.setAttachment(attachment);
      part.setDigest(file.getDigest());
      part.setSize(content.size());
      part.setIndex(index);
      part.setCount(count);
      part.setBytes(wire::AsData(content.substr(index * kPart, kPart)));
      const Telling telling{"part", Places()[place_number].system, wire::Flatten(message)};
      if (world_.Chance(0.95)) parts_[place_number].push_back(telling);
      if (world_.Chance(0.1)) parts_[place_number].push_back(telling);
    }
    ++attachment;
  }
}

EventMaker::Telling EventMaker::Fresh(size_t place_number) {
  const Place& place = Places()[place_number];
  Child& child = ChildOf(place_number);
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  auto header = event.initHeader();
  Fill(place, child, event.getBody());
  const std::string type = contract::EventTypeOf(event.asReader())->name;
  header.setEventId(wire::AsData(ids_.Next().view()));
  header.setType(type);
  header.setSchemaVersion(wire::kSchemaVersion);
  // Late arrivals and small clock errors; order is the journal's, not this one's.
  header.setOccurredAt(world_.story.value - static_cast<int64_t>(world_.Below(2 * kDayMs)));
  header.setRecordedAt(world_.clock.Now().value);
  auto source = header.initSource();
  source.setSystemId(place.system);
  source.setUnitHsaId(place.unit);
  auto controller = header.initController();
  controller.setOrgNr(place.org);
  controller.setBoard(place.board);
  header.setSourceMessageId("M" + std::to_string(++messages_));
  auto subject = header.initSubject();
  const bool old = !child.old_id.empty() && !child.linked && world_.Chance(0.5);
  auto ids = subject.initIds(1);
  ids[0].setSystem("urn:sim");
  ids[0].setValue(old ? child.old_id : child.id);
  subject.setBirthDate(DateOf(child.born));
  subject.setHomeMunicipality(child.municipality);
  subject.setProtection(world_.Chance(0.3) ? schema::Protection::UNKNOWN : child.protection);
  header.setTest(true);
  if (world_.Chance(0.2)) header.setEpisodeKey("E" + std::to_string(world_.Below(40)));
  header.setBaseline(world_.Chance(0.03));
  Telling telling{type + " of " + child.id, place.system, wire::Flatten(message)};
  made_[place_number].push_back({telling.bytes, type});
  AddFiles(place_number, event.asReader());
  return telling;
}

// Something told before, once more: as it was, mapped anew, taken back, corrected, or with its
// message id on other content.
EventMaker::Telling EventMaker::Again(size_t place_number) {
  const Place& place = Places()[place_number];
  const Made& made = world_.Pick(made_[place_number]);
  const auto original = wire::Parse<schema::Event>(made.bytes);
  SAM_CHECK(original.ok());
  capnp::MallocMessageBuilder message;
  message.setRoot(original->get());
  auto header = message.getRoot<schema::Event>().getHeader();
  const uint64_t kind = world_.Below(10);
  if (kind < 2) return {"again " + made.type, place.system, made.bytes};
  const std::string before(wire::View(original->get().getHeader().getEventId()));
  if (kind < 5) {
    header.setEventId(wire::AsData(ids_.Next().view()));
    header.setRecordedAt(world_.clock.Now().value);
    return {"mapped again " + made.type, place.system, wire::Flatten(message)};
  }
  std::string what = "other content under the id of ";
  header.setOccurredAt(header.getOccurredAt() - kHourMs);
  header.setEventId(wire::AsData(ids_.Next().view()));
  if (kind > 5) {
    const bool gone = kind < 9;
    what = gone ? "retracted " : "corrected ";
    header.setStatus(gone ? schema::EventStatus::RETRACTED : schema::EventStatus::CORRECTED);
    header.setReplaces(wire::AsData(before));
    header.setSourceMessageId("M" + std::to_string(++messages_));
    made_[place_number].push_back({wire::Flatten(message), made.type});
    return {what + made_[place_number].back().type, place.system, made_[place_number].back().bytes};
  }
  return {what + made.type, place.system, wire::Flatten(message)};
}

EventMaker::Telling EventMaker::Next(size_t place) {
  std::vector<Telling>& parts = parts_[place];
  if (!parts.empty() && world_.Chance(0.6)) {
    const size_t at = world_.Chance(0.8) ? 0 : world_.Below(parts.size());
    Telling telling = parts[at];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at));
    return telling;
  }
  if (!made_[place].empty() && world_.Chance(0.25)) return Again(place);
  return Fresh(place);
}

}  // namespace sam::sim
