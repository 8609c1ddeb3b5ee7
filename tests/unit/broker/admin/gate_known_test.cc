// What gate explain says that a decision was made of: as it stood when it was made, not as it is now.
#include "broker/admin/gate_known.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include <capnp/message.h>

#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::admin {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using schema::Protection;
using State = schema::ConsentChanged::State;

class GateKnown : public testing::Test {
 protected:
  void Tell(uint64_t offset, const std::function<void(schema::Event::Builder)>& fill) {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    event.initHeader().initSubject();
    fill(event);
    journal::Record record;
    record.header.offset = Offset(offset);
    record.payload = wire::Flatten(message);
    ASSERT_TRUE(known_.Take(record).ok());
  }
  void Consent(uint64_t offset, State state, schema::EventStatus status = schema::EventStatus::ACTUAL) {
    Tell(offset, [&](schema::Event::Builder event) {
      event.getHeader().setStatus(status);
      event.getHeader().setEventId(wire::AsData(std::string(16, static_cast<char>(offset))));
      if (status == schema::EventStatus::RETRACTED)
        event.getHeader().setReplaces(wire::AsData(std::string(16, static_cast<char>(offset - 10))));
      auto body = event.getBody().initConsentChanged();
      body.setConsentId("20210325K069-1");
      body.initScope(1).set(0, "SIG-B1");
      body.setState(state);
      body.setExpires("2026-12-31");
      body.setAllGuardians(schema::YesNo::YES);
    });
  }
  KnownOverTime known_;
};

TEST_F(GateKnown, ConsentsAreThoseOfThenAndOfTheSignalsCode) {
  Consent(10, State::GIVEN);
  Consent(20, State::WITHDRAWN);
  EXPECT_THAT(known_.At(9).For("SIG-B1"), IsEmpty());
  ASSERT_THAT(known_.At(15).For("SIG-B1"), SizeIs(1));
  EXPECT_EQ(known_.At(15).For("SIG-B1").front().state, State::GIVEN);
  EXPECT_EQ(known_.At(15).For("SIG-B1").front().expires, "2026-12-31");
  EXPECT_EQ(known_.At(20).For("SIG-B1").front().state, State::WITHDRAWN);
  EXPECT_THAT(known_.At(20).For("SIG-B4"), IsEmpty());
  Consent(30, State::WITHDRAWN, schema::EventStatus::RETRACTED);
  EXPECT_EQ(known_.At(30).For("SIG-B1").front().state, State::GIVEN) << "that it was withdrawn was wrong";
}

TEST_F(GateKnown, ProtectionIsLoweredByItsOwnEventAlone) {
  const auto beside = [](Protection protection) {
    return [=](schema::Event::Builder event) {
      event.getHeader().getSubject().setProtection(protection);
      event.getHeader().getSubject().setBirthDate("2021-03-25");
    };
  };
  Tell(5, beside(Protection::SEKRETESSMARKERING));
  Tell(6, beside(Protection::NONE));
  EXPECT_EQ(known_.At(6).protection, Protection::SEKRETESSMARKERING);
  EXPECT_EQ(known_.At(6).birth_date, "2021-03-25");
  Tell(7, [](schema::Event::Builder event) {
    event.getBody().initPersonProtectionChanged().setNew(Protection::NONE);
  });
  EXPECT_EQ(known_.At(6).protection, Protection::SEKRETESSMARKERING);
  EXPECT_EQ(known_.At(7).protection, Protection::NONE);
  EXPECT_EQ(known_.At(4).protection, Protection::UNKNOWN);
}

}  // namespace
}  // namespace sam::admin
