// inbox.toml: what is read, and what is refused with its place.
#include "adapters/inbox/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace sam::inbox {
namespace {

using testing::HasSubstr;

std::string Good() {
  return "system_id = \"bollnas.inbox\"\n"
         "function = \"bollnas.mottagning\"\n"
         "store = \"inbox\"\n"
         "admin_socket = \"/run/samsignal/inbox.sock\"\n"
         "lang = \"en\"\n"
         "[controller]\norg_nr = \"212000-2361\"\nboard = \"socialnamnden\"\n"
         "[hub]\ndelivery = \"tcp://127.0.0.1:7412\"\ningress = \"tcp://127.0.0.1:7411\"\n"
         "public_key = \"" + std::string(40, 'a') + "\"\n"
         "[keys]\ncurve = \"inbox.key\"\nkek = \"inbox.kek\"\n";
}

class ConfigTest : public testing::Test {
 protected:
  Result<Config> Load(const std::string& text) {
    std::ofstream(dir_ / "inbox.toml") << text;
    return LoadConfig(dir_ / "inbox.toml");
  }
  ::sam::test::TempDir dir_;
};

TEST_F(ConfigTest, TheWebInboxIsReadWithItsDefaults) {
  const std::string web = "[web]\ncertificate = \"w.pem\"\nkey = \"w.key\"\naccounts_file = \"a\"\n";
  const auto config = Load(Good() + web);
  ASSERT_TRUE(config.ok()) << config.error().message;
  ASSERT_TRUE(config->web);
  EXPECT_EQ(config->web->listen, "127.0.0.1:8443");
  EXPECT_EQ(config->web->certificate, dir_ / "w.pem");
  EXPECT_EQ(config->web->idle_ms, 15 * 60'000);
  EXPECT_EQ(config->web->language, contract::Language::kEnglish) << "as the rest of the file";
  EXPECT_FALSE(Load(Good())->web);
}

TEST_F(ConfigTest, AWebInboxWithoutTlsOrWithHalfItsCertificatesIsRefused) {
  const std::string web = "[web]\ncertificate = \"w.pem\"\nkey = \"w.key\"\naccounts_file = \"a\"\n";
  for (const auto& [more, said] : std::vector<std::pair<std::string, std::string>>{
           {"client_certificates = \"required\"\n", "client_ca as well"},
           {"client_ca = \"ca.pem\"\n", "client_certificates = "},
           {"idle_minutes = 0\n", "idle_minutes"},
           {"listne = \"x\"\n", "listne"}}) {
    const auto config = Load(Good() + web + more);
    ASSERT_FALSE(config.ok()) << more;
    EXPECT_THAT(config.error().message, HasSubstr(said));
  }
  EXPECT_FALSE(Load(Good() + "[web]\naccounts_file = \"a\"\n").ok());
}

TEST_F(ConfigTest, PathsAreRelativeToTheFile) {
  const auto config = Load(Good());
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->store, dir_ / "inbox");
  EXPECT_EQ(config->kek_file, dir_ / "inbox.kek");
  EXPECT_EQ(config->socket, "/run/samsignal/inbox.sock");
  EXPECT_EQ(config->speaker.function, "bollnas.mottagning");
  EXPECT_EQ(config->language, contract::Language::kEnglish);
  EXPECT_EQ(config->window_messages, 64u);
}

TEST_F(ConfigTest, MistakesAreNamedWithTheirPlace) {
  const auto unknown = Load("windw_messages = 3\n" + Good());
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, HasSubstr("inbox.toml:1:"));
  EXPECT_THAT(unknown.error().message, HasSubstr("window_messages"));
  EXPECT_FALSE(Load("window_messages = 0\n" + Good()).ok());
  EXPECT_FALSE(Load("window_messages = 257\n" + Good()).ok());
  std::string ws = Good();
  ws.replace(ws.find("tcp://127.0.0.1:7412"), 5, "ws://");
  EXPECT_FALSE(Load(ws).ok());
  std::string key = Good();
  key.replace(key.find(std::string(40, 'a')), 40, "short");
  EXPECT_FALSE(Load(key).ok());
  EXPECT_FALSE(Load("").ok());
  EXPECT_EQ(LoadConfig(dir_ / "none.toml").error().code, Code::kNotFound);
}

TEST_F(ConfigTest, AnIntakeIsReadWithItsTablesAndItsMistakesNamed) {
  EXPECT_FALSE(Load(Good())->intake);
  const std::string tables = SAM_SOURCE_DIR "/deploy/config/intake/";
  const std::string intake = Good() + "[intake]\nbase_url = \"https://ifo.example.se/apifc/v1/\"\n" +
                             "keys_file = \"lifecare.keys\"\nsenders_file = \"" + tables +
                             "senders.csv\"\nunits_file = \"" + tables + "units.csv\"\n";
  const std::string kinds = "kinds_file = \"" + tables + "kinds.csv\"\n";
  const auto config = Load(intake + kinds);
  ASSERT_TRUE(config.ok()) << config.error().message;
  ASSERT_TRUE(config->intake);
  EXPECT_EQ(config->intake->base.text, "https://ifo.example.se/apifc/v1");
  EXPECT_EQ(config->intake->keys_file, dir_ / "lifecare.keys");
  EXPECT_TRUE(config->intake->look_up);
  EXPECT_TRUE(config->intake->files);
  EXPECT_TRUE(config->intake->look_up_files);
  EXPECT_EQ(config->intake->file_wait_ms, 24 * kHourMs);
  EXPECT_FALSE(config->intake->test_signals);
  EXPECT_FALSE(Load(intake).ok()) << "three tables";
  const auto missing = Load(intake + "kinds_file = \"none.csv\"\n");
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, HasSubstr("none.csv"));
  EXPECT_FALSE(Load(intake + kinds + "look_up = \"guess\"\n").ok());
  EXPECT_FALSE(Load(intake + kinds + "settle_s = 0\n").ok());
  EXPECT_FALSE(Load(intake + kinds + "look_up_files = \"guess\"\n").ok());
  EXPECT_FALSE(Load(intake + kinds + "file_wait_h = 721\n").ok());
  const auto without = Load(intake + kinds + "files = false\nlook_up_files = \"none\"\n");
  ASSERT_TRUE(without.ok()) << without.error().message;
  EXPECT_FALSE(without->intake->files);
  EXPECT_FALSE(without->intake->look_up_files);
  std::string plain = intake + kinds;
  plain.replace(plain.find("https://ifo"), 5, "http");
  EXPECT_FALSE(Load(plain).ok());
}

TEST(InboxConfigExample, IsReadAsItStands) {
  const auto config = LoadConfig(SAM_SOURCE_DIR "/deploy/config/inbox.toml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->speaker.function, "bollnas.mottagning");
  EXPECT_EQ(config->window_messages, 64u);
}

}  // namespace
}  // namespace sam::inbox
