// The part of Hl7Record that lists a message's places for whoever writes a mapping.
#include <algorithm>
#include <set>
#include <utility>

#include "adapters/mllp/hl7_names.h"
#include "adapters/mllp/hl7_record.h"
#include "broker/base/text.h"

namespace sam::mllp {

std::string Hl7Format::TriggerHint(std::string_view trigger) const { return OddTrigger(trigger); }

std::string Hl7Format::UnitHint(std::string_view unit) const { return OddSegment(unit); }

std::string Hl7Format::PlaceHint(const kit::Selector& selector) const {
  const std::string odd = OddSegment(at(selector).place.segment);
  return odd.empty() ? "" : "'" + selector.text + "': " + odd;
}

std::string Hl7Record::PlaceName(size_t segment, unsigned field) const {
  std::string out(message_.segment(segment).id());
  if (out == "OBX" && field == 5) {  // a value means nothing without its code
    hl7::Selector code;
    code.segment = out;
    code.field = 3;
    code.component = 1;
    const hl7::Value value = message_.Get(code, {segment, segment + 1});
    out.append("(3.1=").append(Trim(value.text)).append(")");
  }
  return out.append("-").append(std::to_string(field));
}

std::vector<std::string> Hl7Record::Places() const {
  std::set<std::string> names;
  for (size_t i = 0; i < message_.segment_count(); ++i) {
    const hl7::Segment segment = message_.segment(i);
    const std::string_view id = segment.id();
    if (id.empty()) continue;
    for (unsigned field = 1; field <= segment.field_count(); ++field) {
      const bool counts = field == 1 && BeginsWithSetId(id);
      const bool names_itself = id == "OBX" && field == 3;  // its code is in the others' names
      if (counts || names_itself || IsDecodersOwn(id, field)) continue;
      if (!Trim(segment.Field(field)).empty()) names.insert(PlaceName(i, field));
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> Hl7Record::Touched(const kit::Selector& selector,
                                            const kit::Scope& scope) const {
  std::vector<std::string> out;
  for (const Spot& spot : Resolve(selector, scope)) {
    const std::vector<uint32_t>& places = message_.Places(spot.place.segment);
    unsigned nth = 0;
    for (auto at = std::lower_bound(places.begin(), places.end(), spot.range.first);
         at != places.end() && *at < spot.range.last; ++at) {
      ++nth;
      if (spot.place.occurrence == hl7::Selector::kAll || spot.place.occurrence == nth)
        out.push_back(PlaceName(*at, spot.place.field));
    }
  }
  return out;
}

}  // namespace sam::mllp
