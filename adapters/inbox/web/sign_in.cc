// Signing in and out. Whoever has no account meets the same work, the same words and the same waiting
// as one who mistypes.
#include <algorithm>
#include <utility>

#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/web/site.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/secret.h"
#include "broker/crypto/wipe.h"

namespace sam::inbox::web {

namespace {

constexpr const char* kSessionCookie = "__Host-samsignal";
constexpr const char* kDoorCookie = "__Host-samsignal-door";
constexpr const char* kCookieMarks = "; Path=/; Secure; HttpOnly; SameSite=Strict";
constexpr size_t kNonceBytes = 16;
constexpr size_t kAccountMax = 64;

std::string Cookie(const char* name, const std::string& value) {
  return std::string(name).append("=").append(value).append(kCookieMarks);
}

// What is shown again in the form; a mistyped name may be a password, so nothing else keeps it.
std::string AccountOf(const Form& form) {
  return LowerAscii(Trim(form.Get("account"))).substr(0, kAccountMax);
}

// What is typed as a name may be a password: waiting knows it by its digest.
std::string KeyOf(const std::string& name) { return std::string(Sha256({name}).view()); }

}  // namespace

// Nobody is signed in yet: the form proves by a cookie that it came from our page in this browser.
std::string Site::DoorToken(const std::string& nonce) const {
  const auto key = SecretKey::FromBytes(door_secret_);
  return key.ok() ? ToHex(KeyedHash(*key, {"door", nonce}).view()) : std::string();
}

edge::HttpResponse Site::SignInForm(Frame frame, int status, const std::string& account,
                                    const Faults& faults, const std::string& note) {
  const std::string nonce = ToHex(RandomBytes(kNonceBytes));
  frame.form_token = DoorToken(nonce);
  frame.path = "/sign-in";
  edge::HttpResponse out = SignInPage(frame, status, account, faults, note);
  out.headers.emplace_back("Set-Cookie", Cookie(kDoorCookie, nonce));
  return out;
}

std::optional<edge::HttpResponse> Site::SignIn(const Frame& frame,
                                               const edge::HttpRequest& request,
                                               edge::HttpTicket ticket) {
  const auto form = Form::Read(request.body);
  const std::string nonce = CookieOf(request.Header("cookie"), kDoorCookie);
  if (!form || nonce.empty() || !SameSecret(form->Get("token"), DoorToken(nonce)))
    return SignInForm(frame, 403, "", {{"", "web.refused.text"}}, "");
  const std::string name = AccountOf(*form);
  const int64_t now = NowMs();
  const std::string key = KeyOf(name);
  const int64_t wait = std::max(by_account_.WaitMs(key, now),
                                by_address_.WaitMs(request.peer.address, now));
  if (wait > 0) {
    const std::string seconds = std::to_string((wait + 999) / 1000);
    edge::HttpResponse out =
        SignInForm(frame, 429, name, {}, frame.Say("web.signin.wait", {{"seconds", seconds}}));
    out.headers.emplace_back("Retry-After", seconds);
    return out;
  }
  accounts_.Refresh();
  const Account* account = accounts_.book().Find(name);
  Pending pending;
  pending.account = name;
  pending.address = request.peer.address;
  pending.certificate = request.peer.fingerprint;
  pending.language = frame.language;
  pending.known = account != nullptr;
  pending.allowed = account != nullptr && !account->disabled &&
                    (account->certificate.empty() ||
                     account->certificate == request.peer.fingerprint);
  PasswordCheck check;
  check.ticket = ticket;
  check.hash = account != nullptr ? account->hash : stranger_hash_;
  check.password = form->Get("password");
  if (!checker_(std::move(check)))
    return SignInForm(frame, 503, name, {}, frame.Say("web.signin.busy"));
  by_account_.Tried(key, now);
  by_address_.Tried(request.peer.address, now);
  pending_[ticket] = std::move(pending);
  return std::nullopt;
}

std::optional<edge::HttpResponse> Site::Checked(edge::HttpTicket ticket, bool right) {
  const auto found = pending_.find(ticket);
  if (found == pending_.end()) return std::nullopt;
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  const Who who(pending.account, Door::WEB);
  if (!right || !pending.allowed) {
    // A name that is no account's may be anything that was typed: it is not kept.
    if (pending.known) {
      const Status noted = inbox_.audit().Note(who, Action::SIGN_IN_REFUSED);
      if (!noted.ok()) log::Warn("web", "audit-failed", {{"code", noted.error().code}});
    }
    Frame frame;
    frame.function = function_;
    frame.language = pending.language;
    return SignInForm(frame, 401, pending.account, {{"", "web.signin.wrong"}}, "");
  }
  // Nobody is let in whose coming cannot be noted.
  const Status noted = inbox_.audit().Note(who, Action::SIGNED_IN);
  Frame frame;
  frame.function = function_;
  frame.language = pending.language;
  if (!noted.ok()) return Message(frame, 500, "web.broken", "web.broken.text");
  by_account_.Succeeded(KeyOf(pending.account));
  by_address_.Succeeded(pending.address);
  edge::HttpResponse out = Redirect("/");
  out.headers.emplace_back(
      "Set-Cookie",
      Cookie(kSessionCookie, sessions_.Begin(pending.account, pending.certificate, NowMs())));
  return out;
}

// An account that was disabled or removed is out at its next click.
const Session* Site::SessionOf(const edge::HttpRequest& request) {
  const std::string token = CookieOf(request.Header("cookie"), kSessionCookie);
  const Session* session = sessions_.Find(token, request.peer.fingerprint, NowMs());
  if (session == nullptr) return nullptr;
  accounts_.Refresh();
  const Account* account = accounts_.book().Find(session->account);
  if (account != nullptr && !account->disabled) return session;
  sessions_.End(token);
  return nullptr;
}

edge::HttpResponse Site::SignOut(const Asked& asked) {
  const std::string token = CookieOf(asked.request.Header("cookie"), kSessionCookie);
  sessions_.End(token);
  const Status noted = inbox_.audit().Note(asked.who, Action::SIGNED_OUT);
  if (!noted.ok()) log::Warn("web", "audit-failed", {{"code", noted.error().code}});
  Frame frame = asked.frame;
  frame.account.clear();
  edge::HttpResponse out = SignInForm(frame, 200, "", {}, frame.Say("web.signin.out"));
  out.headers.emplace_back("Set-Cookie", Cookie(kSessionCookie, "").append("; Max-Age=0"));
  return out;
}

}  // namespace sam::inbox::web
