// The puller over a server made of a map: power cuts, limits, when a file may go there.
// What goes wrong: pull_faults_test.cc.
#include "tests/unit/adapters/sftp/pull_rig.h"

#include <gmock/gmock.h>

namespace sam::sftp::test {
namespace {

using testing::HasSubstr;

TEST(Pull, AFileIsToldOnceAndGoesFromTheServerOnlyWhenTheHubHasIt) {
  PullRig rig(After::kDelete);
  rig.server.files["a.csv"] = {Rows(9)};
  rig.Begin();
  rig.Run();
  EXPECT_EQ(rig.Events(), 9U);
  EXPECT_TRUE(rig.Has("done/a.csv.ok"));
  EXPECT_EQ(rig.server.files.size(), 1U) << "the hub has nothing of it yet";
  rig.PowerCut();
  rig.Run();
  EXPECT_EQ(rig.server.files.size(), 1U);
  EXPECT_EQ(rig.server.fetches, 1);
  rig.HubTakesAll();
  rig.Run();
  EXPECT_TRUE(rig.server.files.empty());
  EXPECT_EQ(rig.Events(), 9U);
  EXPECT_FALSE(rig.Has("a.csv.sem"));
}

TEST(Pull, APowerCutAtAnyWriteNeitherLosesNorDoubles) {
  // Fetched, three groups, over; what the hub accepted; settled.
  for (size_t cut = 1; cut <= 7; ++cut) {
    PullRig rig(After::kDelete);
    rig.pulled->group_rows = 4;
    rig.server.files["a.csv"] = {Rows(11)};
    rig.Begin();
    rig.faults.FailNextApply(Unavailable("power"), cut);
    bool failed = false;
    for (int turn = 0; turn < 100 && !failed; ++turn) {
      rig.clock.Advance(1000);
      failed = !rig.connector->Step(0).ok();
      if (failed || !rig.Has("done/a.csv.sealed") || rig.store->accepted() == 11) continue;
      ASSERT_TRUE(rig.store->Begin().ok());
      rig.store->PutAccepted(11);
      failed = !rig.store->Commit().ok();
    }
    EXPECT_TRUE(failed) << cut;
    rig.PowerCut();
    rig.Run();
    rig.HubTakesAll();
    rig.Run();
    EXPECT_EQ(rig.Events(), 11U) << cut;
    EXPECT_TRUE(rig.server.files.empty()) << cut;
    EXPECT_TRUE(rig.Has("done/a.csv.sealed")) << cut;
  }
}

TEST(Pull, AFileThatIsLostHereBeforeItWasWorkedThroughIsFetchedAgain) {
  PullRig rig(After::kLeave);
  rig.pulled->group_rows = 1;
  rig.server.files["a.csv"] = {Rows(3)};
  rig.Begin();
  for (int turn = 0; turn < 50 && !rig.Has("a.csv"); ++turn) rig.Run(1);
  ASSERT_TRUE(rig.Has("a.csv"));
  ASSERT_LT(rig.Events(), 3U);
  std::filesystem::remove(rig.folder / "a.csv");
  rig.PowerCut();
  rig.Run();
  EXPECT_EQ(rig.server.fetches, 2);
  EXPECT_EQ(rig.Events(), 3U);
}

TEST(Pull, WhatIsLeftThereIsNotFetchedAgainButOtherContentIs) {
  PullRig rig(After::kLeave);
  rig.server.files["a.csv"] = {Rows(3)};
  rig.Begin();
  rig.Run();
  rig.HubTakesAll();
  rig.Run();
  rig.PowerCut();
  rig.Run();
  EXPECT_EQ(rig.server.fetches, 1);
  rig.server.files["a.csv"] = {Rows(5), 200};
  rig.Run();
  EXPECT_EQ(rig.server.fetches, 2);
  EXPECT_TRUE(rig.Has("done/a.csv.2.sealed"));
}

TEST(Pull, ARefusedFileIsNeverDeletedThere) {
  PullRig rig(After::kDelete);
  rig.server.files["a.csv"] = {"something;else\r\n1;2\r\n"};
  rig.Begin();
  rig.Run();
  rig.HubTakesAll();
  rig.Run();
  EXPECT_TRUE(rig.Has("failed/a.csv.err"));
  EXPECT_EQ(rig.server.files.size(), 1U);
  EXPECT_EQ(rig.server.fetches, 1);
}

TEST(Pull, AFileWithRowsThatWereOnlyPutAsideIsNotDeletedThere) {
  PullRig rig(After::kDelete);
  rig.pulled->max_bad_percent = 50;
  rig.server.files["a.csv"] = {Rows(9) + "no;such;row\r\n"};
  rig.server.files["b.csv"] = {Rows(8)};
  rig.Begin();
  rig.Run();
  EXPECT_TRUE(rig.Has("done/a.csv.ok"));
  rig.PowerCut();  // it is known after a restart too
  rig.HubTakesAll();
  rig.Run();
  EXPECT_EQ(rig.server.files.count("a.csv"), 1U) << "no other disk has the tenth row";
  EXPECT_EQ(rig.server.files.count("b.csv"), 0U);
  EXPECT_EQ(rig.server.fetches, 2) << "and it is not fetched again";
}

TEST(Pull, AFileThatIsAnotherOneByNowIsNotTouchedAndComesItself) {
  PullRig rig(After::kDelete);
  rig.server.files["a.csv"] = {Rows(3)};
  rig.Begin();
  rig.Run();
  rig.server.files["a.csv"] = {Rows(4), 500};
  rig.HubTakesAll();
  rig.Run();
  EXPECT_EQ(rig.server.files.count("a.csv"), 1U);
  EXPECT_EQ(rig.server.fetches, 2);
  EXPECT_THAT(ReadFile(rig.folder / "done/a.csv.2.ok"), HasSubstr("\"rows\": 4"));
}

TEST(Pull, AFileOverTheLimitIsNeverFetched) {
  PullRig rig(After::kDelete);
  rig.pulled->max_file_bytes = 1000;
  rig.server.files["a.csv"] = {std::string(1001, 'x')};
  rig.server.files["b.csv"] = {Rows(3)};
  rig.Begin();
  rig.Run();
  EXPECT_EQ(rig.server.fetches, 1);
  EXPECT_EQ(rig.Events(), 3U);
  EXPECT_THAT(rig.connector->status(), HasSubstr("trouble with a.csv"));
}

TEST(Pull, FilesThatWaitHereHaveALimitAndOneMayAlwaysCome) {
  PullRig rig(After::kLeave);
  rig.pulled->sftp->max_waiting_bytes = 10;
  for (const char* name : {"a.csv", "b.csv", "c.csv"}) rig.server.files[name] = {Rows(3)};
  rig.Begin();
  size_t most = 0;
  for (int turn = 0; turn < 300; ++turn) {
    rig.Run(1);
    size_t here = 0;
    for (const char* name : {"a.csv", "b.csv", "c.csv"}) here += rig.Has(name) ? 1 : 0;
    most = std::max(most, here);
  }
  EXPECT_LE(most, 1U);
  EXPECT_EQ(rig.server.fetches, 3);
}

TEST(Pull, ANameThatLiesInTheFolderIsNeverWrittenOver) {
  PullRig rig(After::kLeave);
  rig.pulled->companion_only = true;  // so that the one of somebody else stays
  rig.Drop("a.csv", "somebody else's");
  rig.server.files["a.csv"] = {Rows(3)};
  rig.server.companions = {"a.csv.sem"};
  rig.Begin();
  rig.Run(50);
  EXPECT_EQ(rig.server.fetches, 0);
  EXPECT_EQ(ReadFile(rig.folder / "a.csv"), "somebody else's");
  std::filesystem::remove(rig.folder / "a.csv");
  rig.Run(50);
  EXPECT_EQ(rig.server.fetches, 1);
}

TEST(Pull, NothingIsFetchedWhileTheAdapterRefuses) {
  PullRig rig(After::kLeave);
  rig.server.files["a.csv"] = {Rows(3)};
  rig.Begin();
  rig.connector->SetRefusing(true);
  rig.Run(30);
  EXPECT_EQ(rig.server.fetches, 0);
  rig.connector->SetRefusing(false);
  rig.Run();
  EXPECT_EQ(rig.Events(), 3U);
}

TEST(Pull, AListThatIsNotCompleteForgetsNothing) {
  PullRig rig(After::kLeave);
  rig.server.files["a.csv"] = {Rows(3)};
  rig.Begin();
  rig.Run();
  rig.HubTakesAll();
  rig.Run();
  const Server::File file = rig.server.files["a.csv"];
  rig.server.files.clear();
  rig.server.complete = false;
  rig.Run(10);
  rig.server.files["a.csv"] = file;
  rig.Run();
  EXPECT_EQ(rig.server.fetches, 1);
}

TEST(Pull, MarksThatAreNoneOfOursAreCorrupt) {
  PullRig rig(After::kLeave);
  rig.Begin();
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->PutMark("sftp/open", "something else");
  ASSERT_TRUE(rig.store->Commit().ok());
  const kit::ConnectorParts parts{rig.config, *rig.pipeline, *rig.decoder, *rig.store, rig.clock};
  const auto open = Pull::Open(
      *rig.pulled, parts, std::make_unique<FakeLink>(rig.server, rig.clock), Random(3));
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace sam::sftp::test
