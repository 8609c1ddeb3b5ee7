// Who comes in, who waits, and what a page of another origin cannot do.
#include "tests/unit/adapters/inbox/web/web_fixture.h"

namespace sam::inbox::web::test {
namespace {

TEST_F(WebTest, WithoutSigningInNothingIsShown) {
  Receive(1, {});
  for (const std::string& path : {std::string("/"), PathTo("one"), PathTo("one") + "/print",
                                  PathTo("one") + "/attachments/1", std::string("/nowhere")}) {
    const auto answer = Get(path);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_THAT(answer.body, Not(HasSubstr("concern itself"))) << path;
  }
  EXPECT_EQ(Post(PathTo("one") + "/answer", {{"say", "assessed"}, {"confirmed", "yes"}}).status, 401);
  EXPECT_TRUE(Outgoing().empty());
  EXPECT_TRUE(Audited().empty());
}

TEST_F(WebTest, TheRightPasswordComesInAndItsCookieIsForThisSiteAlone) {
  const auto answer = SignIn("anna");
  EXPECT_EQ(answer.status, 303);
  const std::string cookie = HeaderOf(answer, "Set-Cookie");
  for (const char* mark : {"__Host-samsignal=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"})
    EXPECT_THAT(cookie, HasSubstr(mark));
  EXPECT_EQ(Get("/").status, 200);
  ASSERT_EQ(Audited().size(), 1U);
  EXPECT_EQ(Audited()[0].action, Action::SIGNED_IN);
  EXPECT_EQ(Audited()[0].by, "anna");
  EXPECT_EQ(Audited()[0].door, Door::WEB);
}

TEST_F(WebTest, AWrongPasswordAndAnUnknownAccountAreToldTheSame) {
  auto wrong = SignIn("anna", "fel mening helt och hållet");
  auto unknown = SignIn("finnsinte");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  const auto same = [](std::string body, const std::string& name) {
    body.erase(body.find(TokenIn(body)), 64);
    body.erase(body.find("value=\"" + name), name.size() + 8);
    return body;
  };
  EXPECT_EQ(same(wrong.body, "anna"), same(unknown.body, "finnsinte"));
  ASSERT_EQ(Audited().size(), 1U) << "what is typed as an unknown name may be a password: not kept";
  EXPECT_EQ(Audited()[0].action, Action::SIGN_IN_REFUSED);
}

TEST_F(WebTest, AnUnknownAccountCostsTheSameWork) {
  Get("/sign-in");
  auto request = PostOf("/sign-in", "token=" + token_ + "&account=finnsinte&password=x");
  request.headers.emplace_back("cookie", "__Host-samsignal-door=" + cookies_["__Host-samsignal-door"]);
  EXPECT_FALSE(site_->Handle(request, 77).has_value());
  ASSERT_EQ(checks_.size(), 1U);
  EXPECT_THAT(checks_[0].hash, testing::StartsWith("$argon2id$"));
}

TEST_F(WebTest, WhoGuessesWaitsLongerAndLongerWhateverTheName) {
  for (const char* name : {"anna", "finnsinte"}) {
    address_ = std::string("192.0.2.") + (name[0] == 'a' ? "1" : "2");
    for (int i = 0; i < Throttle::kFree; ++i) EXPECT_EQ(SignIn(name, "fel").status, 401);
    const auto waits = SignIn(name, "fel");
    EXPECT_EQ(waits.status, 429);
    EXPECT_EQ(HeaderOf(waits, "Retry-After"), "2");
    EXPECT_EQ(SignIn(name).status, 429) << "the right one as well";
  }
  clock_.Advance(2'000);
  EXPECT_EQ(SignIn("anna").status, 303);
}

TEST_F(WebTest, AnAddressThatTriesManyNamesWaits) {
  for (int i = 0; i < Throttle::kFree; ++i)
    EXPECT_EQ(SignIn("name" + std::to_string(i), "fel").status, 401);
  EXPECT_EQ(SignIn("anna").status, 429);
  address_ = "192.0.2.8";
  EXPECT_EQ(SignIn("anna").status, 303);
}

TEST_F(WebTest, TooManyPasswordsAtOnceAreTurnedAwayAndNotCounted) {
  busy_ = true;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(SignIn("anna").status, 503);
  busy_ = false;
  EXPECT_EQ(SignIn("anna").status, 303);
}

TEST_F(WebTest, AnAccountWithACertificateNeedsIt) {
  const std::string own(64, 'a');
  Account("kim", Role::kReader, own);
  EXPECT_EQ(SignIn("kim").status, 401);
  certificate_ = std::string(64, 'b');
  EXPECT_EQ(SignIn("kim").status, 401);
  certificate_ = own;
  EXPECT_EQ(SignIn("kim").status, 303);
  EXPECT_EQ(Get("/").status, 200);
  certificate_ = "";
  EXPECT_EQ(Get("/").status, 401) << "a stolen cookie without the certificate";
}

TEST_F(WebTest, ADisabledAccountIsOutAtItsNextClick) {
  SignIn("anna");
  EXPECT_EQ(Get("/").status, 200);
  Account("anna", Role::kRegistrar, "", true);
  EXPECT_EQ(Get("/").status, 401);
  EXPECT_EQ(SignIn("anna").status, 401);
}

TEST_F(WebTest, SigningOutEndsTheSessionAtTheServer) {
  SignIn("anna");
  Get("/");
  const auto cookies = cookies_;
  EXPECT_EQ(Post("/sign-out", {}).status, 200);
  cookies_ = cookies;
  EXPECT_EQ(Get("/").status, 401);
  EXPECT_EQ(Audited().back().action, Action::SIGNED_OUT);
}

TEST_F(WebTest, AFormFromElsewhereIsRefused) {
  Receive(1, {});
  SignIn("anna");
  Get(PathTo("one"));
  const size_t before = Outgoing().size();
  const std::string said = "&say=assessed&confirmed=yes";
  const std::string path = PathTo("one") + "/answer";
  EXPECT_EQ(Send(PostOf(path, "token=" + std::string(64, '0') + said)).status, 403);
  EXPECT_EQ(Send(PostOf(path, "say=assessed&confirmed=yes")).status, 403);
  for (const char* origin : {"https://evil.example", "null", "http://inbox.example"}) {
    auto request = PostOf(path, "token=" + token_ + said);
    request.headers.emplace_back("origin", origin);
    EXPECT_EQ(Send(request).status, 403) << origin;
  }
  auto cross = PostOf(path, "token=" + token_ + said);
  cross.headers.emplace_back("sec-fetch-site", "cross-site");
  EXPECT_EQ(Send(cross).status, 403);
  auto json = PostOf(path, "{}");
  json.headers[0].second = "application/json";
  EXPECT_EQ(Send(json).status, 415);
  EXPECT_EQ(Outgoing().size(), before);
  auto ours = PostOf(path, "token=" + token_ + said);
  ours.headers.emplace_back("origin", "https://inbox.example");
  ours.headers.emplace_back("sec-fetch-site", "same-origin");
  EXPECT_EQ(Send(ours).status, 303);
  EXPECT_EQ(Outgoing().size(), before + 1);
}

TEST_F(WebTest, TheSignInFormMustBeOursAsWell) {
  Get("/sign-in");
  const std::string body = "&account=anna&password=" + Encoded(kPassword);
  EXPECT_EQ(Send(PostOf("/sign-in", "token=" + std::string(64, '0') + body)).status, 403);
  cookies_.clear();
  EXPECT_EQ(Send(PostOf("/sign-in", "token=" + token_ + body)).status, 403);
}

TEST_F(WebTest, WhatIsTooMuchIsRefusedBeforeAnythingElse) {
  SignIn("anna");
  auto many = PostOf("/sign-out", "token=" + token_);
  for (size_t i = 0; i < Site::kHeadersMax; ++i) many.headers.emplace_back("x-" + std::to_string(i), "1");
  EXPECT_EQ(Send(many).status, 431);
  EXPECT_EQ(Send(PostOf("/sign-out", std::string(Site::kBodyMax + 1, 'x'))).status, 413);
  auto head = PostOf("/", "");
  head.method = "HEAD";
  EXPECT_EQ(Send(head).status, 405);
  auto body = PostOf("/", "x=1");
  body.method = "GET";
  EXPECT_EQ(Send(body).status, 400);
  EXPECT_EQ(Get("/").status, 200) << "still signed in";
}

TEST_F(WebTest, TheLanguageIsChosenByAPersonAndNeverLeadsAway) {
  auto answer = Get("/sign-in", "lang=sv");
  EXPECT_EQ(answer.status, 303);
  EXPECT_EQ(HeaderOf(answer, "Location"), "/sign-in");
  EXPECT_THAT(Get("/sign-in").body, HasSubstr("<html lang=\"sv\">"));
  EXPECT_EQ(HeaderOf(Get("//evil.example/", "lang=sv"), "Location"), "/");
  EXPECT_EQ(HeaderOf(Get("/\\evil.example", "lang=sv"), "Location"), "/");
}

}  // namespace
}  // namespace sam::inbox::web::test
