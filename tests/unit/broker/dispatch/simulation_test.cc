// Several events on one memory, with time in between.
#include "broker/dispatch/simulation.h"

#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SimulationTest : public testing::Test {
 protected:
  void SetUp() override {
    CryptoInit();
    log::Init("dispatch_test", log::Level::kError);
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::ConfigLoaded>();
    root.setVersion("v1");
    auto files = root.initFiles(5);
    const std::vector<std::pair<std::string, std::string>> texts = {
        {"hub.toml", JournaledHubToml(test_)},
        {"directory.toml", FileText("directory.toml")},
        {"agreements.toml", FileText("agreements.toml")},
        {"programmes.toml", FileText("programmes.toml")},
        {"rules.toml", FileText("rules.toml")}};
    for (unsigned i = 0; i < files.size(); ++i) {
      files[i].setName(texts[i].first);
      files[i].setText(texts[i].second);
    }
    const Status loaded = simulation_.Load(wire::Flatten(message));
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  }
  std::vector<std::string> Tell(const std::string& name, int day,
                                const std::function<void(schema::Event::Builder)>& fill,
                                const std::string& municipality = "2183") {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    auto header = event.initHeader();
    const EventId id = jt::EventOf(name);
    header.setEventId(wire::AsData(id.view()));
    header.setOccurredAt(Day(day).value);
    header.initSource().setUnitHsaId(kUnit);
    header.initController().setOrgNr("2321000198");
    header.getController().setBoard("Hälso- och sjukvårdsnämnden");
    auto subject = header.initSubject();
    subject.setBirthDate(kBorn);
    subject.setHomeMunicipality(municipality);
    subject.setProtection(schema::Protection::NONE);
    fill(event);
    journal::Draft draft;
    draft.kind = journal::Kind::EVENT;
    draft.event = id;
    draft.persons = {PersonId("urn:oid:1.2.752.113.11.0.2.1.1.1", kChild)};
    draft.controller_org = "2321000198";
    draft.controller_board = "Hälso- och sjukvårdsnämnden";
    draft.message_key = jt::KeyOf(name);
    draft.payload = wire::Flatten(message);
    return Lines(simulation_.Tell(draft, Day(day)));
  }
  static std::vector<std::string> Lines(const Result<std::vector<DecisionFacts>>& decisions) {
    std::vector<std::string> out;
    EXPECT_TRUE(decisions.ok()) << (decisions.ok() ? "" : decisions.error().message);
    if (!decisions.ok()) return out;
    for (const DecisionFacts& facts : *decisions)
      out.push_back(facts.code + (facts.outcome == schema::Outcome::DELIVER ? " to " + facts.receiver
                                  : facts.outcome == schema::Outcome::HELD  ? " held"
                                                                            : " other"));
    return out;
  }
  static void Signed(schema::Event::Builder event) {
    auto body = event.getBody().initReportSigned();
    body.setSignerFunction("bvc.bollnas");
    body.setConcern("canary");
  }

  bool test_ = false;
  Simulation simulation_;
};

TEST_F(SimulationTest, EventsShareOneMemoryAndTheHeldReportGoesWhenTheMoveIsTold) {
  EXPECT_THAT(Tell("report", 200, Signed, ""),
              ElementsAre("SIG-A1 held", "HOLD to bvc.bollnas"));
  EXPECT_THAT(Tell("moved", 200,
                   [](schema::Event::Builder event) {
                     event.getBody().initPersonMoved().setNewMunicipality("2183");
                   },
                   ""),
              ElementsAre("SIG-A1 to bollnas.mottagning", "RECEIPT to bvc.bollnas"));
}

TEST_F(SimulationTest, WhatFallsDueBetweenAndAfterTheEventsDoes) {
  EXPECT_THAT(Tell("registered", 3,
                   [](schema::Event::Builder event) {
                     auto body = event.getBody().initBvcChildRegistered();
                     body.setUnitHsaId(kUnit);
                     body.setFromDate(ToIso(Day(3)).substr(0, 10));
                   }),
              IsEmpty());
  EXPECT_THAT(Lines(simulation_.Until(Day(400))),
              ElementsAre("SIG-E1 to bvc.bollnas", "SIG-E1 to bvc.bollnas"));
  EXPECT_THAT(Lines(simulation_.Until(Day(300))), IsEmpty()) << "time does not go back";
}

TEST_F(SimulationTest, AReportThatWaitsIsCalledAboutAsTimeGoesOn) {
  Tell("report", 200, Signed, "");
  EXPECT_THAT(Lines(simulation_.Until(Millis(Day(200).value + 61 * kMinuteMs))),
              ElementsAre("HOLD to bvc.bollnas"));
}

TEST_F(SimulationTest, ACorrectionFindsWhatItReplaces) {
  Tell("report", 200, Signed);
  EXPECT_THAT(Tell("oops", 200,
                   [](schema::Event::Builder event) {
                     Signed(event);
                     event.getHeader().setStatus(schema::EventStatus::RETRACTED);
                     event.getHeader().setReplaces(wire::AsData(jt::EventOf("report").view()));
                   }),
              ElementsAre("SIG-A1 other")) << "nothing has left, so its number is filled";
}

// It jumped to the end in one tick: one further call where a live hub makes several.
TEST_F(SimulationTest, WhatIsToldAgainAndAgainIsToldEachTime) {
  const auto first = Tell("acute", 200, [](schema::Event::Builder e) {
    Signed(e);
    e.getBody().getReportSigned().setAcute(true);
  }, "");
  ASSERT_THAT(first, ::testing::Contains("SIG-A1 held"));
  const auto calls = Lines(simulation_.Until(Millis(Day(200).value + 16 * 60'000)));
  EXPECT_GE(std::count(calls.begin(), calls.end(), "HOLD to bvc.bollnas"), 3);
}

}  // namespace
}  // namespace sam::dispatch::test
