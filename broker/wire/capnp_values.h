// Small values in and out of a message: ids and texts. Any thread, pure.
#pragma once

#include <string>
#include <vector>

#include "broker/wire/codec.h"

namespace sam::wire {

// Empty when the bytes are none or of a wrong length: for rows of our own, whose ids are whole.
template <typename Id>
Id IdOf(capnp::Data::Reader data) {
  return Id::From(View(data)).value_or(Id{});
}

// The text must outlive the reader.
inline capnp::Text::Reader AsText(const std::string& text) { return {text.c_str(), text.size()}; }

using TextList = capnp::List<capnp::Text>;
inline void SetTexts(TextList::Builder out, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < out.size(); ++i) out.set(i, AsText(texts[i]));
}
inline std::vector<std::string> TextsOf(TextList::Reader in) {
  std::vector<std::string> out;
  for (const auto one : in) out.emplace_back(View(one));
  return out;
}

}  // namespace sam::wire
