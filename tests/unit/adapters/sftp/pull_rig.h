// PullRig: the puller and the watched folder over a server made of a map, on FilesRig's store and
// clock. The server keeps what it was asked for, in order and with its time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sftp/pull.h"
#include "adapters/sftp/sftp_connector.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::sftp::test {

using files::test::FilesRig;
using files::test::Header;
using files::test::MissedRow;
using files::test::ReadFile;

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
  std::optional<Trouble> put_trouble;   // of receipts alone
  bool changes = false;                 // a file is another one when it is fetched
  bool vanishes = false;                // it is listed, and is not there when it is fetched
  bool complete = true;
  int lists = 0, fetches = 0;
  std::vector<std::string> done;   // what was put and settled, in order
  std::vector<int64_t> asked_ms;   // when a conversation was begun
};

class FakeLink final : public Link {
 public:
  FakeLink(Server& server, const Clock& clock) : server_(server), clock_(clock) {}
  bool busy() const override { return request_.has_value(); }
  void Start(Request request) override {
    if (request.kind == Request::Kind::kList)
      server_.asked_ms.push_back(clock_.SteadyMicros() / 1000);
    request_ = std::move(request);
  }
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
    if (request.kind == Request::Kind::kPut && !out.trouble) out.trouble = server_.put_trouble;
    if (out.trouble) return out;
    if (request.kind == Request::Kind::kFetch) Fetch(request, out);
    if (request.kind == Request::Kind::kPut) {
      server_.receipts[request.target] = ReadFile(request.local);
      server_.done.push_back("receipt of " + request.file.name);
    }
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
    out.changed = server_.changes;
    out.gone = server_.vanishes;
    if (out.changed || out.gone || !Same(request, out)) return;
    std::ofstream(request.local, std::ios::binary) << server_.files[request.file.name].bytes;
    out.digest = Sha256({server_.files[request.file.name].bytes});
  }
  void Settle(const Request& request, Reply& out) {
    if (!Same(request, out)) return;
    server_.files.erase(request.file.name);
    server_.done.push_back(request.file.name);
    if (!request.target.empty()) server_.moved_to.push_back(request.target);
  }

  Server& server_;
  const Clock& clock_;
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
    StartPipeline();
    auto open = SftpConnector::Open(
        *pulled, kit::ConnectorParts{config, *pipeline, *decoder, *store, clock},
        std::make_unique<FakeLink>(server, clock), Random(3));
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

inline std::string Rows(int count) {
  std::string out = Header();
  for (int n = 0; n < count; ++n) out += MissedRow(n);
  return out;
}

}  // namespace sam::sftp::test
