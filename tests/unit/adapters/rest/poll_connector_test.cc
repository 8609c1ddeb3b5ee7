#include "adapters/rest/poll_connector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/base/metrics.h"
#include "broker/base/text.h"
#include "tests/support/certificate_notes.h"
#include "tests/support/tls_keys.h"
#include "tests/unit/adapters/rest/poll_rig.h"

namespace sam::rest::test {
namespace {

using testing::HasSubstr;
using testing::Not;

double Metric(const std::string& name) {
  double total = 0;
  const std::string all = metrics::Expose();
  for (const std::string_view line : Split(all, '\n'))
    if (line.substr(0, name.size()) == name)
      total += std::strtod(std::string(line.substr(line.rfind(' '))).c_str(), nullptr);
  return total;
}

TEST(PollConnector, AsksWithCursorPageAndKeys) {
  PollRig rig;
  rig.poll().endpoints[0].filter = "unit:7";
  rig.Open();
  rig.Run();
  ASSERT_EQ(rig.source->asked.size(), 1U);
  const ScriptedPull::Asked& asked = rig.source->asked[0];
  EXPECT_EQ(asked.address, "https://ifo.example.se/Extract/Always");
  EXPECT_EQ(asked.query.at("modifiedAfter"), "2026-03-02T10:55:00");  // Stockholm, less the overlap
  EXPECT_EQ(asked.query.at("offset"), "0");
  EXPECT_EQ(asked.query.at("limit"), "3");
  EXPECT_EQ(asked.query.at("q"), "unit:7");
  EXPECT_EQ(asked.query.at("domain"), "bollnas");
  EXPECT_EQ(asked.query.at("key"), kSecret);
}

// The alarm before a certificate ends knew those of listeners alone.
TEST(PollConnector, TheEndOfItsOwnCertificateIsWatched) {
  sam::test::CertificateNotes notes;
  const sam::test::TlsKeys keys;
  PollRig rig;
  rig.observer = &notes;
  rig.Open();
  rig.Run();
  EXPECT_TRUE(notes.noted.empty()) << "it shows none";
  rig.poll().http.client_cert = keys.At("client.pem");
  rig.Open();
  rig.Run();
  ASSERT_EQ(notes.noted.size(), 1U) << "not at every turn";
  EXPECT_EQ(notes.noted[0].first, "poll");
  EXPECT_GT(notes.noted[0].second, 0);
  rig.clock.Advance(kHourMs);
  rig.Run();
  EXPECT_EQ(notes.noted.size(), 2U) << "it may have been renewed";
  rig.poll().http.client_cert = rig.folder / "gone.pem";
  rig.clock.Advance(kHourMs);
  rig.Run();
  EXPECT_EQ(notes.noted.size(), 2U);
}

TEST(PollConnector, RowsOfManyPagesBecomeEventsOnce) {
  PollRig rig;
  rig.Open();
  const std::string at = "2026-03-02T11:00:0";
  rig.source->answers.push_back(
      Status200("[" + Row(1, at + "1") + "," + Row(2, at + "2") + "," + Row(3, at + "3") + "]"));
  rig.source->answers.push_back(
      Status200("[" + Row(3, at + "3") + "," + Row(4, at + "4") + "," + Row(5, at + "5") + "]"));
  rig.source->answers.push_back(Status200("[" + Row(5, at + "5") + "]"));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 5U);
  EXPECT_EQ(rig.source->asked[1].query.at("offset"), "2");
  EXPECT_EQ(rig.source->asked[2].query.at("offset"), "4");
  rig.Poll(Row(5, at + "5"));
  EXPECT_EQ(rig.Outbox().size(), 5U);
}

TEST(PollConnector, TheNextQuestionBeginsAtTheYoungestRowLessTheOverlap) {
  PollRig rig;
  rig.Open();
  rig.clock.Advance(3'600'000);
  rig.source->answers.push_back(Status200("[" + Row(1, "2026-03-02T11:40:00") + "]"));
  rig.source->answers.push_back(Status200("[]"));
  rig.Run();
  rig.clock.Advance(61'000);
  rig.Run();
  EXPECT_EQ(rig.source->asked.back().query.at("modifiedAfter"), "2026-03-02T11:35:00");
}

// The trap: a row whose time lies before the cursor appears after it was moved.
TEST(PollConnector, ARowThatCommittedLateIsSeenThanksToTheOverlap) {
  PollRig rig;
  rig.Open();
  const double late = Metric("samsignal_poll_late_rows_total");
  rig.Poll(Row(2, "2026-03-02T11:00:30"));
  rig.Poll(Row(1, "2026-03-02T10:58:00") + "," + Row(2, "2026-03-02T11:00:30"));
  EXPECT_EQ(rig.Outbox().size(), 2U);
  EXPECT_EQ(Metric("samsignal_poll_late_rows_total"), late + 1);
}

TEST(PollConnector, WhatOnlyTheSweepFindsIsTakenAndCountedAsAWarning) {
  PollRig rig;
  rig.poll().start = "2026-02-20";
  rig.Open();
  rig.Poll(Row(2, "2026-03-02T11:00:30"));
  const double beyond = Metric("samsignal_poll_rows_beyond_overlap_total");
  rig.clock.Advance(25 * kHourMs);
  rig.Poll(Row(1, "2026-03-02T09:00:00"));
  EXPECT_EQ(rig.source->asked.back().query.at("modifiedAfter").substr(0, 10), "2026-02-27");
  EXPECT_EQ(rig.Outbox().size(), 2U);
  EXPECT_EQ(Metric("samsignal_poll_rows_beyond_overlap_total"), beyond + 1);
  rig.Poll("");
  EXPECT_EQ(rig.source->asked.back().query.at("modifiedAfter"), "2026-03-02T10:55:30");
}

TEST(PollConnector, ASweepNeverAsksForWhatLiesBeforeTheStart) {
  PollRig rig;
  rig.Open();  // from now on
  rig.clock.Advance(25 * kHourMs);
  rig.Poll("");
  EXPECT_EQ(rig.source->asked.front().query.at("modifiedAfter"), "2026-03-02T10:55:00");
}

// A power cut at every point of a round: nothing is lost, nothing is told twice.
TEST(PollConnector, APowerCutAnywhereLosesNothingAndDoublesNothing) {
  const std::string at = "2026-03-02T11:00:0";
  for (int cut = 1; cut <= 12; ++cut) {
    PollRig rig;
    rig.Open();
    const auto answer = [&] {
      rig.source->answers.push_back(Status200("[" + Row(1, at + "1") + "," + Row(2, at + "2") +
                                              "," + Row(3, at + "3") + "]"));
      rig.source->answers.push_back(
          Status200("[" + Row(3, at + "3") + "," + Row(4, at + "4") + "]"));
    };
    answer();
    for (int i = 0; i < cut; ++i) ASSERT_TRUE(rig.connector->Step(0).ok());
    rig.Crash();
    rig.clock.Advance(61'000);
    if (rig.Outbox().size() < 4) answer();
    rig.Run();
    EXPECT_EQ(rig.Outbox().size(), 4U) << cut;
  }
}

TEST(PollConnector, AFirstLoadIsMarkedSoAlsoOverARestartAndWhatFollowsIsNot) {
  PollRig rig;
  rig.poll().start = "2026-02-20";
  rig.poll().baseline = true;
  rig.Open();
  const std::string at = "2026-03-02T10:00:0";
  rig.source->answers.push_back(
      Status200("[" + Row(1, at + "1") + "," + Row(2, at + "2") + "," + Row(3, at + "3") + "]"));
  rig.Run();
  rig.Crash();
  rig.source->answers.push_back(
      Status200("[" + Row(1, at + "1") + "," + Row(2, at + "2") + "," + Row(3, at + "3") + "]"));
  rig.source->answers.push_back(Status200("[" + Row(3, at + "3") + "," + Row(4, at + "4") + "]"));
  rig.source->answers.push_back(Status200("[]"));
  rig.Run();
  rig.Poll(Row(5, "2026-03-02T11:00:00"));
  const std::vector<std::string> events = rig.Outbox();
  ASSERT_EQ(events.size(), 5U);
  for (size_t i = 0; i < 4; ++i) EXPECT_THAT(TextOf(events[i]), HasSubstr("baseline = true"));
  EXPECT_THAT(TextOf(events[4]), HasSubstr("baseline = false"));
}

TEST(PollConnector, FromNowOnIsDecidedOnceAlsoWhenTheFirstPollFails) {
  PollRig rig;
  rig.Open();
  rig.source->answers.push_back(NoAnswer());
  rig.Run();
  rig.clock.Advance(3'600'000);
  rig.Crash();
  rig.Run();
  EXPECT_EQ(rig.source->asked.back().query.at("modifiedAfter"), "2026-03-02T10:55:00");
}

TEST(PollConnector, ARefusalMovesNothingAndTheSourceIsAskedWhenItSaid) {
  PollRig rig;
  rig.Open();
  rig.source->answers.push_back(Refused(429, 120));
  rig.Run();
  rig.clock.Advance(119'000);
  rig.Run();
  EXPECT_EQ(rig.source->asked.size(), 1U);
  rig.clock.Advance(2'000);
  rig.source->answers.push_back(Status200("[" + Row(1, "2026-03-02T11:00:01") + "]"));
  rig.source->answers.push_back(Status200("[]"));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 1U);
  EXPECT_EQ(rig.source->asked[1].query.at("modifiedAfter"), "2026-03-02T10:55:00");
}

TEST(PollConnector, FailuresWaitLongerAndLongerUpToTheLimit) {
  BackOff back_off;
  Random random(5);
  for (const int64_t expected : {1'000, 2'000, 4'000, 8'000, 8'000, 8'000}) {
    const int64_t wait = back_off.NextMs(1'000, 8'000, random);
    EXPECT_GE(wait, expected / 2);
    EXPECT_LE(wait, expected);
  }
}

TEST(PollConnector, AfterAPassingFailureTheRoundGoesOnWithThePageThatFailed) {
  PollRig rig;
  rig.Open();
  const std::string at = "2026-03-02T11:00:0";
  rig.source->answers.push_back(
      Status200("[" + Row(1, at + "1") + "," + Row(2, at + "2") + "," + Row(3, at + "3") + "]"));
  rig.source->answers.push_back(Refused(503));
  rig.Run();
  rig.clock.Advance(61'000);
  rig.source->answers.push_back(Status200("[" + Row(3, at + "3") + "]"));
  rig.Run();
  ASSERT_EQ(rig.source->asked.size(), 4U);
  EXPECT_EQ(rig.source->asked[2].query.at("offset"), "2");
  EXPECT_EQ(rig.Outbox().size(), 3U);
}

TEST(PollConnector, NonsenseIsAnAlarmOnceAndTheCursorStays) {
  for (const HttpAnswer& nonsense :
       {Status200("<html>"), Status200("{}"), Status200("[{\"Id\":1}]"), Refused(302), Refused(404),
        Refused(403), Refused(204)}) {
    PollRig rig;
    rig.Open();
    testing::internal::CaptureStderr();
    for (int i = 0; i < 3; ++i) {
      rig.source->answers.push_back(nonsense);
      rig.source->answers.push_back(Status200("[]"));
      rig.Run();
      rig.source->answers.clear();
      rig.clock.Advance(3'600'000);
    }
    EXPECT_EQ(Metric("samsignal_poll_failing"), 1);
    rig.source->answers.push_back(Status200("[" + Row(1, "2026-03-02T11:00:01") + "]"));
    rig.source->answers.push_back(Status200("[]"));
    rig.Run();
    EXPECT_EQ(rig.Outbox().size(), 1U) << nonsense.status << nonsense.body;
    EXPECT_EQ(rig.source->asked.back().query.at("modifiedAfter"), "2026-03-02T10:55:00");
    EXPECT_EQ(Metric("samsignal_poll_failing"), 0);
    const std::string logged = testing::internal::GetCapturedStderr();
    const size_t told = logged.find("poll-failing");
    ASSERT_NE(told, std::string::npos);
    EXPECT_EQ(logged.find("poll-failing", told + 1), std::string::npos);
    EXPECT_THAT(logged, HasSubstr("poll-recovered"));
  }
}

TEST(PollConnector, PagesThatNeverHoldStillAreAnAlarmAndTheirRowsAreTakenAllTheSame) {
  PollRig rig;
  rig.Open();
  testing::internal::CaptureStderr();
  int id = 0;
  for (int round = 0; round < 3; ++round) {
    for (int page = 0; page < 2 * (PollRound::kMaxRestarts + 1); ++page) {
      std::string rows;
      for (int i = 0; i < 3; ++i) {
        rows += rows.empty() ? "" : ",";
        rows += Row(++id, "2026-03-02T11:00:01");
      }
      rig.source->answers.push_back(Status200("[" + rows + "]"));
    }
    rig.Run();
    EXPECT_TRUE(rig.source->answers.empty()) << round;
    rig.clock.Advance(3'600'000);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::AllOf(HasSubstr("poll-failing"), HasSubstr("what=moving")));
  EXPECT_EQ(rig.Outbox().size(), static_cast<size_t>(id));
  EXPECT_EQ(rig.source->asked.back().query.at("modifiedAfter"), "2026-03-02T10:55:00");
}

TEST(PollConnector, OneEndpointsNonsenseLeavesTheOthersAlone) {
  PollRig rig({"Always", "Once"});
  rig.Open();
  rig.source->answers.push_back(Refused(404));
  rig.source->answers.push_back(Status200("[" + Row(1, "2026-03-02T11:00:01") + "]"));
  rig.source->answers.push_back(Status200("[]"));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(PollConnector, ARowThatCannotBeReadIsPutAsideOnceAndTheRestGoesOn) {
  PollRig rig;
  rig.Open();
  const std::string bad = "{\"Name\":\"x\",\"ModifiedDate\":\"2026-03-02T11:00:02\"}";
  rig.Poll(bad + "," + Row(1, "2026-03-02T11:00:01"));
  rig.Poll(bad + "," + Row(1, "2026-03-02T11:00:01"));
  EXPECT_EQ(rig.Outbox().size(), 1U);
  EXPECT_EQ(rig.Quarantine().size(), 1U);
}

TEST(PollConnector, WhileNothingMayBeTakenNothingIsAskedAndNothingIsLost) {
  PollRig rig;
  rig.Open();
  ASSERT_TRUE(rig.connector->Step(0).ok());
  rig.connector->SetRefusing(true);
  rig.source->answers.push_back(Status200("[" + Row(1, "2026-03-02T11:00:01") + "]"));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 0U);
  EXPECT_EQ(rig.source->asked.size(), 1U);
  rig.connector->SetRefusing(false);
  rig.source->answers.push_back(Status200("[]"));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(PollConnector, AFullDiskLosesTheGroupAndTheRoundComesAgain) {
  PollRig rig;
  rig.Open();
  rig.faults.FailNextApply(Exhausted("no space"));
  rig.source->answers.push_back(Status200("[" + Row(1, "2026-03-02T11:00:01") + "]"));
  rig.Run();
  EXPECT_EQ(rig.Outbox().size(), 0U);
  rig.Poll(Row(1, "2026-03-02T11:00:01"));
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(PollConnector, AMissingOrOpenKeyFileIsToldAtStartAndLaterAnAlarm) {
  PollRig rig;
  rig.Open();
  EXPECT_EQ(::chmod(rig.poll().keys_file.c_str(), 0644), 0);
  rig.Run();
  EXPECT_EQ(rig.source->asked.size(), 0U);
  EXPECT_EQ(Metric("samsignal_poll_failing"), 1);
  EXPECT_EQ(::chmod(rig.poll().keys_file.c_str(), 0600), 0);
  rig.Poll(Row(1, "2026-03-02T11:00:01"));
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(PollConnector, TheRateIsKept) {
  PollRig rig({"Always", "Once", "Changed"});
  rig.poll().requests_per_minute = 6;
  rig.Open();
  for (int i = 0; i < 3; ++i) rig.source->answers.push_back(Status200("[]"));
  rig.Run();
  EXPECT_EQ(rig.source->asked.size(), 1U);
  rig.clock.Advance(10'001);
  rig.Run();
  EXPECT_EQ(rig.source->asked.size(), 2U);
}

// A row comes again with every change of it; the fact is told once, or corrected when it changed.
TEST(PollConnector, AFactIsToldOnceHoweverOftenItsRowChanges) {
  PollRig rig({"Once"});
  rig.Open();
  rig.Poll(Row(1, "2026-03-02T11:00:01"));
  rig.Poll(Row(1, "2026-03-02T11:02:01"));
  rig.Poll(Row(1, "2026-03-02T11:03:01", "2026-02-28"));
  rig.Poll(Row(2, "2026-03-02T11:03:01"));
  EXPECT_EQ(rig.Outbox().size(), 2U);
}

TEST(PollConnector, AFactThatChangesIsCorrectedAndOneThatDoesNotIsNot) {
  PollRig rig({"Changed"});
  rig.Open();
  rig.Poll(Row(1, "2026-03-02T11:00:01"));
  rig.Poll(Row(1, "2026-03-02T11:02:01"));
  EXPECT_EQ(rig.Outbox().size(), 1U);
  rig.Poll(Row(1, "2026-03-02T11:03:01", "2026-02-28"));
  rig.Poll(Row(1, "2026-03-02T11:04:01", "2026-02-28"));
  const std::vector<std::string> events = rig.Outbox();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_THAT(TextOf(events[0]), HasSubstr("status = actual"));
  EXPECT_THAT(TextOf(events[1]), HasSubstr("status = corrected"));
  EXPECT_THAT(TextOf(events[1]), HasSubstr("fromDate = \"2026-02-28\""));
  EXPECT_THAT(TextOf(events[1]), Not(HasSubstr("replaces = \"\"")));
}

TEST(PollConnector, NeitherKeyNorPersonIsInAnyLineOrMetric) {
  testing::internal::CaptureStderr();
  PollRig rig;
  rig.Open();
  rig.Poll(Row(1, "2026-03-02T11:00:01"));
  for (const HttpAnswer& answer : {Refused(403), Refused(500), Refused(302), NoAnswer(),
                                   Status200("[{\"PersonId\":\"20210325K069\""),
                                   Status200("[{\"PersonId\":\"20210325K069\",\"Id\":{}}]")}) {
    rig.source->answers.push_back(answer);
    rig.source->answers.push_back(Status200("[]"));
    rig.Run();
    rig.source->answers.clear();
    rig.clock.Advance(7'200'000);
  }
  const std::string told =
      testing::internal::GetCapturedStderr() + metrics::Expose() + rig.connector->where();
  EXPECT_THAT(told, HasSubstr("poll-failing"));
  EXPECT_THAT(told, Not(HasSubstr(kSecret)));
  EXPECT_THAT(told, Not(HasSubstr("20210325K069")));
  EXPECT_THAT(told, Not(HasSubstr("modifiedAfter")));
  EXPECT_THAT(told, Not(HasSubstr("example.se")));
}

}  // namespace
}  // namespace sam::rest::test
