#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "adapters/hl7/mllp_framer.h"

namespace sam::hl7 {
namespace {

using Kind = FrameEvent::Kind;

std::vector<FrameEvent> Drain(MllpFramer& framer) {
  std::vector<FrameEvent> out;
  while (auto event = framer.Next()) out.push_back(std::move(*event));
  return out;
}

std::vector<FrameEvent> Events(std::string_view bytes, FramerOptions options = FramerOptions()) {
  MllpFramer framer(options);
  framer.Feed(bytes);
  return Drain(framer);
}

std::vector<std::string> Frames(const std::vector<FrameEvent>& events) {
  std::vector<std::string> out;
  for (const FrameEvent& event : events) {
    EXPECT_EQ(event.kind, Kind::kFrame) << event.detail;
    out.push_back(event.bytes);
  }
  return out;
}

const std::string kA = "MSH|^~\\&|A\rPID|1\r";
const std::string kB = "MSH|^~\\&|B\r";
const std::string kVt(1, kStartBlock);
const std::string kFs(1, kEndBlock);

TEST(MllpFramer, WritesStartMessageAndEndInOneBuffer) {
  EXPECT_EQ(Frame("MSH|"), "\x0bMSH|\x1c\x0d");
}

TEST(MllpFramer, TwoFramesCutAtEveryPairOfPositionsComeOutWhole) {
  const std::string stream = Frame(kA) + "\r\n" + Frame(kB);
  for (size_t first = 0; first <= stream.size(); ++first) {
    for (size_t second = first; second <= stream.size(); ++second) {
      MllpFramer framer;
      framer.Feed(stream.substr(0, first));
      framer.Feed(stream.substr(first, second - first));
      framer.Feed(stream.substr(second));
      ASSERT_EQ(Frames(Drain(framer)), (std::vector<std::string>{kA, kB}))
          << first << " " << second;
      ASSERT_FALSE(framer.HasPartial());
      ASSERT_EQ(framer.skipped_bytes(), 0u);
    }
  }
}

TEST(MllpFramer, ThousandFramesInOneWriteAreAThousandMessages) {
  std::string stream;
  for (int i = 0; i < 1000; ++i) stream += Frame(kA + std::to_string(i));
  const auto frames = Frames(Events(stream));
  ASSERT_EQ(frames.size(), 1000u);
  for (size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(frames[i], kA + std::to_string(i));
}

TEST(MllpFramer, OneByteAtATimeGivesTheSame) {
  MllpFramer framer;
  const std::string stream = Frame(kA) + Frame(kB);
  for (char c : stream) framer.Feed(std::string_view(&c, 1));
  EXPECT_EQ(Frames(Drain(framer)), (std::vector<std::string>{kA, kB}));
}

TEST(MllpFramer, TwentyMegabytesPassWhenTheLimitAllowsThem) {
  const std::string big = kA + std::string(size_t{20} << 20, 'A');
  FramerOptions options;
  options.max_frame_bytes = size_t{32} << 20;
  MllpFramer framer(options);
  const std::string stream = Frame(big);
  for (size_t at = 0; at < stream.size(); at += 65536) framer.Feed(stream.substr(at, 65536));
  const auto frames = Frames(Drain(framer));
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0], big);
}

TEST(MllpFramer, TwentyMegabytesAboveTheLimitAreDrainedAndTheNextFrameIsTaken) {
  const std::string big = kA + std::string(size_t{20} << 20, 'A');
  MllpFramer framer;
  const std::string stream = Frame(big) + Frame(kB);
  for (size_t at = 0; at < stream.size(); at += 65536) {
    framer.Feed(stream.substr(at, 65536));
    ASSERT_LE(framer.Partial().size(), FramerOptions().max_frame_bytes);
  }
  const auto events = Drain(framer);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, Kind::kTooLarge);
  EXPECT_EQ(events[0].bytes.size(), MllpFramer::kHeadBytes);
  EXPECT_EQ(events[0].bytes.substr(0, kA.size()), kA);
  EXPECT_NE(events[0].detail.find(std::to_string(big.size())), std::string::npos);
  EXPECT_EQ(events[1].kind, Kind::kFrame);
  EXPECT_EQ(events[1].bytes, kB);
}

TEST(MllpFramer, TheLimitItselfStillPasses) {
  FramerOptions options;
  options.max_frame_bytes = 100;
  EXPECT_EQ(Events(Frame(std::string(100, 'x')), options).at(0).kind, Kind::kFrame);
  EXPECT_EQ(Events(Frame(std::string(101, 'x')), options).at(0).kind, Kind::kTooLarge);
}

TEST(MllpFramer, TooLargeFrameCutAnywhereIsOneEvent) {
  FramerOptions options;
  options.max_frame_bytes = 8;
  const std::string stream = Frame("0123456789\x1cxyz\x0b!") + Frame("ok");
  const auto whole = Events(stream, options);
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(whole[0].kind, Kind::kTooLarge);
  EXPECT_EQ(whole[1].bytes, "ok");
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    MllpFramer framer(options);
    framer.Feed(stream.substr(0, cut));
    framer.Feed(stream.substr(cut));
    EXPECT_TRUE(Drain(framer) == whole) << cut;
  }
}

TEST(MllpFramer, TooLargeFrameThatLostItsEndDoesNotSwallowTheNext) {
  FramerOptions options;
  options.max_frame_bytes = 16;
  const auto events = Events(kVt + "0123456789012345678\r" + Frame("ok"), options);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, Kind::kTooLarge);
  EXPECT_EQ(events[1].bytes, "ok");
  const auto without_cr = Events(kVt + "0123456789012345678" + kFs + Frame("ok"), options);
  ASSERT_EQ(without_cr.size(), 2u);
  EXPECT_EQ(without_cr[1].bytes, "ok");
}

TEST(MllpFramer, EndWithoutCrBeforeTheNextStartIsAnEnd) {
  MllpFramer framer;
  framer.Feed(kVt + kA + kFs + Frame(kB));
  EXPECT_EQ(Frames(Drain(framer)), (std::vector<std::string>{kA, kB}));
  EXPECT_EQ(framer.missing_cr(), 1u);
}

TEST(MllpFramer, EndAtTheEndOfDataWaitsForCrAndIsThenTaken) {
  MllpFramer framer;
  framer.Feed(kVt + kA + kFs);
  EXPECT_TRUE(framer.WaitingForCr());
  EXPECT_FALSE(framer.Next().has_value());
  framer.FinishWaiting();
  EXPECT_EQ(Frames(Drain(framer)), std::vector<std::string>{kA});
  EXPECT_FALSE(framer.WaitingForCr());
  framer.Feed("\r" + Frame(kB));  // the CR that came late is nothing
  EXPECT_EQ(Frames(Drain(framer)), std::vector<std::string>{kB});
  EXPECT_EQ(framer.skipped_bytes(), 0u);
}

TEST(MllpFramer, FinishWaitingInTheMiddleOfAFrameTakesNothing) {
  MllpFramer framer;
  framer.Feed(kVt + kA);
  framer.FinishWaiting();
  EXPECT_TRUE(framer.HasPartial());
  EXPECT_EQ(framer.Partial(), kA);
  EXPECT_FALSE(framer.Next().has_value());
}

TEST(MllpFramer, StrictEndMakesEachMissingCrABrokenFrame) {
  FramerOptions strict;
  strict.strict_end = true;
  auto events = Events(kVt + kA + kFs + Frame(kB), strict);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, Kind::kLostEnd);
  EXPECT_EQ(events[0].bytes, kA);
  EXPECT_EQ(events[1].kind, Kind::kFrame);

  MllpFramer framer(strict);
  framer.Feed(kVt + kA + kFs);
  framer.FinishWaiting();
  events = Drain(framer);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, Kind::kLostEnd);

  events = Events(Frame("a" + kFs + "b"), strict);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, Kind::kLostEnd);
  EXPECT_EQ(events[0].bytes, "a" + kFs + "b");
}

TEST(MllpFramer, EndByteInsideThePayloadIsContentAndCounted) {
  MllpFramer framer;
  framer.Feed(Frame("a" + kFs + "b" + kFs + kFs));
  EXPECT_EQ(Frames(Drain(framer)), std::vector<std::string>{"a" + kFs + "b" + kFs + kFs});
  EXPECT_EQ(framer.fs_in_payload(), 3u);
}

TEST(MllpFramer, StartAfterCrMeansThatTheEndWasLost) {
  const auto events = Events(kVt + kA + Frame(kB));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, Kind::kLostEnd);
  EXPECT_EQ(events[0].bytes, kA);
  EXPECT_EQ(events[1].kind, Kind::kFrame);
  EXPECT_EQ(events[1].bytes, kB);
}

TEST(MllpFramer, StartBeforeMshMeansThatTheEndWasLostWhereverTheCutIs) {
  const std::string stream = kVt + "MSH|^~\\&|A|half a fie" + Frame(kB);
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    MllpFramer framer;
    framer.Feed(stream.substr(0, cut));
    framer.Feed(stream.substr(cut));
    const auto events = Drain(framer);
    ASSERT_EQ(events.size(), 2u) << cut;
    EXPECT_EQ(events[0].kind, Kind::kLostEnd);
    EXPECT_EQ(events[0].bytes, "MSH|^~\\&|A|half a fie");
    EXPECT_EQ(events[1].kind, Kind::kFrame);
    EXPECT_EQ(events[1].bytes, kB);
  }
}

TEST(MllpFramer, AnyOtherStartByteInsideIsContent) {
  for (const std::string& message :
       {"a" + kVt + "b", "a" + kVt + "MSx", "a" + kVt + "M", "a" + kVt + kVt + "MS" + kVt + "z"}) {
    EXPECT_EQ(Frames(Events(Frame(message))), std::vector<std::string>{message});
  }
}

TEST(MllpFramer, DoubledStartByteIsSkipped) {
  EXPECT_EQ(Frames(Events(kVt + Frame(kA))), std::vector<std::string>{kA});
}

TEST(MllpFramer, EmptyFramesAreReportedAndNeverPassedOn) {
  for (const char* empty : {"", "\r", "\r\n ", " "}) {
    const auto events = Events(Frame(empty));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, Kind::kEmptyFrame);
  }
}

TEST(MllpFramer, WhiteSpaceBetweenFramesIsSilent) {
  MllpFramer framer;
  framer.Feed(std::string("\0\r\n ", 4) + Frame(kA) + "\r\n" + Frame(kB) + "\n");
  EXPECT_EQ(Frames(Drain(framer)), (std::vector<std::string>{kA, kB}));
  EXPECT_EQ(framer.silent_bytes(), 7u);
  EXPECT_EQ(framer.skipped_bytes(), 0u);
}

TEST(MllpFramer, JunkIsCountedAndToldOnceForAConnection) {
  MllpFramer framer;
  framer.Feed("junk" + Frame(kA) + "more" + Frame(kB));
  const auto events = Drain(framer);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].kind, Kind::kJunk);
  EXPECT_EQ(events[0].bytes, "junk");
  EXPECT_EQ(events[1].bytes, kA);
  EXPECT_EQ(events[2].bytes, kB);
  EXPECT_EQ(framer.skipped_bytes(), 8u);
}

TEST(MllpFramer, EndlessJunkIsToldAfterSixtyFourBytesAndNotKept) {
  MllpFramer framer;
  for (int i = 0; i < 1000; ++i) framer.Feed(std::string(100, 'j'));
  const auto events = Drain(framer);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].bytes, std::string(64, 'j'));
  EXPECT_EQ(framer.skipped_bytes(), 100'000u);
}

TEST(MllpFramer, AMessageWithoutAnyFrameIsToldWhenThePeerStops) {
  MllpFramer framer;
  framer.Feed("MSA|AA|1");
  EXPECT_FALSE(framer.Next().has_value());
  framer.FinishWaiting();
  const auto events = Drain(framer);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, Kind::kJunk);
  EXPECT_NE(events[0].detail.find("0x0B"), std::string::npos);
}

TEST(MllpFramer, OtherProtocolsAreNamedAndNothingMoreIsRead) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"GET / HTTP/1.1\r\n\r\n", "HTTP"},
      {"POST /x HTTP/1.1\r\n", "HTTP"},
      {"HTTP/1.1 400 Bad Request\r\n", "HTTP answer"},
      {std::string("\x16\x03\x01\x02\x00", 5), "TLS"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "SSH"}};
  for (const auto& one : cases) {
    for (size_t cut = 0; cut <= one.first.size(); ++cut) {
      MllpFramer framer;
      framer.Feed(one.first.substr(0, cut));
      framer.Feed(one.first.substr(cut));
      framer.Feed(Frame(kA));
      const auto events = Drain(framer);
      ASSERT_EQ(events.size(), 1u) << one.first;
      EXPECT_EQ(events[0].kind, Kind::kWrongProtocol);
      EXPECT_NE(events[0].detail.find(one.second), std::string::npos) << events[0].detail;
      EXPECT_FALSE(framer.HasPartial());
    }
  }
}

TEST(MllpFramer, AfterAFrameTheSameWordsAreOnlyJunk) {
  const auto events = Events(Frame(kA) + "GET / " + Frame(kB));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].kind, Kind::kJunk);
  EXPECT_EQ(events[2].kind, Kind::kFrame);
}

// The rule behind all of the above: where the reads fall never changes what comes out.
RC_GTEST_PROP(MllpFramerProperty, ChunkingNeverChangesTheEvents, ()) {
  const auto alphabet = *rc::gen::container<std::string>(
      rc::gen::element('\x0b', '\x1c', '\r', '\n', 'M', 'S', 'H', '|', 'x', ' '));
  FramerOptions options;
  options.max_frame_bytes = *rc::gen::inRange<size_t>(1, 12);
  options.strict_end = *rc::gen::arbitrary<bool>();
  MllpFramer whole(options);
  whole.Feed(alphabet);
  whole.FinishWaiting();
  MllpFramer pieces(options);
  for (size_t at = 0; at < alphabet.size();) {
    const auto size = *rc::gen::inRange<size_t>(1, 5);
    pieces.Feed(std::string_view(alphabet).substr(at, size));
    at += size;
  }
  pieces.FinishWaiting();
  RC_ASSERT(Drain(whole) == Drain(pieces));
  RC_ASSERT(whole.HasPartial() == pieces.HasPartial());
}

}  // namespace
}  // namespace sam::hl7
