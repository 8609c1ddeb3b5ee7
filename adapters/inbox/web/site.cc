#include "adapters/inbox/web/site.h"

#include <utility>

#include "adapters/inbox/web/pages.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/crypto/secret.h"

namespace sam::inbox::web {

namespace {

constexpr const char* kLanguageCookie = "__Host-samsignal-lang";
constexpr const char* kFormType = "application/x-www-form-urlencoded";

// What a page of another origin makes a browser send is refused, whatever else it has.
bool FromElsewhere(const edge::HttpRequest& request) {
  const std::string& origin = request.Header("origin");
  if (!origin.empty() && origin != "https://" + request.Header("host")) return true;
  const std::string& site = request.Header("sec-fetch-site");
  return !site.empty() && site != "same-origin" && site != "none";
}

// A browser that only guesses what will be looked at must not tell a sender that it was.
bool Guesses(const edge::HttpRequest& request) {
  return !request.Header("sec-purpose").empty() || request.Header("purpose") == "prefetch";
}

// A path of ours, for links and redirects: "//other.example" would lead away.
std::string OwnPath(const std::string& path) {
  const bool plain = path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789/-") ==
                     std::string::npos;
  return plain && path.find("//") == std::string::npos ? path : "/";
}

std::string LanguageWanted(const edge::HttpRequest& request) {
  const auto query = Form::Read(request.query);
  const std::string asked = query ? query->Get("lang") : "";
  return asked == "sv" || asked == "en" ? asked : "";
}

}  // namespace

Site::Site(Inbox& inbox, WebConfig config, std::string function, const Clock& clock,
           Checker checker)
    : inbox_(inbox),
      config_(std::move(config)),
      function_(std::move(function)),
      clock_(clock),
      checker_(std::move(checker)),
      accounts_(config_.accounts_file),
      sessions_(config_.idle_ms, config_.session_ms),
      waiting_(inbox),
      door_secret_(RandomBytes(SecretKey::kSize)) {}

Result<std::unique_ptr<Site>> Site::Open(Inbox& inbox, WebConfig config, std::string function,
                                         const Clock& clock, Checker checker,
                                         const PasswordCost& cost) {
  std::unique_ptr<Site> out(
      new Site(inbox, std::move(config), std::move(function), clock, std::move(checker)));
  SAM_TRY(out->accounts_.Read());
  if (out->accounts_.book().all().empty())
    log::Warn("web", "no-accounts", {{"file", out->config_.accounts_file}});
  SAM_ASSIGN(out->stranger_hash_, HashPassword(ToHex(RandomBytes(16)), cost));
  return out;
}

Frame Site::FrameOf(const edge::HttpRequest& request) const {
  Frame frame;
  frame.function = function_;
  frame.path = request.method == "GET" ? OwnPath(request.path) : "/";
  std::string name = LanguageWanted(request);
  if (name.empty()) name = CookieOf(request.Header("cookie"), kLanguageCookie);
  frame.language = name.empty() ? config_.language : contract::LanguageFromName(name);
  return frame;
}

std::optional<edge::HttpResponse> Site::Screen(const Frame& frame,
                                               const edge::HttpRequest& request) const {
  const auto refused = [&](int status) {
    return Message(frame, status, "web.refused", "web.refused.text");
  };
  if (request.headers.size() > kHeadersMax) return refused(431);
  if (request.body.size() > kBodyMax) return refused(413);
  if (request.method == "GET") {
    if (!request.body.empty()) return refused(400);
    if (Guesses(request)) return refused(503);
    return std::nullopt;
  }
  if (request.method != "POST") return refused(405);
  if (FromElsewhere(request)) return refused(403);
  if (request.Header("content-type").rfind(kFormType, 0) != 0) return refused(415);
  return std::nullopt;
}

// What everybody is shown.
std::optional<edge::HttpResponse> Site::Public(Frame& frame, const edge::HttpRequest& request,
                                               edge::HttpTicket ticket, bool* handled) {
  *handled = true;
  const bool get = request.method == "GET";
  if (get && request.path == "/style.css") return Plain(200, "text/css; charset=utf-8", kStyle);
  if (get && request.path == "/favicon.ico") return Plain(204, "image/x-icon", "");
  if (get && request.path == "/robots.txt")
    return Plain(200, "text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n");
  const std::string language = LanguageWanted(request);
  if (get && !language.empty()) {  // remembered, and out of the address again
    edge::HttpResponse out = Redirect(OwnPath(request.path));
    out.headers.emplace_back("Set-Cookie", std::string(kLanguageCookie) + "=" + language +
                                               "; Path=/; Secure; HttpOnly; SameSite=Strict");
    return out;
  }
  if (request.path == "/sign-in" && !get) return SignIn(frame, request, ticket);
  *handled = false;
  return std::nullopt;
}

std::optional<edge::HttpResponse> Site::Handle(const edge::HttpRequest& request,
                                               edge::HttpTicket ticket) {
  Frame frame = FrameOf(request);
  if (auto no = Screen(frame, request)) return no;
  bool handled = false;
  auto shown = Public(frame, request, ticket, &handled);
  if (handled) return shown;
  const Session* session = SessionOf(request);
  if (session == nullptr) {
    frame.path = "/sign-in";
    const std::string note = request.path == "/sign-in" || request.path == "/"
                                 ? "" : frame.Say("web.signin.again");
    return SignInForm(frame, request.path == "/sign-in" ? 200 : 401, "", {}, note);
  }
  frame.account = session->account;
  frame.role = accounts_.book().Find(session->account)->role;
  frame.form_token = session->form_token;
  Asked asked{request, frame, Who(session->account, Door::WEB)};
  if (request.method == "POST") {
    auto form = Form::Read(request.body);
    if (!form || !SameSecret(form->Get("token"), session->form_token))
      return Message(frame, 403, "web.refused", "web.refused.text");
    asked.form = std::move(*form);
  }
  auto answer = Serve(asked);
  if (answer.ok()) return std::move(answer).value();
  if (answer.error().code == Code::kNotFound)
    return Message(frame, 404, "web.notfound", "web.notfound.text");
  if (answer.error().code == Code::kDenied)
    return Message(frame, 403, "web.refused", "web.refused.role");
  log::Warn("web", "page-failed", {{"code", answer.error().code}, {"why", answer.error().message}});
  return Message(frame, 500, "web.broken", "web.broken.text");
}

Result<edge::HttpResponse> Site::Serve(Asked& asked) {
  const bool get = asked.request.method == "GET";
  const std::string& path = asked.request.path;
  if (path == "/sign-in") return Redirect("/");
  if (path == "/sign-out" && !get) return SignOut(asked);
  if (path == "/" && get) return List(asked);
  if (path == "/sent" && get) return Sent(asked);
  const std::vector<std::string_view> parts = Split(path, '/');
  // "", "signals", id [, what [, number]]
  if (parts.size() < 3 || parts.size() > 5 || parts[1] != "signals" || parts[2].size() != 32)
    return NotFound("no such page");
  const std::string id(parts[2]);
  const std::string what(parts.size() > 3 ? parts[3] : std::string_view());
  if (parts.size() == 5) {
    if (!get || what != "attachments") return NotFound("no such page");
    return Download(asked, id, std::string(parts[4]));
  }
  if (get && what.empty() && parts.size() == 3) return Signal(asked, id);
  if (get && what == "print") return Print(asked, id);
  if (get) return NotFound("no such page");
  return Act(asked, id, what);
}

// What only a registrar may do.
Result<edge::HttpResponse> Site::Act(const Asked& asked, const std::string& id,
                                     const std::string& what) {
  const bool known = what == "answer" || what == "correct" || what == "forward" ||
                     what == "decide" || what == "name";
  if (!known) return NotFound("no such page");
  if (asked.frame.role != Role::kRegistrar) return Denied("this account only reads");
  if (what == "forward") return Forward(asked, id);
  if (what == "name") return NameReceiver(asked, id);
  if (what == "decide") return Decide(asked, id);
  return Answer(asked, id, what == "correct");
}

}  // namespace sam::inbox::web
