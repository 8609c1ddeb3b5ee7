// What a round of group commit writes, and in which order it answers.
#include <poll.h>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "tests/unit/broker/journal/hub.h"

namespace sam::journal::test {
namespace {

using Commit = HubTest;

TEST_F(Commit, AnEventBecomesARecordWithItsHeaderAndPayload) {
  Draft draft = Event("e1", "m1", "c1");
  draft.schema_version = 3;
  const auto each = hub_.Input(draft);
  EXPECT_EQ(each.taken, Taken::kWritten);
  const Record record = hub_.Read(each.offset);
  EXPECT_EQ(record.header.offset, Offset(0));
  EXPECT_EQ(record.header.time, hub_.clock_.Now());
  EXPECT_EQ(record.header.kind, Kind::EVENT);
  EXPECT_EQ(record.header.event, EventOf("e1"));
  EXPECT_EQ(record.header.controller_org, "212000-2361");
  EXPECT_EQ(record.header.controller_board, "socialnamnden");
  EXPECT_EQ(record.header.message_key, KeyOf("m1"));
  EXPECT_EQ(record.header.content_digest, ContentOf("c1"));
  EXPECT_EQ(record.header.peer, "bvc-bollnas");
  EXPECT_EQ(record.header.cause, kNoCause);
  EXPECT_EQ(record.header.schema_version, 3);
  EXPECT_EQ(record.header.key, KeyId(1));
  EXPECT_FALSE(record.header.subject.empty());
  EXPECT_EQ(record.payload, "payload of c1");
}

TEST_F(Commit, NothingOfThePersonIsInTheClear) {
  hub_.Input(Event("e1", "m1", "c1"));
  for (uint8_t space = 0; space < spaces::HubNames().size(); ++space) {
    ASSERT_TRUE(hub_.store_
                    .Scan(Space{space}, "", "",
                          [](std::string_view key, std::string_view value) {
                            EXPECT_EQ(key.find(kPerson), std::string_view::npos);
                            EXPECT_EQ(value.find(kPerson), std::string_view::npos);
                            EXPECT_EQ(value.find("payload of"), std::string_view::npos);
                            return true;
                          })
                    .ok());
  }
}

TEST_F(Commit, AllPortsShareOneSync) {
  for (int i = 0; i < 10; ++i) {
    Hub::Push(*hub_.input_,
              Hub::Of({Event("e" + std::to_string(i), "m" + std::to_string(i), "c")}));
    Hub::Push(*hub_.dispatch_, Hub::Of({Decision(0, {})}));
  }
  const uint64_t before = hub_.store_.syncs();
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.store_.syncs(), before + 1);
  EXPECT_EQ(hub_.mark_->get(), Offset(20));
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(hub_.input_->up.TryPop().has_value());
    EXPECT_TRUE(hub_.dispatch_->up.TryPop().has_value());
  }
}

TEST_F(Commit, ARoundEndsAtItsLimitAndTheRestFollows) {
  std::vector<Draft> many(kMaxRoundDrafts - 1, Decision(0, {}));
  for (int i = 0; i < 3; ++i) Hub::Push(*hub_.dispatch_, Hub::Of(many));
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.mark_->get().value, 2 * many.size());  // the second overshoots, the third waits
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.mark_->get().value, 3 * many.size());
}

TEST_F(Commit, ARoundEndsAtItsBytes) {
  const std::string large(kMaxRoundBytes, 'x');
  for (int i = 0; i < 2; ++i) Hub::Push(*hub_.dispatch_, Hub::Of({Decision(0, {}, large)}));
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.mark_->get(), Offset(1));
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.Read(Offset(1)).payload, large);
}

TEST_F(Commit, TheProducersStateIsInTheSameBatch) {
  Submission submission = Hub::Of({Decision(0, {})});
  submission.batch.Put(spaces::kState, "k", "v");
  const uint64_t applies = hub_.store_.applies();
  hub_.Take(*hub_.dispatch_, std::move(submission));
  EXPECT_EQ(hub_.store_.applies(), applies + 1);
  EXPECT_EQ(hub_.Row(spaces::kState, "k"), "v");
}

TEST_F(Commit, StateAloneIsWrittenAndAnswered) {
  Submission submission;
  submission.token = 99;
  submission.batch.Put(spaces::kMeta, "cursor", "12");
  Hub::Push(*hub_.dispatch_, std::move(submission));
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.dispatch_->up.TryPop()->token, 99u);
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_EQ(hub_.Row(spaces::kMeta, "cursor"), "12");
}

TEST_F(Commit, AnEmptySubmissionIsAnswered) {
  EXPECT_TRUE(hub_.Take(*hub_.dispatch_, Submission()).empty());
  EXPECT_EQ(hub_.mark_->get(), Offset(0));
}

TEST_F(Commit, SlotsGetTheOffsetsOfTheirDrafts) {
  hub_.Input(Event("e1", "m1", "c1"));
  Submission submission = Hub::Of({Decision(0, {}), Decision(0, {}), Event("e9", "m1", "c1")});
  submission.batch.Put(spaces::kMailbox, "plain", "untouched");
  submission.batch.Put(spaces::kMailbox, "two", std::string(20, '.'));
  submission.batch.Delete(spaces::kMailbox, "gone");
  submission.batch.Put(spaces::kMailbox, "one", std::string(8, '.'));
  submission.slots = {{3, 0, 2}, {1, 12, 1}, {1, 2, 0}};
  hub_.Take(*hub_.dispatch_, std::move(submission));
  using namespace std::string_literals;
  EXPECT_EQ(hub_.Row(spaces::kMailbox, "plain"), "untouched");
  EXPECT_EQ(hub_.Row(spaces::kMailbox, "two"), "..\1\0\0\0\0\0\0\0..\2\0\0\0\0\0\0\0"s);
  // A duplicate has the offset of the first one.
  EXPECT_EQ(hub_.Row(spaces::kMailbox, "one"), "\0\0\0\0\0\0\0\0"s);
}

TEST_F(Commit, ASlotBeyondItsValueIsAProgrammerError) {
  Submission submission = Hub::Of({Decision(0, {})});
  submission.batch.Put(spaces::kMailbox, "k", "1234567");
  submission.slots = {{0, 0, 0}};
  Hub::Push(*hub_.dispatch_, std::move(submission));
  EXPECT_DEATH((void)hub_.journal_->Work(), "");
}

TEST_F(Commit, NobodyElseMayWriteTheLog) {
  Submission submission;
  submission.batch.Put(spaces::kJournal, BigEndian64(0), "forged");
  Hub::Push(*hub_.dispatch_, std::move(submission));
  EXPECT_DEATH((void)hub_.journal_->Work(), "");
}

TEST_F(Commit, OutcomesWaitWhileTheWayUpIsFullAndNoneIsLost) {
  auto narrow = std::make_unique<Port>(2, &hub_.bell_, nullptr);
  const JournalParts parts{hub_.store_,   *hub_.vault_,  *hub_.high_water_, *hub_.disk_,
                           hub_.clock_,   hub_.hub_key_, hub_.signing_,     *hub_.mark_,
                           hub_.bell_,    {narrow.get()}, {}};
  auto journal = Journal::Open(parts, hub_.options_);
  ASSERT_TRUE(journal.ok());
  const auto push_two = [&](uint64_t token) {
    for (uint64_t i = 0; i < 2; ++i) {
      Submission submission = Hub::Of({Decision(0, {})});
      submission.token = token + i;
      ASSERT_TRUE(narrow->down.TryPush(std::move(submission)));
    }
    ASSERT_TRUE((*journal)->Work().ok());
  };
  push_two(0);
  push_two(2);  // written, but the way up is full
  EXPECT_EQ(hub_.mark_->get(), Offset(4));
  EXPECT_EQ((*journal)->IdleMicros(), 1000);
  push_two(4);  // not read: the producer feels that it does not collect its outcomes
  EXPECT_EQ(hub_.mark_->get(), Offset(4));
  std::vector<uint64_t> tokens;
  for (int i = 0; i < 4; ++i) {
    while (auto outcome = narrow->up.TryPop()) tokens.push_back(outcome->token);
    ASSERT_TRUE((*journal)->Work().ok());
  }
  EXPECT_THAT(tokens, testing::ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(Commit, OnePersonIsOneSubjectPerController) {
  hub_.Input(Event("e1", "m1", "c1"));
  hub_.Input(Event("e2", "m2", "c2"));
  Draft elsewhere = Event("e3", "m3", "c3");
  elsewhere.controller_board = "barn- och utbildningsnamnden";
  hub_.Input(elsewhere);
  const SubjectId first = hub_.Read(Offset(0)).header.subject;
  EXPECT_EQ(hub_.Read(Offset(1)).header.subject, first);
  EXPECT_NE(hub_.Read(Offset(2)).header.subject, first);
}

TEST_F(Commit, AChildWithoutNumberHasASubjectOfItsOwn) {
  Draft draft = Event("e1", "m1", "c1", "");
  draft.fresh_subject = true;
  Draft other = Event("e2", "m2", "c2", "");
  other.fresh_subject = true;
  hub_.Input(draft);
  hub_.Input(other);
  EXPECT_FALSE(hub_.Read(Offset(0)).header.subject.empty());
  EXPECT_NE(hub_.Read(Offset(0)).header.subject, hub_.Read(Offset(1)).header.subject);
}

TEST_F(Commit, AnEventAboutNoOneIsSealedByTheHubsKey) {
  hub_.Input(Event("e1", "m1", "c1", ""));
  const Record record = hub_.Read(Offset(0));
  EXPECT_TRUE(record.header.subject.empty());
  EXPECT_EQ(record.payload, "payload of c1");
}

TEST_F(Commit, LinkedIdentitiesBecomeOneSubject) {
  hub_.Input(Event("e1", "m1", "c1", kPerson));
  hub_.Input(Event("e2", "m2", "c2", kOtherPerson));
  const SubjectId first = hub_.Read(Offset(0)).header.subject;
  const SubjectId second = hub_.Read(Offset(1)).header.subject;
  ASSERT_NE(first, second);
  Draft link = Event("e3", "m3", "c3", kPerson);
  link.linked = {Person(kOtherPerson), Person(kThirdPerson)};
  hub_.Input(link);
  const Header header = hub_.Read(Offset(2)).header;
  EXPECT_EQ(header.subject, first);
  EXPECT_THAT(header.linked, testing::ElementsAre(second));
  hub_.Input(Event("e4", "m4", "c4", kOtherPerson));
  hub_.Input(Event("e5", "m5", "c5", kThirdPerson));
  EXPECT_EQ(hub_.Read(Offset(3)).header.subject, second) << "nobody has judged it yet";
  EXPECT_EQ(hub_.Read(Offset(4)).header.subject, first);
  const auto judged = [&](const SubjectId& to) {
    Submission submission = Hub::Of({});
    submission.links.push_back({link.controller_org, link.controller_board, second, to});
    hub_.Take(*hub_.dispatch_, std::move(submission));
  };
  judged(first);
  hub_.Input(Event("e6", "m6", "c6", kOtherPerson));
  EXPECT_EQ(hub_.Read(Offset(5)).header.subject, first);
  EXPECT_EQ(hub_.Read(Offset(1)).payload, "payload of c2");  // old ones stay readable
  // Sent again after a restore: the log has forgotten what the vault knows.
  link.message_key = KeyOf("m7");
  link.event = EventOf("e7");
  hub_.Input(link);
  EXPECT_THAT(hub_.Read(Offset(6)).header.linked, testing::ElementsAre(second));
  judged(second);  // kept apart after all
  hub_.Input(Event("e8", "m8", "c8", kOtherPerson));
  EXPECT_EQ(hub_.Read(Offset(7)).header.subject, second);
}

TEST_F(Commit, AConflictLinksNobody) {
  hub_.Input(Event("e1", "m1", "c1", kPerson));
  hub_.Input(Event("e2", "m2", "c2", kOtherPerson));
  Draft link = Event("e1", "m1", "other content", kPerson);
  link.linked = {Person(kOtherPerson), Person(kThirdPerson)};
  EXPECT_EQ(hub_.Input(link).taken, Taken::kConflict);
  EXPECT_TRUE(hub_.Read(Offset(2)).header.linked.empty());
  hub_.Input(Event("e3", "m3", "c3", kOtherPerson));
  hub_.Input(Event("e4", "m4", "c4", kThirdPerson));
  const SubjectId first = hub_.Read(Offset(0)).header.subject;
  EXPECT_EQ(hub_.Read(Offset(3)).header.subject, hub_.Read(Offset(1)).header.subject);
  EXPECT_NE(hub_.Read(Offset(4)).header.subject, first);
}

TEST_F(Commit, BadIdentifiersNeverStopAnEvent) {
  Draft draft = Event("e1", "m1", "c1");
  draft.persons.push_back(PersonId("sys", ""));
  for (int i = 0; i < 40; ++i) draft.persons.push_back(PersonId("sys", std::to_string(i)));
  draft.controller_org.clear();
  draft.controller_board.clear();
  EXPECT_EQ(hub_.Input(draft).taken, Taken::kWritten);
  EXPECT_EQ(hub_.Read(Offset(0)).payload, "payload of c1");
}

TEST_F(Commit, TimesNeverFallAlongTheLog) {
  hub_.Input(Event("e1", "m1", "c1"));
  const Millis first = hub_.Read(Offset(0)).header.time;
  hub_.clock_.JumpWall(-3'600'000);
  hub_.Input(Event("e2", "m2", "c2"));
  EXPECT_EQ(hub_.Read(Offset(1)).header.time, first);
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  hub_.Input(Event("e3", "m3", "c3"));
  EXPECT_EQ(hub_.Read(Offset(2)).header.time, first);
}

TEST_F(Commit, AClockThatStaysBehindDoesNotFillTheLog) {
  hub_.Input(Event("e", "m", "c"));
  hub_.clock_.JumpWall(-3'600'000);
  log::Init("journal_test", log::Level::kWarn);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    hub_.Input(Event("e" + n, "m" + n, "c" + n));
  }
  const std::string logged = testing::internal::GetCapturedStderr();
  log::Init("journal_test", log::Level::kError);
  size_t lines = 0;
  for (size_t at = 0; (at = logged.find("clock-stepped-back", at)) != std::string::npos; ++at) ++lines;
  EXPECT_GT(lines, 0u);
  EXPECT_LE(lines, 20u) << "a line for each of a hundred rounds";
}

TEST_F(Commit, ErasureComesAfterItsRecordAndBeforeItsOutcome) {
  hub_.Input(Event("e1", "m1", "c1"));
  const SubjectId subject = hub_.Read(Offset(0)).header.subject;
  Submission submission = Hub::Of({Decision(0, subject, "seen once")});
  submission.erase = {subject};
  hub_.Take(*hub_.dispatch_, std::move(submission));
  EXPECT_FALSE(hub_.Read(Offset(0)).payload.has_value());
  EXPECT_FALSE(hub_.Read(Offset(1)).payload.has_value());
  EXPECT_FALSE(hub_.vault_->KeyOf(subject).ok());
  // Erased already: passed over.
  Submission again;
  again.erase = {subject};
  hub_.Take(*hub_.dispatch_, std::move(again));
  // A decision about the erased person stands, without content.
  const auto each = hub_.Dispatch(Decision(0, subject, "nobody may read this"));
  EXPECT_EQ(each.taken, Taken::kWritten);
  EXPECT_FALSE(hub_.Read(each.offset).payload.has_value());
  EXPECT_TRUE(hub_.Read(each.offset).header.payload_digest.empty());
  // The person coming back is someone new.
  hub_.Input(Event("e2", "m2", "c2"));
  EXPECT_NE(hub_.Read(Offset(3)).header.subject, subject);
  EXPECT_TRUE(hub_.Verify().sound());
}

TEST_F(Commit, DownstreamIsCalledAfterTheSyncAndOnlyThen) {
  const auto rung = [&] {
    pollfd fd{hub_.downstream_.pollable().fd, POLLIN, 0};
    const bool ready = poll(&fd, 1, 0) == 1;
    hub_.downstream_.Clear();
    return ready;
  };
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_FALSE(rung());
  hub_.Input(Event("e1", "m1", "c1"));
  EXPECT_TRUE(rung());
  EXPECT_EQ(hub_.mark_->get(), Offset(1));
  EXPECT_EQ(hub_.high_water_->mark().position, 1u);
  hub_.store_.SetFull(true);
  Hub::Push(*hub_.dispatch_, Hub::Of({Decision(0, {})}));
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_FALSE(rung());
}

TEST_F(Commit, AStopWritesALastCheckpoint) {
  hub_.Input(Event("e1", "m1", "c1"));
  Hub::Push(*hub_.dispatch_, Hub::Of({Decision(0, {})}));
  hub_.journal_->Stop();
  EXPECT_FALSE(hub_.journal_->Drained());
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_TRUE(hub_.journal_->Drained());
  const auto note = Checkpoints::Latest(hub_.options_.checkpoints_path);
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(ParseCheckpoint(*note)->checkpoint.size, 2u);
}

TEST_F(Commit, CheckpointsFollowRecordsAndTime) {
  hub_.clock_.Advance(1000);
  hub_.Input(Event("e1", "m1", "c1"));
  EXPECT_FALSE(Checkpoints::Latest(hub_.options_.checkpoints_path).ok());
  hub_.clock_.Advance(60'000);
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_TRUE(Checkpoints::Latest(hub_.options_.checkpoints_path).ok());
  hub_.clock_.Advance(1000);
  hub_.Take(*hub_.dispatch_, Hub::Of(std::vector<Draft>(1000, Decision(0, {}))));
  const auto note = Checkpoints::Latest(hub_.options_.checkpoints_path);
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(ParseCheckpoint(*note)->checkpoint.size, 1001u);
}

}  // namespace
}  // namespace sam::journal::test
