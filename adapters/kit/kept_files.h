// KeptFiles: what a connector keeps in files of its own, as the commands see it: listed, opened for a
// person, reached by an erasure. Made by the connector's kind (source_kind.h), whether an adapter
// runs or a tool has opened the store. One thread, the store's writer, between groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kit/words.h"
#include "broker/base/number.h"
#include "broker/base/result.h"
#include "broker/base/text.h"

namespace sam::kit {

class KeptFiles {
 public:
  virtual ~KeptFiles() = default;
  // file list [json] [reveal REASON] [from=N] (a page) | file show N-OR-ID REASON [from=PART]
  // kInvalid: not a command; kNotFound; kDenied: no reason.
  virtual Result<std::string> Run(const Words& words, const std::string& operator_name) = 0;
  // Removes each file that mentions the person, by its content or its name, or that a kept message
  // of that person names: before those are erased. How many; counts only when `dry_run`.
  virtual Result<uint64_t> Erase(const std::vector<std::string>& forms, bool dry_run) = 0;
};

// What `file show` says: a part of the file, and where to go on.
struct FilePart {
  uint64_t next = 0;  // 0: that was all
  std::string id;     // the same file, whatever its name is by now
  std::string bytes;

  std::string Text() const {
    return std::to_string(next) + " " + id + "\n" + ToBase64(bytes);
  }
  static Result<FilePart> Parse(std::string_view text) {
    const size_t line = text.find('\n');
    const size_t space = text.find(' ');
    if (line == std::string_view::npos || space == std::string_view::npos || space > line)
      return Corrupt("a part of a file is damaged");
    const std::optional<uint64_t> next = ReadNumber(text.substr(0, space));
    std::optional<std::string> bytes = FromBase64(text.substr(line + 1));
    if (!next || !bytes) return Corrupt("a part of a file is damaged");
    return FilePart{*next, std::string(text.substr(space + 1, line - space - 1)),
                    std::move(*bytes)};
  }
};

}  // namespace sam::kit
