// Small text helpers that every room needs: hex, base64, numbers, UTC time. Any thread, pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"

namespace sam {

std::string ToHex(std::string_view bytes);
std::optional<std::string> FromHex(std::string_view hex);  // empty optional: not hex
std::string ToBase64(std::string_view bytes);              // RFC 4648, with padding
std::optional<std::string> FromBase64(std::string_view text);

// "0193e0c4-7b2a-7c1e-8f00-0a1b2c3d4e5f"; UUID text for 16 bytes.
std::string ToUuid(std::string_view sixteen_bytes);
std::optional<std::string> FromUuid(std::string_view text);  // 16 bytes; accepts 32 hex as well

// "2026-03-02T09:15:00.123Z"
std::string ToIso(Millis time);
std::optional<Millis> FromIso(std::string_view text);  // date, or date-time ending in Z or +hh:mm

// Big-endian, so that byte order in the store is numeric order.
std::string BigEndian64(uint64_t value);
uint64_t ReadBigEndian64(std::string_view bytes);  // the first 8 bytes; fewer is a programmer error

bool IsValidUtf8(std::string_view text);
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string_view Trim(std::string_view text);  // spaces, tabs, CR, LF at both ends
// ASCII letters only; all other bytes stay.
std::string LowerAscii(std::string_view text);
std::string UpperAscii(std::string_view text);

// Edit distance, for "did you mean" hints in configuration errors. Limited to 64 characters.
std::string NearestName(std::string_view wanted, const std::vector<std::string>& names);
// "; the nearest is 'x'" to end an error with; empty when nothing is near.
std::string NearestHint(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace sam
