// One child and the shipped rules: what is told, when it happened and when it was heard; timers fire as
// time passes. Signals are counted, not composed. One thread.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "broker/base/text.h"
#include "broker/contract/catalogue.h"
#include "broker/rules/days.h"
#include "broker/rules/engine.h"
#include "broker/rules/facts.h"
#include "broker/wire/capnp_values.h"
#include "tests/support/shipped.h"

namespace sam::rules::test {

inline constexpr char kBvc[] = "SE2321000198-BVCTEST";
inline constexpr char kClinic[] = "SE2321000198-FTVTEST";
inline Millis Born(int64_t day) { return AddDays(*DateToMillis("2022-03-01"), day); }

using Value = std::variant<const char*, int64_t>;
using Fields = std::vector<std::pair<const char*, Value>>;

struct Happening {
  std::string type;
  int64_t day = 0;
  Fields fields = {};
  bool baseline = false;
  uint8_t id = 0;  // 0: the next one
};

class Story : public testing::Test {
 protected:
  Story() {
    auto programmes = ParseProgrammes(::sam::test::Shipped("programmes.toml"), "programmes.toml");
    EXPECT_TRUE(programmes.ok()) << (programmes.ok() ? "" : programmes.error().message);
    auto rules = ParseRules(::sam::test::Shipped("rules.toml"), "rules.toml");
    EXPECT_TRUE(rules.ok()) << (rules.ok() ? "" : rules.error().message);
    programmes_ = *programmes;
    shipped_ = *rules;
    Only({});
  }

  // These rules alone, enabled; an empty child.
  void Only(const std::vector<std::string>& ids) {
    rules_.all.clear();
    for (const std::string& id : ids) {
      const Rule* rule = shipped_.Find(id);
      ASSERT_NE(rule, nullptr) << id;
      rules_.all.push_back(*rule);
      rules_.all.back().enabled = true;
    }
    Reconnect();
    Forget();
  }
  void Reconnect() {
    const Status connected = Connect(programmes_, rules_);
    ASSERT_TRUE(connected.ok()) << connected.error().message;
  }
  void Forget() {
    state_ = SubjectState{};
    timers_.clear();
    hits_.clear();
    withdrawn_.clear();
    next_ = 0;
    signals_ = 0;
  }
  Rule& TheRule() { return rules_.all.front(); }

  Effects Tell(const Happening& what, Millis now,
               schema::EventStatus status = schema::EventStatus::ACTUAL, uint8_t replaces = 0) {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    auto header = event.initHeader();
    const uint8_t id = what.id != 0 ? what.id : ++next_;
    header.setEventId(wire::AsData(IdOf(id).view()));
    header.setType(what.type);
    header.setOccurredAt(Born(what.day).value + kHourMs);
    header.setStatus(status);
    if (replaces != 0) header.setReplaces(wire::AsData(IdOf(replaces).view()));
    header.setBaseline(what.baseline);
    const std::string usual = what.type.starts_with("dental.") ? kClinic : kBvc;
    header.initSource().setUnitHsaId(unit_.empty() ? usual : unit_);
    header.initSubject().setBirthDate("2022-03-01");
    header.getSubject().setHomeMunicipality(municipality_);
    header.getSubject().setProtection(protection_);
    if (!flag_.empty()) {
      auto ids = header.getSubject().initIds(1);
      ids[0].setValue("OKAND");
      ids[0].setFlag(flag_);
    }
    Fill(event, what);
    now_ = now;
    return Take(OnEvent(state_, ViewOf(event.asReader(), Offset(id)), Now()));
  }
  // Told an hour after it happened.
  Effects Tell(const Happening& what) {
    return Tell(what, Millis(Born(what.day).value + 2 * kHourMs));
  }
  Effects Retract(const Happening& what, uint8_t id, int64_t heard) {
    return Tell(what, Born(heard), schema::EventStatus::RETRACTED, id);
  }
  void Listed(int64_t day = 3) {
    Tell({"bvc.child.registered", day, {{"unitHsaId", kBvc}, {"fromDate", "2022-03-04"}}});
  }

  // Timers that fall due until then fire, one after the other.
  void Pass(int64_t day) {
    while (!timers_.empty() && timers_.begin()->first.first <= Born(day).value) {
      const TimerSpec timer = timers_.begin()->second;
      timers_.erase(timers_.begin());
      now_ = std::max(now_, timer.due);
      Take(OnTimer(state_, timer, Now()));
    }
    now_ = Born(day);
  }
  int Hits(const std::string& rule) const { return static_cast<int>(hits_.count(rule)); }
  int Hits() const { return static_cast<int>(hits_.size()); }
  int Withdrawn() const { return static_cast<int>(withdrawn_.size()); }
  Context Now() const { return {programmes_, rules_, now_}; }
  static EventId IdOf(uint8_t n) {
    EventId id;
    id.bytes[0] = n;
    return id;
  }

  Effects Take(Effects effects) {
    for (const ArmedTimer& timer : effects.cancel) timers_.erase(KeyOf(timer));
    for (const TimerSpec& timer : effects.set)
      timers_[KeyOf({timer.rule, timer.step, timer.due})] = timer;
    for (const Hit& hit : effects.hits) {
      SignalId signal;
      signal.bytes[0] = static_cast<uint8_t>(++signals_);
      AttachSignal(state_, hit, signal);
      hits_.emplace(hit.rule, hit);
    }
    for (const Withdrawal& one : effects.withdraw) withdrawn_.push_back(one.reason);
    return effects;
  }

  Programmes programmes_;
  RuleSet shipped_, rules_;
  SubjectState state_;
  Millis now_;
  std::string municipality_ = "2183";
  std::string flag_;  // of the number that is told; empty: none is
  std::string unit_;  // who tells; empty: the BVC, or the clinic
  schema::Protection protection_ = schema::Protection::NONE;
  std::multimap<std::string, Hit> hits_;
  std::vector<std::string> withdrawn_;
  uint8_t next_ = 0;

 private:
  using TimerKey = std::pair<int64_t, std::string>;
  static TimerKey KeyOf(const ArmedTimer& timer) {
    return {timer.due.value, timer.rule + "/" + timer.step};
  }
  static void Fill(schema::Event::Builder event, const Happening& what) {
    const contract::EventType* type = contract::EventTypeByName(what.type);
    ASSERT_NE(type, nullptr) << what.type;
    auto body = capnp::DynamicStruct::Builder(event)
                    .get("body")
                    .as<capnp::DynamicStruct>()
                    .init(type->member)
                    .as<capnp::DynamicStruct>();
    for (const auto& [name, value] : what.fields) {
      if (const auto* text = std::get_if<const char*>(&value))
        body.set(name, capnp::Text::Reader(*text));
      else
        body.set(name, std::get<int64_t>(value));
    }
  }

  std::map<TimerKey, TimerSpec> timers_;
  int signals_ = 0;
};

}  // namespace sam::rules::test
