#include "adapters/maptool/compare.h"

#include <map>
#include <ostream>
#include <utility>

#include "adapters/maptool/event_fields.h"
#include "adapters/maptool/json.h"

namespace sam::maptool {
namespace {

struct FieldChange {
  std::string path;
  std::string ours, other;  // empty: the event does not have it
  bool personal = false;
};

struct EventChange {
  enum class Kind { kAdded, kRemoved, kChanged };  // as seen from ours
  Kind kind = Kind::kChanged;
  std::string type;
  size_t number = 1;  // among the message's events of the type
  std::vector<FieldChange> fields;
};

struct Difference {
  std::string ours, other;  // verdicts, when they are not the same
  std::vector<EventChange> events;
  bool any() const { return !events.empty() || ours != other; }
};

std::string VerdictText(const kit::Verdict& verdict) {
  std::string out = kit::VerdictName(verdict.kind);
  if (!verdict.reason.empty()) out.append(" ").append(verdict.reason);
  return out;
}

Status CompareEvent(const kit::MappedEvent& ours, const kit::MappedEvent& other, size_t number,
                    Difference& out) {
  using Fields = std::map<std::string, FieldValue>;
  SAM_ASSIGN(const Fields left, FieldsOf(ours.bytes));
  SAM_ASSIGN(const Fields right, FieldsOf(other.bytes));
  EventChange change;
  change.type = ours.type->name;
  change.number = number;
  for (const auto& [path, value] : left) {
    const auto found = right.find(path);
    if (found == right.end())
      change.fields.push_back({path, value.text, "", value.personal});
    else if (!(found->second == value))
      change.fields.push_back({path, value.text, found->second.text, value.personal});
  }
  for (const auto& [path, value] : right)
    if (left.count(path) == 0) change.fields.push_back({path, "", value.text, value.personal});
  if (!change.fields.empty()) out.events.push_back(std::move(change));
  return Ok();
}

// Events are compared within their type, in order: rules may have other names.
Result<Difference> Compare(const kit::Verdict& ours, const kit::Verdict& other) {
  Difference out;
  out.ours = VerdictText(ours);
  out.other = VerdictText(other);
  std::map<std::string, std::vector<const kit::MappedEvent*>> left, right;
  for (const kit::MappedEvent& event : ours.events) left[event.type->name].push_back(&event);
  for (const kit::MappedEvent& event : other.events) right[event.type->name].push_back(&event);
  for (const auto& [type, events] : left) {
    const std::vector<const kit::MappedEvent*>& others = right[type];
    for (size_t i = 0; i < events.size(); ++i) {
      if (i < others.size()) {
        SAM_TRY(CompareEvent(*events[i], *others[i], i + 1, out));
      } else {
        out.events.push_back({EventChange::Kind::kRemoved, type, i + 1, {}});
      }
    }
  }
  for (const auto& [type, events] : right)
    for (size_t i = left[type].size(); i < events.size(); ++i)
      out.events.push_back({EventChange::Kind::kAdded, type, i + 1, {}});
  return out;
}

std::string Shown(const FieldChange& field, const std::string& value, bool reveal) {
  if (value.empty()) return "nothing";
  return field.personal && !reveal ? kHidden : value;
}

std::string NameOf(EventChange::Kind kind) {
  if (kind == EventChange::Kind::kAdded) return "added";
  return kind == EventChange::Kind::kRemoved ? "removed" : "changed";
}

void Print(const Sample& sample, const Difference& difference, bool reveal, std::ostream& out) {
  out << sample.name << "\n";
  if (difference.ours != difference.other)
    out << "  verdict   " << difference.ours << " -> " << difference.other << "\n";
  for (const EventChange& event : difference.events) {
    out << "  event " << event.type;
    if (event.number > 1) out << " no. " << event.number;
    out << "   " << NameOf(event.kind) << "\n";
    for (const FieldChange& field : event.fields)
      out << "    " << field.path << ": " << Shown(field, field.ours, reveal) << " -> "
          << Shown(field, field.other, reveal) << "\n";
  }
}

Json ValueJson(const FieldChange& field, const std::string& value, bool reveal) {
  if (value.empty()) return nullptr;
  return Shown(field, value, reveal);
}

Json ToJson(const Sample& sample, const Difference& difference, bool reveal) {
  Json out = {{"sample", sample.name}};
  if (difference.ours != difference.other)
    out["verdict"] = {{"ours", difference.ours}, {"other", difference.other}};
  out["events"] = Json::array();
  for (const EventChange& event : difference.events) {
    Json one = {{"type", event.type}, {"number", event.number}, {"change", NameOf(event.kind)}};
    one["fields"] = Json::array();
    for (const FieldChange& field : event.fields)
      one["fields"].push_back({{"field", field.path},
                               {"ours", ValueJson(field, field.ours, reveal)},
                               {"other", ValueJson(field, field.other, reveal)},
                               {"hidden", field.personal && !reveal}});
    out["events"].push_back(std::move(one));
  }
  return out;
}

}  // namespace

Result<Comparer> Comparer::Open(const kit::AdapterConfig& config, const std::string& other,
                                const kit::SourceKinds& kinds, const Clock& clock) {
  Comparer out;
  SAM_ASSIGN(out.ours_, SampleRun::Open(config, config.mapping_file, kinds, clock));
  SAM_ASSIGN(out.other_, SampleRun::Open(config, other, kinds, clock));
  const std::string ours = out.ours_->mapping().format().name();
  const std::string theirs = out.other_->mapping().format().name();
  if (ours != theirs)
    return Invalid(other + ": a mapping for " + theirs + "; the adapter's is for " + ours +
                   ", and the same messages cannot go through both");
  return out;
}

Result<CompareReport> Comparer::Run(const std::vector<Sample>& samples,
                                    const CompareOptions& options, std::ostream& out) {
  CompareReport report;
  for (const Sample& sample : samples) {
    SAM_ASSIGN(const kit::Verdict ours, ours_->Take(sample, nullptr));
    SAM_ASSIGN(const kit::Verdict other, other_->Take(sample, nullptr));
    SAM_ASSIGN(const Difference difference, Compare(ours, other));
    ++report.messages;
    if (!difference.any()) continue;
    ++report.different;
    if (options.json)
      out << Line(ToJson(sample, difference, options.reveal));
    else
      Print(sample, difference, options.reveal, out);
  }
  return report;
}

}  // namespace sam::maptool
