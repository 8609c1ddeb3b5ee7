// The part of Mapper that keeps a message's groups apart: what stands in one group says nothing
// about another's day, order or referral.
#include <functional>
#include <utility>

#include "adapters/kit/mapper.h"
#include "adapters/kit/mapper_work.h"

namespace sam::kit {
namespace {

// Conditions that are also met where nothing stands.
bool MetByNothing(const Condition& condition) {
  return condition.op == Condition::Op::kNotIn || condition.op == Condition::Op::kAbsent ||
         condition.op == Condition::Op::kTableNot;
}

bool StandsInGroups(const Condition& condition, const SourceRecord& record) {
  for (const Selector& place : condition.at)
    if (!record.BelongsToGroup(place)) return false;
  return !condition.at.empty();
}

using VisitPlace = std::function<void(const Selector&)>;

// Not the items of lists: each is set from its own unit.
void EachPlace(const std::vector<Assignment>& assignments, const VisitPlace& visit) {
  for (const Assignment& one : assignments) {
    if (!one.each.empty()) continue;
    for (const Selector& place : one.from) visit(place);
    for (const Condition& condition : one.where)
      for (const Selector& place : condition.at) visit(place);
  }
}

void EachPlace(const EventRule& rule, const VisitPlace& visit) {
  for (const Condition& condition : rule.conditions)
    for (const Selector& place : condition.at) visit(place);
  for (const DoubtRule& doubt : rule.doubts)
    for (const Selector& place : doubt.when.at) visit(place);
  for (const KeyPart& part : rule.episode_key)
    for (const Selector& place : part.at) visit(place);
  EachPlace(rule.header, visit);
  EachPlace(rule.body, visit);
}

}  // namespace

// Once for the message, for each unit, or for each group. False: a problem stops the message.
bool Mapper::MapUnits(const EventRule& rule, const SourceRecord& record, const MapContext& context,
                      Mapped& out) {
  if (rule.each.empty()) {
    if (record.Groups() == 0) return MapRule(rule, {}, record, context, out) && WithinLimits(rule, 1, out);
    for (const Condition& condition : rule.conditions)
      if (!MetByNothing(condition) && StandsInGroups(condition, record))
        return MapGroups(rule, record, context, out);
    return MapRule(rule, {}, record, context, out) && WithinLimits(rule, 1, out);
  }
  const unsigned count = record.Count(rule.each);
  for (unsigned n = 1; n <= count; ++n) {
    if (!MapRule(rule, {rule.each, n, 0}, record, context, out)) return false;
    if (!WithinLimits(rule, count, out)) return false;
  }
  return true;
}

// A rule that only applies where something stands in a group reads each group by itself.
bool Mapper::MapGroups(const EventRule& rule, const SourceRecord& record,
                       const MapContext& context, Mapped& out) {
  for (unsigned group = 1; group <= record.Groups(); ++group) {
    if (!MapRule(rule, {"", 0, group}, record, context, out)) return false;
    if (!WithinLimits(rule, record.Groups(), out)) return false;
  }
  return true;
}

// The rule applies to this group because something is missing here (a consent, an answer), and it
// stands in a group that the rule does not apply to: it may well have been meant for this one.
bool Mapper::Lost(const EventRule& rule, const SourceRecord& record, unsigned group) {
  const auto says = [&](const Condition& condition, unsigned where) {
    for (const Selector& place : condition.at)
      for (const Selected& value : AllOf(place, record, {"", 0, where}))
        if (value.has_value()) return true;
    return false;
  };
  const auto applies = [&](unsigned where) {
    for (const Condition& condition : rule.conditions)
      if (!MetByNothing(condition) && !Matches(condition, record, {"", 0, where})) return false;
    return true;
  };
  for (const Condition& condition : rule.conditions) {
    if (!MetByNothing(condition) || !StandsInGroups(condition, record)) continue;
    if (says(condition, group)) continue;
    for (unsigned other = 1; other <= record.Groups(); ++other)
      if (other != group && says(condition, other) && !applies(other)) return true;
  }
  return false;
}

// For a rule that reads the message as a whole: all that its places find stands in one group, or is
// the same in each.
bool Mapper::GroupsAgree(const EventRule& rule, const SourceRecord& record) {
  using Texts = std::vector<std::string>;
  std::vector<Texts> said;
  EachPlace(rule, [&](const Selector& place) {
    if (!record.BelongsToGroup(place)) return;
    if (said.empty()) said.resize(record.Groups());
    for (unsigned group = 1; group <= record.Groups(); ++group)
      for (const Selected& value : AllOf(place, record, {"", 0, group}))
        if (value.has_value()) said[group - 1].push_back(place.text + " " + value.text);
  });
  const Texts* first = nullptr;
  for (const Texts& one : said) {
    if (one.empty()) continue;
    if (first != nullptr && *first != one) return false;
    first = &one;
  }
  return true;
}

// The message is put aside.
bool Mapper::Disagree(const EventRule& rule, const SourceRecord& record, RuleTrace* trace,
                      Mapped& out) const {
  out.problem = Problem{
      "groups-disagree",
      "the rule '" + rule.name + "' reads from the message's " + std::to_string(record.Groups()) +
          " groups (an OBR and its OBX) as one, and they do not say the same: have the source send "
          "what belongs together in one group, or each group in a message of its own"};
  out.notes.push_back({rule.name, "", "quarantine: groups-disagree"});
  if (trace != nullptr) {
    trace->end = RuleTrace::End::kStopped;
    trace->why = out.problem->detail;
  }
  return false;
}

}  // namespace sam::kit
