// Which segments of a message belong to one order.
#include "adapters/hl7/order_group.h"

#include <gtest/gtest.h>

#include <string>

namespace sam::hl7 {
namespace {

// Groups of a message with these segments after MSH, as "1-2 3-5": first and last segment.
std::string GroupsOf(const std::string& names) {
  std::string text = "MSH|^~\\&|A\r";
  for (size_t at = 0; at < names.size(); at += 4) text += names.substr(at, 3) + "|1\r";
  const Result<Message> message = Message::Parse(text, CharsetPolicy());
  EXPECT_TRUE(message.ok());
  std::string out;
  for (const SegmentRange& group : OrderGroups(*message))
    out.append(out.empty() ? "" : " ")
        .append(std::to_string(group.first) + "-" + std::to_string(group.last - 1));
  return out;
}

TEST(OrderGroup, AMessageOfOneOrderOrNoneHasNoGroups) {
  EXPECT_EQ(GroupsOf("PID OBX OBX"), "");
  EXPECT_EQ(GroupsOf("PID ORC OBR OBX OBX"), "");
  EXPECT_EQ(GroupsOf("PID OBR TXA OBX"), "");  // a document of one order is that order's
}

TEST(OrderGroup, AGroupRunsFromItsOrderToTheNext) {
  EXPECT_EQ(GroupsOf("PID OBR OBX NTE OBR OBX"), "2-4 5-6");
  EXPECT_EQ(GroupsOf("PID ORC OBR OBX ORC TQ1 OBR OBX"), "2-4 5-8");
  EXPECT_EQ(GroupsOf("OBR OBR OBX"), "1-1 2-3");
}

TEST(OrderGroup, AnOrderControlWithResultsOfItsOwnIsNotTheNextOnes) {
  EXPECT_EQ(GroupsOf("OBR OBX ORC OBX OBR OBX"), "1-4 5-6");
  EXPECT_EQ(GroupsOf("ORC OBR OBX OBR OBX"), "1-3 4-5");
}

TEST(OrderGroup, ResultsOutsideAnyOrderAreAGroupOfTheirOwn) {
  EXPECT_EQ(GroupsOf("PID OBX OBR OBX"), "0-2 3-4");
  EXPECT_EQ(GroupsOf("PID ORC OBR ORC OBR TXA OBX OBX"), "2-3 4-5 6-8");
}

}  // namespace
}  // namespace sam::hl7
