#include <gtest/gtest.h>

#include "adapters/hl7/path.h"

namespace sam::hl7 {
namespace {

TEST(Selector, ReadsEveryPartAndWritesItBack) {
  for (const char* text : {"PID-3", "PID-3.1", "PID-3.4.2", "PID-3[2].1", "PID-3[*].1", "OBX[2]-5",
                           "OBX[*]-5[*].1.2", "ZP1-1", "MSH-9999"}) {
    auto selector = Selector::Parse(text);
    ASSERT_TRUE(selector.ok()) << text;
    EXPECT_EQ(selector->ToText(), text);
  }
  const Selector s = *Selector::Parse("OBX[3]-5[2].4.6");
  EXPECT_EQ(s.segment, "OBX");
  EXPECT_EQ(s.occurrence, 3u);
  EXPECT_EQ(s.field, 5u);
  EXPECT_EQ(s.repetition, 2u);
  EXPECT_EQ(s.component, 4u);
  EXPECT_EQ(s.subcomponent, 6u);
}

TEST(Selector, MistakesAreRefusedWithColumnAndExample) {
  for (const char* text :
       {"",         "PI",          "pid-3",     "1ID-3",    "PID",
        "PID3",     "PID-",        "PID-0",     "PID-3.",   "PID-3.0",
        "PID-3.1.", "PID-3.1.2.3", "PID-3[",    "PID-3[0]", "PID-3[x]",
        "PID-3[1",  "PID-3 ",      "PID-10000", "PID[-3",   "PID-99999999999999999999",
        "PIDX-3"}) {
    auto selector = Selector::Parse(text);
    ASSERT_FALSE(selector.ok()) << text;
    EXPECT_EQ(selector.error().code, Code::kInvalid);
    EXPECT_NE(selector.error().message.find("column"), std::string::npos);
  }
  EXPECT_NE(Selector::Parse("PID-x").error().message.find("column 5"), std::string::npos);
}

}  // namespace
}  // namespace sam::hl7
