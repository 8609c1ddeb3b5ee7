#include "adapters/maptool/event_fields.h"
#include "adapters/maptool/explain.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "adapters/maptool/json.h"
#include "adapters/maptool/rule_text.h"
#include "adapters/maptool/sample_run.h"

namespace sam::maptool {
namespace {

using kit::FieldTrace;
using kit::RuleTrace;

const char* NameOf(FieldTrace::End end) {
  switch (end) {
    case FieldTrace::End::kEmpty: return "nothing there";
    case FieldTrace::End::kSet: return "set";
    case FieldTrace::End::kNull: return "null: the source deletes the value";
    case FieldTrace::End::kSaysNothing: return "known code that says nothing here";
    case FieldTrace::End::kSkipped: return "unknown code, skipped";
    case FieldTrace::End::kBadValue: return "left out, not of the form needed";
    case FieldTrace::End::kNotHere: return "left out, its where is not met";
    case FieldTrace::End::kStopped: return "the message is put aside";
  }
  return "";
}

const char* CodeOf(FieldTrace::End end) {
  switch (end) {
    case FieldTrace::End::kEmpty: return "absent";
    case FieldTrace::End::kSet: return "set";
    case FieldTrace::End::kNull: return "null";
    case FieldTrace::End::kSaysNothing: return "says-nothing";
    case FieldTrace::End::kSkipped: return "unknown-skipped";
    case FieldTrace::End::kBadValue: return "bad-value";
    case FieldTrace::End::kNotHere: return "where-not-met";
    case FieldTrace::End::kStopped: return "stopped";
  }
  return "";
}

std::string Unit(const kit::Scope& scope) {
  if (scope.occurrence == 0)
    return scope.group == 0 ? "" : " group[" + std::to_string(scope.group) + "]";
  return " " + scope.unit + "[" + std::to_string(scope.occurrence) + "]";
}

std::string From(const FieldTrace& field) {
  std::string out;
  for (const std::string& place : field.places) out.append(out.empty() ? "" : ", ").append(place);
  if (field.fallback) return out.empty() ? "default" : "default, for " + out;
  return out.empty() ? PlacesOf(*field.by) : out;
}

void PrintField(const FieldTrace& field, const ExplainOptions& options, std::ostream& out) {
  const bool set = field.end == FieldTrace::End::kSet;
  out << "    " << field.path << Unit(field.scope);
  if (set)
    out << " = " << (options.mask ? kHidden : field.value) << "   from " << From(field);
  else
    out << "   " << NameOf(field.end)
        << (field.why.empty() ? " at " + PlacesOf(*field.by) : ": " + field.why);
  out << "   " << field.by->stands_at << "\n";
  for (const kit::RowTrace& row : field.rows) {
    out << "      table " << row.table << ", column " << row.column << ", key "
        << (options.mask ? kHidden : row.key);
    if (row.line > 0)
      out << "   " << row.file << ":" << row.line << "\n";
    else
      out << "   no such row in " << row.file << "\n";
  }
  for (const std::string& doubt : field.doubts) out << "      doubt " << doubt << "\n";
}

void PrintRule(const RuleTrace& rule, const ExplainOptions& options, std::ostream& out) {
  out << "  rule " << rule.rule->name << Unit(rule.scope) << "   " << rule.rule->stands_at << "\n";
  switch (rule.end) {
    case RuleTrace::End::kCondition:
      out << "    not told: " << TextOf(*rule.failed) << "   " << rule.failed->stands_at << "\n";
      return;
    case RuleTrace::End::kNoEarlier:
      out << "    not told: there is no earlier " << rule.rule->replaces->name << " to replace\n";
      return;
    case RuleTrace::End::kOlder:
      out << "    not told: something newer was told before\n";
      return;
    case RuleTrace::End::kStopped: out << "    put aside: " << rule.why << "\n"; break;
    case RuleTrace::End::kTold: out << "    tells " << rule.rule->type->name << "\n"; break;
  }
  for (const FieldTrace& field : rule.fields)
    if (field.end == FieldTrace::End::kSet) PrintField(field, options, out);
  for (const FieldTrace& field : rule.fields)
    if (field.end != FieldTrace::End::kSet) PrintField(field, options, out);
  for (const std::string& doubt : rule.doubts) out << "    doubt " << doubt << "\n";
}

Json FieldJson(const FieldTrace& field, const ExplainOptions& options) {
  Json out = {{"field", field.path}, {"outcome", CodeOf(field.end)}};
  if (field.scope.occurrence > 0)
    out["unit"] = field.scope.unit + "[" + std::to_string(field.scope.occurrence) + "]";
  if (field.end == FieldTrace::End::kSet)
    out["value"] = options.mask ? Json(nullptr) : Json(field.value);
  out["places"] = Json::array();
  for (const std::string& place : field.places) out["places"].push_back(place);
  if (field.fallback) out["default"] = true;
  out["asked"] = PlacesOf(*field.by);
  out["at"] = field.by->stands_at;
  for (const kit::RowTrace& row : field.rows) {
    Json one = {{"table", row.table}, {"column", row.column}, {"file", row.file}};
    one["key"] = options.mask ? Json(nullptr) : Json(row.key);
    one["line"] = row.line > 0 ? Json(row.line) : Json(nullptr);
    out["rows"].push_back(std::move(one));
  }
  for (const std::string& doubt : field.doubts) out["doubts"].push_back(doubt);
  if (!field.why.empty()) out["why"] = field.why;
  return out;
}

Json RuleJson(const RuleTrace& rule, const ExplainOptions& options) {
  Json out = {{"rule", rule.rule->name}, {"at", rule.rule->stands_at}};
  if (rule.scope.occurrence > 0)
    out["unit"] = rule.scope.unit + "[" + std::to_string(rule.scope.occurrence) + "]";
  if (rule.scope.group > 0) out["group"] = rule.scope.group;
  out["told"] = rule.end == RuleTrace::End::kTold;
  if (rule.end == RuleTrace::End::kTold) out["type"] = rule.rule->type->name;
  if (rule.end == RuleTrace::End::kCondition)
    out["failed"] = {{"condition", TextOf(*rule.failed)}, {"at", rule.failed->stands_at}};
  if (rule.end == RuleTrace::End::kNoEarlier)
    out["failed"] = {{"replaces", rule.rule->replaces->name}};
  if (rule.end == RuleTrace::End::kOlder) out["failed"] = {{"older", true}};
  if (!rule.why.empty()) out["putAside"] = rule.why;
  for (const std::string& doubt : rule.doubts) out["doubts"].push_back(doubt);
  if (rule.end == RuleTrace::End::kTold || rule.end == RuleTrace::End::kStopped) {
    out["fields"] = Json::array();
    for (const FieldTrace& field : rule.fields) out["fields"].push_back(FieldJson(field, options));
  }
  return out;
}

void PrintMessage(const Sample& sample, const kit::Verdict& verdict, const kit::MapTrace& trace,
                  size_t other_rules, const ExplainOptions& options, std::ostream& out) {
  out << sample.name << "   " << verdict.trigger << "   " << kit::VerdictName(verdict.kind);
  if (!verdict.reason.empty()) out << "   " << verdict.reason << ": " << verdict.detail;
  out << "\n";
  for (const RuleTrace& rule : trace.rules) PrintRule(rule, options, out);
  if (trace.rules.empty()) {
    out << "  no rule looked at it\n";
  } else {
    out << "  " << other_rules << " rules are for other triggers\n";
  }
}

// Rules that the message's trigger does not name.
size_t OtherRules(const kit::Mapping& mapping, const kit::MapTrace& trace) {
  size_t named = 0;
  const kit::EventRule* last = nullptr;
  for (const RuleTrace& rule : trace.rules) {
    named += rule.rule != last ? 1 : 0;
    last = rule.rule;
  }
  return mapping.rules().size() - std::min(named, mapping.rules().size());
}

}  // namespace

Result<ExplainReport> Explain(const kit::AdapterConfig& config,
                              const std::vector<std::string>& files, const kit::SourceKinds& kinds,
                              const Clock& clock, const ExplainOptions& options,
                              std::ostream& out) {
  SAM_ASSIGN(const std::unique_ptr<SampleRun> run,
             SampleRun::Open(config, config.mapping_file, kinds, clock));
  SAM_ASSIGN(const std::vector<Sample> samples, run->Read(files));
  ExplainReport report;
  kit::MapTrace trace;
  for (const Sample& sample : samples) {
    SAM_ASSIGN(const kit::Verdict verdict, run->Take(sample, &trace));
    ++report.messages;
    report.bad += IsBad(verdict) ? 1 : 0;
    if (!options.json) {
      PrintMessage(sample, verdict, trace, OtherRules(run->mapping(), trace), options, out);
      continue;
    }
    Json json = {{"sample", sample.name},
                 {"trigger", verdict.trigger},
                 {"verdict", kit::VerdictName(verdict.kind)}};
    if (!verdict.reason.empty()) {
      json["reason"] = verdict.reason;
      json["detail"] = verdict.detail;
    }
    json["rules"] = Json::array();
    for (const RuleTrace& rule : trace.rules) json["rules"].push_back(RuleJson(rule, options));
    out << Line(json);
  }
  return report;
}

}  // namespace sam::maptool
