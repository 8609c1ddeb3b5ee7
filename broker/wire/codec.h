// Codec: bytes <-> Cap'n Proto messages, without exceptions for the callers and without trust in
// the bytes. Any thread; pure functions and self-contained values.
//
// Parse<T>   bytes from outside. The whole message is walked once by schema: every known field must
//            be of its type, every Text valid UTF-8 without control characters and of bounded size.
//            After that no read of it can throw, so the Message may be kept and read anywhere.
// Read<T>    as Parse, then calls `read(reader)` with exceptions caught; for short work.
// ReadOwn<T> bytes we wrote ourselves (store, journal): no walk, reads inside `read` only.
// Flatten    a built message as one flat string, ready for a socket or a row.
// Pack       the same with Cap'n Proto's packing (zero bytes left out), for small rows kept in great
//            number; Unpack gives what Flatten would have given.
// Unknown fields and union members of newer schemas pass through untouched.
#pragma once

#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "broker/base/result.h"
#include "broker/wire/aligned_bytes.h"
#include "broker/wire/limits.h"
#include "schemas/event.capnp.h"

namespace sam::wire {

struct ReadRules {
  size_t max_bytes = kMaxFrameBytes;
  size_t max_text_bytes = kMaxTextBytes;
  // Set on refusal to the path of the text that breaks a rule ("body.reportSigned.text"); left alone
  // when the message as a whole is not sound.
  std::string* bad_field = nullptr;
};
// For rows of our own store: configuration texts are the largest.
inline constexpr size_t kMaxOwnBytes = size_t{64} * 1024 * 1024;

// Words and reader; what Message<T> stands on. Not movable by itself: the reader points into it.
class MessageBox {
 public:
  MessageBox(AlignedBytes bytes, capnp::ReaderOptions options)
      : bytes_(std::move(bytes)), reader_(bytes_.words(), options) {}
  capnp::FlatArrayMessageReader& reader() { return reader_; }
  const AlignedBytes& bytes() const { return bytes_; }

 private:
  AlignedBytes bytes_;
  capnp::FlatArrayMessageReader reader_;
};

namespace internal {
// The exception boundary: runs call(context), turns what Cap'n Proto throws into kInvalid.
Status Guard(void (*call)(void*), void* context);
template <typename F>
Status Guarded(F&& f) {
  using Callable = std::remove_reference_t<F>;
  return Guard([](void* context) { (*static_cast<Callable*>(context))(); }, &f);
}
Result<std::unique_ptr<MessageBox>> OpenChecked(std::string_view bytes, capnp::StructSchema schema,
                                                const ReadRules& rules);
Result<std::unique_ptr<MessageBox>> OpenOwn(std::string_view bytes, size_t max_bytes);
}  // namespace internal

// A checked message that owns its bytes. Movable; get() is cheap and never throws.
template <typename T>
class Message {
 public:
  explicit Message(std::unique_ptr<MessageBox> box) : box_(std::move(box)) {}
  typename T::Reader get() const { return box_->reader().getRoot<T>(); }

 private:
  std::unique_ptr<MessageBox> box_;
};

// kInvalid: not a sound message of this type; the text names the field, never its content.
template <typename T>
Result<Message<T>> Parse(std::string_view bytes, const ReadRules& rules = {}) {
  SAM_ASSIGN(auto box, internal::OpenChecked(bytes, capnp::Schema::from<T>(), rules));
  return Message<T>(std::move(box));
}

// `read` takes T::Reader and returns Result<R>; its error, or kInvalid when the bytes are not
// sound.
template <typename T, typename F>
auto Read(std::string_view bytes, F&& read, const ReadRules& rules = {})
    -> std::invoke_result_t<F, typename T::Reader> {
  using R = std::invoke_result_t<F, typename T::Reader>;
  SAM_ASSIGN(auto box, internal::OpenChecked(bytes, capnp::Schema::from<T>(), rules));
  std::optional<R> result;
  SAM_TRY(internal::Guarded([&] { result.emplace(read(box->reader().template getRoot<T>())); }));
  return std::move(*result);
}

template <typename T, typename F>
auto ReadOwn(std::string_view bytes, F&& read, size_t max_bytes = kMaxOwnBytes)
    -> std::invoke_result_t<F, typename T::Reader> {
  using R = std::invoke_result_t<F, typename T::Reader>;
  SAM_ASSIGN(auto box, internal::OpenOwn(bytes, max_bytes));
  std::optional<R> result;
  SAM_TRY(internal::Guarded([&] { result.emplace(read(box->reader().template getRoot<T>())); }));
  return std::move(*result);
}

// Segment table and segments, little-endian, whole words.
std::string Flatten(capnp::MessageBuilder& builder);
std::string Pack(capnp::MessageBuilder& builder);
// kInvalid: not packed bytes, or more than `max_bytes` when unpacked (asked before anything is allocated).
Result<std::string> Unpack(std::string_view packed, size_t max_bytes = kMaxOwnBytes);

// Reads of Data and Text as plain bytes.
inline std::string_view View(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}
inline std::string_view View(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
inline capnp::Data::Reader AsData(std::string_view bytes) {
  return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()};
}

// The bytes that the content digest covers: the Event canonicalized, with eventId, recordedAt,
// provenance and traceparent cleared, so that the same message mapped again has the same digest.
// A source that sends newer fields than this build knows still gets a digest over all of them.
Result<std::string> CanonicalEvent(std::string_view event_bytes,
                                   size_t max_bytes = kMaxEventBytes);
Result<std::string> CanonicalEvent(schema::Event::Reader event);

// The schema walk by itself, for a message that was built here (tools, mapping checks).
Status ValidateTexts(capnp::MessageBuilder& builder, capnp::StructSchema schema,
                     size_t max_text_bytes = kMaxTextBytes);

}  // namespace sam::wire
