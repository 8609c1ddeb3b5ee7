// The shipped mapping for social services: each sample row gives the events it should, field by
// field, and nothing that it must not.
#include "tests/unit/adapters/social/social_rig.h"

namespace sam::kit::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(Social, IntakesTellReportsAssessmentsAndInquiries) {
  const std::vector<Verdict> rows = Sample("Actualisations");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_THAT(Types(rows[0]), ElementsAre("social.report.received"));
  EXPECT_THAT(
      TextOf(rows[0].events[0].bytes),
      testing::AllOf(HasSubstr("receivedAt = 1772439120000"), HasSubstr("intakeRef = \"98765\""),
                     HasSubstr("value = \"20210325K069\""), HasSubstr("orgNr = \"2120002361\""),
                     HasSubstr("zoneNote = assumed")));
  const std::string reference = TextOf(rows[0].events[0].bytes);
  EXPECT_THAT(reference, HasSubstr("signalId = \"?\\251L!")) << "what our reference in Specifies names";
  EXPECT_THAT(TextOf(rows[1].events[0].bytes), Not(HasSubstr("signalId")));
  EXPECT_THAT(Types(rows[1]), ElementsAre("social.report.received", "social.protection.assessed"));
  EXPECT_THAT(TextOf(rows[1].events[1].bytes), HasSubstr("assessedAt = 1772446800000"));
  EXPECT_THAT(Types(rows[2]), ElementsAre("social.report.received", "social.protection.assessed",
                                          "social.inquiry.decided"));
  EXPECT_THAT(TextOf(rows[2].events[2].bytes),
              testing::AllOf(HasSubstr("result = opened"), HasSubstr("caseToken = \"4411\""),
                             HasSubstr("intakeRef = \"98767\"")));
  EXPECT_THAT(Types(rows[3]), ElementsAre("social.report.received", "social.protection.assessed",
                                          "social.inquiry.decided"));
  EXPECT_THAT(TextOf(rows[3].events[2].bytes), HasSubstr("result = alreadyOngoing"));
  EXPECT_EQ(rows[4].kind, Verdict::Kind::kNothing);
}

TEST_F(Social, InvestigationsTellOpenedClosedAndWhomToTurnTo) {
  const std::vector<Verdict> rows = Sample("Investigations");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(Types(rows[0]), ElementsAre("social.inquiry.decided", "coord.contact.assigned"));
  EXPECT_THAT(TextOf(rows[0].events[0].bytes),
              testing::AllOf(HasSubstr("result = opened"), HasSubstr("precision = day"),
                             HasSubstr("decidedAt = 1772492400000")));
  EXPECT_THAT(TextOf(rows[0].events[1].bytes),
              testing::AllOf(HasSubstr("functionAddress = \"bollnas.mottagning\""),
                             HasSubstr("role = caseworker"), Not(HasSubstr("\"77\""))));
  EXPECT_THAT(Types(rows[1]), ElementsAre("social.inquiry.decided", "social.inquiry.closed"));
}

TEST_F(Social, DecisionsTellNotOpenedAidAndExaminations) {
  const std::vector<Verdict> rows = Sample("Decisions");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(Types(rows[0]), ElementsAre("social.inquiry.decided"));
  EXPECT_THAT(TextOf(rows[0].events[0].bytes),
              testing::AllOf(HasSubstr("result = notOpened"), HasSubstr("intakeRef = \"98765\"")));
  EXPECT_THAT(Types(rows[1]), ElementsAre("social.aid.dental.decided"));
  EXPECT_THAT(TextOf(rows[1].events[0].bytes),
              testing::AllOf(HasSubstr("decision = granted"), HasSubstr("scope = care"),
                             HasSubstr("value = \"195009072553\"")));
  EXPECT_THAT(Types(rows[2]), ElementsAre("social.exam.requested"));
  EXPECT_THAT(TextOf(rows[2].events[0].bytes),
              testing::AllOf(HasSubstr("examKind = health"), HasSubstr("dueDate = \"2026-04-15\""),
                             HasSubstr("contactFunction = \"bollnas.mottagning\"")));
  EXPECT_EQ(rows[3].kind, Verdict::Kind::kNothing);
}

TEST_F(Social, ExecutionsTellPlacementsAndNeverWhere) {
  const std::vector<Verdict> rows = Sample("Executions");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(Types(rows[0]), ElementsAre("social.placement.changed"));
  EXPECT_THAT(TextOf(rows[0].events[0].bytes),
              testing::AllOf(HasSubstr("kind = started"), HasSubstr("legal = lvu"),
                             HasSubstr("date = \"2026-03-05\"")));
  EXPECT_THAT(Types(rows[1]), ElementsAre("social.placement.changed", "social.placement.changed"));
  EXPECT_THAT(TextOf(rows[1].events[1].bytes),
              testing::AllOf(HasSubstr("kind = ended"), HasSubstr("date = \"2026-03-01\"")));
  EXPECT_THAT(TextOf(rows[2].events[0].bytes), HasSubstr("kind = moved"));
  EXPECT_EQ(rows[3].kind, Verdict::Kind::kNothing);
}

TEST_F(Social, ServicesTellCoordination) {
  const std::vector<Verdict> rows = Sample("Services");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(Types(rows[0]), ElementsAre("coord.sip.changed"));
  EXPECT_THAT(
      TextOf(rows[0].events[0].bytes),
      testing::AllOf(HasSubstr("state = called"), HasSubstr("meetingDate = \"2026-03-20\"")));
  EXPECT_THAT(Types(rows[1]), ElementsAre("coord.tsi.changed"));
  EXPECT_THAT(TextOf(rows[1].events[0].bytes),
              testing::AllOf(HasSubstr("state = established"), HasSubstr("level = selective")));
  EXPECT_EQ(rows[2].kind, Verdict::Kind::kNothing);
}

TEST_F(Social, AnInquiryIsToldOnceWhoeverTellsItFirst) {
  Sample("Investigations");
  const std::vector<Verdict> intakes = Sample("Actualisations");
  EXPECT_THAT(Types(intakes[2]),
              ElementsAre("social.report.received", "social.protection.assessed"));
}

// The answer to who reported is one of three, and one: a later state of the row is no other answer.
TEST_F(Social, AnIntakeIsToldOneResultHoweverItsRowGoesOn) {
  const auto row = [](const std::string& id, const std::string& status, int minute) {
    return R"({"Id":)" + id + R"(,"Type":"Orosanmälan","Date":"2026-03-02T09:00:00","Status":")" +
           status + R"(","InvestigationId":4411,"PersonId":"20210325K069",)" +
           R"("ModifiedDate":"2026-03-02T10:0)" + std::to_string(minute) + R"(:00"})";
  };
  const auto results = [](const Verdict& verdict) {
    std::string out;
    for (const MappedEvent& event : verdict.events) {
      if (event.type->name != "social.inquiry.decided") continue;
      const std::string text = TextOf(event.bytes);
      const size_t at = text.find("result = ");
      out += text.substr(at, text.find(',', at) - at);
    }
    return out;
  };
  EXPECT_EQ(results(Row("Actualisations", row("1", "Pågående utredning", 0))),
            "result = alreadyOngoing");
  EXPECT_EQ(results(Row("Actualisations", row("1", "Avslutad", 1))), "");
  EXPECT_EQ(results(Row("Actualisations", row("1", "Utredning inledd", 2))), "");
  EXPECT_EQ(results(Row("Actualisations", row("2", "Utredning inledd", 0))), "result = opened");
  EXPECT_EQ(results(Row("Actualisations", row("2", "Pågående utredning", 1))), "");
  EXPECT_EQ(results(Row("Actualisations", row("3", "Avslutad", 0))), "")
      << "the inquiry's own row tells that it was opened";
  const std::string inquiry = R"({"Id":4411,"FromDate":"2026-03-01","PersonId":"20210325K069",)";
  EXPECT_EQ(results(Row("Investigations", inquiry + R"("ActualisationId":1})")), "");
  EXPECT_EQ(results(Row("Investigations", inquiry + R"("ActualisationId":3})")), "result = opened");
}

TEST_F(Social, AnInquiryThatNamesNoIntakeIsToldOnce) {
  const std::string inquiry = R"({"Id":4411,"FromDate":"2026-03-01","PersonId":"20210325K069",)";
  const Verdict first = Row("Investigations", inquiry + R"("ModifiedDate":"2026-03-01T10:00:00"})");
  ASSERT_THAT(Types(first), ElementsAre("social.inquiry.decided"));
  EXPECT_THAT(TextOf(first.events[0].bytes), HasSubstr("caseToken = \"4411\""));
  EXPECT_TRUE(Row("Investigations", inquiry + R"("ModifiedDate":"2026-03-01T11:00:00"})").events.empty());
}

TEST_F(Social, ARowThatIsTouchedSaysNothingNewAndOneThatChangesIsCorrected) {
  const std::string head = R"({"Id":1,"Type":"HVB SoL","FromDate":"2026-03-01","ToDate":)";
  const std::string tail = R"("PersonId":"20210325K069"})";
  EXPECT_EQ(Row("Executions", head + "null,\"ModifiedDate\":\"2026-03-01T10:00:00\"," + tail)
                .events.size(),
            1U);
  EXPECT_EQ(Row("Executions", head + "null,\"ModifiedDate\":\"2026-03-01T11:00:00\"," + tail).kind,
            Verdict::Kind::kNothing);
  const Verdict ended = Row("Executions", head + "\"2026-03-02\"," + tail);
  ASSERT_EQ(ended.events.size(), 1U);
  EXPECT_THAT(TextOf(ended.events[0].bytes),
              testing::AllOf(HasSubstr("kind = ended"), HasSubstr("status = actual")));
  const Verdict other = Row("Executions", head + "\"2026-03-04\"," + tail);
  ASSERT_EQ(other.events.size(), 1U);
  EXPECT_THAT(TextOf(other.events[0].bytes),
              testing::AllOf(HasSubstr("kind = ended"), HasSubstr("status = corrected"),
                             HasSubstr("date = \"2026-03-04\"")));
}

TEST_F(Social, TypesThatNoTableKnowsArePutAsideAndSayWhichTable) {
  struct Case {
    const char* endpoint;
    const char* table;
  };
  for (const Case& one :
       {Case{"Actualisations", "intake_types"}, Case{"Decisions", "decision_types"},
        Case{"Executions", "execution_types"}}) {
    const Verdict verdict =
        Row(one.endpoint, R"({"Id":1,"Type":"Nytt","Date":"2026-03-01",)"
                          R"("FromDate":"2026-03-01","PersonId":"20210325K069"})");
    EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined) << one.endpoint;
    EXPECT_EQ(verdict.reason, "unknown-type");
    EXPECT_THAT(verdict.detail, HasSubstr(std::string("Type, whose value is not in ") + one.table));
  }
}

TEST_F(Social, AnExaminationOrderedByAUnitThatNoTableKnowsIsPutAside) {
  const Verdict verdict = Row(
      "Decisions", R"({"Id":1,"Type":"Begäran tandundersökning","Date":"2026-03-01",)"
                   R"("ToDate":"2026-05-01","OrganisationUnitId":555,"PersonId":"20210325K069"})");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined);
  EXPECT_THAT(verdict.detail, HasSubstr("units"));
}

}  // namespace
}  // namespace sam::kit::test
