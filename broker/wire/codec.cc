#include "broker/wire/codec.h"

#include <capnp/any.h>
#include <capnp/serialize-packed.h>
#include <kj/exception.h>
#include <kj/io.h>

#include <cstdio>
#include <exception>

#include "broker/wire/walk.h"

// The one file of this folder with `catch`: Cap'n Proto can not be told not to throw.
namespace sam::wire {
namespace {

Status CheckAll(capnp::AnyStruct::Reader root, capnp::StructSchema schema, const ReadRules& rules) {
  WalkRefusal refusal;
  if (Walk(root, schema, rules.max_text_bytes, refusal)) return Ok();
  if (rules.bad_field != nullptr) *rules.bad_field = refusal.path;
  return Invalid(refusal.path + " " + refusal.what);
}

}  // namespace

namespace internal {

Status Guard(void (*call)(void*), void* context) {
  try {
    call(context);
    return Ok();
  } catch (const kj::Exception& e) {
    // The description can quote values, so only the place of the failed check is told.
    const char* file = e.getFile();
    for (const char* p = file; *p != '\0'; ++p)
      if (*p == '/') file = p + 1;
    char text[120];
    std::snprintf(text, sizeof text, "message is not sound (%s:%d)", file, e.getLine());
    return Invalid(text);
  } catch (const std::exception&) {
    return Exhausted("no memory to read a message");
  }
}

Result<std::unique_ptr<MessageBox>> OpenChecked(std::string_view bytes, capnp::StructSchema schema,
                                                const ReadRules& rules) {
  SAM_ASSIGN(AlignedBytes aligned, AlignedBytes::Copy(bytes, rules.max_bytes));
  Status verdict = Ok();
  std::unique_ptr<MessageBox> box;
  SAM_TRY(Guarded([&] {
    {
      capnp::FlatArrayMessageReader limited(aligned.words(), aligned.Limits());
      // Everything the message points to, known to our schema or not, lies inside it.
      (void)limited.getRoot<capnp::AnyPointer>().targetSize();
      verdict = CheckAll(limited.getRoot<capnp::AnyStruct>(), schema, rules);
    }
    // The walk has shown that one full reading stays within the limit, so later readings, each
    // of which would count again, need none.
    capnp::ReaderOptions open;
    open.traversalLimitInWords = UINT64_MAX;
    open.nestingLimit = kNestingLimit;
    box = std::make_unique<MessageBox>(std::move(aligned), open);
  }));
  if (!verdict.ok()) return verdict.error();
  return box;
}

Result<std::unique_ptr<MessageBox>> OpenOwn(std::string_view bytes, size_t max_bytes) {
  SAM_ASSIGN(AlignedBytes aligned, AlignedBytes::Copy(bytes, max_bytes));
  std::unique_ptr<MessageBox> box;
  const capnp::ReaderOptions limits = aligned.Limits();
  SAM_TRY(Guarded([&] { box = std::make_unique<MessageBox>(std::move(aligned), limits); }));
  return box;
}

}  // namespace internal

std::string Flatten(capnp::MessageBuilder& builder) {
  const auto segments = builder.getSegmentsForOutput();
  const size_t table_words = segments.size() / 2 + 1;
  size_t words = table_words;
  for (const auto& segment : segments) words += segment.size();
  std::string out;
  out.reserve(words * sizeof(capnp::word));
  const auto put32 = [&out](uint64_t value) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  };
  put32(segments.size() - 1);
  for (const auto& segment : segments) put32(segment.size());
  out.resize(table_words * sizeof(capnp::word), '\0');
  for (const auto& segment : segments) {
    const auto bytes = segment.asBytes();
    out.append(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  }
  return out;
}

std::string Pack(capnp::MessageBuilder& builder) {
  kj::VectorOutputStream out(512);
  capnp::writePackedMessage(out, builder);
  const auto bytes = out.getArray();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

Result<std::string> Unpack(std::string_view packed, size_t max_bytes) {
  std::string out;
  bool fits = false;
  SAM_TRY(internal::Guarded([&] {
    const auto bytes = AsData(packed);
    const size_t words = capnp::computeUnpackedSizeInWords(bytes);
    fits = words <= max_bytes / sizeof(capnp::word);
    if (!fits) return;
    out.resize(words * sizeof(capnp::word));
    kj::ArrayInputStream in(bytes);
    capnp::_::PackedInputStream(in).read(out.data(), out.size());
  }));
  if (!fits) return Invalid("a packed message is larger than " + std::to_string(max_bytes) + " bytes");
  return out;
}

Result<std::string> CanonicalEvent(schema::Event::Reader event) {
  std::string out;
  SAM_TRY(internal::Guarded([&] {
    capnp::MallocMessageBuilder copy;
    copy.setRoot(event);  // whole structs, so fields of newer schemas are kept
    auto header = copy.getRoot<schema::Event>().getHeader();
    if (header.hasEventId()) (void)header.disownEventId();
    if (header.hasProvenance()) (void)header.disownProvenance();
    if (header.hasTraceparent()) (void)header.disownTraceparent();
    header.setRecordedAt(0);
    const auto words = capnp::canonicalize(copy.getRoot<schema::Event>().asReader());
    const auto bytes = words.asBytes();
    out.assign(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  }));
  return out;
}

Result<std::string> CanonicalEvent(std::string_view event_bytes, size_t max_bytes) {
  ReadRules rules;
  rules.max_bytes = max_bytes;
  SAM_ASSIGN(const auto message, Parse<schema::Event>(event_bytes, rules));
  return CanonicalEvent(message.get());
}

Status ValidateTexts(capnp::MessageBuilder& builder, capnp::StructSchema schema,
                     size_t max_text_bytes) {
  Status verdict = Ok();
  ReadRules rules;
  rules.max_text_bytes = max_text_bytes;
  SAM_TRY(internal::Guarded([&] {
    verdict = CheckAll(builder.getRoot<capnp::AnyStruct>().asReader(), schema, rules);
  }));
  return verdict;
}

}  // namespace sam::wire
