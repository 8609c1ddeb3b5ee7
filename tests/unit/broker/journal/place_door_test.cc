// Places through the journal: the ordinary door never gives them, one erasure takes both parts, and
// the proofs cover both.
#include "broker/journal/place_door.h"

#include "broker/base/text.h"
#include "tests/unit/broker/journal/hub.h"

namespace sam::journal::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PlaceDoorTest : public HubTest {
 protected:
  Offset Tell(const std::string& name, const std::string& place = "canary street") {
    Draft draft = Event("e" + name, "m" + name, "c" + name);
    draft.place = place;
    return hub_.Input(std::move(draft)).offset;
  }
  std::string PlaceOf(Offset offset) {
    const PlaceDoor door(hub_.store_, *hub_.vault_, hub_.hub_key_, *hub_.mark_);
    const auto place = door.Open(offset);
    EXPECT_TRUE(place.ok()) << (place.ok() ? "" : place.error().message);
    return place.ok() ? *place : "";
  }
};

TEST_F(PlaceDoorTest, TheOrdinaryDoorGivesTheRestAndSaysThatThereIsMore) {
  const Offset with = Tell("1");
  const Offset without = Tell("2", "");
  const Record record = hub_.Read(with);
  EXPECT_EQ(*record.payload, "payload of c1");
  EXPECT_TRUE(record.apart);
  EXPECT_FALSE(hub_.Read(without).apart);
  EXPECT_EQ(PlaceOf(with), "canary street");
  EXPECT_EQ(PlaceOf(without), "");
  std::vector<bool> apart;
  ASSERT_TRUE(hub_.NewReader()
                  .Scan(Offset(0), Offset(2), 10,
                        [&](Record&& one) {
                          EXPECT_THAT(*one.payload, Not(HasSubstr("canary")));
                          apart.push_back(one.apart);
                          return true;
                        })
                  .ok());
  EXPECT_EQ(apart, std::vector<bool>({true, false}));
}

TEST_F(PlaceDoorTest, AConflictKeepsItsPlacesApartToo) {
  Tell("1");
  Draft moved = Event("e2", "m1", "moved");
  moved.place = "another canary street";
  const Outcome::Each each = hub_.Input(std::move(moved));
  EXPECT_EQ(each.taken, Taken::kConflict);
  EXPECT_EQ(PlaceOf(each.offset), "another canary street");
}

TEST_F(PlaceDoorTest, ErasingThePersonTakesBothParts) {
  const Offset offset = Tell("1");
  ASSERT_TRUE(hub_.vault_->Erase(hub_.Read(offset).header.subject).ok());
  ASSERT_TRUE(hub_.vault_->Commit().ok());
  EXPECT_FALSE(hub_.Read(offset).payload.has_value());
  EXPECT_EQ(PlaceOf(offset), "");
  EXPECT_TRUE(hub_.Verify().sound());
}

TEST_F(PlaceDoorTest, DisposingOfThePayloadTakesBothParts) {
  const Offset offset = Tell("1");
  hub_.Tamper(spaces::kPayload, BigEndian64(offset.value), std::nullopt);
  EXPECT_EQ(PlaceOf(offset), "");
  EXPECT_TRUE(hub_.Verify().sound());
}

TEST_F(PlaceDoorTest, BothPartsStandOnTheDiskSealedAndUnderOneProof) {
  const Offset offset = Tell("1");
  const std::string key = BigEndian64(offset.value);
  std::string row = hub_.Row(spaces::kPayload, key);
  EXPECT_THAT(row, Not(HasSubstr("canary")));
  EXPECT_EQ(hub_.Verify().places_opened, 1u);
  row[row.size() - 9] = static_cast<char>(row[row.size() - 9] ^ 1);  // within the places
  hub_.Tamper(spaces::kPayload, key, row);
  EXPECT_FALSE(hub_.Verify(false).sound()) << "the chain alone must see it";
  const PlaceDoor door(hub_.store_, *hub_.vault_, hub_.hub_key_, *hub_.mark_);
  EXPECT_EQ(door.Open(offset).error().code, Code::kCorrupt);
}

TEST_F(PlaceDoorTest, NothingBeyondTheDurableMarkIsOpened) {
  Tell("1");
  DurableMark behind;
  const PlaceDoor door(hub_.store_, *hub_.vault_, hub_.hub_key_, behind);
  EXPECT_EQ(door.Open(Offset(0)).error().code, Code::kNotFound);
}

TEST_F(PlaceDoorTest, WhatConcernsNobodyIsSealedByTheHubsOwnKey) {
  Draft draft = Decision(0, SubjectId{}, "rest");
  draft.place = "canary street";
  const Offset offset = hub_.Dispatch(std::move(draft)).offset;
  EXPECT_EQ(PlaceOf(offset), "canary street");
  const SecretKey other = SecretKey::Random();
  const PlaceDoor door(hub_.store_, *hub_.vault_, other, *hub_.mark_);
  EXPECT_EQ(door.Open(offset).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace sam::journal::test
