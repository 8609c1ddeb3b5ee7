// A replay that two people agree to: who may agree, until when, to what, and what the log remembers.
#include "broker/admin/replay_request.h"

#include <capnp/message.h>

#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"
#include "tests/unit/broker/journal/hub.h"

namespace sam::admin {
namespace {

constexpr int64_t kHourMs = 3'600'000;

class SecondPerson : public journal::test::HubTest {
 protected:
  Offset Ask(const std::string& who) {
    return hub_.Dispatch(AskDraft({"reception", 10, 90}, {who, "operator"}, "ny dator")).offset;
  }
  // A step as the hub writes it when it was agreed to.
  void Run(Offset request, uint64_t from, uint64_t to) {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    command.setAgreed(request.value);
    auto replay = command.getAction().initReplay();
    replay.setSubscription("reception");
    replay.setFromOffset(from);
    replay.setToOffset(to);
    journal::Draft draft;
    draft.kind = journal::Kind::COMMAND;
    draft.payload = wire::Flatten(message);
    hub_.Dispatch(std::move(draft));
  }
  ReplayRequest Known(Offset place) {
    auto request = ReadReplayRequest(hub_.NewReader(), place);
    EXPECT_TRUE(request.ok()) << (request.ok() ? "" : request.error().message);
    return request.ok() ? *request : ReplayRequest();
  }
  Code Judge(const ReplayRequest& request, const std::string& who, ReplayRange step, int64_t hours = 1) {
    const Status may = MayAgree(request, who, step, Millis(request.asked_at.value + hours * kHourMs));
    return may.ok() ? Code::kInternal : may.error().code;
  }
  static constexpr Code kMay = Code::kInternal;  // no error
};

TEST_F(SecondPerson, WhoAskedMayNotAgreeAndAnotherOneMay) {
  const ReplayRequest request = Known(Ask("anna"));
  EXPECT_EQ(request.asker, "anna");
  EXPECT_EQ(request.reason, "ny dator");
  EXPECT_EQ(Judge(request, "anna", {"reception", 10, 90}), Code::kDenied);
  EXPECT_EQ(Judge(request, "bo", {"reception", 10, 90}), kMay);
}

TEST_F(SecondPerson, ARequestEndsAfterADay) {
  const ReplayRequest request = Known(Ask("anna"));
  EXPECT_EQ(Judge(request, "bo", {"reception", 10, 90}, 24), kMay);
  EXPECT_EQ(Judge(request, "bo", {"reception", 10, 90}, 25), Code::kConflict);
}

TEST_F(SecondPerson, NothingButWhatWasAskedForIsAgreedTo) {
  const ReplayRequest request = Known(Ask("anna"));
  EXPECT_EQ(Judge(request, "bo", {"other", 10, 90}), Code::kConflict);
  EXPECT_EQ(Judge(request, "bo", {"reception", 9, 90}), Code::kConflict);
  EXPECT_EQ(Judge(request, "bo", {"reception", 10, 91}), Code::kConflict);
}

// The log knows it, so a hub that was started again does.
TEST_F(SecondPerson, AStepRunsOnceAndTheRestGoesOnBehindIt) {
  const Offset place = Ask("anna");
  Run(place, 10, 40);
  const ReplayRequest half = Known(place);
  EXPECT_EQ(half.next, 41u);
  EXPECT_EQ(Judge(half, "bo", {"reception", 10, 40}), Code::kConflict);
  EXPECT_EQ(Judge(half, "bo", {"reception", 41, 90}), kMay);
  EXPECT_EQ(WaitingReplayRequests(hub_.NewReader(), half.asked_at)->size(), 1u);
  Run(place, 41, 90);
  EXPECT_TRUE(Known(place).IsDone());
  EXPECT_EQ(Judge(Known(place), "bo", {"reception", 41, 90}), Code::kConflict);
  EXPECT_TRUE(WaitingReplayRequests(hub_.NewReader(), half.asked_at)->empty());
}

TEST_F(SecondPerson, OnlyARequestIsOne) {
  const Offset place = Ask("anna");
  const Offset agreed =
      hub_.Dispatch(AgreeDraft(Known(place), {"reception", 10, 20}, {"bo", "operator"}, "ja")).offset;
  EXPECT_EQ(ReadReplayRequest(hub_.NewReader(), agreed).error().code, Code::kNotFound);
  const Offset event = hub_.Input(journal::test::Event("e", "m", "c")).offset;
  EXPECT_EQ(ReadReplayRequest(hub_.NewReader(), event).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace sam::admin
