#include "adapters/sql/odbc_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "adapters/sql/database.h"
#include "tests/support/temp_dir.h"

namespace sam::sql {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kHereOdbc = "Driver = \"/usr/lib/x.so\"\nServer = \"127.0.0.1\"\n";
const std::string kThereOdbc = "Driver = \"FreeTDS\"\nServer = \"db.example.se\"\n";

class OdbcConnectionFile : public testing::Test {
 protected:
  Result<std::string> Read(const std::string& text, Transport transport = Transport::kChecked) {
    std::ofstream(folder_ / "c") << text;
    EXPECT_EQ(::chmod((folder_ / "c").c_str(), 0600), 0);
    return ReadOdbcConnection(folder_ / "c", transport);
  }
  std::string WhyNot(const std::string& text) {
    const Result<std::string> read = Read(text);
    EXPECT_FALSE(read.ok()) << text;
    return read.ok() ? "" : read.error().message;
  }
  sam::test::TempDir folder_;
};

TEST_F(OdbcConnectionFile, ValuesAreBracedSoThatNoneBecomesASetting) {
  const auto read = Read(kHereOdbc + "PWD = \"hem;Server=evil}x\"\nUID = \"las\"\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, "Driver=/usr/lib/x.so;Server=127.0.0.1;PWD={hem;Server=evil}}x};UID=las;");
}

TEST_F(OdbcConnectionFile, AnotherMachineIsKnownByItsCertificateOrTheOperatorSaysWhyNot) {
  for (const char* more :
       {"", "Encrypt = \"no\"\n", "Encrypt = \"yes\"\nTrustServerCertificate = \"yes\"\n",
        "SSLmode = \"require\"\n", "Encryption = \"require\"\n"})
    EXPECT_THAT(WhyNot(kThereOdbc + more), HasSubstr("checked certificate")) << more;
  EXPECT_THAT(WhyNot("DSN = \"ifo\"\nServer = \"127.0.0.1\"\n"), HasSubstr("transport"));
  EXPECT_THAT(WhyNot("Driver = \"x\"\nServer = \"127.0.0.1\"\nHost = \"evil\"\n"),
              HasSubstr("transport"));
  EXPECT_THAT(WhyNot("Driver = \"x\"\nServer = \"127.0.0.1,evil\"\n"), HasSubstr("transport"));
  for (const char* more : {"SSLmode = \"verify-full\"\n", "Encrypt = \"strict\"\n",
                           "Encrypt = \"Yes\"\nTrustServerCertificate = \"no\"\n"})
    EXPECT_TRUE(Read(kThereOdbc + more).ok()) << more;
  EXPECT_TRUE(Read("Driver = \"x\"\nServer = \"tcp:localhost,1433\"\n").ok());
  EXPECT_TRUE(Read(kThereOdbc, Transport::kOutside).ok());
}

TEST_F(OdbcConnectionFile, WhatWritesDownWhatPassesIsRefused) {
  for (const char* name : {"Trace", "TraceFile", "Debug", "CommLog", "SAVEFILE", "FILEDSN", "pqopt",
                           "QueryLogOn", "StatsLogFile", "Failover_Partner"})
    EXPECT_THAT(WhyNot(kHereOdbc + name + " = \"hemlig\"\n"), HasSubstr("setting 3")) << name;
}

TEST_F(OdbcConnectionFile, RefusalsNameTheSettingAndNeverWhatStandsInIt) {
  for (const char* line :
       {"hem-lig = \"hemlig\"\n", "server = \"hemlig\"\n", "PWD = \"hemlig\xFF\"\n", "hemlig\n"})
    EXPECT_THAT(WhyNot(kHereOdbc + line), Not(HasSubstr("hem"))) << line;
  EXPECT_THAT(WhyNot("Server = \"localhost\"\n"), HasSubstr("Driver is missing"));
  std::ofstream(folder_ / "open") << kHereOdbc;
  EXPECT_EQ(::chmod((folder_ / "open").c_str(), 0644), 0);
  const auto open = ReadOdbcConnection(folder_ / "open", Transport::kChecked);
  ASSERT_FALSE(open.ok());
  EXPECT_THAT(open.error().message, HasSubstr("chmod 600"));
}

TEST_F(OdbcConnectionFile, ADriverThatIsNotThereIsToldWithoutWhatWasGivenToIt) {
  std::ofstream(folder_ / "c")
      << "Driver = \"/nowhere/hemlig.so\"\nServer = \"localhost\"\nPWD = \"hemlig\"\n";
  EXPECT_EQ(::chmod((folder_ / "c").c_str(), 0600), 0);
  SqlConfig config;
  config.backend = Backend::kOdbc;
  config.connection_file = folder_ / "c";
  config.tables.emplace_back();
  const auto database = Database::Make(config);
  const Reply reply = database->Ask(Question());
  EXPECT_STREQ(reply.trouble.what, "driver");
  EXPECT_THAT(reply.trouble.detail, Not(HasSubstr("hemlig")));
  EXPECT_TRUE(reply.page.rows.empty());
  EXPECT_EQ(::chmod((folder_ / "c").c_str(), 0644), 0);
  EXPECT_STREQ(database->Ask(Question()).trouble.what, "connection-file");
}

TEST(OdbcTroubles, AreKnownByTheirCodes) {
  EXPECT_STREQ(JudgeOdbcConnect("28P01").what, "denied");
  EXPECT_STREQ(JudgeOdbcConnect("08001").what, "unreachable");
  EXPECT_STREQ(JudgeOdbcConnect("IM002").what, "driver");
  for (const char* slow : {"HYT00", "HY008", "57014"})
    EXPECT_STREQ(JudgeOdbc(slow, 0).what, "slow");
  EXPECT_STREQ(JudgeOdbc("42501", 0).what, "denied");
  EXPECT_STREQ(JudgeOdbc("42000", 229).what, "denied");
  EXPECT_STREQ(JudgeOdbc("42000", 156).what, "unexpected");
  EXPECT_STREQ(JudgeOdbc("28000", 0).what, "denied");
  EXPECT_STREQ(JudgeOdbc("08S01", 0).what, "unreachable");
  EXPECT_THAT(JudgeOdbc("42S02", 0).detail, HasSubstr("42S02"));
}

}  // namespace
}  // namespace sam::sql
