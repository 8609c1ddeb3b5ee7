// A signal that nobody opens is counted, and calls a person once it has lain for too long.
#include "adapters/inbox/untouched.h"

#include <filesystem>
#include <fstream>

#include "broker/base/metrics.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

class SignalsThatLie : public InboxTest {
 protected:
  double Metric(const std::string& name) {
    const std::string all = metrics::Expose();
    const size_t at = all.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(all.substr(at + name.size() + 2));
  }
  static Draft Named(const std::string& name, const char* code, bool acute = false) {
    Draft draft;
    draft.name = name;
    draft.code = code;
    draft.acute = acute;
    return draft;
  }
};

TEST_F(SignalsThatLie, AreCountedByUrgencyUntilSomebodyOpensThem) {
  Receive(1, Named("one", "SIG-A1"));
  Receive(2, Named("two", "SIG-A1", true));
  Draft receipt = Named("three", "RECEIPT");
  receipt.tells_about = "ours";
  Receive(3, receipt);
  clock_.Advance(5 * 60'000);
  Untouched untouched(*inbox_, {}, "bollnas.mottagning", clock_);
  ASSERT_TRUE(untouched.Step().ok());
  EXPECT_EQ(Metric("samsignal_inbox_untouched{urgency=\"normal\"}"), 1);
  EXPECT_EQ(Metric("samsignal_inbox_untouched{urgency=\"acute\"}"), 1);
  EXPECT_EQ(Metric("samsignal_inbox_untouched_oldest_seconds{urgency=\"acute\"}"), 300);
  EXPECT_EQ(Metric("samsignal_inbox_untouched_overdue"), 0);
  ASSERT_TRUE(inbox_->Open(Hex("two"), "anna").ok());
  clock_.Advance(61'000);
  ASSERT_TRUE(untouched.Step().ok());
  EXPECT_EQ(Metric("samsignal_inbox_untouched{urgency=\"acute\"}"), 0);
  EXPECT_EQ(Metric("samsignal_inbox_untouched{urgency=\"normal\"}"), 1);
}

TEST_F(SignalsThatLie, TheAgencysProgramIsStartedOnceForEach) {
  ::sam::test::TempDir dir;
  const std::string script = dir / "page", told = dir / "told";
  std::ofstream(script) << "#!/bin/sh\necho $SAMSIGNAL_URGENCY $SAMSIGNAL_SIGNALS >> " << told << "\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const auto lines = [&] {
    std::ifstream in(told);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  UntouchedConfig config;
  config.hook = {script};
  Untouched untouched(*inbox_, config, "bollnas.mottagning", clock_);
  Receive(1, Named("one", "SIG-A1", true));
  clock_.Advance(20 * 60'000);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(untouched.Step().ok());
    for (int wait = 0; wait < 500 && lines().empty(); ++wait) usleep(10'000);
    clock_.Advance(61'000);
  }
  EXPECT_EQ(lines(), "acute 1\n");
}

}  // namespace
}  // namespace sam::inbox::test
