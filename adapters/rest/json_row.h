// Rows of a REST answer as JSON text, in one canonical form, so that the same row is the same bytes
// however the server orders its fields. All JSON reading of this folder goes through simdjson here
// and in rest_format.cc. Any thread, pure.
// Limits: kMaxDepth levels in a row; simdjson's own 1024 in an answer. Error texts never repeat a
// value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::rest {

struct PageRow {
  std::string json;      // canonical: fields sorted by name, no spaces; as sent when it cannot be
  std::string id;        // the id field as text; empty when there is none
  std::string modified;  // the field that tells when the row was changed, as text; may be empty
  bool mended = false;   // a value of it was no JSON: see mend_json.h
};

inline constexpr int kMaxDepth = 32;

// An answer: a list of rows, or an object whose field `rows_field` is one (empty: the list itself).
// kInvalid: it is something else. A few rows with values that are no JSON are mended and marked; more
// than kMaxMended and a tenth of the page are an answer of another form or character set.
inline constexpr size_t kMaxMended = 3;
Result<std::vector<PageRow>> ReadPage(std::string_view body, const std::string& rows_field,
                                      const std::string& id_field,
                                      const std::string& modified_field);

// The canonical form of any JSON text. kInvalid: no JSON, a field that stands twice, nested too
// deep.
Result<std::string> CanonicalJson(std::string_view json);

// {"endpoint":"Actualisations","row":{...}}: one message, which carries all that decoding needs.
// `at`: which change of the row it is, where the row itself does not tell; empty: it does.
// `damaged`: what of the row could not be read as it is, in words without values; the decoder then
// takes the message for unreadable, so that it waits for a person with what there is of it.
std::string Envelope(std::string_view endpoint, std::string_view row_json,
                     std::string_view at = {}, std::string_view damaged = {});

// What an answer with mended values says of such a row.
inline constexpr std::string_view kMendedRow = "a value is no JSON text or number";

// "text" with quotes and escapes.
std::string JsonString(std::string_view text);

}  // namespace sam::rest
