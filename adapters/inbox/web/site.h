// Site: the web inbox without its network. A request in, an answer out; who is signed in, who waits
// after wrong passwords, and which forms are ours is decided here, and all that is shown or said goes
// through the same Inbox as the commands.
// Threads: the inbox's alone. A password is checked by somebody else: Handle hands the check to
// `checker` and answers later, from Checked.
// Limits: those of Sessions and Throttle; forms of Form; an attachment is held in memory while it is read.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "adapters/inbox/inbox.h"
#include "adapters/inbox/web/accounts.h"
#include "adapters/inbox/web/forms.h"
#include "adapters/inbox/web/frame.h"
#include "adapters/inbox/web/sessions.h"
#include "adapters/inbox/web/throttle.h"
#include "adapters/inbox/web/waiting.h"
#include "adapters/inbox/web_config.h"
#include "broker/base/clock.h"
#include "broker/crypto/password.h"

namespace sam::inbox::web {

struct PasswordCheck {
  edge::HttpTicket ticket = 0;
  std::string hash;
  std::string password;
};

class Site {
 public:
  static constexpr size_t kPageRows = 50;
  static constexpr size_t kHeadersMax = 64;
  static constexpr size_t kBodyMax = 16'384;
  static constexpr int64_t kLongestAccountMs = 300'000;   // nobody is locked out for long by a stranger
  static constexpr int64_t kLongestAddressMs = 900'000;

  // False: too many at once. What it takes is wiped by whoever took it.
  using Checker = std::function<bool(PasswordCheck&&)>;
  // kInvalid: the accounts file cannot be read. `cost`: of the hash that strangers are compared with.
  static Result<std::unique_ptr<Site>> Open(Inbox& inbox, WebConfig config, std::string function,
                                            const Clock& clock, Checker checker,
                                            const PasswordCost& cost = {});

  // None: answered later, by Checked.
  std::optional<edge::HttpResponse> Handle(const edge::HttpRequest& request,
                                           edge::HttpTicket ticket);
  // None: nobody waits for this one any more.
  std::optional<edge::HttpResponse> Checked(edge::HttpTicket ticket, bool right);
  size_t signed_in() const { return sessions_.size(); }

 private:
  struct Pending {  // a sign-in whose password is being looked at
    std::string account;
    std::string address;
    std::string certificate;
    contract::Language language = contract::Language::kSwedish;
    bool known = false;
    bool allowed = false;  // it may come in if the password is right
  };
  struct Asked {  // by somebody who is signed in
    const edge::HttpRequest& request;
    Frame frame;
    Who who;
    Form form = {};
  };
  Site(Inbox& inbox, WebConfig config, std::string function, const Clock& clock, Checker checker);

  int64_t NowMs() const { return clock_.SteadyMicros() / 1000; }
  Frame FrameOf(const edge::HttpRequest& request) const;
  std::optional<edge::HttpResponse> Screen(const Frame& frame, const edge::HttpRequest& request) const;
  std::optional<edge::HttpResponse> Public(Frame& frame, const edge::HttpRequest& request,
                                           edge::HttpTicket ticket, bool* handled);
  Result<edge::HttpResponse> Serve(Asked& asked);
  Result<edge::HttpResponse> Act(const Asked& asked, const std::string& id, const std::string& what);

  // sign_in.cc
  std::string DoorToken(const std::string& nonce) const;
  edge::HttpResponse SignInForm(Frame frame, int status, const std::string& account,
                                const Faults& faults, const std::string& note);
  std::optional<edge::HttpResponse> SignIn(const Frame& frame, const edge::HttpRequest& request,
                                           edge::HttpTicket ticket);
  edge::HttpResponse SignOut(const Asked& asked);
  const Session* SessionOf(const edge::HttpRequest& request);

  // signals.cc
  Result<edge::HttpResponse> List(const Asked& asked);
  Result<edge::HttpResponse> Signal(const Asked& asked, const std::string& id);
  Result<edge::HttpResponse> Print(const Asked& asked, const std::string& id);
  Result<edge::HttpResponse> Download(const Asked& asked, const std::string& id,
                                      const std::string& number);
  Result<edge::HttpResponse> Answer(const Asked& asked, const std::string& id,
                                    bool corrects);
  Result<edge::HttpResponse> ShowAgain(const Asked& asked, const std::string& id,
                                       const Faults& faults);
  Result<edge::HttpResponse> Forward(const Asked& asked, const std::string& id);
  Result<edge::HttpResponse> SayOnce(const Asked& asked, const Row& row, const Saying& saying,
                                     const std::vector<std::pair<std::string, std::string>>& facts,
                                     const std::string& action);
  Result<edge::HttpResponse> Decide(const Asked& asked, const std::string& id);

  Result<edge::HttpResponse> Sent(const Asked& asked);  // sent_page.cc

  // holds.cc
  Result<std::optional<HeldSignal>> HoldOf(const Row& row);
  Result<edge::HttpResponse> NameReceiver(const Asked& asked, const std::string& id);

  Inbox& inbox_;
  WebConfig config_;
  std::string function_;
  const Clock& clock_;
  Checker checker_;
  Accounts accounts_;
  Sessions sessions_;
  Throttle by_account_{kLongestAccountMs};
  Throttle by_address_{kLongestAddressMs};
  Waiting waiting_;
  std::string stranger_hash_;
  std::string door_secret_;  // of this process: forms shown before anybody is signed in
  std::map<edge::HttpTicket, Pending> pending_;
};

// Whether an act was refused for what was asked, and the text id of that.
bool IsTheAskers(Code code);
std::string FaultOf(Code code);

}  // namespace sam::inbox::web
