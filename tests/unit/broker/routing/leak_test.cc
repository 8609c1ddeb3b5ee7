// The property that matters most: whatever the signal, the receiver and the protection, no field
// above its ceiling is in the bytes that leave.
#include <capnp/dynamic.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/contract/catalogue.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"
#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using schema::Protection;

struct Leak {
  schema::Sensitivity ceiling = schema::Sensitivity::S0;
  bool place = false;
  bool free_text = false;
  std::vector<std::string> found;

  // Own walk, apart from Mask's: every field that holds a value is compared with what is allowed.
  void Walk(capnp::DynamicStruct::Reader value, const std::string& path) {
    for (const auto field : value.getSchema().getFields()) {
      if (!value.has(field)) continue;
      const auto info = contract::InfoOf(field);
      const std::string here = path.empty() ? info.name : path + "." + info.name;
      if (info.type != "group" && IsAbove(info, here)) found.push_back(here);
      const auto type = field.getType();
      if (type.isStruct()) Walk(value.get(field).as<capnp::DynamicStruct>(), here);
      if (type.isList() && type.asList().getElementType().isStruct()) {
        for (const auto one : value.get(field).as<capnp::DynamicList>()) {
          Walk(one.as<capnp::DynamicStruct>(), here);
        }
      }
    }
  }

  bool IsAbove(const contract::FieldInfo& info, const std::string& path) const {
    if (!info.sensitivity) return true;
    if (info.place && !place) return true;
    if (info.free_text && !free_text) return true;
    // The table's own exceptions.
    if (path == "subject.protection" || path == "acute") return false;
    return *info.sensitivity > ceiling;
  }
};

class LeakTest : public ::testing::Test {
 protected:
  // Every receiver that the directory knows is tried by name, as a released hold would name it.
  size_t TryAll(const std::string& code, Protection protection, bool areas) {
    size_t delivered = 0;
    for (const Function& function : world_.directory.functions()) {
      Candidate candidate = MakeCandidate(code);
      candidate.wanted.function = function.id;
      candidate.subject.protection = protection;
      candidate.about_sender = candidate.about_receiver = function.id;
      candidate.acute = true;
      if (areas) candidate.subject.consents[0].scope.push_back("SIG-B1:areas");
      const GateDecision decision =
          Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
      if (decision.outcome != GateOutcome::kDeliver) continue;
      ++delivered;
      Check(candidate, decision, function);
    }
    return delivered;
  }

  void Check(const Candidate& candidate, const GateDecision& decision, const Function& function) {
    const RoleCeiling* role = CeilingFor(*CeilingOf(candidate.code), function.role);
    ASSERT_NE(role, nullptr) << candidate.code << " went to " << function.id;
    const auto composed = Compose(candidate, decision);
    ASSERT_TRUE(composed.ok()) << composed.error().message;
    const Protection protection = candidate.subject.protection;
    const bool report = candidate.code == "SIG-A1";
    Leak leak;
    leak.ceiling = decision.areas_allowed ? schema::Sensitivity::S4 : role->max;
    leak.place = report || protection == Protection::NONE;
    leak.free_text = report;
    auto message = wire::Parse<schema::Signal>(composed->bytes);
    ASSERT_TRUE(message.ok());
    leak.Walk(capnp::DynamicStruct::Reader(message->get()), "");
    EXPECT_THAT(leak.found, ::testing::IsEmpty()) << candidate.code << " to " << function.id;
    CheckRawBytes(candidate, composed->bytes, function);
  }

  // Nor may a cleared value still lie in a hole of the message.
  void CheckRawBytes(const Candidate& candidate, const std::string& bytes,
                     const Function& function) {
    if (candidate.code == "SIG-A1") {
      EXPECT_EQ(bytes.find("canary-old"), std::string::npos);
      return;
    }
    EXPECT_EQ(bytes.find("canary"), std::string::npos) << candidate.code << " to " << function.id;
    if (candidate.subject.protection != Protection::NONE) {
      EXPECT_EQ(bytes.find("2183"), std::string::npos) << candidate.code << " to " << function.id;
    }
    const bool between = candidate.code == "SIG-B1" || candidate.code == "SIG-C1" ||
                         candidate.code == "WITHDRAWN";
    if (between && candidate.subject.protection == Protection::SEKRETESSMARKERING) {
      const bool itself = function.id == "bvc.bollnas";
      EXPECT_EQ(bytes.find("bvc.bollnas") == std::string::npos, !itself) << candidate.code;
    }
  }

  World world_ = DemoWorld();
};

TEST_F(LeakTest, NothingAboveItsCeilingLeavesForAnyReceiverAndProtection) {
  for (const Ceiling& ceiling : AllCeilings()) {
    size_t delivered = 0;
    for (const Protection protection :
         {Protection::UNKNOWN, Protection::NONE, Protection::SEKRETESSMARKERING,
          Protection::SKYDDAD_FOLKBOKFORING}) {
      for (const bool areas : {false, true}) delivered += TryAll(ceiling.code, protection, areas);
    }
    EXPECT_GT(delivered, 0u) << ceiling.code << " was never delivered: the test tests nothing";
  }
}

TEST_F(LeakTest, RolesOutsideTheTableNeverGetAnything) {
  for (const Ceiling& ceiling : AllCeilings()) {
    for (const Function& function : world_.directory.functions()) {
      if (CeilingFor(ceiling, function.role) != nullptr) continue;
      Candidate candidate = MakeCandidate(ceiling.code);
      candidate.wanted.function = function.id;
      const GateDecision decision =
          Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
      EXPECT_NE(decision.outcome, GateOutcome::kDeliver) << ceiling.code << " to " << function.id;
    }
  }
}

TEST_F(LeakTest, EverySignalOfTheSchemaHasACeilingOfItsClass) {
  for (const auto& type : contract::SignalTypes()) {
    const Ceiling* ceiling = CeilingOf(type.code);
    ASSERT_NE(ceiling, nullptr) << type.code;
    EXPECT_EQ(ceiling->legal_class, type.legal_class) << type.code;
    for (const RoleCeiling& role : ceiling->receivers) {
      EXPECT_GE(role.max, type.sensitivity) << type.code << " could never be read";
      if (type.code != "SIG-A1") {
        // A page of a report is as sensitive as the report, and goes where that goes.
        EXPECT_TRUE(role.max <= schema::Sensitivity::S3 || type.code == "ATTACHMENT") << type.code;
        EXPECT_FALSE(role.place_if_unsafe) << type.code;
        EXPECT_FALSE(role.free_text) << type.code;
      }
    }
  }
  EXPECT_EQ(AllCeilings().size(), contract::SignalTypes().size());
}

}  // namespace
}  // namespace sam::routing
