#include "adapters/fhir/fhir_record.h"

#include <set>
#include <utility>

#include "adapters/fhir/identifier.h"
#include "adapters/fhir/moment.h"
#include "adapters/fhir/resource_rules.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam::fhir {
namespace {

kit::Selected FromNode(const Node& node, bool reference_id) {
  kit::Selected out;
  if (reference_id) {
    const std::string name = RelativeName(node.value->Text("reference"));
    const size_t slash = name.find('/');
    if (slash == std::string::npos) return out;
    out.text = name.substr(slash + 1);
  } else {
    out.text = TextOf(*node.value);
    if (out.text.empty() && !node.value->is_object()) return out;
  }
  out.presence = kit::Presence::kValue;
  return out;
}

}  // namespace

Result<kit::Selector> FhirFormat::Compile(std::string_view text) {
  SAM_ASSIGN(Path path, ParsePath(text));
  if (path.root == "QuestionnaireResponse" && path.steps[0].name == "item")
    return Invalid("'" + std::string(text) +
                   "': answers of a form never enter an event; its status and date may");
  if (!path.root.empty() && FindResourceRule(path.root) == nullptr)
    return Invalid("'" + std::string(text) + "': no resource type taken here" +
                   NearestHint(path.root, ResourceTypes()));
  compiled_.push_back(std::move(path));
  return kit::Selector{std::string(text), compiled_.size() - 1};
}

Status FhirFormat::CheckUnit(std::string_view unit) const {
  const Result<Path> path = ParseUnit(unit);
  if (path.ok()) return Ok();
  return path.error();
}

Status FhirFormat::CheckTrigger(std::string_view trigger) const {
  const size_t colon = trigger.find(':');
  const std::string type(trigger.substr(0, colon));
  const ResourceRule* rule = FindResourceRule(type);
  if (rule == nullptr)
    return Invalid("'" + std::string(trigger) +
                   "': expected a resource type and status such as Appointment:noshow" +
                   NearestHint(type, ResourceTypes()));
  const std::string status =
      colon == std::string_view::npos ? std::string() : std::string(trigger.substr(colon + 1));
  for (const std::string& one : rule->statuses)
    if (one == status) return Ok();
  return Invalid("'" + std::string(trigger) + "': " + type + " has no status '" + status +
                 "'" + NearestHint(status, rule->statuses));
}

std::vector<Node> FhirRecord::Nodes(const kit::Selector& selector, const kit::Scope& scope) const {
  return At(format_.at(selector), scope);
}

std::vector<Node> FhirRecord::At(const Path& path, const kit::Scope& scope) const {
  if (scope.occurrence == 0) return document_.Find(path);
  const Result<Path> unit = ParseUnit(scope.unit);
  if (!unit.ok()) return {};
  return document_.Find(path, &*unit, scope.occurrence);
}

kit::Selected FhirRecord::Get(const kit::Selector& selector, const kit::Scope& scope) const {
  for (kit::Selected& one : All(selector, scope))
    if (one.has_value()) return std::move(one);
  return {};
}

std::vector<kit::Selected> FhirRecord::All(const kit::Selector& selector,
                                           const kit::Scope& scope) const {
  const bool reference_id = format_.at(selector).steps.back().kind == Step::Kind::kReferenceId;
  std::vector<kit::Selected> out;
  for (const Node& node : Nodes(selector, scope)) out.push_back(FromNode(node, reference_id));
  return out;
}

unsigned FhirRecord::Count(std::string_view unit) const {
  const Result<Path> path = ParseUnit(unit);
  return path.ok() ? static_cast<unsigned>(document_.Find(*path).size()) : 0;
}

std::string FhirRecord::trigger() const {
  const std::string& status = document_.focus().Text("status");
  return status.empty() ? document_.type() : document_.type() + ":" + status;
}

Result<std::string> FhirRecord::MessageId() const {
  const Json& focus = document_.focus();
  const std::string& id = focus.Text("id");
  const Json* meta = focus.Find("meta");
  std::string version = meta == nullptr ? "" : meta->Text("versionId");
  if (version.empty() && meta != nullptr) version = meta->Text("lastUpdated");
  if (id.empty() || version.empty()) {
    // Nothing names this telling but what it says: the same content again is the same message.
    std::string content;
    AppendJson(focus, content);
    version = ToHex(Sha256({content}).view()).substr(0, 32);
  }
  // The same version told again together with other resources (a patient whose marking has changed)
  // is another message, and no conflict.
  std::string out = document_.type() + "/" + (id.empty() ? "-" : id) + "/" + version;
  const std::string along = document_.along();
  if (!along.empty()) out += "+" + ToHex(Sha256({along}).view()).substr(0, 16);
  return out;
}

std::string FhirRecord::Object() const {
  const Json& focus = document_.focus();
  const std::string& id = focus.Text("id");
  if (id.empty()) return "";  // nothing tells two of them apart but what they say
  const Json* meta = focus.Find("meta");
  std::string version = meta == nullptr ? "" : meta->Text("versionId");
  if (version.empty() && meta != nullptr) version = meta->Text("lastUpdated");
  // A version is one telling, but for what comes along with it.
  if (!version.empty() && document_.along().empty()) return "";
  return document_.type() + "/" + id + (version.empty() ? "" : "/" + version);
}

std::optional<kit::ToldOrder> FhirRecord::Order() const {
  const Json* meta = document_.focus().Find("meta");
  if (meta == nullptr) return std::nullopt;
  kit::ToldOrder out;
  const std::string& id = document_.focus().Text("id");
  if (!id.empty()) out.SetVersion(document_.type() + "/" + id, meta->Text("versionId"));
  const Result<kit::TimeValue> updated = Time(meta->Text("lastUpdated"));
  if (updated.ok()) out.SetTime(*updated);
  return out;
}

bool FhirRecord::test() const {
  const Json* meta = document_.focus().Find("meta");
  if (meta == nullptr) return false;
  for (const char* list : {"tag", "security"}) {
    const Json* codings = meta->Find(list);
    if (codings == nullptr) continue;
    for (const Json& coding : codings->items)
      if (coding.Text("code") == "HTEST") return true;
  }
  return false;
}

Result<kit::TimeValue> FhirRecord::Time(std::string_view text) const {
  return ReadMoment(text, zone_);
}

Result<std::string> FhirRecord::Date(std::string_view text) const { return ReadDate(text, zone_); }

// How many resources or references the identifiers at a place belong to.
size_t FhirRecord::Owners(const kit::Selector& selector, const kit::Scope& scope) const {
  const Path& path = format_.at(selector);
  if (path.steps.size() < 2) return 1;
  Path owner = path;
  owner.steps.pop_back();
  const Step& last = path.steps.back();
  std::set<const Json*> out;
  for (const Node& node : At(owner, scope))
    if (node.value->Find(last.name) != nullptr) out.insert(node.value);
  return out.size();
}

std::vector<kit::IdentifierValue> FhirRecord::Identifiers(const kit::Selector& selector,
                                                          const kit::Scope& scope) const {
  std::vector<kit::IdentifierValue> out;
  if (Owners(selector, scope) > 1) return out;  // joined, they would make one person of several
  for (const Node& node : Nodes(selector, scope)) {
    if (!node.value->is_object()) continue;
    const std::string& type = node.resource->Text("resourceType");
    kit::IdentifierValue one =
        ReadIdentifier(*node.value, today_, type == "RelatedPerson" || type == "Practitioner");
    if (!one.id.empty() || !one.flag.empty()) out.push_back(std::move(one));
  }
  return out;
}

std::string FhirRecord::PersonName(const kit::Selector& selector, const kit::Scope& scope) const {
  for (const Node& node : Nodes(selector, scope)) {
    const std::string use = node.value->Text("use");
    if (use == "old" || use == "nickname") continue;
    std::string out;
    if (const Json* given = node.value->Find("given"))
      for (const Json& name : given->items) out += (out.empty() ? "" : " ") + TextOf(name);
    const std::string& family = node.value->Text("family");
    if (!family.empty()) out += (out.empty() ? "" : " ") + family;
    if (out.empty()) out = node.value->Text("text");
    if (!out.empty()) return out;
  }
  return "";
}

}  // namespace sam::fhir
