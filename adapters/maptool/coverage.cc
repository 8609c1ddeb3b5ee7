#include "adapters/maptool/coverage.h"

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/kit/mapping_loader.h"
#include "adapters/maptool/rule_text.h"
#include "adapters/maptool/sample_run.h"
#include "broker/contract/catalogue.h"

namespace sam::maptool {
namespace {

bool IsOwn(const std::string& path) {
  const std::vector<std::string>& own = kit::OwnHeaderFields();
  return std::any_of(own.begin(), own.end(), [&](const std::string& one) {
    return path == one || path.substr(0, one.size() + 1) == one + ".";
  });
}

// What a mapping can set: leaves, and lists of structs. Of an identifier the list alone counts, and
// structs are only where fields lie.
void AddFields(capnp::StructSchema schema, const std::string& prefix, bool header,
               std::vector<FieldUse>& out) {
  const std::vector<contract::FieldInfo> all = contract::FieldsOf(schema);
  std::string closed;  // below this path nothing is set by itself
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string& path = all[i].path;
    if (!closed.empty() && path.substr(0, closed.size()) == closed) continue;
    closed.clear();
    if (header && (IsOwn(path) || path.substr(0, 10) == "provenance")) continue;
    if (all[i].type == "List(Identifier)") closed = path + ".";
    const bool list = all[i].type.substr(0, 5) == "List(";
    const bool has_inside =
        i + 1 < all.size() && all[i + 1].path.substr(0, path.size() + 1) == path + ".";
    if (list || !has_inside) out.push_back({prefix + path, "", 0});
  }
}

void NoteAssigned(const std::vector<kit::Assignment>& assignments, const std::string& prefix,
                  std::vector<FieldUse>& fields) {
  for (const kit::Assignment& one : assignments) {
    const std::string path = prefix + one.target.path;
    for (FieldUse& field : fields)
      if (field.path == path) field.at = one.stands_at;
    NoteAssigned(one.item, path + ".", fields);
  }
}

RuleUse UseOf(const kit::EventRule& rule) {
  RuleUse out;
  out.name = rule.name;
  out.type = rule.type->name;
  out.at = rule.stands_at;
  if (!rule.aside.empty()) return out;  // it sets no field
  const auto members =
      capnp::Schema::from<schema::Event>().getFieldByName("body").getType().asStruct();
  AddFields(capnp::Schema::from<schema::Header>(), "header.", true, out.fields);
  AddFields(members.getFieldByName(rule.type->member.c_str()).getType().asStruct(), "", false,
            out.fields);
  NoteAssigned(rule.header, "header.", out.fields);
  NoteAssigned(rule.body, "", out.fields);
  return out;
}

class Counter {
 public:
  explicit Counter(const kit::Mapping& mapping) {
    for (const kit::EventRule& rule : mapping.rules()) {
      index_[&rule] = report.rules.size();
      report.rules.push_back(UseOf(rule));
    }
  }

  void Message(const kit::Verdict& verdict, const kit::MapTrace& trace) {
    ++report.messages;
    report.bad += IsBad(verdict) ? 1 : 0;
    for (const kit::RuleTrace& rule : trace.rules) Rule(rule);
    if (verdict.kind == kit::Verdict::Kind::kNotWanted) {
      ++report.not_wanted[verdict.trigger];
      return;
    }
    for (const std::string& place : trace.places) ++present_[place];
    read_.insert(trace.touched.begin(), trace.touched.end());
  }

  void Finish() {
    report.places_listed = !present_.empty();
    for (const auto& [place, messages] : present_)
      if (read_.count(place) == 0) report.unread[place] = messages;
  }

  CoverageReport report;

 private:
  void Rule(const kit::RuleTrace& trace) {
    RuleUse& use = report.rules[index_[trace.rule]];
    ++use.tried;
    if (trace.end == kit::RuleTrace::End::kCondition) ++use.stopped_by[TextOf(*trace.failed)];
    if (trace.end == kit::RuleTrace::End::kNoEarlier)
      ++use.stopped_by["there is no earlier event to replace"];
    if (trace.end == kit::RuleTrace::End::kOlder)
      ++use.stopped_by["something newer was told before"];
    if (trace.end == kit::RuleTrace::End::kStopped) ++use.stopped_by["put aside"];
    if (trace.end != kit::RuleTrace::End::kTold) return;
    ++use.told;
    std::set<std::string> set;  // a field of a list's entries counts once for the event
    for (const kit::FieldTrace& field : trace.fields)
      if (field.end == kit::FieldTrace::End::kSet) set.insert(field.path);
    for (FieldUse& field : use.fields) field.set += set.count(field.path);
  }

  std::map<const kit::EventRule*, size_t> index_;
  std::map<std::string, uint64_t> present_;
  std::set<std::string> read_;
};

}  // namespace

Result<CoverageReport> Cover(const kit::AdapterConfig& config,
                             const std::vector<std::string>& files, const kit::SourceKinds& kinds,
                             const Clock& clock) {
  SAM_ASSIGN(const std::unique_ptr<SampleRun> run,
             SampleRun::Open(config, config.mapping_file, kinds, clock));
  SAM_ASSIGN(const std::vector<Sample> samples, run->Read(files));
  Counter counter(run->mapping());
  kit::MapTrace trace;
  trace.with_places = true;
  for (const Sample& sample : samples) {
    SAM_ASSIGN(const kit::Verdict verdict, run->Take(sample, &trace));
    counter.Message(verdict, trace);
  }
  counter.Finish();
  return std::move(counter.report);
}

}  // namespace sam::maptool
