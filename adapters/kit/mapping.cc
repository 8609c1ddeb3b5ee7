#include "adapters/kit/mapping.h"

#include <algorithm>
#include <utility>

#include "adapters/kit/dynamic.h"
#include "adapters/kit/mapping_loader.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/whole_file.h"
#include "broker/config/toml.h"
#include "broker/crypto/digest.h"

namespace sam::kit {
namespace {

Digest DigestOf(const std::string& text,
                const std::vector<std::pair<std::string, std::string>>& tables) {
  std::string all = std::to_string(text.size()) + ":" + text;
  for (const auto& [name, bytes] : tables)
    all += std::to_string(name.size()) + ":" + name + std::to_string(bytes.size()) + ":" + bytes;
  return Sha256({all});
}

}  // namespace

Result<std::unique_ptr<Mapping>> Mapping::Load(const std::string& path, const SourceKinds& kinds) {
  SAM_ASSIGN(const std::string text, ReadWholeFile(path));
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return Parse(text, path, [folder](const std::string& name) { return ReadWholeFile(folder + name); },
               kinds);
}

Result<std::unique_ptr<Mapping>> Mapping::Parse(const std::string& text, const std::string& file,
                                                const ReadFile& read, const SourceKinds& kinds) {
  SAM_ASSIGN(config::Document document, config::Document::Parse(text, file));
  std::unique_ptr<Mapping> out(new Mapping());
  const size_t slash = file.rfind('/');
  MappingLoader loader(*out, slash == std::string::npos ? "" : file.substr(0, slash + 1), read,
                       kinds);
  SAM_TRY(Guarded("reading the mapping " + file, Code::kInvalid, [&]() -> Status {
    loader.Read(document.Root());
    return Ok();
  }));
  SAM_TRY(loader.Done(document));
  out->digest_ = DigestOf(text, loader.table_texts());
  for (const auto& [name, bytes] : loader.table_texts())
    out->versions_.push_back({name, out->tables_.find(name)->second.version(), Sha256({bytes})});
  return out;
}

bool Mapping::Wants(const std::string& trigger) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const EventRule& rule) {
    return std::find(rule.when.begin(), rule.when.end(), trigger) != rule.when.end();
  });
}

}  // namespace sam::kit
