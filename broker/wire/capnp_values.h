// Small values in and out of a message: ids and texts. Any thread, pure.
#pragma once

#include <string>

#include "broker/wire/codec.h"

namespace sam::wire {

// Empty when the bytes are none or of a wrong length: for rows of our own, whose ids are whole.
template <typename Id>
Id IdOf(capnp::Data::Reader data) {
  return Id::From(View(data)).value_or(Id{});
}

// The text must outlive the reader.
inline capnp::Text::Reader AsText(const std::string& text) { return {text.c_str(), text.size()}; }

}  // namespace sam::wire
