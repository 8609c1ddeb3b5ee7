#include "broker/dispatch/state_codec.h"

#include <capnp/any.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>

namespace sam::dispatch {
namespace {

template <typename Id>
Id Some(uint8_t n) {
  Id id;
  id.bytes[0] = n;
  return id;
}

rules::SubjectState Full() {
  rules::SubjectState s;
  s.birth_date = "2025-06-01";
  s.municipality = "0980";
  s.municipality_at = Millis(5);
  s.protection = schema::Protection::SEKRETESSMARKERING;
  s.protection_version = 3;
  s.consent_version = 4;
  s.consents = {{"c", {"SIG-B1", "SIG-B1:areas"}, schema::ConsentChanged::State::GIVEN,
                 "2026-01-01", schema::YesNo::YES, Millis(9), Some<EventId>(1)}};
  s.owner_unit = "SE2321000198-BVCTEST";
  s.registered_at = Millis(7);
  s.registered_event = Some<EventId>(2);
  s.registered_offset = Offset(8);
  s.attended = {{Some<EventId>(3), Millis(1), true, "m8", ""}};
  s.missed = {{{Some<EventId>(4), Some<EventId>(5)}, Offset(2), Millis(3), "bhv.m6", "A", "ep"}};
  s.declined = {{Some<EventId>(6), "m8", Millis(2)}};
  s.timers = {{"P2", "bhv.m8", Millis(99)}};
  s.episodes = {{"P2", "1", "k", Millis(4), true, true, {Some<EventId>(7)}, {Some<SignalId>(8)}}};
  s.held = {Some<SignalId>(9)};
  s.retracted = {{Some<EventId>(10), Some<EventId>(11), Offset(12)}};
  s.cancelled = {"A9"};
  s.transferred = true;
  s.unverified = true;
  s.merged_into = Some<SubjectId>(1);
  return s;
}

TEST(StateCodec, EveryFieldComesBackAndEqualStatesGiveEqualBytes) {
  const std::string bytes = EncodeState(Full());
  EXPECT_EQ(bytes, EncodeState(Full()));
  const auto back = DecodeState(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, Full());
}

TEST(StateCodec, BothFormsOfARowGiveTheSameState) {
  for (const rules::SubjectState& state : {rules::SubjectState{}, Full()}) {
    const std::string flat = EncodeState(state, RowForm::kFlat);
    const std::string packed = EncodeState(state, RowForm::kPacked);
    EXPECT_LT(packed.size(), flat.size() * 2 / 3);
    EXPECT_EQ(*DecodeState(flat), state);
    EXPECT_EQ(*DecodeState(packed), state);
  }
}

// The forms are told apart by the first byte: a flat row's is the number of its segments less one.
TEST(StateCodec, AFlatRowOfTheLargestStateIsNotTakenForAPackedOne) {
  rules::SubjectState state = Full();
  for (int i = 0; i < 200; ++i) {
    state.facts.push_back({{Some<EventId>(1)}, Offset(4), Millis(5), 8, 3, -2, std::string(4000, 'k'), "ep", true});
    state.episodes.push_back(state.episodes.front());
  }
  const std::string flat = EncodeState(state, RowForm::kFlat);
  EXPECT_GT(flat[0], 0);
  EXPECT_LT(flat[0], 32);
  EXPECT_EQ(*DecodeState(flat), state);
  EXPECT_EQ(*DecodeState(EncodeState(state, RowForm::kPacked)), state);
}

TEST(StateCodec, AStateWithoutFactsHasTheLayoutOfBuildsThatKnewNone) {
  rules::SubjectState state = Full();
  const auto pointers = [](const std::string& bytes) {
    kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(bytes.data()),
                                          bytes.size() / sizeof(capnp::word));
    capnp::FlatArrayMessageReader message(words);
    const auto root = message.getRoot<capnp::AnyStruct>();
    return std::pair(root.getDataSection().size(), root.getPointerSection().size());
  };
  EXPECT_EQ(pointers(EncodeState(state, RowForm::kFlat)), (std::pair<size_t, unsigned>(48, 16)));
  state.facts = {{{Some<EventId>(1), Some<EventId>(2)}, Offset(4), Millis(5), 8, 3, -2, "key", "ep",
                  true}};
  const std::string bytes = EncodeState(state, RowForm::kFlat);
  EXPECT_EQ(pointers(bytes), (std::pair<size_t, unsigned>(48, 17)));
  const auto back = DecodeState(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, state);
}

TEST(StateCodec, GiversOfConsentsComeBackWithTheirConsent) {
  rules::SubjectState state = Full();
  state.consents.push_back(state.consents.front());
  state.consents[1].id = "d";
  rules::Giver giver{7,
                     true,
                     schema::ConsentChanged::State::GIVEN,
                     {"SIG-B1", "SIG-B1:areas"},
                     "2026-12-31",
                     schema::YesNo::NO,
                     2,
                     schema::ConsentChanged::SingleGiver::SOLE_CUSTODY,
                     Millis(5),
                     Some<EventId>(3)};
  state.consents[1].givers = {giver};
  giver.tag = 8;
  state.consents[1].givers.push_back(giver);
  const auto back = DecodeState(EncodeState(state));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, state);
}

TEST(StateCodec, LinksComeBackWithAndWithoutWhatStandsBeforeThem) {
  rules::SubjectState state = Full();
  state.links = {{Some<EventId>(1), Offset(4)}, {Some<EventId>(2), Offset(9)}};
  EXPECT_EQ(*DecodeState(EncodeState(state)), state);
  EXPECT_EQ(*DecodeState(EncodeState(state, RowForm::kFlat)), state);
  state.facts = {{{Some<EventId>(1)}, Offset(4), Millis(5), 8, 3, -2, "key", "ep", true}};
  EXPECT_EQ(*DecodeState(EncodeState(state)), state);
}

TEST(StateCodec, BrokenBytesAreCorruptNotACrash) {
  EXPECT_EQ(DecodeState("").error().code, Code::kCorrupt);
  EXPECT_EQ(DecodeState(std::string(64, '\xff')).error().code, Code::kCorrupt);
  const std::string packed = EncodeState(Full());
  for (size_t size = 0; size < packed.size(); ++size) {
    const auto cut = DecodeState(packed.substr(0, size));
    EXPECT_TRUE(cut.ok() || cut.error().code == Code::kCorrupt) << size;
    EXPECT_FALSE(cut.ok() && *cut == Full()) << size;
  }
}

TEST(StateCodec, TimersSortByTimeAlsoBefore1970) {
  const SubjectId subject = Some<SubjectId>(1);
  EXPECT_LT(TimerKey(subject, {"P2", "s", Millis(-5)}), TimerKey(subject, {"P2", "s", Millis(5)}));
  const rules::TimerSpec timer{schema::TimerKind::EXPECTATION, "P2", "s", Millis(-5), Millis(1),
                               Millis(2), "bhv"};
  const auto filed = DecodeTimer(TimerKey(subject, {"P2", "s", Millis(-5)}), EncodeTimer(timer));
  ASSERT_TRUE(filed.ok());
  EXPECT_EQ(filed->subject, subject);
  EXPECT_EQ(filed->timer.due, Millis(-5));
  EXPECT_EQ(filed->timer.programme, "bhv");
}

}  // namespace
}  // namespace sam::dispatch
