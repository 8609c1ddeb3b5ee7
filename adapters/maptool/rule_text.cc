#include "adapters/maptool/rule_text.h"

namespace sam::maptool {
namespace {

using Op = kit::Condition::Op;

std::string Joined(const std::vector<kit::Selector>& places) {
  std::string out;
  for (const kit::Selector& place : places)
    out.append(out.empty() ? "" : " or ").append(place.text);
  return out;
}

std::string Listed(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) out.append(out.size() > 1 ? ", " : "").append(value);
  return out.append("]");
}

}  // namespace

std::string TextOf(const kit::Condition& condition) {
  std::string out = Joined(condition.at);
  std::string table;
  if (condition.lookup)
    table.append("table ")
        .append(condition.lookup->name)
        .append(", column ")
        .append(condition.lookup->table->columns()[condition.lookup->column]);
  switch (condition.op) {
    case Op::kPresent: return out.append(" present");
    case Op::kAbsent: return out.append(" absent");
    case Op::kIn: return out.append(" in ").append(Listed(condition.values));
    case Op::kNotIn: return out.append(" not_in ").append(Listed(condition.values));
    case Op::kOtherThan: return out.append(" other_than ").append(Listed(condition.values));
    case Op::kWithinHours:
      return out.append(" within ")
          .append(std::to_string(condition.hours))
          .append(" hours of ")
          .append(Joined(condition.of));
    case Op::kUnknownIn: return out.append(" unknown_in ").append(table);
    case Op::kTable:
      if (condition.values.empty()) return out.append(" in ").append(table);
      return out.append(" gives ").append(Listed(condition.values)).append(" in ").append(table);
    case Op::kTableNot:
      return out.append(" not_gives ")
          .append(Listed(condition.values))
          .append(" in ")
          .append(table);
  }
  return out;
}

std::string PlacesOf(const kit::Assignment& assignment) {
  if (!assignment.each.empty()) return "each " + assignment.each;
  return assignment.from.empty() ? "const" : Joined(assignment.from);
}

}  // namespace sam::maptool
