// What tells where somebody stays is sealed apart in an adapter's store, and whoever has the one key
// of the rest does not see it.
#include "adapters/kit/place_door.h"

#include <capnp/dynamic.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kit/shipper.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/place.h"
#include "broker/wire/memory_link.h"
#include "tests/unit/adapters/kit/older_rows.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kMark = "Provgatan";

// Every text that is a place of its own gets the mark, every other one another word.
size_t Fill(capnp::DynamicStruct::Builder into) {
  size_t marks = 0;
  for (const auto field : into.getSchema().getNonUnionFields()) {
    const capnp::Type type = field.getType();
    if (field.getProto().isGroup()) continue;
    if (type.isText()) {
      const bool apart = contract::InfoOf(field).apart();
      marks += apart ? 1 : 0;
      into.set(field, capnp::Text::Reader(apart ? kMark : "annat"));
    } else if (type.isStruct()) {
      marks += Fill(into.init(field).as<capnp::DynamicStruct>());
    } else if (type.isList() && type.asList().getElementType().isStruct()) {
      auto list = into.init(field, 2).as<capnp::DynamicList>();
      for (capnp::uint i = 0; i < 2; ++i) marks += Fill(list[i].as<capnp::DynamicStruct>());
    }
  }
  return marks;
}

struct FullEvent {
  std::string bytes;
  size_t marks = 0;
};

// One event of each type, with all that it can say.
std::vector<FullEvent> AllEvents() {
  std::vector<FullEvent> out;
  const auto body = capnp::Schema::from<schema::Event>().getFieldByName("body").getType().asStruct();
  for (const auto member : body.getUnionFields()) {
    if (!member.getType().isStruct()) continue;
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    FullEvent told;
    told.marks = Fill(capnp::toDynamic(event.initHeader()));
    told.marks += Fill(capnp::DynamicStruct::Builder(event.getBody())
                           .init(member)
                           .as<capnp::DynamicStruct>());
    told.bytes = wire::Flatten(message);
    out.push_back(std::move(told));
  }
  return out;
}

std::string Canonical(const std::string& bytes) {
  const auto text = wire::Read<schema::Event>(
      bytes, [](schema::Event::Reader event) -> Result<std::string> {
        return contract::CanonicalBytes(event);
      });
  EXPECT_TRUE(text.ok());
  return text.ok() ? *text : "";
}

struct DoorRig : Rig {
  Random random{3};
  wire::MemoryNet net{random, clock};
  std::unique_ptr<wire::ClientLink> link = net.Connect("hub", "bvc");
  OlderRows one_key{key};

  void Append(const std::string& event) {
    ASSERT_TRUE(store->Begin().ok());
    store->AppendEvent(event);
    ASSERT_TRUE(store->Commit().ok());
  }
  std::string Row(Space space, const std::string& name, uint64_t number) {
    const auto row = faults.Get(space, OlderRows::KeyOf(name, number));
    EXPECT_TRUE(row.ok() && *row);
    return row.ok() && *row ? **row : "";
  }
  void PutRow(Space space, const std::string& name, uint64_t number, std::string bytes) {
    Batch batch;
    batch.Put(space, OlderRows::KeyOf(name, number), std::move(bytes));
    ASSERT_TRUE(faults.Apply(batch, Durability::kNow).ok());
  }
  // The two parts of a row, as they lie there.
  static std::pair<std::string, std::string> Parts(const std::string& row) {
    const uint64_t length = ReadBigEndian64(std::string(4, '\0') + row.substr(0, 4));
    EXPECT_LE(length + 4, row.size());
    return {row.substr(4, length), row.substr(4 + length)};
  }
  std::string Sent(uint64_t number) {
    Shipper shipper(*store, *link, {});
    std::string out;
    EXPECT_TRUE(shipper.Read(OutboxSeq(number), 1, [&](OutboxSeq, std::string_view event) {
                         out = event;
                         return false;
                       }).ok());
    return out;
  }
};

TEST(PlaceDoor, TheShipperSendsThePlacesAndNobodyElseReadsThemOutOfTheOutbox) {
  DoorRig rig;
  size_t marked = 0, number = 0;
  for (const FullEvent& told : AllEvents()) {
    rig.Append(told.bytes);
    ++number;
    const auto shown = rig.store->OutboxEvent(number);
    ASSERT_TRUE(shown.ok() && *shown);
    EXPECT_THAT(**shown, Not(HasSubstr(kMark)));
    EXPECT_THAT(**shown, HasSubstr("annat")) << "the rest is there";
    ASSERT_TRUE(rig.store->ReadOutbox(number, 1, [](uint64_t, std::string_view event) {
      EXPECT_EQ(event.find(kMark), std::string_view::npos);
      return false;
    }).ok());
    const std::string sent = rig.Sent(number);
    if (told.marks == 0) {
      EXPECT_EQ(sent, told.bytes);
      continue;
    }
    ++marked;
    EXPECT_THAT(sent, HasSubstr(kMark));
    EXPECT_EQ(sent, Canonical(told.bytes));
    EXPECT_EQ(sent, rig.Sent(number));
    const auto before = wire::CanonicalEvent(told.bytes), after = wire::CanonicalEvent(sent);
    ASSERT_TRUE(before.ok() && after.ok());
    EXPECT_EQ(*before, *after) << "the hub compares this: it is the same event to it";
  }
  EXPECT_GE(marked, 3U) << "reports, consents and moves hold places";
}

TEST(PlaceDoor, ARowOpenedWithTheKeyOfTheRestHasNoPlaceInIt) {
  DoorRig rig;
  for (const FullEvent& told : AllEvents()) {
    rig.Append(told.bytes);
    const uint64_t number = rig.store->outbox_next() - 1;
    const std::string row = rig.Row(spaces::kOutbox, "outbox", number);
    const std::string whole = rig.one_key.Opened("outbox", number, row);
    if (told.marks == 0) {
      EXPECT_EQ(whole, told.bytes) << "an event without places lies as it always did";
      continue;
    }
    EXPECT_TRUE(whole.empty());
    const auto [rest, place] = DoorRig::Parts(row);
    const std::string opened = rig.one_key.Opened("outbox-rest", number, rest);
    EXPECT_THAT(opened, HasSubstr("annat"));
    EXPECT_THAT(opened, Not(HasSubstr(kMark)));
    EXPECT_TRUE(rig.one_key.Opened("outbox-place", number, place).empty());
  }
}

TEST(PlaceDoor, PlacesOfAnotherRowAreNotPutIntoAnEvent) {
  DoorRig rig;
  std::string report;
  for (const FullEvent& told : AllEvents())
    if (told.marks > 0) report = told.bytes;
  rig.Append(report);
  rig.Append(report);
  const auto first = DoorRig::Parts(rig.Row(spaces::kOutbox, "outbox", 1));
  const auto second = DoorRig::Parts(rig.Row(spaces::kOutbox, "outbox", 2));
  rig.PutRow(spaces::kOutbox, "outbox", 1,
             BigEndian64(first.first.size()).substr(4) + first.first + second.second);
  const auto whole = OutboxPlaceDoor(*rig.store).Event(1);
  ASSERT_FALSE(whole.ok());
  EXPECT_EQ(whole.error().code, Code::kCorrupt);
}

TEST(PlaceDoor, WhatIsNoEventIsShownToNobodyAndSentAsItIs) {
  DoorRig rig;
  const std::string odd = "Provgatan 1, as no event";
  rig.Append(odd);
  EXPECT_EQ(**rig.store->OutboxEvent(1), "");
  EXPECT_EQ(rig.Sent(1), odd);
}

TEST(PlaceDoor, WhatAnOlderBuildLeftIsSentAsItWroteItAndShownWithoutItsPlaces) {
  DoorRig rig;
  std::string report;
  for (const FullEvent& told : AllEvents())
    if (told.marks > 0) report = told.bytes;
  rig.PutRow(spaces::kOutbox, "outbox", 1, rig.one_key.Event(report, 1));
  rig.PutRow(spaces::kRaw, "raw", 1,
             rig.one_key.Raw({rig.clock.Now(), rig.clock.Now(), "p", "Provgatan 1", 0}, 1));
  Quarantined entry;
  entry.at = rig.clock.Now();
  entry.reason = "hub-refused";
  entry.raw = "Provgatan 2";
  entry.event = report;
  rig.PutRow(spaces::kQuarantine, "quarantine", 1, rig.one_key.Entry(entry, 1));
  RowCodec codec(rig.key.Clone());
  Batch batch;
  batch.Put(spaces::kQuarantine, std::string("\x04head") + BigEndian64(1),
            codec.EncodeHead(entry, 1));
  Cursor(rig.faults, spaces::kMeta, "format").Put(batch, 2);
  ASSERT_TRUE(rig.faults.Apply(batch, Durability::kNow).ok());
  rig.Open();
  EXPECT_EQ(*Cursor(rig.faults, spaces::kMeta, "format").Get(), AdapterStore::kFormat)
      << "no older program reads rows that it does not know";
  EXPECT_EQ(rig.Sent(1), report) << "it may be at the hub already: the same bytes";
  EXPECT_THAT(**rig.store->OutboxEvent(1), Not(HasSubstr(kMark)));
  EXPECT_EQ((*rig.store->Raw(1))->bytes, "Provgatan 1");
  EXPECT_EQ((*rig.store->Quarantine(1))->raw, "Provgatan 2");
  EXPECT_EQ((*rig.store->Quarantine(1))->event, report);
  const Result<Verdict> again = rig.pipeline->Resend(1, std::nullopt, "anna");
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(rig.Sent(2), Canonical(report));
  rig.clock.Advance(kDayMs);
  ASSERT_TRUE(rig.store->Begin().ok());
  ASSERT_TRUE(rig.store->Prune().ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_FALSE(rig.store->Raw(1)->has_value());
}

TEST(PlaceDoor, MessagesAsTheyCameOpenWithTheKeyOfPlacesAlone) {
  DoorRig rig;
  rig.Take(Fixture("mdm_t02_report"));
  rig.Take("garbage with Provgatan 1 in it");
  const auto [head, content] = DoorRig::Parts(rig.Row(spaces::kRaw, "raw", 1));
  EXPECT_THAT(rig.one_key.Opened("raw-head", 1, head), HasSubstr("10.0.0.1"));
  EXPECT_TRUE(rig.one_key.Opened("raw-content", 1, content).empty());
  EXPECT_EQ((*rig.store->Raw(1))->bytes, Fixture("mdm_t02_report"));
  const std::string entry = rig.Row(spaces::kQuarantine, "quarantine", 1);
  for (const char* context : {"quarantine", "quarantine-content"})
    EXPECT_TRUE(rig.one_key.Opened(context, 1, entry).empty());
  EXPECT_EQ((*rig.store->Quarantine(1))->raw, "garbage with Provgatan 1 in it");
}

TEST(PlaceDoor, PruningOpensNoMessage) {
  DoorRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  std::string row = rig.Row(spaces::kRaw, "raw", 1);
  row.back() = static_cast<char>(row.back() ^ 1);
  rig.PutRow(spaces::kRaw, "raw", 1, row);
  EXPECT_FALSE(rig.store->Raw(1).ok());
  rig.clock.Advance(60 * kDayMs);
  ASSERT_TRUE(rig.store->Begin().ok());
  ASSERT_TRUE(rig.store->Prune().ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_EQ(rig.store->raw_floor(), 1U);
}

}  // namespace
}  // namespace sam::kit::test
