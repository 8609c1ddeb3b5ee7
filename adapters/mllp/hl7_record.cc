#include "adapters/mllp/hl7_record.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "adapters/hl7/identifier.h"
#include "adapters/hl7/identity.h"
#include "adapters/hl7/order_group.h"
#include "adapters/hl7/personnummer.h"
#include "adapters/kit/time_value.h"
#include "adapters/kit/written.h"
#include "broker/base/text.h"

namespace sam::mllp {
namespace {

kit::Selected FromValue(hl7::Value value) {
  kit::Selected out;
  switch (value.presence) {
    case hl7::Presence::kAbsent: out.presence = kit::Presence::kAbsent; break;
    case hl7::Presence::kNull: out.presence = kit::Presence::kNull; break;
    case hl7::Presence::kValue: out.presence = kit::Presence::kValue; break;
  }
  out.text = std::move(value.text);
  return out;
}

bool IsSegmentName(std::string_view name) {
  if (name.size() != 3 || name[0] < 'A' || name[0] > 'Z') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

}  // namespace

Result<kit::Selector> Hl7Format::Compile(std::string_view text) {
  Hl7Selector compiled;
  std::string plain(text);
  const size_t open = plain.find('(');
  if (open != std::string::npos) {
    const size_t equal = plain.find('=', open);
    const size_t close = plain.find(')', open);
    if (equal == std::string::npos || close == std::string::npos || equal > close)
      return Invalid("'" + plain + "': expected SEG(field=value)-field, such as OBX(3.1=UTF)-5.1");
    const std::string segment = plain.substr(0, open);
    SAM_ASSIGN(compiled.where,
               hl7::Selector::Parse(segment + "-" + plain.substr(open + 1, equal - open - 1)));
    compiled.equals = plain.substr(equal + 1, close - equal - 1);
    plain = segment + plain.substr(close + 1);
  }
  SAM_ASSIGN(compiled.place, hl7::Selector::Parse(plain));
  compiled.numbered = plain.size() > 3 && plain[3] == '[';
  if (compiled.where && compiled.numbered)
    return Invalid("'" + std::string(text) +
                   "': a condition and a segment number exclude each other");
  if (compiled.where) {
    const auto known = std::find(wheres_.begin(), wheres_.end(), *compiled.where);
    compiled.where_number = static_cast<size_t>(known - wheres_.begin());
    if (known == wheres_.end()) wheres_.push_back(*compiled.where);
  }
  compiled_.push_back(std::move(compiled));
  return kit::Selector{std::string(text), compiled_.size() - 1};
}

Status Hl7Format::CheckUnit(std::string_view unit) const {
  if (IsSegmentName(unit)) return Ok();
  return Invalid("'" + std::string(unit) + "': expected a segment name such as OBX");
}

Status Hl7Format::CheckTrigger(std::string_view trigger) const {
  const size_t caret = trigger.find('^');
  if (caret == 3 && trigger.size() == 7 && IsSegmentName(trigger.substr(0, 3)) &&
      IsSegmentName(trigger.substr(4)))
    return Ok();
  return Invalid("'" + std::string(trigger) + "': expected message type and event such as SIU^S26");
}

Hl7Record::Hl7Record(const Hl7Format& format, hl7::Message message, const hl7::Zone& zone,
                     Millis today)
    : format_(format),
      message_(std::move(message)),
      groups_(hl7::OrderGroups(message_)),
      zones_(hl7::ZonesFor(message_.header().Component(7, 1), zone)),
      today_(today) {}

const std::vector<uint32_t>& Hl7Record::Meeting(const Hl7Selector& compiled) const {
  static const std::vector<uint32_t> kNone;
  if (met_.size() <= compiled.where_number) met_.resize(compiled.where_number + 1);
  std::optional<ByValue>& met = met_[compiled.where_number];
  if (!met) {
    met.emplace();
    for (const uint32_t at : message_.Places(compiled.where->segment))
      (*met)[message_.Get(*compiled.where, {at, at + size_t{1}}).text].push_back(at);
  }
  const auto found = met->find(compiled.equals);
  return found == met->end() ? kNone : found->second;
}

unsigned Hl7Record::GroupOf(const kit::Scope& scope) const {
  if (scope.group > 0 || scope.occurrence == 0 || groups_.empty()) return scope.group;
  const std::vector<uint32_t>& units = message_.Places(scope.unit);
  if (!hl7::BelongsToGroup(scope.unit) || scope.occurrence > units.size()) return 0;
  const uint32_t at = units[scope.occurrence - 1];
  const auto after = std::upper_bound(
      groups_.begin(), groups_.end(), at,
      [](uint32_t place, const hl7::SegmentRange& group) { return place < group.first; });
  return static_cast<unsigned>(after - groups_.begin());  // 0: before the first
}

bool Hl7Record::BelongsToGroup(const kit::Selector& selector) const {
  return hl7::BelongsToGroup(format_.at(selector).place.segment);
}

std::vector<Hl7Record::Spot> Hl7Record::Resolve(const kit::Selector& selector,
                                                const kit::Scope& scope) const {
  const Hl7Selector& compiled = format_.at(selector);
  hl7::Selector place = compiled.place;
  if (!compiled.where && !compiled.numbered && scope.occurrence > 0 &&
      scope.unit == place.segment) {
    place.occurrence = scope.occurrence;
    return {{place, hl7::SegmentRange()}};
  }
  const unsigned group = hl7::BelongsToGroup(place.segment) ? GroupOf(scope) : 0;
  const hl7::SegmentRange range = group > 0 ? groups_[group - 1] : hl7::SegmentRange();
  if (!compiled.where) return {{place, range}};
  place.occurrence = 1;
  std::vector<Spot> out;
  const std::vector<uint32_t>& all = Meeting(compiled);
  for (auto at = std::lower_bound(all.begin(), all.end(), range.first);
       at != all.end() && *at < range.last; ++at)
    out.push_back({place, {*at, *at + size_t{1}}});
  return out;
}

kit::Selected Hl7Record::Get(const kit::Selector& selector, const kit::Scope& scope) const {
  const Asked asked{selector.id, GroupOf(scope)};
  const bool lasts = format_.at(selector).where.has_value();
  const auto known = lasts ? first_.find(asked) : first_.end();
  if (known != first_.end()) return known->second;
  kit::Selected value;
  const std::vector<Spot> spots = Resolve(selector, scope);
  for (const Spot& spot : spots) {
    value = FromValue(message_.Get(spot.place, spot.range));
    if (value.presence != kit::Presence::kAbsent) break;
  }
  if (lasts && spots.size() >= kMany && value.text.size() <= kMaxKept) first_.emplace(asked, value);
  return value;
}

std::vector<kit::Selected> Hl7Record::All(const kit::Selector& selector,
                                          const kit::Scope& scope) const {
  const Asked asked{selector.id, GroupOf(scope)};
  const bool lasts = format_.at(selector).where.has_value();
  const auto known = lasts ? all_.find(asked) : all_.end();
  if (known != all_.end()) return known->second;
  std::vector<kit::Selected> out;
  size_t bytes = 0;
  const std::vector<Spot> spots = Resolve(selector, scope);
  for (const Spot& spot : spots) {
    for (hl7::Value& value : message_.GetAll(spot.place, spot.range)) {
      bytes += value.text.size();
      out.push_back(FromValue(std::move(value)));
    }
  }
  if (lasts && spots.size() >= kMany && bytes <= kMaxKept) all_.emplace(asked, out);
  return out;
}

unsigned Hl7Record::Count(std::string_view unit) const {
  return static_cast<unsigned>(message_.Count(unit));
}

std::string Hl7Record::trigger() const {
  const hl7::Header header = message_.header();
  std::string out(header.Component(9, 1));
  std::string_view event = header.Component(9, 2);
  if (event.empty()) {
    // Before version 2.3.1 some senders name the event in EVN-1 only.
    const std::optional<hl7::Segment> evn = message_.Find("EVN");
    if (evn) event = evn->Field(1);
  }
  return out + "^" + std::string(event);
}

Result<std::string> Hl7Record::MessageId() const { return hl7::SourceMessageId(message_); }

bool Hl7Record::test() const {
  const hl7::ProcessingId id = hl7::ReadProcessingId(message_);
  return id == hl7::ProcessingId::kTraining || id == hl7::ProcessingId::kDebugging;
}

Result<kit::TimeValue> Hl7Record::Time(std::string_view text) const {
  text = Trim(text);  // as ParseTimestamp reads it: the day is cut out of it below
  SAM_ASSIGN(hl7::Timestamp stamp, hl7::ParseTimestamp(text, zones_));
  if (stamp.precision < hl7::Precision::kDay)
    return Invalid("expected at least a day, got a month or year");
  const bool day = stamp.precision == hl7::Precision::kDay;
  if (day) {
    // A day has no instant of its own: its beginning in the source's zone stands for it.
    SAM_ASSIGN(stamp, hl7::ParseTimestamp(std::string(text.substr(0, 8)) + "0000", zones_));
  }
  return kit::ToTimeValue(stamp, day);
}

Result<std::string> Hl7Record::Date(std::string_view text) const {
  SAM_ASSIGN(const hl7::Timestamp stamp, hl7::ParseTimestamp(text, zones_));
  if (stamp.precision < hl7::Precision::kDay)
    return Invalid("expected at least a day, got a month or year");
  return stamp.IsoDate();
}

std::vector<kit::IdentifierValue> Hl7Record::Identifiers(const kit::Selector& selector,
                                                    const kit::Scope& scope) const {
  std::vector<kit::IdentifierValue> out;
  for (const auto& [place, range] : Resolve(selector, scope)) {
    hl7::Selector field = place;
    field.component = field.subcomponent = 0;
    for (const hl7::Identifier& found : hl7::ReadIdentifiers(message_, field, range)) {
      if (found.presence != hl7::Presence::kValue) continue;
      kit::IdentifierValue value{found.id, ""};
      hl7::PersonNumberOptions options;
      options.today = today_;
      options.role = place.segment == "PID" || place.segment == "MRG" ? hl7::PersonRole::kChild
                                                                      : hl7::PersonRole::kAdult;
      const bool national = hl7::IsPersonSystem(found.assigner_oid) ||
                            (found.assigner_oid.empty() && found.type == "NNSWE");
      options.lenient = national || found.type == "NNSWE";
      // Many systems write PI for every number: what the OID says counts.
      const bool local =
          !national && (found.type == "MR" || found.type == "PI" || found.type == "VN");
      const Result<hl7::PersonNumber> number = hl7::ReadPersonNumber(found.id.Reveal(), options);
      if (number.ok() && !local) {
        // The assigner's OID wins over the form: a local reserve number may look like another one.
        const std::string system =
            found.assigner_oid.empty() ? number->id.system() : found.assigner_oid;
        value.id = PersonId(system, number->id.Reveal());
        value.flag = kit::DoubtOf(*number);
      } else if (national) {
        value = kit::NoPerson(found.id);
      } else if (found.assigner_oid.empty()) {
        value.flag = "unknown-system";
      }
      out.push_back(std::move(value));
    }
  }
  return out;
}

std::string Hl7Record::PersonName(const kit::Selector& selector, const kit::Scope& scope) const {
  for (auto& [place, range] : Resolve(selector, scope)) {
    std::string out;
    // XPN begins with the family name; in XCN and PPN it stands second, and the selector says so.
    const unsigned family = place.component == 0 ? 1 : place.component;
    for (const unsigned offset : {1U, 2U, 0U}) {  // given, middle, family
      place.component = family + offset;
      place.subcomponent = 0;
      const hl7::Value part = message_.Get(place, range);
      if (!part.has_value()) continue;
      if (!out.empty()) out += ' ';
      out += part.text;
    }
    if (!out.empty()) return out;
  }
  return "";
}

std::vector<std::string> Hl7Record::Doubts() const {
  std::vector<std::string> out;
  if (message_.charset().guessed) out.push_back("charset-guessed");
  if (message_.charset().suspect) out.push_back("charset-suspect");
  if (!message_.warnings().empty()) out.push_back("segments-irregular");
  return out;
}

}  // namespace sam::mllp
