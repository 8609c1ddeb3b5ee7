#include "adapters/rest/poll_round.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "broker/base/text.h"

namespace sam::rest {
namespace {

hl7::Zone Stockholm() { return *hl7::Zone::Find("Europe/Stockholm"); }
Millis At(const char* iso) { return FromIso(iso).value(); }

PageRow Row(int id, const std::string& modified = "") {
  PageRow row;
  row.id = std::to_string(id);
  row.json = "{\"Id\":" + row.id + "}";
  row.modified = modified;
  return row;
}

std::vector<PageRow> Rows(int from, int to) {
  std::vector<PageRow> out;
  for (int id = from; id < to; ++id) out.push_back(Row(id));
  return out;
}

// A source: the rows it has, and how it pages them.
struct Source {
  std::vector<PageRow> rows;
  size_t cap = 1'000'000;
  int requests = 0;
  std::function<void(Source&)> between;  // what happens after each answer
  size_t least = 0;  // rows of a page whatever was asked for

  std::vector<PageRow> Answer(size_t offset, size_t limit) {
    ++requests;
    std::vector<PageRow> out;
    for (size_t i = offset; i < rows.size() && out.size() < std::max(least, std::min(limit, cap)); ++i)
      out.push_back(rows[i]);
    if (between) between(*this);
    return out;
  }
};

struct Read {
  std::set<std::string> ids;
  PollRound::Next end = PollRound::Next::kMore;
};

Read ReadAll(Source& source, PollRound& round, Paging& paging) {
  Read out;
  for (int i = 0; i < 1'000 && out.end == PollRound::Next::kMore; ++i) {
    const std::vector<PageRow> page = source.Answer(round.offset(), paging.limit);
    for (const PageRow& row : page) out.ids.insert(row.id);
    out.end = round.TakePage(page, At("2026-03-02T10:00:00Z"));
  }
  return out;
}

// A short page, and the empty one behind it.
PollRound::Next TakeLast(PollRound& round, const std::vector<PageRow>& rows, Millis now) {
  const PollRound::Next next = round.TakePage(rows, now);
  return next == PollRound::Next::kMore ? round.TakePage({}, now) : next;
}

RoundStart Start(bool dated = false) {
  return {At("2026-03-02T09:00:00Z"), At("2026-03-02T08:55:00Z"), dated};
}

TEST(PollRound, AllRowsAreReadForEveryNumberOfRows) {
  for (size_t limit : {1U, 2U, 3U, 7U, 20U}) {
    for (int count = 0; count <= 45; ++count) {
      Source source{Rows(0, count), 1'000'000, 0, {}};
      Paging paging{limit, limit};
      PollRound round(Start(), paging, Stockholm());
      const Read read = ReadAll(source, round, paging);
      EXPECT_EQ(read.end, PollRound::Next::kDone) << limit << " " << count;
      EXPECT_EQ(read.ids.size(), static_cast<size_t>(count)) << limit;
      EXPECT_EQ(round.restarts(), 0);
    }
  }
}

TEST(PollRound, WhatFollowsAShortPageIsAskedForAndAnEmptyOneIsTheEnd) {
  for (const int count : {0, 4, 14}) {
    Paging paging{10, 10};
    Source source{Rows(0, count), 1'000'000, 0, {}};
    PollRound round(Start(), paging, Stockholm());
    EXPECT_EQ(ReadAll(source, round, paging).end, PollRound::Next::kDone);
    EXPECT_EQ(source.requests, count == 0 ? 1 : count == 4 ? 2 : 3);
  }
}

TEST(PollRound, ASourceThatLowersItsCapIsReadToTheEnd) {
  Paging paging{200, 200};
  for (const size_t cap : {200U, 100U, 30U}) {  // from round to round
    Source source{Rows(0, 330), cap, 0, {}};
    PollRound round(Start(), paging, Stockholm());
    const Read read = ReadAll(source, round, paging);
    EXPECT_EQ(read.end, PollRound::Next::kDone);
    EXPECT_EQ(read.ids.size(), 330U) << cap;
    EXPECT_EQ(paging.full, cap);
  }
  Source source{Rows(0, 330), 200, 0, {}};
  Paging fresh{200, 200};
  source.between = [](Source& s) { s.cap = 100; };  // in the middle of a round
  PollRound round(Start(), fresh, Stockholm());
  EXPECT_EQ(ReadAll(source, round, fresh).ids.size(), 330U);
}

TEST(PollRound, ARowThatCameBetweenTwoQuestionsIsTakenForACapOnlyUntilAPageShowsOtherwise) {
  Paging paging{200, 200};
  Source source{Rows(0, 50), 1'000'000, 0, {}};
  bool once = false;
  source.between = [&](Source& s) {
    if (!once) s.rows.push_back(Row(50));
    once = true;
  };
  PollRound round(Start(), paging, Stockholm());
  EXPECT_EQ(ReadAll(source, round, paging).ids.size(), 51U);
  EXPECT_EQ(paging.full, 51U);
  source.rows = Rows(0, 120);
  PollRound later(Start(), paging, Stockholm());
  EXPECT_EQ(ReadAll(source, later, paging).ids.size(), 120U);
  EXPECT_EQ(paging.full, 120U);
}

TEST(PollRound, ASourceThatCapsItsPagesIsReadToTheEnd) {
  Paging paging{200, 200};
  Source source{Rows(0, 330), 100, 0, {}};
  PollRound round(Start(), paging, Stockholm());
  const Read read = ReadAll(source, round, paging);
  EXPECT_EQ(read.end, PollRound::Next::kDone);
  EXPECT_EQ(read.ids.size(), 330U);
  EXPECT_TRUE(round.capped());
  EXPECT_EQ(paging.full, 100U);
}

// A row that changes moves to the end, and one of the next page slides into the page already read.
TEST(PollRound, RowsThatSlideOverThePageBorderAreNotLost) {
  for (int moved : {0, 5, 9, 19}) {
    Paging paging{20, 20};
    Source source{Rows(0, 50), 1'000'000, 0, {}};
    bool once = false;
    source.between = [&](Source& s) {
      if (once) return;
      once = true;
      std::rotate(s.rows.begin() + moved, s.rows.begin() + moved + 1, s.rows.end());
    };
    PollRound round(Start(), paging, Stockholm());
    const Read read = ReadAll(source, round, paging);
    EXPECT_EQ(read.end, PollRound::Next::kDone);
    EXPECT_EQ(read.ids.size(), 50U) << moved;
  }
}

// Where its pages end is not known before the second: what slid between the first two is found too.
TEST(PollRound, RowsThatSlideWhileACapIsLearnedAreNotLost) {
  for (int moved : {0, 5, 19}) {
    Paging paging{200, 200};
    Source source{Rows(0, 50), 20, 0, {}};
    bool once = false;
    source.between = [&](Source& s) {
      if (once) return;
      once = true;
      std::rotate(s.rows.begin() + moved, s.rows.begin() + moved + 1, s.rows.end());
    };
    PollRound round(Start(), paging, Stockholm());
    const Read read = ReadAll(source, round, paging);
    EXPECT_EQ(read.end, PollRound::Next::kDone);
    EXPECT_EQ(read.ids.size(), 50U) << moved;
  }
}

TEST(PollRound, ManyRowsThatSlideMakeTheRoundBeginAgain) {
  Paging paging{20, 20};
  Source source{Rows(0, 60), 1'000'000, 0, {}};
  bool once = false;
  source.between = [&](Source& s) {
    if (once) return;
    once = true;
    std::rotate(s.rows.begin(), s.rows.begin() + 8, s.rows.end());
  };
  PollRound round(Start(), paging, Stockholm());
  const Read read = ReadAll(source, round, paging);
  EXPECT_EQ(read.end, PollRound::Next::kDone);
  EXPECT_EQ(read.ids.size(), 60U);
  EXPECT_EQ(round.restarts(), 1);
}

TEST(PollRound, PagesThatNeverHoldStillEndTheRoundWithoutMovingTheCursor) {
  Paging paging{20, 20};
  Source source{Rows(0, 60), 1'000'000, 0, {}};
  source.between = [](Source& s) { std::rotate(s.rows.begin(), s.rows.begin() + 8, s.rows.end()); };
  PollRound round(Start(), paging, Stockholm());
  EXPECT_EQ(ReadAll(source, round, paging).end, PollRound::Next::kGaveUp);
  EXPECT_EQ(round.restarts(), PollRound::kMaxRestarts + 1);
}

TEST(PollRound, ASourceThatGivesMoreThanAskedForIsReadToTheEnd) {
  for (const size_t count : {0U, 11U, 50U, 95U, 101U, 140U, 141U, 500U}) {
    Paging paging{20, 20};
    Source source{Rows(0, static_cast<int>(count)), 1'000'000, 0, {}};
    source.least = 50;
    PollRound round(Start(), paging, Stockholm());
    const Read read = ReadAll(source, round, paging);
    EXPECT_EQ(read.end, PollRound::Next::kDone) << count;
    EXPECT_EQ(read.ids.size(), count);
    EXPECT_EQ(round.restarts(), 0);
  }
}

TEST(PollRound, ASourceThatIgnoresPagingIsNotReadForEver) {
  Paging paging{10, 10};
  PollRound all(Start(), paging, Stockholm());
  EXPECT_EQ(all.TakePage(Rows(0, 55), At("2026-03-02T10:00:00Z")), PollRound::Next::kMore);
  EXPECT_EQ(all.TakePage(Rows(0, 56), At("2026-03-02T10:00:00Z")), PollRound::Next::kDone);
  PollRound same(Start(), paging, Stockholm());
  PollRound::Next next = PollRound::Next::kMore;
  int pages = 0;
  while (next == PollRound::Next::kMore && ++pages < 100)
    next = same.TakePage(Rows(0, 10), At("2026-03-02T10:00:00Z"));
  EXPECT_EQ(next, PollRound::Next::kGaveUp);
}

TEST(PollRound, TheCursorIsTheYoungestRow) {
  Paging paging{10, 10};
  PollRound round(Start(true), paging, Stockholm());
  const std::vector<PageRow> rows = {Row(1, "2026-03-02T10:30:00"), Row(2, "2026-03-02T10:10:00")};
  EXPECT_EQ(TakeLast(round, rows, At("2026-03-02T10:00:00Z")), PollRound::Next::kDone);
  EXPECT_EQ(ToIso(round.cursor()), ToIso(At("2026-03-02T09:30:00Z")));
}

TEST(PollRound, ARowFromTheFutureMovesTheCursorToNowOnly) {
  Paging paging{10, 10};
  PollRound round(Start(true), paging, Stockholm());
  EXPECT_EQ(TakeLast(round, {Row(1, "2099-01-01T00:00:00")}, At("2026-03-02T10:00:00Z")),
            PollRound::Next::kDone);
  EXPECT_EQ(ToIso(round.cursor()), ToIso(At("2026-03-02T10:00:00Z")));
}

TEST(PollRound, TheCursorNeverGoesBack) {
  Paging paging{10, 10};
  PollRound dated(Start(true), paging, Stockholm());
  EXPECT_EQ(TakeLast(dated, {Row(1, "2026-03-02T09:57:00")}, At("2026-03-02T10:00:00Z")),
            PollRound::Next::kDone);
  EXPECT_EQ(dated.cursor(), Start().cursor);
  EXPECT_EQ(dated.LateMs(Row(1, "2026-03-02T09:57:00")), 3 * kMinuteMs);
  EXPECT_EQ(dated.LateMs(Row(1, "2026-03-02T10:57:00")), 0);
  EXPECT_EQ(dated.LateMs(Row(1)), 0);
  PollRound undated(Start(), paging, Stockholm());
  EXPECT_EQ(undated.TakePage({}, At("2026-03-01T10:00:00Z")), PollRound::Next::kDone);
  EXPECT_EQ(undated.cursor(), Start().cursor);
}

TEST(PollRound, WithoutADateInTheRowsTheClockOfTheFirstPageCounts) {
  Paging paging{2, 2};
  PollRound round(Start(), paging, Stockholm());
  EXPECT_EQ(round.TakePage(Rows(0, 2), At("2026-03-02T10:00:00Z")), PollRound::Next::kMore);
  EXPECT_EQ(TakeLast(round, Rows(1, 2), At("2026-03-02T10:05:00Z")), PollRound::Next::kDone);
  EXPECT_EQ(ToIso(round.cursor()), ToIso(At("2026-03-02T10:00:00Z")));
  EXPECT_FALSE(round.undated());
}

TEST(PollRound, RowsThatShouldBeDatedAndAreNotAreNoticed) {
  Paging paging{10, 10};
  PollRound round(Start(true), paging, Stockholm());
  EXPECT_EQ(TakeLast(round, Rows(0, 2), At("2026-03-02T10:00:00Z")), PollRound::Next::kDone);
  EXPECT_TRUE(round.undated());
  EXPECT_EQ(round.cursor(), Start().cursor);
}

}  // namespace
}  // namespace sam::rest
