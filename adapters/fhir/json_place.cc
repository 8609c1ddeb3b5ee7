#include "adapters/fhir/json_place.h"

#include <algorithm>
#include <charconv>

#include "broker/base/text.h"

namespace sam::fhir {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsInside(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }  // of a character, in UTF-8

// Goes forward over what is JSON; false: at() is the first byte that is none.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}
  size_t at() const { return at_; }

  bool Document() {
    for (bool more = true; more;) {
      Blanks();
      if (!Begin(more)) return false;
      while (!more && !levels_.empty()) {  // a value has ended: what comes behind it?
        Blanks();
        if (Next() == ',') {
          ++at_;
          Blanks();
          if (levels_.back() == '{' && !Name()) return false;
          more = true;
        } else if (!End()) {
          return false;
        }
      }
    }
    Blanks();
    return at_ == text_.size();
  }

 private:
  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void Blanks() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }

  // A value, or the beginning of one that has parts; `more`: the first of them comes now.
  bool Begin(bool& more) {
    more = false;
    const char c = Next();
    if (c == '"') return Text();
    if (c == '-' || IsDigit(c)) return Number();
    if (c != '{' && c != '[') return Word("true") || Word("false") || Word("null");
    levels_ += c;
    ++at_;
    Blanks();
    if (Next() == (c == '{' ? '}' : ']')) return End();
    more = true;
    return c == '[' || Name();
  }

  bool End() {
    if (Next() != (levels_.back() == '{' ? '}' : ']')) return false;
    levels_.pop_back();
    ++at_;
    return true;
  }

  bool Name() {
    if (Next() != '"' || !Text()) return false;
    Blanks();
    if (Next() != ':') return false;
    ++at_;
    return true;
  }

  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool Digits() {
    const size_t begin = at_;
    while (IsDigit(Next())) ++at_;
    return at_ > begin;
  }

  bool Number() {
    if (Next() == '-') ++at_;
    if (Next() == '0')
      ++at_;
    else if (!Digits())
      return false;
    if (Next() == '.') {
      ++at_;
      if (!Digits()) return false;
    }
    if (Next() == 'e' || Next() == 'E') {
      ++at_;
      if (Next() == '+' || Next() == '-') ++at_;
      if (!Digits()) return false;
    }
    return true;
  }

  // The four digits behind \u, or -1.
  int Unit(size_t at) const {
    const std::string_view digits = text_.substr(std::min(at, text_.size()), 4);
    int out = -1;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
    return digits.size() == 4 && digits[0] != '-' && read.ptr == digits.data() + 4 ? out : -1;
  }

  bool Escape() {
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    size_t length = 2;
    if (c == 'u') {
      const int unit = Unit(at_ + 2);
      length = 6;
      if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return false;
      if (unit >= 0xD800 && unit <= 0xDBFF) {  // the first half of a pair
        const int low = text_.substr(at_ + 6, 2) == "\\u" ? Unit(at_ + 8) : -1;
        if (low < 0xDC00 || low > 0xDFFF) return false;
        length = 12;
      }
    } else if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
      return false;
    }
    at_ += length;
    return true;
  }

  bool Text() {
    const size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return false;
      if (text_[at_] == '\\') {
        if (!Escape()) return false;
        continue;
      }
      size_t end = at_ + 1;
      while (end < text_.size() && IsInside(text_[end])) ++end;
      if (!IsValidUtf8(text_.substr(at_, end - at_))) return false;
      at_ = end;
    }
    if (at_ < text_.size()) {
      ++at_;
      return true;
    }
    at_ = begin;  // it never ends: where it begins is what helps
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string levels_;  // the braces and brackets that are open
};

}  // namespace

size_t WhereNotJson(std::string_view text) {
  Walk walk(text);
  return walk.Document() ? std::string_view::npos : walk.at();
}

std::string LineAndColumn(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, at);
  const size_t line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::string_view begun = before.substr(line == 1 ? 0 : before.rfind('\n') + 1);
  const auto column = std::count_if(begun.begin(), begun.end(), [](char c) { return !IsInside(c); }) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace sam::fhir
