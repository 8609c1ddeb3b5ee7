#include "adapters/tls/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/tls/authority.h"
#include "tests/unit/adapters/tls/talk.h"

namespace sam::tls::test {
namespace {

using testing::HasSubstr;

class TlsListener : public testing::Test {
 protected:
  void Open(long days) {
    const Files files = authority_.Server(days);
    options_.certificate_file = files.certificate;
    options_.key_file = files.key;
    listener_ = std::move(Listener::Open("test", options_, clock_)).value();
  }
  // One look, later than the last.
  void Look(int64_t ms = Listener::kLookUs / 1000) {
    clock_.Advance(ms);
    testing::internal::CaptureStderr();
    listener_->Look();
    told_ = testing::internal::GetCapturedStderr();
  }

  sam::test::TempDir folder_;
  Authority authority_{folder_.path()};
  // An hour late, so that a certificate for 90 days has 89 whole ones left.
  ManualClock clock_{Millis(int64_t{std::time(nullptr)} * 1000 + kHourMs)};
  ServerOptions options_;
  std::unique_ptr<Listener> listener_;
  std::string told_;
};

TEST_F(TlsListener, TellsInAMetricHowManyDaysAreLeft) {
  Open(90);
  EXPECT_THAT(metrics::Expose(),
              HasSubstr("samsignal_adapter_certificate_days{listener=\"test\"} 89"));
  Look(10 * kDayMs);
  EXPECT_THAT(metrics::Expose(),
              HasSubstr("samsignal_adapter_certificate_days{listener=\"test\"} 79"));
}

TEST_F(TlsListener, NewFilesAreFoundAtTheNextLookAndNotBefore) {
  Open(90);
  authority_.Server(200);
  Look(1);
  EXPECT_EQ(listener_->days_left(), 89);
  Look();
  EXPECT_EQ(listener_->days_left(), 199);
}

TEST_F(TlsListener, FilesThatCannotBeUsedAreToldOnceAndTheOldOnesStay) {
  Open(90);
  std::ofstream(options_.certificate_file) << "half a file";
  Look();
  EXPECT_THAT(told_, HasSubstr("certificate-not-reloaded"));
  Look();
  EXPECT_EQ(told_, "");
  EXPECT_EQ(listener_->days_left(), 89);
  EXPECT_NE(listener_->NewSession(), nullptr);
}

TEST_F(TlsListener, AMonthBeforeTheEndALineIsLoggedEachDay) {
  Open(31);
  Look();
  EXPECT_EQ(told_, "");
  Look(kDayMs);
  EXPECT_THAT(told_, HasSubstr("certificate-ends"));
  Look();
  EXPECT_EQ(told_, "");
  Look(kDayMs);
  EXPECT_THAT(told_, HasSubstr("certificate-ends"));
}

}  // namespace
}  // namespace sam::tls::test
