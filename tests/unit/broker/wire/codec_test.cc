// Reading and writing messages: alignment, text rules, canonical bytes, unknown fields.
#include "broker/wire/codec.h"

#include <capnp/dynamic.h>
#include <gtest/gtest.h>
#include <kj/exception.h>

#include "schemas/control.capnp.h"
#include "schemas/event.capnp.h"
#include "schemas/storage.capnp.h"

namespace sam::wire {
namespace {

std::string MakeEvent(const std::string& message_id = "M1", const std::string& event_id =
                                                                "0123456789abcdef") {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  auto header = event.initHeader();
  header.setEventId(AsData(event_id));
  header.setType("bvc.visit.missed");
  header.setOccurredAt(1'700'000'000'000);
  header.initSource().setSystemId("bvc-1");
  header.initController().setOrgNr("232100-0214");
  header.setSourceMessageId(message_id);
  auto ids = header.initSubject().initIds(1);
  ids[0].setSystem("1.2.752.129.2.1.3.3");
  ids[0].setValue("20210325K069");
  header.initNulls(1).set(0, "uteblivet besök");
  event.initBody().initBvcVisitMissed().setAppointmentId("A1");
  return Flatten(message);
}

std::string MakeEventWithTypeBytes(std::string_view bytes) {
  capnp::MallocMessageBuilder message;
  auto text = message.initRoot<schema::Event>().initHeader().initType(
      static_cast<unsigned>(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), text.begin());
  return Flatten(message);
}

TEST(Codec, ReadsAtEveryAlignment) {
  const std::string bytes = MakeEvent();
  for (size_t shift = 0; shift < 8; ++shift) {
    std::string buffer(shift, '\x55');
    buffer += bytes;
    const auto message = Parse<schema::Event>(std::string_view(buffer).substr(shift));
    ASSERT_TRUE(message.ok()) << shift << " " << message.error().message;
    EXPECT_EQ(View(message->get().getHeader().getSourceMessageId()), "M1");
  }
}

TEST(Codec, TruncationAtEveryByteIsRefusedAndNeverThrows) {
  const std::string bytes = MakeEvent();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto message = Parse<schema::Event>(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(message.ok()) << size;
    EXPECT_EQ(message.error().code, Code::kInvalid);
    const Status own = ReadOwn<schema::Event>(
        std::string_view(bytes).substr(0, size), [](schema::Event::Reader event) -> Status {
          (void)event.getHeader().getSubject().getIds().size();
          (void)event.getHeader().getNulls()[0];
          return Ok();
        });
    EXPECT_FALSE(own.ok()) << size;
  }
}

TEST(Codec, MessageOutlivesTheBytesAndMayBeReadAnyNumberOfTimes) {
  std::string bytes = MakeEvent();
  auto message = Parse<schema::Event>(bytes);
  ASSERT_TRUE(message.ok());
  bytes.assign(bytes.size(), '\xff');
  const Message<schema::Event> moved = std::move(*message);
  for (int i = 0; i < 100'000; ++i)
    ASSERT_EQ(View(moved.get().getHeader().getNulls()[0]), "uteblivet besök");
}

TEST(Codec, TextRulesNameTheFieldAndNotTheContent) {
  const std::string nul(1, '\0');
  for (const std::string& bad : {std::string("a\xff") + "b", "a" + nul + "b",
                                 std::string("a\x1b[0m"), std::string("\xc0\xaf"), std::string("\x7f")}) {
    const auto message = Parse<schema::Event>(MakeEventWithTypeBytes(bad));
    ASSERT_FALSE(message.ok());
    EXPECT_EQ(message.error().message.rfind("header.type ", 0), 0u) << message.error().message;
    EXPECT_EQ(message.error().message.find(bad), std::string::npos);
  }
  EXPECT_TRUE(Parse<schema::Event>(MakeEventWithTypeBytes("två\nrader\t\r")).ok());
  ReadRules rules;
  rules.max_text_bytes = 4;
  EXPECT_TRUE(Parse<schema::Event>(MakeEventWithTypeBytes("1234"), rules).ok());
  EXPECT_FALSE(Parse<schema::Event>(MakeEventWithTypeBytes("12345"), rules).ok());
}

TEST(Codec, BytesOverTheLimitAreRefusedBeforeTheyAreCopied) {
  ReadRules rules;
  const std::string bytes = MakeEvent();
  rules.max_bytes = bytes.size();
  EXPECT_TRUE(Parse<schema::Event>(bytes, rules).ok());
  rules.max_bytes = bytes.size() - 1;
  EXPECT_FALSE(Parse<schema::Event>(bytes, rules).ok());
}

TEST(Codec, ReadHandsOnTheCallersOwnError) {
  const auto result = Read<schema::Event>(MakeEvent(), [](schema::Event::Reader) -> Result<int> {
    return Denied("no");
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kDenied);
  const auto value = Read<schema::Event>(
      MakeEvent(), [](schema::Event::Reader) -> Result<int> { return 7; });
  EXPECT_EQ(*value, 7);
}

TEST(Codec, FlattenOfManySegmentsIsReadBack) {
  capnp::MallocMessageBuilder message(1, capnp::AllocationStrategy::FIXED_SIZE);
  auto header = message.initRoot<schema::Event>().initHeader();
  for (int i = 0; i < 3; ++i) header.setType("bvc.visit.missed");
  header.initNulls(20).set(19, "slut");
  ASSERT_GT(message.getSegmentsForOutput().size(), 3u);
  const auto read = Parse<schema::Event>(Flatten(message));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(View(read->get().getHeader().getNulls()[19]), "slut");
}

TEST(Codec, PackedIsTheSameMessageAndSmaller) {
  capnp::MallocMessageBuilder message;
  auto header = message.initRoot<schema::Event>().initHeader();
  header.setType("bvc.visit.missed");
  header.initNulls(20).set(19, "slut");
  const std::string packed = Pack(message);
  EXPECT_LT(packed.size(), Flatten(message).size());
  EXPECT_EQ(*Unpack(packed), Flatten(message));
}

TEST(Codec, WhatIsNotPackedOrUnpacksToTooMuchIsRefused) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::Event>().initHeader().setType("bvc.visit.missed");
  const std::string packed = Pack(message);
  for (size_t size = 0; size < packed.size(); ++size) {
    const auto cut = Unpack(std::string_view(packed).substr(0, size));
    EXPECT_FALSE(cut.ok() && Parse<schema::Event>(*cut).ok()) << size;
  }
  const std::string zeros("\0\xff", 2);  // 256 words of nothing in two bytes
  EXPECT_EQ(Unpack(zeros, 2048)->size(), 2048u);
  EXPECT_EQ(Unpack(zeros, 2047).error().code, Code::kInvalid);
}

// Text rules hold in lists, lists of structs, groups and members of a union, each by its path.
TEST(Codec, ARefusalNamesItsPathWhereverTheTextStands) {
  const auto path_of = [](auto&& fill) {
    capnp::MallocMessageBuilder message;
    fill(message.initRoot<schema::Event>());
    std::string path;
    ReadRules rules;
    rules.bad_field = &path;
    EXPECT_FALSE(Parse<schema::Event>(Flatten(message), rules).ok());
    return path;
  };
  EXPECT_EQ(path_of([](auto event) { event.initHeader().initNulls(2).set(1, "\x01"); }), "header.nulls");
  EXPECT_EQ(path_of([](auto event) { event.initHeader().initSubject().initIds(2)[1].setValue("\x01"); }),
            "header.subject.ids.value");
  EXPECT_EQ(path_of([](auto event) { event.initBody().initBvcVisitMissed().setAppointmentId("\x01"); }),
            "body.bvcVisitMissed.appointmentId");
}

// What a typed read would throw at is refused by the walk, so that no read of a checked message throws.
TEST(Codec, APointerOfAnotherTypeIsRefusedWhateverItPointsTo) {
  const capnp::StructSchema header = capnp::Schema::from<schema::Header>();
  unsigned pointers = 0;
  for (const auto field : header.getFields()) {
    const capnp::Type type = field.getType();
    if (field.getProto().isGroup() || !(type.isText() || type.isData() || type.isStruct() || type.isList()))
      continue;
    ++pointers;
    const unsigned at = field.getProto().getSlot().getOffset();
    for (const int wrong : {0, 1, 2}) {
      capnp::MallocMessageBuilder message;
      auto root = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(0, 1);
      auto slot = root.getPointerSection()[0].initAsAnyStruct(8, 32).getPointerSection()[at];
      if (wrong == 0) slot.initAsAnyStruct(1, 1);
      if (wrong == 1) slot.initAsAnyList(capnp::ElementSize::BIT, 3);
      if (wrong == 2) slot.initAsAnyList(capnp::ElementSize::EIGHT_BYTES, 3);
      const std::string bytes = Flatten(message);
      const auto walked = Parse<schema::Event>(bytes);
      // The typed read of the same field is the judge.
      bool throws = false;
      try {
        kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / 8);
        capnp::FlatArrayMessageReader reader(words);
        capnp::DynamicStruct::Reader dynamic = reader.getRoot<schema::Event>().getHeader();
        (void)dynamic.get(field);
      } catch (const kj::Exception&) {
        throws = true;
      }
      EXPECT_FALSE(throws && walked.ok()) << field.getProto().getName().cStr() << " " << wrong;
    }
  }
  EXPECT_GT(pointers, 8u);
}

TEST(CanonicalEvent, LeavesOutWhatDiffersWhenTheSameMessageIsMappedAgain) {
  const auto base = CanonicalEvent(MakeEvent("M1", "0123456789abcdef"));
  ASSERT_TRUE(base.ok());
  EXPECT_EQ(*base, *CanonicalEvent(MakeEvent("M1", "fedcba9876543210")));
  EXPECT_NE(*base, *CanonicalEvent(MakeEvent("M2", "0123456789abcdef")));

  const std::string original = MakeEvent();
  const auto message = Parse<schema::Event>(original);
  capnp::MallocMessageBuilder copy;
  copy.setRoot(message->get());
  auto header = copy.getRoot<schema::Event>().getHeader();
  header.setRecordedAt(99);
  header.initProvenance().setMapping("x");
  header.setTraceparent("00-1-2-03");
  EXPECT_EQ(*base, *CanonicalEvent(Flatten(copy)));
  header.setOccurredAt(1);
  EXPECT_NE(*base, *CanonicalEvent(Flatten(copy)));
}

TEST(CanonicalEvent, LayoutOfTheMessageDoesNotMatter) {
  const auto message = Parse<schema::Event>(MakeEvent());
  capnp::MallocMessageBuilder pieces(1, capnp::AllocationStrategy::FIXED_SIZE);
  pieces.setRoot(message->get());
  const std::string other = Flatten(pieces);
  ASSERT_NE(other, MakeEvent());
  EXPECT_EQ(*CanonicalEvent(other), *CanonicalEvent(MakeEvent()));
}

// A newer source's field: the data section of the header is longer than we know. It must count in
// the digest and pass the checks.
TEST(CanonicalEvent, FieldsOfANewerSchemaCount) {
  const auto make = [](uint64_t extra) {
    capnp::MallocMessageBuilder message;
    auto any = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(8, 24);
    auto data = any.getDataSection();
    std::copy_n(reinterpret_cast<const capnp::byte*>(&extra), 8, data.begin() + 56);
    return Flatten(message);
  };
  ASSERT_TRUE(Parse<schema::Event>(make(1)).ok());
  EXPECT_NE(*CanonicalEvent(make(1)), *CanonicalEvent(make(2)));
  EXPECT_EQ(*CanonicalEvent(make(1)), *CanonicalEvent(make(1)));
}

TEST(ValidateTexts, JudgesABuiltMessageToo) {
  capnp::MallocMessageBuilder message;
  auto header = message.initRoot<schema::Event>().initHeader();
  header.setType("ok");
  EXPECT_TRUE(ValidateTexts(message, capnp::Schema::from<schema::Event>()).ok());
  header.setType("b\x01");
  EXPECT_FALSE(ValidateTexts(message, capnp::Schema::from<schema::Event>()).ok());
}

}  // namespace
}  // namespace sam::wire
