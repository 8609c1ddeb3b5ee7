#include "adapters/hl7/path.h"

#include <cctype>

namespace sam::hl7 {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool AtEnd() const { return at_ == text_.size(); }

  // A number from 1; 0 is the error.
  unsigned TakeNumber() {
    unsigned value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      value = value * 10 + static_cast<unsigned>(text_[at_] - '0');
      if (value > Selector::kMaxNumber) return 0;
      ++at_;
    }
    return value;
  }

  // "[n]" or "[*]" or nothing.
  Result<unsigned> TakeIndex() {
    if (!Take('[')) return 1u;
    unsigned index = Selector::kAll;
    if (!Take('*')) {
      index = TakeNumber();
      if (index == 0) return Fail("a number from 1 or *");
    }
    if (!Take(']')) return Fail("]");
    return index;
  }

  Error Fail(const char* expected) const {
    return Invalid("selector '" + std::string(text_) + "', column " + std::to_string(at_ + 1) +
                   ": " + expected + " expected, as in PID-3[*].1");
  }

  Result<std::string> TakeSegment() {
    std::string id;
    for (; id.size() < 3; ++at_) {
      const auto c = at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : '\0';
      const bool digit = std::isdigit(c) != 0 && !id.empty();
      if (!(c >= 'A' && c <= 'Z') && !digit) return Fail("a segment name in capitals");
      id += static_cast<char>(c);
    }
    return id;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

std::string IndexText(unsigned index) {
  if (index == Selector::kAll) return "[*]";
  return index == 1 ? std::string() : "[" + std::to_string(index) + "]";
}

}  // namespace

Result<Selector> Selector::Parse(std::string_view text) {
  Reader in(text);
  Selector out;
  SAM_ASSIGN(out.segment, in.TakeSegment());
  SAM_ASSIGN(out.occurrence, in.TakeIndex());
  if (!in.Take('-')) return in.Fail("- and a field number");
  out.field = in.TakeNumber();
  if (out.field == 0) return in.Fail("a field number from 1");
  SAM_ASSIGN(out.repetition, in.TakeIndex());
  if (in.Take('.')) {
    out.component = in.TakeNumber();
    if (out.component == 0) return in.Fail("a component number from 1");
    if (in.Take('.')) {
      out.subcomponent = in.TakeNumber();
      if (out.subcomponent == 0) return in.Fail("a subcomponent number from 1");
    }
  }
  if (!in.AtEnd()) return in.Fail("the end");
  return out;
}

std::string Selector::ToText() const {
  std::string out =
      segment + IndexText(occurrence) + "-" + std::to_string(field) + IndexText(repetition);
  if (component != 0) out += "." + std::to_string(component);
  if (subcomponent != 0) out += "." + std::to_string(subcomponent);
  return out;
}

}  // namespace sam::hl7
