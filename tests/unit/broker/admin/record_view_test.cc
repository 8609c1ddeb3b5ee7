// What an operator is shown of a record, revealed or not.
#include "broker/admin/record_view.h"

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "broker/base/text.h"
#include "broker/dispatch/draft_codec.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"

namespace sam::admin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Records of before places were sealed apart: all of it is in the payload.
journal::Record OldEvent() {
  capnp::MallocMessageBuilder message;
  auto report = message.initRoot<schema::Event>().getBody().initReportSigned();
  report.setConcern("the concern");
  report.setChildAddress("canary-street");
  report.initGuardians(1)[0].setPhone("canary-phone");
  journal::Record record;
  record.header.kind = journal::Kind::EVENT;
  record.payload = wire::Flatten(message);
  return record;
}

journal::Record OldDecision(bool report) {
  capnp::MallocMessageBuilder message;
  auto signal = message.initRoot<schema::Signal>();
  signal.setCode(report ? "SIG-A1" : "SIG-E1");
  if (report) signal.getBody().initReport().setChildAddress("canary-street");
  dispatch::DecisionFacts facts;
  facts.code = signal.getCode().cStr();
  facts.outcome = schema::Outcome::DELIVER;
  facts.bytes = wire::Flatten(message);
  journal::Record record;
  record.header.kind = journal::Kind::DECISION;
  record.payload = dispatch::EncodeDecision(facts);
  return record;
}

TEST(RecordView, ARevealedEventTellsNoPlaceAndSaysThatThereIsOne) {
  const journal::Record record = WithoutPlaces(OldEvent());
  EXPECT_TRUE(record.apart);
  for (const std::string& shown :
       {PayloadText(record, true, contract::Language::kSwedish), PayloadJson(record, true)}) {
    EXPECT_THAT(shown, HasSubstr("the concern"));
    EXPECT_THAT(shown, Not(HasSubstr("canary")));
  }
}

TEST(RecordView, ARevealedDecisionTellsNoPlaceInTheBytesOfItsSignal) {
  const journal::Record record = WithoutPlaces(OldDecision(true));
  EXPECT_TRUE(record.apart);
  EXPECT_THAT(PayloadJson(record, true), Not(HasSubstr(ToHex("canary-street"))));
  EXPECT_THAT(PayloadJson(OldDecision(true), true), HasSubstr(ToHex("canary-street")))
      << "the test looks at nothing";
}

TEST(RecordView, ARecordWithoutPlacesIsShownAsItIs) {
  const journal::Record decision = OldDecision(false);
  const journal::Record record = WithoutPlaces(decision);
  EXPECT_FALSE(record.apart);
  EXPECT_EQ(*record.payload, *decision.payload);
  journal::Record gone = OldEvent();
  gone.payload.reset();
  EXPECT_FALSE(WithoutPlaces(gone).payload.has_value());
}

TEST(RecordView, WhatCannotBeReadIsNotShown) {
  journal::Record record = OldEvent();
  record.payload->resize(24);
  EXPECT_FALSE(WithoutPlaces(record).payload.has_value());
}

}  // namespace
}  // namespace sam::admin
