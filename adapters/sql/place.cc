#include "adapters/sql/place.h"

#include <array>
#include <cstdlib>

namespace sam::sql {
namespace {

constexpr std::string_view kVersion = "1";

std::optional<int64_t> ReadNumber(std::string_view text) {
  if (text.empty() || text.size() > 19 ||
      text.find_first_not_of("0123456789-") != std::string_view::npos)
    return std::nullopt;
  return std::strtoll(std::string(text).c_str(), nullptr, 10);
}

}  // namespace

bool operator==(const Place& a, const Place& b) { return WritePlace(a) == WritePlace(b); }

// version state read_again cursor swept at id; the id is the rest, whatever it holds.
std::string WritePlace(const Place& place) {
  std::string out(kVersion);
  out.append(" ").append(1, static_cast<char>(place.state));
  for (const int64_t number : {place.read_again, place.cursor.value, place.swept.value})
    out.append(" ").append(std::to_string(number));
  return out.append(" ").append(place.key.at).append(" ").append(place.key.id);
}

std::optional<Place> ReadPlace(std::string_view bytes) {
  std::array<std::string_view, 6> parts;
  for (std::string_view& part : parts) {
    const size_t space = bytes.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    part = bytes.substr(0, space);
    bytes = bytes.substr(space + 1);
  }
  const std::optional<int64_t> again = ReadNumber(parts[2]);
  const std::optional<int64_t> cursor = ReadNumber(parts[3]);
  const std::optional<int64_t> swept = ReadNumber(parts[4]);
  if (parts[0] != kVersion || parts[1].size() != 1 || !again || !cursor || !swept)
    return std::nullopt;
  Place out;
  switch (parts[1][0]) {
    case 'n': out.state = Place::State::kNew; break;
    case 'f': out.state = Place::State::kFirstLoad; break;
    case 'r': out.state = Place::State::kRead; break;
    default: return std::nullopt;
  }
  out.read_again = *again;
  out.cursor = Millis(*cursor);
  out.swept = Millis(*swept);
  out.key = Key{std::string(parts[5]), std::string(bytes)};
  return out;
}

}  // namespace sam::sql
