// Bytes made to hurt: each must become an error, quickly and in bounded memory.
#include <gtest/gtest.h>

#include <cstring>

#include "broker/base/random.h"
#include "broker/wire/codec.h"
#include "broker/wire/frame.h"
#include "schemas/control.capnp.h"
#include "schemas/event.capnp.h"

namespace sam::wire {
namespace {

std::string Words(std::initializer_list<uint64_t> words) {
  std::string out;
  for (const uint64_t word : words) out.append(reinterpret_cast<const char*>(&word), 8);
  return out;
}

uint64_t Table(uint32_t words) { return static_cast<uint64_t>(words) << 32; }
uint64_t StructPointer(int32_t offset, uint16_t data, uint16_t pointers) {
  return (static_cast<uint64_t>(static_cast<uint32_t>(offset) << 2)) |
         (static_cast<uint64_t>(data) << 32) | (static_cast<uint64_t>(pointers) << 48);
}
uint64_t ListPointer(int32_t offset, uint32_t kind, uint32_t count) {
  return (static_cast<uint64_t>((static_cast<uint32_t>(offset) << 2) | 1)) |
         (static_cast<uint64_t>(kind) << 32) | (static_cast<uint64_t>(count) << 35);
}

TEST(Hostile, SegmentTableOfFourBillionSegments) {
  EXPECT_FALSE(ParseFrame(std::string(64, '\xff')).ok());
  EXPECT_FALSE(ParseFrame(Words({0xffffffffffffffff})).ok());
  EXPECT_FALSE(ParseFrame(Words({0x00000000ffffffff, 0})).ok());
}

TEST(Hostile, SegmentLongerThanTheMessage) {
  EXPECT_FALSE(ParseFrame(Words({Table(0x7fffffff), 0})).ok());
}

TEST(Hostile, EmptyOddAndAllZeroBytes) {
  EXPECT_FALSE(ParseFrame("").ok());
  EXPECT_FALSE(ParseFrame("abc").ok());
  EXPECT_FALSE(ParseFrame(Words({0})).ok());
  EXPECT_FALSE(ParseFrame(Words({Table(1), 0})).ok());  // a null root: an unset frame
}

// Header in pointer 0 of the event; nulls is a list of texts at pointer 11 or so: any list does.
TEST(Hostile, ListOfHalfABillionEmptyStructs) {
  // Publish.records as a list of zero-sized structs.
  const std::string bytes = Words({Table(5), StructPointer(0, 1, 1), 3 /* which = publish */,
                                   StructPointer(0, 0, 1), ListPointer(0, 7, 0),
                                   StructPointer(0x1fffffff, 0, 0)});
  EXPECT_FALSE(ParseFrame(bytes).ok());
  // The same as a list of Void elements.
  const std::string empty = Words({Table(4), StructPointer(0, 1, 1), 3, StructPointer(0, 0, 1),
                                   ListPointer(0, 0, 0x1fffffff)});
  EXPECT_FALSE(ParseFrame(empty).ok());
}

TEST(Hostile, PointerToItself) {
  const std::string bytes =
      Words({Table(4), StructPointer(0, 1, 1), 3, StructPointer(-1, 0, 1),
             StructPointer(-1, 0, 1)});
  EXPECT_FALSE(ParseFrame(bytes).ok());
}

// Nested lists far below the fields that we know: unknown pointers are walked too.
TEST(Hostile, NestingDeeperThanTheLimitInAnUnknownField) {
  for (const int depth : {4, 40}) {
    std::string bytes =
        Words({Table(static_cast<uint32_t>(3 + depth)), StructPointer(0, 1, 2), 9, 0});
    for (int i = 0; i < depth; ++i)
      bytes += Words({i + 1 < depth ? StructPointer(0, 0, 1) : uint64_t{0}});
    EXPECT_EQ(ParseFrame(bytes).ok(), depth == 4) << depth;
  }
}

TEST(Hostile, StructWhereAListShouldBe) {
  const std::string bytes = Words({Table(4), StructPointer(0, 1, 1), 3, StructPointer(0, 0, 1),
                                   StructPointer(-1, 0, 0)});
  EXPECT_FALSE(ParseFrame(bytes).ok());
}

TEST(Hostile, TextWithoutItsTerminator) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::Event>().initHeader().setType("12345678");
  std::string bytes = Flatten(message);
  const size_t at = bytes.find("12345678");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 8] = 'x';
  EXPECT_FALSE(Parse<schema::Event>(bytes).ok());
}

// One text, pointed at from many places: 100 KB that read as many megabytes.
TEST(Hostile, SharedPointersCannotMultiplyTheMessage) {
  constexpr uint32_t kPointers = 4000;
  constexpr uint32_t kTextWords = 4000;
  std::string bytes = Words({Table(3 + 1 + kPointers + kTextWords), StructPointer(0, 1, 2), 9, 0,
                 ListPointer(0, 6, kPointers)});
  for (uint32_t i = 0; i < kPointers; ++i)
    bytes += Words({ListPointer(static_cast<int32_t>(kPointers - i - 1), 5, kTextWords)});
  bytes.append(size_t{kTextWords} * 8, '\0');
  EXPECT_FALSE(ParseFrame(bytes).ok());
}

TEST(Hostile, EveryFlippedByteOfAFrameIsReadOrRefused) {
  Publish publish;
  publish.records.push_back({1, std::string(64, 'e'), 0});
  publish.records.push_back({5, "", 2});
  const std::string good = Encode(publish);
  for (size_t i = 0; i < good.size(); ++i) {
    for (const int mask : {1, 0x10, 0x80, 0xff}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ mask);
      (void)ParseFrame(bad).ok();  // must come back, whatever it says
    }
  }
}

TEST(Hostile, NoiseNeverReadsAsMuchMoreThanNoise) {
  Random random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string noise(8 * (1 + random.Below(24)), '\0');
    for (char& c : noise) c = static_cast<char>(random.Below(random.Chance(0.5) ? 4 : 256));
    if (random.Chance(0.7)) {
      const uint64_t table = Table(static_cast<uint32_t>(noise.size() / 8 - 1));
      std::memcpy(noise.data(), &table, 8);
    }
    (void)ParseFrame(noise).ok();
    (void)Parse<schema::Event>(noise).ok();
  }
}

TEST(Hostile, ParsedMessageIsSafeWithoutAnyGuard) {
  // What Parse lets through may be read field by field, again and again, without exceptions.
  capnp::MallocMessageBuilder message;
  auto ids = message.initRoot<schema::Event>().initHeader().initSubject().initIds(3);
  ids[0].setValue("20210325K069");
  const std::string good = Flatten(message);
  Random random(11);
  int sound = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i)
      bytes[8 + random.Below(bytes.size() - 8)] = static_cast<char>(random.Below(256));
    const auto parsed = Parse<schema::Event>(bytes);
    if (!parsed.ok()) continue;
    ++sound;
    const auto header = parsed->get().getHeader();
    (void)header.getType().size();
    (void)header.getEventId().size();
    for (const auto id : header.getSubject().getIds()) (void)id.getValue().size();
    (void)header.getNulls().size();
    (void)parsed->get().getBody().which();
  }
  EXPECT_GT(sound, 0);
}

}  // namespace
}  // namespace sam::wire
