// JSON by hand for the small objects the tool prints: one text with its quotes, and one field.
// Any thread, pure. What is not UTF-8 is shown as a mark, never passed on.
#pragma once

#include <string>
#include <string_view>

namespace sam::kit {

std::string JsonText(std::string_view text);
// ,"name":value   with `value` as it stands.
std::string JsonField(std::string_view name, std::string_view value);

}  // namespace sam::kit
