#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/words.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"

namespace sam::inbox::web {

namespace {

// 3fa9 4c21 ...: to be read aloud and copied by hand.
std::string InFours(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 4)
    out.append(out.empty() ? "" : " ").append(hex.substr(i, 4));
  return out;
}

void AddLine(Html& out, const std::string& label) {
  out.Element("p", label, {{"class", "line"}});
}

void AddBoxes(Html& out, const Frame& frame, const std::vector<std::string>& words, bool needs_case) {
  out.Open("ul", {{"class", "boxes"}});
  for (const std::string& word : words) {
    const std::string own = "web.form." + word;
    out.Element("li", contract::HasText(own) ? frame.Say(own) : SayText(frame, word, needs_case));
  }
  out.Close("ul");
}

// What somebody may say to it, as boxes, and a line for each word that belongs to one.
void AddAnswers(Html& out, const Frame& frame, const Summary& summary) {
  std::vector<std::string> words = {"registered"};
  const bool report = IsReport(summary.legal_class);
  if (report) words.emplace_back("assessed");
  for (const std::string& word : AnswerWordsOf(summary)) words.push_back(word);
  if (summary.legal_class == 'E') words = {"report", "health-contact", "support", "dismissed"};
  const bool goes_on = GoesOn(summary.code, summary.legal_class);
  if (goes_on) words.insert(words.end(), {"redirected", "forwarded"});
  AddBoxes(out, frame, words, report);
  if (goes_on) AddLine(out, frame.Say("web.to"));
}

}  // namespace

Result<edge::HttpResponse> PrintPage(const Frame& frame, const Inbox& inbox, const Row& row,
                                     const std::string& return_to, Millis now) {
  SAM_ASSIGN(const Summary summary, SummaryOf(row));
  const std::string title = frame.Say("web.form") + " " + ShortId(row.id);
  Html out;
  out.Open("p", {{"class", "screen actions"}});
  out.Element("a", frame.Say("web.back"), {{"href", PathOf(row)}});
  out.Element("span", frame.Say("web.print.how"), {{"class", "soft"}}).Close("p");
  out.Element("h1", title);
  out.Element("p", frame.Say("inbox.title", {{"function", frame.function}}));
  out.Element("p", InFours(ToHex(row.id.view())), {{"class", "id"}});
  if (summary.acute) out.Open("div", {{"class", "note acute"}}).Element("p", frame.Say("web.acute")).Close("div");
  if (summary.test) out.Open("div", {{"class", "note warn"}}).Element("p", frame.Say("web.test.note")).Close("div");
  out.Open("section", {{"aria-labelledby", "facts"}}).Element("h2", KindText(summary.code, frame.language), {{"id", "facts"}, {"class", "cap"}});
  SAM_TRY(AddFacts(out, frame, inbox, row, now));
  out.Close("section").Open("section", {{"aria-labelledby", "fill"}});
  out.Element("h2", frame.Say("web.form.fill"), {{"id", "fill"}});
  AddAnswers(out, frame, summary);
  for (const char* id : {"inbox.case", "web.form.who", "web.form.when", "web.form.signature"})
    AddLine(out, frame.Say(id));
  if (!return_to.empty())
    out.Element("p", frame.Say("web.form.return", {{"to", return_to}}));
  out.Close("section").Open("section", {{"class", "content"}, {"aria-labelledby", "content"}});
  out.Element("h2", frame.Say("web.content"), {{"id", "content"}});
  SAM_TRY(AddContent(out, frame, row, false));
  out.Close("section");
  out.Element("p", frame.Say("web.form.made", {{"time", contract::SwedishTime(now)}, {"by", frame.account}}),
              {{"class", "soft"}});
  return Page(frame, 200, title, out);
}

}  // namespace sam::inbox::web
