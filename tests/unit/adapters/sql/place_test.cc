#include "adapters/sql/place.h"

#include <gtest/gtest.h>

namespace sam::sql {
namespace {

TEST(Place, WhatIsWrittenIsRead) {
  Place place;
  for (const char* id : {"", "17", "a b", " ", "å'\"\n"}) {
    place.state = Place::State::kRead;
    place.read_again = 3;
    place.key = Key{"-17", id};
    place.cursor = Millis(1'772'445'600'000);
    const std::optional<Place> read = ReadPlace(WritePlace(place));
    ASSERT_TRUE(read) << id;
    EXPECT_TRUE(*read == place) << id;
  }
}

TEST(Place, WhatIsCutOrOfAnotherKindIsNone) {
  Place place;
  place.key = Key{"5000000000", "7"};
  const std::string whole = WritePlace(place);
  const size_t key_begins = whole.rfind(' ');
  for (size_t cut = 0; cut <= key_begins; ++cut)
    EXPECT_FALSE(ReadPlace(whole.substr(0, cut))) << cut;
  EXPECT_FALSE(ReadPlace("2 r 0 0 0 1 1"));
  EXPECT_FALSE(ReadPlace("1 x 0 0 0 1 1"));
  EXPECT_FALSE(ReadPlace("1 r 0 a 0 1 1"));
}

}  // namespace
}  // namespace sam::sql
