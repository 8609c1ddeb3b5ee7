// JSON in by simdjson (without its exceptions), in this one file of the folder.
#include "adapters/intake/answers.h"

#include <simdjson.h>

#include <optional>

#include "broker/base/text.h"

namespace sam::intake {
namespace {

constexpr size_t kPersonTail = 10;
constexpr size_t kMaxIdDigits = 18;
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

void Look(const simdjson::dom::element& row, const std::string& reference,
          const std::string& person, Sighting* out) {
  simdjson::dom::element field;
  const bool shows = row["Specifies"].get(field) == simdjson::SUCCESS;
  const std::optional<std::string> says = shows ? Scalar(field) : std::nullopt;
  if (says && LowerAscii(Trim(*says)) == LowerAscii(reference)) {
    simdjson::dom::element id;
    const auto text = row["Id"].get(id) == simdjson::SUCCESS ? Scalar(id) : std::nullopt;
    if (text && IsNumber(*text))  // it becomes part of an address
      out->ids.push_back(*text);
    else
      out->unclear = true;
    return;
  }
  if (!MayBeOurs(says, reference)) return;
  simdjson::dom::element whose;
  const auto text = row["PersonId"].get(whose) == simdjson::SUCCESS ? Scalar(whose) : std::nullopt;
  if (!text || Tail(*text) == Tail(person)) out->unclear = true;
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

Verdict OfIntake(const rest::HttpAnswer& answer) {
  Verdict out = OfOther(answer);
  if (out.meaning != Meaning::kDone) return out;
  const std::string_view body = Trim(answer.body);
  if (!IsNumber(body)) return {Meaning::kDoubt, "unexpected", {}};
  out.id = std::string(body);
  return out;
}

Result<Sighting> Search(const std::string& body, const std::string& reference,
                        const std::string& person) {
  simdjson::dom::parser parser;
  simdjson::dom::array rows;
  const simdjson::padded_string padded(body);
  simdjson::dom::element root;
  if (parser.parse(padded).get(root) != simdjson::SUCCESS ||
      root.get(rows) != simdjson::SUCCESS)
    return Invalid("the answer of Extract/Actualisations is not a list");
  Sighting out;
  for (const simdjson::dom::element row : rows) {
    simdjson::dom::object object;
    if (row.get(object) != simdjson::SUCCESS)
      return Invalid("the answer of Extract/Actualisations is not a list of rows");
    ++out.rows;
    Look(row, reference, person, &out);
  }
  return out;
}

}  // namespace sam::intake
