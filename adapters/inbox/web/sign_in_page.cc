#include "adapters/inbox/web/pages.h"

namespace sam::inbox::web {

edge::HttpResponse SignInPage(const Frame& frame, int status, const std::string& account,
                              const Faults& faults, const std::string& note) {
  Html out;
  out.Element("h1", frame.Say("web.signin"));
  if (!note.empty())
    out.Open("div", {{"class", "note"}, {"role", "status"}}).Element("p", note).Close("div");
  AddFaults(out, frame, faults);
  out.Open("section", {{"class", "narrow"}, {"aria-label", frame.Say("web.signin")}});
  out.Open("form", {{"method", "post"}, {"action", "/sign-in"}});
  AddToken(out, frame);
  AddInput(out, frame, faults,
           {.id = "account", .value = account, .label_id = "web.account", .complete = "username"});
  AddInput(out, frame, faults,
           {.id = "password", .type = "password", .label_id = "web.password",
            .complete = "current-password"});
  out.Element("button", frame.Say("web.signin")).Close("form").Close("section");
  const std::string title = faults.empty() ? frame.Say("web.signin")
                                           : frame.Say("web.fault") + " " + frame.Say("web.signin");
  return Page(frame, status, title, out);
}

}  // namespace sam::inbox::web
