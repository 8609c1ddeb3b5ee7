// Where what was sent from here stands: one row for each report or signal of ours, the newest first.
#include <algorithm>

#include "adapters/inbox/sent.h"
#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/web/site.h"
#include "adapters/inbox/words.h"
#include "broker/base/number.h"
#include "broker/contract/printer.h"

namespace sam::inbox::web {

namespace {

void AddSent(Html& out, const Frame& frame, const SentSignal& one) {
  out.Open("tr").Open("th", {{"scope", "row"}});
  if (one.acute)
    out.Open("span", {{"class", "tag acute"}}).Text(frame.Say("inbox.acute")).Close("span");
  // The newest notice: there a receiver is named, and what it told is read.
  out.Open("a", {{"href", PathOf(one.notice)}, {"class", "cap"}});
  out.Text(KindText(one.code, frame.language) + " ").Open("span", {{"class", "id"}});
  out.Text(ShortId(one.id)).Close("span").Close("a").Close("th");
  out.Open("td", {{"class", "cap"}});
  if (one.Holds())
    out.Element("strong", StandText(one, frame.language), {{"class", "late"}});
  else
    out.Text(StandText(one, frame.language));
  out.Close("td");
  out.Element("td", one.at.value == 0 ? "" : contract::SwedishTime(one.at), {{"class", "time"}});
  out.Element("td", one.receiver).Open("td");
  if (one.test) out.Element("p", frame.Say("web.test"), {{"class", "hint"}});
  for (const std::string& remark : RemarksOf(one, frame.language))
    out.Element("p", remark, {{"class", "hint cap"}});
  out.Close("td").Close("tr");
}

void AddSentPages(Html& out, const Frame& frame, uint64_t page, uint64_t pages) {
  if (pages < 2) return;
  out.Open("nav", {{"class", "pages"}, {"aria-label", frame.Say("web.pages")}});
  const auto link = [&](uint64_t to, const char* id, const char* rel) {
    out.Element("a", frame.Say(id), {{"href", "/sent?page=" + std::to_string(to)}, {"rel", rel}});
  };
  if (page > 1) link(page - 1, "web.newer", "prev");
  out.Element("span", frame.Say("web.page", {{"page", std::to_string(page)},
                                             {"pages", std::to_string(pages)}}));
  if (page < pages) link(page + 1, "web.older", "next");
  out.Close("nav");
}

}  // namespace

Result<edge::HttpResponse> Site::Sent(const Asked& asked) {
  const Frame& frame = asked.frame;
  SAM_ASSIGN(auto sent, SentSignals(inbox_));
  std::reverse(sent.begin(), sent.end());
  const auto query = Form::Read(asked.request.query);
  const uint64_t pages = std::max<uint64_t>(1, (sent.size() + kPageRows - 1) / kPageRows);
  const auto wanted = ReadNumber(query ? query->Get("page") : "");
  const uint64_t page = std::clamp<uint64_t>(wanted.value_or(1), 1, pages);
  Html out;
  out.Element("h1", frame.Say("web.sent"));
  if (sent.empty()) {
    out.Element("p", frame.Say("sent.none"));
    return Page(frame, 200, frame.Say("web.sent"), out);
  }
  out.Open("div", {{"class", "card scroll"}, {"role", "region"}, {"aria-labelledby", "order"}, {"tabindex", "0"}});
  out.Open("table").Element("caption", frame.Say("web.sent.order"), {{"id", "order"}});
  out.Open("thead").Open("tr");
  for (const char* id : {"web.signal", "inbox.state", "web.sent.at", "web.to", "web.notes"})
    out.Element("th", frame.Say(id), {{"scope", "col"}});
  out.Close("tr").Close("thead").Open("tbody");
  const size_t first = (page - 1) * kPageRows;
  for (size_t i = first; i < std::min(sent.size(), first + kPageRows); ++i)
    AddSent(out, frame, sent[i]);
  out.Close("tbody").Close("table").Close("div");
  AddSentPages(out, frame, page, pages);
  const std::string title = frame.Say("web.sent") + (page == 1 ? "" : " " + std::to_string(page));
  return Page(frame, 200, title, out);
}

}  // namespace sam::inbox::web
