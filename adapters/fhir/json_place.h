// Where a text stops being JSON, for the sender of one that was refused: its reader says what is wrong and not where.
// Looks at the text again, only when it was refused, and keeps nothing of it. Any thread, pure. Time and memory: one walk,
// a byte for each level.
#pragma once

#include <string>
#include <string_view>

namespace sam::fhir {

// The byte that no JSON may have there; the text's size where it ends too early; npos: nothing is wrong with its form.
size_t WhereNotJson(std::string_view text);

// "line 3, column 17", both from 1; columns are characters, as an editor counts them.
std::string LineAndColumn(std::string_view text, size_t at);

}  // namespace sam::fhir
