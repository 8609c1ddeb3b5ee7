// What no rule looks at is kept and shown, and does nothing by itself.
#include <gtest/gtest.h>

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include "broker/contract/catalogue.h"
#include "broker/rules/engine.h"

namespace sam::rules {
namespace {

TEST(EventsWithoutARule, LeaveTheChildAsItWasAndRaiseNothing) {
  Rule rule;
  rule.id = "R";
  rule.version = "1";
  rule.pattern = Pattern::kRepeatedMiss;
  rule.enabled = true;
  rule.window_days = 100;
  rule.needs = {MissedVisits(1)};
  rule.clears = {*FactNamed("bvc.visit.completed")};
  RuleSet rules;
  rules.all = {rule};
  const Programmes none;
  const Millis now(20'000 * kDayMs);
  size_t checked = 0;
  for (const contract::EventType& type : contract::EventTypes()) {
    if (type.row < 19 || type.row > 40) continue;
    ++checked;
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    event.initHeader().setType(type.name);
    event.getHeader().setOccurredAt(now.value - kDayMs);
    event.getHeader().initSource().setUnitHsaId("SE2321000198-FTVTEST");
    capnp::DynamicStruct::Builder(event).get("body").as<capnp::DynamicStruct>().init(type.member);
    SubjectState state;
    state.owner_unit = "SE2321000198-BVCTEST";
    const SubjectState before = state;
    const Effects effects = OnEvent(state, ViewOf(event, Offset(7)), {none, rules, now});
    EXPECT_TRUE(state == before) << type.name;
    EXPECT_TRUE(effects.hits.empty() && effects.set.empty() && effects.cancel.empty() &&
                effects.withdraw.empty() && !effects.regate)
        << type.name;
  }
  EXPECT_EQ(checked, 24u);
}

}  // namespace
}  // namespace sam::rules
