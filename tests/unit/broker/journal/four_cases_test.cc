// MedCom's four cases over envelope id E and message id M, with the content as third dimension.
#include "tests/unit/broker/journal/hub.h"

namespace sam::journal::test {
namespace {

using FourCases = HubTest;

struct Case {
  const char* name;
  Draft second;
  Taken taken;
  bool names_first;   // the outcome's offset is the first message's
  uint64_t records;   // afterwards
};

std::vector<Case> Cases() {
  return {
      {"both new: processed", Event("e2", "m2", "c2"), Taken::kWritten, false, 2},
      {"both seen: acknowledged as the first time", Event("e1", "m1", "c1"), Taken::kDuplicate,
       true, 1},
      {"M seen, E new: the acknowledgement was lost, the same again", Event("e2", "m1", "c1"),
       Taken::kDuplicate, true, 1},
      {"E seen, M new: an error, nothing is written", Event("e1", "m2", "c1"),
       Taken::kEnvelopeReused, true, 1},
      {"E seen, M new, other content: an error", Event("e1", "m2", "c2"), Taken::kEnvelopeReused,
       true, 1},
      {"same key, other content: kept as a conflict", Event("e2", "m1", "c2"), Taken::kConflict,
       false, 2},
      {"same key and envelope, other content: kept as a conflict", Event("e1", "m1", "c2"),
       Taken::kConflict, false, 2},
      {"no message key, same envelope and content: duplicate of nobody's message",
       Event("e1", "", "c1"), Taken::kEnvelopeReused, true, 1},
  };
}

void Check(const Case& c, const Outcome::Each& second, Hub& hub) {
  EXPECT_EQ(second.taken, c.taken);
  EXPECT_EQ(second.offset, Offset(c.names_first ? 0 : 1));
  EXPECT_EQ(hub.mark_->get(), Offset(c.records));
}

TEST_F(FourCases, AcrossBatches) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    Hub hub;
    ASSERT_TRUE(hub.Start().ok());
    EXPECT_EQ(hub.Input(Event("e1", "m1", "c1")).taken, Taken::kWritten);
    Check(c, hub.Input(c.second), hub);
  }
}

TEST_F(FourCases, WithinOneBatch) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    Hub hub;
    ASSERT_TRUE(hub.Start().ok());
    const auto each = hub.Take(*hub.input_, Hub::Of({Event("e1", "m1", "c1"), c.second}));
    ASSERT_EQ(each.size(), 2u);
    EXPECT_EQ(each[0].taken, Taken::kWritten);
    Check(c, each[1], hub);
  }
}

TEST_F(FourCases, WithinOneRoundFromTwoPorts) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    Hub hub;
    ASSERT_TRUE(hub.Start().ok());
    Hub::Push(*hub.input_, Hub::Of({Event("e1", "m1", "c1")}));
    Hub::Push(*hub.dispatch_, Hub::Of({c.second}));
    ASSERT_TRUE(hub.Work().ok());
    Check(c, hub.dispatch_->up.TryPop()->each[0], hub);
  }
}

TEST_F(FourCases, AcrossARestart) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    Hub hub;
    ASSERT_TRUE(hub.Start().ok());
    EXPECT_EQ(hub.Input(Event("e1", "m1", "c1")).taken, Taken::kWritten);
    ASSERT_TRUE(hub.CrashAndStart().ok());
    Check(c, hub.Input(c.second), hub);
  }
}

TEST_F(FourCases, AConflictIsKeptAndReadable) {
  hub_.Input(Event("e1", "m1", "c1"));
  const auto conflict = hub_.Input(Event("e2", "m1", "c2"));
  ASSERT_EQ(conflict.taken, Taken::kConflict);
  const Record kept = hub_.Read(conflict.offset);
  EXPECT_EQ(kept.header.kind, Kind::CONFLICT);
  EXPECT_EQ(kept.header.message_key, KeyOf("m1"));
  EXPECT_EQ(kept.payload, "payload of c2");
  EXPECT_EQ(hub_.Read(Offset(0)).payload, "payload of c1");
}

TEST_F(FourCases, TheSameConflictAgainGetsTheSameAnswerAndNoSecondRecord) {
  hub_.Input(Event("e1", "m1", "c1"));
  const auto first = hub_.Input(Event("e2", "m1", "c2"));
  const auto again = hub_.Input(Event("e2", "m1", "c2"));
  EXPECT_EQ(again.taken, Taken::kConflict);
  EXPECT_EQ(again.offset, first.offset);
  EXPECT_EQ(hub_.mark_->get(), Offset(2));
  // And the first message is still answered as the first time.
  EXPECT_EQ(hub_.Input(Event("e1", "m1", "c1")).taken, Taken::kDuplicate);
  // A third content is another conflict.
  const auto third = hub_.Input(Event("e3", "m1", "c3"));
  EXPECT_EQ(third.taken, Taken::kConflict);
  EXPECT_EQ(third.offset, Offset(2));
}

TEST_F(FourCases, TheEnvelopeOfAConflictIsTakenToo) {
  hub_.Input(Event("e1", "m1", "c1"));
  hub_.Input(Event("e2", "m1", "c2"));
  EXPECT_EQ(hub_.Input(Event("e2", "m9", "c9")).taken, Taken::kEnvelopeReused);
}

TEST_F(FourCases, EventsWithoutMessageKeyAreToldApartByEnvelopeAndContent) {
  EXPECT_EQ(hub_.Input(Event("e1", "", "c1")).taken, Taken::kWritten);
  EXPECT_EQ(hub_.Input(Event("e1", "", "c1")).taken, Taken::kDuplicate);
  EXPECT_EQ(hub_.Input(Event("e1", "", "c2")).taken, Taken::kEnvelopeReused);
  EXPECT_EQ(hub_.Input(Event("e2", "", "c1")).taken, Taken::kWritten);
  const auto each = hub_.Take(*hub_.input_, Hub::Of({Event("e3", "", "c1"), Event("e3", "", "c1"),
                                                     Event("e3", "", "c2")}));
  ASSERT_EQ(each.size(), 3u);
  EXPECT_EQ(each[1].taken, Taken::kDuplicate);
  EXPECT_EQ(each[2].taken, Taken::kEnvelopeReused);
}

TEST_F(FourCases, DuplicatesMakeNoSubjectsAndNoKeys) {
  hub_.Input(Event("e1", "m1", "c1"));
  const KeyId before = hub_.vault_->highest();
  hub_.Input(Event("e2", "m1", "c1", kOtherPerson));
  hub_.Input(Event("e1", "m2", "c1", kThirdPerson));
  EXPECT_EQ(hub_.vault_->highest(), before);
}

TEST_F(FourCases, OtherKindsAreNeverDuplicates) {
  Draft tick;
  tick.kind = Kind::TICK;
  tick.payload = "tick";
  EXPECT_EQ(hub_.Dispatch(tick).offset, Offset(0));
  EXPECT_EQ(hub_.Dispatch(tick).offset, Offset(1));
}

TEST_F(FourCases, ADamagedIndexStopsTheHub) {
  hub_.Input(Event("e1", "m1", "c1"));
  hub_.Tamper(spaces::kDedupe, KeyOf("m1"), "not a row");
  Hub::Push(*hub_.input_, Hub::Of({Event("e1", "m1", "c1")}));
  const Status worked = hub_.Work();
  ASSERT_FALSE(worked.ok());
  EXPECT_EQ(worked.error().code, Code::kCorrupt);
  EXPECT_FALSE(hub_.input_->up.TryPop().has_value());
}

}  // namespace
}  // namespace sam::journal::test
