// The shipped mapping for views of a social system's database: each sample row gives the events it
// should, and nothing that it must not.
#include "tests/unit/adapters/social/social_rig.h"

namespace sam::kit::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class SocialSql : public Social {
 protected:
  SocialSql() : Social("adapter-social-sql.toml", "sql") {}
};

TEST_F(SocialSql, ReportsTellReportsAndThatProtectionWasAssessed) {
  const std::vector<Verdict> rows = Sample("Reports");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(Types(rows[0]), ElementsAre("social.report.received"));
  EXPECT_THAT(TextOf(rows[0].events[0].bytes),
              AllOf(HasSubstr("receivedAt = 1772435520000"), HasSubstr("intakeRef = \"98765\""),
                    HasSubstr("value = \"20210325K069\""), HasSubstr("zoneNote = assumed")));
  EXPECT_THAT(Types(rows[1]), ElementsAre("social.report.received", "social.protection.assessed"));
  EXPECT_THAT(TextOf(rows[1].events[1].bytes), HasSubstr("assessedAt = 1772446800000"));
  EXPECT_EQ(rows[2].kind, Verdict::Kind::kNothing);
  const std::vector<Verdict> broken = Sample("Reports-broken");
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].kind, Verdict::Kind::kQuarantined);
  EXPECT_THAT(broken[0].detail, HasSubstr("Type, whose value is not in report_types"));
}

TEST_F(SocialSql, InquiriesTellWhatWasDecidedAndThatTheyAreClosed) {
  const std::vector<Verdict> rows = Sample("Inquiries");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(Types(rows[0]), ElementsAre("social.inquiry.decided"));
  EXPECT_THAT(TextOf(rows[0].events[0].bytes),
              AllOf(HasSubstr("result = opened"), HasSubstr("caseToken = \"4411\""),
                    HasSubstr("intakeRef = \"98765\"")));
  EXPECT_THAT(TextOf(rows[1].events[0].bytes), HasSubstr("result = notOpened"));
  EXPECT_THAT(Types(rows[2]), ElementsAre("social.inquiry.decided", "social.inquiry.closed"));
  const std::vector<Verdict> broken = Sample("Inquiries-broken");
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].kind, Verdict::Kind::kQuarantined);
}

TEST_F(SocialSql, PlacementsTellThatTheyBeginMoveAndEndAndNeverWhere) {
  const std::vector<Verdict> rows = Sample("Placements");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(TextOf(rows[0].events[0].bytes),
              AllOf(HasSubstr("kind = started"), HasSubstr("legal = lvu")));
  EXPECT_THAT(Types(rows[1]),
              ElementsAre("social.placement.changed", "social.placement.changed"));
  EXPECT_THAT(TextOf(rows[1].events[1].bytes), HasSubstr("kind = ended"));
  EXPECT_THAT(TextOf(rows[2].events[0].bytes), HasSubstr("kind = moved"));
  EXPECT_EQ(rows[3].kind, Verdict::Kind::kNothing);
}

TEST_F(SocialSql, ARowThatIsTouchedSaysNothingNewAndOneThatChangesIsCorrected) {
  const std::string before =
      R"({"Id":7,"PersonId":"20210325K069","Type":"HVB SoL","FromDate":"2026-03-06","ToDate":null})";
  const std::string after =
      R"({"Id":7,"PersonId":"20210325K069","Type":"HVB LVU","FromDate":"2026-03-06","ToDate":null})";
  EXPECT_EQ(Row("Placements", before).events.size(), 1U);
  EXPECT_EQ(Row("Placements", before).kind, Verdict::Kind::kDuplicate);
  const Verdict changed = Row("Placements", after);
  ASSERT_EQ(changed.events.size(), 1U);
  EXPECT_THAT(TextOf(changed.events[0].bytes), HasSubstr("legal = lvu"));
}

}  // namespace
}  // namespace sam::kit::test
