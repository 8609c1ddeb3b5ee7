#include "broker/contract/required.h"

#include <memory>

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::contract {
namespace {

using ::testing::HasSubstr;

class Required : public ::testing::Test {
 protected:
  Required() : event_(message_->initRoot<schema::Event>()) {
    auto header = event_.initHeader();
    header.initEventId(16);
    header.setType("bvc.visit.missed");
    header.setOccurredAt(1'700'000'000'000);
    header.initSource().setSystemId("cosmic-bvc");
    header.initController().setOrgNr("2321000198");
    header.setSourceMessageId("m1");
    auto missed = event_.getBody().initBvcVisitMissed();
    missed.setAppointmentId("a1");
    missed.setVisitCode("bhv.m8");
    missed.setStart(1'700'000'000'000);
  }
  // By pointer: its destructor may throw, which a fixture's may not.
  std::unique_ptr<capnp::MallocMessageBuilder> message_ =
      std::make_unique<capnp::MallocMessageBuilder>();
  schema::Event::Builder event_;
};

TEST_F(Required, ACompleteEventPasses) {
  EXPECT_TRUE(CheckRequired(event_).ok());
  EXPECT_EQ(MissingField(event_), "");
}

TEST_F(Required, EachKindOfEmptinessIsFound) {
  event_.getHeader().setOccurredAt(0);
  EXPECT_EQ(MissingField(event_), "header.occurredAt");
  event_.getHeader().setOccurredAt(1);
  event_.getHeader().disownEventId();
  EXPECT_EQ(MissingField(event_), "header.eventId");
  event_.getHeader().initEventId(16);
  event_.getHeader().setSourceMessageId("");
  EXPECT_EQ(MissingField(event_), "header.sourceMessageId");
}

TEST_F(Required, FieldsOfNestedStructsAreNamedWithTheirPath) {
  event_.getHeader().initSource();
  EXPECT_EQ(MissingField(event_), "header.source.systemId");
  event_.getHeader().disownSource();
  EXPECT_EQ(MissingField(event_), "header.source");
}

TEST_F(Required, TheActiveBodyIsCheckedAndNamed) {
  event_.getBody().getBvcVisitMissed().setVisitCode("");
  EXPECT_EQ(MissingField(event_), "body.bvcVisitMissed.visitCode");
  const Status status = CheckRequired(event_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kInvalid);
  EXPECT_THAT(status.error().message, HasSubstr("'body.bvcVisitMissed.visitCode'"));
}

TEST_F(Required, AnEnumLeftAtUnknownIsMissing) {
  auto visit = event_.getBody().initBvcHomevisitCompleted();
  visit.setDate("2026-03-01");
  EXPECT_EQ(MissingField(event_), "body.bvcHomevisitCompleted.kind");
  visit.setKind(schema::HomeVisitKind::M8);
  EXPECT_EQ(MissingField(event_), "");
}

TEST_F(Required, AnEmptyListIsMissing) {
  auto outcome = event_.getBody().initBvcBarnsakertOutcome();
  EXPECT_EQ(MissingField(event_), "body.bvcBarnsakertOutcome.outcomes");
  outcome.initOutcomes(1);
  EXPECT_EQ(MissingField(event_), "");
}

TEST_F(Required, ANumberLeftAtMinusOneIsMissingAndZeroIsAValue) {
  auto caries = event_.getBody().initDentalCariesRecorded();
  caries.setIndex(schema::DentalCariesRecorded::Index::DECIDUOUS_DFT);
  EXPECT_EQ(MissingField(event_), "body.dentalCariesRecorded.value");
  caries.setValue(0);
  EXPECT_EQ(MissingField(event_), "");
}

TEST_F(Required, AStructNeedsItsOwnRequiredFields) {
  auto injury = event_.getBody().initDentalInjuryObserved();
  injury.setConcernGrade(schema::InjuryObserved::ConcernGrade::UNCLEAR);
  EXPECT_EQ(MissingField(event_), "body.dentalInjuryObserved.code");
  injury.initCode().setSystem("tlv");
  EXPECT_EQ(MissingField(event_), "body.dentalInjuryObserved.code.code");
  injury.getCode().setCode("4081");
  EXPECT_EQ(MissingField(event_), "");
}

TEST_F(Required, AnUnsetBodyIsMissing) {
  event_.getBody().setUnset();
  EXPECT_EQ(MissingField(event_), "body");
}

}  // namespace
}  // namespace sam::contract
