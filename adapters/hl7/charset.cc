#include "adapters/hl7/charset.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <utility>

#include "adapters/hl7/iso_8859.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

// 0x80-0x9F of windows-1252. The five holes map to the C1 control of the same number, as browsers
// do: the byte can be restored.
constexpr std::array<uint16_t, 32> kWindows1252High = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

// Where 8859/15 differs from 8859/1.
constexpr std::array<std::pair<uint8_t, uint16_t>, 8> kLatin9Changes = {{{0xA4, 0x20AC},
                                                                         {0xA6, 0x0160},
                                                                         {0xA8, 0x0161},
                                                                         {0xB4, 0x017D},
                                                                         {0xB8, 0x017E},
                                                                         {0xBC, 0x0152},
                                                                         {0xBD, 0x0153},
                                                                         {0xBE, 0x0178}}};

// 8859/2 to 8859/9.
bool HasTable(Charset charset) { return charset >= Charset::kIso8859_2; }

// 0: the set has no character there.
uint16_t FromTable(uint8_t byte, Charset charset) {
  if (byte < 0xA0) return byte;
  const auto table = static_cast<size_t>(charset) - static_cast<size_t>(Charset::kIso8859_2);
  return kIso8859High.at(table)[byte - 0xA0u];
}

bool HasEmptyByte(std::string_view bytes, Charset charset) {
  if (!HasTable(charset)) return false;
  return std::any_of(bytes.begin(), bytes.end(), [charset](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte != 0 && FromTable(byte, charset) == 0;
  });
}

bool IsOneByte(Charset charset) { return charset != Charset::kAscii && charset != Charset::kUtf8; }

constexpr uint32_t kPrivate = 0xF700;  // and the byte: what a set leaves empty can be restored

uint32_t CodePoint(uint8_t byte, Charset charset) {
  if (byte < 0x80) return byte;
  if (HasTable(charset)) {
    const uint16_t code = FromTable(byte, charset);
    return code != 0 ? code : kPrivate + byte;
  }
  if (charset == Charset::kLatin9) {
    for (const auto& change : kLatin9Changes) {
      if (change.first == byte) return change.second;
    }
    return byte;
  }
  return byte < 0xA0 ? kWindows1252High[byte - 0x80] : byte;
}

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// The byte for a code point in a one-byte set, or -1.
int ByteFor(uint32_t code, Charset charset) {
  if (code < 0x80) return static_cast<int>(code);
  if (charset == Charset::kAscii || charset == Charset::kUtf8) return -1;
  for (int byte = 0x80; byte < 0x100; ++byte) {
    if (CodePoint(static_cast<uint8_t>(byte), charset) == code) return byte;
  }
  return -1;
}

std::string Normalised(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

struct NamedCharset {
  std::string_view name;
  Charset charset;
};
constexpr std::array<NamedCharset, 24> kNames = {{
    {"ASCII", Charset::kAscii},
    {"USASCII", Charset::kAscii},
    {"ISOIR6", Charset::kAscii},
    {"UNICODE", Charset::kUtf8},
    {"UNICODEUTF8", Charset::kUtf8},
    {"UTF8", Charset::kUtf8},
    {"ISOIR192", Charset::kUtf8},
    {"88591", Charset::kWindows1252},
    {"ISO88591", Charset::kWindows1252},
    {"ISO885911987", Charset::kWindows1252},
    {"ISOIR100", Charset::kWindows1252},
    {"LATIN1", Charset::kWindows1252},
    {"WINDOWS1252", Charset::kWindows1252},
    {"WIN1252", Charset::kWindows1252},
    {"CP1252", Charset::kWindows1252},
    {"ANSI", Charset::kWindows1252},
    {"1252", Charset::kWindows1252},
    {"IBM1252", Charset::kWindows1252},
    {"885915", Charset::kLatin9},
    {"ISO885915", Charset::kLatin9},
    {"ISOIR203", Charset::kLatin9},
    {"LATIN9", Charset::kLatin9},
    {"UTF8BOM", Charset::kUtf8},
    {"ISO646", Charset::kAscii},
}};

// "88592" to "88599", with or without "ISO" before it and a year behind it; "LATIN2" to "LATIN5".
std::optional<Charset> Iso8859ByName(std::string_view wanted) {
  if (wanted.substr(0, 3) == "ISO") wanted.remove_prefix(3);
  if (wanted == "LATIN5") return Charset::kIso8859_9;
  const bool latin = wanted.size() == 6 && wanted.substr(0, 5) == "LATIN" && wanted[5] <= '4';
  const bool plain = wanted.size() == 5 || wanted.size() == 9;
  if (!latin && !(plain && wanted.substr(0, 4) == "8859")) return std::nullopt;
  const char digit = wanted[latin ? 5 : 4];
  if (digit < '2' || digit > '9') return std::nullopt;
  return static_cast<Charset>(static_cast<int>(Charset::kIso8859_2) + (digit - '2'));
}

// Sets of table 0211 we know of and do not decode: reading them as another set would be a lie.
constexpr std::array<std::string_view, 7> kNotDecoded = {
    "ISOIR14", "ISOIR87", "ISOIR159", "GB180302000", "KSX1001", "CNS116431992", "BIG5"};

bool IsNotDecoded(std::string_view name) {
  const std::string wanted = Normalised(name);
  for (std::string_view known : kNotDecoded) {
    if (wanted == known) return true;
  }
  return false;
}

bool IsWideName(std::string_view name) {
  const std::string wanted = Normalised(name);
  return wanted.find("UTF16") != std::string::npos || wanted.find("UTF32") != std::string::npos ||
         wanted == "UCS2";
}

// The bytes against the choice; the order of reading is settled, only the flags and a guess remain.
void Verify(bool ascii, bool utf8, bool explicit_choice, const CharsetPolicy& policy,
            CharsetDecision& decision) {
  if (ascii) return;
  if (IsOneByte(decision.charset)) {
    if (!utf8) return;
    decision.suspect = true;
    if (!policy.force && policy.on_suspect == OnSuspect::kFollowBytes) {
      decision.charset = Charset::kUtf8;
    }
    return;
  }
  if (decision.charset == Charset::kUtf8 && utf8) return;
  decision.guessed = decision.guessed || explicit_choice || !utf8;
  if (utf8) {
    decision.charset = Charset::kUtf8;
  } else {
    decision.charset = IsOneByte(policy.fallback) ? policy.fallback : Charset::kWindows1252;
  }
}

}  // namespace

const char* CharsetName(Charset charset) {
  switch (charset) {
    case Charset::kAscii: return "ASCII";
    case Charset::kUtf8: return "UTF-8";
    case Charset::kWindows1252: return "windows-1252";
    case Charset::kLatin9: return "ISO-8859-15";
    case Charset::kIso8859_2: return "ISO-8859-2";
    case Charset::kIso8859_3: return "ISO-8859-3";
    case Charset::kIso8859_4: return "ISO-8859-4";
    case Charset::kIso8859_5: return "ISO-8859-5";
    case Charset::kIso8859_6: return "ISO-8859-6";
    case Charset::kIso8859_7: return "ISO-8859-7";
    case Charset::kIso8859_8: return "ISO-8859-8";
    case Charset::kIso8859_9: return "ISO-8859-9";
  }
  return "UTF-8";
}

std::optional<Charset> CharsetByName(std::string_view name) {
  const std::string wanted = Normalised(name);
  for (const NamedCharset& known : kNames) {
    if (wanted == known.name) return known.charset;
  }
  return Iso8859ByName(wanted);
}

bool LooksLikeWideUnicode(std::string_view raw) {
  if (raw.size() < 2) return false;
  const std::string_view two = raw.substr(0, 2);
  if (two == "\xff\xfe" || two == "\xfe\xff") return true;
  // "MSH" or "FHS" or "BHS" in wide characters, at the very start: later on, zero bytes between
  // letters are the sender's odd content.
  using namespace std::string_view_literals;
  for (std::string_view wide :
       {"M\0S\0H"sv, "F\0H\0S"sv, "B\0H\0S"sv, "M\0\0\0S"sv, "F\0\0\0H"sv, "B\0\0\0H"sv}) {
    const size_t first = std::min(raw.find_first_not_of('\0'), size_t{4});
    if (first <= 3 && raw.substr(first, wide.size()) == wide) return true;
  }
  return false;
}

bool IsAscii(std::string_view bytes) {
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    if ((word & 0x8080808080808080ULL) != 0) return false;
  }
  for (; i < bytes.size(); ++i) {
    if ((static_cast<uint8_t>(bytes[i]) & 0x80) != 0) return false;
  }
  return true;
}

Result<CharsetDecision> DecideCharset(std::string_view raw, std::string_view msh18,
                                      const CharsetPolicy& policy) {
  if (LooksLikeWideUnicode(raw)) {
    return Invalid("the message is UTF-16 or UTF-32, which MLLP cannot carry; send UTF-8");
  }
  CharsetDecision decision;
  decision.declared = std::string(Trim(msh18));
  decision.had_bom = raw.substr(0, 3) == "\xef\xbb\xbf";
  const bool ascii = IsAscii(raw.substr(decision.had_bom ? 3 : 0));
  const bool utf8 = ascii || IsValidUtf8(raw);
  bool explicit_choice = true;
  if (policy.force) {
    decision.charset = *policy.force;
  } else if (decision.had_bom) {
    decision.charset = Charset::kUtf8;
  } else if (IsWideName(decision.declared)) {
    return Invalid(
        "MSH-18 says UTF-16 or UTF-32, which MLLP cannot carry; send UTF-8, or set the "
        "source's charset by force if MSH-18 is wrong");
  } else if (auto known = CharsetByName(decision.declared)) {
    decision.charset = *known;
  } else if (IsNotDecoded(decision.declared) && !ascii) {
    return Invalid(
        "MSH-18 names a character set that is not decoded here; send UTF-8 or 8859/1 to 8859/9, "
        "or set the source's charset by force if MSH-18 is wrong");
  } else {
    decision.charset = policy.source_default;
    decision.guessed = !decision.declared.empty() && !ascii;
    explicit_choice = false;
  }
  Verify(ascii, utf8, explicit_choice, policy, decision);
  if (HasEmptyByte(raw, decision.charset))
    return Invalid(std::string("the message has a byte that is no character of ") + CharsetName(decision.charset) +
                   "; MSH-18 names the wrong set, or the source's charset is forced to one");
  return decision;
}

std::string ToUtf8(std::string_view bytes, Charset charset) {
  const bool multi_byte = charset == Charset::kUtf8 || charset == Charset::kAscii;
  if (IsAscii(bytes) || (multi_byte && IsValidUtf8(bytes))) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 4 + 4);
  const Charset one_byte = multi_byte ? Charset::kWindows1252 : charset;
  for (char c : bytes) AppendUtf8(CodePoint(static_cast<uint8_t>(c), one_byte), out);
  return out;
}

std::string FromUtf8(std::string_view utf8, Charset charset, size_t* replaced) {
  if (replaced != nullptr) *replaced = 0;
  if (charset == Charset::kUtf8 || IsAscii(utf8)) return std::string(utf8);
  std::string out;
  out.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<uint8_t>(utf8[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
    size_t used = 1;
    for (; used < length && i + used < utf8.size(); ++used) {
      const auto next = static_cast<uint8_t>(utf8[i + used]);
      if ((next & 0xC0) != 0x80) break;
      code = (code << 6) | (next & 0x3F);
    }
    const int byte = used == length ? ByteFor(code, charset) : -1;
    if (byte < 0 && replaced != nullptr) ++*replaced;
    out += byte < 0 ? '?' : static_cast<char>(byte);
    i += used;
  }
  return out;
}

}  // namespace sam::hl7
