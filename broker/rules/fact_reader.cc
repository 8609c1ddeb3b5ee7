#include "broker/rules/fact_reader.h"

namespace sam::rules {

FactList ReadFacts(config::Table& table, std::string_view key) {
  FactList out;
  for (const std::string& name : table.TextList(key)) {
    if (const auto match = FactNamed(name))
      out.push_back(*match);
    else
      table.Fail(key, "facts such as \"dental.visit.missed\" or \"bvc.care.declined:vaccination\"");
  }
  return out;
}

}  // namespace sam::rules
