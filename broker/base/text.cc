#include "broker/base/text.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "broker/base/calendar.h"
#include "broker/base/check.h"
#include "broker/base/uuid7.h"

namespace sam {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr int64_t kFirstDay = -12'687'428;  // -32767-01-01
constexpr int64_t kLastDay = 11'248'737;    // 32767-12-31

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<int64_t> Digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int64_t value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// The time-of-day part of FromIso: "T09:15[:00[.123]](Z|+hh:mm)".
std::optional<int64_t> TimeOfDayMs(std::string_view t) {
  const auto hour = Digits(t, 1, 2), minute = Digits(t, 4, 2);
  if (t.size() < 7 || t[0] != 'T' || t[3] != ':' || !hour || !minute) return std::nullopt;
  int64_t ms = *hour * kHourMs + *minute * kMinuteMs;
  size_t at = 6;
  if (at < t.size() && t[at] == ':') {
    const auto second = Digits(t, 7, 2);
    if (!second || *second > 59) return std::nullopt;
    ms += *second * kSecondMs;
    at = 9;
    if (at < t.size() && t[at] == '.') {
      int64_t scale = 100;
      for (++at; at < t.size() && t[at] >= '0' && t[at] <= '9'; ++at, scale /= 10)
        ms += (t[at] - '0') * scale;
    }
  }
  if (*hour > 23 || *minute > 59) return std::nullopt;
  const std::string_view zone = t.substr(std::min(at, t.size()));
  if (zone == "Z") return ms;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const auto zh = Digits(zone, 1, 2), zm = Digits(zone, 4, 2);
  if (!zh || !zm || *zh > 14 || *zm > 59) return std::nullopt;
  const int64_t shift = *zh * kHourMs + *zm * kMinuteMs;
  return zone[0] == '+' ? ms - shift : ms + shift;
}

}  // namespace

std::string ToHex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto b = static_cast<uint8_t>(c);
    out += kDigits[b >> 4];
    out += kDigits[b & 15];
  }
  return out;
}

std::optional<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexDigit(hex[i]), low = HexDigit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string ToBase64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = static_cast<uint8_t>(bytes[i]) << 16;
    if (i + 1 < bytes.size()) group |= static_cast<uint8_t>(bytes[i + 1]) << 8;
    if (i + 2 < bytes.size()) group |= static_cast<uint8_t>(bytes[i + 2]);
    out += kBase64[group >> 18 & 63];
    out += kBase64[group >> 12 & 63];
    out += i + 1 < bytes.size() ? kBase64[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kBase64[group & 63] : '=';
  }
  return out;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 4) {
    uint32_t group = 0;
    int padding = 0;
    for (size_t j = 0; j < 4; ++j) {
      const char c = text[i + j];
      if (c == '=' && i + 4 == text.size() && j >= 2) {
        ++padding;
        group <<= 6;
        continue;
      }
      const size_t value = kBase64.find(c);
      if (value == std::string_view::npos || padding > 0) return std::nullopt;
      group = group << 6 | static_cast<uint32_t>(value);
    }
    out += static_cast<char>(group >> 16 & 255);
    if (padding < 2) out += static_cast<char>(group >> 8 & 255);
    if (padding < 1) out += static_cast<char>(group & 255);
  }
  return out;
}

std::string ToUuid(std::string_view sixteen_bytes) {
  std::string hex = ToHex(sixteen_bytes);
  if (hex.size() != 32) return hex;
  for (const size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, "-");
  return hex;
}

std::optional<std::string> FromUuid(std::string_view text) {
  std::string hex;
  for (const char c : text)
    if (c != '-') hex += c;
  if (hex.size() != 32) return std::nullopt;
  return FromHex(hex);
}

std::string ToIso(Millis time) {
  int64_t days = time.value / kDayMs;
  int64_t rest = time.value % kDayMs;
  if (rest < 0) {
    rest += kDayMs;
    --days;
  }
  // Absurd times are told too (a source's clock may say anything); the calendar ends at its limits.
  const CalendarDay c = DayOf(std::clamp<int64_t>(days, kFirstDay, kLastDay));
  char out[64];
  std::snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day,
                static_cast<int>(rest / kHourMs), static_cast<int>(rest / kMinuteMs % 60),
                static_cast<int>(rest / kSecondMs % 60), static_cast<int>(rest % 1000));
  return out;
}

std::optional<Millis> FromIso(std::string_view text) {
  const auto year = Digits(text, 0, 4), month = Digits(text, 5, 2), day = Digits(text, 8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  const CalendarDay civil{static_cast<int>(*year), static_cast<int>(*month),
                          static_cast<int>(*day)};
  if (!DayExists(civil)) return std::nullopt;
  const int64_t date = DayNumber(civil) * kDayMs;
  if (text.size() == 10) return Millis(date);
  const auto time = TimeOfDayMs(text.substr(10));
  if (!time) return std::nullopt;
  return Millis(date + *time);
}

std::string BigEndian64(uint64_t value) {
  std::string out(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8) out[static_cast<size_t>(i)] = static_cast<char>(value & 255);
  return out;
}

uint64_t ReadBigEndian64(std::string_view bytes) {
  SAM_CHECK(bytes.size() >= 8);
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

bool IsValidUtf8(std::string_view s) {
  for (size_t i = 0; i < s.size();) {
    uint64_t eight = 0;  // most text is ASCII
    if (i + sizeof eight <= s.size()) {
      std::memcpy(&eight, s.data() + i, sizeof eight);
      if ((eight & 0x8080808080808080ULL) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    const auto b = static_cast<uint8_t>(s[i]);
    size_t n = 0;
    uint32_t c = 0;
    if (b < 0x80) {
      ++i;
      continue;
    }
    if (b >= 0xC2 && b <= 0xDF) n = 1, c = b & 0x1F;
    else if (b >= 0xE0 && b <= 0xEF) n = 2, c = b & 0x0F;
    else if (b >= 0xF0 && b <= 0xF4) n = 3, c = b & 0x07;
    else return false;
    if (i + n >= s.size()) return false;
    for (size_t k = 1; k <= n; ++k) {
      const auto t = static_cast<uint8_t>(s[i + k]);
      if ((t & 0xC0) != 0x80) return false;
      c = c << 6 | (t & 0x3F);
    }
    if ((n == 2 && c < 0x800) || (n == 3 && c < 0x10000) || c > 0x10FFFF ||
        (c >= 0xD800 && c <= 0xDFFF))
      return false;
    i += n + 1;
  }
  return true;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t from = 0;
  for (size_t at; (at = text.find(separator, from)) != std::string_view::npos; from = at + 1)
    parts.push_back(text.substr(from, at - from));
  parts.push_back(text.substr(from));
  return parts;
}

std::string_view Trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string UpperAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string NearestName(std::string_view wanted, const std::vector<std::string>& names) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, wanted.size() / 3) + 1;
  wanted = wanted.substr(0, 64);
  for (const std::string& name : names) {
    const std::string_view other = std::string_view(name).substr(0, 64);
    std::vector<size_t> row(other.size() + 1);
    for (size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= wanted.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= other.size(); ++j) {
        const size_t next = std::min({row[j] + 1, row[j - 1] + 1,
                                      diagonal + (wanted[i - 1] == other[j - 1] ? 0U : 1U)});
        diagonal = row[j];
        row[j] = next;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = name;
    }
  }
  return best;
}

std::string NearestHint(std::string_view wanted, const std::vector<std::string>& names) {
  const std::string nearest = NearestName(wanted, names);
  return nearest.empty() ? "" : "; the nearest is '" + nearest + "'";
}

EventId Uuid7::Next() {
  const auto now = static_cast<uint64_t>(clock_.Now().value);
  if (now > last_ms_) {
    last_ms_ = now;
    counter_ = static_cast<uint16_t>(random_.Below(0x400));  // room for 3,072 more in this ms
  } else if (++counter_ > 0xFFF) {
    ++last_ms_;  // borrow from the next millisecond rather than repeat
    counter_ = 0;
  }
  EventId id;
  for (size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(last_ms_ >> (40 - 8 * i));
  id.bytes[6] = static_cast<uint8_t>(0x70 | counter_ >> 8);
  id.bytes[7] = static_cast<uint8_t>(counter_ & 255);
  const uint64_t bits = random_.Next();
  for (size_t i = 0; i < 8; ++i) id.bytes[8 + i] = static_cast<uint8_t>(bits >> (8 * i));
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

}  // namespace sam
