#include "broker/admin/subject_harm.h"

#include <algorithm>

#include "broker/contract/catalogue.h"
#include "broker/rules/fact_kinds.h"

namespace sam::admin {
namespace {

using schema::LegalClass;
using schema::Sensitivity;

bool IsReportOrOrder(LegalClass legal_class) {
  return legal_class == LegalClass::A || legal_class == LegalClass::D;
}

bool AnyMayHarm(const rules::FactList& facts) {
  return std::any_of(facts.begin(), facts.end(), [](const rules::FactMatch& fact) {
    return EventMayHarm(rules::TypeOf(fact.kind), false);
  });
}

// What starts its wait or is counted. What would end a wait says nothing of why it began.
bool RuleMayHarm(const rules::Rule& rule) {
  return AnyMayHarm(rule.after) ||
         std::any_of(rule.needs.begin(), rule.needs.end(),
                     [](const rules::Need& need) { return AnyMayHarm(need.facts); });
}

}  // namespace

bool EventMayHarm(const std::string& type, bool by_social) {
  const contract::EventType* const known = contract::EventTypeByName(type);
  if (known == nullptr || known->sensitivity == Sensitivity::S4 || IsReportOrOrder(known->legal_class))
    return true;
  // Answers, withdrawals and decisions tell that there was something to answer, whatever it was.
  for (const char* const prefix : {"report.", "signal.", "prompt."})
    if (type.starts_with(prefix)) return true;
  return (by_social || type.starts_with("social.")) && known->sensitivity >= Sensitivity::S3;
}

bool SignalMayHarm(const dispatch::SignalRow& row, const SignalOrigin& origin) {
  if (IsReportOrOrder(row.legal_class)) return true;
  const dispatch::SignalRow* const about = row.about.empty() ? &row : origin.about;
  if (about == nullptr || !about->about.empty()) return true;
  const dispatch::SignalRow& itself = *about;
  if (IsReportOrOrder(itself.legal_class)) return true;
  for (const std::string& type : origin.evidence)
    if (!type.empty() && EventMayHarm(type, false)) return true;
  if (itself.legal_class != LegalClass::E) return false;
  // A prompt of which neither the rule nor the facts are left may be of anything.
  const bool gone = std::all_of(origin.evidence.begin(), origin.evidence.end(),
                                [](const std::string& type) { return type.empty(); });
  return origin.rule == nullptr ? gone : RuleMayHarm(*origin.rule);
}

}  // namespace sam::admin
