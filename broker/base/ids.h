// Strong types for the numbers and ids that must not be mixed up. Any thread, plain values.
// Mixing an Offset with a Sequence does not compile; that is the whole point.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sam {

template <typename Tag>
struct Number {
  uint64_t value = 0;
  constexpr Number() = default;
  constexpr explicit Number(uint64_t v) : value(v) {}
  auto operator<=>(const Number&) const = default;
  constexpr Number next() const { return Number(value + 1); }
};

using Offset = Number<struct OffsetTag>;        // place in the journal, from 0, without gaps
using Sequence = Number<struct SequenceTag>;    // place in one subscription's lane, from 1
using OutboxSeq = Number<struct OutboxSeqTag>;  // place in one adapter's outbox, from 1
using KeyId = Number<struct KeyIdTag>;          // subject key in the vault, from 1, never reused

template <typename Tag, size_t N>
struct FixedBytes {
  static constexpr size_t kSize = N;
  std::array<uint8_t, N> bytes{};
  auto operator<=>(const FixedBytes&) const = default;
  bool empty() const {
    for (uint8_t b : bytes)
      if (b != 0) return false;
    return true;
  }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static std::optional<FixedBytes> From(std::string_view raw) {
    if (raw.size() != N) return std::nullopt;
    FixedBytes out;
    std::memcpy(out.bytes.data(), raw.data(), N);
    return out;
  }
};

using EventId = FixedBytes<struct EventIdTag, 16>;      // UUIDv7
using SignalId = FixedBytes<struct SignalIdTag, 16>;    // hash(evidence ids, rule, version, receiver)
using SubjectId = FixedBytes<struct SubjectIdTag, 16>;  // random; only the vault maps a person to it
using HubId = FixedBytes<struct HubIdTag, 8>;           // random, made when the store is created
using Digest = FixedBytes<struct DigestTag, 32>;        // SHA-256 or keyed BLAKE2b-256

enum class Lane : uint8_t { kNormal = 0, kAcute = 1 };
inline constexpr int kLanes = 2;

// Where a signal stands for one subscriber. A restore from backup starts a new epoch, so a
// receiver never mistakes a new signal for one it has seen.
struct Position {
  HubId hub;
  uint32_t epoch = 1;
  Lane lane = Lane::kNormal;
  Sequence sequence;
  auto operator<=>(const Position&) const = default;
};

// Milliseconds since 1970-01-01T00:00:00Z. Swedish local time exists only in texts for people.
struct Millis {
  int64_t value = 0;
  constexpr Millis() = default;
  constexpr explicit Millis(int64_t v) : value(v) {}
  auto operator<=>(const Millis&) const = default;
};
inline constexpr int64_t kSecondMs = 1000;
inline constexpr int64_t kMinuteMs = 60 * kSecondMs;
inline constexpr int64_t kHourMs = 60 * kMinuteMs;
inline constexpr int64_t kDayMs = 24 * kHourMs;

}  // namespace sam

template <typename Tag>
struct std::hash<sam::Number<Tag>> {
  size_t operator()(const sam::Number<Tag>& n) const noexcept { return n.value * 0x9E3779B97F4A7C15ULL; }
};
template <typename Tag, size_t N>
struct std::hash<sam::FixedBytes<Tag, N>> {
  size_t operator()(const sam::FixedBytes<Tag, N>& b) const noexcept {
    return std::hash<std::string_view>{}(b.view());
  }
};
