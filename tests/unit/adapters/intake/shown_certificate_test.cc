// The certificate that an inbox shows to the social system: its end is told in time, and looked at by --check.
#include "adapters/intake/shown_certificate.h"

#include <gmock/gmock.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "adapters/intake/config.h"
#include "broker/base/clock.h"
#include "broker/base/log.h"
#include "broker/base/metrics.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/tls/authority.h"

namespace sam::intake::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Shown : public testing::Test {
 protected:
  Shown() {
    log::Init("intake_test", log::Level::kInfo);  // other tests of this program want errors alone
    const tls::test::Files files = Issue(40);
    config_.http.client_cert = files.certificate;
    config_.http.client_key = files.key;
    config_.keys_file = folder_ / "keys";
    std::ofstream(config_.keys_file) << "domain = \"bollnas\"\n";
    std::filesystem::permissions(config_.keys_file, std::filesystem::perms::owner_read);
  }
  tls::test::Files Issue(long days) {
    tls::test::Wanted wanted;
    wanted.common_name = "inbox";
    wanted.days = days;
    return authority_.Issue("inbox", wanted);
  }
  std::string Finding() {
    const Status status = CheckFiles(config_, clock_.Now());
    return status.ok() ? "" : status.error().message;
  }
  static double Ends() {
    const std::string all = metrics::Expose(), name = "\nsamsignal_inbox_certificate_ends_seconds ";
    const size_t at = all.find(name);
    return at == std::string::npos ? -1 : std::stod(all.substr(at + name.size()));
  }

  sam::test::TempDir folder_;
  tls::test::Authority authority_{folder_.path()};
  ManualClock clock_{Millis(int64_t{std::time(nullptr)} * 1000)};
  Config config_;
};

TEST_F(Shown, ItsEndIsAMetricAndAWarningADayFromAMonthBefore) {
  ShownCertificate shown(config_.http.client_cert, clock_);
  const auto told = [&](int hours) {
    testing::internal::CaptureStderr();
    for (int hour = 0; hour < hours; ++hour) {
      shown.Step();
      clock_.Advance(kHourMs);
    }
    const std::string text = testing::internal::GetCapturedStderr();
    size_t count = 0;
    for (size_t at = 0; (at = text.find("certificate-ends", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  EXPECT_EQ(told(1), 0U);
  EXPECT_NEAR(Ends(), static_cast<double>(clock_.Now().value) / 1000 + 40 * 86'400, 2 * 3'600);
  EXPECT_EQ(told(9 * 24), 0U);
  EXPECT_EQ(told(3 * 24), 2U) << "30 days left, 29 days left";
  Issue(90);  // a new file: no restart
  EXPECT_EQ(told(48), 0U);
  EXPECT_GT(Ends(), static_cast<double>(clock_.Now().value) / 1000 + 70 * 86'400);
}

TEST_F(Shown, AFileThatCannotBeReadStopsNothing) {
  ShownCertificate shown(folder_ / "nothing.pem", clock_);
  shown.Step();
}

TEST_F(Shown, CheckNamesEachFileThatARequestWouldMiss) {
  EXPECT_THAT(Finding(), IsEmpty());
  const Config good = config_;
  config_.http.client_key = folder_ / "nothing.key";
  config_.http.client_cert = folder_ / "nothing.pem";
  config_.http.ca_file = folder_ / "nothing.ca";
  config_.keys_file = folder_ / "nothing.keys";
  for (const char* name : {"nothing.key", "nothing.pem", "nothing.ca", "nothing.keys"})
    EXPECT_THAT(Finding(), HasSubstr(name));
  config_ = good;
  config_.http.client_cert = good.http.client_key;
  EXPECT_THAT(Finding(), HasSubstr("client_cert_file")) << "a key is no certificate";
  config_ = good;
  clock_.Advance(41 * kDayMs);
  EXPECT_THAT(Finding(), HasSubstr("ended"));
}

}  // namespace
}  // namespace sam::intake::test
