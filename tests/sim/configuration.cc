#include "tests/sim/configuration.h"

#include <capnp/message.h>

#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "broker/base/check.h"
#include "broker/dispatch/settings.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam::sim {
namespace {

std::string TextOf(const std::string& name) {
  std::ifstream in(std::string(SAM_SIM_CONFIG) + "/" + name, std::ios::binary);
  SAM_CHECK(in.good());
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const std::vector<std::pair<std::string, std::string>>& Texts() {
  static const std::vector<std::pair<std::string, std::string>> texts = {
      {"directory.toml", TextOf("directory.toml")},
      {"agreements.toml", TextOf("agreements.toml")},
      {"programmes.toml", TextOf("programmes.toml")},
      {"rules.toml", TextOf("rules.toml")},
      {"hub.toml", dispatch::JournaledHubToml(true)}};
  return texts;
}

// Every other version gives the home visit of month eight more time, so that timers of children who
// are listed already move.
std::string Changed(std::string text, int version) {
  const std::string usual = "overdue_days = 305";
  const size_t at = text.find(usual);
  return version % 2 == 0 && at != std::string::npos
             ? text.replace(at, usual.size(), "overdue_days = 320")
             : text;
}

}  // namespace

std::string ConfigVersion(int version) { return "sim-" + std::to_string(version); }

const routing::Directory& DemoDirectory() {
  static const routing::Directory directory = [] {
    auto parsed = routing::ParseDirectory(TextOf("directory.toml"), "directory.toml");
    SAM_CHECK(parsed.ok());
    return std::move(parsed).value();
  }();
  return directory;
}

std::string ConfigRecord(int version) {
  capnp::MallocMessageBuilder message;
  auto record = message.initRoot<schema::ConfigLoaded>();
  record.setVersion(ConfigVersion(version));
  auto files = record.initFiles(static_cast<unsigned>(Texts().size()));
  for (unsigned i = 0; i < files.size(); ++i) {
    const auto& [name, text] = Texts()[i];
    files[i].setName(name);
    files[i].setText(Changed(text, version) + "# version " + std::to_string(version) + "\n");
  }
  return wire::Flatten(message);
}

}  // namespace sam::sim
