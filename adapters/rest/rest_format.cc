#include "adapters/rest/rest_format.h"

#include <simdjson.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>
#include <utility>

#include "adapters/hl7/personnummer.h"
#include "adapters/kit/time_value.h"
#include "adapters/kit/written.h"
#include "adapters/rest/iso_time.h"
#include "adapters/rest/json_row.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam::rest {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kHashBytes = 8;      // of the row hash in a message id
constexpr size_t kMaxIdBytes = 100;   // an id is a number or a UUID
constexpr size_t kMaxNumber = 1'000;  // in [n]

bool IsName(std::string_view name) {
  if (name.empty()) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '_' || c == '-' || c == '@' || byte >= 0x80;
  });
}

bool ReadPart(std::string_view text, PathPart& out) {
  const size_t open = text.find('[');
  out.name = std::string(text.substr(0, open));
  if (open != std::string_view::npos) {
    if (text.back() != ']' || text.size() < open + 3) return false;
    const std::string inside(text.substr(open + 1, text.size() - open - 2));
    if (inside == "*") {
      out.index = PathPart::Index::kAll;
    } else {
      if (inside.size() > 4 || inside.find_first_not_of("0123456789") != std::string::npos)
        return false;
      out.index = PathPart::Index::kOne;
      out.number = static_cast<unsigned>(std::strtoul(inside.c_str(), nullptr, 10));
      if (out.number < 1 || out.number > kMaxNumber) return false;
    }
  }
  return IsName(out.name);
}

Result<RestPath> ReadPath(std::string_view text) {
  const Error wrong = Invalid("'" + std::string(text) +
                              "': expected a field name, with dots into objects, such as "
                              "PersonId, Person.Name or Services[*].Type");
  RestPath out;
  if (text == "@endpoint") {
    out.endpoint = true;
    return out;
  }
  for (const std::string_view one : Split(text, '.')) {
    PathPart part;
    if (!ReadPart(one, part)) return wrong;
    out.parts.push_back(std::move(part));
  }
  if (out.parts.empty() || out.parts.size() > RestFormat::kMaxParts) return wrong;
  return out;
}

// What stands there as text; empty: nothing is said.
std::string TextOf(const dom::element& element) {
  std::string_view text;
  bool truth = false;
  if (element.get(text) == simdjson::SUCCESS) return std::string(text);
  if (element.get(truth) == simdjson::SUCCESS) return truth ? "true" : "false";
  return element.is_number() ? std::string(simdjson::minify(element)) : std::string();
}

// Follows a path from `at`; calls `visit` for each element that it names.
template <typename Visit>
void Walk(const dom::element& at, const RestPath& path, size_t depth, std::string prefix,
          const kit::Scope& scope, bool all, const Visit& visit) {
  if (depth == path.parts.size()) {
    visit(at);
    return;
  }
  const PathPart& part = path.parts[depth];
  dom::object object;
  dom::element next;
  if (at.get(object) != simdjson::SUCCESS) return;
  if (object.at_key(part.name).get(next) != simdjson::SUCCESS) return;
  if (!prefix.empty()) prefix += '.';
  prefix += part.name;
  dom::array list;
  if (next.get(list) != simdjson::SUCCESS) {
    Walk(next, path, depth + 1, prefix, scope, all, visit);
    return;
  }
  unsigned wanted = part.number;  // 0: all
  if (part.index == PathPart::Index::kNone) {
    if (scope.occurrence > 0 && scope.unit == prefix)
      wanted = scope.occurrence;
    else if (!all)
      wanted = 1;
  }
  unsigned n = 0;
  for (const dom::element item : list)
    if (++n == wanted || wanted == 0) Walk(item, path, depth + 1, prefix, scope, all, visit);
}

// Names of the fields below `at` that say something. The row's depth was checked when it was read.
void AddPlaces(const dom::element& at, const std::string& name, std::set<std::string>& out) {
  dom::object object;
  dom::array list;
  if (at.get(object) == simdjson::SUCCESS) {
    for (const auto field : object) {
      std::string inner = name;
      if (!inner.empty()) inner += '.';
      inner.append(field.key);
      AddPlaces(field.value, inner, out);
    }
  } else if (at.get(list) == simdjson::SUCCESS) {
    for (const dom::element item : list) AddPlaces(item, name, out);
  } else if (!TextOf(at).empty()) {
    out.insert(name);
  }
}

// What a connector could not read as it is; the words are its own and name columns.
Error Damaged(const dom::element& told) {
  constexpr size_t kMaxWords = 500;
  std::string_view words;
  const bool ours =
      told.get(words) == simdjson::SUCCESS && words.size() <= kMaxWords &&
      std::all_of(words.begin(), words.end(), [](char c) {
        return IsName(std::string_view(&c, 1)) || c == ' ' || c == ',' || c == ':';
      });
  std::string out = "the row could not be read as it is";
  if (ours) out.append(": ").append(words);
  return Invalid(out);
}

}  // namespace

class RestRecord::Json {
 public:
  dom::parser parser;
  dom::element row;
};

Result<kit::Selector> RestFormat::Compile(std::string_view text) {
  SAM_ASSIGN(RestPath path, ReadPath(text));
  compiled_.push_back(std::move(path));
  return kit::Selector{std::string(text), compiled_.size() - 1};
}

Status RestFormat::CheckUnit(std::string_view unit) const {
  const Result<RestPath> path = ReadPath(unit);
  if (path.ok() && !path->endpoint &&
      std::all_of(path->parts.begin(), path->parts.end(),
                  [](const PathPart& part) { return part.index == PathPart::Index::kNone; }))
    return Ok();
  return Invalid("'" + std::string(unit) + "': expected the name of a list, such as Services");
}

Status RestFormat::CheckTrigger(std::string_view trigger) const {
  const size_t colon = trigger.find(':');
  if (IsName(trigger.substr(0, colon)) &&
      (colon == std::string_view::npos || colon + 1 < trigger.size()))
    return Ok();
  return Invalid("'" + std::string(trigger) +
                 "': expected the name of an endpoint, or Endpoint:Type");
}

RestRecord::RestRecord(const RestFormat& format, const hl7::Zone& zone, Millis today)
    : format_(format), zone_(zone), today_(today), json_(std::make_unique<Json>()) {}

RestRecord::~RestRecord() = default;

Result<std::unique_ptr<RestRecord>> RestRecord::Parse(const RestFormat& format,
                                                      const RowFieldsByEndpoint& fields,
                                                      const std::string& bytes,
                                                      const hl7::Zone& zone, Millis today) {
  std::unique_ptr<RestRecord> out(new RestRecord(format, zone, today));
  dom::element root;
  const simdjson::error_code parsed =
      out->json_->parser.parse(bytes.data(), bytes.size()).get(root);
  if (parsed != simdjson::SUCCESS)
    return Invalid(std::string("no JSON: ") + simdjson::error_message(parsed));
  std::string_view endpoint;
  if (root.at_key("endpoint").get(endpoint) != simdjson::SUCCESS || !IsName(endpoint))
    return Invalid("expected {\"endpoint\": name, \"row\": {...}}: the endpoint is missing");
  dom::object row;
  if (root.at_key("row").get(out->json_->row) != simdjson::SUCCESS ||
      out->json_->row.get(row) != simdjson::SUCCESS)
    return Invalid("the row is no JSON object");
  dom::element change;
  std::string_view at;
  if (root.at_key("at").get(change) == simdjson::SUCCESS && change.get(at) != simdjson::SUCCESS)
    return Invalid("expected {\"endpoint\": name, \"at\": text, \"row\": {...}}: at is no text");
  if (root.at_key("damaged").get(change) == simdjson::SUCCESS) return Damaged(change);
  const auto found = fields.find(std::string(endpoint));
  const RowFields names = found == fields.end() ? RowFields() : found->second;
  // What has no canonical form (a field twice, nested too deep) has two meanings, or none.
  SAM_ASSIGN(const std::string canonical, CanonicalJson(simdjson::minify(out->json_->row)));
  dom::element value;
  std::string id, type;
  if (row.at_key(names.id).get(value) == simdjson::SUCCESS) id = TextOf(value);
  if (row.at_key(names.type).get(value) == simdjson::SUCCESS) type = TextOf(value);
  if (id.empty() || id.size() > kMaxIdBytes)
    return Invalid("the row has no usable value in its field " + names.id);
  out->own_ = names;
  out->endpoint_ = std::string(endpoint);
  out->trigger_ = out->endpoint_;
  if (!type.empty()) out->trigger_.append(":").append(type);
  out->message_id_ = out->endpoint_;
  out->message_id_.append("|").append(id).append("|");
  // A row that goes from A to B and back to A is told three times, and A read again once.
  const Digest digest = at.empty() ? Sha256({canonical}) : Sha256({canonical, "\n", at});
  out->message_id_ += ToHex(digest.view().substr(0, kHashBytes));
  return out;
}

std::vector<std::string> RestRecord::Texts(const RestPath& path, const kit::Scope& scope,
                                           bool all) const {
  if (path.endpoint) return {endpoint_};
  std::vector<std::string> out;
  Walk(json_->row, path, 0, "", scope, all, [&](const dom::element& element) {
    std::string text = TextOf(element);
    if (!text.empty()) out.push_back(std::move(text));
  });
  return out;
}

kit::Selected RestRecord::Get(const kit::Selector& selector, const kit::Scope& scope) const {
  std::vector<std::string> texts = Texts(format_.at(selector), scope, false);
  if (texts.empty()) return {};
  return {kit::Presence::kValue, std::move(texts.front())};
}

std::vector<kit::Selected> RestRecord::All(const kit::Selector& selector,
                                           const kit::Scope& scope) const {
  std::vector<kit::Selected> out;
  for (std::string& text : Texts(format_.at(selector), scope, true))
    out.push_back({kit::Presence::kValue, std::move(text)});
  return out;
}

unsigned RestRecord::Count(std::string_view unit) const {
  dom::element at = json_->row;
  for (const std::string_view name : Split(unit, '.')) {
    dom::element next;
    if (at.at_key(name).get(next) != simdjson::SUCCESS) return 0;
    at = next;
  }
  dom::array list;
  if (at.get(list) == simdjson::SUCCESS) return static_cast<unsigned>(list.size());
  return at.is_null() ? 0 : 1;
}

Result<kit::TimeValue> RestRecord::Time(std::string_view text) const {
  SAM_ASSIGN(hl7::Timestamp stamp, ReadIsoTime(text, zone_));
  const bool day = stamp.precision == hl7::Precision::kDay;
  if (day) {
    // A day has no instant of its own: its beginning in the source's zone stands for it.
    std::string begin = stamp.IsoDate();
    begin += "T00:00";
    SAM_ASSIGN(stamp, ReadIsoTime(begin, zone_));
    stamp.zone_assumed = false;  // nobody says an offset with a day
  }
  return kit::ToTimeValue(stamp, day);
}

Result<std::string> RestRecord::Date(std::string_view text) const {
  // The day as written: an offset does not move it, since the source means its own calendar. A time
  // in UTC is the exception: its day is the zone's.
  SAM_ASSIGN(const hl7::Timestamp stamp, ReadIsoTime(text, zone_));
  if (stamp.instant && stamp.offset_minutes && !stamp.zone_assumed) {
    const int offset = zone_.OffsetMinutes(*stamp.instant);
    return ToIso(Millis(stamp.instant->value + int64_t{offset} * kMinuteMs)).substr(0, 10);
  }
  return stamp.IsoDate();
}

std::vector<kit::IdentifierValue> RestRecord::Identifiers(const kit::Selector& selector,
                                                          const kit::Scope& scope) const {
  std::vector<kit::IdentifierValue> out;
  hl7::PersonNumberOptions options;
  options.today = today_;
  options.lenient = true;
  for (const std::string& text : Texts(format_.at(selector), scope, true)) {
    std::optional<kit::IdentifierValue> person = kit::WrittenPerson(text, options);
    // A number of a case or a client without its system could be another child's at another source.
    out.push_back(person ? *std::move(person) : kit::NoPerson(PersonId("", text)));
  }
  return out;
}

std::string RestRecord::PersonName(const kit::Selector& selector, const kit::Scope& scope) const {
  return Get(selector, scope).text;
}

std::vector<std::string> RestRecord::Places() const {
  std::set<std::string> out;
  AddPlaces(json_->row, "", out);
  for (const std::string& own : {own_.id, own_.type}) out.erase(own);
  return {out.begin(), out.end()};
}

std::vector<std::string> RestRecord::Touched(const kit::Selector& selector,
                                             const kit::Scope&) const {
  std::string name;
  for (const PathPart& part : format_.at(selector).parts) {
    if (!name.empty()) name += '.';
    name += part.name;
  }
  return {std::move(name)};
}

}  // namespace sam::rest
