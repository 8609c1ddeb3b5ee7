// Rules and programmes that come or change while children are listed already.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RulesChange : public Scene {
 protected:
  void SetUp() override {
    CryptoInit();
    log::Init("dispatch_test", log::Level::kError);
    Must(hub_.Start());
    Restart();
  }
  static std::string Replace(std::string text, const std::string& old, const std::string& by) {
    const size_t at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return text.replace(at, old.size(), by);
  }
  // The demonstration's rules; P2 switched off or altered.
  static std::string WithoutP2() {
    return Replace(FileText("rules.toml"), "step = \"bhv.m8\"\nenabled = true",
                   "step = \"bhv.m8\"\nenabled = false");
  }
  void Overdue(int day) {
    programmes_ = Replace(FileText("programmes.toml"), "overdue_days = 305",
                          "overdue_days = " + std::to_string(day));
  }
  void Listed() {
    Completed("first", 10, "bhv.w1-3");
    Registered();
  }
  // Records that say nothing, many in one sync.
  void FillLog(int records) {
    capnp::MallocMessageBuilder message;
    message.initRoot<schema::Progress>();
    for (int done = 0; done < records;) {
      std::vector<journal::Draft> drafts;
      for (; drafts.size() < 1000 && done < records; ++done)
        drafts.push_back(DraftOf(journal::Kind::PROGRESS, message));
      hub_.Take(*hub_.input_, jt::Hub::Of(std::move(drafts)));
    }
    Settle();
  }
  void ExpectRebuilds() {
    Scene::ExpectRebuilds();
    ::sam::test::FaultStore fresh;
    RebuildNow(fresh);
    const auto mark = ReadMark(fresh);
    ASSERT_TRUE(mark.ok());
    EXPECT_EQ(*mark, *ReadMark(hub_.store_));
  }
};

TEST_F(RulesChange, ANewRuleWaitsForChildrenListedBeforeWhoseDayIsStillToCome) {
  Config("1", WithoutP2());
  Listed();
  Tick(Day(200));
  Config("2");
  Tick(Day(305));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  Tick(Day(306));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
  ExpectRebuilds();
}

TEST_F(RulesChange, ANewRuleDoesNotFireOnADayThatIsPastNeitherAtOnceNorAtTheNextEvent) {
  Config("1", WithoutP2());
  Listed();
  Tick(Day(310));
  Config("2");
  Tick(Day(311));
  Consent("any", schema::ConsentChanged::State::GIVEN, 311);
  Must(hub_.CrashAndStart());
  Restart();
  Completed("visit", 312, "bhv.m10");
  Tick(Day(400));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  ExpectRebuilds();
}

TEST_F(RulesChange, ItFiresOnHistoryWhenTheRuleSaysSo) {
  Config("1", WithoutP2());
  Listed();
  Tick(Day(310));
  Config("2", Replace(FileText("rules.toml"), "step = \"bhv.m8\"\n",
                      "step = \"bhv.m8\"\nfires_on_history = true\n"));
  Tick(Day(311));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
  ExpectRebuilds();
}

TEST_F(RulesChange, ALongerTimeMovesTheDayOfChildrenWaitedFor) {
  Config("1");
  Listed();
  Tick(Day(300));
  Overdue(320);
  Config("2");
  Tick(Day(320));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  Tick(Day(321));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
  ExpectRebuilds();
}

TEST_F(RulesChange, AShorterTimeThatIsPastLeavesTheDayThatStood) {
  Config("1");
  Listed();
  Tick(Day(295));
  Overdue(290);
  Config("2");
  Tick(Day(300));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty()) << "no firing on history";
  Tick(Day(306));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1")) << "and no child is forgotten";
  ExpectRebuilds();
}

TEST_F(RulesChange, ARuleThatStaysTheSameIsNotHistoryToItself) {
  Config("1");
  Tick(Day(310));
  Config("2");
  Listed();  // told late: its day was before the second configuration
  Tick(Day(311));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(RulesChange, AStricterThresholdTakesNoPromptBackAndALaxerOneDoesNotFireOnOldAbsences) {
  const auto threshold = [](int n) {
    return Replace(FileText("rules.toml"), "threshold = 2", "threshold = " + std::to_string(n));
  };
  Config("1", Replace(threshold(3), "debounce_days = 14", "debounce_days = 0"));
  Connected("bvc.bollnas");
  Listed();
  Tick(Day(215));
  Missed("m1", 200, "A1");
  Missed("m2", 210, "A2");
  Config("2", threshold(2));
  Consent("any", schema::ConsentChanged::State::GIVEN, 215);
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  Tick(Day(221));
  Missed("m3", 220, "A3");
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2"));
  const std::string raised = Replace(threshold(5), "id = \"REPEATED-MISS\"\nversion = \"2\"",
                                     "id = \"REPEATED-MISS\"\nversion = \"3\"");
  Config("3", raised);
  Consent("more", schema::ConsentChanged::State::WITHDRAWN, 222);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2"));
  // What it rested on is taken back: judged by the rule of today.
  Retract("oops", "m2", MissedBody("A2"));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2", "WITHDRAWN"));
  ExpectRebuilds();
}

// A hub with many records walks in slices; a rebuild with fewer rows comes to each child at the same
// input all the same.
TEST_F(RulesChange, ALargeHubIsWalkedInSlicesAndRebuiltTheSameAlsoAfterAnErasure) {
  Config("1", WithoutP2());
  settle_ = false;
  const std::vector<const char*> children = {kChild, "98240301AA06", "195009072553",
                                             "196101182803", "189002029800", "200302022389"};
  Offset erased;
  for (const char* child : children)
    erased = Tell(std::string("listed-") + child, Day(3), [](schema::Event::Builder e) {
      auto body = e.getBody().initBvcChildRegistered();
      body.setUnitHsaId(kUnit);
      body.setFromDate(ToIso(Day(3)).substr(0, 10));
    }, child);
  settle_ = true;
  FillLog(18'000);
  Tick(Day(200));
  Config("2");
  const auto mark = ReadMark(hub_.store_);
  ASSERT_TRUE(mark.ok());
  EXPECT_GT(mark->walk_width, 0u) << "not everything at once";
  Must(hub_.CrashAndStart());
  Restart();
  for (int i = 0; i < 4; ++i) Progress("nobody", 0);
  EXPECT_EQ(ReadMark(hub_.store_)->walk_width, 0u);
  Tick(Day(306));
  EXPECT_EQ(Mailbox("bvc.bollnas").size(), 2 * children.size()) << "newborn and eight months, each";
  ExpectRebuilds();
  hub_.Tamper(spaces::kPayload, BigEndian64(erased.value), std::nullopt);
  ::sam::test::FaultStore fresh;
  const RebuildReport report = RebuildNow(fresh);
  EXPECT_EQ(report.gone.size(), 1u);
  EXPECT_EQ(report.different_count, 0u);
  EXPECT_EQ(report.digest, LiveDigest(report.gone));
}

TEST_F(RulesChange, InProductionAWalkGoesOnByItselfOneTickASecond) {
  environment_ = "production";
  hub_.clock_.JumpWall(Day(200).value - hub_.clock_.Now().value);
  Config("1", WithoutP2());
  Listed();
  FillLog(17'000);
  Config("2");
  for (int i = 0; i < 5; ++i) {
    hub_.clock_.Advance(1000);
    Settle();
  }
  EXPECT_EQ(ReadMark(hub_.store_)->walk_width, 0u);
  hub_.clock_.JumpWall(Day(306).value - hub_.clock_.Now().value);
  hub_.clock_.Advance(1000);
  Settle();
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
