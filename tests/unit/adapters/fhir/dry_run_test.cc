// `samsignal-adapter test` on Bundles: what it tells is what the listener would do.
#include "adapters/kit/dry_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/fhir/fhir_rig.h"

namespace sam::fhir::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Told {
  kit::DryRunReport report;
  std::string text;
};

Told Tell(const std::string& bundle) {
  FhirRig rig;
  rig.config.mapping_file = std::string(SAM_SOURCE) + "/adapters/bvc/mappings/bvc-fhir.toml";
  const sam::test::TempDir dir;
  const std::string file = dir / "bundle.json";
  std::ofstream(file) << bundle;
  kit::DryRunOptions options;
  std::ostringstream out;
  const Result<kit::DryRunReport> report =
      kit::DryRun(rig.config, {file}, rig.kinds, rig.clock, options, out);
  EXPECT_TRUE(report.ok()) << report.error().message;
  return {report.ok() ? *report : kit::DryRunReport(), out.str()};
}

// Two resources; the second says of itself that it is the first one's version, or a later one.
std::string Bundle(const std::string& type, const std::string& version,
                   const std::string& url = "Appointment") {
  std::string other = Sample("appointment_noshow");
  other.replace(other.find("\"versionId\": \"3\""), 16, "\"versionId\": \"" + version + "\"");
  other.replace(other.find("\"valueInteger\": 2"), 17, "\"valueInteger\": 3");
  const auto entry = [](const std::string& resource, const std::string& to) {
    return R"({"request":{"method":"POST","url":")" + to + R"("},"resource":)" + resource + "}";
  };
  return R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)" +
         entry(Sample("appointment_noshow"), "Appointment") + "," + entry(other, url) + "]}";
}

TEST(DryRunOfBundles, WhatIsGoodTellsItsEvents) {
  for (const char* type : {"transaction", "batch"}) {
    const Told told = Tell(Bundle(type, "4"));
    EXPECT_EQ(told.report.messages, 2U) << type;
    EXPECT_EQ(told.report.events, 2U) << told.text;
    EXPECT_EQ(told.report.bad, 0U) << told.text;
  }
}

// The first entry was told as taken, though the listener answers the transaction with 409 and
// keeps nothing of it.
TEST(DryRunOfBundles, ATransactionIsTakenWholeOrNotAtAll) {
  const Told batch = Tell(Bundle("batch", "3"));
  EXPECT_EQ(batch.report.events, 1U) << batch.text;
  EXPECT_EQ(batch.report.bad, 1U) << batch.text;
  const Told whole = Tell(Bundle("transaction", "3"));
  EXPECT_EQ(whole.report.events, 0U) << whole.text;
  EXPECT_EQ(whole.report.bad, 2U) << whole.text;
  EXPECT_THAT(whole.text, HasSubstr("not-whole: message 2 of 2 is not taken"));
  EXPECT_THAT(whole.text, Not(HasSubstr("event bvc.visit.missed")));
  EXPECT_THAT(whole.text, HasSubstr("  answer\nHTTP 409\n\n{\"resourceType\":\"OperationOutcome\""));
  EXPECT_THAT(batch.text, HasSubstr("batch-response"));
}

// `test` told what it would send and never what the sender would hear.
TEST(DryRunOfBundles, AResourceIsAnsweredAsTheListenerWould) {
  const Told told = Tell(Sample("appointment_noshow"));
  EXPECT_EQ(told.report.events, 1U);
  EXPECT_THAT(told.text, HasSubstr("HTTP 200\nETag: W/\"3\"\nLocation: /fhir/Appointment/"));
  std::string odd = Sample("appointment_noshow");
  odd.replace(odd.find("\"noshow\""), 8, "\"no-show\"");
  const Told refused = Tell(odd);
  EXPECT_EQ(refused.report.bad, 1U) << refused.text;
  EXPECT_THAT(refused.text, HasSubstr("Appointment.status"));
  EXPECT_THAT(refused.text, HasSubstr("HTTP 422"));
  EXPECT_EQ(Tell(R"({"resourceType":"Device","id":"x"})").report.bad, 1U);
}

// It ended the run with an error, though the listener answers 200.
TEST(DryRunOfBundles, OneWithNothingToTakeIsAnsweredAsTheListenerWould) {
  const Told told = Tell(R"({"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":)"
                         R"("POST","url":"Patient"},"resource":{"resourceType":"Patient"}}]})");
  EXPECT_EQ(told.report.messages, 0U);
  EXPECT_EQ(told.report.bad, 0U) << told.text;
  EXPECT_THAT(told.text, HasSubstr("HTTP 200"));
  EXPECT_THAT(told.text, HasSubstr("batch-response"));
}

TEST(DryRunOfBundles, OneThatIsRefusedAtTheDoorIsToldWithItsPlace) {
  const Told told = Tell(Bundle("transaction", "4", "Patient"));
  EXPECT_EQ(told.report.messages, 0U);
  EXPECT_EQ(told.report.bad, 1U) << told.text;
  EXPECT_THAT(told.text, HasSubstr("Bundle.entry[1].request.url expected the resource's type (400)"));
  const Told broken = Tell("{\"resourceType\":");
  EXPECT_EQ(broken.report.bad, 1U) << broken.text;
  EXPECT_THAT(broken.text, HasSubstr("(400)"));
}

}  // namespace
}  // namespace sam::fhir::test
