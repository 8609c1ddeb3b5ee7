// A booking that is made for a board's order says so, in each format that tells bookings: else nobody could tell it from
// the child's own health visits, and rule P7-BOOKING would fall silent or cry for nothing.
#include <gmock/gmock.h>

#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Booking {
  const char* feed;
  const char* sample;
  const char* from;  // put in its place: with the order's number
  const char* to;
  const char* type;
};

constexpr Booking kBookings[] = {
    {"bvc-fhir", "adapters/bvc/samples/fhir/appointment_booked.json", "\"status\": \"booked\",",
     "\"status\": \"booked\", \"basedOn\": [{\"identifier\": {\"value\": \"ORD-7\"}}],", "bvc.visit.booked"},
    {"bvc-hl7v2", "tests/fixtures/bvc/siu_s12_booked.hl7", "||Booked", "||Booked|ORD-7^BEST", "bvc.visit.booked"},
    {"dental-hl7v2", "adapters/dental/samples/hl7/siu_s12_recall.hl7", "||Booked", "||Booked|ORD-7^BEST",
     "dental.recall.sent"},
    {"dental-fhir", "adapters/dental/samples/fhir/appointment_recall_b_booked.json", "\"status\": \"booked\",",
     "\"status\": \"booked\", \"basedOn\": [{\"identifier\": {\"value\": \"ORD-7\"}}],", "dental.recall.sent"},
};

TEST(OrderBooking, TellsTheNumberOfTheOrderAndAnyOtherBookingNone) {
  for (const Booking& one : kBookings) {
    const kit::Verdict with = Changed(one.feed, one.sample, one.from, one.to);
    ASSERT_EQ(with.events.size(), 1U) << one.sample << ": " << with.detail;
    EXPECT_EQ(with.events[0].type->name, one.type);
    EXPECT_THAT(TextOf(with.events[0].bytes), HasSubstr("orderId = \"ORD-7\"")) << one.sample;
    const kit::Verdict without = Changed(one.feed, one.sample, one.from, one.from);
    ASSERT_EQ(without.events.size(), 1U) << one.sample << ": " << without.detail;
    EXPECT_THAT(TextOf(without.events[0].bytes), Not(HasSubstr("orderId"))) << one.sample;
  }
}

}  // namespace
}  // namespace sam::shipped
