// The part of Mapper that finds the value for one field and sets it.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "adapters/hl7/identifier.h"
#include "adapters/kit/mapper.h"
#include "adapters/kit/mapper_work.h"
#include "broker/base/text.h"
#include "broker/contract/codes.h"
#include "broker/contract/reference.h"
#include "broker/wire/limits.h"

namespace sam::kit {
namespace {

constexpr size_t kMaxItems = 1000;  // entries of one list; the largest honest one is a family

// Whether an event may be told of a child whose only number is none. A report is never kept back for a number:
// who receives it sees what was written. A fact stands for itself. But what changes what holds of a person
// (a consent, a protection, a move, an order and its answer) would reach nobody and be taken for done: a consent
// that was withdrawn would go on. Those wait for somebody who knows whose they are.
bool GoesWithoutAPerson(const contract::EventType& type) {
  if (type.legal_class == schema::LegalClass::A) return true;
  return type.legal_class == schema::LegalClass::UNSET && !type.name.starts_with("person.");
}

constexpr char kAppointment[] = "start";  // of a booking, as the schema calls it

// Control characters are refused by every reader of ours; line ends stay.
std::string Clean(const std::string& text, bool& changed) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f;
    changed |= control;
    if (!control) out += c;
  }
  return out;
}

bool AllDigits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::string Places(const Assignment& one) {
  std::string out;
  for (const Selector& selector : one.from) out += (out.empty() ? "" : " or ") + selector.text;
  return out.empty() ? "const" : out;
}

// Why a field was not given.
std::string Nothing(const Assignment& one) {
  std::string out = "nothing at " + Places(one);
  if (!one.where.empty() && one.each.empty()) out.append(", or its where is not met");
  return out;
}

}  // namespace

Status Mapper::SetFields(Work& work, capnp::DynamicStruct::Builder root,
                         const std::vector<Assignment>& assignments, const std::string& prefix,
                         const Scope& scope) {
  for (const Assignment& one : assignments) {
    bool given = false;
    const std::string path = prefix + one.target.path;
    if (trace_ == nullptr) {
      SAM_TRY(SetOne(work, root, one, path, scope, given));
    } else {
      SAM_TRY(SetTraced(work, root, one, path, scope, given));
    }
    if (given) continue;
    if (one.target.required) return Trouble("missing-field", path + ": " + Nothing(one));
    work.notes.push_back({work.rule.name, path, "left out: " + Nothing(one)});
  }
  return Ok();
}

Status Mapper::SetTraced(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                         const std::string& path, const Scope& scope, bool& given) {
  Touch(one.from, work.record, scope);
  Touch(one.since, work.record, scope);
  FieldTrace mine;
  mine.path = path;
  mine.by = &one;
  mine.scope = scope;
  FieldTrace* const outer = work.field;
  work.field = &mine;
  Status set = SetOne(work, root, one, path, scope, given);
  work.field = outer;
  const bool stopped = !set.ok() || (!given && one.target.required);
  if (stopped) {
    mine.end = FieldTrace::End::kStopped;
    mine.why = set.ok() ? "required, and there is nothing" : set.error().message;
  }
  work.trace->fields.push_back(std::move(mine));
  return set;
}

Status Mapper::SetOne(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                      const std::string& path, const Scope& scope, bool& given) {
  if (one.target.kind != TargetKind::kStructList) {
    for (const Condition& condition : one.where) {
      if (Matches(condition, work.record, scope)) continue;
      work.Ends(FieldTrace::End::kNotHere);
      return Ok();
    }
  }
  switch (one.target.kind) {
    case TargetKind::kStructList: return SetItems(work, root, one, path, scope, given);
    case TargetKind::kIdentifiers: return SetIdentifiers(work, root, one, scope, given);
    case TargetKind::kTextList:
    case TargetKind::kEnumList: return SetList(work, root, one, path, scope, given);
    case TargetKind::kAttachment: return SetFile(work, root, one, path, scope, given);
    default: break;
  }
  SAM_ASSIGN(const std::optional<std::string> value, ValueOf(work, one, path, scope));
  if (!value) return Ok();
  const bool number = one.target.kind == TargetKind::kInt;  // told when it has been read
  if (!number) work.Value(*value);
  switch (one.target.kind) {
    case TargetKind::kEnum:
      SetEnum(root, one.target, *value);
      given = *value != one.target.enumerants.front() || one.target.enumerants.front() != "unknown";
      return Ok();
    case TargetKind::kSignal: SetBytes(root, one.target, FromHex(*value).value_or("")); break;
    case TargetKind::kBool: SetBool(root, one.target, *value == "true"); break;
    case TargetKind::kInt:
      if (one.convert == Convert::kTime) return SetTimeField(work, root, one, path, *value, given);
      return SetNumber(work, root, one, path, *value, given);
    default: SetText(root, one.target, *value); break;
  }
  given = true;
  return Ok();
}

Result<std::optional<std::string>> Mapper::ValueOf(Work& work, const Assignment& one,
                                                   const std::string& path, const Scope& scope) {
  using MaybeText = std::optional<std::string>;
  if (one.constant) return MaybeText(one.constant);
  if (one.convert == Convert::kName) {
    for (const Selector& selector : one.from) {
      const std::string name = work.record.PersonName(selector, scope);
      if (name.empty()) continue;
      work.From(selector);
      return Converted(work, one, path, name);
    }
    return MaybeText();
  }
  std::string raw;
  bool found = false;
  for (const Selector& selector : one.from) {
    if (one.join) {
      const size_t before = raw.size();
      for (const Selected& value : AllOf(selector, work.record, scope)) {
        if (!value.has_value()) continue;
        raw += (found ? *one.join : "") + value.text;
        found = true;
      }
      if (raw.size() > before) work.From(selector);
    } else {
      const Selected value = work.record.Get(selector, scope);
      if (value.presence == Presence::kNull) {
        work.nulls.insert(path);
        work.From(selector);
        work.Ends(FieldTrace::End::kNull);
        return MaybeText();
      }
      found = value.has_value() && !Trim(value.text).empty();
      raw = value.text;
      if (found) work.From(selector);
    }
    if (found && !one.all) break;
  }
  if (!found) {
    if (work.field != nullptr) work.field->fallback = one.fallback.has_value();
    return MaybeText(one.fallback);
  }
  if (one.convert == Convert::kHours) {
    const std::optional<int64_t> ms = MsBetween(work.record, one.since, raw, scope);
    if (!ms) return MaybeText();
    return MaybeText(std::to_string(std::max<int64_t>(0, *ms) / kHourMs));
  }
  if (one.lookup || one.target.kind == TargetKind::kEnum || one.target.kind == TargetKind::kBool)
    return Coded(work, one, path, raw);
  return Converted(work, one, path, raw);
}

Result<std::optional<std::string>> Mapper::Coded(Work& work, const Assignment& one,
                                                 const std::string& path, const std::string& raw) {
  using MaybeText = std::optional<std::string>;
  const std::string code(Trim(raw));
  if (one.lookup) {
    std::optional<CodeTable::Cell> cell = one.lookup->table->FindCell(code, one.lookup->column);
    work.Row(*one.lookup, code, cell ? cell->line : 0);
    if (cell && cell->value == "-") {
      work.Ends(FieldTrace::End::kSaysNothing);
      return MaybeText();
    }
    if (cell) return MaybeText(std::move(cell->value));
  } else if (one.target.kind == TargetKind::kBool) {
    if (code == "true" || code == "1" || code == "Y" || code == "J") return MaybeText("true");
    if (code == "false" || code == "0" || code == "N") return MaybeText("false");
  } else if (one.target.HasName(code)) {
    return MaybeText(code);
  }
  const std::string table = one.lookup ? one.lookup->name : one.target.path;
  const std::string what = path + ": the code at " + Places(one) + " is not in " + table;
  const bool text = one.target.kind == TargetKind::kText;
  if (one.unknown == Unknown::kQuarantine || (one.unknown == Unknown::kDefault && !text))
    return Trouble("unknown-code", what);
  work.Doubt("unknown-code:" + table, path, what);
  if (one.unknown == Unknown::kDefault) return Converted(work, one, path, code);
  work.Ends(FieldTrace::End::kSkipped);
  if (work.field != nullptr) work.field->fallback = one.fallback.has_value();
  return MaybeText(one.fallback);
}

Result<std::optional<std::string>> Mapper::Converted(Work& work, const Assignment& one,
                                                     const std::string& path,
                                                     const std::string& raw) {
  using MaybeText = std::optional<std::string>;
  const auto bad = [&](const std::string& what) -> Result<MaybeText> {
    const std::string place = Places(one);
    if (one.target.required) return Trouble("bad-value", path + ": at " + place + ": " + what);
    work.Doubt("bad-value:" + place, path, "left out: " + what);
    work.Ends(FieldTrace::End::kBadValue, what);
    return MaybeText();
  };
  bool changed = false;
  std::string text = Clean(raw, changed);
  if (changed) work.Doubt("control-characters", path, "control characters taken out");
  if (text.size() > wire::kMaxTextBytes)
    return Trouble("too-long", path + ": longer than one field may be");
  switch (one.convert) {
    case Convert::kDate: {
      Result<std::string> date = work.record.Date(text);
      if (!date.ok()) return bad(date.error().message);
      return MaybeText(std::move(date).value());
    }
    case Convert::kMunicipality: {
      // Four digits, or the six of a parish code that begins with them. Leading zeros matter, so
      // three digits are a spreadsheet's damage and not a code.
      text = std::string(Trim(text));
      if (!AllDigits(text) || (text.size() != 4 && text.size() != 6))
        return bad("no municipality code of 4 digits");
      return MaybeText(text.substr(0, 4));
    }
    case Convert::kHsaId: {
      Result<std::string> id = hl7::NormaliseHsaId(text);
      if (id.ok()) return MaybeText(std::move(id).value());
      work.Doubt("hsa-id-form", path, "kept as sent: no HSA-id");
      return MaybeText(std::string(Trim(text)));
    }
    case Convert::kSignal: {
      // Whatever else stands there is not about a signal, and nothing to doubt.
      const std::optional<SignalId> signal = contract::SignalNamedIn(text);
      return signal ? MaybeText(ToHex(signal->view())) : MaybeText();
    }
    case Convert::kOrgNr: {
      Result<std::string> id = hl7::NormaliseOrgNr(text);
      if (id.ok()) return MaybeText(std::move(id).value());
      work.Doubt("org-nr-form", path, "kept as sent: no organisation number");
      return MaybeText(std::string(Trim(text)));
    }
    default: return MaybeText(std::move(text));
  }
}

Status Mapper::SetTimeField(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                            const std::string& path, const std::string& text, bool& given) {
  const Result<TimeValue> time = work.record.Time(text);
  if (!time.ok()) {
    const std::string what = path + ": at " + Places(one) + ": " + time.error().message;
    if (one.target.required) return Trouble("bad-value", what);
    work.Doubt("bad-value:" + Places(one), path, "left out: " + time.error().message);
    work.Ends(FieldTrace::End::kBadValue, time.error().message);
    return Ok();
  }
  SetInt(root, one.target, time->instant.value);
  given = true;
  if (work.field != nullptr) work.Value(ToIso(time->instant));
  if (time->note == TimeNote::kAssumed)
    work.Doubt("zone-assumed", path, "no offset: the source's zone was taken");
  if (time->note == TimeNote::kAmbiguous)
    work.Doubt("zone-ambiguous", path, "falls in the doubled hour of October");
  if (time->note == TimeNote::kNonexistent)
    work.Doubt("zone-nonexistent", path, "falls in the missing hour of March");
  if (path != "header.occurredAt") {
    // A decision has a day, an appointment an hour: midnight would be read as one.
    if (path == kAppointment && time->precision == TimePrecision::kDay)
      work.Doubt("day-only", path, "a day without a time: its beginning was taken");
    return Ok();
  }
  schema::Header::Builder header = work.event.getHeader();
  header.setPrecision(time->precision == TimePrecision::kDay      ? schema::Precision::DAY
                      : time->precision == TimePrecision::kMinute ? schema::Precision::MINUTE
                                                                  : schema::Precision::MS);
  header.setZoneNote(time->note == TimeNote::kStated      ? schema::ZoneNote::STATED
                     : time->note == TimeNote::kAssumed   ? schema::ZoneNote::ASSUMED
                     : time->note == TimeNote::kAmbiguous ? schema::ZoneNote::AMBIGUOUS
                                                          : schema::ZoneNote::NONEXISTENT);
  return Ok();
}

Status Mapper::SetNumber(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                         const std::string& path, const std::string& text, bool& given) {
  const std::string trimmed(Trim(text));
  const bool minus = !trimmed.empty() && trimmed[0] == '-';
  const bool digits = AllDigits(trimmed.substr(minus ? 1 : 0)) && trimmed.size() < 18;
  const int64_t value = digits ? std::strtoll(trimmed.c_str(), nullptr, 10) : 0;
  if (!digits || value < one.target.int_min || value > one.target.int_max) {
    if (one.target.required)
      return Trouble("bad-value", path + ": at " + Places(one) + ": no number that fits");
    work.Doubt("bad-value:" + Places(one), path, "left out: no number that fits");
    work.Ends(FieldTrace::End::kBadValue, "no number that fits");
    return Ok();
  }
  SetInt(root, one.target, value);
  given = true;
  if (work.field != nullptr) work.Value(std::to_string(value));
  return Ok();
}

Status Mapper::SetList(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                       const std::string& path, const Scope& scope, bool& given) {
  std::vector<std::string> values;
  if (one.constant) values.push_back(*one.constant);
  for (const Selector& selector : one.from) {
    for (const Selected& selected : AllOf(selector, work.record, scope)) {
      if (selected.presence == Presence::kNull) work.nulls.insert(path);
      if (!selected.has_value() || Trim(selected.text).empty()) continue;
      const bool coded = one.lookup || one.target.kind == TargetKind::kEnumList;
      SAM_ASSIGN(const std::optional<std::string> value,
                 coded ? Coded(work, one, path, selected.text)
                       : Converted(work, one, path, selected.text));
      if (value) values.push_back(*value);
      if (value) work.Value(*value);
      if (values.size() > kMaxItems)
        return Trouble("too-many", path + ": more entries than a list may have");
    }
    if (values.empty()) continue;
    if (!one.from.empty()) work.From(selector);
    break;
  }
  if (values.empty() && one.fallback) {
    values.push_back(*one.fallback);
    if (work.field != nullptr) work.field->fallback = true;
  }
  given = !values.empty();
  if (given && work.field != nullptr && work.field->value.empty()) work.Value(values.front());
  if (given) SetTexts(root, one.target, values);
  return Ok();
}

Status Mapper::SetIdentifiers(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                              const Scope& scope, bool& given) {
  const bool carried = GoesWithoutAPerson(*work.rule.type);
  std::vector<IdentifierValue> all, as_sent;
  bool nobody = false;
  for (const Selector& selector : one.from) {
    all = work.record.Identifiers(selector, scope);
    const auto none = std::count_if(all.begin(), all.end(), NamesNobody);
    nobody = nobody || none > 0;
    if (none > 0)
      work.Doubt(kNumberForm, one.target.path,
                 carried ? "carried as sent: no number of a person" : "left out: no number of a person");
    const bool somebody = static_cast<size_t>(none) < all.size();
    if (carried && !somebody && as_sent.empty()) as_sent = all;
    if (!carried || !somebody) std::erase_if(all, NamesNobody);
    if (all.empty()) continue;
    work.From(selector);
    break;
  }
  if (all.empty()) all = std::move(as_sent);
  if (all.empty() && nobody && one.target.path == "subject.ids")
    return Trouble("missing-field", "header.subject.ids: what stands there names nobody");
  if (all.empty()) return Ok();
  if (all.size() > kMaxItems)
    return Trouble("too-many", one.target.path + ": too many identifiers");
  auto list = InitList(root, one.target, static_cast<unsigned>(all.size()));
  for (unsigned i = 0; i < all.size(); ++i) {
    auto item = list[i].as<schema::Identifier>();
    bool changed = false;
    const std::string system =
        all[i].id.system().empty() ? contract::OwnSystem(work.context.source->system_id) : all[i].id.system();
    item.setSystem(Clean(system, changed));
    item.setValue(Clean(all[i].id.Reveal(), changed));
    item.setFlag(all[i].flag);
    if (work.field != nullptr) work.Value(all[i].id.Reveal() + " (" + system + ")");
    if (!all[i].flag.empty() && !NamesNobody(all[i]))
      work.Doubt(all[i].flag, one.target.path, "identifier kept and flagged");
  }
  given = true;
  return Ok();
}

Status Mapper::SetItems(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                        const std::string& path, const Scope& scope, bool& given) {
  const unsigned count = work.record.Count(one.each);
  const unsigned group = work.record.GroupOf(scope);
  std::vector<unsigned> units;
  const auto unit = [&](unsigned n) {
    Scope item{one.each, n, 0};
    if (work.record.GroupOf(item) == 0) item.group = group;
    return item;
  };
  for (unsigned n = 1; n <= count; ++n) {
    const Scope item = unit(n);
    bool meets = group == 0 || work.record.GroupOf(item) == group;
    for (const Condition& condition : one.where)
      meets = meets && Matches(condition, work.record, item);
    if (meets) units.push_back(n);
    if (units.size() > kMaxItems)
      return Trouble("too-many", path + ": more entries than a list may have");
  }
  if (units.empty()) return Ok();
  if (work.field != nullptr)
    work.Value(std::to_string(units.size()) + " of " + std::to_string(count) + " " + one.each);
  auto list = InitList(root, one.target, static_cast<unsigned>(units.size()));
  for (unsigned i = 0; i < units.size(); ++i) {
    work.item = static_cast<uint16_t>(i);
    SAM_TRY(SetFields(work, list[i].as<capnp::DynamicStruct>(), one.item, path + ".",
                      unit(units[i])));
  }
  given = true;
  return Ok();
}

}  // namespace sam::kit
