// Any bytes as a mapping file and, after a zero byte, as the code table it names: it is loaded or
// refused with places, whichever format it says it is for. A first byte below the number of formats stands
// for one of them, so that "format" need not be guessed; any other is the first of a whole file, as the
// shipped ones are that it begins with.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kit/code_table.h"
#include "adapters/kit/mapping.h"
#include "adapters/program/sources.h"
#include "broker/base/text.h"

namespace {

using namespace sam;

// `files`: those that a finding may be in, by the names the mapping gives them.
void MustExplain(const Error& error, const std::vector<std::string>& files) {
  if (error.code != Code::kInvalid && error.code != Code::kNotFound) std::abort();
  for (const std::string& file : files)
    if (error.message.find(file + ":") != std::string::npos) return;
  std::abort();  // says nowhere where
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  static const kit::SourceKinds kinds = program::Sources();
  const bool whole = data[0] >= kinds.formats.size();
  std::string text(reinterpret_cast<const char*>(data), size);
  if (!whole) text.erase(0, 1);
  std::string table = "# version: 1\ncode;value\nA;b\n";
  if (const size_t zero = text.find('\0'); zero != std::string::npos) {
    table = text.substr(zero + 1);
    text.resize(zero);
    const Result<kit::CodeTable> read = kit::CodeTable::Parse(table, "t.csv");
    if (!read.ok()) MustExplain(read.error(), {"t.csv"});
  }
  if (!whole)
    text.insert(0, "[mapping]\nid = \"m\"\nversion = \"1\"\nformat = \"" + kinds.formats[data[0]].name + "\"\n");
  std::vector<std::string> files = {"m.toml"};
  const auto read_table = [&](const std::string& name) -> Result<std::string> {
    files.push_back(name);
    return table;
  };
  const auto mapping = kit::Mapping::Parse(text, "m.toml", read_table, kinds);
  if (!mapping.ok()) {
    MustExplain(mapping.error(), files);
    return 0;
  }
  if ((*mapping)->rules().size() > kit::Mapping::kMaxRules) std::abort();
  for (const kit::EventRule& rule : (*mapping)->rules()) {
    if (rule.type == nullptr) std::abort();
    for (const std::string& trigger : rule.when)
      if (!(*mapping)->Wants(trigger)) std::abort();
  }
  return 0;
}
