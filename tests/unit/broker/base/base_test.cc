#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/base/durable_file.h"
#include "broker/base/log.h"
#include "broker/base/metrics.h"
#include "broker/base/person_id.h"
#include "broker/base/result.h"
#include "broker/base/text.h"
#include "broker/base/uuid7.h"
#include "broker/base/whole_file.h"

#include <spdlog/fmt/fmt.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace sam {
namespace {

TEST(PersonId, HasNoFormatterSoThatLoggingOneDoesNotCompile) {
  static_assert(!fmt::is_formattable<PersonId>::value);
  static_assert(!std::is_constructible_v<log::Field, std::string_view, PersonId>);
  static_assert(!std::is_convertible_v<PersonId, std::string>);
}

TEST(Numbers, OffsetAndSequenceDoNotMix) {
  static_assert(!std::is_convertible_v<Offset, Sequence>);
  static_assert(!std::is_constructible_v<Sequence, Offset>);
}

Result<int> Half(int n) {
  if (n % 2 != 0) return Invalid("odd");
  return n / 2;
}
Result<int> Quarter(int n) {
  SAM_ASSIGN(const int half, Half(n));
  return Half(half);
}

TEST(Result, ErrorTravelsUpAndKeepsItsCode) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().code, Code::kInvalid);
  EXPECT_EQ(Wrap("file.toml", Quarter(6).error()).message, "file.toml: odd");
}

TEST(Log, ALineBreakInAValueCannotForgeALine) {
  const std::string line =
      log::FormatLine(log::Level::kWarn, "s", "e", {{"v", "a\nlevel=error \"x\""}, {"n", 3}});
  EXPECT_EQ(line, "level=warn stage=s event=e v=\"a\\x0alevel=error \\\"x\\\"\" n=3");
}

TEST(Uuid7, RisesStrictlyWhileTheClockJumpsBack) {
  ManualClock clock(Millis(1'700'000'000'000));
  Uuid7 ids(clock, Random(1));
  EventId last;
  for (int i = 0; i < 100'000; ++i) {
    if (i % 7 == 0) clock.JumpWall(i % 2 == 0 ? -5000 : 3000);
    const EventId id = ids.Next();
    ASSERT_LT(last, id);
    ASSERT_EQ(id.bytes[6] >> 4, 7);
    last = id;
  }
}

TEST(Text, IsoTimesRoundTripAndBadDatesAreRefused) {
  EXPECT_EQ(ToIso(*FromIso("2026-03-02T09:15:00.123Z")), "2026-03-02T09:15:00.123Z");
  EXPECT_EQ(FromIso("2026-03-02T10:15:00+01:00")->value, FromIso("2026-03-02T09:15:00Z")->value);
  EXPECT_EQ(FromIso("2024-02-29")->value, FromIso("2024-02-29T00:00:00Z")->value);
  for (const char* bad : {"", "2023-02-29", "2026-13-01", "2026-03-02T24:00:00Z", "2026-03-02T09:15",
                          "2026-03-02T09:15:00", "20260302", "2026-03-02T09:15:61Z"})
    EXPECT_FALSE(FromIso(bad)) << bad;
}

TEST(Text, HexBase64UuidAndBigEndianRoundTrip) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(FromHex(ToHex(bytes)), bytes);
    EXPECT_EQ(FromBase64(ToBase64(bytes)), bytes);
  }
  EXPECT_EQ(FromUuid(ToUuid(bytes.substr(0, 16))), bytes.substr(0, 16));
  EXPECT_EQ(ReadBigEndian64(BigEndian64(0x0102030405060708)), 0x0102030405060708U);
  EXPECT_LT(BigEndian64(255), BigEndian64(256));
  EXPECT_FALSE(FromBase64("ab=c"));
  EXPECT_FALSE(FromHex("0g"));
}

TEST(Text, InvalidUtf8IsSeenWhereverItStandsInALongText) {
  for (size_t at = 0; at < 24; ++at) {
    std::string text(24, 'a');
    EXPECT_TRUE(IsValidUtf8(text));
    text[at] = '\xe5';
    EXPECT_FALSE(IsValidUtf8(text)) << at;
    text.replace(at, 1, "å");
    EXPECT_TRUE(IsValidUtf8(text)) << at;
  }
}

TEST(Text, InvalidUtf8IsSeen) {
  EXPECT_TRUE(IsValidUtf8("åäö €"));
  for (const std::string bad : {"\xE5", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\xC3"})
    EXPECT_FALSE(IsValidUtf8(bad));
}

TEST(Text, NearestNameHintsAtATypo) {
  EXPECT_EQ(NearestName("visitCod", {"visitCode", "start", "mode"}), "visitCode");
  EXPECT_EQ(NearestName("zzzzzz", {"visitCode", "start"}), "");
}

class InAFolder : public testing::Test {
 protected:
  InAFolder() {
    std::string name = testing::TempDir() + "samsignal-base-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~InAFolder() override { std::filesystem::remove_all(folder_); }
  struct stat Of(const std::string& path) const {
    struct stat info {};
    EXPECT_EQ(stat((folder_ + path).c_str(), &info), 0) << path;
    return info;
  }
  std::string folder_;
};

TEST_F(InAFolder, AFolderIsMadeClosedAndOneThatIsThereIsLeftAsItIs) {
  ASSERT_TRUE(MakeClosedFolder(folder_ + "/a/b/").ok());
  EXPECT_EQ(Of("/a").st_mode & 0777, 0700u);
  EXPECT_EQ(Of("/a/b").st_mode & 0777, 0700u);
  ASSERT_EQ(chmod((folder_ + "/a").c_str(), 0750), 0);
  ASSERT_TRUE(MakeClosedFolder(folder_ + "/a").ok());
  EXPECT_EQ(Of("/a").st_mode & 0777, 0750u);
  std::ofstream(folder_ + "/file") << "x";
  EXPECT_EQ(MakeClosedFolder(folder_ + "/file").error().code, Code::kInvalid);
}

// A peers.toml that root had changed was root's, and the hub could read it no more.
TEST_F(InAFolder, WhatRootReplacesOrMakesStaysWithWhomItBelongsTo) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const std::string path = folder_ + "/peers.toml";
  ASSERT_TRUE(ReplaceSynced(path, "old", 0640).ok());
  ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
  ASSERT_TRUE(ReplaceSynced(path, "new", 0600).ok());
  EXPECT_EQ(Of("/peers.toml").st_uid, 65534u);
  EXPECT_EQ(Of("/peers.toml").st_mode & 0777, 0640u);
  ASSERT_EQ(chown(folder_.c_str(), 65534, 65534), 0);
  ASSERT_TRUE(MakeClosedFolder(folder_ + "/secrets").ok());
  EXPECT_EQ(Of("/secrets").st_uid, 65534u);
}

TEST_F(InAFolder, AWholeFileIsReadAndAFolderOrNothingIsToldAsSuch) {
  const std::string big(200'000, 'x');
  std::ofstream(folder_ + "/big", std::ios::binary) << big;
  std::ofstream(folder_ + "/empty", std::ios::binary).flush();
  EXPECT_EQ(*ReadWholeFile(folder_ + "/big"), big);
  EXPECT_EQ(*ReadWholeFile(folder_ + "/empty"), "");
  const auto of_folder = ReadWholeFile(folder_);
  ASSERT_FALSE(of_folder.ok());
  EXPECT_EQ(of_folder.error().message, folder_ + " is a folder; name a file in it");
  const auto nothing = ReadWholeFile(folder_ + "/none");
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().code, Code::kNotFound);
  EXPECT_NE(nothing.error().message.find("No such file"), std::string::npos);
}

TEST(Metrics, AreExposedInPrometheusText) {
  metrics::Counter counter("samsignal_test_total", "A test.", {{"reason", "x"}});
  counter.Add(2);
  EXPECT_NE(metrics::Expose().find("samsignal_test_total{reason=\"x\"} 2"), std::string::npos);
}

}  // namespace
}  // namespace sam
