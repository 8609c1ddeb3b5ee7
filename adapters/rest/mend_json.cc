#include "adapters/rest/mend_json.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "broker/base/text.h"

namespace sam::rest {
namespace {

constexpr std::string_view kReplaced = "\xEF\xBF\xBD";  // U+FFFD
constexpr size_t kSureDigits = 18;                      // fit into 64 bits

bool StartsNumber(char c) { return c == '-' || (c >= '0' && c <= '9'); }

// The four hex digits of \uXXXX at `at`; -1: there are none.
int CodeAt(std::string_view text, size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return -1;
  const std::string_view digits = text.substr(at + 2, 4);
  if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return -1;
  return static_cast<int>(std::strtol(std::string(digits).c_str(), nullptr, 16));
}

bool IsHigh(int code) { return code >= 0xD800 && code < 0xDC00; }
bool IsLow(int code) { return code >= 0xDC00 && code < 0xE000; }

// Bytes of the escape at `at` that may stay; 0: it is none.
size_t GoodEscape(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return 0;
  if (std::string_view("\"\\/bfnrt").find(text[at + 1]) != std::string_view::npos) return 2;
  const int code = CodeAt(text, at);
  if (code < 0 || IsLow(code)) return 0;
  if (!IsHigh(code)) return 6;
  return IsLow(CodeAt(text, at + 6)) ? 12 : 0;
}

size_t GoodUtf8(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return at + size <= text.size() && IsValidUtf8(text.substr(at, size)) ? size : 0;
}

bool IsHeld(const std::string& number) {
  const bool whole = number.find_first_of(".eE") == std::string::npos;
  return whole ? number.size() <= kSureDigits || number.size() - (number[0] == '-') <= kSureDigits
               : std::isfinite(std::strtod(number.c_str(), nullptr));
}

class Mender {
 public:
  Mender(std::string_view body, std::string_view mark) : body_(body), mark_(mark) {
    out_.reserve(body.size() + body.size() / 16);
  }
  std::string Run() {
    while (at_ < body_.size()) {
      if (inside_)
        InText();
      else
        Outside();
    }
    return std::move(out_);
  }

 private:
  void Copy(size_t size) {
    out_.append(body_.substr(at_, size));
    at_ += size;
  }
  void Mended(std::string_view instead, size_t size) {
    out_.append(instead).append(mark_);
    at_ += size;
  }
  void Outside() {
    const char c = body_[at_];
    if (!StartsNumber(c)) {
      inside_ = c == '"';
      return Copy(1);
    }
    size_t end = body_.find_first_not_of("0123456789+-.eE", at_);
    if (end == std::string_view::npos) end = body_.size();
    const std::string number(body_.substr(at_, end - at_));
    if (IsHeld(number)) return Copy(number.size());
    out_ += '"';
    Mended(number, number.size());
    out_ += '"';
  }
  void InText() {
    const auto c = static_cast<unsigned char>(body_[at_]);
    if (c == '"') {
      inside_ = false;
      return Copy(1);
    }
    if (c < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      return Mended(code, 1);
    }
    const size_t good = c == '\\' ? GoodEscape(body_, at_) : c < 0x80 ? 1 : GoodUtf8(body_, at_);
    if (good > 0) return Copy(good);
    // A quotation mark behind a bad escape ends the text as it did before.
    Mended(kReplaced, c == '\\' && CodeAt(body_, at_) >= 0 ? 6 : 1);
  }

  std::string_view body_, mark_;
  size_t at_ = 0;
  bool inside_ = false;
  std::string out_;
};

}  // namespace

std::string UnusedMark(std::string_view body) {
  const std::string lower = LowerAscii(body);
  std::string mark;
  for (unsigned i = 0; i < 32; ++i) {  // U+FDD0 to U+FDEF are set aside for such uses
    mark = "\xEF\xB7";
    mark += static_cast<char>(0x90 + i);
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\ufd%02x", 0xD0 + i);
    if (body.find(mark) == std::string_view::npos && lower.find(escape) == std::string::npos)
      break;
  }
  return mark;
}

std::string MendJson(std::string_view body, std::string_view mark) {
  return Mender(body, mark).Run();
}

}  // namespace sam::rest
