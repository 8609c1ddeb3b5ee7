// Codes in an event: are they and its references short enough to be kept about a child, and which says
// that a number is nobody's. Pure, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "schemas/event.capnp.h"

namespace sam::contract {

// Flag of an identifier that stood under a system of person numbers and is none. It is carried as it
// was written, and names nobody: strangers would share it.
inline constexpr const char* kNumberForm = "number-form";
bool NamesNobody(schema::Identifier::Reader id);

// The system of a number that its source gave without one: the source's own. Two sources give "1017" to
// two children.
std::string OwnSystem(std::string_view source_system_id);

struct CodeLimits {
  size_t bytes;    // of one text that is no free text
  size_t entries;  // of one list
};

// The path of the first text or list of the body, or of the header fields that rules keep, beyond its
// limit: "body.bvcVisitBooked.visitCode". "" when all are fine. Free text is not looked at; nor is a
// statutory report with what belongs to it, which is never refused for its content, nor a body newer
// than this schema.
std::string CodeTooLong(schema::Event::Reader event, const CodeLimits& limits);

}  // namespace sam::contract
