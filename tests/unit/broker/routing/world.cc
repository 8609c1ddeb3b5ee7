#include "tests/unit/broker/routing/world.h"

#include <fstream>
#include <sstream>

#include <capnp/message.h>
#include <gtest/gtest.h>

#include "broker/wire/codec.h"

namespace sam::routing {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

World DemoWorld(bool connected) {
  const std::string folder = SAM_SOURCE_DIR "/deploy/config/demo/";
  World world;
  std::string text = ReadFile(folder + "directory.toml");
  const std::string none = "channel = \"none\"\n";
  for (size_t at = text.find(none); connected && at != std::string::npos; at = text.find(none))
    text.erase(at, none.size());
  auto directory = ParseDirectory(std::move(text), "directory.toml");
  EXPECT_TRUE(directory.ok()) << (directory.ok() ? "" : directory.error().message);
  if (directory.ok()) world.directory = std::move(directory).value();
  auto agreements = ParseAgreements(ReadFile(folder + "agreements.toml"), "agreements.toml",
                                    world.directory);
  EXPECT_TRUE(agreements.ok()) << (agreements.ok() ? "" : agreements.error().message);
  if (agreements.ok()) world.agreements = std::move(agreements).value();
  return world;
}

EventId TestId(uint8_t number) {
  EventId id;
  id.bytes[0] = 1;
  id.bytes[15] = number;
  return id;
}

std::string MakeEvent(const std::function<void(schema::Event::Builder)>& fill) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  auto subject = event.initHeader().initSubject();
  auto ids = subject.initIds(1);
  ids[0].setSystem("urn:oid:1.2.752.74.9.1");
  ids[0].setValue("20210325K069");
  subject.setBirthDate("2021-03-25");
  subject.setHomeMunicipality("canary-old-municipality");
  event.getHeader().initSource().setUnitHsaId("canary-unit");
  fill(event);
  return wire::Flatten(message);
}

std::string ReportEvent(bool acute) {
  return MakeEvent([acute](schema::Event::Builder event) {
    auto report = event.getBody().initReportSigned();
    report.setSignerName("canary-signer");
    report.setSignerRole("nurse");
    report.setSignerFunction("bvc.bollnas");
    report.setSignedAt(kNow.value);
    report.setAcute(acute);
    report.setChildAddress("canary-address");
    report.setConcern("canary-concern");
    report.setObserved("canary-observed");
    auto guardian = report.initGuardians(1)[0];
    guardian.setName("canary-guardian");
    guardian.setAddress("canary-guardian-address");
    guardian.setNotInformedReason("canary-reason");
  });
}

std::string OutcomeEvent() {
  return MakeEvent([](schema::Event::Builder event) {
    auto outcome = event.getBody().initBvcBarnsakertOutcome();
    auto forms = outcome.initOutcomes(2);
    forms.set(0, schema::BarnSakertOutcome::Outcome::REPORT_MADE);
    forms.set(1, schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
    auto areas = outcome.initAreas(2);
    areas.set(0, schema::BarnSakertOutcome::Area::IPV);
    areas.set(1, schema::BarnSakertOutcome::Area::ECONOMY);
    outcome.setContactWay("phone");
    outcome.setLanguage("fi");
    outcome.setVisitCode("canary-visit");
  });
}

namespace {

void FillPlan(schema::CoordTsiChanged::Builder plan) {
  plan.setPlanId("plan-1");
  plan.setState(schema::CoordinationState::CALLED);
  plan.setMeetingDate("2026-06-20");
  auto parties = plan.initParties(2);
  parties.set(0, "bvc.gavle");
  parties.set(1, "ftv.bollnas");
  plan.setLevel(schema::CoordTsiChanged::Level::SELECTIVE);
}

// Classes B and D: one event that is carried. What it holds beside its signal's fields is a canary.
bool FillCarriedOf(Candidate& out) {
  const auto told = [&out](const std::function<void(schema::Event::Builder)>& fill) {
    out.evidence[0].bytes = MakeEvent(fill);
    return true;
  };
  if (out.code == "SIG-B2") {
    out.wanted.role = Role::kSocialPreventive;
    return told([](schema::Event::Builder event) {
      auto visit = event.getBody().initBvcVisitBooked();
      visit.setAppointmentId("canary-booking");
      visit.setVisitCode("rinkeby.2");
      visit.setStart(kNow.value);
    });
  }
  if (out.code == "SIG-B3" || out.code == "SIG-B3-COST") {
    const bool cost = out.code != "SIG-B3";
    out.wanted.role = cost ? Role::kSocialIncomeSupport : Role::kDentalClinic;
    if (cost) out.subject.municipality = "2121";
    out.wanted.unit = cost ? "" : "SE2321000198-FTVTEST";
    out.subject.birth_date = "1995-09-07";
    return told([](schema::Event::Builder event) {
      auto offer = event.getBody().initBvcGuardianDentalOffered();
      offer.setClinicHsaId("canary-clinic");
      offer.setContactWay("phone");
      offer.setConsentRef("canary-consent");
    });
  }
  if (out.code == "SIG-B4") {
    out.about_receiver = "bollnas.placering";
    return told([](schema::Event::Builder event) {
      FillPlan(event.getBody().initCoordTsiChanged());
    });
  }
  if (out.code == "SIG-D1") {
    out.wanted.role = Role::kChildClinic;
    out.sender_function = "bollnas.placering";
    out.controller = {"212000-2361", "Socialnämnden"};
    return told([](schema::Event::Builder event) {
      auto order = event.getBody().initSocialExamRequested();
      order.setOrderId("B-5");
      order.setExamKind(schema::SocialExamRequested::ExamKind::HEALTH);
      order.setDueDate("2026-06-30");
      order.setContactFunction("bollnas.placering");
    });
  }
  if (out.code != "SIG-D2") return false;
  out.about_sender = "bollnas.placering";
  return told([](schema::Event::Builder event) {
    auto report = event.getBody().initHealthExamReported();
    report.setOrderId("B-5");
    report.setResult(schema::ExamResult::NOT_DONE);
    report.setDate("2026-06-20");
    report.setReportRef("U-1");
    report.setNotDone(schema::ExamNotDone::DECLINED);
  });
}

void FillBodyOf(Candidate& out) {
  out.evidence.push_back({TestId(1), Offset(7), MakeEvent([](schema::Event::Builder event) {
                            event.getBody().initBvcVisitMissed().setVisitCode("canary-missed");
                          })});
  SignalId about;
  about.bytes[0] = 9;
  if (out.code == "SIG-A1") {
    out.evidence[0].bytes = ReportEvent();
    out.wanted.role = Role::kSocialReception;
  } else if (out.code == "SIG-B1") {
    out.evidence[0].bytes = OutcomeEvent();
    out.wanted.role = Role::kSocialPreventive;
  } else if (FillCarriedOf(out)) {
  } else if (out.code == "SIG-E4") {
    out.about_receiver = "bollnas.mottagning";
    out.body = ProtectionDraft{kNow, about};
  } else if (out.code == "SIG-C1") {
    out.body = AttendanceDraft{kNow, 3};
    out.wanted.role = Role::kDentalClinic;
    out.wanted.unit = "SE2321000198-FTVTEST";
  } else if (out.code == "SIG-E1") {
    out.body = OverdueDraft{"bhv.m8", "bhv", kNow, kNow, std::nullopt};
  } else if (out.code == "SIG-E2") {
    out.body = PatternDraft{kNow, kNow, {{TestId(1), "bvc.visit.missed", kNow, "bhv.m8"}}};
  } else if (out.code == "RECEIPT" || out.code == "SIG-A3") {
    out.about_sender = "bvc.bollnas";
    out.body = ReceiptDraft{about, "SIG-A1", schema::LadderState::ANSWERED, kNow,
                            schema::Answer::OPENED_INQUIRY, "bollnas.mottagning"};
  } else if (out.code == "HOLD") {
    out.about_sender = "bvc.bollnas";
    out.body = HoldDraft{about, "SIG-A1", {"gate.receiver.unknown"}, TestId(1)};
  } else if (out.code == "REMINDER") {
    out.about_receiver = "bollnas.mottagning";
    out.body = ReminderDraft{about, "SIG-A1", "clock.assess", kNow, 80};
  } else if (out.code == "SIG-E3") {
    out.about_sender = "bvc.bollnas";
    out.about_receiver = "bollnas.mottagning";
    out.body = DeadlineDraft{about, "clock.assess", 1440};
  } else if (out.code == "ATTACHMENT") {
    out.about_receiver = "bollnas.mottagning";
    out.body = PartDraft{about, 0, 1, 3, 250};
  } else {
    out.about_receiver = "bollnas.mottagning";
    out.body = WithdrawnDraft{about, "mistake", std::nullopt};
  }
}

}  // namespace

Candidate MakeCandidate(const std::string& code) {
  Candidate out;
  out.code = code;
  out.rule_id = "TEST-RULE";
  out.rule_version = "1";
  out.sender_function = "bvc.bollnas";
  out.wanted.role = Role::kBvcUnit;
  out.subject.protection = schema::Protection::NONE;
  out.subject.municipality = "2183";
  out.subject.owner_unit = "se2321000198-bvctest";
  Consent consent;
  consent.id = "c1";
  consent.scope = {"SIG-B1", "SIG-C1", "SIG-B2", "SIG-B3", "SIG-B4", "SIG-D1"};
  consent.state = ConsentState::GIVEN;
  out.subject.consents = {consent};
  consent.id = "c2";
  consent.scope = {"SIG-B3-COST"};
  out.subject.consents.push_back(consent);
  out.controller = {"232100-0198", "Hälso- och sjukvårdsnämnden"};
  out.occurred_at = kNow;
  out.decided_at = kNow;
  FillBodyOf(out);
  return out;
}

Composed MustCompose(const Candidate& candidate, const World& world) {
  const GateDecision decision =
      Decide(GateInputOf(candidate, world.directory, world.agreements, kNow));
  EXPECT_EQ(decision.outcome, GateOutcome::kDeliver)
      << candidate.code << ": " << (decision.reasons.empty() ? "" : decision.reasons[0]);
  auto composed = Compose(candidate, decision);
  EXPECT_TRUE(composed.ok()) << (composed.ok() ? "" : composed.error().message);
  return composed.ok() ? std::move(composed).value() : Composed();
}

}  // namespace sam::routing
