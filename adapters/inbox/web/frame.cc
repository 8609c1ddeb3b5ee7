#include "adapters/inbox/web/frame.h"

#include <algorithm>

namespace sam::inbox::web {

namespace {

using contract::Language;

void AddLanguages(Html& out, const Frame& frame) {
  const bool english = frame.language == Language::kEnglish;
  const char* other = english ? "sv" : "en";
  out.Element("a", english ? "Svenska" : "English",
              {{"href", frame.path + "?lang=" + other}, {"lang", other}, {"hreflang", other}});
}

void AddTop(Html& out, const Frame& frame) {
  out.Element("a", frame.Say("web.skip"), {{"class", "skip"}, {"href", "#main"}});
  out.Open("header").Open("div", {{"class", "top"}});
  out.Element("p", frame.Say("inbox.title", {{"function", frame.function}}), {{"class", "name"}});
  out.Open("nav", {{"aria-label", frame.Say("web.nav")}}).Open("ul");
  if (!frame.account.empty()) {
    out.Open("li").Element("a", frame.Say("web.signals"), {{"href", "/"}}).Close("li");
    out.Open("li").Element("a", frame.Say("web.sent"), {{"href", "/sent"}}).Close("li");
  }
  out.Open("li");
  AddLanguages(out, frame);
  out.Close("li");
  if (!frame.account.empty()) {
    out.Open("li").Open("form", {{"method", "post"}, {"action", "/sign-out"}});
    AddToken(out, frame);
    out.Open("button", {{"class", "quiet"}}).Text(frame.Say("web.signout") + " " + frame.account);
    out.Close("button").Close("form").Close("li");
  }
  out.Close("ul").Close("nav").Close("div").Close("header");
}

}  // namespace

bool IsFaulty(const Faults& faults, std::string_view field) {
  return std::any_of(faults.begin(), faults.end(),
                     [&](const Fault& fault) { return fault.field == field; });
}

void AddFaults(Html& out, const Frame& frame, const Faults& faults) {
  if (faults.empty()) return;
  out.Open("div", {{"class", "faults"}, {"role", "alert"}, {"aria-labelledby", "faults"}});
  out.Element("h2", frame.Say("web.faults"), {{"id", "faults"}}).Open("ul");
  for (const Fault& fault : faults) {
    out.Open("li");
    if (fault.field.empty())
      out.Text(frame.Say(fault.text_id));
    else
      out.Element("a", frame.Say(fault.text_id), {{"href", "#" + fault.field}});
    out.Close("li");
  }
  out.Close("ul").Close("div");
}

void AddToken(Html& out, const Frame& frame) {
  out.Open("input", {{"type", "hidden"}, {"name", "token"}, {"value", frame.form_token}});
}

void AddInput(Html& out, const Frame& frame, const Faults& faults, const Input& input) {
  out.Open("div", {{"class", "field"}});
  out.Element("label", frame.Say(input.label_id), {{"for", input.id}});
  std::string described;
  if (!input.hint_id.empty()) {
    described = input.id + "-hint";
    out.Element("p", frame.Say(input.hint_id), {{"class", "hint"}, {"id", described}});
  }
  const bool faulty = IsFaulty(faults, input.id);
  for (const Fault& fault : faults) {
    if (fault.field != input.id) continue;
    const std::string id = input.id + "-fault";
    described += (described.empty() ? "" : " ") + id;
    out.Element("p", frame.Say(fault.text_id), {{"class", "fault"}, {"id", id}});
    break;
  }
  const std::string value = input.value;
  out.Open("input", {{"id", input.id},
                     {"name", input.id},
                     {"type", input.type},
                     {"value", value},
                     {"autocomplete", input.complete},
                     {described.empty() ? "spellcheck" : "aria-describedby",
                      described.empty() ? "false" : described},
                     {"aria-invalid", faulty ? "true" : "false"}});
  out.Close("div");
}

void AddRadio(Html& out, const std::string& name, const std::string& value,
              const std::string& label, bool checked) {
  const std::string id = name + "-" + value;
  out.Open("div", {{"class", "choice"}});
  if (checked)
    out.Open("input", {{"type", "radio"}, {"id", id}, {"name", name}, {"value", value}, {"checked", ""}});
  else
    out.Open("input", {{"type", "radio"}, {"id", id}, {"name", name}, {"value", value}});
  out.Element("label", label, {{"for", id}}).Close("div");
}

edge::HttpResponse Plain(int status, std::string content_type, std::string body) {
  edge::HttpResponse out;
  out.status = status;
  out.content_type = std::move(content_type);
  out.body = std::move(body);
  out.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
       "frame-ancestors 'none'"},
      {"Referrer-Policy", "same-origin"},
      {"Strict-Transport-Security", "max-age=31536000"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"X-Frame-Options", "DENY"},
  };
  return out;
}

edge::HttpResponse Page(const Frame& frame, int status, const std::string& title,
                        const Html& main) {
  Html out;
  const char* lang = frame.language == Language::kEnglish ? "en" : "sv";
  out.Open("html", {{"lang", lang}}).Open("head").Open("meta", {{"charset", "utf-8"}});
  out.Open("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  out.Open("meta", {{"name", "robots"}, {"content", "noindex"}});
  out.Element("title", title + " – " + frame.Say("inbox.title", {{"function", frame.function}}));
  out.Open("link", {{"rel", "stylesheet"}, {"href", "/style.css"}}).Close("head").Open("body");
  AddTop(out, frame);
  out.Open("main", {{"id", "main"}, {"tabindex", "-1"}}).Add(main).Close("main");
  out.Close("body").Close("html");
  return Plain(status, "text/html; charset=utf-8", "<!DOCTYPE html>\n" + out.text());
}

edge::HttpResponse Redirect(const std::string& path) {
  edge::HttpResponse out = Plain(303, "text/plain; charset=utf-8", "");
  out.headers.emplace_back("Location", path);
  return out;
}

edge::HttpResponse Message(const Frame& frame, int status, std::string_view title_id,
                           std::string_view text_id) {
  Html main;
  main.Element("h1", frame.Say(title_id)).Element("p", frame.Say(text_id));
  return Page(frame, status, frame.Say(title_id), main);
}

}  // namespace sam::inbox::web
