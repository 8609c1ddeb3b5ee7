#include "adapters/fhir/resource_rules.h"

#include <algorithm>
#include <set>

#include "broker/base/text.h"

namespace sam::fhir {
namespace {

const std::vector<ResourceRule>& Rules() {
  static const std::vector<ResourceRule> kRules = {
      {"Appointment",
       {"proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow",
        "entered-in-error", "checked-in", "waitlist"},
       {"participant"}},
      {"CarePlan",
       {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"},
       {"intent", "subject"}},
      {"Communication",
       {"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed",
        "entered-in-error", "unknown"},
       {}},
      {"Consent",
       {"draft", "proposed", "active", "rejected", "inactive", "entered-in-error"},
       {"scope", "category"}},
      {"Encounter",
       {"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled",
        "entered-in-error", "unknown"},
       {"class"}},
      {"EpisodeOfCare",
       {"planned", "waitlist", "active", "onhold", "finished", "cancelled", "entered-in-error"},
       {"patient"}},
      {"Immunization",
       {"completed", "entered-in-error", "not-done"},
       {"vaccineCode", "patient", "occurrenceDateTime|occurrenceString"}},
      {"Observation",
       {"registered", "preliminary", "final", "amended", "corrected", "cancelled",
        "entered-in-error", "unknown"},
       {"code"}},
      {"QuestionnaireResponse",
       {"in-progress", "completed", "amended", "entered-in-error", "stopped"},
       {}},
      {"ServiceRequest",
       {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"},
       {"intent", "subject"}},
      {"Task",
       {"draft", "requested", "received", "accepted", "rejected", "ready", "cancelled",
        "in-progress", "on-hold", "failed", "completed", "entered-in-error"},
       {"intent"}},
  };
  return kRules;
}

void CheckCommon(const Json& resource, const std::string& type, std::vector<Issue>& out) {
  const Json* id = resource.Find("id");
  if (id != nullptr && !IsFhirId(TextOf(*id)))
    out.push_back({"value", type + ".id", "expected 1 to 64 letters, digits, - and ."});
  const Json* meta = resource.Find("meta");
  if (meta != nullptr && !meta->is_object())
    out.push_back({"structure", type + ".meta", "expected an object"});
  const Json* version = meta == nullptr ? nullptr : meta->Find("versionId");
  if (version != nullptr && !IsFhirId(TextOf(*version)))
    out.push_back({"value", type + ".meta.versionId", "expected 1 to 64 letters, digits, - and ."});
  const Json* text = resource.Find("text");
  if (text != nullptr && !text->is_object())
    out.push_back({"structure", type + ".text", "expected an object"});
  const Json* implicit = resource.Find("implicitRules");
  if (implicit != nullptr)
    out.push_back({"not-supported", type + ".implicitRules",
                   "rules that are not known here may change what the resource means"});
  const Json* modifiers = resource.Find("modifierExtension");
  if (modifiers != nullptr)
    out.push_back({"not-supported", type + ".modifierExtension",
                   "an extension that is not known here may change what the resource means"});
  const Json* contained = resource.Find("contained");
  if (contained == nullptr) return;
  for (const Json& one : contained->items)
    if (one.Text("resourceType").empty())
      out.push_back({"structure", type + ".contained", "expected resources with resourceType"});
  if (!contained->is_array()) out.push_back({"structure", type + ".contained", "expected a list"});
}

}  // namespace

const ResourceRule* FindResourceRule(std::string_view type) {
  for (const ResourceRule& rule : Rules())
    if (rule.type == type) return &rule;
  return nullptr;
}

const std::vector<std::string>& ResourceTypes() {
  static const std::vector<std::string> kTypes = [] {
    std::vector<std::string> out;
    for (const ResourceRule& rule : Rules()) out.push_back(rule.type);
    return out;
  }();
  return kTypes;
}

bool IsRead(const std::string& type, const std::vector<std::string>& mapped) {
  return FindResourceRule(type) != nullptr &&
         (mapped.empty() || std::find(mapped.begin(), mapped.end(), type) != mapped.end());
}

bool IsSupporting(std::string_view type) {
  static const std::set<std::string_view> kTypes = {
      "Patient",  "Practitioner", "PractitionerRole",  "Organization", "RelatedPerson",
      "Location", "CareTeam",     "HealthcareService", "Condition",    "Questionnaire",
      "Schedule", "Slot",         "Provenance",        "Goal"};
  return kTypes.contains(type);
}

bool IsFhirId(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

std::vector<Issue> CheckResource(const Json& resource) {
  std::vector<Issue> out;
  const std::string& type = resource.Text("resourceType");
  const ResourceRule* rule = FindResourceRule(type);
  if (rule == nullptr) return {{"not-supported", "", "no resource type taken here"}};
  CheckCommon(resource, type, out);
  const Json* status = resource.Find("status");
  if (status == nullptr) {
    out.push_back({"required", type + ".status", "expected a status"});
  } else if (std::find(rule->statuses.begin(), rule->statuses.end(), TextOf(*status)) ==
             rule->statuses.end()) {
    out.push_back({"code-invalid", type + ".status", "no status that " + type + " has in R4"});
  }
  // Entered in error: what was wrong may be just that something is missing.
  if (status != nullptr && TextOf(*status) == "entered-in-error") return out;
  for (const std::string& names : rule->required) {
    bool there = false;
    for (const std::string_view name : Split(names, '|')) {
      const Json* found = resource.Find(name);
      there = there || (found != nullptr && found->kind != Json::Kind::kNull &&
                        !(found->is_array() && found->items.empty()));
    }
    const std::string first(Split(names, '|')[0]);
    if (!there) out.push_back({"required", type + "." + first, "expected in every " + type});
  }
  return out;
}

}  // namespace sam::fhir
