#include "adapters/fhir/document.h"

#include <algorithm>
#include <utility>

#include "adapters/fhir/identifier.h"
#include "adapters/hl7/personnummer.h"
#include "broker/base/text.h"

namespace sam::fhir {
namespace {

constexpr size_t kMaxNodes = 10'000;  // one path of one message

void Spread(const Json& value, const Json* resource, std::vector<Node>& out) {
  if (out.size() >= kMaxNodes) return;
  if (value.is_array()) {
    for (const Json& item : value.items) Spread(item, resource, out);
  } else if (value.kind != Json::Kind::kNull) {
    out.push_back({&value, resource});
  }
}

bool Meets(const Json& value, const std::vector<std::string>& path, size_t at,
           const std::string& equals) {
  if (value.is_array())
    return std::any_of(value.items.begin(), value.items.end(),
                       [&](const Json& item) { return Meets(item, path, at, equals); });
  if (at == path.size()) return TextOf(value) == equals;
  const Json* next = value.Find(path[at]);
  return next != nullptr && Meets(*next, path, at + 1, equals);
}

bool SameUnit(const Path& path, const Path& unit, const std::string& type) {
  if (!path.root.empty() && path.root != type) return false;
  if (!unit.root.empty() && unit.root != type) return false;
  if (path.steps.size() < unit.steps.size()) return false;
  for (size_t i = 0; i < unit.steps.size(); ++i)
    if (!path.steps[i].plain() || path.steps[i].name != unit.steps[i].name) return false;
  return true;
}

// Of one questionnaire response.
bool DropForm(Json& form) {
  const size_t before = form.members.size();
  for (const char* name : {"item", "text"}) form.Erase(name);
  bool dropped = form.members.size() != before;
  Json* contained = form.Find("contained");
  if (contained == nullptr) return dropped;
  std::vector<Json> kept;
  for (Json& one : contained->items) {
    const std::string& type = one.Text("resourceType");
    const bool who = type == "Patient" || type == "RelatedPerson" || type == "Organization" ||
                     type == "Practitioner" || type == "PractitionerRole" || type == "Encounter";
    if (who) kept.push_back(std::move(one));
  }
  dropped = dropped || kept.size() != contained->items.size();
  contained->items = std::move(kept);
  return dropped;
}

}  // namespace

bool DropAnswers(Json& value) {
  bool dropped = value.Text("resourceType") == "QuestionnaireResponse" && DropForm(value);
  for (Json& item : value.items) dropped |= DropAnswers(item);
  bool in_contained = false;
  for (JsonMember& member : value.members) {  // each once: what nests deep would take for ever
    if (!DropAnswers(member.value)) continue;
    dropped = true;
    in_contained = in_contained || member.name == "contained";
  }
  if (in_contained) value.Erase("text");  // the narrative tells what the resource contains
  return dropped;
}

std::string RelativeName(std::string_view reference) {
  const size_t history = reference.find("/_history/");
  if (history != std::string_view::npos) reference = reference.substr(0, history);
  const size_t id = reference.rfind('/');
  if (id == std::string_view::npos || id == 0 || id + 1 == reference.size()) return "";
  const size_t type = reference.rfind('/', id - 1);
  const std::string_view name =
      type == std::string_view::npos ? reference : reference.substr(type + 1);
  if (name[0] < 'A' || name[0] > 'Z') return "";
  return std::string(name);
}

void Document::Index(const std::string& full_url, const Json& resource) {
  if (!full_url.empty()) by_name_.emplace(full_url, &resource);
  const std::string& id = resource.Text("id");
  if (!id.empty()) by_name_.emplace(resource.Text("resourceType") + "/" + id, &resource);
}

Result<Document> Document::Parse(std::string_view bytes) {
  SAM_ASSIGN(Json root, ParseJson(bytes));
  if (!root.is_object()) return Invalid("the document: expected a resource");
  Document out;
  out.root_ = std::make_unique<Json>(std::move(root));
  if (out.root_->Text("resourceType").empty())
    return Invalid("resourceType: expected the name of a resource");
  if (out.root_->Text("resourceType") != "Bundle") {
    DropAnswers(*out.root_);
    out.focus_ = out.root_.get();
    out.Index("", *out.focus_);
    return out;
  }
  Json* entries = out.root_->Find("entry");
  if (out.root_->Text("type") != "collection" || entries == nullptr || entries->items.empty())
    return Invalid(
        "Bundle.type: expected one message; transactions, batches and messages are taken apart "
        "when they come in");
  for (Json& entry : entries->items) {
    Json* resource = entry.Find("resource");
    if (resource == nullptr || resource->Text("resourceType").empty())
      return Invalid("Bundle.entry.resource: expected a resource");
    DropAnswers(*resource);
    if (out.focus_ == nullptr) out.focus_ = resource;
    out.Index(entry.Text("fullUrl"), *resource);
  }
  return out;
}

const Json* Document::Resolve(const std::string& reference, const Json* from) const {
  if (reference.empty()) return nullptr;
  if (reference[0] == '#') {
    const Json* contained = from == nullptr ? nullptr : from->Find("contained");
    if (contained == nullptr) return nullptr;
    for (const Json& one : contained->items)
      if (one.Text("id") == reference.substr(1)) return &one;
    return nullptr;
  }
  const auto exact = by_name_.find(reference);
  if (exact != by_name_.end()) return exact->second;
  const auto relative = by_name_.find(RelativeName(reference));
  return relative == by_name_.end() ? nullptr : relative->second;
}

std::string Document::along() const {
  std::string out;
  const Json* entries = focus_ == root_.get() ? nullptr : root_->Find("entry");
  if (entries == nullptr) return out;
  for (size_t i = 1; i < entries->items.size(); ++i) AppendJson(entries->items[i], out);
  return out;
}

std::vector<const Json*> Document::others() const {
  std::vector<const Json*> out;
  const Json* entries = focus_ == root_.get() ? nullptr : root_->Find("entry");
  if (entries != nullptr)
    for (size_t i = 1; i < entries->items.size(); ++i)
      out.push_back(entries->items[i].Find("resource"));
  if (const Json* contained = focus_->Find("contained"))
    for (const Json& one : contained->items) out.push_back(&one);
  return out;
}

bool Document::IsA(const Node& node, const std::string& type) const {
  const std::string& stated = node.value->Text("type");
  if (!stated.empty()) return stated == type;
  const std::string& reference = node.value->Text("reference");
  if (!reference.empty()) {
    const Json* resource = Resolve(reference, node.resource);
    if (resource != nullptr) return resource->Text("resourceType") == type;
    return RelativeName(reference).rfind(type + "/", 0) == 0;
  }
  const Json* identifier = node.value->Find("identifier");
  return type == "Patient" && identifier != nullptr &&
         hl7::IsPersonSystem(SystemName(identifier->Text("system")));
}

std::vector<Node> Document::Walk(const std::vector<Node>& from, const Step& step) const {
  std::vector<Node> found;
  for (const Node& node : from) {
    if (step.kind == Step::Kind::kName) {
      const Json* value = node.value->Find(step.name);
      if (value != nullptr) Spread(*value, node.resource, found);
      continue;
    }
    if (step.kind == Step::Kind::kReferenceId) continue;  // a text, made by the record
    const std::string& reference = node.value->Text("reference");
    const Json* resource = Resolve(reference, node.resource);
    if (resource == nullptr) continue;
    if (!step.name.empty() && resource->Text("resourceType") != step.name) continue;
    // What a contained resource refers to by '#' stands beside it.
    found.push_back({resource, reference[0] == '#' ? node.resource : resource});
  }
  std::vector<Node> out;
  for (const Node& node : found) {
    const bool meets =
        std::all_of(step.filters.begin(), step.filters.end(), [&](const Filter& filter) {
          if (filter.path.size() == 1 && filter.path[0] == "is") return IsA(node, filter.equals);
          return Meets(*node.value, filter.path, 0, filter.equals);
        });
    if (meets) out.push_back(node);
  }
  if (step.index < 0) return out;
  if (static_cast<size_t>(step.index) >= out.size()) return {};
  return {out[static_cast<size_t>(step.index)]};
}

std::vector<Node> Document::Find(const Path& path, const Path* unit, unsigned occurrence) const {
  if (!path.root.empty() && path.root != type()) return {};
  const bool scoped = unit != nullptr && occurrence > 0 && SameUnit(path, *unit, type());
  std::vector<Node> at = {{focus_, focus_}};
  for (size_t i = 0; i < path.steps.size(); ++i) {
    if (path.steps[i].kind == Step::Kind::kReferenceId) return at;
    at = Walk(at, path.steps[i]);
    if (!scoped || i + 1 != unit->steps.size()) continue;
    if (occurrence > at.size()) return {};
    at = {at[occurrence - 1]};
  }
  return at;
}

}  // namespace sam::fhir
