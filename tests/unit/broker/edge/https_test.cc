// HTTPS, later answers and prefix routes over real sockets, with curl as the client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "broker/edge/http.h"
#include "broker/edge/tls.h"
#include "tests/support/tls_keys.h"

namespace sam::edge {
namespace {

using testing::HasSubstr;
using testing::Not;
using sam::test::Shell;
using sam::test::TheKeys;

HttpOptions Secure(bool with_ca, bool require) {
  HttpOptions options;
  options.endpoint = "127.0.0.1:0";
  options.limits.request_ms = 2'000;
  HttpTls tls;
  tls.certificate = TheKeys().At("server.pem");
  tls.key = TheKeys().At("server.key");
  if (with_ca) tls.client_ca = TheKeys().At("ca.pem");
  tls.require_client_certificate = require;
  tls.reload_ms = 20;
  options.tls = tls;
  return options;
}

std::vector<HttpRoute> WhoAmI() {
  std::vector<HttpRoute> routes;
  HttpRoute route;
  route.method = "*";
  route.path = "/who";
  route.prefix = true;
  route.handler = [](const HttpRequest& request) {
    HttpResponse out;
    out.body = request.method + " " + request.path + " [" + request.peer.subject + "] " +
               request.peer.fingerprint + " " + request.Header("x-test");
    for (const std::string& name : request.peer.names) out.body += " " + name;
    out.headers.emplace_back("X-Answer", "yes");
    return out;
  };
  routes.push_back(std::move(route));
  return routes;
}

std::string Curl(const HttpServer& server, const std::string& path, const std::string& more) {
  return Shell("curl -sS -i --max-time 10 --cacert " + TheKeys().At("ca.pem") + " " + more +
               " https://127.0.0.1:" + std::to_string(server.port()) + path);
}

std::string As(const std::string& name) {
  return "--cert " + TheKeys().At(name + ".pem") + " --key " + TheKeys().At(name + ".key");
}

TEST(Https, TheHandlerKnowsWhoShowedWhichCertificate) {
  auto server = HttpServer::Start(Secure(true, true), WhoAmI());
  ASSERT_TRUE(server.ok()) << server.error().message;
  const std::string answer = Curl(**server, "/who/is/it", As("client") + " -H 'X-Test: value' -X PUT");
  EXPECT_THAT(answer, HasSubstr("PUT /who/is/it [O=Region,CN=cosmic]"));
  EXPECT_THAT(answer, HasSubstr(TheKeys().Fingerprint("client") + " value DNS:cosmic.example"));
  EXPECT_THAT(answer, HasSubstr("X-Answer: yes"));
  EXPECT_THAT(Curl(**server, "/whoever", As("client")), HasSubstr(" 404 "));
}

TEST(Https, WithoutAVouchedCertificateNobodyComesInWhenOneIsRequired) {
  auto server = HttpServer::Start(Secure(true, true), WhoAmI());
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_THAT(Curl(**server, "/who", ""), Not(HasSubstr("200")));
  EXPECT_THAT(Curl(**server, "/who", As("stranger")), Not(HasSubstr("200")));
  EXPECT_THAT(Curl(**server, "/who", As("client")), HasSubstr(" 200 "));
}

TEST(Https, AnOptionalCertificateMayBeMissing) {
  auto server = HttpServer::Start(Secure(true, false), WhoAmI());
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_THAT(Curl(**server, "/who", ""), HasSubstr("GET /who []  "));
}

TEST(Https, WithoutAnAuthorityTheFingerprintIsWhatCounts) {
  auto server = HttpServer::Start(Secure(false, true), WhoAmI());
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_THAT(Curl(**server, "/who", As("stranger")), HasSubstr(TheKeys().Fingerprint("stranger")));
  EXPECT_THAT(Curl(**server, "/who", ""), Not(HasSubstr("200")));
}

TEST(Https, WhereNoneIsAskedForNoCertificateIsKnown) {
  HttpOptions options = Secure(false, false);
  options.tls->ask_client_certificate = false;
  auto server = HttpServer::Start(options, WhoAmI());
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_THAT(Curl(**server, "/who", As("client")), HasSubstr("GET /who []  "));
}

TEST(Https, OldProtocolsAndPlainHttpAreTurnedAwayAndTheServerGoesOn) {
  auto server = HttpServer::Start(Secure(true, true), WhoAmI());
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_THAT(Curl(**server, "/who", As("client") + " --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0"),
              Not(HasSubstr("200")));
  EXPECT_THAT(Shell("curl -sS -i --max-time 5 http://127.0.0.1:" + std::to_string((*server)->port()) +
                    "/who"),
              Not(HasSubstr("200")));
  EXPECT_THAT(Curl(**server, "/who", As("client") + " --tls-max 1.2"), HasSubstr(" 200 "));
}

TEST(Https, RenewedFilesServeNewConnectionsWithoutARestart) {
  auto server = HttpServer::Start(Secure(true, true), WhoAmI());
  ASSERT_TRUE(server.ok()) << server.error().message;
  const std::string show = "openssl s_client -connect 127.0.0.1:" + std::to_string((*server)->port()) +
                           " </dev/null";
  EXPECT_THAT(Shell(show), HasSubstr("CN = localhost"));
  TheKeys().Renew();
  bool renewed = false;
  for (int i = 0; i < 100 && !renewed; ++i)
    renewed = Shell(show).find("CN = renewed") != std::string::npos;
  EXPECT_TRUE(renewed);
}

TEST(Https, AKeyThatEverybodyCanReadIsRefused) {
  const std::string open = TheKeys().At("open.key");
  Shell("cp " + TheKeys().At("server.key") + " " + open + " && chmod 0644 " + open);
  HttpOptions options = Secure(true, true);
  options.tls->key = open;
  const auto refused = HttpServer::Start(options, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("chmod o= "));
  Shell("chmod 0640 " + open);  // its group may be the service's
  EXPECT_TRUE(HttpServer::Start(options, {}).ok());
}

TEST(Https, FilesThatCannotBeUsedAreNamed) {
  HttpOptions options = Secure(true, true);
  options.tls->certificate = TheKeys().At("missing.pem");
  EXPECT_THAT(HttpServer::Start(options, {}).error().message, HasSubstr("missing.pem"));
  options = Secure(true, true);
  options.tls->key = TheKeys().At("stranger.key");
  EXPECT_THAT(HttpServer::Start(options, {}).error().message, HasSubstr("stranger.key"));
  options = Secure(true, true);
  options.tls->client_ca = TheKeys().At("server.key");
  EXPECT_EQ(HttpServer::Start(options, {}).error().code, Code::kInvalid);
}

// One route whose requests wait until the test answers them.
struct Waiting {
  std::atomic<HttpTicket> ticket{0};
  std::unique_ptr<HttpServer> server;

  explicit Waiting(int answer_ms) {
    HttpOptions options;
    options.endpoint = "127.0.0.1:0";
    options.limits.answer_ms = answer_ms;
    HttpRoute route;
    route.method = "POST";
    route.path = "/later";
    route.taker = [this](HttpRequest&& request, HttpTicket number) -> std::optional<HttpResponse> {
      if (request.body == "now") return HttpResponse{200, "text/plain", "at once"};
      ticket = number;
      return std::nullopt;
    };
    std::vector<HttpRoute> routes;
    routes.push_back(std::move(route));
    auto started = HttpServer::Start(std::move(options), std::move(routes));
    EXPECT_TRUE(started.ok());
    if (started.ok()) server = std::move(started).value();
  }
  std::string Post(const std::string& body) const {
    return Shell("curl -sS -i --max-time 10 -d '" + body + "' http://127.0.0.1:" +
                 std::to_string(server->port()) + "/later");
  }
  HttpTicket Ticket() const {
    while (ticket == 0) std::this_thread::yield();
    return ticket;
  }
};

TEST(HttpLater, AnAnswerLeavesWhenSomebodyGivesIt) {
  Waiting waiting(10'000);
  std::string answer;
  std::jthread client([&] { answer = waiting.Post("later"); });
  const HttpTicket ticket = waiting.Ticket();
  waiting.server->Reply(ticket + 1000, {200, "text/plain", "to nobody"});
  waiting.server->Reply(ticket, {201, "text/plain", "later"});
  client.join();
  EXPECT_THAT(answer, HasSubstr(" 201 "));
  EXPECT_THAT(answer, HasSubstr("later"));
  waiting.server->Reply(ticket, {200, "text/plain", "twice"});
  EXPECT_THAT(waiting.Post("now"), HasSubstr("at once"));
}

TEST(HttpLater, NoAnswerInTimeIsAPlaceInTheQueueLost) {
  Waiting waiting(50);
  const std::string answer = waiting.Post("later");
  EXPECT_THAT(answer, HasSubstr(" 503 "));
  EXPECT_THAT(answer, HasSubstr("Retry-After"));
  waiting.server->Reply(waiting.Ticket(), {200, "text/plain", "too late"});
  EXPECT_THAT(waiting.Post("now"), HasSubstr("at once"));
}

TEST(HttpLater, TheServerMayStopWhileARequestWaits) {
  Waiting waiting(10'000);
  std::string answer;
  std::jthread client([&] { answer = waiting.Post("later"); });
  (void)waiting.Ticket();
  waiting.server.reset();
  client.join();
  EXPECT_THAT(answer, Not(HasSubstr(" 200 ")));
}

}  // namespace
}  // namespace sam::edge
