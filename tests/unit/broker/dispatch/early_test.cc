// Answers that come before their signals, as after a restore, when everybody sends again at once.
#include <algorithm>

#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using schema::LadderState;
using Choice = schema::PromptDecided::Decision;

constexpr char kReception[] = "bollnas.mottagning";

// The same story told in another hub: what its signals will be called here too.
class Foretold : public Scene {
 public:
  Foretold() { SetUp(); }
  void TestBody() override {}
  SignalId Reported() {
    Report("report");
    return IdOf("SIG-A1", schema::Outcome::DELIVER);
  }
  SignalId Prompted() {
    Completed("first", 10, "bhv.w1-3");
    Registered();
    Tick(Day(306));
    return Mailbox("bvc.bollnas").at(0).decision.signal;
  }
};

class Early : public Scene {
 protected:
  Offset ReceiptOfNobody(const std::string& name, const SignalId& id) {
    return Tell(name, Day(201), [&](schema::Event::Builder e) {
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData(id.view()));
      body.setState(LadderState::REGISTERED);
      body.setAt(Day(201).value);
      body.setFunction(kReception);
    }, "");
  }
  void Withdrawal(const std::string& name, const SignalId& id, const char* org = "2321000198") {
    Tell(name, Day(202), [&](schema::Event::Builder e) {
      e.getHeader().getController().setOrgNr(org);
      auto body = e.getBody().initSignalWithdrawn();
      body.setSignalId(wire::AsData(id.view()));
      body.setReason("wrong-child");
    });
  }
  Offset Decided(const std::string& name, const SignalId& id, Choice choice,
                 const char* org = "2321000198") {
    return Tell(name, Day(202), [&](schema::Event::Builder e) {
      e.getHeader().getController().setOrgNr(org);
      auto body = e.getBody().initPromptDecided();
      body.setSignalId(wire::AsData(id.view()));
      body.setDecision(choice);
    });
  }
  // Rows that wait; the mark must say the same.
  size_t Waiting() {
    size_t rows = 0;
    EXPECT_TRUE(hub_.store_.Scan(spaces::kEarly, "", "", [&](std::string_view, std::string_view) {
      ++rows;
      return true;
    }).ok());
    const auto mark = ReadMark(hub_.store_);
    EXPECT_TRUE(mark.ok());
    EXPECT_EQ(mark->early, rows);
    return rows;
  }
  // As if so many answers of this peer waited, the first one told at `offset`.
  void Fill(const std::string& peer, uint64_t count, uint64_t offset) {
    auto mark = ReadMark(hub_.store_);
    ASSERT_TRUE(mark.ok());
    Batch batch;
    for (uint64_t i = 0; i < count; ++i)
      batch.Put(spaces::kEarly,
                std::string(jt::KeyOf(peer + std::to_string(i))) + BigEndian64(offset + i), peer);
    mark->early += count;
    batch.Put(spaces::kMeta, std::string(kMarkKey), EncodeMark(*mark));
    Must(hub_.store_.Apply(batch, Durability::kNow));
    Restart();
  }
};

TEST_F(Early, AReceiptBeforeItsSignalIsTakenWhenTheSignalComes) {
  const SignalId id = Foretold().Reported();
  const Offset receipt = ReceiptOfNobody("r1", id);
  EXPECT_EQ(Waiting(), 1u);
  ExpectRebuilds();
  Report("another");
  EXPECT_EQ(Waiting(), 1u) << "it is about one signal only";
  Report("report");
  EXPECT_EQ(Waiting(), 0u);
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED, LadderState::STORED,
                                  LadderState::REGISTERED));
  ASSERT_TRUE(HasStep(*Row(id), LadderState::REGISTERED));
  EXPECT_EQ(Row(id)->ladder.back().source, receipt.value);
  ExpectRebuilds();
}

TEST_F(Early, AReceiptOfAnotherFunctionHasNoEffectEarlyEither) {
  const SignalId id = Foretold().Reported();
  Receipt("r1", id, LadderState::REGISTERED, "gavle.mottagning");
  Receipt("r2", id, LadderState::DELIVERED, kReception);
  EXPECT_EQ(Waiting(), 2u);
  Report("report");
  EXPECT_EQ(Waiting(), 0u);
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED));
  EXPECT_EQ(Row(id)->ladder.size(), 1u);
}

TEST_F(Early, AWithdrawalBeforeItsSignalIsTheSendersAlone) {
  const SignalId id = Foretold().Reported();
  Withdrawal("w1", id, "5560360793");
  Report("report");
  EXPECT_THAT(Codes(kReception), ElementsAre("SIG-A1"));
  EXPECT_EQ(Waiting(), 0u);
}

TEST_F(Early, AWithdrawalBeforeItsSignalWithdrawsIt) {
  const SignalId id = Foretold().Reported();
  Withdrawal("w1", id);
  Report("report");
  EXPECT_THAT(Codes(kReception), ElementsAre("SIG-A1", "WITHDRAWN"));
  EXPECT_TRUE(Row(id)->withdrawn);
  EXPECT_EQ(Waiting(), 0u);
  ExpectRebuilds();
}

TEST_F(Early, AnAuthoritysNumberMayBeWrittenWithAHyphen) {
  const SignalId id = Foretold().Reported();
  Report("report");
  Withdrawal("w1", id, "232100-0198");
  EXPECT_THAT(Codes(kReception), ElementsAre("SIG-A1", "WITHDRAWN"));
}

TEST_F(Early, ADecisionOnAPromptBeforeThePrompt) {
  const SignalId id = Foretold().Prompted();
  Decided("d1", id, Choice::REPORT, "5560360793");
  Decided("d2", id, Choice::SUPPORT);
  Decided("d3", id, Choice::DISMISSED, "5560360793");
  Completed("first", 10, "bhv.w1-3");
  Registered();
  EXPECT_EQ(Waiting(), 3u);
  Tick(Day(306));
  EXPECT_EQ(Waiting(), 0u);
  ASSERT_TRUE(Row(id).has_value());
  EXPECT_EQ(Row(id)->decision, Choice::SUPPORT);
  ExpectRebuilds();
}

TEST_F(Early, AWithdrawnPromptStaysWithdrawnInTheStateOfItsChild) {
  const SignalId id = Foretold().Prompted();
  Withdrawal("w1", id);
  Completed("first", 10, "bhv.w1-3");
  const Offset listed = Registered();
  Tick(Day(306));
  const auto state = ReadState(hub_.store_, hub_.Read(listed).header.subject);
  ASSERT_TRUE(state.ok());
  const auto& all = state->episodes;
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const rules::Episode& episode) {
    return episode.withdrawn && std::count(episode.signals.begin(), episode.signals.end(), id) != 0;
  }));
  ExpectRebuilds();
}

TEST_F(Early, TwoAnswersAreTakenInTheOrderTheyCame) {
  const SignalId id = Foretold().Reported();
  Receipt("r1", id, LadderState::REGISTERED, kReception);
  Receipt("r2", id, LadderState::ANSWERED, kReception, schema::Answer::NOT_OPENED);
  Report("report");
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED, LadderState::REGISTERED,
                                  LadderState::ANSWERED));
}

TEST_F(Early, OnePeerKeepsItsShareOnlyAndItsOldestAnswerGoes) {
  const SignalId id = Foretold().Reported();
  Receipt("r1", id, LadderState::REGISTERED, kReception);
  Fill("test", kEarlyOfOnePeer - 1, 1'000'000);
  Receipt("r2", id, LadderState::ANSWERED, kReception, schema::Answer::NOT_OPENED);
  EXPECT_EQ(Waiting(), kEarlyOfOnePeer);
  Report("report");
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED, LadderState::ANSWERED));
}

TEST_F(Early, APeerThatFloodsKeepsOutNobodyElse) {
  const SignalId id = Foretold().Reported();
  for (int peer = 0; peer < 4; ++peer)
    Fill("flood" + std::to_string(peer), kEarlyOfOnePeer, 0);
  Receipt("r1", id, LadderState::REGISTERED, kReception);
  EXPECT_EQ(Waiting(), kEarlyMax);
  Report("report");
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED, LadderState::REGISTERED));
}

TEST_F(Early, AnIdThatIsNoneIsNotKept) {
  Receipt("r1", SignalId{}, LadderState::REGISTERED, kReception);
  Tell("r2", Day(201), [&](schema::Event::Builder e) {
    e.getBody().initSignalReceipt().setSignalId(wire::AsData("short"));
  });
  EXPECT_EQ(Waiting(), 0u);
}

TEST_F(Early, HowInputsAreGroupedChangesNothing) {
  const SignalId id = Foretold().Reported();
  settle_ = false;
  Receipt("r1", id, LadderState::REGISTERED, kReception);
  Withdrawal("w1", id);
  Report("report");
  Receipt("r2", id, LadderState::ANSWERED, kReception, schema::Answer::NOT_OPENED);
  Settle();
  EXPECT_EQ(Waiting(), 0u);
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED, LadderState::REGISTERED,
                                  LadderState::ANSWERED));
  EXPECT_THAT(Codes(kReception), ElementsAre("SIG-A1", "WITHDRAWN"));
  ExpectRebuilds();  // one by one
}

TEST_F(Early, WaitsOverACrash) {
  const SignalId id = Foretold().Reported();
  Receipt("r1", id, LadderState::REGISTERED, kReception);
  Must(hub_.CrashAndStart());
  Restart();
  Settle();
  Report("report");
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED, LadderState::REGISTERED));
  EXPECT_EQ(Waiting(), 0u);
}

TEST_F(Early, AnAnswerWhosePayloadIsGoneTellsNothing) {
  const SignalId id = Foretold().Reported();
  const Offset receipt = ReceiptOfNobody("r1", id);
  hub_.Tamper(spaces::kPayload, BigEndian64(receipt.value), std::nullopt);
  Report("report");
  EXPECT_EQ(Waiting(), 0u);
  EXPECT_THAT(Told(), ElementsAre(LadderState::STORED));
}

TEST_F(Early, ARebuildAfterTheSignalsChildIsErasedIsTheSame) {
  const SignalId id = Foretold().Reported();
  ReceiptOfNobody("r1", id);
  const Offset report = Report("report");
  Must(hub_.vault_->Erase(hub_.Read(report).header.subject));
  Must(hub_.vault_->Commit());
  ExpectRebuilds(1);
}

}  // namespace
}  // namespace sam::dispatch::test
