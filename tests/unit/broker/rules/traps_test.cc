// Traps of the patterns that domain experts name: what looks like a sign and is none.
#include "tests/unit/broker/rules/story.h"

namespace sam::rules::test {
namespace {

using Traps = Story;

TEST_F(Traps, ANewbornWhoCameFromAbroadHasItsTimeFromTheDayThatItWasListed) {
  for (const char* abroad : {"yes", "no"}) {
    Only({"P3"});
    Tell({"bvc.child.registered", 10, {{"unitHsaId", kBvc}, {"fromDate", "2022-03-11"}, {"bornAbroad", abroad}}});
    Pass(36);
    EXPECT_EQ(Hits(), std::string(abroad) == "no" ? 1 : 0) << abroad;
    Pass(47);
    EXPECT_EQ(Hits(), 1) << abroad << ": 35 days after it came";
  }
}

TEST_F(Traps, AChildThatGoesToAnotherClinicIsReachedThere) {
  for (const bool elsewhere : {true, false}) {
    Only({"P4"});
    Listed();
    Tell({"dental.recall.sent", 100, {{"date", "2022-06-09"}}});
    Tell({"dental.contact.failed", 400, {{"since", "2023-04-01"}}});
    if (elsewhere)
      Tell({"dental.visit.missed", 410,
            {{"appointmentId", "d1"}, {"date", "2023-04-15"}, {"reason", "otherClinic"}}});
    Tell({"dental.pain.acute", 405, {{"date", "2023-04-10"}}}, Born(411));
    Pass(440);
    EXPECT_EQ(Hits(), elsewhere ? 0 : 1);
  }
}

}  // namespace
}  // namespace sam::rules::test
