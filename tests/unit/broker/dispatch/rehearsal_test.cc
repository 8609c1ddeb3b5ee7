// What a rehearsal tells is what the live fold decides, and it leaves nothing and looks at nobody.
#include "broker/dispatch/rehearsal.h"

#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Told = wire::TrialSignal::Outcome;

class RehearsalTest : public Scene {
 protected:
  std::string EventOf(const Fill& fill, const std::string& municipality = "2183") {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    auto header = event.initHeader();
    header.setEventId(wire::AsData(jt::EventOf("tried").view()));
    header.setOccurredAt(Day(200).value);
    header.initSource().setUnitHsaId(kUnit);
    header.initController().setOrgNr("2321000198");
    header.getController().setBoard("Hälso- och sjukvårdsnämnden");
    auto subject = header.initSubject();
    auto ids = subject.initIds(1);
    ids[0].setSystem("urn:oid:1.2.752.113.11.0.2.1.1.1");
    ids[0].setValue(kChild);
    subject.setHomeMunicipality(municipality);
    subject.setProtection(schema::Protection::NONE);
    fill(event);
    return wire::Flatten(message);
  }
  wire::TrialAnswer Try(const std::string& event) {
    journal::Draft draft;
    draft.event = jt::EventOf("tried");
    draft.controller_org = "2321000198";
    draft.controller_board = "Hälso- och sjukvårdsnämnden";
    auto answer = rehearsal_.Try(draft, event, Day(201));
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().message);
    return answer.ok() ? *answer : wire::TrialAnswer{};
  }
  static Fill OutcomeBody(bool consent) {
    return [consent](schema::Event::Builder e) {
      auto body = e.getBody().initBvcBarnsakertOutcome();
      body.initOutcomes(1).set(0, schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
      if (!consent) return;
      body.setConsentRef("consent-1");
      body.setConsentGiven(schema::YesNo::YES);
    };
  }
  static Fill ReportBody() {
    return [](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("the concern");
      body.setChildAddress("a street");
    };
  }
  static std::vector<std::string> CodesOf(const wire::TrialAnswer& answer) {
    std::vector<std::string> out;
    for (const auto& one : answer.signals) out.push_back(one.code);
    return out;
  }

  Rehearsal rehearsal_{hub_.store_};
};

TEST_F(RehearsalTest, AnOutcomeWithConsentWouldGoAndOneWithoutIsHeldAndSaysWhy) {
  const wire::TrialAnswer with = Try(EventOf(OutcomeBody(true)));
  ASSERT_THAT(CodesOf(with), Contains("SIG-B1"));
  EXPECT_EQ(with.signals[0].outcome, Told::DELIVER);
  EXPECT_EQ(with.signals[0].receiver, "bollnas.forebyggande");
  EXPECT_EQ(with.signals[0].ground, "ground.consent");
  EXPECT_THAT(with.signals[0].masked, Contains("body.supportRequest.areas"));
  EXPECT_THAT(with.signals[0].reasons, IsEmpty());
  EXPECT_EQ(with.config, "1");

  const wire::TrialAnswer without = Try(EventOf(OutcomeBody(false)));
  ASSERT_THAT(CodesOf(without), ElementsAre("SIG-B1", "HOLD"));
  EXPECT_EQ(without.signals[0].outcome, Told::HELD);
  EXPECT_THAT(without.signals[0].reasons, ElementsAre("gate.consent.missing"));
  EXPECT_EQ(without.signals[1].receiver, "bvc.bollnas");
}

TEST_F(RehearsalTest, AReportIsComposedWholeAndOneWithoutMunicipalityWaits) {
  const wire::TrialAnswer goes = Try(EventOf(ReportBody()));
  ASSERT_THAT(CodesOf(goes), ElementsAre("SIG-A1", "RECEIPT"));
  EXPECT_EQ(goes.signals[0].outcome, Told::DELIVER);
  EXPECT_EQ(goes.signals[0].receiver, "bollnas.mottagning");
  EXPECT_THAT(goes.signals[0].masked, IsEmpty());
  const wire::TrialAnswer waits = Try(EventOf(ReportBody(), ""));
  ASSERT_FALSE(waits.signals.empty());
  EXPECT_EQ(waits.signals[0].outcome, Told::HELD);
  EXPECT_THAT(waits.signals[0].reasons, Contains("gate.municipality.unknown"));
}

TEST_F(RehearsalTest, TheSameEventLiveIsDecidedAlike) {
  for (const bool consent : {true, false}) {
    const wire::TrialAnswer tried = Try(EventOf(OutcomeBody(consent)));
    const std::string name = consent ? "with" : "without";
    const Offset offset = Tell(name, Day(200), OutcomeBody(consent), consent ? kChild : "98240301AA06");
    std::vector<std::string> live;
    Must(reader_->Scan(offset, reader_->durable(), 100, [&](journal::Record&& record) {
      if (record.header.kind == journal::Kind::DECISION)
        live.push_back(DecodeDecision(*record.payload)->code);
      return true;
    }));
    EXPECT_EQ(CodesOf(tried), live) << name;
  }
}

// A child of whom the hub knows a consent, and one who is unknown, are answered alike.
TEST_F(RehearsalTest, WhatTheHubKnowsOfAChildChangesNoAnswer) {
  Consent("given", schema::ConsentChanged::State::GIVEN, 199);
  Report("a report");
  const wire::TrialAnswer answer = Try(EventOf(OutcomeBody(false)));
  EXPECT_EQ(answer.signals.at(0).outcome, Told::HELD);
  for (int i = 0; i < 4; ++i) Missed("m" + std::to_string(i), 190 + i, "A" + std::to_string(i));
  EXPECT_THAT(CodesOf(Try(EventOf(MissedBody("A9")))), IsEmpty());
}

TEST_F(RehearsalTest, NothingIsWrittenAndNoTrialKnowsAnother) {
  Registered();
  const uint64_t records = hub_.journal_ ? reader_->durable().value : 0;
  const Digest before = LiveDigest();
  for (int i = 0; i < 10; ++i) EXPECT_THAT(CodesOf(Try(EventOf(MissedBody("A" + std::to_string(i))))), IsEmpty());
  EXPECT_THAT(CodesOf(Try(EventOf(ReportBody()))), Contains("SIG-A1"));
  EXPECT_THAT(CodesOf(Try(EventOf(ReportBody()))), Contains("SIG-A1")) << "not told a second time";
  EXPECT_EQ(reader_->durable().value, records);
  EXPECT_EQ(LiveDigest(), before);
}

TEST_F(RehearsalTest, StepsThatWouldBeWatchedAreCounted) {
  const wire::TrialAnswer answer = Try(EventOf([](schema::Event::Builder e) {
    auto body = e.getBody().initBvcChildRegistered();
    body.setUnitHsaId(kUnit);
    body.setFromDate(ToIso(Day(3)).substr(0, 10));
    e.getHeader().getSubject().setBirthDate(kBorn);
  }));
  EXPECT_GT(answer.watched, 0u);
  EXPECT_THAT(answer.signals, IsEmpty());
}

TEST_F(RehearsalTest, TheTimeLimitsOfASignalAreNoSteps) {
  const wire::TrialAnswer answer = Try(EventOf(ReportBody()));
  EXPECT_THAT(CodesOf(answer), Contains("SIG-A1"));
  EXPECT_EQ(answer.watched, 0u);
}

TEST_F(RehearsalTest, ANewConfigurationIsFollowed) {
  EXPECT_EQ(Try(EventOf(OutcomeBody(true))).config, "1");
  Config("2");
  EXPECT_EQ(Try(EventOf(OutcomeBody(true))).config, "2");
}

TEST_F(RehearsalTest, AnswersAboutSignalsNeverFillAnything) {
  const std::string receipt = EventOf([](schema::Event::Builder e) {
    auto body = e.getBody().initSignalReceipt();
    body.setSignalId(wire::AsData(std::string(16, 'x')));
    body.setState(schema::LadderState::OPENED);
    body.setAt(Day(200).value);
    body.setFunction("bollnas.mottagning");
  });
  for (uint64_t i = 0; i < kEarlyMax + 10; ++i) EXPECT_THAT(Try(receipt).signals, IsEmpty());
}

TEST(RehearsalAlone, WithoutAConfigurationThereIsNoAnswer) {
  ::sam::test::FaultStore store;
  Rehearsal rehearsal(store);
  EXPECT_EQ(rehearsal.Try({}, "", Millis(0)).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace sam::dispatch::test
