// Message: one HL7 v2 message, cut into segments and fields over the bytes it owns.
// Any thread, one at a time; owned by whoever parsed it. Views given out live as long as the
// Message and are invalid after it is moved. Limits: kMaxBytes, kMaxSegments.
// Parsing is tolerant: what can be carried is carried, with a warning; order, unknown segments and
// extra fields are never an error. Text is unescaped and decoded when it is read, not before.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/charset.h"
#include "adapters/hl7/delimiters.h"
#include "adapters/hl7/error_code.h"
#include "adapters/hl7/header.h"
#include "adapters/hl7/path.h"
#include "broker/base/result.h"

namespace sam::hl7 {

class Message;

// One segment of a Message, as a view.
class Segment {
 public:
  std::string_view id() const;                  // "PID"; empty if the name is none ("PIDX", "PV")
  std::string_view raw() const;                 // bytes without the terminator
  size_t field_count() const;                   // the highest field number present
  std::string_view Field(size_t number) const;  // raw bytes, all repetitions; empty if cut off

 private:
  friend class Message;
  Segment(const Message* message, size_t index) : message_(message), index_(index) {}
  const Message* message_;
  size_t index_;
};

// Segments [first, last): a group such as one OBR with its OBX, or the whole message.
struct SegmentRange {
  size_t first = 0;
  size_t last = static_cast<size_t>(-1);
};

struct Warning {
  size_t segment = 0;  // index in the message
  std::string text;    // never content
};

class Message {
 public:
  static constexpr size_t kMaxBytes = size_t{1} << 30;  // places are kept as 32-bit numbers
  // A message of empty lines or of field separators only costs memory, so both are bounded.
  static constexpr size_t kMaxSegments = 200'000;
  static constexpr size_t kMaxFields = 4'000'000;
  static constexpr size_t kMaxWarnings = 50;

  // raw: undecoded bytes of one message, without frame bytes. kInvalid if it cannot be read at
  // all (nothing there, no MSH, unusable separators, XML, several messages, undecodable); code
  // then tells why in table 0357. The caller keeps its own copy of bytes that may be refused.
  static Result<Message> Parse(std::string raw, const CharsetPolicy& policy,
                               ErrorCode* code = nullptr);

  const std::string& raw() const { return raw_; }
  const Delimiters& delimiters() const { return delimiters_; }
  const CharsetDecision& charset() const { return charset_; }
  const std::vector<Warning>& warnings() const { return warnings_; }
  Header header() const;  // as ReadHeader finds it, from the places known already

  size_t segment_count() const { return segments_.size(); }
  Segment segment(size_t index) const { return Segment(this, index); }  // index < segment_count()
  std::optional<Segment> Find(std::string_view id, size_t occurrence = 1,
                              SegmentRange range = SegmentRange()) const;
  size_t Count(std::string_view id, SegmentRange range = SegmentRange()) const;
  // The indexes of the segments of this name, in order: looked up, not searched for.
  const std::vector<uint32_t>& Places(std::string_view id) const;
  // How many fields were read so far: what reading costs, for tests.
  uint64_t reads() const { return reads_; }

  // The text at a place. Without a component the first is meant, without a subcomponent the first.
  // A selector with [*] gives its first occurrence or repetition here.
  Value Get(const Selector& selector, SegmentRange range = SegmentRange()) const;
  Result<Value> Get(std::string_view path) const;  // kInvalid: the path is no selector

  // All places a selector with [*] names, in order. Repetitions keep their place: an absent
  // one is in the list, so that PID-3[*].1 and PID-3[*].5 go together.
  std::vector<Value> GetAll(const Selector& selector, SegmentRange range = SegmentRange()) const;

  // Raw bytes at the level the selector names: the whole repetition if no component is named.
  std::string_view Raw(const Selector& selector, SegmentRange range = SegmentRange()) const;

  // A raw piece of this message as a value.
  Value Decode(std::string_view raw_value) const;

 private:
  friend class Segment;
  struct SegmentPlace {
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t first_field = 0;  // into field_starts_
    uint32_t field_count = 0;  // pieces, the segment name among them
    bool named = false;
  };

  Message() = default;
  bool CutSegments(size_t begin);
  void AddSegment(size_t begin, size_t end);
  size_t HeaderLines() const;
  void Warn(size_t segment, std::string text);
  std::string_view Piece(const SegmentPlace& place, size_t index) const;
  std::string_view FieldOf(size_t segment_index, size_t number) const;
  Value GetIn(std::string_view repetition, const Selector& selector) const;

  std::string raw_;
  Delimiters delimiters_;
  CharsetDecision charset_;
  std::vector<SegmentPlace> segments_;
  std::map<std::string, std::vector<uint32_t>, std::less<>> places_;  // by segment name
  mutable uint64_t reads_ = 0;
  std::vector<uint32_t> field_starts_;
  std::vector<Warning> warnings_;
};

}  // namespace sam::hl7
