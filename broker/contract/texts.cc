#include "broker/contract/texts.h"

#include <algorithm>
#include <cstring>

#include "broker/contract/texts_table.h"

namespace sam::contract {
namespace {

const TextRow* Find(std::string_view id) {
  const std::vector<TextRow>& all = AllTexts();
  const auto found = std::lower_bound(
      all.begin(), all.end(), id,
      [](const TextRow& row, std::string_view wanted) { return row.id < wanted; });
  return found != all.end() && found->id == id ? &*found : nullptr;
}

}  // namespace

const std::vector<TextRow>& AllTexts() {
  static const std::vector<TextRow> sorted = [] {
    const std::span<const TextRow> messages = internal::MessageTexts();
    const std::span<const TextRow> enums = internal::EnumTexts();
    std::vector<TextRow> rows(messages.begin(), messages.end());
    rows.insert(rows.end(), enums.begin(), enums.end());
    const std::span<const TextRow> reports = internal::ReportTexts();
    rows.insert(rows.end(), reports.begin(), reports.end());
    const std::span<const TextRow> web = internal::WebTexts();
    rows.insert(rows.end(), web.begin(), web.end());
    std::sort(rows.begin(), rows.end(),
              [](const TextRow& a, const TextRow& b) { return std::strcmp(a.id, b.id) < 0; });
    return rows;
  }();
  return sorted;
}

bool HasText(std::string_view id) { return Find(id) != nullptr; }

std::string Text(std::string_view id, Language language) {
  const TextRow* row = Find(id);
  if (row == nullptr) return std::string(id);
  return language == Language::kEnglish ? row->en : row->sv;
}

std::string WithdrawalText(const std::string& reason, Language language) {
  const std::string id = "withdrawal." + reason;
  return HasText(id) ? Text(id, language) : reason;
}

std::string Text(std::string_view id, Language language,
                 const std::vector<std::pair<std::string, std::string>>& values) {
  const std::string pattern = Text(id, language);
  std::string out;
  size_t at = 0;
  while (at < pattern.size()) {
    const size_t close = pattern[at] == '{' ? pattern.find('}', at) : std::string::npos;
    if (close == std::string::npos) {
      out += pattern[at++];
      continue;
    }
    const std::string name = pattern.substr(at + 1, close - at - 1);
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&name](const auto& value) { return value.first == name; });
    out += found == values.end() ? pattern.substr(at, close - at + 1) : found->second;
    at = close + 1;
  }
  return out;
}

Language LanguageFromName(std::string_view name) {
  return name == "en" ? Language::kEnglish : Language::kSwedish;
}

std::string EnumText(std::string_view enum_name, std::string_view enumerant, Language language) {
  const std::string id = "enum." + std::string(enum_name) + "." + std::string(enumerant);
  return HasText(id) ? Text(id, language) : std::string(enumerant);
}

}  // namespace sam::contract
