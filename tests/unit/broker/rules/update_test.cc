#include "broker/rules/update.h"

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "broker/base/text.h"
#include "broker/wire/capnp_values.h"

namespace sam::rules {
namespace {

using schema::Protection;

class Facts : public testing::Test {
 protected:
  using Fill = std::function<void(schema::Event::Builder)>;

  // An event that happened at `at`.
  Effects Tell(int64_t at, const Fill& fill) {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    EventId id;
    id.bytes[0] = ++told_;
    event.initHeader().setEventId(wire::AsData(id.view()));
    event.getHeader().setOccurredAt(at);
    fill(event);
    Effects effects;
    ApplyFacts(state_, ViewOf(event.asReader(), Offset(told_)), {}, effects);
    return effects;
  }
  Effects Changed(int64_t at, Protection protection) {
    return Tell(at, [=](schema::Event::Builder e) {
      e.getBody().initPersonProtectionChanged().setNew(protection);
    });
  }
  Effects Seen(int64_t at, Protection protection, const std::string& municipality = "") {
    return Tell(at, [=](schema::Event::Builder e) {
      e.getHeader().initSubject().setProtection(protection);
      e.getHeader().getSubject().setHomeMunicipality(municipality);
    });
  }
  Effects Moved(int64_t at, const std::string& municipality) {
    return Tell(at, [=](schema::Event::Builder e) {
      e.getBody().initPersonMoved().setNewMunicipality(municipality);
    });
  }

  SubjectState state_;
  uint8_t told_ = 0;
};

TEST_F(Facts, AMarkingThatWasToldAgainIsNotTakenAwayByAnOlderTelling) {
  Changed(10, Protection::SEKRETESSMARKERING);
  Changed(30, Protection::SEKRETESSMARKERING);
  Changed(20, Protection::NONE);
  EXPECT_EQ(state_.protection, Protection::SEKRETESSMARKERING);
  Changed(40, Protection::NONE);
  EXPECT_EQ(state_.protection, Protection::NONE);
}

TEST_F(Facts, AMarkingInTheHeaderOfAnEventCountsAsToldAtItsTime) {
  Changed(10, Protection::SEKRETESSMARKERING);
  Seen(30, Protection::SEKRETESSMARKERING);
  Changed(20, Protection::NONE);
  EXPECT_EQ(state_.protection, Protection::SEKRETESSMARKERING);
}

TEST_F(Facts, ASourceThatSaysNoneInItsHeaderNeverKeepsOutAMarkingToldLate) {
  Seen(30, Protection::NONE);
  EXPECT_EQ(state_.protection, Protection::NONE);
  Seen(50, Protection::NONE);
  Changed(40, Protection::SEKRETESSMARKERING);
  EXPECT_EQ(state_.protection, Protection::SEKRETESSMARKERING);
  Seen(60, Protection::NONE);
  EXPECT_EQ(state_.protection, Protection::SEKRETESSMARKERING);
}

TEST_F(Facts, ABirthDateIsCorrectedByACorrectedRegistrationAndByNothingElse) {
  const auto born = [](const char* date, schema::EventStatus status, bool registered) {
    return [=](schema::Event::Builder e) {
      e.getHeader().initSubject().setBirthDate(date);
      e.getHeader().setStatus(status);
      if (registered) e.getBody().initBvcChildRegistered().setUnitHsaId("unit");
    };
  };
  Tell(10, born("2025-06-01", schema::EventStatus::ACTUAL, true));
  Tell(20, born("2025-06-02", schema::EventStatus::ACTUAL, true));
  Tell(30, born("2025-06-03", schema::EventStatus::CORRECTED, false));
  EXPECT_EQ(state_.birth_date, "2025-06-01");
  Tell(40, born("2025-06-04", schema::EventStatus::CORRECTED, true));
  EXPECT_EQ(state_.birth_date, "2025-06-04");
}

TEST_F(Facts, AMunicipalityThatWasToldAgainIsNotReplacedByAnOlderTelling) {
  Moved(10, "2183");
  Moved(30, "2183");
  Moved(20, "0980");
  EXPECT_EQ(state_.municipality, "2183");
  Moved(40, "0980");
  EXPECT_EQ(state_.municipality, "0980");
}

}  // namespace
}  // namespace sam::rules
