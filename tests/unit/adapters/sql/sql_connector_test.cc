#include "adapters/sql/sql_connector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/sql/page_room.h"
#include "broker/base/metrics.h"
#include "broker/base/text.h"
#include "tests/support/certificate_notes.h"
#include "tests/support/tls_keys.h"
#include "tests/unit/adapters/sql/sql_rig.h"

namespace sam::sql::test {
namespace {

using testing::HasSubstr;

double Metric(const std::string& name) {
  double total = 0;
  const std::string all = metrics::Expose();
  for (const std::string_view line : Split(all, '\n'))
    if (line.substr(0, name.size()) == name)
      total += std::strtod(std::string(line.substr(line.rfind(' '))).c_str(), nullptr);
  return total;
}

std::string From(const Question& question) {
  return question.from ? question.from->at + "/" + question.from->id : "";
}

TEST(SnapshotCursor, PagesFollowEachOtherByTheirLastRowAndTheRoundEndsAtItsFloor) {
  SqlRig rig(CursorKind::kSnapshot);
  rig.Reply(PageOf(100, {Row("10", 1), Row("10", 2), Row("20", 3)}));
  rig.Reply(PageOf(105, {Row("20", 3), Row("20", 4)}));
  rig.Run();
  rig.Run();
  ASSERT_EQ(rig.source->asked.size(), 3U);
  EXPECT_EQ(From(rig.source->asked[0]), "");
  EXPECT_EQ(From(rig.source->asked[1]), "20/3");
  // 105 was the floor of the second page; the first one was read when 100 was still under way.
  EXPECT_EQ(From(rig.source->asked[2]), "100/");
  EXPECT_EQ(rig.Outbox().size(), 4U);
}

TEST(SnapshotCursor, AStateThatComesBackIsToldAndTheSameChangeReadAgainIsNot) {
  SqlRig rig(CursorKind::kSnapshot);
  const auto state = [](const std::string& at, const std::string& day) {
    return SqlRow{Key{at, "1"}, rest::test::Row(1, "2026-03-02T11:00:00", day)};
  };
  rig.Reply(PageOf(11, {state("10", "2026-03-01")}));
  rig.Run();
  rig.Reply(PageOf(21, {state("20", "2026-03-02")}));
  rig.Run();
  rig.Reply(PageOf(30, {state("30", "2026-03-01")}, 31));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 3U);
  rig.Reply(PageOf(31, {state("30", "2026-03-01")}));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 3U);
}

TEST(SqlConnector, TheEndOfTheCertificateItShowsIsWatched) {
  sam::test::CertificateNotes notes;
  const sam::test::TlsKeys keys;
  SqlRig rig(CursorKind::kSnapshot);
  rig.observer = &notes;
  rig.Open();
  rig.Run();
  EXPECT_TRUE(notes.noted.empty()) << "it shows none";
  rig.Login("sslcert = \"" + keys.At("client.pem") + "\"\n");
  rig.Run();
  EXPECT_TRUE(notes.noted.empty()) << "not at every turn";
  rig.clock.Advance(kHourMs);
  rig.Run();
  ASSERT_EQ(notes.noted.size(), 1U);
  EXPECT_EQ(notes.noted[0].first, "sql");
  EXPECT_GT(notes.noted[0].second, 0);
}

// The trap: B ends before A, which began earlier.
TEST(SnapshotCursor, WhatIsSeenAboveTheFloorIsToldAndThePlaceStaysBelow) {
  SqlRig rig(CursorKind::kSnapshot);
  rig.Reply(PageOf(100, {Row("101", 2)}, 102));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 1U);
  rig.Crash();
  rig.Reply(PageOf(103, {Row("100", 1), Row("101", 2)}));
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[0]), "100/");
  EXPECT_EQ(rig.Outbox().size(), 2U);
}

TEST(SnapshotCursor, AFullPageAboveTheFloorDoesNotMoveThePlaceAboveIt) {
  SqlRig rig(CursorKind::kSnapshot);
  rig.Reply(PageOf(100, {Row("99", 1), Row("101", 2), Row("101", 3)}, 110));
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[1]), "101/3");
  rig.Crash();
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[0]), "100/");
}

TEST(RowVersionCursor, ThePlaceIsTheBoundThatWasReadBeforeTheRows) {
  SqlRig rig(CursorKind::kRowVersion);
  rig.Reply(PageOf(100, {Row("98", 1), Row("99", 2)}, 105));
  rig.Run();
  rig.Crash();
  rig.Reply(PageOf(110, {Row("102", 3)}));
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[0]), "100/");
  EXPECT_EQ(rig.Outbox().size(), 3U);
}

TEST(OverlapCursor, AServerThatShowsTheSamePageAgainIsAnAlarmAndNoEndlessRound) {
  SqlRig rig(CursorKind::kOverlap);
  const std::string at = "2026-03-02T10:59:00";
  rig.Reply(PageOf(0, {Row(at, 1), Row(at, 2), Row(at, 3)}));
  rig.Reply(PageOf(0, {Row(at, 1), Row(at, 2), Row(at, 3)}));
  rig.Run();
  EXPECT_THAT(rig.connector->status(), HasSubstr("failing"));
}

TEST(SnapshotCursor, FromNowOnBeginsAtTheFirstLookAndReadsNothingOfBefore) {
  SqlRig rig(CursorKind::kSnapshot, FirstLoad::kSkip);
  rig.Reply(PageOf(100, {}));
  rig.Run();
  rig.Run();
  EXPECT_TRUE(rig.source->asked[0].look_only);
  EXPECT_FALSE(rig.source->asked[1].look_only);
  EXPECT_EQ(From(rig.source->asked[1]), "100/");
}

TEST(SnapshotCursor, ANumberThatWentBackStopsTheReadingUntilItIsToBeReadAgain) {
  SqlRig rig(CursorKind::kSnapshot);
  rig.Reply(PageOf(100, {Row("10", 1)}));
  rig.Run();
  rig.Reply(PageOf(99, {Row("50", 2)}));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 1U);
  EXPECT_EQ(Metric("samsignal_sql_failing"), 1);
  rig.sql().read_again = 1;
  rig.Crash();
  rig.Reply(PageOf(99, {Row("10", 1), Row("50", 2)}));
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[0]), "");
  EXPECT_EQ(rig.Outbox().size(), 2U);
}

TEST(ReadAgain, IsRefusedWhereFromNowOnWouldPassOverWhatItIsRaisedFor) {
  SqlRig rig(CursorKind::kSnapshot, FirstLoad::kSkip);
  rig.sql().read_again = 1;  // at a first start it says nothing
  rig.Crash();
  rig.Reply(PageOf(100, {}));
  rig.Run();
  rig.sql().read_again = 2;
  rig.faults.Crash();
  const auto refused = rig.TryOpen();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_THAT(refused.error().message, HasSubstr("first_load = \"baseline\""));
  // Refused, it has changed nothing: the same raise is still to come.
  rig.sql().first_load = FirstLoad::kBaseline;
  rig.Crash();
  rig.Reply(PageOf(50, {Row("10", 1)}));
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[0]), "");
  EXPECT_FALSE(rig.source->asked[0].look_only);
  ASSERT_EQ(rig.Outbox().size(), 1U);
  EXPECT_THAT(sam::test::TextOf(rig.Outbox()[0]), HasSubstr("baseline = true"));
  rig.sql().first_load = FirstLoad::kSkip;
  rig.Crash();
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[0]), "50/");
}

TEST(ReadAgain, OfATimeGoesOnFromTheOldOneWhereFromNowOnWasSaid) {
  SqlRig rig(CursorKind::kOverlap, FirstLoad::kSkip);
  rig.Reply(PageOf(1, {}));
  rig.Run();
  rig.clock.Advance(3 * kHourMs);
  rig.sql().read_again = 1;
  rig.Crash();
  rig.Reply(PageOf(1, {Row("2026-03-02T11:30:00", 1)}));  // written while nobody asked
  rig.Run();
  EXPECT_EQ(rig.source->asked[0].since_local, "2026-03-02T10:55:00");
  ASSERT_EQ(rig.Outbox().size(), 1U);
  EXPECT_THAT(sam::test::TextOf(rig.Outbox()[0]), HasSubstr("baseline = false"));
}

TEST(SqlConnector, APageThatEndedEarlyForItsSizeIsNotTheLastOne) {
  for (const CursorKind cursor : {CursorKind::kSnapshot, CursorKind::kOverlap}) {
    SqlRig rig(cursor);
    const std::string at = cursor == CursorKind::kSnapshot ? "10" : "2026-03-02T11:00:01";
    Reply page = PageOf(100, {Row(at, 1), Row(at, 2)});
    page.page.cut = true;
    rig.Reply(std::move(page));
    rig.Reply(PageOf(100, {Row(at, 2), Row(at, 3)}));
    rig.Run();
    ASSERT_EQ(rig.source->asked.size(), 2U);
    EXPECT_EQ(From(rig.source->asked[1]), at + "/2");
    EXPECT_EQ(rig.Outbox().size(), 3U);
  }
}

TEST(PageRoom, PortionsGrowAndEndWithThePage) {
  PageRoom room(10);
  Page page;
  std::vector<size_t> portions;
  while (const size_t portion = room.Portion(page)) {
    portions.push_back(portion);
    page.rows.insert(page.rows.end(), portion, Row("10", 1));
  }
  EXPECT_EQ(portions, (std::vector<size_t>{2, 4, 4}));
}

TEST(PageRoom, LargeRowsAreFetchedFewAtATimeAndEndThePageEarlyButNotWithItsFirst) {
  PageRoom room(500);
  Page page;
  const auto put = [&](size_t count, size_t bytes) {
    page.rows.insert(page.rows.end(), count, SqlRow{Key{"10", "1"}, std::string(bytes, 'x')});
  };
  EXPECT_EQ(room.Portion(page), 2U);
  put(1, kMaxPageBytes);  // one row of the two came: it is no end for a page
  EXPECT_EQ(room.Portion(page), 1U);
  put(1, 10);
  EXPECT_EQ(room.Portion(page), 0U);
  PageRoom other(500);
  page.rows.clear();
  put(2, kMaxPageBytes / 4);
  EXPECT_EQ(other.Portion(page), 2U) << "not four";
  put(2, kMaxPageBytes / 4);
  EXPECT_EQ(other.Portion(page), 0U);
}

TEST(SqlConnector, AFirstLoadIsMarkedSoUntilItIsReadToItsEnd) {
  SqlRig rig(CursorKind::kSnapshot, FirstLoad::kBaseline);
  rig.Reply(PageOf(100, {Row("1", 1), Row("2", 2), Row("3", 3)}));
  rig.Run();
  rig.Crash();
  rig.Reply(PageOf(100, {Row("3", 3), Row("4", 4)}));
  rig.Run();
  rig.Reply(PageOf(101, {Row("100", 5)}));
  rig.Run();
  const std::vector<std::string> events = rig.Outbox();
  ASSERT_EQ(events.size(), 5U);
  for (size_t i = 0; i < 4; ++i) EXPECT_THAT(sam::test::TextOf(events[i]), HasSubstr("baseline = true"));
  EXPECT_THAT(sam::test::TextOf(events[4]), HasSubstr("baseline = false"));
}

TEST(SqlConnector, TwoRowsWithOneKeyAreRefusedInsteadOfOneBeingLost) {
  for (const CursorKind cursor : {CursorKind::kSnapshot, CursorKind::kOverlap}) {
    SqlRig rig(cursor);
    const std::string at = cursor == CursorKind::kSnapshot ? "10" : "2026-03-02T11:00:01";
    rig.Reply(PageOf(100, {Row(at, 1), Row(at, 1)}));
    rig.Run();
    EXPECT_TRUE(rig.Outbox().empty());
    EXPECT_EQ(Metric("samsignal_sql_failing"), 1);
  }
}

TEST(OverlapCursor, ARowThatCommittedLateIsSeenThanksToTheOverlap) {
  SqlRig rig(CursorKind::kOverlap, FirstLoad::kSkip);
  const double late = Metric("samsignal_sql_late_rows_total");
  rig.Reply(PageOf(1, {Row("2026-03-02T11:00:30", 2)}));
  rig.Run();
  EXPECT_EQ(rig.source->asked[0].since_local, "2026-03-02T10:55:00");  // Stockholm
  EXPECT_EQ(rig.source->asked[0].since_utc, "2026-03-02T09:55:00Z");
  rig.Reply(PageOf(1, {Row("2026-03-02T10:58:00", 1), Row("2026-03-02T11:00:30", 2)}));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 2U);
  EXPECT_EQ(Metric("samsignal_sql_late_rows_total"), late + 1);
}

TEST(OverlapCursor, TheCursorIsDurableOnlyWhenTheRoundWasReadToItsEnd) {
  SqlRig rig(CursorKind::kOverlap, FirstLoad::kSkip);
  rig.clock.Advance(3'600'000);
  rig.Reply(PageOf(1, {Row("2026-03-02T11:30:00", 1), Row("2026-03-02T11:30:00", 2),
                       Row("2026-03-02T11:40:00", 3)}));
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[1]), "2026-03-02T11:40:00/3");
  rig.Crash();
  rig.Reply(PageOf(1, {Row("2026-03-02T11:40:00", 3), Row("2026-03-02T11:45:00.5", 4)}));
  rig.Run();
  EXPECT_EQ(rig.source->asked[0].since_local, "2026-03-02T10:55:00");
  rig.Run();
  EXPECT_EQ(rig.source->asked[1].since_local, "2026-03-02T11:40:00");
}

TEST(OverlapCursor, ARowFromTheFutureMovesTheCursorUpToTheEarlierClock) {
  SqlRig rig(CursorKind::kOverlap);
  Reply page = PageOf(1, {Row("2027-01-01T00:00:00", 1)});
  page.page.now = Millis(kNow - 60'000);
  rig.Reply(std::move(page));
  rig.Run();
  rig.Run();
  EXPECT_EQ(rig.source->asked[1].since_utc, "2026-03-02T09:54:00Z");
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(OverlapCursor, WhatOnlyTheSweepFindsIsTakenAndCounted) {
  SqlRig rig(CursorKind::kOverlap, FirstLoad::kSkip);
  rig.Reply(PageOf(1, {Row("2026-03-02T11:00:30", 2)}));
  rig.Run();
  const double beyond = Metric("samsignal_sql_rows_beyond_overlap_total");
  rig.clock.Advance(25 * kHourMs);
  rig.Reply(PageOf(1, {Row("2026-03-02T09:00:00", 1)}));
  rig.Run();
  EXPECT_EQ(rig.source->asked.back().since_local.substr(0, 10), "2026-02-27");
  EXPECT_EQ(rig.Outbox().size(), 2U);
  EXPECT_EQ(Metric("samsignal_sql_rows_beyond_overlap_total"), beyond + 1);
}

TEST(OverlapCursor, ARowWithoutAUsableTimeGoesAsideAndTheOthersGoOn) {
  SqlRig rig(CursorKind::kOverlap);
  rig.Reply(PageOf(1, {Row("2026-03-02T11:00:30", 1), Row("infinity", 2)}));
  rig.Run();
  rig.Reply(PageOf(1, {Row("2026-03-02T11:00:40", 3), Row("infinity", 2)}));
  rig.Run();
  EXPECT_EQ(rig.source->asked[1].since_local, "2026-03-02T10:55:00") << "it moves no cursor";
  EXPECT_EQ(rig.Outbox().size(), 2U);
  EXPECT_EQ(Metric("samsignal_sql_failing"), 0);
  const auto aside = rig.store->Quarantine(1);
  ASSERT_TRUE(aside.ok() && *aside);
  EXPECT_THAT((*aside)->detail, HasSubstr("changed: no usable time"));
  EXPECT_THAT((*aside)->raw, HasSubstr("\"Id\":2"));
  EXPECT_FALSE(*rig.store->Quarantine(2)) << "the same row again is known";
}

TEST(SqlConnector, ARowWithADamagedValueGoesAsideWithItsIdAndThePageGoesOn) {
  SqlRig rig(CursorKind::kSnapshot);
  std::vector<SqlRow> rows = {Row("10", 1), Row("11", 2)};
  rows[0].damaged = "Fritext: cut";
  rig.Reply(PageOf(100, rows));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 1U);
  const auto aside = rig.store->Quarantine(1);
  ASSERT_TRUE(aside.ok() && *aside);
  EXPECT_EQ((*aside)->reason, "unreadable");
  EXPECT_THAT((*aside)->detail, HasSubstr("Fritext: cut"));
  EXPECT_THAT((*aside)->raw, HasSubstr("\"Id\":1"));
  rig.Run();
  EXPECT_EQ(From(rig.source->asked[1]), "100/");
}

// A power cut at every point of a round: nothing is lost, nothing is told twice.
TEST(SqlConnector, APowerCutAnywhereLosesNothingAndDoublesNothing) {
  for (int cut = 1; cut <= 8; ++cut) {
    SqlRig rig(CursorKind::kSnapshot);
    const std::vector<SqlRow> all = {Row("1", 1), Row("2", 2), Row("3", 3), Row("4", 4)};
    // Answers as a database would, by the key it is asked for.
    const auto answer = [&] {
      if (!rig.source->busy() || !rig.source->replies.empty()) return;
      const Question& question = rig.source->asked.back();
      std::vector<SqlRow> rows;
      for (const SqlRow& row : all)
        if (rows.size() < 3 && (!question.from || std::stoi(row.key.at) >= std::stoi(question.from->at)))
          rows.push_back(row);
      rig.Reply(PageOf(100, rows));
    };
    for (int i = 0; i < cut; ++i) {
      ASSERT_TRUE(rig.connector->Step(0).ok());
      answer();
    }
    rig.Crash();
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(rig.connector->Step(0).ok());
      answer();
    }
    EXPECT_EQ(rig.Outbox().size(), 4U) << cut;
  }
}

TEST(SqlConnector, WhatPassesIsToldAfterThreeTimesAndWhatDoesNotAtOnce) {
  SqlRig rig(CursorKind::kSnapshot);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Metric("samsignal_sql_failing"), 0) << i;
    rig.Reply(Failed({"unreachable", true, true, ""}));
    rig.Run();
  }
  EXPECT_EQ(Metric("samsignal_sql_failing"), 1);
  EXPECT_THAT(rig.connector->status(), HasSubstr("table Always: failing"));
  rig.Reply(PageOf(100, {Row("10", 1)}));
  rig.Run();
  EXPECT_EQ(Metric("samsignal_sql_failing"), 0);
  EXPECT_EQ(rig.Outbox().size(), 1U);
  rig.Reply(Failed({"denied", true, false, ""}));
  rig.Run();
  EXPECT_EQ(Metric("samsignal_sql_failing"), 1);
}

TEST(SqlConnector, AQuestionThatNeverReturnsIsAnAlarmUntilAPageComes) {
  SqlRig rig(CursorKind::kSnapshot);
  ASSERT_TRUE(rig.connector->Step(0).ok());
  rig.clock.Advance(65'000);  // connect_s and four times statement_ms
  ASSERT_TRUE(rig.connector->Step(0).ok());
  EXPECT_EQ(Metric("samsignal_sql_failing"), 0);
  const double unanswered = Metric("samsignal_sql_questions_total");
  rig.clock.Advance(1);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(rig.connector->Step(0).ok());
  EXPECT_EQ(Metric("samsignal_sql_failing"), 1);
  EXPECT_EQ(Metric("samsignal_sql_questions_total"), unanswered + 1) << "told once";
  EXPECT_THAT(rig.connector->status(), HasSubstr("failing"));
  rig.Reply(PageOf(100, {Row("10", 1)}));
  rig.Run();
  EXPECT_EQ(Metric("samsignal_sql_failing"), 0);
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(SqlConnector, AnOpenTransactionIsToldWhenItIsHeldLong) {
  SqlRig rig(CursorKind::kSnapshot);
  for (int i = 0; i < 7; ++i) {
    rig.Reply(PageOf(100, {}, 110 + i));
    rig.Run();
  }
  EXPECT_GE(Metric("samsignal_sql_held_back_seconds"), 300);
  rig.Reply(PageOf(120, {}));
  rig.Run();
  EXPECT_EQ(Metric("samsignal_sql_held_back_seconds"), 0);
}

TEST(SqlConnector, AnIdleDatabaseIsNoOpenTransaction) {
  SqlRig rig(CursorKind::kSnapshot);
  for (int i = 0; i < 10; ++i) {
    rig.Reply(PageOf(100, {}));
    rig.Run();
  }
  EXPECT_EQ(Metric("samsignal_sql_held_back_seconds"), 0);
}

TEST(SqlConnector, WhileRefusingNothingIsTakenAndWhatWasAskedIsAskedAgain) {
  SqlRig rig(CursorKind::kSnapshot);
  rig.Run();
  rig.connector->SetRefusing(true);
  rig.Reply(PageOf(100, {Row("10", 1)}));
  rig.Run();
  rig.Run();
  EXPECT_TRUE(rig.Outbox().empty());
  EXPECT_EQ(rig.source->asked.size(), 1U);
  rig.connector->SetRefusing(false);
  rig.Reply(PageOf(100, {Row("10", 1)}));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(SqlConnector, AFullStoreLosesNothing) {
  SqlRig rig(CursorKind::kSnapshot);
  rig.faults.FailNextApply(Exhausted("no space"));
  rig.Reply(PageOf(100, {Row("10", 1)}));
  rig.Run();
  EXPECT_TRUE(rig.Outbox().empty());
  rig.Reply(PageOf(100, {Row("10", 1)}));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

}  // namespace
}  // namespace sam::sql::test
