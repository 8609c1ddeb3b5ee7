#include "broker/routing/agreements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using ::testing::HasSubstr;

constexpr char kHead[] =
    "[[agreement]]\nid = 'x'\nsignal = 'SIG-B1'\nfrom = 'region.gavleborg'\n"
    "to = 'bollnas.socialnamnd'\n";

std::string ErrorOf(const std::string& text) {
  static const World world = DemoWorld();
  const auto agreements = ParseAgreements(text, "a.toml", world.directory);
  return agreements.ok() ? "" : agreements.error().message;
}

TEST(Agreements, ACompleteOneIsReadAndFound) {
  const World world = DemoWorld();
  const auto agreements = ParseAgreements(
      std::string(kHead) + "to_role = 'social.preventive'\nmax_sensitivity = 'S1'\n"
                           "hide = ['body.supportRequest.language']\nareas = false\n",
      "a.toml", world.directory);
  ASSERT_TRUE(agreements.ok()) << agreements.error().message;
  const Function& preventive = *world.directory.FunctionById("bollnas.forebyggande");
  const auto found = agreements->Find("SIG-B1", "region.gavleborg", preventive);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->max_sensitivity, schema::Sensitivity::S1);
  EXPECT_FALSE(found[0]->areas);
  EXPECT_TRUE(agreements->Find("SIG-C1", "region.gavleborg", preventive).empty());
  EXPECT_TRUE(agreements->Find("SIG-B1", "gavle.socialnamnd", preventive).empty());
  EXPECT_TRUE(agreements->Find("SIG-B1", "region.gavleborg",
                               *world.directory.FunctionById("bollnas.mottagning")).empty());
  EXPECT_TRUE(agreements->Find("SIG-B1", "region.gavleborg",
                               *world.directory.FunctionById("gavle.forebyggande")).empty());
}

TEST(Agreements, StatutoryReportsCannotBeNarrowed) {
  EXPECT_THAT(ErrorOf("[[agreement]]\nid = 'x'\nsignal = 'SIG-A1'\nfrom = 'region.gavleborg'\n"
                      "to = 'bollnas.socialnamnd'\n"),
              HasSubstr("statutory reports never are"));
}

TEST(Agreements, UnknownNamesAreRefusedWithTheNearest) {
  EXPECT_THAT(ErrorOf("[[agreement]]\nid = 'x'\nsignal = 'SIG-B9'\nfrom = 'region.gavlebrog'\n"
                      "to = 'nobody'\n"),
              ::testing::AllOf(HasSubstr("a.toml:3:10"), HasSubstr("did you mean \"SIG-B1\"?"),
                               HasSubstr("did you mean \"region.gavleborg\"?"),
                               HasSubstr("'agreement.to'")));
  EXPECT_THAT(ErrorOf(std::string(kHead) + "hide = ['subject.homeMunicipalty']\n"),
              HasSubstr("did you mean \"subject.homeMunicipality\"?"));
  EXPECT_THAT(ErrorOf(std::string(kHead) + "ground = 'ground.same-region'\n"),
              HasSubstr("a ground allowed for this signal"));
}

TEST(Agreements, AReceiverAndAUniqueIdAreNeeded) {
  EXPECT_THAT(ErrorOf("[[agreement]]\nid = 'x'\nsignal = 'SIG-B1'\nfrom = 'region.gavleborg'\n"),
              HasSubstr("an authority, or to_role"));
  EXPECT_THAT(ErrorOf(std::string(kHead) + kHead), HasSubstr("not used before"));
}

TEST(Agreements, OnlyTheAnswerToAnExaminationTellsOfTheNeedForCare) {
  EXPECT_THAT(ErrorOf(std::string(kHead) + "needs_care = true\n"), HasSubstr("SIG-D2"));
  EXPECT_EQ(ErrorOf(std::string(kHead) + "needs_care = false\n"), "");
}

}  // namespace
}  // namespace sam::routing
