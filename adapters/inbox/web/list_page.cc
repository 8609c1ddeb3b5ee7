#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/words.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"

namespace sam::inbox::web {

namespace {

void AddTag(Html& out, const std::string& text, bool acute = false) {
  out.Open("span", {{"class", acute ? "tag acute" : "tag"}}).Text(text).Close("span");
}

Status AddRow(Html& out, const Frame& frame, const Inbox& inbox, const Row& row, bool waits,
              Millis now, Inbox::GroupCounts& counted) {
  SAM_ASSIGN(const Summary summary, SummaryOf(row));
  out.Open("tr").Open("th", {{"scope", "row"}});
  // Where no narrow screen cuts it off.
  if (summary.acute) AddTag(out, frame.Say("inbox.acute"), true);
  out.Open("a", {{"href", PathOf(row)}, {"class", "cap"}});
  out.Text(KindText(summary.code, frame.language) + " ").Open("span", {{"class", "id"}});
  out.Text(ShortId(row.id)).Close("span").Close("a").Close("th");
  out.Element("td", contract::SwedishTime(row.received_at), {{"class", "time"}});
  out.Element("td", StateText(row, frame.language), {{"class", "cap"}});
  out.Open("td");
  if (summary.due != 0) {
    out.Text(contract::SwedishTime(Millis(summary.due)) + " " + frame.Say(summary.clock));
    if (waits && RunOut(summary.clock, Millis(summary.due), row, now))
      out.Text(" ").Element("strong", frame.Say("web.overdue"), {{"class", "late"}});
  }
  out.Close("td").Open("td");
  if (waits && summary.code == "HOLD") AddTag(out, frame.Say("web.hold.waits"), true);
  if (waits) AddTag(out, frame.Say("web.waits"));
  const std::string reminded = RemindedText(row, frame.language);
  if (!reminded.empty()) AddTag(out, reminded);
  SAM_ASSIGN(const Inbox::Group group, inbox.GroupOf(row, counted));
  if (group.count > 1) AddTag(out, GroupText(group.count, frame.language));
  if (summary.test) AddTag(out, frame.Say("web.test"));
  if (!row.withdrawn_by.empty()) AddTag(out, frame.Say("withheld.withdrawn"));
  if (row.late) AddTag(out, Term("late", frame.language));
  if (row.unreadable) AddTag(out, Term("unreadable", frame.language));
  SAM_ASSIGN(const auto intake, inbox.IntakeOf(row.number));
  if (intake && intake->state != intake::State::DONE) AddTag(out, IntakeText(*intake, frame.language));
  out.Close("td").Close("tr");
  return Ok();
}

void AddPages(Html& out, const Frame& frame, const ListView& view) {
  if (view.pages < 2) return;
  out.Open("nav", {{"class", "pages"}, {"aria-label", frame.Say("web.pages")}});
  const auto link = [&](uint64_t page, const char* id, const char* rel) {
    out.Element("a", frame.Say(id), {{"href", "/?page=" + std::to_string(page)}, {"rel", rel}});
  };
  if (view.page > 1) link(view.page - 1, "web.newer", "prev");
  out.Element("span", frame.Say("web.page", {{"page", std::to_string(view.page)},
                                             {"pages", std::to_string(view.pages)}}));
  if (view.page < view.pages) link(view.page + 1, "web.older", "next");
  out.Close("nav");
}

}  // namespace

std::string PathOf(const SignalId& id) { return "/signals/" + ToHex(id.view()); }
std::string PathOf(const Row& row) { return PathOf(row.id); }

Result<edge::HttpResponse> ListPage(const Frame& frame, const Inbox& inbox, const ListView& view,
                                    Millis now) {
  Html out;
  out.Element("h1", frame.Say("web.signals"));
  for (const std::string& alarm : view.alarms)
    AddNote(out, "note acute", alarm);
  if (view.unnamed > 0)
    AddNote(out, "note warn", frame.Say("inbox.held", {{"count", std::to_string(view.unnamed)}}));
  out.Element("p", frame.Say("web.counts", {{"waiting", std::to_string(view.waiting)},
                                            {"total", std::to_string(view.total)}}));
  if (view.rows.empty()) {
    out.Element("p", frame.Say("inbox.empty"));
    return Page(frame, 200, frame.Say("web.signals"), out);
  }
  out.Open("div", {{"class", "card scroll"}, {"role", "region"}, {"aria-labelledby", "order"}, {"tabindex", "0"}});
  out.Open("table").Element("caption", frame.Say("web.order"), {{"id", "order"}}).Open("thead").Open("tr");
  for (const char* id : {"web.signal", "inbox.received", "inbox.state", "web.first-limit", "web.notes"})
    out.Element("th", frame.Say(id), {{"scope", "col"}});
  out.Close("tr").Close("thead").Open("tbody");
  Inbox::GroupCounts counted;
  for (const Row& row : view.rows) 
    SAM_TRY(AddRow(out, frame, inbox, row, view.waits.count(row.number) != 0, now, counted));
  out.Close("tbody").Close("table").Close("div");
  AddPages(out, frame, view);
  const std::string title =
      view.page == 1 ? frame.Say("web.signals")
                     : frame.Say("web.signals") + " " + std::to_string(view.page);
  return Page(frame, 200, title, out);
}

}  // namespace sam::inbox::web
