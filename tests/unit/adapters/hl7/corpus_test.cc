// Every public sample message that lies beside the checkout: split, parsed, read everywhere and
// acknowledged. Skipped where the samples are not there.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/batch.h"
#include "adapters/hl7/identifier.h"
#include "adapters/hl7/message.h"
#include "adapters/hl7/mllp_framer.h"
#include "adapters/hl7/timestamp.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

class Corpus : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path folder = SAM_HL7_CORPUS;
    if (!std::filesystem::is_directory(folder)) {
      GTEST_SKIP() << "no sample messages beside the repository";
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name == "PROVENANCE.txt") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      files_[name] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    ASSERT_GT(files_.size(), 10u);
  }

  const std::string& File(const std::string& prefix) {
    for (const auto& file : files_) {
      if (file.first.compare(0, prefix.size(), prefix) == 0) return file.second;
    }
    ADD_FAILURE() << "no file " << prefix;
    return files_.begin()->second;
  }

  Message Parse(const std::string& prefix) {
    auto message = Message::Parse(File(prefix), CharsetPolicy());
    EXPECT_TRUE(message.ok()) << prefix;
    return std::move(message).value();
  }

  std::map<std::string, std::string> files_;
};

AckContext Context() {
  AckContext context;
  context.now = Millis(1'772'000'000'000);
  context.control_id = "1";
  return context;
}

void ReadEverything(const Message& message) {
  for (size_t i = 0; i < message.segment_count(); ++i) {
    const Segment segment = message.segment(i);
    for (size_t field = 1; field <= segment.field_count(); ++field) {
      EXPECT_TRUE(IsValidUtf8(message.Decode(segment.Field(field)).text));
    }
  }
  ReadIdentifiers(message, *Selector::Parse("PID-3"));
}

TEST_F(Corpus, EachFileIsSplitAndParsedOrGivesAReasonAndCanBeAcknowledged) {
  size_t parsed = 0;
  std::vector<std::string> refused;
  for (const auto& file : files_) {
    auto batch = SplitBatch(file.second);
    if (!batch.ok()) {
      EXPECT_FALSE(batch.error().message.empty());
      refused.push_back(file.first.substr(0, 2));
    }
    std::vector<std::string> messages = {file.second};
    if (batch.ok()) {
      for (const BatchMessage& one : batch->messages) messages.emplace_back(one.bytes);
    }
    for (const std::string& raw : messages) {
      ErrorCode code = ErrorCode::kAccepted;
      auto message = Message::Parse(raw, CharsetPolicy(), &code);
      if (message.ok()) {
        ++parsed;
        ReadEverything(*message);
      } else {
        EXPECT_NE(code, ErrorCode::kAccepted) << file.first;
      }
      const std::string ack = BuildAck(raw, AckCode::kAR, {}, Context());
      EXPECT_EQ(ack.empty(), IsAcknowledgement(raw)) << file.first;
      EXPECT_TRUE(ack.empty() || ParseAck(ack).ok()) << file.first << "\n" << ack;
    }
  }
  // The empty file, two of JSON, and the recorded stream, which is frames and not text.
  EXPECT_EQ(refused, (std::vector<std::string>{"27", "28", "29", "60"}));
  EXPECT_GT(parsed, 60u);
}

TEST_F(Corpus, CharsetsAreReadAsTheyAreNotAsTheyClaim) {
  EXPECT_EQ(Parse("51_").Get("PID-5")->text, Parse("52_").Get("PID-5")->text);
  EXPECT_EQ(Parse("51_").Get("PID-5")->text, Parse("53_").Get("PID-5")->text);
  EXPECT_FALSE(Parse("51_").charset().guessed);
  EXPECT_TRUE(Parse("52_").charset().guessed);
  EXPECT_TRUE(Parse("53_").charset().suspect);
  const Message quotes = Parse("54_");
  EXPECT_EQ(quotes.charset().charset, Charset::kWindows1252);
  EXPECT_NE(quotes.Get("OBX-5")->text.find("\u201c"), std::string::npos);
}

TEST_F(Corpus, BrokenSeparatorsAreRefusedWithCode100) {
  ErrorCode code = ErrorCode::kAccepted;
  EXPECT_FALSE(Message::Parse(File("25_"), CharsetPolicy(), &code).ok());
  EXPECT_EQ(code, ErrorCode::kSegmentSequence);
}

TEST_F(Corpus, OtherSeparatorsAreUsed) { EXPECT_EQ(Parse("48_").delimiters().subcomponent, '`'); }

TEST_F(Corpus, CountMismatchIsReportedAndBothMessagesKept) {
  auto batch = SplitBatch(File("59_"));
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->messages.size(), 2u);
  ASSERT_EQ(batch->problems.size(), 1u);
  EXPECT_NE(batch->problems[0].find("says 3 messages, 2 found"), std::string::npos);
  EXPECT_EQ(SplitBatch(File("26_"))->messages.size(), 2u);
}

TEST_F(Corpus, TheRecordedStreamGivesItsFourFrames) {
  const std::string& stream = File("60_");
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    MllpFramer framer;
    framer.Feed(std::string_view(stream).substr(0, cut));
    framer.Feed(std::string_view(stream).substr(cut));
    framer.FinishWaiting();
    size_t frames = 0;
    while (auto event = framer.Next()) frames += event->kind == FrameEvent::Kind::kFrame ? 1 : 0;
    ASSERT_EQ(frames, 4u) << cut;
    ASSERT_FALSE(framer.HasPartial());
  }
}

}  // namespace
}  // namespace sam::hl7
