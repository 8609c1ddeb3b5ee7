// Each kind of frame, there and back.
#include "broker/wire/frame.h"

#include <gtest/gtest.h>

#include "broker/wire/codec.h"

namespace sam::wire {
namespace {

template <typename T>
T Back(const T& frame) {
  const auto parsed = ParseFrame(Encode(frame));
  SAM_CHECK(parsed.ok());
  SAM_CHECK(std::holds_alternative<T>(*parsed));
  return std::get<T>(*parsed);
}

const HubId kHub = *HubId::From("hub-1234");

TEST(Frame, HelloKeepsEveryField) {
  const Hello out = Back(Hello{1, "prog/2", Role::kSubscriber, "sys", 42, kHub, 3});
  EXPECT_EQ(out.software, "prog/2");
  EXPECT_EQ(out.role, Role::kSubscriber);
  EXPECT_EQ(out.system_id, "sys");
  EXPECT_EQ(out.last_accepted, 42u);
  EXPECT_EQ(out.last_hub, kHub);
  EXPECT_EQ(out.last_epoch, 3u);
  EXPECT_TRUE(Back(Hello{}).last_hub.empty());
}

TEST(Frame, WelcomeKeepsEveryField) {
  const Welcome out = Back(Welcome{1, kHub, 2, "hub/1", 1000, 2000, 7, "origin\n1\n", true, true});
  EXPECT_EQ(out.hub, kHub);
  EXPECT_EQ(out.epoch, 2u);
  EXPECT_EQ(out.max_event_bytes, 1000u);
  EXPECT_EQ(out.max_batch_bytes, 2000u);
  EXPECT_EQ(out.accepted_to, 7u);
  EXPECT_EQ(out.checkpoint, "origin\n1\n");
  EXPECT_TRUE(out.test);
  EXPECT_TRUE(out.standby);
}

TEST(Frame, PublishKeepsEventsAndHoles) {
  Publish publish;
  publish.records.push_back({5, std::string(16, 'e'), 0});
  publish.records.push_back({9, "", 6});
  const Publish out = Back(publish);
  ASSERT_EQ(out.records.size(), 2u);
  EXPECT_EQ(out.records[0].sequence, 5u);
  EXPECT_EQ(out.records[0].event, std::string(16, 'e'));
  EXPECT_TRUE(out.records[1].event.empty());
  EXPECT_EQ(out.records[1].void_from, 6u);
  EXPECT_EQ(out.records[1].sequence, 9u);
}

TEST(Frame, RecordWithoutAnyEventStandsForItsOwnNumber) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::Frame>().initPublish().initRecords(1)[0].setSequence(4);
  const auto parsed = ParseFrame(Flatten(message));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(std::get<Publish>(*parsed).records[0].void_from, 4u);
}

TEST(Frame, HoleIsAFieldOfItsOwnAndEightBytesAreAnEvent) {
  Publish publish;
  publish.records.push_back({9, "", 6});
  publish.records.push_back({10, "12345678", 0});
  const std::string bytes = Encode(publish);
  const auto records = Read<schema::Frame>(bytes, [](schema::Frame::Reader frame) {
    const auto list = frame.getPublish().getRecords();
    return Result<std::pair<uint64_t, size_t>>({list[0].getVoidFrom(), list[0].getEvent().size()});
  });
  ASSERT_TRUE(records.ok());
  EXPECT_EQ(*records, (std::pair<uint64_t, size_t>(6, 0)));
  const auto parsed = ParseFrame(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(std::get<Publish>(*parsed).records[1].event, "12345678");
}

TEST(Frame, RecordNumbersThatCouldRunOverAreRefused) {
  const auto parse = [](uint64_t sequence, uint64_t void_from) {
    Publish publish;
    publish.records.push_back({sequence, "", void_from});
    return ParseFrame(Encode(publish)).ok();
  };
  EXPECT_TRUE(parse(1, 1));
  EXPECT_TRUE(parse(kMaxSequence, 1));
  EXPECT_FALSE(parse(kMaxSequence + 1, 1));
  EXPECT_FALSE(parse(UINT64_MAX, 1));
  EXPECT_FALSE(parse(0, 0));
  EXPECT_FALSE(parse(4, 5));
}

TEST(Frame, AckKeepsRefusalsWithTheirFields) {
  Ack ack{10, 8, {{9, Refusal::MISSING_FIELD, "header.type"}, {10, Refusal::CONFLICT, ""}}, 3};
  const Ack out = Back(ack);
  EXPECT_EQ(out.accepted_to, 10u);
  EXPECT_EQ(out.trim_to, 8u);
  EXPECT_EQ(out.refused, ack.refused);
  EXPECT_EQ(out.duplicates, 3u);
}

TEST(Frame, CreditSubscribeAndSmallFrames) {
  const Credit credit = Back(Credit{1, 2, 3});
  EXPECT_EQ(credit.messages, 1u);
  EXPECT_EQ(credit.bytes, 2u);
  EXPECT_EQ(credit.retry_after_ms, 3u);
  const Position at{kHub, 2, Lane::kAcute, Sequence(77)};
  const Subscribe subscribe = Back(Subscribe{"bollnas.mottagning", {at}});
  EXPECT_EQ(subscribe.subscription, "bollnas.mottagning");
  EXPECT_EQ(subscribe.seen, std::vector<Position>{at});
  Back(Heartbeat{});
  Back(Bye{});
  EXPECT_EQ(Back(RefusedFrame{{0, Refusal::NOT_ALLOWED, "peer"}}).refused.field, "peer");
}

TEST(Frame, ATrialAndItsAnswerKeepEveryField) {
  const Trial trial = Back(Trial{9, std::string(16, 'e')});
  EXPECT_EQ(trial.number, 9u);
  EXPECT_EQ(trial.event, std::string(16, 'e'));
  TrialSignal signal;
  signal.code = "SIG-B1";
  signal.legal_class = schema::LegalClass::B;
  signal.outcome = TrialSignal::Outcome::HELD;
  signal.receiver = "r";
  signal.sender = "s";
  signal.ground = "ground.consent";
  signal.rule = "RULE";
  signal.reasons = {"gate.consent.missing", "x"};
  signal.masked = {"subject.birthDate"};
  TrialAnswer answer;
  answer.number = 9;
  answer.refused = Refusal::BUSY;
  answer.field = "rate";
  answer.signals = {signal};
  answer.config = "v1";
  answer.watched = 3;
  const TrialAnswer out = Back(answer);
  EXPECT_EQ(out.number, 9u);
  EXPECT_EQ(out.refused, Refusal::BUSY);
  EXPECT_EQ(out.field, "rate");
  EXPECT_EQ(out.config, "v1");
  EXPECT_EQ(out.watched, 3u);
  ASSERT_EQ(out.signals.size(), 1u);
  EXPECT_EQ(out.signals[0].code, signal.code);
  EXPECT_EQ(out.signals[0].legal_class, signal.legal_class);
  EXPECT_EQ(out.signals[0].outcome, signal.outcome);
  EXPECT_EQ(out.signals[0].receiver, "r");
  EXPECT_EQ(out.signals[0].sender, "s");
  EXPECT_EQ(out.signals[0].ground, signal.ground);
  EXPECT_EQ(out.signals[0].rule, "RULE");
  EXPECT_EQ(out.signals[0].reasons, signal.reasons);
  EXPECT_EQ(out.signals[0].masked, signal.masked);
}

TEST(Frame, ACheckpointAndWhatIsNone) {
  CheckpointWord word;
  word.note = "origin\n1\n";
  word.from = 17;
  word.consistency = {Digest{}, Digest{}};
  word.consistency[1].bytes[3] = 9;
  word.key = std::string(32, 'k');
  const CheckpointWord out = Back(word);
  EXPECT_EQ(out.note, word.note);
  EXPECT_EQ(out.from, 17u);
  EXPECT_EQ(out.consistency, word.consistency);
  EXPECT_EQ(out.key, word.key);
  word.consistency.resize(1'000);
  EXPECT_EQ(ParseFrame(Encode(word)).error().code, Code::kInvalid);
}

TEST(Frame, DeliverAndItsAck) {
  Delivery item{{kHub, 1, Lane::kAcute, Sequence(3)}, std::string(24, 's'),
                WithheldCode::NONE, true, true, 4};
  Delivery held{{kHub, 1, Lane::kNormal, Sequence(4)}, "", WithheldCode::ERASED, false, false, 1};
  const Deliver out = Back(Deliver{"f", {item, held}});
  ASSERT_EQ(out.items.size(), 2u);
  EXPECT_EQ(out.items[0].position, item.position);
  EXPECT_EQ(out.items[0].signal, item.signal);
  EXPECT_TRUE(out.items[0].late && out.items[0].replayed);
  EXPECT_EQ(out.items[0].attempt, 4);
  EXPECT_EQ(out.items[1].withheld, WithheldCode::ERASED);
  EXPECT_TRUE(out.items[1].signal.empty());
  const DeliverAck ack = Back(DeliverAck{"f", Lane::kAcute, 5, {7, 9}, 2});
  EXPECT_EQ(ack.lane, Lane::kAcute);
  EXPECT_EQ(ack.floor, 5u);
  EXPECT_EQ(ack.also, (std::vector<uint64_t>{7, 9}));
  EXPECT_EQ(ack.epoch, 2u);
}

template <typename Build>
bool Accepted(Build build) {
  capnp::MallocMessageBuilder message;
  build(message.initRoot<schema::Frame>());
  return ParseFrame(Flatten(message)).ok();
}

TEST(Frame, WrongIdsLanesAndRolesAreRefused) {
  EXPECT_FALSE(Accepted([](schema::Frame::Builder f) { f.setUnset(); }));
  EXPECT_FALSE(Accepted([](schema::Frame::Builder f) { f.initWelcome().setHub(AsData("short")); }));
  EXPECT_FALSE(Accepted([](schema::Frame::Builder f) { f.initDeliverAck().setLane(2); }));
  EXPECT_FALSE(Accepted([](schema::Frame::Builder f) {
    f.initHello().setRole(static_cast<schema::Hello::Role>(9));
  }));
  EXPECT_FALSE(Accepted([](schema::Frame::Builder f) {
    auto at = f.initDeliver().initItems(1)[0].initPosition();
    at.setHub(AsData("hub-1234"));
    at.setSequence(0);
  }));
}

TEST(Frame, KindOfANewerPeerIsUnknownAndNotAnError) {
  capnp::MallocMessageBuilder message;
  auto any = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(1, 1);
  any.getDataSection()[0] = 200;
  const auto parsed = ParseFrame(Flatten(message));
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(std::holds_alternative<UnknownFrame>(*parsed));
}

TEST(Frame, NamesOfCodesAreTheSchemasOwn) {
  const auto refusals = capnp::Schema::from<Refusal>().getEnumerants();
  for (const auto each : refusals)
    EXPECT_STREQ(RefusalName(static_cast<Refusal>(each.getOrdinal())),
                 each.getProto().getName().cStr());
  const auto withheld = capnp::Schema::from<WithheldCode>().getEnumerants();
  for (const auto each : withheld)
    EXPECT_STREQ(WithheldName(static_cast<WithheldCode>(each.getOrdinal())),
                 each.getProto().getName().cStr());
}

}  // namespace
}  // namespace sam::wire
