// What a browser sends: forms (application/x-www-form-urlencoded), queries and cookies, read strictly.
// Pure, any thread. Limits: kFieldsMax fields; a name given twice, a broken escape, a NUL or what is not
// UTF-8 makes the whole unreadable.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sam::inbox::web {

class Form {
 public:
  static constexpr size_t kFieldsMax = 32;
  static std::optional<Form> Read(std::string_view body);
  const std::string& Get(const std::string& name) const;  // absent: empty
  void Set(const std::string& name, std::string value) { fields_[name] = std::move(value); }

 private:
  std::map<std::string, std::string> fields_;
};

// The first cookie of this name; empty: none.
std::string CookieOf(std::string_view header, std::string_view name);

}  // namespace sam::inbox::web
