// A source may ask what would become of an event: the same checks, nothing kept, no conversation.
#include <gmock/gmock.h>

#include "ingress_fixture.h"

namespace sam::ingress {
namespace {

class Trials : public IngressTest {
 protected:
  Trials() {
    options_.try_out = [this](const journal::Draft& draft, const std::string& event,
                              Millis) -> Result<wire::TrialAnswer> {
      ++asked_;
      if (fails_) return Unavailable("no configuration");
      EXPECT_FALSE(draft.event.empty());
      last_event_ = event;
      wire::TrialAnswer answer;
      answer.signals.resize(1);
      answer.signals[0].code = "SIG-E1";
      return answer;
    };
    Start();
  }
  wire::TrialAnswer Try(wire::ClientLink& client, const std::string& event, uint64_t number = 1) {
    for (const wire::AnyFrame& frame : Ask(client, wire::Encode(wire::Trial{number, event})))
      if (const auto* answer = std::get_if<wire::TrialAnswer>(&frame)) return *answer;
    ADD_FAILURE() << "no answer";
    return {};
  }

  int asked_ = 0;
  bool fails_ = false;
  std::string last_event_;
};

TEST_F(Trials, AreAnsweredWithoutAConversationAndNothingReachesTheJournal) {
  const auto client = net_.Connect("hub", "bvc");
  const wire::TrialAnswer answer = Try(*client, MakeEvent(1, "M1"), 7);
  EXPECT_EQ(answer.number, 7u);
  EXPECT_EQ(answer.refused, Refusal::NONE);
  ASSERT_EQ(answer.signals.size(), 1u);
  EXPECT_EQ(last_event_, MakeEvent(1, "M1"));
  EXPECT_EQ(journal_->submissions, 0);
  EXPECT_EQ(ingress_->sessions(), 0u);
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(Trials, PassTheSameChecksAsAPublishedEvent) {
  const auto client = net_.Connect("hub", "bvc");
  const auto other_system = MakeEvent(1, "M1", [](schema::Event::Builder e) {
    e.getHeader().getSource().setSystemId("dental-1");
  });
  const wire::TrialAnswer denied = Try(*client, other_system);
  EXPECT_EQ(denied.refused, Refusal::NOT_ALLOWED);
  EXPECT_EQ(denied.field, "header.source.systemId");
  EXPECT_EQ(Try(*client, "no event").refused, Refusal::MALFORMED);
  EXPECT_EQ(asked_, 0) << "what is refused is not tried";
}

TEST_F(Trials, AreNotForOperatorsNorForAHubThatHasNone) {
  const auto op = net_.Connect("hub", "op");
  const wire::TrialAnswer denied = Try(*op, MakeEvent(1, "M1"));
  EXPECT_EQ(denied.refused, Refusal::NOT_ALLOWED);
  EXPECT_EQ(denied.field, "trial");
  options_.try_out = nullptr;
  Start();
  const auto client = net_.Connect("hub", "bvc");
  EXPECT_EQ(Try(*client, MakeEvent(1, "M1")).refused, Refusal::NOT_ALLOWED);
  EXPECT_EQ(asked_, 0);
}

TEST_F(Trials, AreRatedForEachKeyHolderWhateverItsConnections) {
  const auto one = net_.Connect("hub", "bvc");
  const auto two = net_.Connect("hub", "bvc");
  int served = 0;
  // The clock moves 10 ms with each question.
  for (int i = 0; i < 300; ++i) {
    const wire::TrialAnswer answer = Try(i % 2 == 0 ? *one : *two, MakeEvent(1, "M1"));
    served += answer.refused == Refusal::NONE;
    if (answer.refused == Refusal::NONE) continue;
    EXPECT_EQ(answer.refused, Refusal::BUSY);
    EXPECT_EQ(answer.field, "rate");
  }
  EXPECT_GE(served, static_cast<int>(TrialDesk::kSavedUp));
  EXPECT_LE(served, static_cast<int>(TrialDesk::kSavedUp + 3.1 * TrialDesk::kPerSecond));
  EXPECT_EQ(asked_, served);
  const auto dental = net_.Connect("hub", "dental");
  EXPECT_NE(Try(*dental, MakeEvent(1, "M1")).refused, Refusal::BUSY) << "another's rate is its own";
}

TEST_F(Trials, AFailureIsToldAsBusy) {
  fails_ = true;
  const auto client = net_.Connect("hub", "bvc");
  EXPECT_EQ(Try(*client, MakeEvent(1, "M1")).refused, Refusal::BUSY);
}

TEST_F(Trials, DoNotDisturbTheFeedThatRunsWithTheSameKey) {
  const auto feed = net_.Connect("hub", "bvc");
  wire::Hello hello;
  hello.system_id = "bvc-1";
  Ask(*feed, wire::Encode(hello));
  ASSERT_EQ(ingress_->sessions(), 1u);
  const auto tool = net_.Connect("hub", "bvc");
  Try(*tool, MakeEvent(1, "M1"));
  wire::Publish publish;
  publish.records.push_back({1, MakeEvent(1, "M1"), 0});
  Ask(*feed, wire::Encode(publish));
  Turn(3);
  EXPECT_EQ(journal_->log.size(), 1u) << "the tried event is as new as any";
  EXPECT_EQ(ingress_->sessions(), 1u);
}

}  // namespace
}  // namespace sam::ingress
