// Public FHIR samples of other makers, when the folder is there: each is told, not of interest, or
// refused with a reason that a sender can act on. Nothing breaks.
#include <gmock/gmock.h>

#include <iostream>

#include "adapters/fhir/exchange.h"
#include "adapters/fhir/fate.h"
#include "tests/unit/adapters/fhir/fhir_rig.h"

namespace sam::fhir::test {
namespace {

TEST(FhirCorpus, EveryFileIsToldOrNotOfInterestOrRefusedWithAReason) {
  const std::string folder = std::string(SAM_SOURCE) + "/../shared/corpus/fhir";
  const std::vector<std::string> files = JsonFiles(folder);
  if (files.empty()) GTEST_SKIP() << "no corpus at " << folder;
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  const Exchange exchange("/fhir", {});
  std::map<int, int> answers;
  for (const std::string& file : files) {
    edge::HttpRequest request;
    request.method = "POST";
    request.body = ReadFileText(file);
    request.headers = {{"content-type", "application/fhir+json"}};
    const Result<Json> json = ParseJson(request.body);
    const std::string type = json.ok() ? json->Text("resourceType") : "";
    request.path = type == "Bundle" || type.empty() ? "/fhir" : "/fhir/" + type;
    const Plan plan = exchange.Read(request);
    std::vector<Fate> fates;
    for (const Entry& entry : plan.entries) {
      fates.emplace_back();
      if (!entry.message.empty()) fates.back() = FateOf(rig.Take(entry.message), entry);
    }
    const edge::HttpResponse answer = exchange.Answer(plan, fates);
    ++answers[answer.status];
    const std::string name = file.substr(file.rfind('/') + 1);
    EXPECT_GE(answer.status, 200) << name;
    EXPECT_LT(answer.status, 500) << name;
    if (answer.status >= 400 || answer.status == 202) {
      const Result<Json> outcome = ParseJson(answer.body);
      ASSERT_TRUE(outcome.ok()) << name << answer.body;
      EXPECT_EQ(outcome->Text("resourceType"), "OperationOutcome") << name;
      EXPECT_GT(outcome->Find("issue")->items[0].Text("diagnostics").size(), 10U) << name;
    }
    std::cout << answer.status << " " << name << " "
              << (answer.status == 201 ? "" : answer.body.substr(0, 230)) << "\n";
  }
  EXPECT_GT(answers[200] + answers[201] + answers[202], 5);
}

}  // namespace
}  // namespace sam::fhir::test
