#include "adapters/kit/mapping_loader.h"

#include <algorithm>
#include <set>

#include "adapters/hl7/identifier.h"
#include "adapters/hl7/zone.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr size_t kMaxAside = 40;

// Required header fields that the kit gives by itself.
bool GivenByKit(const std::string& field) {
  return field == "eventId" || field == "type" || field == "source" || field == "controller" ||
         field == "sourceMessageId";
}

}  // namespace

const std::vector<std::string>& OwnHeaderFields() {
  static const std::vector<std::string> kFields = {"eventId",
                                                   "type",
                                                   "schemaVersion",
                                                   "recordedAt",
                                                   "sourceMessageId",
                                                   "sensitivity",
                                                   "legalClass",
                                                   "test",
                                                   "episodeKey",
                                                   "replaces",
                                                   "nulls",
                                                   "traceparent",
                                                   "precision",
                                                   "zoneNote",
                                                   "source.systemId",
                                                   "provenance.mapping",
                                                   "provenance.mappingVersion",
                                                   "provenance.rawRef",
                                                   "provenance.doubts"};
  return kFields;
}

Status MappingLoader::Done(config::Document& document) const {
  std::vector<std::string> all = errors_;
  const Status form = document.Done();
  if (!form.ok()) all.push_back(form.error().message);
  if (all.empty()) return Ok();
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : "\n") + one;
  return Invalid(text);
}

void MappingLoader::Read(config::Table root) {
  ReadHead(root);
  // Without a format nothing else can be read: findings about its selectors would be false ones.
  if (!mapping_.format_) return root.LeaveRest();
  ReadTables(root);
  std::vector<config::Table> rules = root.List("event");
  if (rules.empty()) Fail(root.Where("event"), "expected at least one [[event]]");
  if (rules.size() > Mapping::kMaxRules)
    return Fail(root.Where("event"), "more than " + std::to_string(Mapping::kMaxRules) + " rules");
  std::vector<Assignment> common;
  if (std::optional<config::Table> header = root.Sub("header"))
    ReadFields(*header, capnp::Schema::from<schema::Header>(), common);
  std::set<std::string> names;
  for (config::Table& rule : rules) {
    const size_t before = mapping_.rules_.size();
    ReadRule(rule);
    if (mapping_.rules_.size() == before) continue;
    EventRule& made = mapping_.rules_.back();
    if (!names.insert(made.name).second)
      Fail(rule.Where("name"), "the name '" + made.name + "' is taken by an earlier event");
    if (!made.aside.empty()) continue;  // it makes no event
    // A rule's own header fields take the place of the common ones.
    std::vector<Assignment> merged;
    for (const Assignment& one : common) {
      const bool own =
          std::any_of(made.header.begin(), made.header.end(),
                      [&](const Assignment& a) { return a.target.path == one.target.path; });
      if (!own) merged.push_back(one);
    }
    for (Assignment& one : made.header) merged.push_back(std::move(one));
    made.header = std::move(merged);
    CheckRequired(rule.Where(), made);
  }
  HintTables(root);
}

void MappingLoader::ReadHead(config::Table root) {
  std::optional<config::Table> head = root.Sub("mapping");
  if (!head)
    return Fail(root.Where("mapping"), "expected a table [mapping] with id, version, format");
  mapping_.id_ = head->Text("id");
  mapping_.version_ = head->Text("version");
  std::vector<std::string> formats;
  for (const FormatKind& kind : kinds_.formats) formats.push_back(kind.name);
  (void)head->OneOf("format", formats);  // the finding is in the document
  const std::string format = head->TextOr("format", "");
  for (const FormatKind& kind : kinds_.formats)
    if (kind.name == format) mapping_.format_ = kind.make();
  mapping_.zone_ = "Europe/Stockholm";
  std::optional<config::Table> defaults = root.Sub("defaults");
  if (!defaults) return;
  mapping_.zone_ = defaults->TextOr("zone", mapping_.zone_);
  if (!hl7::Zone::Find(mapping_.zone_).ok())
    Fail(defaults->Where("zone"), "no time zone '" + mapping_.zone_ +
                                      "'; expected a name such as Europe/Stockholm");
  mapping_.defaults_.system_id = defaults->TextOr("system_id", "");
  mapping_.defaults_.org_nr = defaults->TextOr("org_nr", "");
  if (!mapping_.defaults_.org_nr.empty()) {
    const Result<std::string> normal = hl7::NormaliseOrgNr(mapping_.defaults_.org_nr);
    if (!normal.ok()) Fail(defaults->Where("org_nr"), normal.error().message);
    if (normal.ok()) mapping_.defaults_.org_nr = *normal;
  }
  mapping_.defaults_.board = defaults->TextOr("board", "");
  mapping_.defaults_.unit_hsa_id = defaults->TextOr("unit_hsa_id", "");
  mapping_.defaults_.private_regime = defaults->OneOf("regime", {"public", "private"}, 0) == 1;
}

void MappingLoader::ReadTables(config::Table root) {
  std::optional<config::Table> tables = root.Sub("tables");
  if (!tables) return;
  for (const std::string& name : tables->Keys()) {
    table_names_.insert(name);
    const std::string file = tables->Text(name);
    const Result<std::string> text = read_(file);
    if (!text.ok()) {
      Fail(tables->Where(name), text.error().message);
      continue;
    }
    Result<CodeTable> table = CodeTable::Parse(*text, folder_ + file);
    if (!table.ok()) {
      errors_.push_back(table.error().message);  // with places of its own
      continue;
    }
    texts_.emplace_back(name, *text);
    mapping_.tables_.emplace(name, std::move(table).value());
  }
}

void MappingLoader::ReadRule(config::Table rule) {
  EventRule out;
  out.stands_at = rule.Where();
  out.name = rule.Text("name");
  const std::string type = rule.Text("type");
  const std::string replaces = rule.TextOr("replaces", "");
  const auto type_of = [&](const std::string& name, const char* key) -> const contract::EventType* {
    const contract::EventType* found = contract::EventTypeByName(name);
    if (found != nullptr && found->name == "expectation.overdue") {
      Fail(rule.Where(key), "'" + name + "' is derived by the hub and never comes from a source");
      return nullptr;
    }
    if (found != nullptr && found->name == "report.attachment") {
      Fail(rule.Where(key), "'" + name + "' follows its report by itself: see attachments there");
      return nullptr;
    }
    if (found == nullptr && !name.empty()) {
      std::vector<std::string> names;
      for (const contract::EventType& one : contract::EventTypes()) names.push_back(one.name);
      Fail(rule.Where(key), "unknown event type '" + name + "'" + NearestHint(name, names));
    }
    return found;
  };
  out.type = type_of(type, "type");
  if (!replaces.empty()) out.replaces = type_of(replaces, "replaces");
  out.corrects = rule.BoolOr("corrects", false);
  ReadTriggers(rule, out);
  for (config::Table& spec : rule.List("if"))
    if (std::optional<Condition> condition = ReadCondition(spec))
      out.conditions.push_back(*condition);
  if (rule.Has("aside")) {
    ReadAside(rule, out);
    if (out.type != nullptr) mapping_.rules_.push_back(std::move(out));
    return;
  }
  ReadKey(rule, out);
  for (config::Table& spec : rule.List("doubt")) {
    const std::string code = spec.Text("code");
    if (std::optional<Condition> condition = ReadCondition(spec))
      out.doubts.push_back({code, *condition});
  }
  if (std::optional<config::Table> header = rule.Sub("header"))
    ReadFields(*header, capnp::Schema::from<schema::Header>(), out.header);
  std::optional<config::Table> body = rule.Sub("body");
  if (out.type == nullptr) {
    // Which fields there are depends on the type: anything said of them now would be a guess.
    if (body) body->LeaveRest();
    return;
  }
  const auto members =
      capnp::Schema::from<schema::Event>().getFieldByName("body").getType().asStruct();
  const auto member = members.getFieldByName(out.type->member.c_str());
  if (body) ReadFields(*body, member.getType().asStruct(), out.body);
  mapping_.rules_.push_back(std::move(out));
}

// The reason is what an operator filters by; it stands in logs and receipts.
void MappingLoader::ReadAside(config::Table rule, EventRule& out) {
  out.aside = rule.Text("aside");
  const bool plain = out.aside.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                     std::string::npos;
  if (out.aside.empty() || out.aside.size() > kMaxAside || !plain)
    Fail(rule.Where("aside"),
         "expected a reason in small letters, digits and -, such as \"several-patients\"");
  if (out.conditions.empty() && !rule.Has("if"))
    Fail(rule.Where("aside"), "expected an [[event.if]] that says which messages go aside");
  for (const char* key : {"header", "body", "doubt", "episode_key", "repeat", "replaces", "corrects"})
    if (rule.Has(key))
      Fail(rule.Where("aside"), std::string("this rule tells nothing, so ") + key +
                                    " does not belong to it");
}

void MappingLoader::ReadTriggers(config::Table rule, EventRule& out) {
  out.when = rule.TextList("when");
  if (out.when.empty())
    Fail(rule.Where("when"), "expected a list of triggers such as [\"SIU^S26\"]");
  for (size_t i = 0; i < out.when.size(); ++i) {
    const Status known = mapping_.format_->CheckTrigger(out.when[i]);
    const std::string hint = known.ok() ? mapping_.format_->TriggerHint(out.when[i]) : "";
    if (!known.ok()) Fail(rule.WhereItem("when", i), known.error().message);
    if (!hint.empty()) Hint(rule.WhereItem("when", i), hint);
  }
  out.each = rule.TextOr("each", "");
  if (out.each.empty()) return;
  CheckUnit(rule.Where("each"), out.each);
}

void MappingLoader::CheckUnit(const std::string& where, const std::string& unit) {
  const Status known = mapping_.format_->CheckUnit(unit);
  if (!known.ok()) return Fail(where, known.error().message);
  const std::string hint = mapping_.format_->UnitHint(unit);
  if (!hint.empty()) Hint(where, hint);
}

void MappingLoader::ReadKey(config::Table rule, EventRule& out) {
  const std::vector<std::string> parts = rule.TextList("episode_key");
  for (size_t i = 0; i < parts.size(); ++i) {
    KeyPart key;
    if (parts[i].substr(0, 1) == "=")
      key.literal = parts[i].substr(1);
    else
      for (const std::string_view place : Split(parts[i], '|'))
        if (auto at = Compile(rule.WhereItem("episode_key", i), std::string(place)))
          key.at.push_back(*at);
    out.episode_key.push_back(std::move(key));
  }
  if (out.replaces != nullptr && out.episode_key.empty())
    Fail(rule.Where("replaces"), "expected an episode_key to find the earlier event by");
  if (out.corrects && (out.episode_key.empty() || out.replaces != nullptr))
    Fail(rule.Where("corrects"), "expected an episode_key to find the earlier event by, and no replaces");
  out.repeat = static_cast<Repeat>(rule.OneOf("repeat", {"always", "once", "changed"}, 0));
  if (out.repeat == Repeat::kAlways) return;
  if (out.episode_key.empty())
    Fail(rule.Where("repeat"), "expected an episode_key to know the fact again by");
  if (out.replaces != nullptr || out.corrects)
    Fail(rule.Where("repeat"), "expected repeat, corrects or replaces, not two of them: 'changed' replaces by itself");
}

void MappingLoader::ReadFields(config::Table fields, capnp::StructSchema schema,
                               std::vector<Assignment>& out) {
  const bool header = schema == capnp::Schema::from<schema::Header>();
  for (const std::string& key : fields.Keys()) {
    const std::vector<std::string>& own = OwnHeaderFields();
    if (header && std::find(own.begin(), own.end(), key) != own.end()) {
      Fail(fields.Where(key), "'" + key + "' is set by the adapter itself");
      (void)fields.Sub(key);
      continue;
    }
    if (std::optional<Assignment> one = ReadAssignment(fields, key, schema))
      out.push_back(std::move(*one));
  }
}

void MappingLoader::HintTables(config::Table root) {
  std::optional<config::Table> tables = root.Sub("tables");
  if (!tables) return;
  for (const std::string& name : tables->Keys())
    if (used_tables_.count(name) == 0)
      Hint(tables->Where(name), "no rule uses the table '" + name + "'");
}

void MappingLoader::CheckRequired(const std::string& where, const EventRule& rule) {
  const auto sets = [](const std::vector<Assignment>& list, const std::string& field) {
    return std::any_of(list.begin(), list.end(), [&](const Assignment& one) {
      return one.target.path == field || one.target.path.substr(0, field.size() + 1) == field + ".";
    });
  };
  const auto members =
      capnp::Schema::from<schema::Event>().getFieldByName("body").getType().asStruct();
  const auto body = members.getFieldByName(rule.type->member.c_str()).getType().asStruct();
  for (const std::string& field : RequiredOf(body))
    if (!sets(rule.body, field))
      Fail(where, "event '" + rule.name + "': the required field '" + field + "' is never set");
  for (const std::string& field : RequiredOf(capnp::Schema::from<schema::Header>()))
    if (!GivenByKit(field) && !sets(rule.header, field))
      Fail(where,
           "event '" + rule.name + "': the required field 'header." + field + "' is never set");
}

}  // namespace sam::kit
