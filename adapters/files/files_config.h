// [files] of adapter.toml: which folder is watched, which of its files are taken and when, and
// what they look like. Commented example: deploy/config/demo/adapter-dental.toml. Const after
// reading.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/csv/csv_decoder.h"
#include "adapters/files/keep_config.h"
#include "adapters/kit/source_kind.h"
#include "adapters/xml/xml_decoder.h"
#include "broker/config/toml.h"

namespace sam::files {

struct FilesConfig : kit::ConnectorSettings, KeepConfig, csv::CarriesCsv, xml::CarriesXml {
  std::string folder;
  std::vector<std::string> baseline;  // of these the events raise no prompts
  bool companion_only = false;  // ... only when its .done or .sem is there, which always counts
  int rescan_s = 60;            // folders of other machines tell nothing of what comes
  size_t group_rows = 500;
  uint64_t max_file_bytes = uint64_t{256} << 20;
  int max_bad_percent = 10;  // more, and the file is stopped
};

// Findings go to the section. Also reads its tables [files.csv] and [files.xml].
void ReadFiles(config::Table& section, const std::string& folder, FilesConfig& out);

}  // namespace sam::files
