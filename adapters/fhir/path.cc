#include "adapters/fhir/path.h"

#include <cctype>
#include <utility>

#include "broker/base/text.h"

namespace sam::fhir {
namespace {

constexpr size_t kMaxSteps = 20;
constexpr int kMaxIndex = 999;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Path> Run() {
    Path out;
    if (IsUpper(Peek())) {
      SAM_ASSIGN(out.root, Name());
      if (!Take(".")) return Bad("'.' and an element after the resource type");
    }
    SAM_TRY(ReadStep(out, Step::Kind::kName));
    while (at_ < text_.size()) {
      if (out.steps.size() >= kMaxSteps) return Bad("a shorter path");
      if (Take("->")) {
        SAM_TRY(ReadArrow(out));
      } else if (Take(".")) {
        SAM_TRY(ReadStep(out, Step::Kind::kName));
      } else {
        return Bad("'.', '->', '(' or '['");
      }
    }
    return out;
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  Error Bad(const std::string& expected) const {
    return Invalid("'" + std::string(text_) + "', character " + std::to_string(at_ + 1) +
                   ": expected " + expected);
  }

  Result<std::string> Name() {
    const size_t from = at_;
    if (!IsLetter(Peek()) && Peek() != '_') return Bad("the name of an element");
    while (IsLetter(Peek()) || Peek() == '_' || (Peek() >= '0' && Peek() <= '9')) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  Status ReadStep(Path& out, Step::Kind kind) {
    Step step;
    step.kind = kind;
    SAM_ASSIGN(step.name, Name());
    if (IsUpper(step.name[0])) return Bad("an element; a type stands first, or after ->");
    SAM_TRY(ReadTail(step));
    out.steps.push_back(std::move(step));
    return Ok();
  }

  Status ReadArrow(Path& out) {
    Step step;
    step.kind = Step::Kind::kResolve;
    if (!Take("*")) {
      SAM_ASSIGN(step.name, Name());
      if (step.name == "id") {
        step.kind = Step::Kind::kReferenceId;
        if (at_ < text_.size()) return Bad("nothing after ->id");
      } else if (!IsUpper(step.name[0])) {
        return Bad("a resource type, * or id after ->");
      }
    }
    SAM_TRY(ReadTail(step));
    out.steps.push_back(std::move(step));
    return Ok();
  }

  Status ReadTail(Step& step) {
    if (Take("(")) {
      do {
        SAM_TRY(ReadFilter(step));
      } while (Take(","));
      if (!Take(")")) return Bad("')'");
    }
    if (!Take("[")) return Ok();
    if (Take("*")) {
      step.all = true;
    } else {
      if (Peek() < '0' || Peek() > '9') return Bad("a number or * between [ and ]");
      step.index = 0;
      while (Peek() >= '0' && Peek() <= '9') {
        step.index = step.index * 10 + (text_[at_++] - '0');
        if (step.index > kMaxIndex) return Bad("a number below 1000");
      }
    }
    if (!Take("]")) return Bad("']'");
    return Ok();
  }

  Status ReadFilter(Step& step) {
    Filter filter;
    do {
      SAM_ASSIGN(std::string name, Name());
      filter.path.push_back(std::move(name));
    } while (Take("."));
    if (!Take("=")) return Bad("'=' and a value");
    const bool quoted = Take("'");
    const size_t from = at_;
    while (at_ < text_.size() && (quoted ? Peek() != '\'' : Peek() != ',' && Peek() != ')')) ++at_;
    filter.equals = std::string(text_.substr(from, at_ - from));
    if (quoted && !Take("'")) return Bad("the closing quote");
    if (filter.equals.empty()) return Bad("a value after '='");
    step.filters.push_back(std::move(filter));
    return Ok();
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<Path> ParsePath(std::string_view text) { return Parser(text).Run(); }

Result<Path> ParseUnit(std::string_view text) {
  SAM_ASSIGN(Path out, ParsePath(text));
  for (const Step& step : out.steps)
    if (!step.plain())
      return Invalid("'" + std::string(text) +
                     "': expected element names only, such as component or item.answer");
  return out;
}

}  // namespace sam::fhir
