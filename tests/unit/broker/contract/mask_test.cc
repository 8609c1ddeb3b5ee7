#include "broker/contract/mask.h"

#include <memory>

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/contract/catalogue.h"

namespace sam::contract {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using schema::Sensitivity;

class MaskTest : public ::testing::Test {
 protected:
  MaskTest() : signal_(message_->initRoot<schema::Signal>()) {
    signal_.setCode("SIG-A1");
    signal_.setAcute(true);
    auto subject = signal_.initSubject();
    subject.setHomeMunicipality("2183");
    subject.setProtection(schema::Protection::SEKRETESSMARKERING);
    subject.initIds(1)[0].setValue("20210325K069");
    auto report = signal_.getBody().initReport();
    report.setConcern("text");
    report.setChildAddress("gata");
    report.setSignerName("namn");
    auto guardians = report.initGuardians(2);
    guardians[0].setAddress("gata 1");
    guardians[1].setName("namn 2");
  }
  std::vector<std::string> Run(const MaskPolicy& policy) {
    return Mask(capnp::DynamicStruct::Builder(signal_), policy);
  }
  static MaskPolicy All() {
    MaskPolicy policy;
    policy.ceiling = Sensitivity::S4;
    policy.keep_place = true;
    policy.keep_free_text = true;
    return policy;
  }
  // By pointer: its destructor may throw, which a fixture's may not.
  std::unique_ptr<capnp::MallocMessageBuilder> message_ =
      std::make_unique<capnp::MallocMessageBuilder>();
  schema::Signal::Builder signal_;
};

TEST_F(MaskTest, NothingIsTakenWhenEverythingIsAllowed) {
  EXPECT_THAT(Run(All()), IsEmpty());
  EXPECT_EQ(signal_.getBody().getReport().getConcern(), "text");
}

TEST_F(MaskTest, PlacesGoAtEveryDepth) {
  MaskPolicy policy = All();
  policy.keep_place = false;
  const auto masked = Run(policy);
  EXPECT_THAT(masked, Contains("subject.homeMunicipality"));
  EXPECT_THAT(masked, Contains("body.report.childAddress"));
  EXPECT_THAT(masked, Contains("body.report.guardians.address"));
  EXPECT_THAT(masked, Contains("body.report.siblings.phone")) << "empty lists are named too";
  auto report = signal_.getBody().getReport();
  EXPECT_EQ(report.getChildAddress().size(), 0u);
  EXPECT_EQ(report.getGuardians()[0].getAddress().size(), 0u);
  EXPECT_EQ(report.getGuardians()[1].getName(), "namn 2");
}

TEST_F(MaskTest, FreeTextGoesUnlessItIsAllowed) {
  MaskPolicy policy = All();
  policy.keep_free_text = false;
  EXPECT_THAT(Run(policy), Contains("body.report.concern"));
  EXPECT_EQ(signal_.getBody().getReport().getConcern().size(), 0u);
}

TEST_F(MaskTest, AWholeStructAboveTheCeilingIsCleared) {
  MaskPolicy policy = All();
  policy.ceiling = Sensitivity::S3;
  const auto masked = Run(policy);
  EXPECT_THAT(masked, Contains("body.report"));
  EXPECT_THAT(masked, Not(Contains("body.report.concern"))) << "one path for the whole";
  EXPECT_EQ(signal_.getBody().getReport().getSignerName().size(), 0u);
}

TEST_F(MaskTest, TheListDoesNotDependOnWhatTheFieldsHold) {
  MaskPolicy policy;
  policy.ceiling = Sensitivity::S1;
  const auto full = Run(policy);
  capnp::MallocMessageBuilder other;
  auto empty = other.initRoot<schema::Signal>();
  empty.getBody().initReport();
  EXPECT_EQ(Mask(capnp::DynamicStruct::Builder(empty), policy), full);
}

TEST_F(MaskTest, ExceptionsStayAndHiddenOnesGo) {
  MaskPolicy policy = All();
  policy.ceiling = Sensitivity::S2;
  policy.also = {"acute", "subject.protection"};
  policy.hide = {"senderFunction"};
  signal_.setSenderFunction("bvc.bollnas");
  const auto masked = Run(policy);
  EXPECT_TRUE(signal_.getAcute());
  EXPECT_EQ(signal_.getSubject().getProtection(), schema::Protection::SEKRETESSMARKERING);
  EXPECT_THAT(masked, Contains("senderFunction"));
  EXPECT_EQ(signal_.getSenderFunction().size(), 0u);
}

TEST_F(MaskTest, AnExceptionNeverOpensPlaceOrFreeText) {
  MaskPolicy policy = All();
  policy.keep_place = false;
  policy.keep_free_text = false;
  policy.also = {"subject.homeMunicipality", "body.report.concern"};
  const auto masked = Run(policy);
  EXPECT_THAT(masked, Contains("subject.homeMunicipality"));
  EXPECT_THAT(masked, Contains("body.report.concern"));
}

TEST_F(MaskTest, SleepingUnionMembersAreNotNamed) {
  MaskPolicy policy;
  policy.ceiling = Sensitivity::S0;
  for (const std::string& path : Run(policy)) {
    EXPECT_EQ(path.rfind("body.pattern", 0), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace sam::contract
