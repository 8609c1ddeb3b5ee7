#include "broker/rules/rule_set.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "broker/config/toml.h"
#include "broker/rules/carry.h"
#include "broker/rules/days.h"
#include "broker/rules/fact_reader.h"
#include "broker/rules/subject_state.h"

namespace sam::rules {
namespace {

const std::vector<std::string>& PatternNames() {
  static const std::vector<std::string> names = {"expectation", "repeated-miss", "outcome",
                                                 "transport",   "attendance",    "facts",
                                                 "absence",     "carry"};
  return names;
}

bool ByFacts(const Rule& rule) {
  return rule.pattern == Pattern::kFacts || rule.pattern == Pattern::kAbsence;
}

// The sides whose facts the rule looks at; what belongs to none is left out.
std::set<std::string_view> DomainsOf(const Rule& rule) {
  std::set<std::string_view> out;
  const auto add = [&out](const FactList& list) {
    for (const FactMatch& match : list)
      if (!DomainOf(match.kind).empty()) out.insert(DomainOf(match.kind));
  };
  for (const Need& need : rule.needs) add(need.facts);
  for (const FactList* list : {&rule.clears, &rule.after, &rule.answers}) add(*list);
  return out;
}

std::string_view SideOf(std::string_view owner) { return owner == "dental.clinic" ? "dental" : "bvc"; }

bool NamesOther(const FactList& facts, std::string_view side) {
  return std::any_of(facts.begin(), facts.end(), [&](const FactMatch& match) {
    return !DomainOf(match.kind).empty() && DomainOf(match.kind) != side;
  });
}

// Correlating facts of several authorities is processing that needs a ground of its own.
void CheckScope(config::Table& table, const Rule& rule, bool since_fold_7) {
  const auto domains = DomainsOf(rule);
  const bool other = std::any_of(domains.begin(), domains.end(),
                                 [&](std::string_view one) { return one != SideOf(rule.owner); });
  if (ByFacts(rule) && rule.scope == "own-domain" && domains.size() > 1)
    table.Fail("scope", "\"same-region\" or \"cross-domain\": the rule names facts of two sides");
  else if (ByFacts(rule) && rule.scope == "own-domain" && other && since_fold_7)
    table.Fail("scope", "\"same-region\" or \"cross-domain\": the rule names facts of another side than its owner's");
  if (!rule.enabled || rule.scope == "own-domain") return;
  if (rule.pattern == Pattern::kTransport || rule.pattern == Pattern::kOutcome ||
      rule.pattern == Pattern::kCarry || rule.pattern == Pattern::kAttendance)
    return;
  if (rule.approved_by.empty())
    table.Fail("approved_by", "who approved a rule that leaves its own domain, and where it is filed");
  if (!ByFacts(rule) && !(since_fold_7 && rule.pattern == Pattern::kExpectation)) return;
  if (rule.approved_on.empty())
    table.Fail("approved_on", "the day of that decision, YYYY-MM-DD");
  if (rule.approval_record.empty())
    table.Fail("approval_record", "the number under which the decision is filed");
  if (rule.ground == "ground.own-unit")
    table.Fail("ground", "the ground for looking at facts of another side, not \"ground.own-unit\"");
}

void ParseNeeds(config::Table& table, Rule& rule) {
  const std::string own = rule.owner == "dental.clinic" ? "dental" : "bvc";
  bool has_own = false;
  for (config::Table& entry : table.List("need")) {
    Need need;
    need.facts = ReadFacts(entry, "facts");
    need.count = entry.IntOr("count", 1, 1, static_cast<int64_t>(kFactsOfKindMax));
    need.rise = entry.IntOr("rise", 0, 1, 1000);
    need.same_within_days = entry.IntOr("same_within_days", 0, 1, 366);
    if (need.facts.empty()) entry.Fail("facts", "at least one fact");
    bool all_own = !need.facts.empty();
    for (const FactMatch& match : need.facts) {
      const std::string_view side = DomainOf(match.kind);
      all_own = all_own && (side.empty() || side == own);
      if (match.kind == fact::kVisitCompleted || match.kind == fact::kHomeVisitCompleted)
        entry.Fail("facts", "facts that are a concern; a visit made may clear a rule, not raise it");
      if (need.rise > 0 && match.kind != fact::Of(schema::FactKind::DENTAL_CARIES))
        entry.Fail("rise", "a rise of dental.caries.recorded only");
    }
    has_own = has_own || all_own;
    rule.needs.push_back(std::move(need));
  }
  if (rule.needs.empty()) table.Fail("need", "at least one [[rule.need]]");
  // The owner is told of its own facts only, so there must be some.
  if (!rule.needs.empty() && !has_own)
    table.Fail("owner", "the side that at least one need has all its facts from");
}

void ParseMisses(config::Table& table, Rule& rule) {
  rule.window_days = table.Int("window_days", 1, int64_t{3} * 366);
  rule.needs = {MissedVisits(table.Int("threshold", 1, 20))};
  const std::vector<std::string> clears = table.TextList("clear_events");
  for (const std::string& type : clears) {
    if (type != "bvc.visit.completed" && type != "bvc.homevisit.completed")
      table.Fail("clear_events", "bvc.visit.completed or bvc.homevisit.completed");
    else
      rule.clears.push_back(*FactNamed(type));
  }
  if (clears.empty()) table.Fail("clear_events", "at least one event type");
}

// Files of earlier builds may describe misses here; such a rule was never enabled.
void SkipMisses(config::Table& table) {
  table.IntOr("window_days", 1, 1, int64_t{3} * 366);
  table.IntOr("threshold", 1, 1, 20);
  table.TextList("clear_events");
}

void ParseAbsence(config::Table& table, Rule& rule) {
  rule.steps = {table.Text("step")};
  rule.after = ReadFacts(table, "after");
  rule.answers = ReadFacts(table, "answers");
  rule.same_key = table.BoolOr("same_key", false);
  rule.wait_days = table.IntOr("wait_days", 0, 0, int64_t{6} * 366);
  rule.wait_percent = table.IntOr("wait_percent", 0, 1, 100);
  rule.clears = ReadFacts(table, "clear");
  if (rule.after.empty()) table.Fail("after", "at least one fact that starts the wait");
  if (rule.answers.empty()) table.Fail("answers", "at least one fact that ends the wait");
  if ((rule.wait_days == 0) == (rule.wait_percent == 0))
    table.Fail("wait_days", "either wait_days, or wait_percent of the time to the day that is named");
  for (const FactMatch& match : rule.after)
    if (rule.wait_percent > 0 && match.kind != fact::Of(schema::FactKind::EXAM_REQUESTED))
      table.Fail("wait_percent", "wait_days: only social.exam.requested names a day");
}

// The fact that starts the wait says who is asked.
bool OwnsByFact(const Rule& rule) {
  const auto starts = [&](schema::FactKind kind) {
    return std::all_of(rule.after.begin(), rule.after.end(),
                       [kind](const FactMatch& match) { return match.kind == fact::Of(kind); });
  };
  if (rule.pattern != Pattern::kAbsence) return false;
  if (rule.owner == kOrderReceiver) return rule.same_key && starts(schema::FactKind::EXAM_REQUESTED);
  return rule.owner == kChildClinic && starts(schema::FactKind::REPORT_SIGNED);
}

void ParseByPattern(config::Table& table, Rule& rule) {
  switch (rule.pattern) {
    case Pattern::kExpectation:
      rule.steps = table.TextList("steps");
      if (rule.steps.empty()) rule.steps = {table.Text("step")};
      break;
    case Pattern::kRepeatedMiss: ParseMisses(table, rule); break;
    case Pattern::kAttendance: SkipMisses(table); break;
    case Pattern::kFacts:
      rule.window_days = table.Int("window_days", 1, int64_t{3} * 366);
      rule.clears = ReadFacts(table, "clear");
      rule.suppress_protected = table.BoolOr("suppress_protected", false);
      ParseNeeds(table, rule);
      break;
    case Pattern::kAbsence: ParseAbsence(table, rule); break;
    case Pattern::kCarry: {
      const std::vector<std::string> codes = CarriedCodes();
      rule.code = codes[static_cast<size_t>(table.OneOf("code", codes))];
      break;
    }
    case Pattern::kOutcome:
    case Pattern::kTransport: break;
  }
  if ((ByFacts(rule) || rule.pattern == Pattern::kAttendance) && rule.owner != "bvc.unit" &&
      rule.owner != "dental.clinic" && !OwnsByFact(rule))
    table.Fail("owner",
               "\"bvc.unit\" or \"dental.clinic\"; of an absence after social.exam.requested, with same_key, also "
               "\"order.receiver\", and of one after report.signed \"region.child-clinic\"");
  // What the gate lets an order's holder be asked on; any other one would be told to nobody, or be untrue.
  if (rule.owner == kOrderReceiver && rule.ground != "ground.order")
    table.Fail("ground", "\"ground.order\": whoever was sent an order is asked on the order's own ground");
}

Rule ParseRule(config::Table& table, bool since_fold_7) {
  Rule rule;
  rule.id = table.Text("id");
  rule.version = table.Text("version");
  rule.pattern = static_cast<Pattern>(table.OneOf("pattern", PatternNames()));
  rule.enabled = table.BoolOr("enabled", false);
  rule.scope = std::vector<std::string>{"own-domain", "same-region", "cross-domain"}
      [static_cast<size_t>(table.OneOf("scope", {"own-domain", "same-region", "cross-domain"}, 0))];
  rule.owner = table.Text("owner");
  rule.ground = table.Text("ground");
  rule.approved_by = table.TextOr("approved_by", "");
  rule.approved_on = table.Date("approved_on").value_or("");
  rule.approval_record = table.TextOr("approval_record", "");
  rule.min_age_hours = table.IntOr("min_age_hours", 0, 0, int64_t{24} * 31);
  rule.debounce_days = table.IntOr("debounce_days", 0, 0, 366);
  rule.fires_on_history = table.BoolOr("fires_on_history", false);
  if (const auto from = table.Date("valid_from"))
    rule.valid_from = DateToMillis(*from).value_or(Millis(0));
  else
    table.Fail("valid_from", "the date from which the rule looks at events, YYYY-MM-DD");
  for (config::Table& entry : table.List("clock")) {
    rule.clocks.push_back(ReadClock(entry));
    if (rule.clocks.size() > kClocksMax) entry.Fail("kind", "at most 8 clocks of one rule");
  }
  ParseByPattern(table, rule);
  if (rule.id.empty()) table.Fail("id", "a short name such as \"P2\"");
  if (rule.version.empty()) table.Fail("version", "a version, raised with every change");
  CheckScope(table, rule, since_fold_7);
  return rule;
}

void Keep(const FactList& list, std::bitset<64>& kept) {
  for (const FactMatch& match : list)
    if (match.kind < kept.size()) kept.set(match.kind);
}

}  // namespace

namespace {

// What completes a step, or ends the waiting for it, is looked at as much as what starts it.
Status CheckSteps(const Rule& rule, const Programmes::Found& found) {
  if (rule.scope != "own-domain") return Ok();
  const std::string_view side = SideOf(found.step->owner);
  bool other = NamesOther(found.step->done, side);
  for (const Cancel& cancel : found.programme->cancels)
    other = other || NamesOther(cancel.facts, side) || NamesOther(cancel.until, side);
  if (!other) return Ok();
  return Invalid("rules.toml: rule '" + rule.id + "' has scope \"own-domain\", and step '" + found.step->code +
                 "' of programmes.toml, or what ends the waiting for it, names facts of another side than "
                 "its owner's: say \"same-region\" or \"cross-domain\", with ground and approval");
}

}  // namespace

Need MissedVisits(int64_t count) { return {{{fact::kVisitMissed, kAnyDetail}}, count, 0, 0}; }

Status Connect(const Programmes& programmes, RuleSet& rules) {
  using schema::FactKind;
  rules.kept.reset();
  for (Rule& rule : rules.all) {
    rule.places.clear();
    if (rule.pattern == Pattern::kExpectation) {
      for (const std::string& code : rule.steps) {
        const Programmes::Found found = programmes.Find(code);
        if (found.step == nullptr)
          return Invalid("rules.toml: rule '" + rule.id + "' waits for step '" + code +
                         "', which no programme in programmes.toml has");
        if (found.step->owner == "dental.clinic" && rule.owner != found.step->owner)
          return Invalid("rules.toml: rule '" + rule.id + "' must have owner 'dental.clinic', as step '" +
                         code + "' has in programmes.toml");
        if (rules.since_fold_7) SAM_TRY(CheckSteps(rule, found));
        rule.places.push_back(
            {static_cast<size_t>(found.programme - programmes.all.data()),
             static_cast<size_t>(found.step - found.programme->steps.data())});
        if (!rule.enabled) continue;
        Keep(found.step->done, rules.kept);
        for (const Cancel& cancel : found.programme->cancels) {
          Keep(cancel.facts, rules.kept);
          Keep(cancel.until, rules.kept);
        }
        if (found.programme->enrolment) rules.kept.set(fact::Of(FactKind::PROGRAM_CHANGED));
      }
    }
    if (!rule.enabled) continue;
    for (const Need& need : rule.needs) Keep(need.facts, rules.kept);
    for (const FactList* list : {&rule.clears, &rule.after, &rule.answers}) Keep(*list, rules.kept);
    if (rule.owner == "dental.clinic" || rule.pattern == Pattern::kAttendance)
      rules.kept.set(fact::Of(FactKind::CLINIC));
  }
  // A visit made after all is no absence.
  if (rules.kept[fact::Of(FactKind::DENTAL_VISIT_MISSED)])
    rules.kept.set(fact::Of(FactKind::DENTAL_VISIT_COMPLETED));
  // And one that is cancelled is booked no more.
  if (rules.since_fold_8 && rules.kept[fact::Of(FactKind::VISIT_BOOKED)])
    rules.kept.set(fact::Of(FactKind::VISIT_CANCELLED));
  return Ok();
}

bool SameMeaning(const Rule& a, const Rule& b, bool since_fold_7) {
  // Another owner, or evidence that no longer waits: what lies behind would be told to whom it never was.
  const bool same_use = a.owner == b.owner && a.scope == b.scope && a.min_age_hours == b.min_age_hours;
  return (same_use || !since_fold_7) && a.pattern == b.pattern && a.code == b.code && a.enabled == b.enabled && a.steps == b.steps &&
         a.window_days == b.window_days && a.needs == b.needs && a.clears == b.clears &&
         a.after == b.after && a.answers == b.answers && a.same_key == b.same_key &&
         a.wait_days == b.wait_days && a.wait_percent == b.wait_percent &&
         a.suppress_protected == b.suppress_protected && a.valid_from == b.valid_from &&
         a.fires_on_history == b.fires_on_history;
}

bool AsksOrderReceivers(const RuleSet& rules) {
  return std::any_of(rules.all.begin(), rules.all.end(), [](const Rule& rule) {
    return rule.enabled && rule.owner == kOrderReceiver;
  });
}

bool RestsOnOneEvent(const Rule* rule) {
  return rule == nullptr || rule->pattern == Pattern::kTransport ||
         rule->pattern == Pattern::kOutcome || rule->pattern == Pattern::kCarry;
}

const char* CodeOf(Pattern pattern) {
  switch (pattern) {
    case Pattern::kExpectation: return "SIG-E1";
    case Pattern::kRepeatedMiss: return "SIG-E2";
    case Pattern::kOutcome: return "SIG-B1";
    case Pattern::kTransport: return "SIG-A1";
    case Pattern::kAttendance: return "SIG-C1";
    case Pattern::kFacts: return "SIG-E2";
    case Pattern::kAbsence: return "SIG-E1";
    case Pattern::kCarry: break;
  }
  return "";
}

const Rule* RuleSet::Find(std::string_view id) const {
  for (const Rule& rule : all)
    if (rule.id == id) return &rule;
  const size_t slash = id.find('/');
  return slash == std::string_view::npos ? nullptr : Find(id.substr(0, slash));
}

Result<RuleSet> ParseRules(std::string text, std::string file_name, bool since_fold_7) {
  SAM_ASSIGN(config::Document document,
             config::Document::Parse(std::move(text), std::move(file_name)));
  config::Table root = document.Root();
  RuleSet rules;
  for (config::Table& table : root.List("rule")) {
    Rule rule = ParseRule(table, since_fold_7);
    if (rules.Find(rule.id) != nullptr) table.Fail("id", "an id that no other rule has");
    rules.all.push_back(std::move(rule));
  }
  if (auto hold = root.Sub("hold")) {
    rules.hold.again_minutes = hold->Int("again_minutes", 1, int64_t{24} * 60);
    rules.hold.again_acute_minutes = hold->Int("again_acute_minutes", 1, 60);
    rules.hold.alarm_after = hold->IntOr("alarm_after", 3, 1, 100);
  }
  if (auto reminders = root.Sub("reminders")) rules.reminders = ReadReminders(*reminders);
  SAM_TRY(document.Done());
  return rules;
}

}  // namespace sam::rules
