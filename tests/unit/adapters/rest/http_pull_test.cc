#include "adapters/rest/http_pull.h"

#include <gmock/gmock.h>

#include <chrono>
#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "tests/unit/adapters/rest/tiny_server.h"

namespace sam::rest {
namespace {

using test::TinyServer;
using testing::HasSubstr;
using testing::Not;

HttpPullOptions Options() {
  HttpPullOptions options;
  options.plain = true;
  options.timeout_ms = 5'000;
  return options;
}

HttpAnswer Pull(HttpPull& pull, const std::string& address, const HttpPull::Query& query = {}) {
  const Status started = pull.Start(address, query);
  EXPECT_TRUE(started.ok()) << started.error().message;
  // By the clock, not by steps: on a busy machine a large part goes in many small ones.
  for (const auto begun = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - begun < std::chrono::minutes(3);)
    if (std::optional<HttpAnswer> answer = pull.Step(10)) return *answer;
  ADD_FAILURE() << "no answer";
  return {};
}

HttpAnswer PullOnce(const std::string& answer, const HttpPullOptions& options = Options()) {
  TinyServer server({answer});
  auto pull = HttpPull::Make(options);
  EXPECT_TRUE(pull.ok());
  return Pull(**pull, server.base() + "/x", {{"key", "geheim"}});
}

HttpAnswer Send(HttpPull& pull, const std::string& address, const Upload& upload) {
  const Status started = pull.Post(address, {{"key", "a=b"}}, upload);
  EXPECT_TRUE(started.ok()) << started.error().message;
  for (int i = 0; i < 2'000; ++i)
    if (std::optional<HttpAnswer> answer = pull.Step(10)) return *answer;
  ADD_FAILURE() << "no answer";
  return {};
}

TEST(HttpPull, APostCarriesJsonOrAFormAndAGetAfterItNeither) {
  TinyServer server({TinyServer::Ok("98765"), TinyServer::Ok("true"), TinyServer::Ok("[]")});
  auto pull = HttpPull::Make(Options());
  ASSERT_TRUE(pull.ok());
  EXPECT_EQ(Send(**pull, server.base() + "/A", {"{\"Date\":1}", {}}).body, "98765");
  const Upload form = {{}, {{"Title", "x", {}, {}}, {"Content", "<p>", "r.html", "text/html"}}};
  EXPECT_EQ(Send(**pull, server.base() + "/A/98765/B", form).body, "true");
  EXPECT_EQ(Pull(**pull, server.base() + "/C").body, "[]");
  ASSERT_EQ(server.asked().size(), 3U);
  EXPECT_THAT(server.asked()[0], testing::StartsWith("POST /A?key=a%3db "));
  EXPECT_THAT(server.asked()[0], HasSubstr("Content-Type: application/json"));
  EXPECT_THAT(server.asked()[0], HasSubstr("Content-Length: 10"));
  EXPECT_THAT(server.asked()[1], HasSubstr("Content-Type: multipart/form-data; boundary="));
  EXPECT_THAT(server.asked()[1], Not(HasSubstr("Expect:")));
  EXPECT_THAT(server.asked()[2], testing::StartsWith("GET /C "));
  EXPECT_THAT(server.asked()[2], Not(HasSubstr("Content-")));
}

// A part of a form whose content comes piece by piece.
FormPart InPieces(const std::string& content, size_t piece) {
  FormPart part{"Content", {}, "f.bin", "application/pdf", {}, content.size()};
  part.next = [content, piece, at = size_t{0}]() mutable -> Result<std::string> {
    const std::string out = content.substr(at, piece);
    at += out.size();
    return out;
  };
  return part;
}

TEST(HttpPull, APartInPiecesArrivesByteForByteWhereverItIsCut) {
  std::string content(700, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 37 >> 2);
  for (const size_t piece : {1U, 2U, 3U, 255U, 256U, 349U, 350U, 699U, 700U}) {
    TinyServer server({TinyServer::Ok("true")}, /*reads_bodies=*/true);
    auto pull = HttpPull::Make(Options());
    ASSERT_TRUE(pull.ok());
    const Upload form = {{}, {{"Title", "x", {}, {}}, InPieces(content, piece)}};
    EXPECT_EQ(Send(**pull, server.base() + "/A", form).body, "true") << piece;
    ASSERT_EQ(server.asked().size(), 1U);
    EXPECT_THAT(server.asked()[0], HasSubstr("\r\n\r\n" + content + "\r\n--")) << piece;
    EXPECT_THAT(server.asked()[0], HasSubstr("filename=\"f.bin\"\r\nContent-Type: application/pdf"));
  }
}

TEST(HttpPull, ALargePartIsNeverHeldWholeAndEveryPieceIsAskedForOnce) {
  const std::string piece(120U << 10, 'x');
  TinyServer server({TinyServer::Ok("true"), TinyServer::Ok("[]")}, /*reads_bodies=*/true);
  auto pull = HttpPull::Make(Options());
  ASSERT_TRUE(pull.ok());
  size_t asked = 0;
  FormPart part{"Content", {}, "f.bin", "application/pdf", {}, 50 * piece.size()};
  part.next = [&]() -> Result<std::string> {
    ++asked;
    return piece;
  };
  EXPECT_EQ(Send(**pull, server.base() + "/A", {{}, {part}}).body, "true");
  EXPECT_EQ(asked, 50U);
  EXPECT_GT(server.asked().at(0).size(), 50 * piece.size());
  EXPECT_EQ(Pull(**pull, server.base() + "/C").body, "[]") << "and what comes after it is as before";
}

TEST(HttpPull, APieceThatCannotBeReadEndsTheRequest) {
  TinyServer server({TinyServer::Ok("true")}, /*reads_bodies=*/true);
  auto pull = HttpPull::Make(Options());
  ASSERT_TRUE(pull.ok());
  FormPart part{"Content", {}, "f.bin", "application/pdf", {}, 1U << 20};
  part.next = [] { return Result<std::string>(Corrupt("no such part")); };
  const HttpAnswer answer = Send(**pull, server.base() + "/A", {{}, {part}});
  EXPECT_EQ(answer.status, 0);
  EXPECT_FALSE(answer.unsent) << "its beginning may be there";
}

// A POST whose answer is lost may have been carried out; one that found nobody cannot have been.
TEST(HttpPull, ItIsToldWhetherAnythingOfAPostHasLeft) {
  std::string nobody;
  {
    TinyServer server({"HTTP/1.1 "});
    nobody = server.base();
    auto pull = HttpPull::Make(Options());
    ASSERT_TRUE(pull.ok());
    const HttpAnswer cut = Send(**pull, server.base() + "/A", {"{}", {}});
    EXPECT_EQ(cut.status, 0);
    EXPECT_FALSE(cut.unsent);
    EXPECT_EQ(server.asked().size(), 1U) << "and it is not sent again unasked";
  }
  auto pull = HttpPull::Make(Options());
  const HttpAnswer none = Send(**pull, nobody + "/A", {"{}", {}});
  EXPECT_EQ(none.status, 0);
  EXPECT_TRUE(none.unsent);
}

TEST(HttpPull, TheQueryIsEncodedAndTheAnswerComesWhole) {
  TinyServer server(
      {TinyServer::Ok("[1]", "Date: Mon, 02 Mar 2026 10:00:00 GMT\r\n"), TinyServer::Ok("[2]")});
  auto pull = HttpPull::Make(Options());
  ASSERT_TRUE(pull.ok());
  const HttpAnswer one = Pull(**pull, server.base() + "/Extract/A",
                              {{"domain", "bo & co"}, {"key", "a=b"}, {"t", "08:15+01"}});
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.body, "[1]");
  ASSERT_TRUE(one.server_time);
  EXPECT_EQ(ToIso(*one.server_time), "2026-03-02T10:00:00.000Z");
  EXPECT_FALSE((*pull)->busy());
  const HttpAnswer two = Pull(**pull, server.base() + "/Extract/B");
  EXPECT_EQ(two.body, "[2]");
  EXPECT_FALSE(two.server_time);
  ASSERT_EQ(server.asked().size(), 2U);
  EXPECT_THAT(server.asked()[0],
              testing::StartsWith("GET /Extract/A?domain=bo+%26+co&key=a%3db&t=08%3a15%2b01 "));
  EXPECT_THAT(server.asked()[0], HasSubstr("Accept: application/json"));
  EXPECT_THAT(server.asked()[1], testing::StartsWith("GET /Extract/B "));
}

TEST(HttpPull, RefusalsTellStatusAndWhenToComeAgain) {
  const HttpAnswer answer = PullOnce(
      "HTTP/1.1 429 Too Many\r\nRetry-After: 17\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.retry_after_s, 17);
}

TEST(HttpPull, ARedirectIsNotFollowed) {
  TinyServer other({TinyServer::Ok("[1]")});
  const HttpAnswer answer = PullOnce("HTTP/1.1 302 Found\r\nLocation: " + other.base() +
                                     "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.status, 302);
  EXPECT_TRUE(other.asked().empty());
}

TEST(HttpPull, ABodyOverTheLimitIsCutOff) {
  HttpPullOptions options = Options();
  options.max_body_bytes = 1'000;
  const HttpAnswer told = PullOnce(TinyServer::Ok(std::string(1'001, 'x')), options);
  EXPECT_TRUE(told.too_large);
  EXPECT_EQ(told.status, 0);
  const HttpAnswer untold =
      PullOnce("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(1'001, 'x'), options);
  EXPECT_TRUE(untold.too_large);
  const HttpAnswer fits = PullOnce(TinyServer::Ok(std::string(1'000, 'x')), options);
  EXPECT_FALSE(fits.too_large);
  EXPECT_EQ(fits.body.size(), 1'000U);
}

TEST(HttpPull, FailuresAreToldWithoutTheAddress) {
  std::string gone;
  {
    TinyServer closed({});
    gone = closed.base();
  }
  auto pull = HttpPull::Make(Options());
  ASSERT_TRUE(pull.ok());
  for (const HttpAnswer& answer :
       {Pull(**pull, gone + "/x", {{"key", "geheim"}}), PullOnce("no http\r\n\r\n"),
        PullOnce("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")}) {
    EXPECT_EQ(answer.status, 0);
    EXPECT_FALSE(answer.failure.empty());
    EXPECT_THAT(answer.failure, Not(HasSubstr("geheim")));
    EXPECT_THAT(answer.failure, Not(HasSubstr("127.0.0.1")));
  }
}

TEST(HttpPull, ASilentServerIsGivenUpAndCanBeAskedAgain) {
  HttpPullOptions options = Options();
  options.timeout_ms = 100;
  TinyServer server({"", TinyServer::Ok("[]")});
  auto pull = HttpPull::Make(options);
  ASSERT_TRUE(pull.ok());
  EXPECT_EQ(Pull(**pull, server.base()).status, 0);
  EXPECT_EQ(Pull(**pull, server.base()).status, 200);
}

TEST(HttpPull, HttpsIsTheOnlySchemeUnlessPlainWasChosen) {
  TinyServer server({TinyServer::Ok("[1]")});
  HttpPullOptions options = Options();
  options.plain = false;
  auto pull = HttpPull::Make(options);
  ASSERT_TRUE(pull.ok());
  EXPECT_EQ(Pull(**pull, server.base()).status, 0);
  EXPECT_EQ(Pull(**pull, "file:///etc/hostname").status, 0);
  EXPECT_TRUE(server.asked().empty());
}

TEST(HttpPull, CancelledRequestsLeaveNothingBehind) {
  TinyServer server({"", TinyServer::Ok("[2]")});
  auto pull = HttpPull::Make(Options());
  ASSERT_TRUE(pull.ok());
  ASSERT_TRUE((*pull)->Start(server.base(), {}).ok());
  for (int i = 0; i < 5; ++i) EXPECT_FALSE((*pull)->Step(10));
  (*pull)->Cancel();
  EXPECT_FALSE((*pull)->busy());
  EXPECT_EQ(Pull(**pull, server.base()).body, "[2]");
}

}  // namespace
}  // namespace sam::rest
