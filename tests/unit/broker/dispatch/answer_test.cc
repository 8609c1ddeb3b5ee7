// Cooperation is answered with a code: it ends the limit, the sender is told, and registered alone does neither.
#include <gmock/gmock.h>

#include "broker/dispatch/clocks.h"
#include "tests/unit/broker/dispatch/carried.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using schema::Answer;
using schema::LadderState;

class Answers : public Carried {
 protected:
  static constexpr char kCentre[] = "bvc.bollnas";
  SignalId Call() {
    AsBoard();
    Yes("S-1", {"SIG-B4"});
    Tell("call", Day(199), Called({kBoard, kCentre}));
    Progress(kCentre, 1);
    return IdOf("SIG-B4", schema::Outcome::DELIVER);
  }
  bool Awaits() {
    for (const Letter& letter : Mailbox(kCentre)) {
      if (letter.code() != "SIG-B4") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      return signal.ok() && signal->get().getAwaitsAnswer();
    }
    ADD_FAILURE() << "no call";
    return false;
  }
  // What the caller was told of it.
  std::vector<Answer> ToldAnswers() {
    std::vector<Answer> out;
    for (const Letter& letter : Mailbox(kBoard)) {
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      if (letter.code() == "RECEIPT" && signal.ok() &&
          signal->get().getBody().getReceipt().getState() == LadderState::ANSWERED)
        out.push_back(signal->get().getBody().getReceipt().getAnswer());
    }
    return out;
  }
  size_t Overdue() {
    const auto counts = CountOverdue(hub_.store_);
    return counts.ok() && counts->count("clock.reply") != 0 ? counts->at("clock.reply") : 0;
  }
  void After(int days) { Tick(Day(200 + days)); }
};

TEST_F(Answers, RegisteredEndsNoLimitOfWhatIsAnsweredAndTheAnswerDoesAndIsTold) {
  const SignalId id = Call();
  EXPECT_TRUE(Awaits());
  Receipt("registered", id, LadderState::REGISTERED, kCentre);
  After(30);
  EXPECT_THAT(Codes(kCentre), Contains("REMINDER"));
  EXPECT_EQ(Overdue(), 1U);
  Receipt("answered", id, LadderState::ANSWERED, kCentre, Answer::ACCEPTED);
  EXPECT_EQ(Overdue(), 0U);
  EXPECT_THAT(ToldAnswers(), ElementsAre(Answer::ACCEPTED));
  Receipt("put right", id, LadderState::ANSWERED, kCentre, Answer::DECLINED);
  EXPECT_THAT(ToldAnswers(), ElementsAre(Answer::ACCEPTED, Answer::DECLINED));
  ExpectRebuilds();
}

TEST_F(Answers, AnAnswerOfAnotherKindOfSignalHasNoEffect) {
  const SignalId id = Call();
  for (const Answer wrong : {Answer::UNSET, Answer::OPENED_INQUIRY, Answer::OFFERED, Answer::MOVED, static_cast<Answer>(900)})
    Receipt("wrong" + std::to_string(static_cast<int>(wrong)), id, LadderState::ANSWERED, kCentre, wrong);
  EXPECT_THAT(ToldAnswers(), IsEmpty());
  EXPECT_FALSE(HasStep(*Row(id), LadderState::ANSWERED));
  Receipt("right", id, LadderState::ANSWERED, kCentre, Answer::DECLINED);
  EXPECT_THAT(ToldAnswers(), ElementsAre(Answer::DECLINED));
  ExpectRebuilds();
}

TEST_F(Answers, WhatWasDeliveredByAnEarlierEditionStillEndsWhenItIsRegistered) {
  fold_ = 7;
  Config("2");
  const SignalId id = Call();
  EXPECT_FALSE(Awaits());
  Receipt("registered", id, LadderState::REGISTERED, kCentre);
  fold_ = 8;
  Config("3");
  After(30);
  EXPECT_THAT(Codes(kCentre), testing::Not(Contains("REMINDER")));
  EXPECT_EQ(Overdue(), 0U);
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
