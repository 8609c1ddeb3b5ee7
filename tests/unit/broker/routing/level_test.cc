// The level of what parties agree to send each other, and a function that takes some levels only.
#include "broker/routing/level.h"

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "broker/wire/codec.h"
#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The demonstration's directory with one more line in every function, in place of its own lists.
Result<Directory> DirectoryWith(const std::string& line) {
  std::string text = ReadFile(SAM_SOURCE_DIR "/deploy/config/demo/directory.toml");
  for (size_t at = text.find("levels = "); at != std::string::npos; at = text.find("levels = "))
    text.erase(at, text.find('\n', at) + 1 - at);
  const std::string head = "[[function]]\n";
  for (size_t at = text.find(head); at != std::string::npos; at = text.find(head, at + 1))
    text.insert(at + head.size(), line);
  const std::string none = "channel = \"none\"\n";
  for (size_t at = text.find(none); at != std::string::npos; at = text.find(none))
    text.erase(at, none.size());
  return ParseDirectory(std::move(text), "directory.toml");
}

std::string ErrorOf(const std::string& line) {
  const auto directory = DirectoryWith(line);
  return directory.ok() ? "" : directory.error().message;
}

void SetLevel(Candidate& candidate, Level level) {
  auto told = wire::Parse<schema::Event>(candidate.evidence[0].bytes);
  ASSERT_TRUE(told.ok());
  capnp::MallocMessageBuilder message;
  message.setRoot(told->get());
  auto body = message.getRoot<schema::Event>().getBody();
  if (body.isBvcBarnsakertOutcome()) body.getBvcBarnsakertOutcome().setLevel(level);
  if (body.isBvcVisitBooked()) body.getBvcVisitBooked().setLevel(level);
  if (body.isBvcGuardianDentalOffered()) body.getBvcGuardianDentalOffered().setLevel(level);
  if (body.isCoordTsiChanged()) body.getCoordTsiChanged().setLevel(level);
  candidate.evidence[0].bytes = wire::Flatten(message);
}

class Levels : public ::testing::Test {
 protected:
  void SetUp() override {
    auto directory = DirectoryWith("levels = [\"indicated\"]\n");
    ASSERT_TRUE(directory.ok()) << directory.error().message;
    world_.directory = std::move(directory).value();
  }
  GateDecision Ask(const std::string& code, Level level) {
    Candidate candidate = MakeCandidate(code);
    SetLevel(candidate, level);
    return Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
  }
  World world_ = DemoWorld();
};

TEST_F(Levels, OfClassBOnlyTheLevelsOfTheListAreDelivered) {
  for (const Ceiling& ceiling : AllCeilings()) {
    if (ceiling.legal_class != schema::LegalClass::B) continue;
    for (const Level level : {Level::UNIVERSAL, Level::SELECTIVE}) {
      const GateDecision decision = Ask(ceiling.code, level);
      EXPECT_EQ(decision.outcome, GateOutcome::kDenied) << ceiling.code;
      EXPECT_THAT(decision.reasons, ElementsAre("gate.level.filtered")) << ceiling.code;
    }
    EXPECT_EQ(Ask(ceiling.code, Level::INDICATED).outcome, GateOutcome::kDeliver) << ceiling.code;
  }
}

TEST_F(Levels, WhatNoLevelIsToldOfAlwaysPasses) {
  for (const Ceiling& ceiling : AllCeilings()) {
    if (ceiling.legal_class != schema::LegalClass::B) continue;
    EXPECT_EQ(Ask(ceiling.code, Level::UNKNOWN).outcome, GateOutcome::kDeliver) << ceiling.code;
    // A word of a newer schema.
    EXPECT_EQ(Ask(ceiling.code, static_cast<Level>(7)).outcome, GateOutcome::kDeliver)
        << ceiling.code;
  }
}

TEST_F(Levels, NoOtherClassIsEverFilteredAndNoReport) {
  for (const Ceiling& ceiling : AllCeilings()) {
    if (ceiling.legal_class == schema::LegalClass::B) continue;
    GateInput input = GateInputOf(MakeCandidate(ceiling.code), world_.directory,
                                  world_.agreements, kNow);
    input.level = Level::UNIVERSAL;
    EXPECT_EQ(Decide(input).outcome, GateOutcome::kDeliver) << ceiling.code;
  }
}

GateDecision AskWith(const std::string& line, const std::string& code, const std::string& born) {
  World world = DemoWorld();
  auto directory = DirectoryWith(line);
  EXPECT_TRUE(directory.ok()) << directory.error().message;
  world.directory = std::move(directory).value();
  GateInput input = GateInputOf(MakeCandidate(code), world.directory, world.agreements, kNow);
  input.subject.birth_date = born;
  return Decide(input);
}

TEST(Wanted, OfClassesBAndCOnlyTheAgesOfTheListAreDeliveredAndWhoseAgeIsNotKnown) {
  const std::string four = ToIso(Millis(kNow.value - 4 * 366 * kDayMs)).substr(0, 10);
  for (const Ceiling& ceiling : AllCeilings()) {
    const bool child = IsAgreed(ceiling.legal_class) && !ceiling.adult;
    const GateDecision younger = AskWith("ages = [0, 3]\n", ceiling.code, four);
    EXPECT_EQ(younger.outcome, child ? GateOutcome::kDenied : GateOutcome::kDeliver) << ceiling.code;
    if (child) {
      EXPECT_THAT(younger.reasons, ElementsAre("gate.age.filtered")) << ceiling.code;
    }
    for (const char* line : {"ages = [4, 4]\n", "ages = [0, 5]\n"})
      EXPECT_EQ(AskWith(line, ceiling.code, four).outcome, GateOutcome::kDeliver) << ceiling.code;
    EXPECT_EQ(AskWith("ages = [0, 0]\n", ceiling.code, "").outcome, GateOutcome::kDeliver) << ceiling.code;
  }
}

TEST(Wanted, OfClassesBAndCOnlyTheKindsOfTheListAreDelivered) {
  for (const Ceiling& ceiling : AllCeilings()) {
    const bool left = IsAgreed(ceiling.legal_class) && ceiling.code != "SIG-B1";
    EXPECT_EQ(AskWith("signals = [\"SIG-B1\"]\n", ceiling.code, "").outcome,
              left ? GateOutcome::kDenied : GateOutcome::kDeliver) << ceiling.code;
  }
}

TEST(Wanted, AListThatCannotBeMeantIsRefusedWithItsPlace) {
  EXPECT_THAT(ErrorOf("ages = [3]\n"), HasSubstr("two whole years"));
  EXPECT_THAT(ErrorOf("ages = [5, 2]\n"), HasSubstr("two whole years"));
  EXPECT_THAT(ErrorOf("signals = []\n"), HasSubstr("at least one code"));
  EXPECT_THAT(ErrorOf("signals = [\"SIG-A1\"]\n"), HasSubstr("all else always comes")) << "a report is never left out";
  EXPECT_THAT(ErrorOf("districts = [\" \"]\n"), HasSubstr("1 to 64 characters"));
}

TEST_F(Levels, AFunctionWithoutAListTakesAll) {
  auto directory = DirectoryWith("");
  ASSERT_TRUE(directory.ok());
  world_.directory = std::move(directory).value();
  for (const Level level : {Level::UNIVERSAL, Level::SELECTIVE, Level::INDICATED})
    EXPECT_EQ(Ask("SIG-B1", level).outcome, GateOutcome::kDeliver);
}

TEST_F(Levels, EverySignalOfClassBTellsItsLevel) {
  for (const Ceiling& ceiling : AllCeilings()) {
    if (ceiling.legal_class != schema::LegalClass::B) continue;
    Candidate candidate = MakeCandidate(ceiling.code);
    SetLevel(candidate, Level::INDICATED);
    const Composed composed = MustCompose(candidate, world_);
    const auto signal = wire::Parse<schema::Signal>(composed.bytes);
    ASSERT_TRUE(signal.ok());
    const auto body = signal->get().getBody();
    Level told = Level::UNKNOWN;
    if (body.isSupportRequest()) told = body.getSupportRequest().getLevel();
    if (body.isJointVisit()) told = body.getJointVisit().getLevel();
    if (body.isDentalAccess()) told = body.getDentalAccess().getLevel();
    if (body.isDentalCost()) told = body.getDentalCost().getLevel();
    if (body.isCoordination()) told = body.getCoordination().getLevel();
    EXPECT_EQ(told, Level::INDICATED) << ceiling.code;
  }
}

TEST_F(Levels, ASipHasOneAsWell) {
  Candidate candidate = MakeCandidate("SIG-B4");
  candidate.evidence[0].bytes = MakeEvent([](schema::Event::Builder event) {
    auto plan = event.getBody().initCoordSipChanged();
    plan.setPlanId("plan-2");
    plan.setState(schema::CoordinationState::CALLED);
    plan.setLevel(Level::UNIVERSAL);
  });
  const GateInput input = GateInputOf(candidate, world_.directory, world_.agreements, kNow);
  EXPECT_EQ(input.level, Level::UNIVERSAL);
  EXPECT_EQ(Decide(input).outcome, GateOutcome::kDenied);
  const Composed composed = MustCompose(candidate, DemoWorld());
  const auto signal = wire::Parse<schema::Signal>(composed.bytes);
  ASSERT_TRUE(signal.ok());
  EXPECT_EQ(signal->get().getBody().getCoordination().getLevel(), Level::UNIVERSAL);
}

TEST(LevelList, AMistakeIsRefusedWithItsPlaceAndWhatWasExpected) {
  EXPECT_EQ(ErrorOf("levels = [\"universal\", \"selective\", \"indicated\"]\n"), "");
  EXPECT_THAT(ErrorOf("levels = [\"indicatd\"]\n"),
              ::testing::AllOf(HasSubstr("directory.toml:"), HasSubstr("\"selective\""),
                               HasSubstr("found \"indicatd\""), HasSubstr("did you mean \"indicated\"?")));
  EXPECT_THAT(ErrorOf("levels = []\n"), HasSubstr("at least one level"));
  EXPECT_THAT(ErrorOf("levels = [\"unknown\"]\n"), HasSubstr("found \"unknown\""));
  EXPECT_THAT(ErrorOf("levels = [\"universal\", \"universal\"]\n"), HasSubstr("each level once"));
  EXPECT_NE(ErrorOf("levels = \"indicated\"\n"), "") << "a list, not a word";
  EXPECT_NE(ErrorOf("levels = [3]\n"), "");
}

// A report may also say the ground of a rule: only a prompt names it, and only one that its ceiling knows.
TEST(GroundOfARule, APromptNamesItAndNothingElseDoes) {
  const World world = DemoWorld();
  const auto ground = [&](const char* code, const char* of_rule) {
    Candidate candidate = MakeCandidate(code);
    candidate.rule_ground = of_rule;
    return Decide(GateInputOf(candidate, world.directory, world.agreements, kNow)).ground;
  };
  EXPECT_EQ(ground("SIG-E2", "ground.same-region"), "ground.same-region");
  EXPECT_EQ(ground("SIG-E1", "ground.order"), "ground.order");
  EXPECT_EQ(ground("SIG-E2", ""), "ground.own-unit");
  EXPECT_EQ(ground("SIG-E2", "ground.report"), "ground.own-unit") << "not one of a prompt's";
  EXPECT_EQ(ground("SIG-E2", "ground.consent"), "ground.own-unit");
  // No consent was asked for: none may be named.
  EXPECT_EQ(ground("SIG-D1", "ground.consent"), "ground.order");
  EXPECT_EQ(ground("SIG-A1", "ground.consent"), "ground.report");
}

// The board's fact, asked of another authority's function: by what the rule's owner is, and not by the word of its ground.
TEST(GroundOfARule, WhoHoldsAnOrderIsAskedOfItOnlyByARuleThatAsksTheHolder) {
  const World world = DemoWorld();
  Candidate candidate = MakeCandidate("SIG-E1");
  candidate.controller = {"2120002361", "Socialnämnden"};
  candidate.wanted.function = candidate.about_receiver = "bvc.bollnas";
  candidate.rule_ground = "ground.order";
  const auto outcome = [&] {
    return Decide(GateInputOf(candidate, world.directory, world.agreements, kNow)).outcome;
  };
  EXPECT_EQ(outcome(), GateOutcome::kDenied);
  candidate.asks_holder = true;
  EXPECT_EQ(outcome(), GateOutcome::kDeliver);
  candidate.about_receiver = "ftv.bollnas";
  EXPECT_EQ(outcome(), GateOutcome::kDenied) << "another one's order";
}

}  // namespace
}  // namespace sam::routing
