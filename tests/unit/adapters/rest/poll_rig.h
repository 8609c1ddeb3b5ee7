// PollRig: the poll connector over a store whose power can be cut, and a source that answers from a
// script instead of the network. Time is moved by hand.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/rest/kind.h"
#include "adapters/rest/poll_connector.h"
#include "tests/support/pipeline_rig.h"
#include "tests/support/temp_dir.h"

namespace sam::rest::test {

inline constexpr const char* kSecret = "geheim-nyckel";

// Answers in the order given; without one it is silent. Keeps what was asked.
class ScriptedPull final : public HttpPull {
 public:
  struct Asked {
    std::string address;
    std::map<std::string, std::string> query;
  };
  bool busy() const override { return busy_; }
  Status Start(const std::string& address, const Query& query) override {
    busy_ = true;
    asked.push_back({address, {query.begin(), query.end()}});
    return Ok();
  }
  Status Post(const std::string& address, const Query& query, const Upload&) override {
    return Start(address, query);
  }
  std::optional<HttpAnswer> Step(int) override {
    if (!busy_ || answers.empty()) return std::nullopt;
    HttpAnswer out = std::move(answers.front());
    answers.pop_front();
    busy_ = false;
    return out;
  }
  void Cancel() override { busy_ = false; }

  std::deque<HttpAnswer> answers;
  std::vector<Asked> asked;

 private:
  bool busy_ = false;
};

inline HttpAnswer Status200(const std::string& body) {
  HttpAnswer out;
  out.status = 200;
  out.body = body;
  return out;
}
inline HttpAnswer Refused(int status, std::optional<int64_t> retry_after_s = {}) {
  HttpAnswer out;
  out.status = status;
  out.retry_after_s = retry_after_s;
  return out;
}
inline HttpAnswer NoAnswer() {
  HttpAnswer out;
  out.failure = "Couldn't connect to server";
  return out;
}

inline constexpr const char* kMapping = R"([mapping]
id = "t"
version = "1"
format = "rest-json"
[defaults]
zone = "Europe/Stockholm"
[header]
"subject.ids" = { from = "PersonId", as = "identifiers" }
"occurredAt" = { from = "ModifiedDate", as = "time" }
[[event]]
name = "always"
type = "bvc.child.registered"
when = ["Always"]
[event.body]
"unitHsaId" = { from = "Unit" }
"fromDate" = { from = "Date", as = "date" }
[[event]]
name = "once"
type = "bvc.child.registered"
when = ["Once"]
episode_key = ["=once", "Id"]
repeat = "once"
[event.body]
"unitHsaId" = { from = "Unit" }
"fromDate" = { from = "Date", as = "date" }
[[event]]
name = "changed"
type = "bvc.child.registered"
when = ["Changed"]
episode_key = ["=changed", "Id"]
repeat = "changed"
[event.body]
"unitHsaId" = { from = "Unit" }
"fromDate" = { from = "Date", as = "date" }
)";

inline kit::SourceKinds Kinds() {
  kit::SourceKinds kinds;
  kinds.formats.push_back(RestKind());
  kinds.connectors.push_back(PollKind());
  return kinds;
}

using sam::test::TextOf;

// A row as the scripted source gives it.
inline std::string Row(int id, const std::string& modified,
                       const std::string& date = "2026-03-01") {
  std::string out = "{\"Id\":";
  out.append(std::to_string(id)).append(",\"ModifiedDate\":\"").append(modified);
  out.append("\",\"Date\":\"").append(date);
  out.append("\",\"Unit\":\"SE2321000198-X\",\"PersonId\":\"20210325K069\"}");
  return out;
}

struct PollRig : sam::test::PipelineRig {
  sam::test::TempDir folder;
  std::unique_ptr<PollConnector> connector;
  ScriptedPull* source = nullptr;
  kit::FeedObserver* observer = nullptr;

  explicit PollRig(const std::vector<std::string>& endpoints = {"Always"}) {
    config.source.system_id = "lifecare.test";
    config.source.org_nr = "2120002288";
    config.production = false;
    config.connector = "poll";
    auto poll = std::make_unique<PollConfig>();
    poll->base.text = "https://ifo.example.se/Extract";
    poll->keys_file = folder / "keys";
    poll->page = 3;
    poll->baseline = false;
    for (const std::string& name : endpoints) {
      EndpointConfig endpoint;
      endpoint.name = endpoint.path = name;
      endpoint.modified = "ModifiedDate";
      poll->endpoints.push_back(endpoint);
    }
    config.connector_settings = std::move(poll);
    std::ofstream(folder / "keys") << "domain = \"bollnas\"\nkey = \"" << kSecret << "\"\n";
    EXPECT_EQ(::chmod((folder / "keys").c_str(), 0600), 0);
    kinds = Kinds();
    ParseMapping(kMapping);
  }

  PollConfig& poll() { return dynamic_cast<PollConfig&>(*config.connector_settings); }

  void Open() {
    connector.reset();
    OpenPipeline();
    auto pull = std::make_unique<ScriptedPull>();
    source = pull.get();
    kit::ConnectorParts parts = Parts();
    parts.observer = observer;
    auto started = PollConnector::Open(poll(), parts, std::move(pull), Random(3));
    ASSERT_TRUE(started.ok()) << started.error().message;
    connector = std::move(started).value();
  }

  // Power cut and restart.
  void Crash() {
    faults.Crash();
    Open();
  }

  // Turns until nothing is left to do at this time.
  void Run() {
    for (int i = 0; i < 200; ++i) {
      const Result<int> step = connector->Step(0);
      ASSERT_TRUE(step.ok()) << step.error().message;
    }
  }

  // One poll of the first endpoint that brings these rows, and then nothing.
  void Poll(const std::string& rows) {
    clock.Advance(61'000);
    source->answers.push_back(Status200("[" + rows + "]"));
    source->answers.push_back(Status200("[]"));
    Run();
    source->answers.clear();
  }
};

}  // namespace sam::rest::test
