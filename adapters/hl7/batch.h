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
  std::string batch_id;    // BHS-11, or BHS-9; empty without BHS. Raw bytes
};

struct Batch {
  std::vector<BatchMessage> messages;
  std::string file_id;                // FHS-11, or FHS-9
  size_t batches = 0;                 // with a BHS, or implied
  std::vector<std::string> problems;  // count mismatches, missing trailers, stray lines; no content
};

// True if bytes begin with FHS or BHS or hold more than one MSH: to be split before parsing.
bool LooksLikeBatch(std::string_view bytes);

// kInvalid: not one message and no batch header in it; the text says what was found instead.
Result<Batch> SplitBatch(std::string_view bytes);

}  // namespace sam::hl7
