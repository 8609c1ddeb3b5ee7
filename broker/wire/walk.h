// Walk: the whole of a message from outside looked at once by its schema. Every known pointer must be of
// its type, every Text valid UTF-8 without control characters and of bounded size. Any thread; a plan of
// each struct type is made from the schema once a thread, since asking the schema about every field of
// every message cost more than all else here.
#pragma once

#include <capnp/any.h>
#include <capnp/schema.h>

#include <string>

namespace sam::wire {

// What a walk refused: the field's path and the rule in words; never the content.
struct WalkRefusal {
  std::string path;  // "body.reportSigned.text"
  const char* what = nullptr;
};

// True: nothing to refuse. Throws what Cap'n Proto throws where a pointer is not of its type, so only
// codec.cc calls it, inside its guard.
bool Walk(capnp::AnyStruct::Reader root, capnp::StructSchema schema, size_t max_text_bytes, WalkRefusal& refusal);

}  // namespace sam::wire
