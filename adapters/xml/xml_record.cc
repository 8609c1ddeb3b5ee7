#include "adapters/xml/xml_record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/kit/written.h"
#include "broker/base/text.h"

namespace sam::xml {
namespace {

using kit::Selected;

bool Fits(const Node& node, const PlaceStep& step) {
  if (step.name != "*" && step.name != node.name) return false;
  if (step.key.empty()) return true;
  if (step.key_is_attribute) {
    const std::string* value = node.Attribute(step.key);
    return value != nullptr && Trim(*value) == step.value;
  }
  return std::any_of(node.children.begin(), node.children.end(), [&](const Node& child) {
    return child.name == step.key && child.text == step.value;
  });
}

std::vector<std::string> ValuesOf(const std::vector<const Node*>& nodes,
                                  const std::string& attribute) {
  std::vector<std::string> out;
  for (const Node* node : nodes) {
    const std::string* found = attribute.empty() ? &node->text : node->Attribute(attribute);
    if (found != nullptr && !Trim(*found).empty()) out.emplace_back(Trim(*found));
  }
  return out;
}

std::vector<const Node*> FromRoot(const Node& root, const std::vector<PlaceStep>& steps) {
  if (steps.empty() || !Fits(root, steps.front())) return {};
  return FindNodes(root, {steps.begin() + 1, steps.end()});
}

void AddPlaces(const Node& node, const std::string& path, const Node* without,
               std::vector<std::string>& out) {
  if (&node == without) return;
  const std::string prefix = path.empty() || path == "/" ? path : path + "/";
  for (const auto& [name, value] : node.attributes) {
    std::string place = prefix;
    if (!Trim(value).empty()) out.push_back(place.append("@").append(name));
  }
  if (!node.text.empty()) out.push_back(path.empty() ? "." : path);
  for (const Node& child : node.children) AddPlaces(child, prefix + child.name, without, out);
}

}  // namespace

std::vector<const Node*> FindNodes(const Node& from, const std::vector<PlaceStep>& steps) {
  std::vector<const Node*> out = {&from};
  for (const PlaceStep& step : steps) {
    std::vector<const Node*> next;
    for (const Node* node : out)
      for (const Node& child : node->children)
        if (Fits(child, step)) next.push_back(&child);
    out = std::move(next);
  }
  return out;
}

std::vector<std::string> FindValues(const Node& root, const Node& record, const PlacePath& path) {
  return ValuesOf(path.from_root ? FromRoot(root, path.steps) : FindNodes(record, path.steps),
                  path.attribute);
}

Result<kit::Selector> XmlFormat::Compile(std::string_view text) {
  SAM_ASSIGN(Place place, ParsePlace(text));
  compiled_.push_back(std::move(place));
  return kit::Selector{std::string(text), compiled_.size() - 1};
}

Status XmlFormat::CheckUnit(std::string_view unit) const {
  const Result<PlacePath> path = ParsePath(unit);
  if (path.ok() && !path->from_root && path->attribute.empty() && !path->steps.empty()) return Ok();
  return Invalid("'" + std::string(unit) + "': expected elements below the record, such as kod");
}

Status XmlFormat::CheckTrigger(std::string_view trigger) const {
  if (!trigger.empty() && Trim(trigger) == trigger) return Ok();
  return Invalid("'" + std::string(trigger) +
                 "': expected a value of the trigger place, or a record element's name");
}

std::set<std::string> XmlFormat::Names() const {
  std::set<std::string> out;
  for (const Place& place : compiled_)
    for (const PlacePath& path : place.paths) {
      for (const PlaceStep& step : path.steps) {
        if (step.name != "*") out.insert(step.name);
        if (!step.key.empty()) out.insert(step.key);
      }
      if (!path.attribute.empty()) out.insert(path.attribute);
    }
  return out;
}

XmlRecord::XmlRecord(const XmlFormat& format, std::unique_ptr<XmlRow> row, const hl7::Zone& zone,
                     Millis today)
    : format_(format), row_(std::move(row)), zones_{zone, std::nullopt, false}, today_(today) {}

std::vector<std::string> XmlRecord::Values(const PlacePath& path, const kit::Scope& scope) const {
  if (scope.occurrence > 0 && !path.from_root) {
    const Result<PlacePath> unit = ParsePath(scope.unit);
    if (unit.ok() && !unit->steps.empty() && path.steps.size() >= unit->steps.size() &&
        std::equal(unit->steps.begin(), unit->steps.end(), path.steps.begin())) {
      const std::vector<const Node*> units = FindNodes(*row_->record, unit->steps);
      if (scope.occurrence > units.size()) return {};
      const auto below = path.steps.begin() + static_cast<std::ptrdiff_t>(unit->steps.size());
      return ValuesOf(FindNodes(*units[scope.occurrence - 1], {below, path.steps.end()}),
                      path.attribute);
    }
  }
  return FindValues(row_->document.root(), *row_->record, path);
}

Selected XmlRecord::Get(const kit::Selector& selector, const kit::Scope& scope) const {
  const Place& place = format_.at(selector);
  std::string text;
  for (const PlacePath& path : place.paths) {
    const std::vector<std::string> values = Values(path, scope);
    if (values.empty()) continue;
    if (!text.empty()) text += ' ';
    text.append(values.front());
  }
  if (place.how == Place::How::kNumber) text = kit::WholeNumber(text);
  if (place.how == Place::How::kCased) text = kit::WithCase(std::move(text));
  return kit::ValueUnlessEmpty(std::move(text));
}

std::vector<Selected> XmlRecord::All(const kit::Selector& selector, const kit::Scope& scope) const {
  const Place& place = format_.at(selector);
  std::vector<Selected> out;
  if (place.paths.size() > 1) {
    Selected whole = Get(selector, scope);
    if (whole.has_value()) out.push_back(std::move(whole));
    return out;
  }
  for (std::string& text : Values(place.paths.front(), scope)) {
    if (place.how == Place::How::kNumber) text = kit::WholeNumber(text);
    if (place.how == Place::How::kCased) text = kit::WithCase(std::move(text));
    out.push_back(kit::ValueUnlessEmpty(std::move(text)));
  }
  return out;
}

unsigned XmlRecord::Count(std::string_view unit) const {
  const Result<PlacePath> path = ParsePath(unit);
  if (!path.ok() || path->from_root) return 0;
  return static_cast<unsigned>(FindNodes(*row_->record, path->steps).size());
}

Result<kit::TimeValue> XmlRecord::Time(std::string_view text) const {
  return kit::WrittenTime(text, zones_);
}

Result<std::string> XmlRecord::Date(std::string_view text) const {
  return kit::WrittenDate(text, zones_);
}

std::vector<kit::IdentifierValue> XmlRecord::Identifiers(const kit::Selector& selector,
                                                         const kit::Scope& scope) const {
  const Place& place = format_.at(selector);
  std::vector<kit::IdentifierValue> out;
  for (const PlacePath& path : place.paths) {
    for (const std::string& value : Values(path, scope)) {
      if (place.how == Place::How::kLocal) {
        out.push_back(kit::WrittenLocal(row_->patient_system, value));
        continue;
      }
      hl7::PersonNumberOptions options;
      options.today = today_;
      options.lenient = row_->lenient_numbers;
      options.role =
          place.how == Place::How::kAdult ? hl7::PersonRole::kAdult : hl7::PersonRole::kChild;
      // Without any number the record is put aside, unless it is a report.
      if (std::optional<kit::IdentifierValue> person = kit::WrittenPerson(value, options))
        out.push_back(*std::move(person));
      else
        out.push_back(kit::NoPerson(PersonId("", value)));
    }
  }
  return out;
}

std::string XmlRecord::PersonName(const kit::Selector& selector, const kit::Scope& scope) const {
  return Get(selector, scope).text;
}

std::vector<std::string> XmlRecord::Doubts() const {
  if (row_->charset_guessed) return {"charset-guessed"};
  return {};
}

std::vector<std::string> XmlRecord::Places() const {
  std::vector<std::string> all;
  AddPlaces(*row_->record, "", nullptr, all);
  const Node& root = row_->document.root();
  AddPlaces(root, "/" + root.name, row_->record, all);
  std::vector<std::string> out;
  std::set<std::string> seen = row_->read;
  for (std::string& place : all)
    if (seen.insert(place).second) out.push_back(std::move(place));
  return out;
}

std::vector<std::string> XmlRecord::Touched(const kit::Selector& selector,
                                            const kit::Scope&) const {
  std::vector<std::string> out;
  for (const PlacePath& path : format_.at(selector).paths) out.push_back(PlainText(path));
  return out;
}

}  // namespace sam::xml
