// What is told anew, or taken back: a corrected report goes anew whatever else rests on it, a change of
// protection or municipality that never was leaves what held before, an answer may be put right more than
// once, and whoever may have a report is told when it is taken back.
#include "tests/support/shipped.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using schema::Answer;
using schema::LadderState;
using schema::Protection;

constexpr const char* kReception = "bollnas.mottagning";

class ToldAnew : public Scene {
 protected:
  void LoadShipped() {
    programmes_ = ::sam::test::Shipped("programmes.toml");
    Config("shipped", ::sam::test::Shipped("rules.toml"));
  }
  void Corrected(const std::string& episode) {
    const auto report = [=](schema::Event::Builder e) {
      e.getHeader().setEpisodeKey(episode);
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("canary-concern");
    };
    Tell("first", Day(200), report);
    Tell("second", Day(200), [&](schema::Event::Builder e) {
      report(e);
      e.getHeader().setStatus(schema::EventStatus::CORRECTED);
      e.getHeader().setReplaces(wire::AsData(jt::EventOf("first").view()));
    });
    EXPECT_THAT(Codes(kReception), ElementsAre("SIG-A1", "SIG-A1", "WITHDRAWN")) << episode;
    ExpectRebuilds();
  }
  Fill MovedTo(const std::string& to) {
    return [=](schema::Event::Builder e) {
      e.getHeader().initSubject();
      e.getBody().initPersonMoved().setNewMunicipality(to);
    };
  }
  Fill Marked(Protection protection) {
    return [=](schema::Event::Builder e) {
      e.getHeader().getSubject().setProtection(Protection::UNKNOWN);
      e.getHeader().getSubject().setHomeMunicipality("");
      e.getBody().initPersonProtectionChanged().setNew(protection);
    };
  }
  void ReportOnly(const std::string& name) {
    Tell(name, Day(200), [](schema::Event::Builder e) {
      e.getHeader().getSubject().setHomeMunicipality("");
      e.getHeader().getSubject().setProtection(Protection::UNKNOWN);
      e.getBody().initReportSigned().setSignerFunction("bvc.bollnas");
    });
  }
};

// Pattern P8 keeps reports as facts, and the correction was taken for a new name of the same one.
TEST_F(ToldAnew, ACorrectedReportGoesAnewAlsoWhereAPatternWatchesReports) {
  LoadShipped();
  Corrected("");
}

TEST_F(ToldAnew, ACorrectedReportOfTheSameEpisodeGoesAnewWithTheShippedRules) {
  LoadShipped();
  Corrected("report-7");
}

TEST_F(ToldAnew, ACorrectedReportOfTheSameEpisodeGoesAnewWithTheDemonstrationsRules) {
  Corrected("report-7");
}

TEST_F(ToldAnew, AProtectionLiftedByMistakeHoldsAgainWhenTheLiftingIsTakenBack) {
  Tell("hidden", Day(198), Marked(Protection::SKYDDAD_FOLKBOKFORING));
  Tell("lifted", Day(199), Marked(Protection::NONE));
  Retract("mistake", "lifted", Marked(Protection::NONE));
  ReportOnly("report");
  EXPECT_THAT(Codes(kReception), Not(Contains("SIG-A1"))) << "a person must say where";
  EXPECT_EQ(IdOf("SIG-A1", schema::Outcome::HELD).empty(), false);
  ExpectRebuilds();
}

TEST_F(ToldAnew, AMarkingSetByMistakeIsGoneWhenItIsTakenBack) {
  Registered();
  ReportOnly("report");
  Tell("hidden", Day(201), Marked(Protection::SKYDDAD_FOLKBOKFORING));
  Recheck(kReception, Lane::kNormal, Sequence(1));
  Retract("mistake", "hidden", Marked(Protection::SKYDDAD_FOLKBOKFORING));
  size_t going = 0;
  for (const Letter& letter : Mailbox(kReception))
    going += letter.code() == "SIG-A1" && letter.row.withheld == schema::WithheldCode::NONE ? 1 : 0;
  EXPECT_EQ(going, 1u);
  ExpectRebuilds();
}

TEST_F(ToldAnew, AMoveThatNeverWasLeavesTheChildWhereItWas) {
  Registered();
  Tell("moved", Day(199), MovedTo("2180"));
  Retract("mistake", "moved", MovedTo("2180"));
  ReportOnly("report");
  EXPECT_THAT(Codes(kReception), Contains("SIG-A1"));
  EXPECT_THAT(Codes("gavle.mottagning"), IsEmpty());
  ExpectRebuilds();
}

TEST_F(ToldAnew, AMoveTakenBackAfterAnotherMoveChangesNothing) {
  Tell("moved", Day(198), MovedTo("2184"));
  Tell("again", Day(199), MovedTo("2180"));
  Retract("mistake", "moved", MovedTo("2184"));
  ReportOnly("report");
  EXPECT_THAT(Codes("gavle.mottagning"), ElementsAre("SIG-A1"));
  ExpectRebuilds();
}

TEST_F(ToldAnew, TheEditionBeforeTookNoMoveBack) {
  fold_ = 4;
  Config("earlier");
  Tell("moved", Day(199), MovedTo("2180"));
  Retract("mistake", "moved", MovedTo("2180"));
  ReportOnly("report");
  EXPECT_THAT(Codes("gavle.mottagning"), ElementsAre("SIG-A1"));
  ExpectRebuilds();
}

TEST_F(ToldAnew, AnAnswerPutRightBackToTheFirstOneIsToldEachTime) {
  Report("report");
  Progress(kReception, 1);
  const SignalId id = IdOf("SIG-A1", schema::Outcome::DELIVER);
  Receipt("a", id, LadderState::ANSWERED, kReception, Answer::OPENED_INQUIRY);
  Receipt("b", id, LadderState::ANSWERED, kReception, Answer::NOT_OPENED);
  Receipt("b again", id, LadderState::ANSWERED, kReception, Answer::NOT_OPENED);
  Receipt("c", id, LadderState::ANSWERED, kReception, Answer::OPENED_INQUIRY);
  Receipt("d", id, LadderState::ANSWERED, kReception, Answer::NOT_OPENED);
  std::vector<Answer> answers;
  for (const Letter& letter : Mailbox("bvc.bollnas")) {
    const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
    ASSERT_TRUE(signal.ok());
    const auto body = signal->get().getBody();
    if (body.isFeedback()) answers.push_back(body.getFeedback().getAnswer());
  }
  EXPECT_THAT(answers, ElementsAre(Answer::OPENED_INQUIRY, Answer::NOT_OPENED, Answer::OPENED_INQUIRY,
                                   Answer::NOT_OPENED));
  ExpectRebuilds();
}

// It was offered, and its acknowledgement lost; then the child moved.
TEST_F(ToldAnew, WhoMayHaveAReportThatWentElsewhereIsToldWhenItIsTakenBack) {
  Report("report");
  Tell("away", Day(201), MovedTo("2180"));
  Recheck(kReception, Lane::kNormal, Sequence(1));
  ASSERT_THAT(Codes("gavle.mottagning"), ElementsAre("SIG-A1"));
  Retract("oops", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  EXPECT_THAT(Codes(kReception), Contains("WITHDRAWN"));
  ExpectRebuilds();
}

TEST_F(ToldAnew, WhoWasNeverOfferedItIsToldNothingWhenItIsTakenBack) {
  const std::string hudiksvall = "hudiksvall.mottagning";  // no connection in this scene
  Tell("there", Day(199), MovedTo("2184"));
  ReportOnly("report");
  ASSERT_THAT(Codes(hudiksvall), ElementsAre("SIG-A1"));
  Tell("away", Day(201), MovedTo("2180"));
  Recheck(hudiksvall, Lane::kNormal, Sequence(1));
  Retract("oops", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  EXPECT_THAT(Codes(hudiksvall), Not(Contains("WITHDRAWN")));
}

}  // namespace
}  // namespace sam::dispatch::test
