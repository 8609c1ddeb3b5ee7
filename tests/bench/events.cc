#include "tests/bench/events.h"

#include <capnp/message.h>

#include <cstdio>

#include "broker/base/check.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"
#include "broker/wire/codec.h"

namespace sam::bench {
namespace {

constexpr std::string_view kId = "\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf\xb0";
constexpr std::string_view kMessage = "M-------0-------";
constexpr std::string_view kChild = "CHILD---";
constexpr std::string_view kConsent = "CONSENT-";

size_t Find(const std::string& bytes, std::string_view what) {
  const size_t at = bytes.find(what);
  SAM_CHECK(at != std::string::npos && bytes.find(what, at + 1) == std::string::npos);
  return at;
}

void PutHex(std::string& bytes, size_t at, uint32_t value) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (size_t i = 8; i-- > 0; value >>= 4) bytes[at + i] = kHex[value & 15];
}

void FillVisit(schema::Event::Body::Builder body, Millis now) {
  auto visit = body.initBvcVisitBooked();
  visit.setAppointmentId("A-1");
  visit.setVisitCode("bhv.m8");
  visit.setStart(now.value);
}

void FillOutcome(schema::Event::Body::Builder body) {
  auto outcome = body.initBvcBarnsakertOutcome();
  outcome.initOutcomes(1).set(0, schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
  outcome.setConsentGiven(schema::YesNo::YES);
  outcome.setConsentRef(std::string(kConsent).c_str());
}

std::string Build(Telling telling, const std::string& system_id, size_t padding) {
  const Millis now = SystemClock().Now();
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  auto header = event.initHeader();
  header.setEventId(wire::AsData(kId));
  header.setType(telling == Telling::kVisit ? "bvc.visit.booked" : "bvc.barnsakert.outcome");
  header.setSchemaVersion(wire::kSchemaVersion);
  header.setOccurredAt(now.value);
  header.setRecordedAt(now.value);
  auto source = header.initSource();
  source.setSystemId(system_id);
  source.setUnitHsaId("SE2321000198-BVCTEST");
  auto controller = header.initController();
  controller.setOrgNr("232100-0198");
  controller.setBoard("Hälso- och sjukvårdsnämnden");
  header.setSourceMessageId(std::string(kMessage).c_str());
  auto subject = header.initSubject();
  auto ids = subject.initIds(1);
  ids[0].setSystem("urn:bench");
  ids[0].setValue(std::string(kChild).c_str());
  subject.setHomeMunicipality("2183");
  subject.setProtection(schema::Protection::NONE);
  header.setTest(true);
  if (telling == Telling::kVisit)
    FillVisit(event.getBody(), now);
  else
    FillOutcome(event.getBody());
  // Texts that are neither all the same nor all noise, as a real event's.
  std::string filler;
  for (size_t i = 0; filler.size() < padding; ++i)
    filler += "w" + std::to_string(i * 7919 % 1000) + " ";
  filler.resize(padding);
  if (padding > 0) header.setActorRole(filler.c_str());
  return wire::Flatten(message);
}

}  // namespace

EventMill::EventMill(Telling telling, const std::string& system_id, uint32_t run,
                     uint32_t children)
    : bytes_(Build(telling, system_id, 0)), run_(run), children_(children) {
  // A message is whole words, so 500 cannot be met exactly: 496 or 504.
  for (size_t padding = 8; bytes_.size() + 4 < kEventBytes; padding += 8)
    bytes_ = Build(telling, system_id, padding);
  id_at_ = Find(bytes_, kId);
  message_at_ = Find(bytes_, kMessage);
  child_at_ = Find(bytes_, kChild);
  if (telling == Telling::kOutcome) consent_at_ = Find(bytes_, kConsent);
}

std::string_view EventMill::Make(uint32_t number, int64_t published_us) {
  const std::string moment = BigEndian64(static_cast<uint64_t>(published_us));
  const std::string rest = BigEndian64((uint64_t{run_} << 32) | number);
  bytes_.replace(id_at_, 16, moment + rest);
  PutHex(bytes_, message_at_, run_);
  PutHex(bytes_, message_at_ + 8, number);
  PutHex(bytes_, child_at_, number % children_);
  if (consent_at_ != 0) PutHex(bytes_, consent_at_, number % children_);
  return bytes_;
}

int64_t PublishedMicros(std::string_view event_id) {
  return event_id.size() == 16 ? static_cast<int64_t>(ReadBigEndian64(event_id)) : 0;
}

uint32_t RunOf(std::string_view event_id) {
  return event_id.size() == 16 ? static_cast<uint32_t>(ReadBigEndian64(event_id.substr(8)) >> 32)
                               : 0;
}

}  // namespace sam::bench
