// `map check`: everything that is wrong with a configuration and its mapping at once, each with
// file, line, column, what was expected and the nearest name. Pure but for the files it reads.
#pragma once

#include <string>
#include <vector>

#include "adapters/kit/source_kind.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::maptool {

struct Finding {
  std::string file;
  int line = 0;  // 0: of the file as a whole
  int column = 0;
  std::string what;
  std::string nearest;  // the name that was surely meant; empty: none is near
  bool hint = false;    // right in form: told, and no reason to refuse the file
};

struct CheckReport {
  std::string mapping;  // "id version"; empty: it could not be loaded
  size_t rules = 0;
  std::string digest;             // hex
  std::vector<Finding> findings;  // by file, line, column

  bool ok() const;
};

// `path`: a mapping, or an adapter.toml that names one (then both are checked). kNotFound: no such
// file.
Result<CheckReport> Check(const std::string& path, const kit::SourceKinds& kinds,
                          const Clock& clock);

std::string TextOf(const CheckReport& report);
std::string JsonOf(const CheckReport& report);

// One line "file:line:column: what"; `fallback` is the file of a line that names none.
Finding ParseFinding(const std::string& line, const std::string& fallback);

}  // namespace sam::maptool
