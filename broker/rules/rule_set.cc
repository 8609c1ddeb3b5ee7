#include "broker/rules/rule_set.h"

#include "broker/config/toml.h"
#include "broker/rules/days.h"

namespace sam::rules {
namespace {

const std::vector<std::string>& PatternNames() {
  static const std::vector<std::string> names = {"expectation", "repeated-miss", "outcome",
                                                 "transport", "attendance"};
  return names;
}

void CheckScope(config::Table& table, const Rule& rule) {
  // Correlating facts of several authorities is processing that needs a ground of its own.
  if (!rule.enabled || rule.scope == "own-domain") return;
  if (rule.pattern == Pattern::kTransport || rule.pattern == Pattern::kOutcome) return;
  if (rule.approved_by.empty())
    table.Fail("approved_by", "who approved a rule that leaves its own domain, and where it is filed");
}

Rule ParseRule(config::Table& table) {
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
  rule.min_age_hours = table.IntOr("min_age_hours", 0, 0, int64_t{24} * 31);
  rule.debounce_days = table.IntOr("debounce_days", 0, 0, 366);
  rule.fires_on_history = table.BoolOr("fires_on_history", false);
  if (const auto from = table.Date("valid_from"))
    rule.valid_from = DateToMillis(*from).value_or(Millis(0));
  else
    table.Fail("valid_from", "the date from which the rule looks at events, YYYY-MM-DD");
  for (config::Table& entry : table.List("clock")) {
    RuleClock clock;
    clock.kind = entry.Text("kind");
    clock.hours = entry.Int("hours", 1, int64_t{24} * 366);
    clock.acute_hours = entry.IntOr("acute_hours", clock.hours, 1, int64_t{24} * 366);
    rule.clocks.push_back(std::move(clock));
  }
  const bool misses = rule.pattern == Pattern::kRepeatedMiss ||
                      rule.pattern == Pattern::kAttendance;
  if (rule.pattern == Pattern::kExpectation) rule.step = table.Text("step");
  if (misses) {
    rule.window_days = table.Int("window_days", 1, int64_t{3} * 366);
    rule.threshold = table.Int("threshold", 1, 20);
    rule.clear_events = table.TextList("clear_events");
    for (const std::string& type : rule.clear_events)
      if (type != "bvc.visit.completed" && type != "bvc.homevisit.completed")
        table.Fail("clear_events", "bvc.visit.completed or bvc.homevisit.completed");
    if (rule.clear_events.empty()) table.Fail("clear_events", "at least one event type");
  }
  if (rule.pattern == Pattern::kAttendance && rule.enabled)
    table.Fail("enabled", "false: this version does not evaluate the attendance pattern");
  if (rule.id.empty()) table.Fail("id", "a short name such as \"P2\"");
  if (rule.version.empty()) table.Fail("version", "a version, raised with every change");
  CheckScope(table, rule);
  return rule;
}

}  // namespace

bool SameMeaning(const Rule& a, const Rule& b) {
  return a.pattern == b.pattern && a.enabled == b.enabled && a.step == b.step &&
         a.window_days == b.window_days && a.threshold == b.threshold &&
         a.clear_events == b.clear_events && a.valid_from == b.valid_from &&
         a.fires_on_history == b.fires_on_history;
}

const char* CodeOf(Pattern pattern) {
  switch (pattern) {
    case Pattern::kExpectation: return "SIG-E1";
    case Pattern::kRepeatedMiss: return "SIG-E2";
    case Pattern::kOutcome: return "SIG-B1";
    case Pattern::kTransport: return "SIG-A1";
    case Pattern::kAttendance: return "SIG-C1";
  }
  return "";
}

const Rule* RuleSet::Find(std::string_view id) const {
  for (const Rule& rule : all)
    if (rule.id == id) return &rule;
  return nullptr;
}

Result<RuleSet> ParseRules(std::string text, std::string file_name) {
  SAM_ASSIGN(config::Document document,
             config::Document::Parse(std::move(text), std::move(file_name)));
  config::Table root = document.Root();
  RuleSet rules;
  for (config::Table& table : root.List("rule")) {
    Rule rule = ParseRule(table);
    if (rules.Find(rule.id) != nullptr) table.Fail("id", "an id that no other rule has");
    rules.all.push_back(std::move(rule));
  }
  if (auto hold = root.Sub("hold")) {
    rules.hold.again_minutes = hold->Int("again_minutes", 1, int64_t{24} * 60);
    rules.hold.again_acute_minutes = hold->Int("again_acute_minutes", 1, 60);
    rules.hold.alarm_after = hold->IntOr("alarm_after", 3, 1, 100);
  }
  SAM_TRY(document.Done());
  return rules;
}

}  // namespace sam::rules
