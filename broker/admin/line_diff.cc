#include "broker/admin/line_diff.h"

#include <algorithm>
#include <cstdint>

#include "broker/base/text.h"

namespace sam::admin {
namespace {

constexpr size_t kContext = 3;
constexpr size_t kCellsMax = size_t{4} << 20;  // 16 MiB of table

struct Edit {
  char sign = ' ';  // ' ', '-', '+'
  std::string_view line;
};

using Lines = std::vector<std::string_view>;

Lines LinesOf(std::string_view text) {
  Lines lines;
  for (const std::string_view line : Split(text, '\n')) lines.push_back(line);
  if (!lines.empty() && lines.back().empty()) lines.pop_back();  // behind the last line's end
  return lines;
}

// Longest common subsequence of [from, a_end) and [from, b_end), as edits.
void Middle(const Lines& a, const Lines& b, size_t from, size_t a_end, size_t b_end,
            std::vector<Edit>& out) {
  const size_t rows = a_end - from, columns = b_end - from;
  if (rows * columns > kCellsMax) {
    for (size_t i = from; i < a_end; ++i) out.push_back({'-', a[i]});
    for (size_t j = from; j < b_end; ++j) out.push_back({'+', b[j]});
    return;
  }
  std::vector<uint32_t> best((rows + 1) * (columns + 1));
  const auto at = [&](size_t i, size_t j) -> uint32_t& { return best[i * (columns + 1) + j]; };
  for (size_t i = rows; i-- > 0;)
    for (size_t j = columns; j-- > 0;)
      at(i, j) = a[from + i] == b[from + j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
  size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && a[from + i] == b[from + j]) {
      out.push_back({' ', a[from + i]});
      ++i, ++j;
    } else if (i < rows && (j == columns || at(i + 1, j) >= at(i, j + 1))) {
      out.push_back({'-', a[from + i++]});
    } else {
      out.push_back({'+', b[from + j++]});
    }
  }
}

std::vector<Edit> EditsOf(const Lines& a, const Lines& b) {
  size_t from = 0, a_end = a.size(), b_end = b.size();
  while (from < a_end && from < b_end && a[from] == b[from]) ++from;
  while (a_end > from && b_end > from && a[a_end - 1] == b[b_end - 1]) --a_end, --b_end;
  std::vector<Edit> edits;
  for (size_t i = 0; i < from; ++i) edits.push_back({' ', a[i]});
  Middle(a, b, from, a_end, b_end, edits);
  for (size_t i = a_end; i < a.size(); ++i) edits.push_back({' ', a[i]});
  return edits;
}

// The edits that are shown: changes and what stands around them.
std::vector<bool> Shown(const std::vector<Edit>& edits) {
  std::vector<bool> shown(edits.size());
  for (size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].sign == ' ') continue;
    const size_t first = i > kContext ? i - kContext : 0;
    for (size_t k = first; k < std::min(edits.size(), i + kContext + 1); ++k) shown[k] = true;
  }
  return shown;
}

}  // namespace

std::vector<std::string> LineDiff(std::string_view before, std::string_view after) {
  const Lines a = LinesOf(before), b = LinesOf(after);
  const std::vector<Edit> edits = EditsOf(a, b);
  const std::vector<bool> shown = Shown(edits);
  std::vector<std::string> out;
  size_t old_line = 1, new_line = 1;
  for (size_t i = 0; i < edits.size();) {
    if (!shown[i]) {
      ++old_line, ++new_line, ++i;
      continue;
    }
    size_t end = i, old_count = 0, new_count = 0;
    for (; end < edits.size() && shown[end]; ++end) {
      if (edits[end].sign != '+') ++old_count;
      if (edits[end].sign != '-') ++new_count;
    }
    out.push_back("@@ -" + std::to_string(old_line) + "," + std::to_string(old_count) + " +" +
                  std::to_string(new_line) + "," + std::to_string(new_count) + " @@");
    for (; i < end; ++i) out.push_back(std::string(1, edits[i].sign) + std::string(edits[i].line));
    old_line += old_count;
    new_line += new_count;
  }
  return out;
}

}  // namespace sam::admin
