// The part of coverage that shows a report.
#include "adapters/maptool/coverage.h"
#include "adapters/maptool/json.h"

namespace sam::maptool {
namespace {

std::string Times(uint64_t count) { return std::to_string(count); }

void AddRule(const RuleUse& rule, std::string& out) {
  out.append("rule ").append(rule.name).append("  ").append(rule.type).append("  told ");
  out.append(Times(rule.told)).append(" of ").append(Times(rule.tried)).append("  ");
  out.append(rule.at).append("\n");
  for (const auto& [why, times] : rule.stopped_by)
    out.append("  not told ").append(Times(times)).append(": ").append(why).append("\n");
  if (rule.told == 0) return;
  for (const FieldUse& field : rule.fields) {
    if (field.set > 0) continue;
    out.append("  never set: ").append(field.path);
    if (field.at.empty())
      out.append("  (the mapping does not set it)\n");
    else
      out.append("  though the mapping has it  ").append(field.at).append("\n");
  }
}

}  // namespace

std::string TextOf(const CoverageReport& report) {
  std::string out = Times(report.messages);
  out.append(" messages, ").append(Times(report.bad)).append(" put aside or refused\n");
  for (const auto& [trigger, messages] : report.not_wanted)
    out.append("no rule for ").append(trigger).append("  ").append(Times(messages)).append("\n");
  if (!report.places_listed) out.append("the format does not list a message's places\n");
  for (const auto& [place, messages] : report.unread)
    out.append("never read: ").append(place).append("  in ").append(Times(messages)).append("\n");
  for (const RuleUse& rule : report.rules) AddRule(rule, out);
  return out;
}

std::string JsonOf(const CoverageReport& report) {
  Json out = {{"messages", report.messages}, {"bad", report.bad}};
  out["notWanted"] = report.not_wanted;
  out["placesListed"] = report.places_listed;
  out["neverRead"] = report.unread;
  out["rules"] = Json::array();
  for (const RuleUse& rule : report.rules) {
    Json one = {{"rule", rule.name},   {"type", rule.type}, {"at", rule.at},
                {"tried", rule.tried}, {"told", rule.told}, {"notToldBecause", rule.stopped_by}};
    one["set"] = Json::object();
    one["neverSet"] = Json::array();
    for (const FieldUse& field : rule.fields) {
      if (rule.told == 0) break;
      if (field.set > 0)
        one["set"][field.path] = field.set;
      else
        one["neverSet"].push_back(
            {{"field", field.path}, {"at", field.at.empty() ? Json(nullptr) : Json(field.at)}});
    }
    out["rules"].push_back(std::move(one));
  }
  return Line(out);
}

}  // namespace sam::maptool
