// JSON in by simdjson (without its exceptions), in this one file of the folder.
#include "adapters/intake/answers.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "broker/base/text.h"

namespace sam::intake {
namespace {

constexpr size_t kPersonTail = 10;
constexpr size_t kMaxIdDigits = 18;
constexpr int64_t kMaxRetryAfterS = 3'600;  // what a source may ask for
constexpr size_t kTruncated = 4;  // letters of a reference that a cut column must show at least

// "20240115-0013" and "2401150013" are one person's.
std::string Tail(std::string_view person) {
  std::string kept;
  for (const char c : person)
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
      kept.push_back(c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c);
  return kept.size() > kPersonTail ? kept.substr(kept.size() - kPersonTail) : kept;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdDigits && text != "0" &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Text or whole number; nothing for null and everything else.
std::optional<std::string> Scalar(const simdjson::dom::element& value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  int64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS) return std::to_string(number);
  return std::nullopt;
}

// A column may be shorter than a reference, or change its case; a blank one says nothing.
bool MayBeOurs(const std::optional<std::string>& text, const std::string& reference) {
  if (!text || Trim(*text).empty()) return true;
  const std::string low = LowerAscii(Trim(*text));
  return low.size() >= kTruncated && LowerAscii(reference).compare(0, low.size(), low) == 0;
}

bool Same(const std::optional<std::string>& text, const std::string& ours) {
  return text && LowerAscii(Trim(*text)) == LowerAscii(ours);
}

std::optional<std::string> Field(const simdjson::dom::element& row, const char* name) {
  simdjson::dom::element field;
  return row[name].get(field) == simdjson::SUCCESS ? Scalar(field) : std::nullopt;
}

// Each row of a list, which is an object.
template <typename Visit>
Status EachRow(const std::string& body, const char* what, const Visit& visit) {
  simdjson::dom::parser parser;
  simdjson::dom::array rows;
  const simdjson::padded_string padded(body);
  simdjson::dom::element root;
  bool list = parser.parse(padded).get(root) == simdjson::SUCCESS &&
              root.get(rows) == simdjson::SUCCESS;
  if (list) {
    for (const simdjson::dom::element row : rows) {
      simdjson::dom::object object;
      list = list && row.get(object) == simdjson::SUCCESS;
      if (list) visit(row);
    }
  }
  if (list) return Ok();
  return Invalid(std::string("the answer of ").append(what).append(" is not a list of rows"));
}

void Look(const simdjson::dom::element& row, const std::string& reference,
          const std::string& person, Sighting* out) {
  const std::optional<std::string> says = Field(row, "Specifies");
  if (Same(says, reference)) {
    const std::optional<std::string> id = Field(row, "Id");
    if (id && IsNumber(*id))  // it becomes part of an address
      out->ids.push_back(*id);
    else
      out->unclear = true;
    return;
  }
  if (!MayBeOurs(says, reference)) return;
  const std::optional<std::string> whose = Field(row, "PersonId");
  if (!whose || Tail(*whose) == Tail(person)) out->unclear = true;
}

}  // namespace

Verdict OfOther(const rest::HttpAnswer& answer) {
  const int status = answer.status;
  if (status == 0 && answer.unsent) return {Meaning::kLater, "unreachable", {}};
  if (status == 0) return {Meaning::kDoubt, "unreachable", {}};
  if (status >= 200 && status < 300) return {Meaning::kDone, "done", {}};
  if (status == 401 || status == 403) return {Meaning::kLater, "denied", {}};
  if (status == 429) return {Meaning::kLater, "busy", {}};
  if (status >= 400 && status < 500 && status != 408) return {Meaning::kRefused, "refused", {}};
  // 3xx may follow upon a POST that was carried out; 408 and 5xx may come too late.
  return {Meaning::kDoubt, status >= 500 || status == 408 ? "busy" : "unexpected", {}};
}

std::string NumberIn(const rest::HttpAnswer& answer) {
  const std::string_view body = Trim(answer.body);
  return std::string(IsNumber(body) ? body : std::string_view());
}

int64_t AskedMs(const rest::HttpAnswer& answer) {
  return std::min(answer.retry_after_s.value_or(0), kMaxRetryAfterS) * kSecondMs;
}

bool IsPassing(const char* what) {
  return std::strcmp(what, "busy") == 0 || std::strcmp(what, "unreachable") == 0;
}

Verdict OfIntake(const rest::HttpAnswer& answer) {
  Verdict out = OfOther(answer);
  if (out.meaning != Meaning::kDone) return out;
  out.id = NumberIn(answer);
  if (out.id.empty()) return {Meaning::kDoubt, "unexpected", {}};
  return out;
}

Result<Sighting> Search(const std::string& body, const std::string& reference,
                        const std::string& person) {
  Sighting out;
  SAM_TRY(EachRow(body, "Extract/Actualisations", [&](const simdjson::dom::element& row) {
    ++out.rows;
    Look(row, reference, person, &out);
  }));
  return out;
}

Result<Seen> SearchFile(const std::string& body, const std::string& name,
                        const std::string& title) {
  Seen out = Seen::kNotThere;
  SAM_TRY(EachRow(body, "Attachments", [&](const simdjson::dom::element& row) {
    const std::optional<std::string> file = Field(row, "FileName");
    const bool named = file && !Trim(*file).empty();
    const std::optional<std::string> says = named ? file : Field(row, "Title");
    const std::string& ours = named ? name : title;
    if (Same(says, ours))
      out = Seen::kThere;
    else if (out == Seen::kNotThere && MayBeOurs(says, ours))
      out = Seen::kUnclear;
  }));
  return out;
}

}  // namespace sam::intake
