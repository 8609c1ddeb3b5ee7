// Cutter: how a file of one format is judged as a whole and then cut into messages, in two walks:
// Look at all bytes and Judge; then, from the place reached, Feed and Next. Nothing of a file is
// worked on before all of it was looked at, so that a file cut short tells nothing.
// One thread; owned by the run. The format's own memory limit holds (see MakeCutter).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/files/files_config.h"

namespace sam::files {

struct Judged {
  std::string refusal;       // a code; empty: to be worked on
  std::string detail;        // no content; without a refusal: what its receipt says all the same
  uint64_t start_at = 0;     // where the second walk begins: this byte ...
  uint64_t start_place = 1;  // ... has this place
};

struct Piece {
  std::string bytes;   // one message
  uint64_t place = 0;  // the line of a row, the number of a record or message
  uint64_t end = 0;    // where to go on: this byte ...
  uint64_t next = 0;   // ... has this place
};

class Cutter {
 public:
  virtual ~Cutter() = default;
  virtual void Look(std::string_view bytes) = 0;
  virtual Judged Judge() = 0;
  virtual void StartAt(uint64_t offset, uint64_t place) = 0;
  virtual void Feed(std::string_view bytes) = 0;
  virtual void Finish() = 0;
  virtual std::optional<Piece> Next() = 0;
  virtual const char* unit() const = 0;  // "line", "record", "message"
};

// csv, xml: a row or record at a time is in memory. hl7v2: the whole file is, so max_file_bytes is the limit.
std::unique_ptr<Cutter> MakeCutter(const std::string& format, const FilesConfig& config,
                                   const std::string& name, bool baseline);

}  // namespace sam::files
