#include "adapters/sql/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace sam::sql {
namespace {

using testing::HasSubstr;
using testing::Not;

class ConnectionFile : public testing::Test {
 protected:
  Result<Connection> Read(const std::string& text, mode_t mode = 0600) {
    std::ofstream(folder_ / "c") << text;
    EXPECT_EQ(::chmod((folder_ / "c").c_str(), mode), 0);
    return ReadConnection(folder_ / "c", 5);
  }
  std::string WhyNot(const std::string& text) {
    const Result<Connection> read = Read(text);
    EXPECT_FALSE(read.ok()) << text;
    return read.ok() ? "" : read.error().message;
  }
  sam::test::TempDir folder_;
};

const std::string kHere = "host = \"127.0.0.1\"\ndbname = \"ifo\"\nuser = \"las\"\n";
const std::string kThere = "host = \"db.example.se\"\ndbname = \"ifo\"\nuser = \"las\"\n";

TEST_F(ConnectionFile, ValuesAreQuotedSoThatNoneBecomesASetting) {
  const Result<Connection> read = Read(kHere + "password = \"it's \\ host=evil\"\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_THAT(read->Text(), HasSubstr("password='it\\'s \\\\ host=evil' "));
  EXPECT_THAT(read->Text(), HasSubstr("connect_timeout='5' "));
  EXPECT_THAT(read->Text(), Not(HasSubstr("sslmode")));
}

TEST_F(ConnectionFile, AnotherMachineIsKnownByItsCertificate) {
  const Result<Connection> read = Read(kThere);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_THAT(read->Text(), HasSubstr("sslmode='verify-full'"));
  EXPECT_THAT(read->Text(), HasSubstr("sslrootcert='/etc/ssl/certs/ca-certificates.crt'"));
  for (const char* mode : {"disable", "prefer", "require", "verify-ca"})
    EXPECT_THAT(WhyNot(kThere + "sslmode = \"" + mode + "\"\n"), HasSubstr("verify-full")) << mode;
  EXPECT_THAT(WhyNot("host = \"127.0.0.1,db.example.se\"\ndbname = \"x\"\nuser = \"x\"\n"),
              HasSubstr("one host"));
}

TEST_F(ConnectionFile, RefusalsNameTheSettingAndNeverWhatStandsInIt) {
  const Result<Connection> open = Read(kHere + "password = \"hemlig\"\n", 0640);
  ASSERT_FALSE(open.ok());
  EXPECT_THAT(open.error().message, HasSubstr("chmod 600"));
  for (const char* line : {"service = \"hemlig\"\n", "hemlig = \"x\"\n", "options = \"hemlig\"\n",
                           "user = \"hemlig\"\n", "hemlig\n"})
    EXPECT_THAT(WhyNot(kHere + line), Not(HasSubstr("hemlig"))) << line;
  EXPECT_THAT(WhyNot("host = \"localhost\"\nuser = \"las\"\n"), HasSubstr("dbname is missing"));
  EXPECT_FALSE(ReadConnection(folder_ / "absent", 5).ok());
}

}  // namespace
}  // namespace sam::sql
