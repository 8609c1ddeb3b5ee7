// What goes wrong between the puller, its server and this disk: told once, tried again, nothing lost.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "tests/unit/adapters/sftp/pull_rig.h"

namespace sam::sftp::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The folder takes new names and shows none, as one whose disk does not sync: it cannot be opened.
class Unopenable {
 public:
  explicit Unopenable(const std::string& folder) : folder_(folder) {
    std::filesystem::permissions(folder, static_cast<std::filesystem::perms>(0333));
    if (getuid() == 0) {  // who may open everything
      EXPECT_EQ(seteuid(65534), 0);
    }
  }
  ~Unopenable() {
    if (getuid() == 0) {
      EXPECT_EQ(seteuid(0), 0);
    }
    std::filesystem::permissions(folder_, static_cast<std::filesystem::perms>(0700));
  }
  Unopenable(const Unopenable&) = delete;
  Unopenable& operator=(const Unopenable&) = delete;

 private:
  const std::string folder_;
};

// The log lines of these turns that tell of `event`.
size_t LinesOf(const std::string& event, PullRig& rig, int turns) {
  testing::internal::CaptureStderr();
  rig.Run(turns);
  std::istringstream log(testing::internal::GetCapturedStderr());
  size_t out = 0;
  for (std::string line; std::getline(log, line);)
    out += line.find("event=" + event + " ") != std::string::npos ? 1 : 0;
  return out;
}

TEST(PullFaults, ReceiptsGoBeforeTheFileIsMovedAndWithoutThemItStays) {
  for (const char* what : {"file", "local-disk"}) {
    PullRig rig(After::kMove);
    rig.pulled->sftp->receipts = true;
    rig.server.files["a.csv"] = {Rows(3)};
    rig.server.files["b.csv"] = {"something;else\r\n1;2\r\n"};
    rig.Begin();
    rig.Run();
    rig.HubTakesAll();
    rig.server.put_trouble = Trouble{what, false, false, "not allowed"};
    EXPECT_EQ(LinesOf("sftp-after-failed", rig, 50), 2U) << what << ": once a file, not once a round";
    EXPECT_THAT(rig.server.done, IsEmpty()) << what;
    EXPECT_EQ(rig.server.files.size(), 2U) << what;
    EXPECT_THAT(rig.connector->status(), HasSubstr("trouble with b.csv")) << what;
    rig.server.put_trouble.reset();
    rig.Run();
    EXPECT_THAT(rig.server.done, ElementsAre("receipt of a.csv", "a.csv", "receipt of b.csv", "b.csv"));
    EXPECT_THAT(rig.server.receipts["ut/a.csv.ok"], HasSubstr("\"outcome\": \"done\""));
    EXPECT_THAT(rig.server.receipts["ut/b.csv.err"], HasSubstr("\"outcome\": \"header\""));
    EXPECT_THAT(rig.server.moved_to, ElementsAre("ut/done/a.csv", "ut/failed/b.csv"));
    EXPECT_THAT(rig.connector->status(), Not(HasSubstr("trouble"))) << what;
  }
}

TEST(PullFaults, AReceiptThatTheSiteHasClearedAwayHoldsNothingUp) {
  PullRig rig(After::kRename);
  rig.pulled->sftp->receipts = true;
  rig.server.files["a.csv"] = {Rows(3)};
  rig.Begin();
  rig.Run();
  rig.HubTakesAll();
  rig.server.put_trouble = Trouble{"receipt-gone", false, false, ""};
  rig.Run();
  EXPECT_THAT(rig.server.done, ElementsAre("a.csv"));
  EXPECT_THAT(rig.server.moved_to, ElementsAre("ut/a.csv.taken"));
}

TEST(PullFaults, AfterAPowerCutTheReceiptOfThisNightIsSentAndNotTheOneOfTheLast) {
  // Fetched, three groups, over, and the note of it; what the hub accepted.
  for (size_t cut = 1; cut <= 6; ++cut) {
    PullRig rig(After::kDelete);
    rig.pulled->sftp->receipts = true;
    rig.pulled->group_rows = 4;
    rig.server.files["a.csv"] = {Rows(3)};
    rig.Begin();
    rig.Run();
    rig.HubTakesAll();
    rig.Run();
    ASSERT_TRUE(rig.Has("done/a.csv.ok")) << "last night's is still there";
    ASSERT_TRUE(rig.server.files.empty());
    rig.server.files["a.csv"] = {Rows(11), 200};
    rig.faults.FailNextApply(Unavailable("power"), cut);
    bool failed = false;
    for (int turn = 0; turn < 100 && !failed; ++turn) {
      rig.clock.Advance(1000);
      failed = !rig.connector->Step(0).ok();
      if (failed || !rig.Has("done/a.csv.2.sealed") || rig.store->accepted() == 11) continue;
      ASSERT_TRUE(rig.store->Begin().ok());
      rig.store->PutAccepted(11);
      failed = !rig.store->Commit().ok();
    }
    EXPECT_TRUE(failed) << cut;
    rig.PowerCut();
    rig.Run();
    rig.HubTakesAll();
    rig.Run();
    EXPECT_TRUE(rig.server.files.empty()) << cut;
    EXPECT_THAT(rig.server.receipts["ut/a.csv.ok"], HasSubstr("\"rows\": 11,")) << cut;
  }
}

TEST(PullFaults, AFileThatChangesWhileItIsFetchedIsLookedAtTwiceAgain) {
  PullRig rig(After::kLeave);
  rig.server.files["a.csv"] = {Rows(3)};
  rig.server.changes = true;
  rig.Begin();
  rig.Run(20);
  EXPECT_GT(rig.server.fetches, 1);
  EXPECT_EQ(rig.Events(), 0U);
  rig.server.changes = false;
  rig.Run();
  EXPECT_EQ(rig.Events(), 3U);
}

TEST(PullFaults, AFileThatIsAnotherOneOrGoneAtEachFetchIsToldAfterTheThird) {
  for (const bool gone : {false, true}) {
    PullRig rig(After::kLeave);
    rig.server.files["a.csv"] = {Rows(3)};
    rig.server.changes = !gone;
    rig.server.vanishes = gone;
    rig.Begin();
    while (rig.server.fetches < 2) ASSERT_EQ(LinesOf("sftp-file-unsteady", rig, 1), 0U);
    EXPECT_THAT(rig.connector->status(), Not(HasSubstr("trouble")));
    EXPECT_EQ(LinesOf("sftp-file-unsteady", rig, 50), 1U);
    EXPECT_GT(rig.server.fetches, 5) << "it is tried on";
    EXPECT_THAT(rig.connector->status(), HasSubstr("trouble with a.csv"));
    rig.server.changes = rig.server.vanishes = false;
    rig.Run();
    EXPECT_EQ(rig.Events(), 3U);
    EXPECT_THAT(rig.connector->status(), Not(HasSubstr("trouble")));
  }
}

TEST(PullFaults, TroubleIsNamedUpToALimitAndToldOnce) {
  PullRig rig(After::kLeave);
  rig.pulled->max_file_bytes = 1000;
  for (int n = 100; n < 250; ++n)
    rig.server.files["x" + std::to_string(n) + ".csv"] = {std::string(1001, 'x')};
  rig.Begin();
  testing::internal::CaptureStderr();
  rig.Run(50);
  const std::string log = testing::internal::GetCapturedStderr();
  const auto count = [&](const std::string& event) {
    size_t out = 0;
    for (size_t at = log.find(event); at != std::string::npos; at = log.find(event, at + 1)) ++out;
    return out;
  };
  EXPECT_GT(rig.server.lists, 5);
  EXPECT_EQ(count("event=sftp-file-refused "), Troubles::kMaxNamed);
  EXPECT_EQ(count("event=sftp-many-troubles "), 1U);
  EXPECT_THAT(rig.connector->status(), HasSubstr("trouble with 50 more files"));
  rig.server.files.clear();
  rig.Run(10);
  EXPECT_THAT(rig.connector->status(), Not(HasSubstr("trouble")))
      << "what the server has no more is in no trouble";
}

TEST(PullFaults, AFolderThatCannotBeSyncedLosesNoNoteOfTheFileThatHasItsName) {
  PullRig rig(After::kDelete);
  rig.server.files["a.csv"] = {Rows(3)};
  rig.Begin();
  {
    const Unopenable folder(rig.folder.path());
    rig.Run(10);
  }
  EXPECT_TRUE(rig.Has("a.csv"));
  EXPECT_THAT(rig.connector->status(), HasSubstr("1 at work here"));
  rig.Run();
  rig.HubTakesAll();
  rig.Run();
  EXPECT_EQ(rig.Events(), 3U);
  EXPECT_EQ(rig.server.fetches, 1);
  EXPECT_TRUE(rig.server.files.empty());
}

TEST(PullFaults, AServerInTroubleIsAskedLaterAndLaterAndNothingIsForgotten) {
  PullRig rig(After::kLeave);
  rig.pulled->sftp->backoff_min_ms = 64'000;
  rig.pulled->sftp->backoff_max_ms = 256'000;
  rig.server.files["a.csv"] = {Rows(3)};
  rig.server.trouble = Trouble{"unreachable", true, true, "sftp.test:22: nobody there"};
  rig.Begin();
  std::vector<int64_t>& asked = rig.server.asked_ms;
  for (int turn = 0; turn < 2000 && asked.size() < 6; ++turn) rig.Run(1);
  ASSERT_EQ(asked.size(), 6U);
  int64_t longest = 64'000;
  for (size_t i = 1; i < asked.size(); ++i) {
    const int64_t waited = asked[i] - asked[i - 1];
    EXPECT_GE(waited, longest / 2) << i;
    EXPECT_LE(waited, longest + 2'000) << i << ": a turn for the answer, one for the next question";
    longest = std::min<int64_t>(longest * 2, 256'000);
  }
  EXPECT_THAT(rig.connector->status(), HasSubstr("failing"));
  EXPECT_EQ(rig.server.lists, 0);
  rig.server.trouble.reset();
  rig.Run(300);
  EXPECT_EQ(rig.Events(), 3U);
  EXPECT_THAT(rig.connector->status(), Not(HasSubstr("failing")));
}

}  // namespace
}  // namespace sam::sftp::test
