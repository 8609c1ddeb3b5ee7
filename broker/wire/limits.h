// The sizes that both ends of a connection agree on. Any thread, constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sam::wire {

// One ZeroMQ message. libzmq closes the connection of whoever sends more, before it is read; a
// sender checks first. Four batches, so that a batch with its framing always fits.
inline constexpr size_t kMaxFrameBytes = size_t{1024} * 1024;
// Records in one Publish or Deliver: small enough that one lost frame costs little to send again.
inline constexpr size_t kMaxBatchBytes = size_t{256} * 1024;
// One event. Attachments travel apart, in parts that fit one with their header; nothing else honest
// comes near this.
inline constexpr size_t kMaxEventBytes = size_t{128} * 1024;
// The bytes of one part: a whole number of words, and of groups of base64. 8 KiB are the header's.
inline constexpr size_t kMaxPartBytes = size_t{120} * 1024;
// One attachment ("documents of 40 MB occur"), and how many of them one report may bring.
inline constexpr uint64_t kMaxAttachmentBytes = uint64_t{40} * 1024 * 1024;
inline constexpr uint16_t kMaxAttachments = 10;
// Three times what parts of full size need: a source may cut smaller ones.
inline constexpr uint16_t kMaxParts = 1024;
// One text field: four times the longest report text seen.
inline constexpr size_t kMaxTextBytes = size_t{64} * 1024;
// One code, number of a booking or other reference, and one list of them: what is kept about a child is
// made of these (rules/subject_state.h). The longest seen in real systems has 64 bytes.
inline constexpr size_t kMaxCodeBytes = 256;
inline constexpr size_t kMaxCodeEntries = 64;
// Words a reader may touch, per word of message: the validating walk takes two.
inline constexpr uint64_t kTraversalFactor = 8;
inline constexpr uint64_t kTraversalMinWords = 1024;
// The deepest message of ours is seven levels; the default of 64 only serves attackers.
inline constexpr int kNestingLimit = 24;
// Messages queued per connection by libzmq: twice the largest window, a backstop only.
inline constexpr int kHighWaterMark = 2000;
// Unanswered records per source: below half the high-water mark, or acks and publishes could
// block each other.
inline constexpr uint32_t kWindowMessages = 512;
inline constexpr uint64_t kWindowBytes = uint64_t{1024} * 1024;

// The highest number of an outbox: a million a second for longer than there are computers.
inline constexpr uint64_t kMaxSequence = uint64_t{1} << 62;

inline constexpr uint16_t kProtocolVersion = 1;
// The newest schema this build can read and store whole.
inline constexpr uint16_t kSchemaVersion = 1;
inline constexpr int64_t kHeartbeatMicros = 10'000'000;
// Nothing heard for three heartbeats: the conversation is over.
inline constexpr int64_t kLeaseMicros = 3 * kHeartbeatMicros;

}  // namespace sam::wire
