#include "broker/contract/times.h"

#include "broker/contract/codes.h"

#include <capnp/message.h>
#include <gtest/gtest.h>

namespace sam::contract {
namespace {

constexpr Millis kFrom(631'152'000'000);
constexpr Millis kUntil(7'258'118'400'000);

std::string Look(schema::Event::Builder event) { return TimeOutside(event, kFrom, kUntil); }

TEST(Times, StatedTimesMustLieInTheSpanAndUnstatedOnesAreFine) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  EXPECT_EQ(Look(event), "");
  auto booked = event.initBody().initBvcVisitBooked();
  for (const int64_t fine : {int64_t{0}, int64_t{-1}, kFrom.value, kUntil.value - 1}) {
    booked.setStart(fine);
    EXPECT_EQ(Look(event), "") << fine;
  }
  for (const int64_t bad : {kFrom.value - 1, kUntil.value, int64_t{-2}, INT64_MIN, INT64_MAX}) {
    booked.setStart(bad);
    EXPECT_EQ(Look(event), "body.bvcVisitBooked.start") << bad;
  }
}

TEST(Times, HeaderIsNamedBeforeTheBody) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  event.initBody().initBvcVisitBooked().setStart(1);
  event.initHeader().setRecordedAt(1);
  EXPECT_EQ(Look(event), "header.recordedAt");
}

TEST(Times, EveryTypeOfEventIsLookedInto) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  event.initBody().initSignalReceipt().setAt(INT64_MAX);
  EXPECT_EQ(Look(event), "body.signalReceipt.at");
  event.initBody().initReportSigned().setSignedAt(INT64_MAX);
  EXPECT_EQ(Look(event), "body.reportSigned.signedAt");
  event.initBody().setUnset();
  EXPECT_EQ(Look(event), "");
}

TEST(Codes, AreRefusedBeyondTheirLimitByNameAndReportsNever) {
  const CodeLimits limits{256, 64};
  const std::string fine(256, 'x'), long_one(257, 'x');
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  const auto look = [&] { return CodeTooLong(event, limits); };
  event.initBody().initBvcVisitMissed().setAppointmentId(fine);
  EXPECT_EQ(look(), "");
  event.getBody().getBvcVisitMissed().setVisitCode(long_one);
  EXPECT_EQ(look(), "body.bvcVisitMissed.visitCode");
  event.getBody().initConsentChanged().initScope(2).set(1, long_one);
  EXPECT_EQ(look(), "body.consentChanged.scope");
  event.getBody().initConsentChanged().initScope(65);
  EXPECT_EQ(look(), "body.consentChanged.scope");
  event.getBody().initConsentChanged().initGivers(1)[0].setNotInformedReason(long_one);
  EXPECT_EQ(look(), "") << "free text";
  event.initHeader().setEpisodeKey(long_one);
  EXPECT_EQ(look(), "header.episodeKey");
  event.getBody().initReportSigned().setSignerRole(long_one);
  EXPECT_EQ(look(), "") << "a report is never refused for its content";
}

}  // namespace
}  // namespace sam::contract
