// The shipped mapping, schema and configuration for dental XML files: a night as XML says what the
// same night says as CSV.
#include <gmock/gmock.h>
#include <kj/string.h>

#include <algorithm>
#include <vector>

#include "broker/contract/required.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

using testing::HasSubstr;

std::string Source(const std::string& file) { return std::string(SAM_SOURCE) + "/" + file; }

// Body and subject of each event, without what differs by file and by chance.
std::vector<std::string> Told(const std::string& config_file, const std::string& sample) {
  auto config = kit::AdapterConfig::Load(Source("deploy/config/demo/" + config_file), Kinds());
  EXPECT_TRUE(config.ok()) << (config.ok() ? "" : config.error().message);
  if (!config.ok()) return {};
  FilesRig rig;
  rig.config = std::move(*config);
  rig.mapping_file = rig.config.mapping_file;
  auto* settings = dynamic_cast<FilesConfig*>(rig.config.connector_settings.get());
  settings->folder = rig.folder.path();
  settings->done = rig.folder / "done";
  settings->failed = rig.folder / "failed";
  rig.files = settings;
  rig.Start();
  const Result<std::vector<std::string>> messages =
      rig.decoder->Sample(sample, ReadFile(Source(sample)));
  EXPECT_TRUE(messages.ok()) << (messages.ok() ? "" : messages.error().message);
  std::vector<std::string> out;
  if (!messages.ok()) return out;
  for (const std::string& message : *messages) {
    EXPECT_TRUE(rig.pipeline->Begin().ok());
    Result<kit::Verdict> verdict = rig.pipeline->Take(message, "file 1 record 1");
    EXPECT_TRUE(verdict.ok() && rig.pipeline->Commit().ok());
    EXPECT_EQ(verdict->kind, kit::Verdict::Kind::kTaken) << verdict->reason << verdict->detail;
    for (const kit::MappedEvent& event : verdict->events) {
      const auto parsed = wire::Parse<schema::Event>(event.bytes);
      EXPECT_TRUE(contract::CheckRequired(parsed->get()).ok());
      const schema::Header::Reader header = parsed->get().getHeader();
      out.push_back(kj::str(event.type->name.c_str(), " ", header.getSubject(), " ",
                            header.getSource().getUnitHsaId(), " ", header.getOccurredAt(), " ",
                            parsed->get().getBody())
                        .cStr());
    }
  }
  return out;
}

TEST(DentalXml, ANightSaysWhatTheSameNightSaysAsCsv) {
  const std::vector<std::string> csv =
      Told("adapter-dental.toml", "tests/fixtures/dental/ftv_dygn_20260302.csv");
  const std::vector<std::string> xml =
      Told("adapter-dental-xml.toml", "adapters/dental/samples/xml/ftv_dygn_20260302.xml");
  ASSERT_EQ(csv.size(), 17U);
  ASSERT_EQ(xml.size(), csv.size());
  for (size_t i = 0; i < csv.size(); ++i) EXPECT_EQ(xml[i], csv[i]) << i;
}

TEST(DentalXml, AnotherHandsWritingSaysTheSame) {
  const std::vector<std::string> one =
      Told("adapter-dental-xml.toml", "adapters/dental/samples/xml/ftv_ub_20260302.xml");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_THAT(one[0], HasSubstr("dental.visit.missed"));
  EXPECT_THAT(one[0], HasSubstr("SE2321000198-FTVTEST"));
}

}  // namespace
}  // namespace sam::files::test
