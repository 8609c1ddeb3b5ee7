#include "broker/wire/codec.h"

#include <capnp/dynamic.h>
#include <kj/exception.h>

#include <cstdio>
#include <exception>
#include <unordered_map>
#include <vector>

#include "broker/base/text.h"

// The one file of this folder with `catch`: Cap'n Proto can not be told not to throw.
namespace sam::wire {
namespace {

// The pointer fields of a struct outside its union, read from the schema once a thread: most fields
// of an event are numbers, and asking the schema about each of them cost more than all else here.
struct PointerField {
  capnp::StructSchema::Field field;
  capnp::Type type;
};

bool IsPointer(capnp::Type type) {
  switch (type.which()) {
    case capnp::schema::Type::TEXT:
    case capnp::schema::Type::DATA:
    case capnp::schema::Type::LIST: return true;
    case capnp::schema::Type::STRUCT: return true;  // also groups
    default: return false;
  }
}

// Compiled-in schemas only, so the number of entries is that of our struct types.
const std::vector<PointerField>& PointersOf(capnp::StructSchema schema) {
  thread_local std::unordered_map<uint64_t, std::vector<PointerField>> known;
  const auto [at, fresh] = known.try_emplace(schema.getProto().getId());
  if (fresh)
    for (const auto field : schema.getNonUnionFields())
      if (const capnp::Type type = field.getType(); IsPointer(type))
        at->second.push_back({field, type});
  return at->second;
}

// Visits every known pointer of a message. Type mismatches throw (and are caught by Guard); texts
// are judged here. An error names the field, never its content.
class Walker {
 public:
  explicit Walker(size_t max_text_bytes) : max_text_(max_text_bytes) {}

  bool Struct(capnp::DynamicStruct::Reader reader, int depth) {
    if (depth > kNestingLimit) return Fail("is nested too deep");
    const capnp::StructSchema schema = reader.getSchema();
    for (const PointerField& pointer : PointersOf(schema))
      if (!Field(reader, pointer.field, pointer.type, depth)) return false;
    // Of a struct without a union there is nothing to ask.
    if (schema.getProto().getStruct().getDiscriminantCount() == 0) return true;
    KJ_IF_MAYBE(active, reader.which()) {
      const capnp::Type type = active->getType();
      if (IsPointer(type) && !Field(reader, *active, type, depth)) return false;
    }
    return true;
  }

  const std::string& path() const { return path_; }  // of what Struct refused
  const char* what() const { return what_; }

 private:
  bool Field(capnp::DynamicStruct::Reader reader, capnp::StructSchema::Field field,
             capnp::Type type, int depth) {
    if (!reader.has(field)) return true;
    if (Value(reader.get(field), type, depth)) return true;
    // On the way out each level puts its name in front.
    path_ = std::string(field.getProto().getName().cStr()) + (path_.empty() ? "" : "." + path_);
    return false;
  }

  bool Value(const capnp::DynamicValue::Reader& value, capnp::Type type, int depth) {
    switch (type.which()) {
      case capnp::schema::Type::TEXT:
        return Text(value.as<capnp::Text>());
      case capnp::schema::Type::STRUCT:
        return Struct(value.as<capnp::DynamicStruct>(), depth + 1);
      case capnp::schema::Type::LIST:
        return List(value.as<capnp::DynamicList>(), depth);
      default:
        return true;  // Data was bounds-checked by reading it
    }
  }

  bool List(capnp::DynamicList::Reader list, int depth) {
    const capnp::Type element = list.getSchema().getElementType();
    switch (element.which()) {
      case capnp::schema::Type::TEXT:
      case capnp::schema::Type::DATA:
      case capnp::schema::Type::LIST:
      case capnp::schema::Type::STRUCT:
        for (auto value : list)
          if (!Value(value, element, depth + 1)) return false;
        return true;
      default:
        return true;
    }
  }

  bool Text(capnp::Text::Reader text) {
    if (text.size() > max_text_) return Fail("is too long");
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const bool control = byte < 0x20 && c != '\n' && c != '\r' && c != '\t';
      if (control || byte == 0x7f) return Fail("holds a control character");
    }
    if (!IsValidUtf8(View(text))) return Fail("is not UTF-8");
    return true;
  }

  bool Fail(const char* what) {
    what_ = what;
    return false;
  }

  size_t max_text_;
  const char* what_ = "";
  std::string path_;
};

Status CheckAll(capnp::DynamicStruct::Reader root, const ReadRules& rules) {
  Walker walker(rules.max_text_bytes);
  if (walker.Struct(root, 0)) return Ok();
  if (rules.bad_field != nullptr) *rules.bad_field = walker.path();
  return Invalid(walker.path() + " " + walker.what());
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
      verdict = CheckAll(limited.getRoot<capnp::DynamicStruct>(schema), rules);
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
    verdict = CheckAll(builder.getRoot<capnp::DynamicStruct>(schema).asReader(), rules);
  }));
  return verdict;
}

}  // namespace sam::wire
