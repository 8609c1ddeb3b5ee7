#include "adapters/hl7/skeleton.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::hl7 {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kMessage =
    "MSH|^~\\&|COSMIC|BVC^SE1&x|HUB||20260302081500+0100||ADT^A01|77|T|2.5\r"
    "PID|1||20210325K069^^^SKV^PI~196109732393||Testsson^Åsa||20210325|\"\"\r"
    "OBX|1|ST|A||hemligt\rOBX|2|ST|B||12,5 kg\r";

TEST(Skeleton, TellsPlacesKindsAndLengthsAndNoValue) {
  const std::string out = Skeleton(kMessage);
  EXPECT_THAT(out, HasSubstr("MSH-3.1  letters 6\n"));
  EXPECT_THAT(out, HasSubstr("MSH-4.2.2  letters 1\n"));
  EXPECT_THAT(out, HasSubstr("MSH-7.1  digits and signs 19\n"));
  EXPECT_THAT(out, HasSubstr("PID-3[1].1  text 12\n"));
  EXPECT_THAT(out, HasSubstr("PID-3[2].1  digits 12\n"));
  EXPECT_THAT(out, HasSubstr("PID-8.1  delete\n"));
  EXPECT_THAT(out, HasSubstr("OBX[2]-5.1  text 7\n"));
  for (const char* value : {"COSMIC", "K069", "1961", "Testsson", "sa", "hemligt", "12,5"})
    EXPECT_THAT(out, Not(HasSubstr(value))) << value;
}

TEST(Skeleton, ALineThatIsNoSegmentShowsItsLengthOnly) {
  EXPECT_EQ(Skeleton("Anna|Testsson\rANNA TESTSSON\r"),
            "line 1, no segment  text 13\nline 2, no segment  text 13\n");
  EXPECT_EQ(Skeleton("EVA|1\r"), "line 1, no segment  text 5\n");
  EXPECT_EQ(Skeleton(""), "");
  EXPECT_EQ(Skeleton("\r\n\r\n"), "");
}

TEST(Skeleton, OtherSeparatorsAreUsedAsDeclared) {
  const std::string out = Skeleton("MSH#*~\\&#A*B\rPID#1#x*y");
  EXPECT_THAT(out, HasSubstr("MSH-3.2  letters 1\n"));
  EXPECT_THAT(out, HasSubstr("PID-2.2  letters 1\n"));
}

TEST(Skeleton, HoldsNoValueWhereverTheMessageIsCut) {
  const std::string whole = kMessage;
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    const std::string out = Skeleton(whole.substr(cut));
    EXPECT_THAT(out, Not(HasSubstr("K069"))) << cut;
    EXPECT_THAT(out, Not(HasSubstr("Testsson"))) << cut;
    EXPECT_THAT(out, Not(HasSubstr("hemligt"))) << cut;
    Skeleton(whole.substr(0, cut));
  }
}

TEST(Skeleton, ALongMessageIsBounded) {
  std::string long_one = "MSH|^~\\&|A\r";
  for (int i = 0; i < 5000; ++i) long_one += "OBX|1\r";
  const std::string out = Skeleton(long_one);
  EXPECT_THAT(out, HasSubstr("and 3001 more\n"));
  EXPECT_LT(out.size(), 100'000U);
}

}  // namespace
}  // namespace sam::hl7
