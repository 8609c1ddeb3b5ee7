// Cuts a file or a frame that holds several messages: [FHS] { [BHS] { MSH.. } [BTS] } [FTS], or
// just one MSH after the other. Any thread, pure; views into the input, which must outlive them.
// Counts that do not match are reported, never a reason to drop messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::hl7 {

struct BatchMessage {
  std::string_view bytes;  // one message, with its segment ends
  size_t index = 0;        // from 0 over the whole input: where to resume after a crash
  size_t batch = 0;        // which batch of the input, from 0
};

struct Batch {
  std::vector<BatchMessage> messages;
  size_t batches = 0;                 // with a BHS, or implied
  std::vector<std::string> problems;  // count mismatches, missing trailers, stray lines; no content
  // The first of them that says that a part of the input is missing: no trailer, lines outside any
  // message. Empty: all that was sent is here, whatever its counts say.
  std::string cut;
};

// True if bytes begin with FHS or BHS or hold more than one MSH: to be split before parsing.
bool LooksLikeBatch(std::string_view bytes);

// Why a file that was cut so looks as if its end or beginning were missing: `cut`, or a last segment
// without an end where the others have one. Empty: it is whole.
std::string WhyCut(std::string_view bytes, const Batch& batch);

// kInvalid: not one message and no batch header in it; the text says what was found instead.
Result<Batch> SplitBatch(std::string_view bytes);

}  // namespace sam::hl7
