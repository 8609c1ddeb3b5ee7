// What of the configuration is told to end soon, and what is not.
#include "broker/admin/endings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::admin {
namespace {

constexpr const char* kKeyA = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
constexpr const char* kKeyB = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";

class Endings : public testing::Test {
 protected:
  std::vector<std::string> Told(const std::string& peers, const char* now = "2026-03-01T12:00:00Z", int days = 30) {
    auto parsed = routing::ParsePeers(peers, "peers.toml", nullptr);
    EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error().message);
    std::vector<std::string> out;
    if (!parsed.ok()) return out;
    const Millis at = *FromIso(now);
    for (const Ending& one : EndingsWithin({}, routing::Agreements(agreements_), *parsed, at, days))
      out.push_back(one.kind + " " + one.id + " " + std::to_string(one.DaysLeft(at)));
    return out;
  }
  static std::string Source(const std::string& keys) {
    return "[[peer]]\nname = \"cosmic\"\nrole = \"source\"\nsystems = [\"cosmic\"]\ncontrollers = [\"2321000198\"]\n" + keys;
  }
  static routing::Agreement Between(const char* id, const char* from, const char* to) {
    routing::Agreement one;
    one.id = id;
    one.signal = "SIG-B1";
    one.from = "region";
    one.to = "kommun";
    if (*from != '\0') one.validity.from = FromIso(from);
    if (*to != '\0') one.validity.to = FromIso(to);
    return one;
  }
  std::vector<routing::Agreement> agreements_;
};

TEST_F(Endings, AKeyWhoseLastDayComes) {
  const std::string entry = Source("key = \"" + std::string(kKeyA) + "\"\nnot_after = \"2026-03-20\"\n");
  EXPECT_THAT(Told(entry), testing::ElementsAre("key cosmic 19"));
  EXPECT_THAT(Told(entry, "2026-02-01T12:00:00Z"), testing::IsEmpty()) << "far off";
  EXPECT_THAT(Told(entry, "2026-03-22T12:00:00Z"), testing::IsEmpty()) << "history";
}

TEST_F(Endings, NotAKeyThatAnotherOneOfThePeerFollows) {
  const std::string first = "[[peer.keys]]\nkey = \"" + std::string(kKeyA) + "\"\nnot_after = \"2026-03-20\"\n";
  const std::string next = "[[peer.keys]]\nkey = \"" + std::string(kKeyB) + "\"\nnot_before = \"2026-03-15\"\n";
  EXPECT_THAT(Told(Source(first + next)), testing::IsEmpty());
}

TEST_F(Endings, AnAgreementUnlessTheSameIsAgreedOnAnew) {
  agreements_ = {Between("a-2025", "", "2026-03-05T00:00:00Z")};
  EXPECT_THAT(Told(""), testing::ElementsAre("agreement a-2025 3"));
  agreements_.push_back(Between("a-2026", "2026-03-05T00:00:00Z", ""));
  EXPECT_THAT(Told(""), testing::IsEmpty());
}

TEST_F(Endings, AreCountedByKindForMonthAndWeek) {
  log::Init("admin_test", log::Level::kError);
  agreements_ = {Between("a", "", "2026-03-05T00:00:00Z"), Between("b", "", "2026-03-25T00:00:00Z")};
  agreements_[1].signal = "SIG-B2";
  EndingWatch watch;
  watch.Look({}, routing::Agreements(agreements_), {}, *FromIso("2026-03-01"));
  const std::string all = metrics::Expose();
  EXPECT_NE(all.find("samsignal_ends_soon{days=\"30\",kind=\"agreement\"} 2"), std::string::npos) << all;
  EXPECT_NE(all.find("samsignal_ends_soon{days=\"7\",kind=\"agreement\"} 1"), std::string::npos) << all;
}

}  // namespace
}  // namespace sam::admin
