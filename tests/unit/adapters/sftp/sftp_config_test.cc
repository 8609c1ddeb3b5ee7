#include "adapters/sftp/sftp_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "adapters/sftp/kind.h"
#include "tests/support/temp_dir.h"

namespace sam::sftp {
namespace {

using testing::HasSubstr;

Result<std::unique_ptr<kit::ConnectorSettings>> Read(const std::string& more) {
  const std::string text = "[files]\nfolder = \"in\"\npatterns = [\"*.csv\"]\n" + more;
  SAM_ASSIGN(config::Document document, config::Document::Parse(text, "adapter.toml"));
  std::unique_ptr<kit::ConnectorSettings> out =
      FilesKind().read(*document.Root().Sub("files"), "/etc/samsignal/");
  SAM_TRY(document.Done());
  return out;
}

const std::string kServer = R"([files.sftp]
host = "sftp.example.se"
user = "samsignal"
key_file = "keys/pull.key"
known_hosts = "keys/known_hosts"
)";

const SftpConfig& SftpOf(const Result<std::unique_ptr<kit::ConnectorSettings>>& read) {
  return *dynamic_cast<const PulledFilesConfig&>(**read).sftp;
}

TEST(SftpConfig, WithoutItsTableTheFolderIsOneOfThisMachine) {
  const auto read = Read("");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_FALSE(dynamic_cast<const PulledFilesConfig&>(**read).sftp);
}

TEST(SftpConfig, LeavesTheServerAsItIsUnlessToldOtherwise) {
  const auto read = Read(kServer);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const SftpConfig& sftp = SftpOf(read);
  EXPECT_EQ(sftp.where(), "sftp.example.se:22");
  EXPECT_EQ(sftp.key_file, "/etc/samsignal/keys/pull.key");
  EXPECT_EQ(sftp.known_hosts, "/etc/samsignal/keys/known_hosts");
  EXPECT_EQ(sftp.after, After::kLeave);
  EXPECT_FALSE(sftp.receipts);
  EXPECT_EQ(sftp.PathOf("a.csv"), "./a.csv");
}

TEST(SftpConfig, FoldersOfTheServerAreRelativeToTheOneThatIsRead) {
  const auto read = Read(kServer + "folder = \"/ut/ftv/\"\nafter = \"move\"\nfailed = \"/fel\"\n"
                                   "receipts = true\nreceipt_folder = \"kvitton\"\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(SftpOf(read).PathOf("a.csv"), "/ut/ftv/a.csv");
  EXPECT_EQ(SftpOf(read).done, "/ut/ftv/done");
  EXPECT_EQ(SftpOf(read).failed, "/fel");
  EXPECT_EQ(SftpOf(read).receipt_folder, "/ut/ftv/kvitton");
}

TEST(SftpConfig, MistakesAreToldAtTheirPlace) {
  const std::pair<std::string, std::string> kCases[] = {
      {"[files.sftp]\nhost = \"a\"\nuser = \"u\"\nkey_file = \"k\"\n", "known_hosts"},
      {"[files.sftp]\nhost = \"a\"\nuser = \"u\"\nknown_hosts = \"k\"\n", "key_file"},
      {"[files.sftp]\nhost = \"sftp://a\"\nuser = \"u\"\nkey_file = \"k\"\nknown_hosts = \"k\"\n",
       "a host name or address"},
      {"[files.sftp]\nhost = \"-oX\"\nuser = \"u\"\nkey_file = \"k\"\nknown_hosts = \"k\"\n",
       "a host name or address"},
      {kServer + "password = \"hemligt\"\n", "password"},
      {kServer + "after = \"burn\"\n", "delete"},
      {kServer + "port = 0\n", "port"},
      {kServer + "done = \"klart\"\n", "only with after = \"move\""},
      {kServer + "after = \"move\"\ndone = \".\"\n", "another folder"},
      {kServer + "receipt_folder = \"x\"\n", "only with receipts = true"},
  };
  for (const auto& [text, expected] : kCases) {
    const auto read = Read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_THAT(read.error().message, HasSubstr(expected));
  }
}

TEST(SftpConfig, APrivateKeyThatOthersMayReadIsRefused) {
  const sam::test::TempDir dir;
  const std::string path = dir / "pull.key";
  std::ofstream(path) << "-----BEGIN";
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const Result<std::string> open = ReadPrivateKey(path);
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code, Code::kDenied);
  EXPECT_THAT(open.error().message, HasSubstr("chmod 600"));
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_TRUE(ReadPrivateKey(path).ok());
  std::ofstream(path) << std::string(20'000, 'x');
  EXPECT_EQ(ReadPrivateKey(path).error().code, Code::kInvalid);
  EXPECT_EQ(ReadPrivateKey(dir / "none").error().code, Code::kNotFound);
}

TEST(SftpConfig, WithoutKnownHostsNothingStarts) {
  const sam::test::TempDir dir;
  SftpConfig config;
  config.key_file = dir / "pull.key";
  config.known_hosts = dir / "known_hosts";
  std::ofstream(config.key_file) << "x";
  ASSERT_EQ(::chmod(config.key_file.c_str(), 0600), 0);
  const Status status = CheckSecrets(config);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("must hold the server's key"));
  std::ofstream(config.known_hosts) << "";
  EXPECT_TRUE(CheckSecrets(config).ok());
}

}  // namespace
}  // namespace sam::sftp
