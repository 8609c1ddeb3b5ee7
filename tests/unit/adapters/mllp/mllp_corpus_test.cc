// Every file of the public sample corpus (when it lies beside the repository) through a real
// listener: what becomes of each message, the same answer when it comes again, its bytes kept as
// they came, no letter changed in silence, and the feed goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/adapters/mllp/mllp_client.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class MllpCorpus : public testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = Source("../shared/corpus/hl7v2");
    if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no corpus beside the repository";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name != "PROVENANCE.txt") files_[name] = ReadAll(entry.path().string());
    }
    ASSERT_GE(files_.size(), 50U);
  }
  static AdapterConfig Config() {
    AdapterConfig config = TestConfig();
    config.check_processing_id = false;
    return config;
  }
  // What becomes of the messages of one file that alone comes to a new adapter.
  std::vector<Verdict> Verdicts(Rig& rig, const std::string& bytes) {
    std::vector<Verdict> out;
    const auto messages = rig.decoder->Sample("sample", bytes);
    if (!messages.ok()) return out;
    for (const std::string& message : *messages) out.push_back(rig.Take(message));
    return out;
  }

  std::map<std::string, std::string> files_;
};

TEST_F(MllpCorpus, EveryFileIsAnsweredOrKeptAsideAndTheFeedGoesOn) {
  ServerRig rig(Config());
  for (const auto& file : files_) {
    const std::string& bytes = file.second;
    const size_t before = rig.Quarantine().size();
    Peer peer(rig.server->port());
    if (!bytes.empty() && bytes[0] == hl7::kStartBlock)
      peer.Queue(bytes);
    else
      peer.QueueFrame(bytes);
    const std::string id =
        "AFTER-" + std::to_string(std::hash<std::string>()(file.first) % 1'000'000);
    peer.QueueFrame(Numbered("siu_s15_cancelled", id));
    const auto answered = [&] {
      return !peer.acks.empty() && peer.acks.back().find("MSA|AA|" + id) != std::string::npos;
    };
    ASSERT_TRUE(rig.Until({&peer}, answered)) << file.first;
    EXPECT_TRUE(peer.acks.size() > 1 || rig.Quarantine().size() > before) << file.first;
  }
}

// By the number of the file: 28 and 29 are JSON, 27 is empty, 25 declares five equal separators, 38
// and 47 lack what a booking needs, 33 is an acknowledgement, 60 a recorded stream with noise.
constexpr const char* kExpected = R"(01 taken+bvc.child.registered
02 taken+person.deceased
03 nothing_to_tell
04 taken+person.deceased
05 taken+bvc.child.registered
06 taken+person.deceased
07 quarantined:several-patients
08 taken+bvc.child.registered
09 nothing_to_tell
10 nothing_to_tell
11 nothing_to_tell
12 taken+bvc.visit.booked
13 taken+bvc.visit.booked
14 taken+bvc.visit.booked
15 taken+bvc.visit.cancelled
16 taken+bvc.visit.missed
17 nothing_to_tell
18 nothing_to_tell
19 nothing_to_tell
20 nothing_to_tell nothing_to_tell
21 nothing_to_tell conflict:conflict
22 nothing_to_tell
23 nothing_to_tell
24 nothing_to_tell
25 quarantined:unreadable
26 nothing_to_tell nothing_to_tell
27 quarantined:unreadable
28 refused:not-hl7-v2
29 refused:not-hl7-v2
30 nothing_to_tell
31 nothing_to_tell
32 nothing_to_tell
33 silent:acknowledgement
34 nothing_to_tell
35 quarantined:other-merge
36 taken+bvc.child.registered
37 not_wanted
38 quarantined:missing-field
39 taken+bvc.child.registered
40 nothing_to_tell
41 nothing_to_tell
42 nothing_to_tell
43 nothing_to_tell
44 nothing_to_tell
45 nothing_to_tell
46 nothing_to_tell
47 quarantined:missing-field
48 nothing_to_tell
51 nothing_to_tell
52 nothing_to_tell
53 nothing_to_tell
54 nothing_to_tell
55 taken+bvc.visit.missed
56 nothing_to_tell
57 nothing_to_tell
58 nothing_to_tell
59 nothing_to_tell nothing_to_tell
60 nothing_to_tell nothing_to_tell refused:header nothing_to_tell
)";

// What the mapping for child health makes of each file: event types, or why there is none.
TEST_F(MllpCorpus, EachFileBecomesTheRightEventOrAnAnswerOrAReason) {
  std::string became;
  for (const auto& file : files_) {
    Rig rig(Config());
    std::string all;
    for (const Verdict& verdict : Verdicts(rig, file.second)) {
      if (!all.empty()) all += ' ';
      all += VerdictName(verdict.kind);
      for (const kit::MappedEvent& event : verdict.events) all += "+" + event.type->name;
      if (!verdict.reason.empty()) all += ":" + verdict.reason;
      // A reason says in words what to do with it.
      EXPECT_EQ(verdict.reason.empty(), verdict.detail.empty()) << file.first;
      const bool kept = verdict.kind == Verdict::Kind::kQuarantined ||
                        verdict.kind == Verdict::Kind::kConflict ||
                        verdict.kind == Verdict::Kind::kSilent;
      EXPECT_EQ(kept, verdict.quarantine != 0) << file.first;
    }
    became += file.first.substr(0, 2) + " " + all + "\n";
  }
  EXPECT_EQ(became, kExpected);
}

TEST_F(MllpCorpus, TheSameFileAgainGetsTheSameAnswersAndNoMoreEvents) {
  for (const auto& file : files_) {
    Rig rig(Config());
    const std::vector<Verdict> first = Verdicts(rig, file.second);
    const size_t events = rig.Outbox().size(), aside = rig.Quarantine().size();
    const std::vector<Verdict> second = Verdicts(rig, file.second);
    ASSERT_EQ(first.size(), second.size()) << file.first;
    EXPECT_EQ(rig.Outbox().size(), events) << file.first;
    for (size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ(first[i].ack.empty(), second[i].ack.empty()) << file.first;
      EXPECT_EQ(first[i].answer.outcome, second[i].answer.outcome) << file.first;
      if (first[i].kind == Verdict::Kind::kSilent) continue;
      EXPECT_EQ(rig.Quarantine().size(), aside) << file.first;
    }
  }
}

TEST_F(MllpCorpus, WhatIsKeptIsKeptByteForByte) {
  for (const auto& file : files_) {
    Rig rig(Config());
    const auto messages = rig.decoder->Sample("sample", file.second);
    ASSERT_TRUE(messages.ok()) << file.first;
    for (const std::string& message : *messages) {
      const Verdict verdict = rig.Take(message);
      if (verdict.raw_ref != 0) {
        EXPECT_EQ((*rig.store->Raw(verdict.raw_ref))->bytes, message) << file.first;
      }
      if (verdict.quarantine != 0) {
        EXPECT_EQ((*rig.store->Quarantine(verdict.quarantine))->raw, message) << file.first;
      }
    }
  }
}

TEST_F(MllpCorpus, NoLetterIsReplacedInSilence) {
  for (const auto& file : files_) {
    Rig rig(Config());
    Verdicts(rig, file.second);
    for (const std::string& event : rig.Outbox())
      EXPECT_THAT(TextOf(event), Not(HasSubstr("\xef\xbf\xbd"))) << file.first;
  }
}

}  // namespace
}  // namespace sam::mllp::test
