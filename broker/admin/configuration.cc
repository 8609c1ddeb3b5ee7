#include "broker/admin/configuration.h"

#include <capnp/message.h>

#include <vector>

#include "broker/base/text.h"
#include "broker/base/whole_file.h"
#include "broker/crypto/digest.h"
#include "broker/dispatch/settings.h"
#include "broker/routing/agreements.h"
#include "broker/rules/programmes.h"
#include "broker/rules/rule_set.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam::admin {
namespace {

// The names under which dispatch finds the texts in the record.
struct Named {
  const char* name;
  std::string text;
};

Result<std::string> ReadText(const std::string& path) {
  Result<std::string> text = ReadWholeFile(path);
  if (text.ok()) return text;
  return Error{text.error().code, text.error().message + "; it is named in hub.toml under [files]"};
}

// All findings of all files, so that one round of mending is enough.
template <typename T>
void Note(const Result<T>& result, std::string& findings) {
  if (result.ok()) return;
  findings += (findings.empty() ? "" : "\n") + result.error().message;
}

Result<std::vector<Named>> ReadTexts(const config::HubConfig& config) {
  std::vector<Named> files;
  const config::HubFiles& paths = config.files;
  for (const auto& [name, path] : {std::pair{"directory.toml", &paths.directory},
                                   {"agreements.toml", &paths.agreements},
                                   {"programmes.toml", &paths.programmes},
                                   {"rules.toml", &paths.rules}}) {
    SAM_ASSIGN(std::string text, ReadText(*path));
    files.push_back({name, std::move(text)});
  }
  // Last but one, so that a hub without it has the files, and their order, of before.
  if (!paths.retention.empty()) {
    SAM_ASSIGN(std::string text, ReadText(paths.retention));
    files.push_back({"retention.toml", std::move(text)});
  }
  // The environment decides what "now" is, so it belongs to the version as well.
  files.push_back({"hub.toml", dispatch::JournaledHubToml(config.test())});
  return files;
}

std::string ShortDigest(std::string_view text) { return ToHex(Sha256({text}).view()).substr(0, 12); }

std::string VersionOf(const std::vector<Named>& files) {
  std::string all;
  for (const Named& file : files)
    all += BigEndian64(file.text.size()) + file.name + '\0' + file.text;
  return ShortDigest(all);
}

std::string Versions(const std::string& version, const std::string& peers) {
  return version + " peers " + peers;
}

std::string Record(const std::string& version, const std::vector<Named>& files) {
  capnp::MallocMessageBuilder message;
  auto record = message.initRoot<schema::ConfigLoaded>();
  record.setVersion(version.c_str());
  auto list = record.initFiles(static_cast<unsigned>(files.size()));
  for (unsigned i = 0; i < files.size(); ++i) {
    list[i].setName(files[i].name);
    list[i].setText(files[i].text.c_str());
  }
  return wire::Flatten(message);
}

}  // namespace

std::string VersionsOf(const Configuration& loaded) {
  return Versions(loaded.version, loaded.peers_version);
}

Result<std::string> VersionsOnDisk(const config::HubConfig& config) {
  SAM_ASSIGN(const std::vector<Named> files, ReadTexts(config));
  SAM_ASSIGN(const std::string peers, ReadText(config.files.peers));
  return Versions(VersionOf(files), ShortDigest(peers));
}

Result<ConfigTexts> ReadConfigTexts(const config::HubConfig& config) {
  SAM_ASSIGN(std::vector<Named> files, ReadTexts(config));
  ConfigTexts texts;
  for (Named& file : files) texts[file.name] = std::move(file.text);
  return texts;
}

Result<Configuration> LoadConfiguration(const config::HubConfig& config) {
  const config::HubFiles& paths = config.files;
  SAM_ASSIGN(const std::vector<Named> files, ReadTexts(config));
  SAM_ASSIGN(const std::string peers_text, ReadText(paths.peers));

  std::string findings;
  auto directory = routing::ParseDirectory(files[0].text, paths.directory);
  Note(directory, findings);
  auto agreements = directory.ok() ? routing::ParseAgreements(files[1].text, paths.agreements, *directory)
                                   : Result<routing::Agreements>(routing::Agreements());
  Note(agreements, findings);
  Note(rules::ParseProgrammes(files[2].text, paths.programmes), findings);
  Note(rules::ParseRules(files[3].text, paths.rules), findings);
  if (!paths.retention.empty())
    Note(dispatch::ParseRetention(files[4].text, paths.retention), findings);
  auto peers = routing::ParsePeers(peers_text, paths.peers, directory.ok() ? &*directory : nullptr);
  Note(peers, findings);
  if (!findings.empty()) return Invalid(findings);

  Configuration out;
  out.version = VersionOf(files);
  out.peers_version = ShortDigest(peers_text);
  out.record = Record(out.version, files);
  // As dispatch will read it out of the log: a record that it refuses would stop the hub at every start.
  if (const auto settings = dispatch::ParseSettings(out.record); !settings.ok())
    return Invalid(settings.error().message + " (the files that hub.toml names under [files])");
  out.directory = std::move(*directory);
  out.agreements = std::move(*agreements);
  out.peers = std::move(*peers);
  return out;
}

}  // namespace sam::admin
