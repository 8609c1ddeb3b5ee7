#include "broker/base/random.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

class RebuildFlow : public Scene {
 protected:
  // One step of a random story.
  void Happen(Random& random, int i) {
    const std::string name = "e" + std::to_string(i);
    const int day = 100 + static_cast<int>(random.Below(150));
    const std::string appointment = "A" + std::to_string(random.Below(12));
    switch (random.Below(12)) {
      case 0: Registered(name, 3 + static_cast<int>(random.Below(20))); break;
      case 1:
      case 2:
      case 3: Missed(name, day, appointment); break;
      case 4: Completed(name, day, "bhv.m6", appointment); break;
      case 5: Report(name, random.Chance(0.3)); break;
      case 6: Outcome(name); break;
      case 7: Consent(name, schema::ConsentChanged::State::GIVEN, day); break;
      case 8: Consent(name, schema::ConsentChanged::State::WITHDRAWN, day); break;
      case 9:
        Retract(name, "e" + std::to_string(random.Below(static_cast<uint64_t>(i) + 1)),
                MissedBody(appointment));
        break;
      case 10: Tick(Day(200 + i)); break;
      default:
        Progress(random.Chance(0.5) ? "bollnas.mottagning" : "bvc.bollnas", random.Below(8));
    }
  }
  void ExpectRebuilds() {
    ::sam::test::FaultStore fresh;
    const RebuildReport report = RebuildNow(fresh);
    EXPECT_GT(report.decisions, 10u);  // the story had something to decide
    EXPECT_EQ(report.different_count, 0u);
    EXPECT_EQ(report.not_recorded, 0u);
    EXPECT_EQ(report.equal + report.taken_as_recorded, report.decisions);
    EXPECT_TRUE(report.comparable);
    EXPECT_EQ(report.digest, LiveDigest(report.gone));
  }
};

TEST_F(RebuildFlow, GivesTheSameDigestAfterRandomStoriesHoweverInputsWereGrouped) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Random random(seed);
    for (int i = 0; i < 40; ++i) {
      settle_ = random.Chance(0.4);  // else inputs gather and are folded together
      Happen(random, static_cast<int>(seed) * 100 + i);
    }
    settle_ = true;
    Settle();
    Recheck("bollnas.mottagning", Lane::kNormal, Sequence(1));
    Replay("bollnas.mottagning");
    ExpectRebuilds();
  }
}

TEST_F(RebuildFlow, ALogOfABuildThatWroteNoEventsOfItsOwnIsRebuiltWithoutThem) {
  Registered();
  Completed("first", 10, "bhv.w1-3");
  Tick(Day(306));
  const auto letters = Mailbox("bvc.bollnas");
  ASSERT_EQ(letters.size(), 1U);
  const uint64_t decision = letters[0].row.decision;
  ASSERT_EQ(hub_.Read(Offset(decision - 1)).header.peer, "hub");
  jt::Hub older;
  Must(older.Start());
  SubjectId child;
  for (uint64_t i = 0; i <= decision; ++i) {
    if (i == decision - 1) continue;
    const journal::Record record = hub_.Read(Offset(i));
    journal::Draft draft;
    draft.kind = record.header.kind;
    draft.event = record.header.event;
    draft.message_key = record.header.message_key;
    draft.content_digest = record.header.content_digest;
    draft.controller_org = record.header.controller_org;
    draft.controller_board = record.header.controller_board;
    draft.payload = record.payload.value_or("");
    draft.cause = record.header.cause;
    if (draft.kind == journal::Kind::EVENT) draft.persons = {jt::Person(kChild)};
    if (draft.kind == journal::Kind::DECISION) draft.subject = child;
    const Offset at = older.Input(std::move(draft)).offset;
    if (record.header.kind == journal::Kind::EVENT) child = older.Read(at).header.subject;
  }
  const journal::Reader reader(older.store_, *older.vault_, older.hub_key_, *older.mark_);
  ::sam::test::FaultStore fresh;
  const journal::PlaceDoor places(older.store_, *older.vault_, older.hub_key_, *older.mark_);
  const auto report = Rebuild(reader, places, fresh, Offset(decision));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->decisions, 1U);
  EXPECT_EQ(report->equal, 1U);
  EXPECT_EQ(report->different_count, 0U);
  EXPECT_EQ(report->not_recorded, 0U);
}

TEST_F(RebuildFlow, GivesTheSameDigestAfterCrashesBetweenBatches) {
  Random random(42);
  for (int i = 0; i < 60; ++i) {
    Happen(random, i);
    if (!random.Chance(0.2)) continue;
    Must(hub_.CrashAndStart());
    Restart();
    Settle();
  }
  ExpectRebuilds();
}

TEST_F(RebuildFlow, AnErasedPayloadTakesTheRecordedDecision) {
  Registered();
  const Offset report = Report("report");
  Report("other");
  Tell("else", Day(200), [](schema::Event::Builder e) {
    auto body = e.getBody().initReportSigned();
    body.setSignerFunction("bvc.bollnas");
    body.setConcern("y");
  }, "98240301AA06");
  hub_.Tamper(spaces::kPayload, BigEndian64(report.value), std::nullopt);
  ::sam::test::FaultStore fresh;
  const RebuildReport rebuilt = RebuildNow(fresh);
  EXPECT_EQ(rebuilt.gone.size(), 1u);
  EXPECT_GT(rebuilt.taken_as_recorded, 0u);
  EXPECT_EQ(rebuilt.different_count, 0u);
  EXPECT_EQ(rebuilt.digest, LiveDigest(rebuilt.gone));
}

TEST_F(RebuildFlow, ATamperedRowIsFound) {
  Report("report");
  const std::string key = mailbox::LaneKey("bollnas.mottagning", Lane::kNormal);
  mailbox::LaneState lane;
  lane.next = Sequence(9);
  hub_.Tamper(spaces::kLane, key, mailbox::EncodeLane(lane));
  ::sam::test::FaultStore fresh;
  EXPECT_NE(RebuildNow(fresh).digest, LiveDigest());
}

}  // namespace
}  // namespace sam::dispatch::test
