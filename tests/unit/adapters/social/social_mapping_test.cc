// The shipped mapping for social services: each sample row gives the events it should, field by
// field, and nothing that it must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <kj/string.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/pipeline.h"
#include "adapters/rest/json_row.h"
#include "adapters/rest/kind.h"
#include "broker/contract/required.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/support/fault_store.h"

namespace sam::kit::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string ReadAll(const std::string& path) {
  std::ifstream in(std::string(SAM_SOURCE) + "/" + path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

SourceKinds Kinds() {
  SourceKinds kinds;
  kinds.formats.push_back(rest::RestKind());
  kinds.connectors.push_back(rest::PollKind());
  return kinds;
}

std::string TextOf(const std::string& event) {
  const Result<std::string> text =
      wire::Read<schema::Event>(event, [](schema::Event::Reader reader) -> Result<std::string> {
        return std::string(kj::str(reader).cStr());
      });
  return text.ok() ? *text : text.error().message;
}

// The adapter as the demo configures it, over a store in memory.
class Social : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = AdapterConfig::Load(
        std::string(SAM_SOURCE) + "/deploy/config/demo/adapter-social.toml", Kinds());
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    config_.emplace(std::move(loaded).value());
    auto mapping = Mapping::Load(config_->mapping_file, Kinds());
    ASSERT_TRUE(mapping.ok()) << mapping.error().message;
    mapping_ = std::move(mapping).value();
    auto store = AdapterStore::Open(memory_, SecretKey::Random(), clock_, config_->keep);
    ASSERT_TRUE(store.ok());
    store_ = std::move(store).value();
    auto decoder = MakeDecoder(Kinds(), *config_, *mapping_, clock_, Random(7));
    ASSERT_TRUE(decoder.ok()) << decoder.error().message;
    decoder_ = std::move(decoder).value();
    pipeline_.emplace(Pipeline::Make(*config_, *mapping_, *decoder_, *store_, clock_, Random(7)));
  }

  Verdict Take(const std::string& message) {
    EXPECT_TRUE(pipeline_->Begin().ok());
    Result<Verdict> verdict = pipeline_->Take(message, "poll");
    EXPECT_TRUE(verdict.ok());
    EXPECT_TRUE(pipeline_->Commit().ok());
    return verdict.ok() ? std::move(verdict).value() : Verdict();
  }
  Verdict Row(const std::string& endpoint, const std::string& row) {
    return Take(rest::Envelope(endpoint, row));
  }
  std::vector<Verdict> Sample(const std::string& endpoint) {
    const std::string name = "adapters/social/samples/lifecare/" + endpoint + ".json";
    auto messages = decoder_->Sample(name, ReadAll(name));
    EXPECT_TRUE(messages.ok());
    std::vector<Verdict> out;
    for (const std::string& message : *messages) out.push_back(Take(message));
    return out;
  }

  std::optional<AdapterConfig> config_;
  ManualClock clock_{Millis(1'772'445'600'000)};  // 2026-03-02T10:00:00Z
  std::unique_ptr<Mapping> mapping_;
  sam::test::FaultStore memory_;
  std::unique_ptr<AdapterStore> store_;
  std::unique_ptr<Decoder> decoder_;
  std::optional<Pipeline> pipeline_;
};

std::vector<std::string> Types(const Verdict& verdict) {
  std::vector<std::string> out;
  for (const MappedEvent& event : verdict.events) {
    out.push_back(event.type->name);
    const auto parsed = wire::Parse<schema::Event>(event.bytes);
    EXPECT_TRUE(parsed.ok() && contract::CheckRequired(parsed->get()).ok()) << event.rule;
    // What no row may carry, whatever else it says.
    for (const char* never : {"Tandvård", "Omsorgssvikt", "Våld", "BVC", "Polis", "Familjehem",
                              "Jourhem", "Vårdnadshavare"})
      EXPECT_THAT(TextOf(event.bytes), Not(HasSubstr(never))) << event.rule;
  }
  if (!verdict.reason.empty()) out.push_back(verdict.reason + ": " + verdict.detail);
  return out;
}

TEST_F(Social, IntakesTellReportsAssessmentsAndInquiries) {
  const std::vector<Verdict> rows = Sample("Actualisations");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_THAT(Types(rows[0]), ElementsAre("social.report.received"));
  EXPECT_THAT(
      TextOf(rows[0].events[0].bytes),
      testing::AllOf(HasSubstr("receivedAt = 1772439120000"), HasSubstr("intakeRef = \"98765\""),
                     HasSubstr("value = \"20210325K069\""), HasSubstr("orgNr = \"2120002361\""),
                     HasSubstr("zoneNote = assumed")));
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
    EXPECT_THAT(verdict.detail, HasSubstr(one.table));
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
