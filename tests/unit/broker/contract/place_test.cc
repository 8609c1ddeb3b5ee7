// Places are taken out of every event and signal whole and nothing else is, and both parts together
// are the message that was told.
#include "broker/contract/place.h"

#include <capnp/dynamic.h>
#include <capnp/serialize.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "broker/base/random.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/values.h"

namespace sam::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Says something in a message's fields, each with the given chance; what is a place by the schema's
// marks is told by a word of its own.
class Teller {
 public:
  Teller(Random& random, double chance) : random_(random), chance_(chance) {}

  void Fill(capnp::DynamicStruct::Builder into) {
    for (const auto field : into.getSchema().getNonUnionFields()) {
      if (field.getProto().isGroup()) continue;  // the body: chosen by the test
      if (random_.Chance(chance_)) Say(into, field);
    }
  }
  size_t places() const { return places_; }

 private:
  std::string Word(const FieldInfo& info) {
    if (info.apart()) ++places_;
    return (info.apart() ? "apart-" : "other-") + info.name;
  }

  void Say(capnp::DynamicStruct::Builder into, capnp::StructSchema::Field field) {
    using Which = capnp::schema::Type::Which;
    const FieldInfo info = InfoOf(field);
    switch (field.getType().which()) {
      case Which::TEXT: into.set(field, capnp::Text::Reader(Word(info).c_str())); break;
      case Which::BOOL: into.set(field, true); break;
      case Which::DATA: into.init(field, 8); break;
      case Which::ENUM: into.set(field, capnp::DynamicEnum(field.getType().asEnum(), 1)); break;
      case Which::STRUCT: Fill(into.init(field).as<capnp::DynamicStruct>()); break;
      case Which::LIST: SayList(into, field, info); break;
      default: into.set(field, 1); break;
    }
  }

  void SayList(capnp::DynamicStruct::Builder into, capnp::StructSchema::Field field,
               const FieldInfo& info) {
    const auto count = static_cast<capnp::uint>(1 + random_.Below(3));
    auto list = into.init(field, count).as<capnp::DynamicList>();
    const capnp::Type element = field.getType().asList().getElementType();
    for (capnp::uint i = 0; i < count; ++i) {
      if (element.isStruct()) Fill(list[i].as<capnp::DynamicStruct>());
      if (element.isText()) list.set(i, capnp::Text::Reader(Word(info).c_str()));
    }
  }

  Random& random_;
  double chance_;
  size_t places_ = 0;
};

// An own walk, apart from the product's: which fields with a value are places, and which are not.
struct Found {
  std::vector<std::string> apart, other;

  void Walk(capnp::DynamicStruct::Reader value, const std::string& path) {
    for (const auto field : value.getSchema().getFields()) {
      if (!internal::IsActive(field, value)) continue;
      const std::string here = path + "." + field.getProto().getName().cStr();
      const capnp::Type type = field.getType();
      if (type.isStruct()) {
        if (field.getProto().isGroup() || value.has(field))
          Walk(value.get(field).as<capnp::DynamicStruct>(), here);
      } else if (type.isList() && type.asList().getElementType().isStruct()) {
        for (const auto one : value.get(field).as<capnp::DynamicList>())
          Walk(one.as<capnp::DynamicStruct>(), here);
      } else if (!type.isVoid() && value.has(field, capnp::HasMode::NON_DEFAULT)) {
        (InfoOf(field).apart() ? apart : other).push_back(here);
      }
    }
  }
};

template <typename T, typename F>
void With(const std::string& bytes, F&& use) {
  kj::Array<capnp::word> words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.asBytes().begin(), bytes.data(), bytes.size());
  capnp::FlatArrayMessageReader reader(words);
  use(reader.getRoot<T>());
}

template <typename T>
Found Look(const std::string& bytes) {
  Found found;
  With<T>(bytes, [&](typename T::Reader value) {
    found.Walk(capnp::DynamicStruct::Reader(value), "");
  });
  return found;
}

template <typename T>
void ExpectApart(typename T::Reader whole, size_t places, const std::string& what) {
  const PlaceSplit split = SplitPlaces(whole);
  EXPECT_EQ(split.apart(), places > 0) << what;
  if (!split.apart()) {
    EXPECT_TRUE(split.rest.empty()) << what;
    return;
  }
  EXPECT_THAT(Look<T>(split.rest).apart, ::testing::IsEmpty()) << what;
  EXPECT_THAT(Look<T>(split.place).other, ::testing::IsEmpty()) << what;
  EXPECT_THAT(split.rest, Not(HasSubstr("apart-"))) << what << ": a cleared value is still there";
  EXPECT_THAT(split.place, Not(HasSubstr("other-"))) << what;
  With<T>(split.rest, [&](typename T::Reader rest) {
    EXPECT_FALSE(SplitPlaces(rest).apart()) << what;
    With<T>(split.place, [&](typename T::Reader place) {
      EXPECT_EQ(JoinPlaces(rest, place), CanonicalBytes(whole)) << what;
    });
  });
}

// Tells each union member of the message many times, from nearly empty to full.
template <typename T, typename Types>
size_t TellAll(const Types& types) {
  size_t with_places = 0;
  Random random(7);
  for (const auto& type : types) {
    for (int i = 0; i < 60; ++i) {
      capnp::MallocMessageBuilder message;
      capnp::DynamicStruct::Builder root(message.initRoot<T>());
      Teller teller(random, i == 0 ? 1.0 : 0.15 * (i % 7));
      teller.Fill(root);
      teller.Fill(root.get("body").as<capnp::DynamicStruct>().init(type.member)
                      .template as<capnp::DynamicStruct>());
      ExpectApart<T>(message.getRoot<T>().asReader(), teller.places(), type.member);
      with_places += teller.places() > 0;
    }
  }
  return with_places;
}

TEST(Places, OfEveryEventTypeAreTakenOutWholeAndPutBackAsTheyWere) {
  EXPECT_GT(TellAll<schema::Event>(EventTypes()), 120u) << "the test tells no places";
}

TEST(Places, OfEverySignalAreTakenOutWholeAndPutBackAsTheyWere) {
  EXPECT_GT(TellAll<schema::Signal>(SignalTypes()), 30u) << "the test tells no places";
}

TEST(Places, AnEmptyTextIsAsMuchThereAsBefore) {
  capnp::MallocMessageBuilder message;
  auto report = message.initRoot<schema::Event>().getBody().initReportSigned();
  report.setChildAddress("");  // told, and empty: other bytes than not told
  report.setConcern("c");
  const schema::Event::Reader whole = message.getRoot<schema::Event>().asReader();
  const PlaceSplit split = SplitPlaces(whole);
  ASSERT_TRUE(split.apart());
  With<schema::Event>(split.rest, [&](schema::Event::Reader rest) {
    With<schema::Event>(split.place, [&](schema::Event::Reader place) {
      EXPECT_EQ(JoinPlaces(rest, place), CanonicalBytes(whole));
    });
  });
}

TEST(Places, FieldsOfANewerSchemaStayWithTheRest) {
  capnp::MallocMessageBuilder known;
  auto report = known.initRoot<schema::Event>().getBody().initReportSigned();
  report.setChildAddress("apart-street");
  const auto old = capnp::AnyStruct::Reader(known.getRoot<schema::Event>().asReader());
  capnp::MallocMessageBuilder newer;
  const auto pointers = static_cast<uint16_t>(old.getPointerSection().size() + 1);
  const auto words = static_cast<uint16_t>(old.getDataSection().size() / 8);
  auto grown = newer.initRoot<capnp::AnyPointer>().initAsAnyStruct(words, pointers);
  std::memcpy(grown.getDataSection().begin(), old.getDataSection().begin(),
              old.getDataSection().size());
  for (unsigned i = 0; i + 1 < pointers; ++i)
    grown.getPointerSection()[i].set(old.getPointerSection()[i]);
  grown.getPointerSection()[pointers - 1].setAs<capnp::Text>("from-the-future");

  const auto whole = newer.getRoot<schema::Event>().asReader();
  const PlaceSplit split = SplitPlaces(whole);
  EXPECT_THAT(split.rest, HasSubstr("from-the-future"));
  EXPECT_THAT(split.place, Not(HasSubstr("from-the-future")));
  With<schema::Event>(split.rest, [&](schema::Event::Reader rest) {
    With<schema::Event>(split.place, [&](schema::Event::Reader place) {
      EXPECT_EQ(JoinPlaces(rest, place), CanonicalBytes(whole));
    });
  });
}

// Older builds held apart what receivers are found by now: it comes back to its place all the same.
TEST(Places, WhatStoodApartInAnOlderRecordIsPutBack) {
  capnp::MallocMessageBuilder one, other, both;
  one.initRoot<schema::Event>().getBody().initSocialExamRequested().setOrderId("B-5");
  other.initRoot<schema::Event>().getBody().initSocialExamRequested().setContactFunction("a.b");
  auto whole = both.initRoot<schema::Event>().getBody().initSocialExamRequested();
  whole.setOrderId("B-5");
  whole.setContactFunction("a.b");
  EXPECT_EQ(JoinPlaces(one.getRoot<schema::Event>().asReader(),
                       other.getRoot<schema::Event>().asReader()),
            CanonicalBytes(both.getRoot<schema::Event>().asReader()));
}

TEST(Places, OfAnotherMessageDoNoHarm) {
  capnp::MallocMessageBuilder one, other;
  one.initRoot<schema::Event>().getBody().initBvcVisitMissed().setVisitCode("m8");
  other.initRoot<schema::Event>().getBody().initReportSigned().setChildAddress("apart-street");
  const auto whole = one.getRoot<schema::Event>().asReader();
  EXPECT_EQ(JoinPlaces(whole, other.getRoot<schema::Event>().asReader()), CanonicalBytes(whole));
  capnp::MallocMessageBuilder two, more;
  two.initRoot<schema::Event>().getBody().initReportSigned().initGuardians(1);
  auto list = more.initRoot<schema::Event>().getBody().initReportSigned().initGuardians(3);
  for (auto each : list) each.setAddress("apart-street");
  With<schema::Event>(JoinPlaces(two.getRoot<schema::Event>().asReader(),
                                 more.getRoot<schema::Event>().asReader()),
                      [](schema::Event::Reader joined) {
                        const auto guardians = joined.getBody().getReportSigned().getGuardians();
                        ASSERT_EQ(guardians.size(), 1u);
                        EXPECT_EQ(guardians[0].getAddress(), "apart-street");
                      });
}

}  // namespace
}  // namespace sam::contract
