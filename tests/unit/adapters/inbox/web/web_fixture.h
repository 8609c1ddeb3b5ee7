// The site over an inbox whose disk is in memory, and a person at a browser without a network: cookies and
// hidden fields are kept as a browser keeps them, passwords are checked at once.
#pragma once

#include <deque>

#include "adapters/inbox/web/site.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::web::test {

using testing::HasSubstr;
using testing::Not;

inline constexpr const char* kPassword = "en mening som ingen gissar";
inline constexpr PasswordCost kCheap{1, 8192};

inline std::string Encoded(const std::string& text) {
  std::string out;
  for (const char c : text) out += "%" + ToHex(std::string_view(&c, 1));
  return out;
}

class WebTest : public inbox::test::InboxTest {
 protected:
  void SetUp() override {
    InboxTest::SetUp();
    config_.accounts_file = folder_ / "accounts";
    config_.idle_ms = 15LL * 60'000;
    config_.session_ms = 8LL * 3'600'000;
    config_.language = contract::Language::kEnglish;
    config_.return_to = "Registrator, 0278-00 00 00";
    Account("anna", Role::kRegistrar);
    Account("rolf", Role::kReader);
    OpenSite();
  }
  void OpenSite() {
    const auto checker = [this](PasswordCheck&& check) {
      if (busy_) return false;
      checks_.push_back(std::move(check));
      return true;
    };
    auto site = Site::Open(*inbox_, config_, "bollnas.mottagning", clock_, checker, kCheap);
    ASSERT_TRUE(site.ok()) << site.error().message;
    site_ = std::move(site).value();
    cookies_.clear();
  }
  void Account(const std::string& name, Role role, const std::string& certificate = "",
               bool disabled = false) {
    auto book = AccountBook::Load(config_.accounts_file);
    ASSERT_TRUE(book.ok());
    web::Account one;
    one.name = name;
    one.role = role;
    one.disabled = disabled;
    one.certificate = certificate;
    one.hash = *HashPassword(kPassword, kCheap);
    ASSERT_TRUE(book->Put(one).ok());
    ASSERT_TRUE(book->Save(config_.accounts_file).ok());
  }
  // Sends a request and gives back the answer, also one that had to wait for a password.
  edge::HttpResponse Send(edge::HttpRequest request) {
    std::string cookies;
    for (const auto& [name, value] : cookies_) cookies += name + "=" + value + "; ";
    request.headers.emplace_back("host", "inbox.example");
    if (!cookies.empty()) request.headers.emplace_back("cookie", cookies);
    request.peer.address = address_;
    request.peer.fingerprint = certificate_;
    auto answer = site_->Handle(request, ++ticket_);
    if (!answer && !checks_.empty()) {
      const PasswordCheck check = std::move(checks_.front());
      checks_.pop_front();
      answer = site_->Checked(check.ticket, PasswordIs(check.hash, check.password));
    }
    EXPECT_TRUE(answer.has_value());
    if (!answer) return {};
    for (const auto& [name, value] : answer->headers) {
      if (name != "Set-Cookie") continue;
      const size_t mark = value.find('=');
      cookies_[value.substr(0, mark)] = value.substr(mark + 1, value.find(';') - mark - 1);
    }
    token_ = TokenIn(answer->body).empty() ? token_ : TokenIn(answer->body);
    return std::move(*answer);
  }
  edge::HttpResponse Get(const std::string& path, const std::string& query = "") {
    edge::HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    return Send(std::move(request));
  }
  static edge::HttpRequest PostOf(const std::string& path, const std::string& body) {
    edge::HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.body = body;
    request.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    return request;
  }
  using Fields = std::vector<std::pair<std::string, std::string>>;
  edge::HttpResponse Post(const std::string& path, const Fields& fields) {
    std::string body = "token=" + token_;
    for (const auto& [name, value] : fields) body += "&" + name + "=" + Encoded(value);
    return Send(PostOf(path, body));
  }
  edge::HttpResponse SignIn(const std::string& name, const std::string& password = kPassword) {
    cookies_.clear();  // another browser
    Get("/sign-in");
    return Post("/sign-in", {{"account", name}, {"password", password}});
  }
  static std::string TokenIn(const std::string& page) {
    const std::string mark = "name=\"token\" value=\"";
    const size_t at = page.find(mark);
    return at == std::string::npos ? "" : page.substr(at + mark.size(), page.find('"', at + mark.size()) - at - mark.size());
  }
  static std::string HeaderOf(const edge::HttpResponse& response, const std::string& wanted) {
    for (const auto& [name, value] : response.headers)
      if (name == wanted) return value;
    return "";
  }
  static std::string PathTo(const std::string& name) { return "/signals/" + Hex(name); }
  std::vector<AuditRow> Audited() {
    std::vector<AuditRow> rows;
    EXPECT_TRUE(inbox_->audit().Each(1, 1000, [&](const AuditRow& row) {
      rows.push_back(row);
      return true;
    }).ok());
    return rows;
  }

  ::sam::test::TempDir folder_;
  WebConfig config_;
  std::unique_ptr<Site> site_;
  std::map<std::string, std::string> cookies_;
  std::string token_, address_ = "192.0.2.7", certificate_;
  std::deque<PasswordCheck> checks_;
  bool busy_ = false;
  edge::HttpTicket ticket_ = 0;
};

}  // namespace sam::inbox::web::test
