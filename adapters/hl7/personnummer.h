// Swedish person numbers in the forms they arrive in, to 12 characters. Any thread, pure.
// A wrong check digit is a flag, never a refusal: the hub still carries what the source sent.
// Error texts never repeat the number.
#pragma once

#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/person_id.h"
#include "broker/base/result.h"

namespace sam::hl7 {

// Identifier systems (OIDs) in which the numbers are named.
inline constexpr std::string_view kOidPersonnummer = "1.2.752.129.2.1.3.1";
inline constexpr std::string_view kOidSamordningsnummer = "1.2.752.129.2.1.3.3";
inline constexpr std::string_view kOidNationalReserve = "1.2.752.74.9.1";
inline constexpr std::string_view kOidReserveVgr = "1.2.752.113.11.0.2.1.1.1";
inline constexpr std::string_view kOidReserveStockholm = "1.2.752.97.3.1.3";

// One of these: numbers under it name persons for everybody, and have a form.
bool IsPersonSystem(std::string_view system);

enum class NumberKind {
  kPersonnummer,
  kSamordningsnummer,  // day + 60
  kNationalReserve,    // XXYYMMDDNNGC, two letters; its check digit is not public: structure only
  kReserveVgr,         // YYYYMMDDGggC, G one of K, M, X
  kReserveStockholm,   // 99YYYYNNNNNC
};
std::string_view SystemOf(NumberKind kind);  // the OID

// Who the number belongs to, for a century that was not said.
enum class PersonRole {
  kChild,  // the latest century that is not in the future
  kAdult,  // the latest century that makes the person at least kLeastAdultAge
};
// Guardians may be minors themselves; below 13 the number is of the century before.
inline constexpr int kLeastAdultAge = 13;

struct PersonNumberOptions {
  PersonRole role = PersonRole::kChild;
  Millis today;          // the day against which "in the future" is judged
  bool lenient = false;  // accept 10 digits without - or +
};

struct BirthDate {
  int year = 0, month = 0, day = 0;  // 0: the number does not tell
  bool operator==(const BirthDate&) const = default;
};

struct PersonNumber {
  PersonId id;  // system: the OID; value: 12 characters
  NumberKind kind = NumberKind::kPersonnummer;
  bool check_digit_ok = false;   // true also where there is no known check digit
  bool century_assumed = false;  // chosen by role, not said
  // The birth time in the number. May be a neighbouring day of the real one, so it never
  // replaces a birth date that the source states.
  BirthDate birth;
};

// 10, 11 (- or +), 12 or 13 characters, spaces around allowed. kInvalid: none of the known forms,
// an impossible date, or 10 digits where they are not accepted.
Result<PersonNumber> ReadPersonNumber(std::string_view text, const PersonNumberOptions& options);

// Luhn (weights 2, 1, 2 ... so that the last digit before the check digit weighs 2) over digits
// with the check digit last. Anything but digits: false.
bool LuhnOk(std::string_view digits);

}  // namespace sam::hl7
