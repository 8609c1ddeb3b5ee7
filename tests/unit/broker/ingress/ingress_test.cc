// The stage's answers, one situation each.
#include "broker/ingress/ingress.h"

#include "ingress_fixture.h"

namespace sam::ingress {
namespace {

TEST_F(IngressTest, HelloIsAnsweredWithWelcomeAckAndCredit) {
  options_.checkpoint = [] { return std::string("samsignal/1"); };
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  const auto frames = Ask(*bvc, wire::Encode(HelloOf()));
  const auto welcome = Last<wire::Welcome>(frames);
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->hub, kHub);
  EXPECT_EQ(welcome->checkpoint, "samsignal/1");
  EXPECT_FALSE(welcome->test);
  EXPECT_EQ(Last<wire::Ack>(frames)->accepted_to, 0u);
  EXPECT_EQ(Last<wire::Credit>(frames)->messages, wire::kWindowMessages);
}

TEST_F(IngressTest, WhoMayNotSpeakIsToldWhy) {
  const struct {
    const char* user;
    wire::Hello hello;
    Refusal code;
    const char* field;
  } rows[] = {
      {"stranger", HelloOf(), Refusal::NOT_ALLOWED, "peer"},
      {"dental", HelloOf(), Refusal::NOT_ALLOWED, "hello.systemId"},
      {"op", HelloOf(), Refusal::NOT_ALLOWED, "hello.role"},
      {"bvc", [] { auto h = HelloOf(); h.protocol = 2; return h; }(), Refusal::SCHEMA_UNKNOWN,
       "hello.protocol"},
      {"bvc", [] { auto h = HelloOf(); h.role = wire::Role::kSubscriber; return h; }(),
       Refusal::NOT_ALLOWED, "hello.role"},
  };
  for (const auto& row : rows) {
    auto client = net_.Connect("hub", row.user);
    const auto refused = Last<wire::RefusedFrame>(Ask(*client, wire::Encode(row.hello)));
    ASSERT_TRUE(refused) << row.user;
    EXPECT_EQ(refused->refused.code, row.code) << row.user;
    EXPECT_EQ(refused->refused.field, row.field) << row.user;
  }
  EXPECT_EQ(ingress_->sessions(), 0u);
}

TEST_F(IngressTest, AckComesOnlyAfterTheOutcome) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  journal_->answering = false;
  const auto before = Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")}));
  EXPECT_FALSE(Last<wire::Ack>(before));
  const auto asked = Ask(*bvc, wire::Encode(wire::Heartbeat{}));
  EXPECT_EQ(Last<wire::Ack>(asked)->accepted_to, 0u);
  EXPECT_FALSE(ingress_->Drained());
  journal_->answering = true;
  Turn();
  EXPECT_EQ(Last<wire::Ack>(Heard(*bvc))->accepted_to, 1u);
  EXPECT_TRUE(ingress_->Drained());
}

TEST_F(IngressTest, FourCasesOfEnvelopeAndMessage) {
  // Seen before all rows: message M1 in envelope 1.
  const struct {
    const char* name;
    int envelope;
    const char* message;
    bool other_content;
    Refusal answer;
    uint32_t duplicates;
    size_t written;
  } rows[] = {
      {"both new", 2, "M2", false, Refusal::NONE, 0, 2},
      {"both seen", 1, "M1", false, Refusal::NONE, 1, 1},
      {"message seen, envelope new: the ack was lost", 3, "M1", false, Refusal::NONE, 1, 1},
      {"envelope seen, message new: a fault", 1, "M3", false, Refusal::ENVELOPE_REUSED, 0, 1},
      {"message seen with other content", 4, "M1", true, Refusal::CONFLICT, 0, 1},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Start();
    auto bvc = net_.Connect("hub", "bvc");
    Ask(*bvc, wire::Encode(HelloOf()));
    Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")}));
    const Spoil other = [](schema::Event::Builder e) {
      e.getBody().getBvcVisitMissed().setAttemptNo(3);
    };
    const std::string event =
        MakeEvent(row.envelope, row.message, row.other_content ? other : Spoil{});
    const auto first = Last<wire::Ack>(Ask(*bvc, PublishOf(2, {event})));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->accepted_to, 2u);
    EXPECT_EQ(first->duplicates, row.duplicates);
    EXPECT_EQ(journal_->log.size(), row.written);
    EXPECT_EQ(first->refused.empty() ? Refusal::NONE : first->refused[0].code, row.answer);
    // The batch again: the same answer, word for word, and nothing more is written.
    const auto again = Last<wire::Ack>(Ask(*bvc, PublishOf(2, {event})));
    ASSERT_TRUE(again);
    EXPECT_EQ(wire::Encode(*again), wire::Encode(*first));
    EXPECT_EQ(journal_->log.size(), row.written);
  }
}

TEST_F(IngressTest, ConflictsAreCountedAndDoNotFillTheLog) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")}));
  std::vector<std::string> events;
  events.reserve(60);
  for (int i = 0; i < 60; ++i)
    events.push_back(MakeEvent(i + 2, "M1", [i](schema::Event::Builder e) {
      e.getBody().getBvcVisitMissed().setAttemptNo(static_cast<int16_t>(i + 3));
    }));
  testing::internal::CaptureStderr();
  const auto ack = Last<wire::Ack>(Ask(*bvc, PublishOf(2, events)));
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_EQ(ack->accepted_to, 61u);
  size_t lines = 0;
  for (size_t at = 0; (at = logged.find("event-conflict", at)) != std::string::npos; ++at) ++lines;
  EXPECT_GT(lines, 0u);
  EXPECT_LE(lines, 20u) << "a line for each of sixty conflicts";
}

TEST_F(IngressTest, BadRecordIsRefusedByNumberAndTheRestGoesOn) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  const auto late = [](schema::Event::Builder e) { e.getHeader().setOccurredAt(1); };
  const auto ack = Last<wire::Ack>(Ask(
      *bvc, PublishOf(1, {MakeEvent(1, "M1"), MakeEvent(2, "M2", late), std::string(32, '\xff'),
                          MakeEvent(4, "M4")})));
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->accepted_to, 4u);
  EXPECT_EQ(ack->refused, (std::vector<wire::RefusedRecord>{
                              {2, Refusal::BAD_VALUE, "header.occurredAt"},
                              {3, Refusal::MALFORMED, ""}}));
  EXPECT_EQ(journal_->log.size(), 2u);
}

TEST_F(IngressTest, GapIsNotJumpedOver) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  const auto ack = Last<wire::Ack>(Ask(*bvc, PublishOf(2, {MakeEvent(2, "M2")})));
  EXPECT_EQ(ack->accepted_to, 0u);
  EXPECT_TRUE(journal_->log.empty());
}

TEST_F(IngressTest, BatchOverTheLimitAndFramesOfTheHubsOwnKindAreRefused) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  std::vector<std::string> large(3, std::string(size_t{96} * 1024, 'x'));
  const auto refused = Last<wire::RefusedFrame>(Ask(*bvc, PublishOf(1, large)));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->refused.code, Refusal::TOO_LARGE);
  EXPECT_EQ(Last<wire::RefusedFrame>(Ask(*bvc, wire::Encode(wire::Ack{})))->refused.field, "frame");
  EXPECT_EQ(Last<wire::RefusedFrame>(Ask(*bvc, "garbage!"))->refused.code, Refusal::MALFORMED);
}

TEST_F(IngressTest, FullPipeMeansNoCreditAndCreditComesBackWithRoom) {
  options_.window_messages = 1;
  options_.max_drafts = 1;
  options_.read_ahead_bytes = 1;
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  journal_->answering = false;
  Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")}));
  const auto busy = Ask(*bvc, PublishOf(2, {MakeEvent(2, "M2")}));
  ASSERT_TRUE(Last<wire::Credit>(busy));
  EXPECT_EQ(Last<wire::Credit>(busy)->messages, 0u);
  EXPECT_GT(Last<wire::Credit>(busy)->retry_after_ms, 0u);
  journal_->answering = true;
  Turn(20);
  const auto frames = Heard(*bvc);
  EXPECT_EQ(Last<wire::Ack>(frames)->accepted_to, 1u);  // the second was not kept, nor answered
  EXPECT_EQ(Last<wire::Credit>(frames)->messages, 1u);
}

// What is held is counted alike on the way in and out, also of an event that is kept in two parts.
TEST_F(IngressTest, EventsWithPlacesLeaveNothingHeldWhenTheyAreWritten) {
  options_.read_ahead_bytes = 1;
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  for (int i = 1; i <= 3; ++i) {
    const std::string moved =
        MakeEvent(i, "M" + std::to_string(i), [](schema::Event::Builder event) {
          event.getHeader().setType("person.moved");
          auto body = event.getBody().initPersonMoved();
          body.setOldMunicipality("2180");
          body.setNewMunicipality("2183");
        });
    Ask(*bvc, PublishOf(static_cast<uint64_t>(i), {moved}));
    Turn(20);
    const auto frames = Ask(*bvc, wire::Encode(wire::Heartbeat{}));
    EXPECT_EQ(Last<wire::Ack>(frames)->accepted_to, static_cast<uint64_t>(i));
    EXPECT_GT(Last<wire::Credit>(frames)->messages, 0u) << "something is still held";
  }
}

TEST_F(IngressTest, MoreSourcesThanThePipeHoldsAreAllServedInTheEnd) {
  std::vector<std::unique_ptr<wire::ClientLink>> clients;
  std::vector<PeerRules> peers;
  for (int i = 0; i < 12; ++i) {
    PeerRules rules = BvcRules();
    rules.name = "bvc" + std::to_string(i);
    peers.push_back(rules);
  }
  ASSERT_TRUE(tables_.TryPush(std::make_unique<const PeerTable>(peers)));
  for (int i = 0; i < 12; ++i) {
    clients.push_back(net_.Connect("hub", "bvc" + std::to_string(i)));
    Ask(*clients.back(), wire::Encode(HelloOf()));
  }
  journal_->answering = false;
  for (int i = 0; i < 12; ++i)
    ASSERT_TRUE(clients[static_cast<size_t>(i)]->Send(
        PublishOf(1, {MakeEvent(i + 1, "M" + std::to_string(i))})).ok());
  Turn(3);
  journal_->answering = true;
  Turn(20);
  EXPECT_EQ(journal_->log.size(), 12u);
  for (auto& client : clients) EXPECT_EQ(Last<wire::Ack>(Heard(*client))->accepted_to, 1u);
}

TEST_F(IngressTest, LowDiskIsBusyAndNothingIsAcknowledged) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  journal_->full = true;
  const auto frames = Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")}));
  EXPECT_EQ(Last<wire::Ack>(frames)->accepted_to, 0u);
  EXPECT_EQ(Last<wire::Credit>(frames)->messages, 0u);
  journal_->full = false;
  Turn(20, 100);
  EXPECT_GT(Last<wire::Credit>(Heard(*bvc))->messages, 0u);
  EXPECT_EQ(Last<wire::Ack>(Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")})))->accepted_to, 1u);
}

TEST_F(IngressTest, WhileDispatchIsFarBehindSourcesWaitWhatIsUnderWayIsTakenAndTheyGoOnByThemselves) {
  uint64_t behind = 0;
  options_.behind = [&] { return behind; };
  options_.max_behind = 100;
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  EXPECT_GT(Last<wire::Credit>(Ask(*bvc, wire::Encode(HelloOf())))->messages, 0u);
  behind = 101;
  const auto frames = Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")}));
  ASSERT_TRUE(Last<wire::Credit>(frames));
  EXPECT_EQ(Last<wire::Credit>(frames)->messages, 0u);
  EXPECT_EQ(Last<wire::Ack>(frames)->accepted_to, 1u);
  behind = 100;
  Turn(20, 100);
  const auto again = Last<wire::Credit>(Heard(*bvc));
  ASSERT_TRUE(again);
  EXPECT_GT(again->messages, 0u);
  EXPECT_EQ(Last<wire::Ack>(Ask(*bvc, PublishOf(2, {MakeEvent(2, "M2")})))->accepted_to, 2u);
}

TEST_F(IngressTest, SourceThatIgnoresWithdrawnCreditGetsOneWindowInAndNoMore) {
  uint64_t behind = 0;
  options_.window_messages = 4;
  options_.behind = [&] { return behind; };
  options_.max_behind = 100;
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  behind = 101;
  uint64_t taken = 0;
  for (int i = 1; i <= 40; ++i) {
    const auto frames = Ask(*bvc, PublishOf(static_cast<uint64_t>(i), {MakeEvent(i, "M" + std::to_string(i))}));
    if (const auto ack = Last<wire::Ack>(frames)) taken = ack->accepted_to;
  }
  // The one that brought the word, and what could be under way by then.
  EXPECT_EQ(taken, 6u);
  // A new conversation is no way around it: it has no credit to begin with.
  auto again = net_.Connect("hub", "bvc");
  wire::Hello hello = HelloOf();
  hello.last_accepted = taken;
  Ask(*again, wire::Encode(hello));
  EXPECT_EQ(Last<wire::Ack>(Ask(*again, PublishOf(7, {MakeEvent(7, "M7")})))->accepted_to, taken);
  EXPECT_EQ(journal_->log.size(), taken);
  behind = 0;
  Turn(20, 100);
  Heard(*again);
  EXPECT_EQ(Last<wire::Ack>(Ask(*again, PublishOf(7, {MakeEvent(7, "M7")})))->accepted_to, 7u);
}

// Acknowledged events are gone only where the same epoch of the same log knows less than it told.
TEST_F(IngressTest, SourceThatWasToldMoreThanTheLogHasIsCountedForTheSameEpochOnly) {
  const auto counted = [] { return metrics::Expose().find("samsignal_source_knows_more_total 1\n") != std::string::npos; };
  options_.epoch = 3;
  Start();
  wire::Hello hello = HelloOf(5);
  hello.last_hub = kHub;
  hello.last_epoch = 2;  // restored since: a new epoch
  auto restored = net_.Connect("hub", "bvc");
  Ask(*restored, wire::Encode(hello));
  EXPECT_FALSE(counted());
  testing::internal::CaptureStderr();
  hello.last_epoch = 3;
  auto same = net_.Connect("hub", "bvc");
  EXPECT_EQ(Last<wire::Welcome>(Ask(*same, wire::Encode(hello)))->accepted_to, 0u);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(counted());
  EXPECT_NE(log.find("level=error"), std::string::npos) << log;
  EXPECT_NE(log.find("source-knows-more-than-log"), std::string::npos) << log;
}

TEST_F(IngressTest, SourceOverItsRateGetsNoCreditAndLosesNothing) {
  options_.window_messages = 4;
  options_.rate.messages_per_second = 10;
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  auto credit = Last<wire::Credit>(Ask(*bvc, wire::Encode(HelloOf())));
  uint64_t sent = 0;
  while (sent < 30) {
    const auto frames = Ask(*bvc, PublishOf(sent + 1, {MakeEvent(static_cast<int>(sent) + 1,
                                                                 "M" + std::to_string(sent))}));
    ++sent;
    EXPECT_EQ(Last<wire::Ack>(frames)->accepted_to, sent);  // taken, though credit is withdrawn
    if (const auto changed = Last<wire::Credit>(frames)) credit = changed;  // told when it changes
    ASSERT_TRUE(credit);
    if (credit->messages == 0) break;
  }
  EXPECT_GE(sent, 9u);
  EXPECT_LT(sent, 30u);
  EXPECT_GT(credit->retry_after_ms, 0u);
  // It has waited: it is told by itself, and goes on.
  Turn(20, 100);
  credit = Last<wire::Credit>(Heard(*bvc));
  ASSERT_TRUE(credit);
  EXPECT_EQ(credit->messages, 4u);
  const auto frames = Ask(*bvc, PublishOf(sent + 1, {MakeEvent(99, "M99")}));
  EXPECT_EQ(Last<wire::Ack>(frames)->accepted_to, sent + 1);
  EXPECT_EQ(journal_->log.size(), sent + 1);
}

TEST_F(IngressTest, SourceThatSendsOnWithoutCreditIsNotReadAndOthersAreServed) {
  options_.window_messages = 4;
  options_.rate.messages_per_second = 10;
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  auto dental = net_.Connect("hub", "dental");
  Ask(*bvc, wire::Encode(HelloOf()));
  size_t answers = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(bvc->Send("garbage!").ok());
    ASSERT_TRUE(ingress_->Work().ok());
    answers += Heard(*bvc).size();
  }
  EXPECT_LT(answers, 40u);  // nor is each of a flood worth an answer
  EXPECT_GT(answers, 0u);
  // What it sends now is not read, hence not acknowledged; a new connection does not help it.
  auto again = net_.Connect("hub", "bvc");
  EXPECT_FALSE(Last<wire::Welcome>(Ask(*again, wire::Encode(HelloOf()))));
  EXPECT_TRUE(journal_->log.empty());
  // Another key holder is served meanwhile.
  wire::Hello hello;
  hello.system_id = "dental-1";
  EXPECT_TRUE(Last<wire::Welcome>(Ask(*dental, wire::Encode(hello))));
  // And so is this one when it has waited.
  Turn(20, 100);
  EXPECT_TRUE(Last<wire::Welcome>(Ask(*again, wire::Encode(HelloOf()))));
  const auto ack = Last<wire::Ack>(Ask(*again, PublishOf(1, {MakeEvent(1, "M1")})));
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->accepted_to, 1u);
}

TEST_F(IngressTest, BytesCountAsWellAsMessages) {
  options_.window_bytes = 1024;
  options_.rate.bytes_per_second = 2048;
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  auto credit = Last<wire::Credit>(Ask(*bvc, wire::Encode(HelloOf())));
  // Saved up is one window and the largest frame.
  for (uint64_t n = 1; n <= 12; ++n) {
    const auto frames = Ask(*bvc, PublishOf(n, {std::string(size_t{128} * 1024, 'x')}));
    ASSERT_EQ(Last<wire::Ack>(frames)->accepted_to, n);
    if (const auto changed = Last<wire::Credit>(frames)) credit = changed;
    ASSERT_TRUE(credit);
    EXPECT_EQ(credit->messages, n > 8 ? 0u : wire::kWindowMessages) << n;
  }
}

TEST_F(IngressTest, BatchLimitIsTheOneInWelcome) {
  options_.max_batch_bytes = 2048;
  Start();
  auto bvc = net_.Connect("hub", "bvc");
  EXPECT_EQ(Last<wire::Welcome>(Ask(*bvc, wire::Encode(HelloOf())))->max_batch_bytes, 2048u);
  const std::string half(1032, 'x');
  const auto refused = Last<wire::RefusedFrame>(Ask(*bvc, PublishOf(1, {half, half})));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->refused.code, Refusal::TOO_LARGE);
}

TEST_F(IngressTest, RestartKnowsWhatEachSourceHadAccepted) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1"), MakeEvent(2, "M2")}));
  Start();
  clock_.Advance(1000);
  // What the source was told, never more: a fresh outbox of this name starts at nothing.
  EXPECT_EQ(Last<wire::Welcome>(Ask(*bvc, wire::Encode(HelloOf(2))))->accepted_to, 2u);
  EXPECT_EQ(Last<wire::Welcome>(Ask(*bvc, wire::Encode(HelloOf(0))))->accepted_to, 0u);
  // And of a hub put back from an older copy: what the hub has.
  EXPECT_EQ(Last<wire::Welcome>(Ask(*bvc, wire::Encode(HelloOf(9))))->accepted_to, 2u);
}

TEST_F(IngressTest, DamagedRowOfAcceptedNumbersIsCorrupt) {
  store_.rows[AcceptedKey("bvc", "bvc-1")] = "short";
  const auto ingress = Ingress::Open({*link_, *port_, bell_, clock_, durable_, trim_, tables_},
                                     store_, options_, key_.Clone(), Peers(true));
  EXPECT_EQ(ingress.error().code, Code::kCorrupt);
}

TEST_F(IngressTest, PeerTakenAwayIsOutWithItsNextMessage) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  EXPECT_EQ(ingress_->sessions(), 1u);
  ASSERT_TRUE(tables_.TryPush(Peers(false)));
  const auto refused =
      Last<wire::RefusedFrame>(Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")})));
  EXPECT_EQ(refused->refused.code, Refusal::NOT_ALLOWED);
  EXPECT_EQ(ingress_->sessions(), 0u);
  EXPECT_TRUE(journal_->log.empty());
}

// Its holder has another key and may go on; the line does not tell which one it is.
TEST_F(IngressTest, KeyTakenAwayIsOffTheLineAndTheOthersComeBack) {
  auto thief = net_.Connect("hub", "bvc");
  Ask(*thief, wire::Encode(HelloOf()));
  net_.SetAllowed("bvc", false);
  link_->AskToDrop();
  Turn();
  EXPECT_EQ(ingress_->sessions(), 0u);
  clock_.Advance(60'000);
  EXPECT_FALSE(thief->Send(PublishOf(1, {MakeEvent(1, "M1")})).ok());
  Turn();
  EXPECT_TRUE(journal_->log.empty());
  net_.SetAllowed("bvc", true);
  auto good = net_.Connect("hub", "bvc");
  EXPECT_TRUE(Last<wire::Welcome>(Ask(*good, wire::Encode(HelloOf()))));
  Ask(*good, PublishOf(1, {MakeEvent(1, "M1")}));
  EXPECT_EQ(journal_->log.size(), 1u) << "dropped once, not for ever";
}

TEST_F(IngressTest, UnknownConversationIsSentAwayToSayHello) {
  auto bvc = net_.Connect("hub", "bvc");
  EXPECT_TRUE(Last<wire::Bye>(Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")}))));
}

TEST_F(IngressTest, SilentSourceIsForgottenAndCountsNoMore) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  Turn(40, 1000);
  EXPECT_EQ(ingress_->sessions(), 0u);
}

TEST_F(IngressTest, SecondConnectionOfASourceReplacesTheFirst) {
  auto first = net_.Connect("hub", "bvc");
  auto second = net_.Connect("hub", "bvc");
  Ask(*first, wire::Encode(HelloOf()));
  Ask(*second, wire::Encode(HelloOf()));
  EXPECT_EQ(ingress_->sessions(), 1u);
  EXPECT_TRUE(Last<wire::Bye>(Ask(*first, PublishOf(1, {MakeEvent(1, "M1")}))));
}

TEST_F(IngressTest, ForgettingWaitsForTheBackupWhenThePolicySaysSo) {
  TrimMark covered(TrimMark::Policy::kCovered);
  ingress_.reset();
  auto ingress = Ingress::Open({*link_, *port_, bell_, clock_, durable_, covered, tables_}, store_,
                               options_, key_.Clone(), Peers(true));
  ASSERT_TRUE(ingress.ok());
  ingress_ = std::move(*ingress);
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  const auto ack = Last<wire::Ack>(Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")})));
  EXPECT_EQ(ack->accepted_to, 1u);
  EXPECT_EQ(ack->trim_to, 0u);
  covered.Raise(Offset(1));
  EXPECT_EQ(Last<wire::Ack>(Ask(*bvc, wire::Encode(wire::Heartbeat{})))->trim_to, 1u);
}

TEST_F(IngressTest, StopWaitsForWhatIsWithTheJournal) {
  auto bvc = net_.Connect("hub", "bvc");
  Ask(*bvc, wire::Encode(HelloOf()));
  journal_->answering = false;
  Ask(*bvc, PublishOf(1, {MakeEvent(1, "M1")}));
  ingress_->Stop();
  EXPECT_FALSE(ingress_->Drained());
  ASSERT_TRUE(bvc->Send(PublishOf(2, {MakeEvent(2, "M2")})).ok());
  journal_->answering = true;
  Turn(2);
  EXPECT_TRUE(ingress_->Drained());
  EXPECT_EQ(journal_->log.size(), 1u);
  EXPECT_EQ(Last<wire::Ack>(Heard(*bvc))->accepted_to, 1u);
}

}  // namespace
}  // namespace sam::ingress
