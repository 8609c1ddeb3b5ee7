// A child's numbers as an inbox tells children apart: what groups reports about one child, and what is erased with one.
// Pure, any thread.
#pragma once

#include <set>
#include <string>

#include "schemas/common.capnp.h"

namespace sam::inbox {

// System and number in texts that sort: the personal number first, which names the child. Who got another number
// meanwhile is told with both. A system that is written in several ways (OID, URI) is one.
using ChildNumbers = std::set<std::string>;

// What is no number of a person is left out: strangers share it.
ChildNumbers NumbersIn(schema::Subject::Reader subject);

}  // namespace sam::inbox
