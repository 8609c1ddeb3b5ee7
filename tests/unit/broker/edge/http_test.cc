// The HTTP door over real sockets: what scrapers get, and what abusers get.
#include "broker/edge/http.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "broker/base/metrics.h"

namespace sam::edge {
namespace {

// A client without manners: sends what it is told to, reads to the end.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{20, 0};  // so that a hung server fails the test instead of hanging it
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  // False when the server has hung up on us.
  bool Send(const std::string& bytes) {
    size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<size_t>(n);
    }
    return true;
  }
  std::string ReadToEnd() {
    std::string all;
    char buffer[4096];
    for (;;) {
      const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
      timed_out_ = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
      if (n <= 0) return all;
      all.append(buffer, static_cast<size_t>(n));
    }
  }
  // The head of one answer, with the empty line at its end.
  std::string ReadHead() {
    std::string all;
    char one = 0;
    while (!all.ends_with("\r\n\r\n") && recv(fd_, &one, 1, 0) == 1) all += one;
    return all;
  }
  bool timed_out() const { return timed_out_; }

 private:
  int fd_;
  bool connected_ = false;
  bool timed_out_ = false;
};

std::string Get(const std::string& path, const std::string& more = "Connection: close\r\n") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

HttpOptions Quick() {
  HttpOptions options;
  options.endpoint = "127.0.0.1:0";
  options.limits.request_ms = 300;
  options.limits.idle_ms = 300;
  return options;
}

std::vector<HttpRoute> Routes() {
  std::vector<HttpRoute> routes = StandardRoutes([] { return std::string(); },
                                                 [] { return std::string("journal is hung"); },
                                                 R"({"version":"0.1.0"})");
  routes.push_back({"GET", "/echo", [](const HttpRequest& request) {
                      return HttpResponse{200, "text/plain", request.query};
                    }});
  routes.push_back({"GET", "/throws", [](const HttpRequest&) -> HttpResponse {
                      throw std::runtime_error("secret");
                    }});
  routes.push_back({"POST", "/size", [](const HttpRequest& request) {
                      return HttpResponse{200, "text/plain", std::to_string(request.body.size())};
                    }});
  HttpRoute screened;
  screened.method = "POST";
  screened.path = "/screened";
  screened.handler = [](const HttpRequest& request) {
    return HttpResponse{200, "text/plain", std::to_string(request.body.size())};
  };
  screened.screen = [](const HttpRequest& head) -> std::optional<HttpResponse> {
    if (head.Header("x-who") == "known") return std::nullopt;
    if (head.Header("x-who") == "odd") throw std::runtime_error("secret");
    return HttpResponse{403, "text/plain", "not you"};
  };
  routes.push_back(std::move(screened));
  return routes;
}

std::unique_ptr<HttpServer> Serve(HttpOptions options = Quick()) {
  auto server = HttpServer::Start(std::move(options), Routes());
  EXPECT_TRUE(server.ok()) << server.error().message;
  return server.ok() ? std::move(server).value() : nullptr;
}

std::string Ask(const HttpServer& server, const std::string& request) {
  RawClient client(server.port());
  client.Send(request);
  return client.ReadToEnd();
}

int StatusIn(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9);
}
size_t AnswersIn(const std::string& text) {
  size_t count = 0;
  for (size_t at = text.find("HTTP/1.1 "); at != std::string::npos;
       at = text.find("HTTP/1.1 ", at + 1))
    ++count;
  return count;
}

TEST(Http, StandardRoutesAnswer) {
  auto server = Serve();
  const std::string metrics = Ask(*server, Get("/metrics"));
  EXPECT_EQ(StatusIn(metrics), 200);
  EXPECT_NE(metrics.find("version=0.0.4"), std::string::npos);
  EXPECT_NE(metrics.find("samsignal_http_refused_total"), std::string::npos);
  EXPECT_EQ(StatusIn(Ask(*server, Get("/readyz"))), 200);
  const std::string sick = Ask(*server, Get("/healthz"));
  EXPECT_EQ(StatusIn(sick), 503);
  EXPECT_NE(sick.find("journal is hung"), std::string::npos);
  EXPECT_NE(Ask(*server, Get("/version")).find(R"({"version":"0.1.0"})"), std::string::npos);
  EXPECT_NE(Ask(*server, Get("/echo?a=1&b=2")).find("a=1&b=2"), std::string::npos);
}

TEST(Http, UnknownPathIs404AndOtherMethodIs405) {
  auto server = Serve();
  EXPECT_EQ(StatusIn(Ask(*server, Get("/nothing"))), 404);
  const std::string answer = Ask(
      *server, "DELETE /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(StatusIn(answer), 405);
  EXPECT_NE(answer.find("Allow: GET, HEAD"), std::string::npos);
}

TEST(Http, HeadAnswersWithoutABody) {
  auto server = Serve();
  const std::string answer =
      Ask(*server, "HEAD /echo?abc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(StatusIn(answer), 200);
  EXPECT_NE(answer.find("Content-Length: 3"), std::string::npos);
  EXPECT_EQ(answer.substr(answer.size() - 4), "\r\n\r\n");
}

TEST(Http, AThrowingHandlerIs500WithoutItsText) {
  auto server = Serve();
  const std::string answer = Ask(*server, Get("/throws"));
  EXPECT_EQ(StatusIn(answer), 500);
  EXPECT_EQ(answer.find("secret"), std::string::npos);
  EXPECT_EQ(StatusIn(Ask(*server, Get("/readyz"))), 200);
}

TEST(Http, PipelinedRequestsAreAllAnsweredInOrder) {
  auto server = Serve();
  const std::string answer =
      Ask(*server, Get("/echo?first", "") + Get("/echo?second", "") + Get("/echo?third"));
  EXPECT_EQ(AnswersIn(answer), 3u);
  EXPECT_LT(answer.find("first"), answer.find("second"));
  EXPECT_LT(answer.find("second"), answer.find("third"));
}

TEST(Http, AKeptConnectionEndsAfterItsNumberOfRequests) {
  HttpOptions options = Quick();
  options.limits.requests_per_connection = 2;
  auto server = Serve(options);
  const std::string answer =
      Ask(*server, Get("/echo?1", "") + Get("/echo?2", "") + Get("/echo?3", ""));
  EXPECT_EQ(AnswersIn(answer), 2u);
}

TEST(Http, OversizedHeadersAreRefused) {
  auto server = Serve();
  const std::string answer =
      Ask(*server, Get("/readyz", "X-Long: " + std::string(40'000, 'a') + "\r\n"));
  EXPECT_EQ(StatusIn(answer), 431);
}

TEST(Http, ManyHeadersAreRefused) {
  auto server = Serve();
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "a:b\r\n";
  EXPECT_EQ(StatusIn(Ask(*server, Get("/readyz", many))), 431);
}

TEST(Http, BodyWithinTheLimitPassesChunkedOrNot) {
  auto server = Serve();
  EXPECT_NE(Ask(*server, "POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                         "Content-Length: 5\r\n\r\nhello")
                .find("\r\n\r\n5"),
            std::string::npos);
  EXPECT_NE(Ask(*server, "POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\n!!\r\n0\r\n\r\n")
                .find("\r\n\r\n7"),
            std::string::npos);
}

TEST(Http, ChunkedBodyCannotPassTheLimit) {
  auto server = Serve();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
  bool open = true;
  for (int i = 0; i < 10'000 && open; ++i) open = client.Send(chunk);
  EXPECT_FALSE(open) << "40 MB were taken";
  EXPECT_EQ(StatusIn(Ask(*server, Get("/readyz"))), 200);
}

TEST(Http, DeclaredBodyOverTheLimitIsRefused) {
  auto server = Serve();
  EXPECT_EQ(StatusIn(Ask(*server, "POST /size HTTP/1.1\r\nHost: x\r\n"
                                  "Content-Length: 30000000\r\n\r\n")),
            413);
}

std::string Announce(const std::string& path, size_t length, const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n" +
         more + "Content-Length: " + std::to_string(length) + "\r\n\r\n";
}

TEST(HttpExpect, WhoAsksBeforeSendingIsToldToGoOn) {
  const auto server = Serve();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(Announce("/size", 5)));
  EXPECT_EQ(client.ReadHead(), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(client.Send("12345"));
  const std::string answer = client.ReadToEnd();
  EXPECT_EQ(StatusIn(answer), 200);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n5")) << answer;
}

TEST(HttpExpect, WhoIsNotWantedHearsTheFinalStatusAndSendsNothing) {
  const auto server = Serve();
  const uint64_t limit = Quick().limits.body_bytes;
  const auto status = [&](const std::string& request) {
    RawClient client(server->port());
    EXPECT_TRUE(client.Send(request));
    return StatusIn(client.ReadHead());
  };
  EXPECT_EQ(status(Announce("/screened", 5)), 403);
  EXPECT_EQ(status(Announce("/screened", 5, "X-Who: odd\r\n")), 500);
  EXPECT_EQ(status(Announce("/screened", 5, "X-Who: known\r\n")), 100);
  EXPECT_EQ(status(Announce("/size", limit + 1)), 413);
  EXPECT_EQ(status(Announce("/nowhere", 5)), 404);
  EXPECT_EQ(status(Announce("/echo", 5)), 405);
  EXPECT_EQ(status(Announce("/size", 5, "X: " + std::string(20'000, 'x') + "\r\n")), 431);
  std::string other = Announce("/size", 5);
  other.replace(other.find("100-continue"), 12, "miracles");
  EXPECT_EQ(status(other), 417);
}

TEST(HttpExpect, WhoDoesNotWaitOrCannotUnderstandGetsNoInterimAnswer) {
  const auto server = Serve();
  for (const std::string& request : {Announce("/size", 5) + "12345",
                                     std::string("POST /size HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n12345"),
                                     Announce("/size", 0)}) {
    const std::string answer = Ask(*server, request);
    EXPECT_EQ(answer.find("100 Continue"), std::string::npos) << answer;
    EXPECT_EQ(StatusIn(answer), 200) << answer;
  }
  RawClient silent(server->port());  // told to go on, and then silent: one deadline for all of it
  ASSERT_TRUE(silent.Send(Announce("/size", 5)));
  EXPECT_EQ(StatusIn(silent.ReadHead()), 100);
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_FALSE(silent.timed_out());
}

TEST(HttpExpect, CurlWithALargeBodyDoesNotWaitInVain) {
  HttpOptions options = Quick();
  options.limits.body_bytes = 4 << 20;
  options.limits.request_ms = 10'000;
  const auto server = Serve(options);
  // Its patience is longer than its time: unanswered, it would fail.
  const std::string command =
      "head -c 2000000 /dev/zero | curl -sS -v --max-time 20 --expect100-timeout 60 -H 'Expect: 100-continue' "
      "--data-binary @- http://127.0.0.1:" + std::to_string(server->port()) + "/size 2>&1";
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  char buffer[4096];
  while (const size_t n = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << out;
  EXPECT_NE(out.find("100 Continue"), std::string::npos) << out;
  EXPECT_NE(out.find("2000000"), std::string::npos) << out;
}

TEST(Http, LengthAndChunkedTogetherAreRefused) {
  auto server = Serve();
  EXPECT_EQ(StatusIn(Ask(*server, "POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
            400);
}

TEST(Http, GarbageIsRefused) {
  auto server = Serve();
  EXPECT_EQ(StatusIn(Ask(*server, "\x16\x03\x01 not http at all\r\n\r\n")), 400);
}

TEST(Http, SilentConnectionsAreClosedAndDisturbNobody) {
  auto server = Serve();
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(std::make_unique<RawClient>(server->port()));
    ASSERT_TRUE(silent.back()->connected());
  }
  EXPECT_EQ(StatusIn(Ask(*server, Get("/readyz"))), 200);
  for (auto& client : silent) {
    EXPECT_EQ(client->ReadToEnd(), "");
    EXPECT_FALSE(client->timed_out()) << "a silent connection was kept";
  }
}

TEST(Http, IdleKeptConnectionsDisturbNobodyAndAreClosed) {
  HttpOptions options = Quick();
  auto server = Serve(options);
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 200; ++i) {
    idle.push_back(std::make_unique<RawClient>(server->port()));
    ASSERT_TRUE(idle.back()->Send(Get("/readyz", "")));
  }
  EXPECT_EQ(StatusIn(Ask(*server, Get("/version"))), 200);
  for (auto& client : idle) {
    EXPECT_EQ(StatusIn(client->ReadToEnd()), 200);
    EXPECT_FALSE(client->timed_out());
  }
}

TEST(Http, ADrippingRequestMeetsOneDeadline) {
  auto server = Serve();
  RawClient client(server->port());
  const std::string request = "GET /readyz HTTP/1.1\r\nX-Drip: ";
  ASSERT_TRUE(client.Send(request));
  bool open = true;
  for (int i = 0; i < 400 && open; ++i) {
    open = client.Send("a");
    usleep(10'000);  // the drip itself, not synchronisation
  }
  EXPECT_FALSE(open) << "each byte prolonged the request";
}

TEST(Http, MoreConnectionsThanAllowedAreClosedAtOnce) {
  HttpOptions options = Quick();
  options.limits.connections = 4;
  options.limits.request_ms = 60'000;
  auto server = Serve(options);
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 4; ++i) {
    held.push_back(std::make_unique<RawClient>(server->port()));
    ASSERT_TRUE(held.back()->connected());
  }
  RawClient fifth(server->port());
  EXPECT_EQ(fifth.ReadToEnd(), "");
  EXPECT_FALSE(fifth.timed_out());
  ASSERT_TRUE(held[0]->Send(Get("/readyz")));
  EXPECT_EQ(StatusIn(held[0]->ReadToEnd()), 200);
}

TEST(Http, OneAddressGetsOnlyItsShareOfTheConnections) {
  HttpOptions options = Quick();
  options.limits.connections_per_address = 2;
  options.limits.request_ms = 60'000;
  auto server = Serve(options);
  RawClient first(server->port());
  RawClient second(server->port());
  RawClient third(server->port());
  EXPECT_EQ(third.ReadToEnd(), "");
  EXPECT_FALSE(third.timed_out());
  ASSERT_TRUE(first.Send(Get("/readyz")));
  EXPECT_EQ(StatusIn(first.ReadToEnd()), 200);
}

TEST(Http, StopsWithOpenConnections) {
  auto server = Serve();
  RawClient silent(server->port());
  RawClient half(server->port());
  half.Send("GET /readyz HT");
  server.reset();
  EXPECT_EQ(half.ReadToEnd(), "");
  EXPECT_FALSE(half.timed_out());
}

TEST(Http, AnAddressOtherThanLoopbackIsRefusedUnlessAllowed) {
  for (const char* endpoint : {"0.0.0.0:0", "[::]:0", "192.0.2.1:80"}) {
    auto server = HttpServer::Start({endpoint, false, {}}, {});
    ASSERT_FALSE(server.ok()) << endpoint;
    EXPECT_EQ(server.error().code, Code::kDenied);
  }
  EXPECT_TRUE(HttpServer::Start({"0.0.0.0:0", true, {}}, {}).ok());
}

TEST(Http, ABadEndpointIsNamed) {
  for (const char* endpoint : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                               "localhost:80", "127.0.0.1:-1"}) {
    auto server = HttpServer::Start({endpoint, false, {}}, {});
    ASSERT_FALSE(server.ok()) << endpoint;
    EXPECT_EQ(server.error().code, Code::kInvalid) << endpoint;
  }
}

TEST(Http, ATakenPortIsUnavailable) {
  auto server = Serve();
  HttpOptions options = Quick();
  options.endpoint = "127.0.0.1:" + std::to_string(server->port());
  auto second = HttpServer::Start(options, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kUnavailable);
}

TEST(Http, PromtoolAcceptsTheMetrics) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "no promtool here";
  metrics::Counter("samsignal_edge_test_total", "A counter of this test", {{"reason", "a\"b\\c"}})
      .Add();
  auto server = Serve();
  const std::string answer = Ask(*server, Get("/metrics"));
  const std::string path = testing::TempDir() + "edge_metrics.txt";
  std::ofstream(path) << answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_EQ(std::system(("promtool check metrics < " + path).c_str()), 0);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace sam::edge
