// Every event type of the catalogue gets through the door, with or without a rule that looks at it.
#include <gtest/gtest.h>

#include "broker/contract/catalogue.h"
#include "broker/ingress/admit.h"
#include "event_maker.h"

namespace sam::ingress {
namespace {

using wire::Refusal;

// The least that the field's type can say.
void Say(capnp::DynamicStruct::Builder into, capnp::StructSchema::Field field);

void SayRequired(capnp::DynamicStruct::Builder into) {
  for (const auto field : into.getSchema().getNonUnionFields())
    if (contract::InfoOf(field).required) Say(into, field);
}

void Say(capnp::DynamicStruct::Builder into, capnp::StructSchema::Field field) {
  using Which = capnp::schema::Type::Which;
  switch (field.getType().which()) {
    case Which::TEXT: into.set(field, "2026-03-02"); break;
    case Which::DATA: into.set(field, wire::AsData(EventIdOf(1))); break;
    case Which::INT64: into.set(field, kNow - 2000); break;
    case Which::ENUM: into.set(field, capnp::DynamicEnum(field.getType().asEnum(), 1)); break;
    case Which::LIST: into.init(field, 1); break;
    case Which::STRUCT: SayRequired(into.init(field).as<capnp::DynamicStruct>()); break;
    default: into.set(field, 1); break;
  }
}

class CatalogueAdmit : public testing::Test {
 protected:
  static void SetUpTestSuite() { CryptoInit(); }
  Admission Tell(const contract::EventType& type, bool required) {
    const Spoil body = [&](schema::Event::Builder event) {
      event.getHeader().setType(type.name);
      capnp::DynamicStruct::Builder root(event);
      auto made = root.get("body").as<capnp::DynamicStruct>().init(type.member);
      if (required) SayRequired(made.as<capnp::DynamicStruct>());
      if (event.getBody().isSignalReceipt())
        event.getBody().getSignalReceipt().setFunction("bollnas.bvc");
      if (event.getBody().isSignalReceiverNamed() && required)
        event.getBody().getSignalReceiverNamed().setFunction("bollnas.bvc");
      if (event.getBody().isReportAttachment() && required) {  // numbers that must fit each other
        auto part = event.getBody().getReportAttachment();
        part.setDigest(wire::AsData(std::string(32, 'd')));
        part.setSize(part.getBytes().size());
        part.setCount(1);
      }
    };
    return Admit(BvcRules(), MakeEvent(1, "M1", body), {}, Millis(kNow), key_);
  }
  SecretKey key_ = SecretKey::Random();
};

TEST_F(CatalogueAdmit, EveryTypeIsTakenWithItsRequiredFieldsAlone) {
  for (const contract::EventType& type : contract::EventTypes()) {
    const Admission out = Tell(type, true);
    const bool derived = type.name == "expectation.overdue";
    EXPECT_EQ(wire::RefusalName(out.code),
              std::string(wire::RefusalName(derived ? Refusal::DERIVED_ONLY : Refusal::NONE)))
        << type.name << " " << out.field;
    EXPECT_EQ(out.draft.payload.empty(), derived) << type.name;
  }
}

TEST_F(CatalogueAdmit, DentalAndSocialTypesAreRefusedWithoutThem) {
  size_t checked = 0;
  for (const contract::EventType& type : contract::EventTypes()) {
    if (type.row < 19 || type.row > 40) continue;
    ++checked;
    const Admission out = Tell(type, false);
    EXPECT_EQ(wire::RefusalName(out.code),
              std::string(wire::RefusalName(Refusal::MISSING_FIELD)))
        << type.name;
    EXPECT_EQ(out.field.rfind("body." + type.member + ".", 0), 0u) << out.field;
  }
  EXPECT_EQ(checked, 24u);
}

}  // namespace
}  // namespace sam::ingress
