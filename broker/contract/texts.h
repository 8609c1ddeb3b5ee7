// Texts for people by message id, in Swedish and English: gate reasons, grounds, clocks, steps of
// the receipt ladder, inbox labels, enumerants, errors. The table is texts_table.cc. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sam::contract {

enum class Language { kSwedish, kEnglish };

struct TextRow {
  const char* id;
  const char* sv;
  const char* en;
};

// The whole catalogue, sorted by id.
const std::vector<TextRow>& AllTexts();
bool HasText(std::string_view id);
// The id itself when it is unknown: a person then at least sees what to ask about.
std::string Text(std::string_view id, Language language);
// Replaces {name} by its value. Placeholders without a value stay as they are.
std::string Text(std::string_view id, Language language,
                 const std::vector<std::pair<std::string, std::string>>& values);
// Why a signal was withdrawn: in words where the code is the hub's own, else the sender's code as it is.
std::string WithdrawalText(const std::string& reason, Language language);
// "sv" or "en"; anything else is Swedish.
Language LanguageFromName(std::string_view name);
// Text of an enumerant: id "enum.<Enum>.<name>"; the name itself when there is none.
std::string EnumText(std::string_view enum_name, std::string_view enumerant, Language language);

}  // namespace sam::contract
