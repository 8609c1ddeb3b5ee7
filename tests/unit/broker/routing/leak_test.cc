// The property that matters most: whatever the signal, the receiver and the protection, no field
// above its ceiling is in the bytes that leave.
#include <capnp/dynamic.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "broker/contract/catalogue.h"
#include "broker/contract/place.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"
#include "tests/support/leak.h"
#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using schema::Protection;
using test::Leak;

capnp::DynamicEnum LastOf(capnp::EnumSchema type) {
  return capnp::DynamicEnum(type.getEnumerants()[type.getEnumerants().size() - 1]);
}

// Every field holds something. What may never leave but in a report is a canary (of what is itself `carried` to others
// its signal's marks tell, and the walk looks at those), what tells where somebody stays is
// "placed"; numbers are 1, enums their last member, and lists of enums all of them.
void FillAll(capnp::DynamicStruct::Builder value, bool carried) {
  for (const auto field : value.getSchema().getFields()) {
    if (field.getProto().getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) {
      bool active = false;
      KJ_IF_MAYBE(which, value.which()) { active = *which == field; }
      if (!active) continue;
    }
    const contract::FieldInfo info = contract::InfoOf(field);
    std::string text = info.place ? "placed-" : "filled-";
    const bool above = !info.sensitivity || *info.sensitivity > schema::Sensitivity::S3;
    if (info.free_text || (above && !carried)) text = "canary-";
    text += info.name;
    const capnp::Type type = field.getType();
    if (field.getProto().isGroup()) {
      FillAll(value.get(field).as<capnp::DynamicStruct>(), carried);
    } else if (type.isStruct()) {
      FillAll(value.init(field).as<capnp::DynamicStruct>(), carried);
    } else if (type.isList()) {
      const capnp::Type element = type.asList().getElementType();
      const unsigned size = element.isEnum() ? element.asEnum().getEnumerants().size() : 1;
      auto list = value.init(field, size).as<capnp::DynamicList>();
      if (element.isStruct()) FillAll(list[0].as<capnp::DynamicStruct>(), carried);
      if (element.isText()) list.set(0, text.c_str());
      for (unsigned i = 0; element.isEnum() && i < size; ++i)
        list.set(i, capnp::DynamicEnum(element.asEnum().getEnumerants()[i]));
    } else if (type.isText()) {
      value.set(field, text.c_str());
    } else if (type.isData()) {
      value.set(field, capnp::Data::Reader(reinterpret_cast<const kj::byte*>(text.data()), text.size()));
    } else if (type.isEnum()) {
      value.set(field, LastOf(type.asEnum()));
    } else if (type.which() == capnp::schema::Type::BOOL) {
      value.set(field, true);
    } else {
      value.set(field, 1);
    }
  }
}

// Told of the usual child, so that it can be looked for.
std::string FilledEvent(const contract::EventType& type, bool carried) {
  return MakeEvent([&](schema::Event::Builder event) {
    const std::string ids_system = "urn:oid:1.2.752.74.9.1";
    capnp::DynamicStruct::Builder root(event);
    root.get("body").as<capnp::DynamicStruct>().init(type.member);
    FillAll(root, carried);
    auto subject = event.getHeader().initSubject();
    auto ids = subject.initIds(1);
    ids[0].setSystem(ids_system);
    ids[0].setValue("20210325K069");
    subject.setBirthDate("2021-03-25");
    subject.setHomeMunicipality("canary-old-municipality");
  });
}

class LeakTest : public ::testing::Test {
 protected:
  // A world where every receiver's channel carries so much, and guardians read it or not.
  static World WorldOf(Payload payload, bool guardians) {
    World world = DemoWorld();
    std::string text = ReadFile(std::string(SAM_SOURCE_DIR) + "/deploy/config/demo/directory.toml");
    for (const std::string none = "channel = \"none\"\n"; text.find(none) != std::string::npos;)
      text.erase(text.find(none), none.size());
    std::string with = "[[function]]\npayload = \"";
    with.append(PayloadNames()[static_cast<size_t>(payload)]).append("\"\nguardians_read = ");
    with.append(guardians ? "true" : "false");
    const std::string head = "[[function]]";
    for (size_t at = text.find(head); at != std::string::npos; at = text.find(head, at + with.size()))
      text.replace(at, head.size(), with);
    auto directory = ParseDirectory(std::move(text), "directory.toml");
    EXPECT_TRUE(directory.ok()) << (directory.ok() ? "" : directory.error().message);
    if (directory.ok()) world.directory = std::move(directory).value();
    return world;
  }

  // Each function in turn is told in place of another one's manager, where the directory allows it.
  void TryEscalations(Protection protection) {
    const World demo = DemoWorld();
    const std::string text = ReadFile(std::string(SAM_SOURCE_DIR) + "/deploy/config/demo/directory.toml");
    for (const Function& about : demo.directory.functions())
      for (const Function& one : demo.directory.functions()) {
        if (one.id == about.id || one.authority != about.authority) continue;
        const std::string line = "id = \"" + about.id + "\"\n";
        const size_t at = text.find(line);
        if (at == std::string::npos) continue;
        auto directory = ParseDirectory(
            std::string(text).insert(at + line.size(), "escalate_to = \"" + one.id + "\"\n"), "directory.toml");
        if (!directory.ok()) continue;  // it names one already
        world_.directory = std::move(directory).value();
        Candidate candidate = MakeCandidate("SIG-E3");
        candidate.wanted.function = one.id;
        candidate.about_receiver = about.id;
        candidate.subject.protection = protection;
        const GateDecision decision =
            Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
        if (decision.outcome != GateOutcome::kDeliver) continue;
        reached_.emplace("SIG-E3", one.role);
        Check(candidate, decision, one);
      }
  }

  // Every receiver that the directory knows is tried by name, as a released hold would name it.
  size_t TryAll(const std::string& code, Protection protection, bool areas) {
    return TryAll(MakeCandidate(code), protection, areas);
  }
  size_t TryAll(const Candidate& made, Protection protection, bool areas) {
    size_t delivered = 0;
    for (const Function& function : world_.directory.functions()) {
      Candidate candidate = made;
      candidate.wanted.function = function.id;
      // A prompt stays with the unit that holds the facts: each unit is that unit once.
      if (CeilingOf(made.code)->reach == Reach::kOwnUnit) candidate.subject.owner_unit = function.unit;
      candidate.subject.protection = protection;
      candidate.about_sender = candidate.about_receiver = function.id;
      candidate.acute = true;
      if (areas) candidate.subject.consents[0].scope.push_back("SIG-B1:areas");
      const GateDecision decision =
          Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
      if (decision.outcome != GateOutcome::kDeliver) continue;
      ++delivered;
      reached_.emplace(made.code, function.role);
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
    if (function.guardians_read) {
      leak.ceiling = std::min(leak.ceiling, schema::Sensitivity::S3);
      leak.protection = false;
    }
    auto message = wire::Parse<schema::Signal>(composed->bytes);
    ASSERT_TRUE(message.ok());
    leak.Walk(capnp::DynamicStruct::Reader(message->get()), "");
    EXPECT_THAT(leak.found, ::testing::IsEmpty()) << candidate.code << " to " << function.id;
    if (composed->split.apart()) {  // what delivery puts together is what was looked at here
      const auto rest = wire::Parse<schema::Signal>(composed->split.rest);
      const auto place = wire::Parse<schema::Signal>(composed->split.place);
      ASSERT_TRUE(rest.ok() && place.ok());
      EXPECT_EQ(contract::JoinPlaces(rest->get(), place->get()), composed->bytes) << candidate.code;
    }
    CheckRawBytes(candidate, composed->bytes, function);
    CheckPayload(*CeilingOf(candidate.code), composed->bytes, message->get(), function);
  }

  // Person and content stay here, and at last the kind too; only a report and what is told of it go whole.
  void CheckPayload(const Ceiling& ceiling, const std::string& bytes,
                    schema::Signal::Reader signal, const Function& function) {
    if (function.payload == Payload::kFull || ceiling.legal_class == schema::LegalClass::A) return;
    EXPECT_EQ(bytes.find("20210325K069"), std::string::npos) << ceiling.code;
    EXPECT_EQ(bytes.find("2021-03-25"), std::string::npos) << ceiling.code;
    EXPECT_FALSE(signal.hasSubject()) << ceiling.code;
    EXPECT_TRUE(signal.hasSignalId());
    const bool notice = ceiling.reach == Reach::kOriginalSender ||
                        ceiling.reach == Reach::kOriginalReceiver ||
                        ceiling.reach == Reach::kEitherParty ||
                        ceiling.reach == Reach::kInCharge;
    if (notice) return;
    for (const char* content : {"bhv.m8", "phone", "bvc.visit.missed", "rinkeby.2", "plan-1", "B-5",
                                "2026-06-"})
      EXPECT_EQ(bytes.find(content), std::string::npos) << ceiling.code << " " << content;
    if (function.payload != Payload::kEmpty) return;
    EXPECT_EQ(bytes.find(ceiling.code), std::string::npos) << ceiling.code;
    EXPECT_EQ(bytes.find("TEST-RULE"), std::string::npos) << ceiling.code;
    EXPECT_TRUE(signal.getBody().isUnset()) << ceiling.code;
    for (const auto path : signal.getMaskedFields())
      EXPECT_EQ(std::string(path.cStr()).find("body."), std::string::npos) << path.cStr();
  }

  // Nor may a cleared value still lie in a hole of the message.
  void CheckRawBytes(const Candidate& candidate, const std::string& bytes,
                     const Function& function) {
    if (candidate.code == "SIG-A1") {
      EXPECT_EQ(bytes.find("canary-old"), std::string::npos);
      return;
    }
    const size_t canary = bytes.find("canary");
    EXPECT_EQ(canary, std::string::npos) << candidate.code << " to " << function.id << ": "
                                         << bytes.substr(std::min(canary, bytes.size()), 24).c_str();
    if (candidate.subject.protection != Protection::NONE) {
      EXPECT_EQ(bytes.find("placed-"), std::string::npos) << candidate.code << " to " << function.id;
      EXPECT_EQ(bytes.find("2183"), std::string::npos) << candidate.code << " to " << function.id;
    }
    const schema::LegalClass kind = CeilingOf(candidate.code)->legal_class;
    const bool between = kind == schema::LegalClass::B || kind == schema::LegalClass::C ||
                         candidate.code == "WITHDRAWN";
    const bool marked = candidate.subject.protection == Protection::SEKRETESSMARKERING ||
                        candidate.subject.protection == Protection::SKYDDAD_FOLKBOKFORING;
    if (kind == schema::LegalClass::D && marked) {
      const std::string& sender = candidate.sender_function;
      EXPECT_EQ(bytes.find(sender) == std::string::npos, function.id != sender) << candidate.code;
    }
    if (between && candidate.subject.protection == Protection::SEKRETESSMARKERING) {
      const bool itself = function.id == "bvc.bollnas";
      EXPECT_EQ(bytes.find("bvc.bollnas") == std::string::npos, !itself) << candidate.code;
    }
  }

  World world_ = DemoWorld();
  std::set<std::pair<std::string, Role>> reached_;
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
  for (const Protection protection : {Protection::NONE, Protection::SEKRETESSMARKERING}) TryEscalations(protection);
  for (const Ceiling& ceiling : AllCeilings())
    for (const RoleCeiling& role : ceiling.receivers)
      EXPECT_TRUE(reached_.contains({ceiling.code, role.role})) << ceiling.code << ": no " << static_cast<int>(role.role);
}

// Not only what the usual events hold: every field of what it rests on, and every type of event beside it.
TEST_F(LeakTest, NorWhateverTheEventsHoldThatItRestsOn) {
  std::vector<std::vector<Evidence>> beside(1);
  for (const contract::EventType& type : contract::EventTypes()) {
    if (beside.back().size() >= kMaxEvidence / 2) beside.emplace_back();
    const auto number = static_cast<uint8_t>(beside.back().size() + 10);
    beside.back().push_back({TestId(number), Offset(number), FilledEvent(type, false)});
  }
  for (const Ceiling& ceiling : AllCeilings()) {
    size_t delivered = 0;
    for (const auto& others : beside)
      for (const bool guardians : {false, true}) {
        world_ = WorldOf(Payload::kFull, guardians);
        Candidate candidate = MakeCandidate(ceiling.code);
        const auto first = wire::Parse<schema::Event>(candidate.evidence[0].bytes);
        ASSERT_TRUE(first.ok());
        candidate.evidence[0].bytes = FilledEvent(*contract::EventTypeOf(first->get()), true);
        candidate.evidence.insert(candidate.evidence.end(), others.begin(), others.end());
        for (const Protection protection : {Protection::UNKNOWN, Protection::NONE,
                                            Protection::SEKRETESSMARKERING})
          delivered += TryAll(candidate, protection, ceiling.code == "SIG-B1");
      }
    EXPECT_GT(delivered, 0u) << ceiling.code << " was never delivered: the test tests nothing";
  }
}

TEST_F(LeakTest, NorByAnyWayOfSendingIt) {
  for (const Payload payload : {Payload::kFull, Payload::kIdOnly, Payload::kEmpty}) {
    for (const bool guardians : {false, true}) {
      world_ = WorldOf(payload, guardians);
      size_t delivered = 0;
      for (const Ceiling& ceiling : AllCeilings()) {
        size_t own = 0;
        for (const Protection protection :
             {Protection::UNKNOWN, Protection::NONE, Protection::SEKRETESSMARKERING,
              Protection::SKYDDAD_FOLKBOKFORING})
          for (const bool areas : {false, true}) own += TryAll(ceiling.code, protection, areas);
        EXPECT_TRUE(guardians || own > 0) << ceiling.code << " was never delivered";
        delivered += own;
      }
      EXPECT_GT(delivered, 0u);
    }
  }
}

// A report's very existence is not told where a guardian may read it.
TEST_F(LeakTest, NoWordOfAReportGoesWhereAGuardianReads) {
  world_ = WorldOf(Payload::kFull, true);
  for (const char* code : {"SIG-A1", "ATTACHMENT", "RECEIPT", "SIG-A3", "HOLD", "WITHDRAWN", "REMINDER", "SIG-E3", "SIG-E4", "SIG-D1", "SIG-D2"})
    for (const Protection protection : {Protection::NONE, Protection::SEKRETESSMARKERING})
      EXPECT_EQ(TryAll(code, protection, false), 0u) << code;
}

// Nor is it told by a prompt that nobody has answered one, nor anything else of what is S4.
TEST_F(LeakTest, APromptThatTellsOfAReportOrOfS4GoesNowhereThatAGuardianReads) {
  const auto outcome = [&](const std::string& type) {
    Candidate candidate = MakeCandidate("SIG-E2");
    candidate.by_content = true;
    std::get<PatternDraft>(candidate.body).occurrences.front().type = type;
    return Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
  };
  for (const char* type : {"report.signed", "signal.receipt", "social.placement.changed"})
    EXPECT_EQ(outcome(type).outcome, GateOutcome::kDeliver) << type << " to a unit that keeps it";
  world_ = WorldOf(Payload::kFull, true);
  EXPECT_EQ(outcome("bvc.visit.missed").outcome, GateOutcome::kDeliver);
  for (const char* type : {"report.signed", "signal.receipt", "social.placement.changed", "newer.type"})
    EXPECT_THAT(outcome(type).reasons, ::testing::ElementsAre("gate.channel.guardians")) << type;
}

// Which fields are hidden is told with the signal: it must not tell who is protected.
TEST_F(LeakTest, WhereGuardiansReadTheBytesAreTheSameWhateverTheProtection) {
  world_ = WorldOf(Payload::kFull, true);
  size_t compared = 0;
  for (const char* code : {"SIG-B1", "SIG-B2", "SIG-B4", "SIG-C1", "SIG-E1", "SIG-E2", "WITHDRAWN"})
    for (const Function& function : world_.directory.functions()) {
      std::set<std::string> bytes;
      size_t delivered = 0;
      for (const Protection protection :
           {Protection::UNKNOWN, Protection::NONE, Protection::SEKRETESSMARKERING,
            Protection::SKYDDAD_FOLKBOKFORING}) {
        Candidate candidate = MakeCandidate(code);
        candidate.wanted.function = function.id;
        candidate.about_sender = candidate.about_receiver = function.id;
        candidate.about_code = "SIG-E1";
        candidate.subject.protection = protection;
        const GateDecision decision =
            Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
        if (decision.outcome != GateOutcome::kDeliver) continue;
        const auto composed = Compose(candidate, decision);
        ASSERT_TRUE(composed.ok()) << composed.error().message;
        ++delivered;
        bytes.insert(composed->bytes);
      }
      if (delivered == 0) continue;
      EXPECT_EQ(bytes.size(), 1u) << code << " to " << function.id;
      compared += delivered == 4 ? 1 : 0;
    }
  EXPECT_GT(compared, 6u);
}

TEST_F(LeakTest, WhatIsTakenBackIsToldWhereItWentAndNowhereElseThatAGuardianReads) {
  world_ = WorldOf(Payload::kFull, true);
  const auto outcome = [&](const char* about, bool secret, bool must_not) {
    Candidate candidate = MakeCandidate("WITHDRAWN");
    candidate.about_code = about;
    candidate.about_secret = secret;
    candidate.subject.must_not_inform = must_not;
    return Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow)).outcome;
  };
  for (const char* code : {"SIG-B1", "SIG-B2", "SIG-B4", "SIG-C1", "SIG-E1", "SIG-E2"}) {
    EXPECT_EQ(outcome(code, false, false), GateOutcome::kDeliver) << code;
    EXPECT_EQ(outcome(code, true, false), GateOutcome::kHeld) << code;
    EXPECT_EQ(outcome(code, false, true), GateOutcome::kHeld) << code;
  }
  for (const char* code : {"SIG-A1", "SIG-B3", "SIG-D1", "SIG-D2", "HOLD", ""})
    EXPECT_EQ(outcome(code, false, false), GateOutcome::kHeld) << code;
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
