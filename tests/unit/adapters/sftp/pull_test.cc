// The puller over a server made of a map: power cuts, refusals, limits, when a file may go there.
#include "adapters/sftp/pull.h"

#include <gmock/gmock.h>

#include <map>

#include "adapters/sftp/sftp_connector.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::sftp {
namespace {

using files::test::FilesRig;
using files::test::Header;
using files::test::MissedRow;
using files::test::ReadFile;
using testing::HasSubstr;

struct Server {
  struct File {
    std::string bytes;
    int64_t modified_s = 100;
  };
  std::map<std::string, File> files;
  std::set<std::string> companions;
  std::map<std::string, std::string> receipts;
  std::vector<std::string> moved_to;
  std::optional<Trouble> trouble;       // of every request
  std::optional<Trouble> file_trouble;  // of what concerns one file
  bool changes = false;                 // a file is another one when it is fetched
  bool complete = true;
  int lists = 0, fetches = 0;
};

class FakeLink final : public Link {
 public:
  explicit FakeLink(Server& server) : server_(server) {}
  bool busy() const override { return request_.has_value(); }
  void Start(Request request) override { request_ = std::move(request); }
  std::optional<Reply> Take() override {
    const Request request = *std::exchange(request_, std::nullopt);
    Reply out;
    out.kind = request.kind;
    out.trouble = server_.trouble;
    if (out.trouble) return out;
    if (request.kind == Request::Kind::kList) List(out.listing);
    if (request.kind == Request::Kind::kFetch || request.kind == Request::Kind::kSettle ||
        request.kind == Request::Kind::kPut)
      out.trouble = server_.file_trouble;
    if (out.trouble) return out;
    if (request.kind == Request::Kind::kFetch) Fetch(request, out);
    if (request.kind == Request::Kind::kPut)
      server_.receipts[request.target] = ReadFile(request.local);
    if (request.kind == Request::Kind::kSettle) Settle(request, out);
    return out;
  }

 private:
  void List(Listing& out) {
    ++server_.lists;
    out.complete = server_.complete;
    out.companions = server_.companions;
    for (const auto& [name, file] : server_.files)
      out.files.push_back({name, file.bytes.size(), file.modified_s});
  }
  bool Same(const Request& request, Reply& out) {
    const auto found = server_.files.find(request.file.name);
    out.gone = found == server_.files.end();
    if (out.gone) return false;
    out.changed = found->second.bytes.size() != request.file.size ||
                  found->second.modified_s != request.file.modified_s;
    return !out.changed;
  }
  void Fetch(const Request& request, Reply& out) {
    ++server_.fetches;
    if (server_.changes) out.changed = true;
    if (out.changed || !Same(request, out)) return;
    std::ofstream(request.local, std::ios::binary) << server_.files[request.file.name].bytes;
    out.digest = Sha256({server_.files[request.file.name].bytes});
  }
  void Settle(const Request& request, Reply& out) {
    if (!Same(request, out)) return;
    server_.files.erase(request.file.name);
    if (!request.target.empty()) server_.moved_to.push_back(request.target);
  }

  Server& server_;
  std::optional<Request> request_;
};

struct PullRig : FilesRig {
  Server server;
  PulledFilesConfig* pulled = nullptr;

  explicit PullRig(After after) {
    auto settings = std::make_unique<PulledFilesConfig>();
    static_cast<files::FilesConfig&>(*settings) = std::move(*files);
    pulled = settings.get();
    files = pulled;
    pulled->stable_s = 1;
    pulled->sftp.emplace();
    pulled->sftp->host = "sftp.test";
    pulled->sftp->folder = "ut";
    pulled->sftp->receipt_folder = "ut";
    pulled->sftp->done = "ut/done";
    pulled->sftp->failed = "ut/failed";
    pulled->sftp->after = after;
    pulled->sftp->poll_ms = 2'000;
    pulled->sftp->backoff_min_ms = 1'000;
    pulled->sftp->backoff_max_ms = 4'000;
    config.connector_settings = std::move(settings);
  }
  void Begin() {
    FilesRig::Start();
    connector.reset();
    auto open = SftpConnector::Open(
        *pulled, kit::ConnectorParts{config, *pipeline, *decoder, *store, clock},
        std::make_unique<FakeLink>(server), Random(3));
    ASSERT_TRUE(open.ok()) << open.error().message;
    connector = std::move(open).value();
  }
  void PowerCut() {
    faults.Crash();
    Begin();
  }
  void HubTakesAll() {
    ASSERT_TRUE(store->Begin().ok());
    store->PutAccepted(store->outbox_next() - 1);
    ASSERT_TRUE(store->Commit().ok());
  }
};

std::string Rows(int count) {
  std::string out = Header();
  for (int n = 0; n < count; ++n) out += MissedRow(n);
  return out;
}

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
      if (failed || !rig.Has("done/a.csv") || rig.store->accepted() == 11) continue;
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
    EXPECT_TRUE(rig.Has("done/a.csv")) << cut;
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
  EXPECT_TRUE(rig.Has("done/a.csv.2"));
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

TEST(Pull, ReceiptsGoBeforeTheFileIsMovedAndWithoutThemItStays) {
  PullRig rig(After::kMove);
  rig.pulled->sftp->receipts = true;
  rig.server.files["a.csv"] = {Rows(3)};
  rig.server.files["b.csv"] = {"something;else\r\n1;2\r\n"};
  rig.Begin();
  rig.Run();
  rig.HubTakesAll();
  rig.server.file_trouble = Trouble{"file", false, false, "not allowed"};
  rig.Run();
  EXPECT_EQ(rig.server.files.size(), 2U);
  rig.server.file_trouble.reset();
  rig.Run();
  EXPECT_THAT(rig.server.receipts["ut/a.csv.ok"], HasSubstr("\"outcome\": \"done\""));
  EXPECT_THAT(rig.server.receipts["ut/b.csv.err"], HasSubstr("\"outcome\": \"header\""));
  EXPECT_THAT(rig.server.moved_to,
              testing::UnorderedElementsAre("ut/done/a.csv", "ut/failed/b.csv"));
}

TEST(Pull, AReceiptThatTheSiteHasClearedAwayHoldsNothingUp) {
  PullRig rig(After::kRename);
  rig.pulled->sftp->receipts = true;
  rig.server.files["a.csv"] = {Rows(3)};
  rig.Begin();
  rig.Run();
  rig.HubTakesAll();
  rig.server.file_trouble = Trouble{"receipt-gone", false, false, ""};
  rig.Run(10);
  rig.server.file_trouble.reset();
  rig.Run();
  EXPECT_THAT(rig.server.moved_to, testing::ElementsAre("ut/a.csv.taken"));
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

TEST(Pull, AFileThatChangesWhileItIsFetchedIsLookedAtTwiceAgain) {
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

TEST(Pull, AServerInTroubleIsAskedLaterAndLaterAndNothingIsForgotten) {
  PullRig rig(After::kLeave);
  rig.server.files["a.csv"] = {Rows(3)};
  rig.server.trouble = Trouble{"unreachable", true, true, "sftp.test:22: nobody there"};
  rig.Begin();
  rig.Run(40);
  EXPECT_THAT(rig.connector->status(), HasSubstr("failing"));
  EXPECT_EQ(rig.server.lists, 0);
  rig.server.trouble.reset();
  rig.Run();
  EXPECT_EQ(rig.Events(), 3U);
  EXPECT_THAT(rig.connector->status(), testing::Not(HasSubstr("failing")));
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
      *rig.pulled, parts, std::make_unique<FakeLink>(rig.server), Random(3));
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace sam::sftp
