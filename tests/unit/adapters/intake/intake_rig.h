// A book in memory that keeps what was kept, a scripted social system, and signals. One thread.
#pragma once

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/intake/body.h"
#include "adapters/intake/writer.h"
#include "broker/base/log.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"
#include "tests/support/temp_dir.h"

namespace sam::intake::test {

inline constexpr const char* kPerson = "202401150013";  // its check digit is wrong
inline constexpr const char* kSecret = "geheim-nyckel";

struct Draft {
  std::string person = kPerson;
  std::string system = "1.2.752.129.2.1.3.1";
  std::string sender = "bvc.bollnas";
  std::string receiver = "bollnas.mottagning";
  std::string address;
  std::string concern = "Oron <själv> & mer";
  bool acute = false;
  std::string flag;
};

inline std::string SignalBytes(const Draft& draft) {
  capnp::MallocMessageBuilder message;
  auto signal = message.initRoot<schema::Signal>();
  signal.setCode("SIG-A1");
  signal.setLegalClass(schema::LegalClass::A);
  signal.setAcute(draft.acute);
  signal.setSenderFunction(draft.sender);
  signal.setReceiverFunction(draft.receiver);
  auto ids = signal.initSubject().initIds(2);
  ids[0].setSystem("1.2.752.74.9.1");
  ids[0].setValue("98240301AA06");
  ids[1].setSystem(draft.system);
  ids[1].setFlag(draft.flag);
  ids[1].setValue(draft.person);
  auto report = signal.getBody().initReport();
  report.setSignerName("Maj Ek");
  report.setConcern(draft.concern);
  if (!draft.address.empty()) report.setChildAddress(draft.address);
  return wire::Flatten(message);
}

class MemoryBook final : public Book {
 public:
  Status Admit(const std::function<bool(const Kind&)>& wanted) override {
    for (const Entry& entry : std::exchange(arriving, {}))
      if (wanted({"SIG-A1", entry.acute, test})) entries[entry.number] = entry;
    return Ok();
  }
  const std::map<uint64_t, Entry>& Pending() const override { return entries; }
  Result<Delivered> SignalOf(const Entry& entry) const override {
    return signals.at(entry.number);
  }
  Status Keep(const Entry& entry) override {
    if (full) return Exhausted("disk full");
    kept.push_back(entry);
    if (AtItsEnd(entry.state))
      entries.erase(entry.number);
    else
      entries[entry.number] = entry;
    return Ok();
  }
  Status Registered(const Entry& entry) override {
    registered.push_back(entry.their_id);
    Entry done = entry;
    done.state = State::DONE;
    return Keep(done);
  }

  Status HoldUnsentFiles() override {
    ++asked_for_unsent;
    return Ok();
  }
  Result<std::vector<Listed>> FilesOf(const Entry& entry) const override {
    const auto found = listed.find(entry.number);
    return found == listed.end() ? std::vector<Listed>() : found->second;
  }
  Result<std::string> PartOf(const Entry&, size_t file, uint16_t index) override {
    if (broken) return Corrupt("a part is not there");
    ++taken;
    const std::vector<std::string>& all = parts[file];
    return index < all.size() ? all[index] : std::string();
  }

  std::vector<Entry> arriving;
  std::map<uint64_t, Entry> entries;
  std::map<uint64_t, Delivered> signals;
  std::map<uint64_t, std::vector<Listed>> listed;    // by entry
  std::map<size_t, std::vector<std::string>> parts;  // by file
  size_t taken = 0;
  size_t asked_for_unsent = 0;
  bool broken = false;
  std::vector<Entry> kept;
  std::vector<std::string> registered;
  bool test = false;
  bool full = false;
};

// Answers in the order given; without one it is silent.
class ScriptedSystem final : public rest::HttpPull {
 public:
  struct Asked {
    std::string method;
    std::string path;
    std::map<std::string, std::string> query;
    rest::Upload upload;
  };
  bool busy() const override { return busy_; }
  Status Start(const std::string& address, const Query& query) override {
    return Note("GET", address, query, {});
  }
  Status Post(const std::string& address, const Query& query,
              const rest::Upload& upload) override {
    return Note("POST", address, query, upload);
  }
  std::optional<rest::HttpAnswer> Step(int) override {
    if (!busy_ || answers.empty()) return std::nullopt;
    auto out = std::move(answers.front());
    answers.pop_front();
    busy_ = false;
    return out;
  }
  void Cancel() override { busy_ = false; }
  void Will(int status, const std::string& body = "", int64_t retry_after_s = 0) {
    rest::HttpAnswer answer;
    answer.status = status;
    answer.body = body;
    if (retry_after_s > 0) answer.retry_after_s = retry_after_s;
    answers.push_back(answer);
  }

  std::deque<rest::HttpAnswer> answers;
  std::vector<Asked> asked;

 private:
  Status Note(const char* method, const std::string& address, const Query& query,
              const rest::Upload& upload) {
    busy_ = true;
    asked.push_back({method, address.substr(std::string("https://ifo.example.se").size()),
                     {query.begin(), query.end()}, upload});
    return Ok();
  }
  bool busy_ = false;
};

class IntakeTest : public testing::Test {
 protected:
  void SetUp() override {
    CryptoInit();
    log::Init("intake_test", log::Level::kError);
    keys_file_ = dir_ / "keys";
    std::ofstream(keys_file_) << "domain = \"bollnas\"\nkey = \"" << kSecret << "\"\n";
    ASSERT_EQ(::chmod(keys_file_.c_str(), 0600), 0);
    const std::string folder = SAM_SOURCE_DIR "/deploy/config/intake/";
    auto lists =
        CodeLists::Load(folder + "kinds.csv", folder + "senders.csv", folder + "units.csv");
    ASSERT_TRUE(lists.ok()) << lists.error().message;
    config_.lists = *lists;
    config_.base.text = "https://ifo.example.se/apifc/v1";
    config_.keys_file = keys_file_;
    config_.attempts = 3;
    Open();
  }
  void Open() {
    auto zone = hl7::Zone::Find("Europe/Stockholm");
    ASSERT_TRUE(zone.ok());
    auto system = std::make_unique<ScriptedSystem>();
    system_ = system.get();
    writer_ = std::make_unique<Writer>(book_, config_, *zone, std::move(system), clock_, Random(5));
  }
  void Arrive(uint64_t number, const Draft& draft = {}) {
    Entry entry;
    entry.number = number;
    entry.signal = IdOf(number);
    entry.state = State::WAITING;
    entry.acute = draft.acute;
    book_.signals[number] = {SignalBytes(draft), clock_.Now(), false, false};
    book_.arriving.push_back(entry);
  }
  static SignalId IdOf(uint64_t number) {
    return *SignalId::From(Sha256({"intake", std::to_string(number)}).view().substr(0, 16));
  }
  void Work(int rounds = 12) {
    for (int i = 0; i < rounds; ++i) {
      const auto done = writer_->Step();
      ASSERT_TRUE(done.ok()) << done.error().message;
    }
  }
  void Wait(int64_t ms) { clock_.Advance(ms); }
  State StateOf(uint64_t number) const {
    const auto found = book_.entries.find(number);
    return found == book_.entries.end() ? State::DONE : found->second.state;
  }
  size_t Posts() const {
    size_t count = 0;
    for (const auto& one : system_->asked)
      if (one.path == "/apifc/v1/Actualisations") ++count;
    return count;
  }

  ::sam::test::TempDir dir_;
  std::string keys_file_;
  Config config_;
  MemoryBook book_;
  ManualClock clock_{Millis(1'772'000'000'000)};
  ScriptedSystem* system_ = nullptr;
  std::unique_ptr<Writer> writer_;
};

}  // namespace sam::intake::test
