#include "adapters/hl7/personnummer.h"

#include <string>

#include "broker/base/calendar.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

constexpr int kCoordinationDay = 60;

// YYYYMMDD of today, so that dates compare as numbers.
int Today(const PersonNumberOptions& options) {
  const std::string iso = ToIso(options.today).substr(0, 10);
  return DigitsValue(iso.substr(0, 4)) * 10'000 + DigitsValue(iso.substr(5, 2)) * 100 +
         DigitsValue(iso.substr(8, 2));
}

// The century for a two-digit year: the latest in which the birth is not after `latest`.
int YearIn(int two_digits, int month_day, int latest) {
  int year = latest / 10'000 / 100 * 100 + two_digits;
  if (year * 10'000 + month_day > latest) year -= 100;
  return year;
}

PersonNumber Make(std::string value, NumberKind kind, bool check_ok, BirthDate birth) {
  PersonNumber out;
  out.id = PersonId(std::string(SystemOf(kind)), std::move(value));
  out.kind = kind;
  out.check_digit_ok = check_ok;
  out.birth = birth;
  return out;
}

// Twelve digits with a stated century: personal or coordination number.
Result<PersonNumber> FromTwelve(const std::string& digits) {
  const int year = DigitsValue(std::string_view(digits).substr(0, 4));
  const int month = DigitsValue(std::string_view(digits).substr(4, 2));
  const int day = DigitsValue(std::string_view(digits).substr(6, 2));
  const bool coordination = day > kCoordinationDay;
  const int real_day = coordination ? day - kCoordinationDay : day;
  if (year < 1800 || year > 2099 || !DayExists({year, month, real_day})) {
    return Invalid("person number: its date does not exist");
  }
  const auto kind = coordination ? NumberKind::kSamordningsnummer : NumberKind::kPersonnummer;
  return Make(digits, kind, LuhnOk(std::string_view(digits).substr(2)), {year, month, real_day});
}

Result<PersonNumber> FromTen(std::string_view digits, char separator,
                             const PersonNumberOptions& options) {
  const int month = DigitsValue(digits.substr(2, 2));
  int day = DigitsValue(digits.substr(4, 2));
  if (day > kCoordinationDay) day -= kCoordinationDay;
  int latest = Today(options);
  const bool by_role = separator == 0;
  if (by_role && options.role == PersonRole::kAdult) latest -= kLeastAdultAge * 10'000;
  // The sign becomes + on 1 January of the year of the hundredth birthday.
  if (separator == '+') latest = (latest / 10'000 - 100) * 10'000 + 1231;
  const int year = YearIn(DigitsValue(digits.substr(0, 2)), month * 100 + day, latest);
  auto out = FromTwelve(std::to_string(year / 100) + std::string(digits));
  if (out.ok()) out->century_assumed = by_role;
  return out;
}

bool IsReserveLetter(char c) {
  return c >= 'A' && c <= 'Z' && std::string_view("IOQVW").find(c) == std::string_view::npos;
}

// XXYYMMDDNNGC: XX hides the century (18, 19, 20 plus 3, 6 ... 78); 00: birth date unknown.
Result<PersonNumber> FromNational(const std::string& text) {
  const std::string_view view = text;
  const int prefix = DigitsValue(view.substr(0, 2));
  const int month = DigitsValue(view.substr(4, 2));
  const int day = DigitsValue(view.substr(6, 2));
  if (prefix == 0) {
    if (month < 20 || day < 40 || day > 59) {
      return Invalid("national reserve number: not the form for an unknown birth date");
    }
    return Make(text, NumberKind::kNationalReserve, true, {});
  }
  const int year = (18 + prefix % 3) * 100 + DigitsValue(view.substr(2, 2));
  if (prefix < 21 || prefix > 98 || !DayExists({year, month, day})) {
    return Invalid("national reserve number: its date does not exist");
  }
  return Make(text, NumberKind::kNationalReserve, true, {year, month, day});
}

// YYYYMMDDGggC: the letter counts as a digit for the check digit.
Result<PersonNumber> FromVgr(const std::string& text) {
  const std::string_view view = text;
  const int year = DigitsValue(view.substr(0, 4));
  const int month = DigitsValue(view.substr(4, 2));
  const int day = DigitsValue(view.substr(6, 2));
  if (year < 1800 || year > 2099 || !DayExists({year, month, day})) {
    return Invalid("regional reserve number: its date does not exist");
  }
  std::string digits = text.substr(2);
  digits[6] = text[8] == 'K' ? '5' : text[8] == 'M' ? '7' : '8';
  return Make(text, NumberKind::kReserveVgr, LuhnOk(digits), {year, month, day});
}

Result<PersonNumber> FromTwelveCharacters(const std::string& text) {
  const std::string_view view = text;
  if (AllDigits(view)) {
    if (view.substr(0, 2) != "99") return FromTwelve(text);
    return Make(text, NumberKind::kReserveStockholm, LuhnOk(view.substr(4)), {});
  }
  if (!AllDigits(view.substr(0, 8)) || !AllDigits(view.substr(11))) {
    return Invalid("person number: 12 characters that are no known form");
  }
  if (IsReserveLetter(text[8]) && IsReserveLetter(text[9]) && AllDigits(view.substr(10))) {
    return FromNational(text);
  }
  const bool vgr = text[8] == 'K' || text[8] == 'M' || text[8] == 'X';
  if (vgr && AllDigits(view.substr(9))) return FromVgr(text);
  return Invalid("person number: 12 characters that are no known form");
}

}  // namespace

bool IsPersonSystem(std::string_view system) {
  return system == kOidPersonnummer || system == kOidSamordningsnummer ||
         system == kOidNationalReserve || system == kOidReserveVgr ||
         system == kOidReserveStockholm;
}

std::string_view SystemOf(NumberKind kind) {
  switch (kind) {
    case NumberKind::kPersonnummer: return kOidPersonnummer;
    case NumberKind::kSamordningsnummer: return kOidSamordningsnummer;
    case NumberKind::kNationalReserve: return kOidNationalReserve;
    case NumberKind::kReserveVgr: return kOidReserveVgr;
    case NumberKind::kReserveStockholm: return kOidReserveStockholm;
  }
  return kOidPersonnummer;
}

bool LuhnOk(std::string_view digits) {
  if (!AllDigits(digits) || digits.size() < 2) return false;
  int sum = 0;
  int weight = 1;
  for (size_t i = digits.size(); i-- > 0; weight = 3 - weight) {
    const int product = (digits[i] - '0') * weight;
    sum += product / 10 + product % 10;
  }
  return sum % 10 == 0;
}

Result<PersonNumber> ReadPersonNumber(std::string_view text, const PersonNumberOptions& options) {
  std::string compact = UpperAscii(Trim(text));
  const size_t size = compact.size();
  const char sign = size == 11 || size == 13 ? compact[size - 5] : '\0';
  if (sign == '-' || sign == '+') compact.erase(size - 5, 1);
  if (compact.size() == 12) return FromTwelveCharacters(compact);
  if (compact.size() == 10 && AllDigits(compact)) {
    const bool signed_form = sign == '-' || sign == '+';
    if (!signed_form && !options.lenient) {
      return Invalid(
          "person number: 10 digits without - or + leave the century open; allow it "
          "for this source (lenient) or let it send 12");
    }
    return FromTen(compact, signed_form ? sign : '\0', options);
  }
  return Invalid("person number: 10, 11, 12 or 13 characters expected, found " +
                 std::to_string(size));
}

}  // namespace sam::hl7
