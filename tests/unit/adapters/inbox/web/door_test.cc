// The pages behind their real TLS, with curl as the browser.
#include "adapters/inbox/web/web_door.h"

#include "tests/support/tls_keys.h"
#include "tests/unit/adapters/inbox/web/web_fixture.h"

namespace sam::inbox::web::test {
namespace {

using sam::test::Shell;
using sam::test::TheKeys;

class DoorTest : public WebTest {
 protected:
  void SetUp() override {
    WebTest::SetUp();
    config_.listen = "127.0.0.1:0";
    config_.certificate = TheKeys().At("server.pem");
    config_.key = TheKeys().At("server.key");
  }
  void TearDown() override {
    stepper_ = {};
    door_.reset();
  }
  Status Start() {
    SAM_ASSIGN(door_, WebDoor::Open(*inbox_, config_, "bollnas.mottagning", clock_));
    stepper_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const auto done = door_->Step();
        if (!done.ok()) return;
        if (*done == 0) std::this_thread::yield();
      }
    });
    return Ok();
  }
  std::string Curl(const std::string& path, const std::string& more = "") {
    return Shell("curl -sS -i --max-time 20 --cacert " + TheKeys().At("ca.pem") + " -b " + (folder_ / "jar") +
                 " -c " + (folder_ / "jar") + " " + more + " https://127.0.0.1:" +
                 std::to_string(door_->port()) + path);
  }
  std::string SignInByCurl(const std::string& name, const std::string& more = "") {
    std::filesystem::remove(folder_ / "jar");  // another browser
    const std::string token = TokenIn(Curl("/sign-in", more));
    return Curl("/sign-in", more + " --data-urlencode token=" + token + " --data-urlencode account=" +
                                name + " --data-urlencode 'password=" + kPassword + "'");
  }

  std::unique_ptr<WebDoor> door_;
  std::jthread stepper_;
};

TEST_F(DoorTest, APersonSignsInOverTlsAndSeesTheList) {
  Receive(1, {});
  ASSERT_TRUE(Start().ok());
  EXPECT_THAT(SignInByCurl("anna"), HasSubstr("HTTP/1.1 303"));
  const std::string list = Curl("/");
  EXPECT_THAT(list, HasSubstr(PathTo("one")));
  EXPECT_THAT(list, HasSubstr("Cache-Control: no-store"));
  EXPECT_THAT(list, HasSubstr("X-Content-Type-Options: nosniff"));
  EXPECT_THAT(Curl("/style.css"), HasSubstr("text/css"));
  EXPECT_THAT(SignInByCurl("ingen"), HasSubstr("HTTP/1.1 401"));
}

TEST_F(DoorTest, WithoutACertificateThatIsRequiredNobodyReachesThePage) {
  config_.certificates = WebConfig::Certificates::kRequired;
  config_.client_ca = TheKeys().At("ca.pem");
  Account("kim", Role::kReader, TheKeys().Fingerprint("client"));
  ASSERT_TRUE(Start().ok());
  const auto as = [](const std::string& name) {
    return "--cert " + TheKeys().At(name + ".pem") + " --key " + TheKeys().At(name + ".key");
  };
  EXPECT_THAT(Curl("/sign-in"), Not(HasSubstr("HTTP/1.1")));
  EXPECT_THAT(Curl("/sign-in", as("stranger")), Not(HasSubstr("HTTP/1.1")));
  EXPECT_THAT(SignInByCurl("kim", as("client")), HasSubstr("HTTP/1.1 303"));
}

TEST_F(DoorTest, WhatIsLargerThanAFormIsRefusedUnread) {
  ASSERT_TRUE(Start().ok());
  EXPECT_THAT(Curl("/sign-in", "-d " + std::string(Site::kBodyMax + 1, 'x')), HasSubstr(" 413 "));
  EXPECT_THAT(Curl("/", "-H 'x: " + std::string(20'000, 'x') + "'"), HasSubstr(" 431 "));
  std::string many;
  for (size_t i = 0; i <= Site::kHeadersMax; ++i) many += " -H 'x" + std::to_string(i) + ": 1'";
  EXPECT_THAT(Curl("/", many), HasSubstr(" 431 "));
  EXPECT_THAT(Curl("/sign-in"), HasSubstr(" 200 "));
}

TEST_F(DoorTest, WithoutItsCertificateItDoesNotStart) {
  config_.certificate = folder_ / "none.pem";
  EXPECT_EQ(Start().error().code, Code::kInvalid);
}

}  // namespace
}  // namespace sam::inbox::web::test
