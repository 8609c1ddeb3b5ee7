#include "adapters/kit/mapper.h"

#include <kj/string.h>

#include <algorithm>
#include <utility>

#include "adapters/kit/dynamic.h"
#include "adapters/kit/mapper_work.h"
#include "broker/base/text.h"
#include "broker/contract/required.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"
#include "broker/wire/limits.h"

namespace sam::kit {
namespace {

Problem ToProblem(const Error& error) {
  const size_t colon = error.message.find(": ");
  if (error.code != Code::kInvalid || colon == std::string::npos)
    return {"internal", error.message};
  return {error.message.substr(0, colon), error.message.substr(colon + 2)};
}

// What the body says, as a number of the size that is kept for an episode.
EventId ContentOf(schema::Event::Reader event) {
  const std::string text = kj::str(event.getBody()).cStr();
  return *EventId::From(Sha256({text}).view().substr(0, EventId::kSize));
}

// Where a rule that puts aside has looked: places, never what stands there.
std::string AsideText(const EventRule& rule) {
  std::string out = "the rule '" + rule.name + "' puts it aside";
  const char* join = " for ";
  for (const Condition& condition : rule.conditions) {
    for (const Selector& place : condition.at) {
      out.append(join).append(place.text);
      join = " or ";
    }
    if (condition.op == Condition::Op::kUnknownIn)
      out.append(", whose value is not in ").append(condition.lookup->name);
    join = " and ";
  }
  return out;
}

// What the report says of its files beside their content.
void NoteTypes(schema::Event::Builder event, std::vector<MappedFile>& files) {
  if (files.empty() || !event.getBody().isReportSigned()) return;
  const auto listed = event.asReader().getBody().getReportSigned().getAttachments();
  for (MappedFile& file : files)
    if (file.attachment < listed.size())
      file.media_type = listed[file.attachment].getMediaType().cStr();
}

}  // namespace

std::optional<int64_t> MsBetween(const SourceRecord& record, const std::vector<Selector>& since,
                                 const std::string& until, const Scope& scope) {
  const Result<TimeValue> end = record.Time(until);
  if (!end.ok() || end->precision == TimePrecision::kDay) return std::nullopt;
  for (const Selector& place : since) {
    const Selected value = record.Get(place, scope);
    if (!value.has_value()) continue;
    const Result<TimeValue> start = record.Time(value.text);
    if (!start.ok() || start->precision == TimePrecision::kDay) return std::nullopt;
    return end->instant.value - start->instant.value;
  }
  return std::nullopt;
}

std::string ContentName(const contract::EventType& type) { return type.name + "#content"; }

Mapped Mapper::Map(const SourceRecord& record, const MapContext& context) {
  Mapped out;
  looks_ = 0;
  const std::string trigger = record.trigger();
  if (trace_ != nullptr && trace_->with_places) trace_->places = record.Places();
  for (const EventRule& rule : mapping_.rules()) {
    if (std::find(rule.when.begin(), rule.when.end(), trigger) == rule.when.end()) continue;
    out.wanted = true;
    if (MapUnits(rule, record, context, out)) continue;
    out.events.clear();
    return out;
  }
  return out;
}

// False: the message is put aside. Asked after each unit.
bool Mapper::WithinLimits(const EventRule& rule, unsigned units, Mapped& out) const {
  const bool events = out.events.size() > kMaxEvents;
  if (!events && looks_ <= kMaxLooks) return true;
  std::string text = events ? "more than " + std::to_string(kMaxEvents) + " events of one message"
                            : "its rules look at more than " + std::to_string(kMaxLooks) + " values";
  text.append("; the rule at hand is '").append(rule.name).append("'");
  if (!rule.each.empty())
    text.append(", with ").append(std::to_string(units)).append(" ").append(rule.each);
  text.append(": have the source send smaller messages, or narrow the rule");
  out.problem = Problem{events ? "too-many-events" : "too-many-values", std::move(text)};
  out.notes.push_back({rule.name, "", "quarantine: " + out.problem->code});
  if (trace_ != nullptr && !trace_->rules.empty()) {
    trace_->rules.back().end = RuleTrace::End::kStopped;
    trace_->rules.back().why = out.problem->detail;
  }
  return false;
}

// Each value that is looked at counts, and so does a question without an answer.
std::vector<Selected> Mapper::AllOf(const Selector& place, const SourceRecord& record,
                                    const Scope& scope) {
  std::vector<Selected> values = record.All(place, scope);
  looks_ += std::max<size_t>(1, values.size());
  return values;
}

// An older message that comes late undoes nothing that a newer one has told: it corrects, replaces
// and takes back nothing. What it alone tells is told, with a doubt.
bool Mapper::IsTooOld(Work& work, Mapped& out) {
  const EventRule& rule = work.rule;
  if (!work.context.age) return false;
  const std::string& type = (rule.replaces != nullptr ? rule.replaces : rule.type)->name;
  const Age age = work.context.age(type, work.out.episode_key);
  if (age == Age::kLatest) return false;
  out.older = true;
  const bool changes = rule.corrects || rule.repeat != Repeat::kAlways;
  const bool told = changes && work.context.earlier &&
                    work.context.earlier(rule.type->name, work.out.episode_key).has_value();
  if (rule.replaces == nullptr && !told && !(changes && age == Age::kOlderOfType)) {
    work.Doubt("older-version", "", "older-version");
    return false;
  }
  out.notes.push_back({rule.name, "", "not told: older-version: something newer was told before"});
  if (work.trace != nullptr) work.trace->end = RuleTrace::End::kOlder;
  return true;
}

// What this event is told in place of. False: nothing is to be told; a note says why.
bool Mapper::FindEarlier(Work& work, Mapped& out) {
  const EventRule& rule = work.rule;
  const auto& earlier = work.context.earlier;
  if (IsTooOld(work, out)) return false;
  if (rule.replaces != nullptr) {
    if (earlier) work.replaced = earlier(rule.replaces->name, work.out.episode_key);
    if (!work.replaced) {
      out.notes.push_back({rule.name, "", "not told: there is no earlier event to replace"});
      if (work.trace != nullptr) work.trace->end = RuleTrace::End::kNoEarlier;
      return false;
    }
  }
  if (!earlier || (rule.repeat == Repeat::kAlways && !rule.corrects)) return true;
  const std::optional<EventId> told = earlier(rule.type->name, work.out.episode_key);
  if (told && rule.repeat == Repeat::kOnce) {
    out.notes.push_back({rule.name, "", "not told: it was told before"});
    return false;
  }
  if (rule.repeat == Repeat::kChanged || rule.corrects) work.replaced = told;
  return true;
}

// The event that was built joins the message's others. False: a problem stops the message.
bool Mapper::AddEvent(Work& work, Mapped& out) {
  const EventRule& rule = work.rule;
  const MapContext& context = work.context;
  if (rule.repeat == Repeat::kChanged && context.earlier) {
    work.out.content = ContentOf(work.event.asReader());
    const std::optional<EventId> before =
        context.earlier(ContentName(*rule.type), work.out.episode_key);
    if (work.replaced && before == work.out.content) {
      out.notes.push_back({rule.name, "", "not told: the same was told before"});
      return true;
    }
    if (work.replaced) work.event.getHeader().setStatus(schema::EventStatus::CORRECTED);
  }
  // Several events of one message need keys of their own; the first keeps the plain one.
  work.out.doubts.assign(work.doubts.begin(), work.doubts.end());
  work.event.getHeader().setSourceMessageId(
      out.events.empty() ? context.message_id
                         : context.message_id + "#" + rule.name + "." +
                               std::to_string(std::max({1U, work.scope.occurrence,
                                                        work.scope.group})));
  NoteTypes(work.event, work.out.files);
  work.out.retracts = work.event.getHeader().getStatus() == schema::EventStatus::RETRACTED;
  work.out.bytes = wire::Flatten(work.message);
  // Each part carries the report's header and names it by its message id.
  const schema::Header::Reader header = work.event.asReader().getHeader();
  const size_t beside = header.totalSize().wordCount * sizeof(capnp::word) +
                        2 * size_t{header.getSourceMessageId().size()} + 512;
  const bool no_room = !work.out.files.empty() && beside > wire::kMaxEventBytes - wire::kMaxPartBytes;
  if (no_room || work.out.bytes.size() > wire::kMaxEventBytes) {
    out.problem =
        Problem{"event-too-large", "event '" + rule.name + "' is larger than a hub takes"};
    work.Stopped(out.problem->detail);
    return false;
  }
  out.events.push_back(std::move(work.out));
  return true;
}

// False: a problem stops the message.
bool Mapper::MapRule(const EventRule& rule, const Scope& scope, const SourceRecord& record,
                     const MapContext& context, Mapped& out) {
  RuleTrace* trace = nullptr;
  if (trace_ != nullptr) {
    trace = &trace_->rules.emplace_back();
    trace->rule = &rule;
    trace->scope = scope;
  }
  for (const Condition& condition : rule.conditions) {
    if (Matches(condition, record, scope)) continue;
    if (trace != nullptr) {
      trace->end = RuleTrace::End::kCondition;
      trace->failed = &condition;
    }
    return true;
  }
  if (!rule.aside.empty()) {
    out.problem = Problem{rule.aside, AsideText(rule)};
    out.notes.push_back({rule.name, "", "quarantine: " + rule.aside});
    if (trace != nullptr) {
      trace->end = RuleTrace::End::kStopped;
      trace->why = rule.aside;
    }
    return false;
  }
  if (record.Groups() > 0) {
    const bool whole = record.GroupOf(scope) == 0;
    if (whole ? !GroupsAgree(rule, record) : scope.group > 0 && Lost(rule, record, scope.group))
      return Disagree(rule, record, trace, out);
  }
  Work work(rule, record, context, scope);
  work.trace = trace;
  work.out.rule = rule.name;
  work.out.type = rule.type;
  work.out.episode_key = KeyOf(rule, record, scope);
  if (!FindEarlier(work, out)) return true;
  for (const std::string& doubt : record.Doubts()) work.Doubt(doubt, "", doubt);
  for (const DoubtRule& doubt : rule.doubts)
    if (Matches(doubt.when, record, scope)) work.Doubt(doubt.code, "", doubt.code);

  const Status built = Guarded("internal: event '" + rule.name + "'", Code::kInvalid,
                               [&]() -> Status { return Build(work); });
  for (FieldNote& note : work.notes) out.notes.push_back(std::move(note));
  if (!built.ok()) {
    out.problem = ToProblem(built.error());
    out.notes.push_back({rule.name, "", "quarantine: " + built.error().message});
    work.Stopped(built.error().message);
    return false;
  }
  return AddEvent(work, out);
}

bool Mapper::Matches(const Condition& condition, const SourceRecord& record,
                     const Scope& scope) {
  if (trace_ != nullptr) Touch(condition.at, record, scope);
  if (condition.op == Condition::Op::kWithinHours) {
    if (trace_ != nullptr) Touch(condition.of, record, scope);
    for (const Selector& place : condition.at) {
      const Selected value = record.Get(place, scope);
      if (!value.has_value()) continue;
      const std::optional<int64_t> ms = MsBetween(record, condition.of, value.text, scope);
      return ms && *ms < condition.hours * kHourMs;
    }
    return false;
  }
  bool any_value = false, any_match = false;
  const auto look = [&](const Selected& value) {
    any_value = true;
    const auto listed = [&](const std::string& text) {
      return std::find(condition.values.begin(), condition.values.end(), text) !=
             condition.values.end();
    };
    if (condition.op == Condition::Op::kUnknownIn) {
      any_match |= !condition.lookup->table->Has(value.text);
    } else if (condition.lookup) {
      const std::optional<std::string> given =
          condition.lookup->table->Find(value.text, condition.lookup->column);
      any_match |= given && *given != "-" && (condition.values.empty() || listed(*given));
    } else {
      any_match |= listed(std::string(Trim(value.text)));
    }
  };
  for (const Selector& place : condition.at) {
    for (const Selected& value : AllOf(place, record, scope))
      if (value.has_value()) look(value);
    if (any_value) break;
  }
  switch (condition.op) {
    case Condition::Op::kPresent: return any_value;
    case Condition::Op::kAbsent: return !any_value;
    case Condition::Op::kNotIn:
    case Condition::Op::kTableNot: return !any_match;
    case Condition::Op::kOtherThan: return any_value && !any_match;
    default: return any_match;
  }
}

void Mapper::Touch(const std::vector<Selector>& places, const SourceRecord& record,
                   const Scope& scope) const {
  if (!trace_->with_places) return;
  for (const Selector& place : places)
    for (std::string& name : record.Touched(place, scope)) trace_->touched.insert(std::move(name));
}

std::string Mapper::KeyOf(const EventRule& rule, const SourceRecord& record,
                          const Scope& scope) const {
  std::string out;
  for (const KeyPart& part : rule.episode_key) {
    if (!out.empty()) out += '|';
    if (part.at.empty()) {
      out += part.literal;
      continue;
    }
    if (trace_ != nullptr) Touch(part.at, record, scope);
    Selected value;
    for (const Selector& at : part.at)
      if (!value.has_value()) value = record.Get(at, scope);
    if (!value.has_value()) return "";  // half a key would join what does not belong together
    out += value.text;
  }
  return out;
}

Status Mapper::Build(Work& work) {
  work.event = work.message.initRoot<schema::Event>();
  FillOwn(work);
  capnp::DynamicStruct::Builder event = capnp::toDynamic(work.event);
  SAM_TRY(SetFields(work, event.get("header").as<capnp::DynamicStruct>(), work.rule.header,
                    "header.", work.scope));
  capnp::DynamicStruct::Builder body = event.get("body").as<capnp::DynamicStruct>();
  SAM_TRY(SetFields(work, body.init(work.rule.type->member.c_str()).as<capnp::DynamicStruct>(),
                    work.rule.body, "", work.scope));
  schema::Header::Builder header = work.event.getHeader();
  unsigned i = 0;
  auto doubts = header.getProvenance().initDoubts(static_cast<unsigned>(work.doubts.size()));
  for (const std::string& doubt : work.doubts) doubts.set(i++, doubt);
  i = 0;
  auto nulls = header.initNulls(static_cast<unsigned>(work.nulls.size()));
  for (const std::string& path : work.nulls) nulls.set(i++, path);
  const std::string missing = contract::MissingField(work.event.asReader());
  if (!missing.empty()) return Trouble("missing-field", missing);
  return Ok();
}

void Mapper::FillOwn(Work& work) {
  work.out.id = ids_.Next();
  const SourceIdentity& from = *work.context.source;
  schema::Header::Builder header = work.event.initHeader();
  header.setEventId(wire::AsData(work.out.id.view()));
  header.setType(work.rule.type->name);
  header.setSchemaVersion(wire::kSchemaVersion);
  header.setRecordedAt(clock_.Now().value);
  schema::Source::Builder source = header.initSource();
  source.setSystemId(from.system_id);
  source.setOrgNr(from.org_nr);
  source.setBoard(from.board);
  source.setUnitHsaId(from.unit_hsa_id);
  source.setRegime(from.private_regime ? schema::Source::Regime::PRIVATE
                                       : schema::Source::Regime::PUBLIC);
  header.initController().setOrgNr(from.org_nr);
  header.getController().setBoard(from.board);
  header.setSourceMessageId(work.context.message_id);
  header.setSensitivity(work.rule.type->sensitivity);
  header.setLegalClass(work.rule.type->legal_class);
  header.setTest(work.context.test);
  header.setBaseline(work.context.baseline);
  header.setEpisodeKey(work.out.episode_key);
  if (work.replaced) header.setReplaces(wire::AsData(work.replaced->view()));
  if (work.replaced && work.rule.corrects) header.setStatus(schema::EventStatus::CORRECTED);
  schema::Provenance::Builder provenance = header.initProvenance();
  provenance.setMapping(mapping_.id());
  provenance.setMappingVersion(mapping_.version());
  provenance.setMappingDigest(wire::AsData(mapping_.digest().view()));
  provenance.setRawDigest(wire::AsData(work.context.raw_digest.view()));
  provenance.setRawRef(work.context.raw_ref);
}

}  // namespace sam::kit
