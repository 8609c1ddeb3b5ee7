// The versions that a log has run with, and who loaded them.
#include "broker/admin/config_history.h"

#include <capnp/message.h>

#include "broker/base/text.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"
#include "tests/unit/broker/journal/hub.h"

namespace sam::admin {
namespace {

class LoadedVersions : public journal::test::HubTest {
 protected:
  // As main and dispatch leave it: the row of who asked, the configuration, its row.
  void Load(const std::string& version, const std::string& who) {
    if (!who.empty())
      hub_.Dispatch(ReloadDraft({{who, "operator", "nytt avtal"}, "old peers p", version + " peers p", "loaded"}));
    capnp::MallocMessageBuilder message;
    auto record = message.initRoot<schema::ConfigLoaded>();
    record.setVersion(version.c_str());
    auto file = record.initFiles(1)[0];
    file.setName("rules.toml");
    file.setText(("# of " + version).c_str());
    journal::Draft draft;
    draft.kind = journal::Kind::CONFIG;
    draft.payload = wire::Flatten(message);
    const std::string bytes = draft.payload;
    const Offset at = hub_.Dispatch(std::move(draft)).offset;
    Batch batch;
    batch.Put(spaces::kConfig, BigEndian64(at.value), bytes);
    ASSERT_TRUE(hub_.store_.Apply(batch, Durability::kNow).ok());
  }
  std::vector<LoadedVersion> History() {
    auto history = ConfigHistory(hub_.store_, hub_.NewReader());
    EXPECT_TRUE(history.ok()) << (history.ok() ? "" : history.error().message);
    return history.ok() ? *history : std::vector<LoadedVersion>();
  }
};

TEST_F(LoadedVersions, StandWithWhoLoadedThemAndWhy) {
  Load("aaaa11112222", "");
  Load("bbbb11112222", "anna");
  const auto history = History();
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].by, "");
  EXPECT_EQ(history[1].by, "anna");
  EXPECT_EQ(history[1].reason, "nytt avtal");
  EXPECT_EQ(history[1].texts.at("rules.toml"), "# of bbbb11112222");
}

TEST_F(LoadedVersions, AreFoundByTheirFirstDigitsTheNewestOfEach) {
  Load("aaaa11112222", "");
  Load("aaab11112222", "bo");
  Load("aaaa11112222", "anna");
  const auto history = History();
  const auto found = FindVersion(history, "aaaa");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)->by, "anna");
  EXPECT_EQ(FindVersion(history, "aaa").error().code, Code::kNotFound) << "too short";
  EXPECT_EQ(FindVersion(history, "cccc").error().code, Code::kNotFound);
  Load("aaaa99999999", "");
  EXPECT_EQ(FindVersion(History(), "aaaa").error().code, Code::kConflict);
}

TEST_F(LoadedVersions, ARefusalIsKeptShortAndWhole) {
  std::string why;
  while (why.size() < 5000) why += "å";
  const Offset at = hub_.Dispatch(ReloadDraft({{"anna", "operator", ""}, "a", "b", "refused: " + why})).offset;
  const auto read = wire::ReadOwn<schema::AuditRow>(*hub_.Read(at).payload, [](schema::AuditRow::Reader row) {
    return Result<std::string>(std::string(row.getOutcome().cStr()));
  });
  ASSERT_TRUE(read.ok());
  EXPECT_LE(read->size(), 1000u);
  EXPECT_EQ(read->substr(read->size() - 2), "å");
}

}  // namespace
}  // namespace sam::admin
