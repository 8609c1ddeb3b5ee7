#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/words.h"
#include "broker/base/text.h"
#include "broker/contract/answers.h"
#include "broker/contract/printer.h"

namespace sam::inbox::web {

namespace {

void AddNotes(Html& out, const Frame& frame, const SignalView& view, const Summary& summary) {
  const Row& row = view.row;
  if (!view.done.empty()) {
    out.Open("div", {{"class", "note done"}, {"role", "status"}});
    out.Element("p", frame.Say(view.done)).Close("div");
  }
  if (summary.acute) AddNote(out, "note acute", frame.Say("web.acute"));
  if (summary.test) AddNote(out, "note warn", frame.Say("web.test.note"));
  if (!row.withdrawn_by.empty())
    AddNote(out, "note warn",
            frame.Say("web.withdrawn",
                      {{"reason", contract::WithdrawalText(row.withdrawn_reason, frame.language)}}));
  if (row.late) AddNote(out, "note", Term("late", frame.language));
  if (row.replayed) AddNote(out, "note", Term("replayed", frame.language));
}

// How far it is on its way to the sender.
Result<std::string> Fate(const Frame& frame, const Inbox& inbox, const Step& step) {
  SAM_ASSIGN(const auto refusal, inbox.RefusalOf(step));
  if (refusal)
    return frame.Say("web.step.refused", {{"code", wire::RefusalName(refusal->code)}});
  return frame.Say(inbox.outbox_accepted() >= step.outbox ? "web.step.sent" : "web.step.stored");
}

Status AddLadder(Html& out, const Frame& frame, const Inbox& inbox, const Row& row) {
  out.Open("section", {{"aria-labelledby", "ladder"}});
  out.Element("h2", frame.Say("web.ladder"), {{"id", "ladder"}}).Open("ol", {{"class", "ladder"}});
  out.Open("li", {{"class", "said"}});
  out.Element("strong", contract::EnumText("LadderState", "delivered", frame.language));
  out.Text(" " + contract::SwedishTime(row.received_at)).Close("li");
  for (const Step& step : row.steps) {
    SAM_ASSIGN(const std::string fate, Fate(frame, inbox, step));
    out.Open("li", {{"class", "said"}});
    out.Text(contract::SwedishTime(step.at) + "  " + StepText(row, step, frame.language) + ". ");
    out.Element("span", fate, {{"class", "soft"}}).Close("li");
  }
  if (row.decision != Decision::UNKNOWN) {
    out.Open("li", {{"class", "said"}}).Text(contract::SwedishTime(row.decided_at) + "  ");
    out.Text(StateText(row, frame.language) + " " + row.decision_reason + " (" + row.decided_by + ")");
    out.Close("li");
  }
  out.Close("ol").Close("section");
  return Ok();
}

Status AddAttachments(Html& out, const Frame& frame, const Inbox& inbox, const Row& row) {
  SAM_ASSIGN(const auto listed, inbox.attachments().Of(row));
  SAM_ASSIGN(const auto intake, inbox.IntakeOf(row.number));
  if (listed.empty()) return Ok();
  out.Open("section", {{"aria-labelledby", "files"}});
  out.Element("h2", frame.Say("web.attachments"), {{"id", "files"}}).Open("ul");
  for (const Listed& one : listed) {
    const std::string number = std::to_string(one.number);
    const std::string name = frame.Say("inbox.attachment") + " " + number;
    out.Open("li");
    if (one.file.state == FileState::COMPLETE)
      out.Element("a", name, {{"href", PathOf(row) + "/attachments/" + number}});
    else
      out.Text(name);
    out.Text(": " + one.title + " " + one.media_type + ", " + std::to_string(one.size) + " byte, ");
    out.Text(ProgressText(one.file, frame.language));
    const std::string filing = FilingText(intake, one, frame.language);
    if (!filing.empty()) out.Text(". ").Text(filing);
    out.Close("li");
  }
  out.Close("ul").Close("section");
  return Ok();
}

// Names and ids begin with `mark`, since two forms of a page may have these fields.
void AddWay(Html& out, const Frame& frame, const SignalView& view, const std::string& mark) {
  out.Open("fieldset").Element("legend", frame.Say("web.way"));
  const std::string& way = view.form.Get(mark + "way");
  AddRadio(out, mark + "way", "direct", frame.Say("web.way.direct"), way.empty() || way == "direct");
  AddRadio(out, mark + "way", "phone", frame.Say("web.way.phone"), way == "phone");
  AddRadio(out, mark + "way", "paper", frame.Say("web.way.paper"), way == "paper");
  out.Close("fieldset");
  const auto value = [&](const char* field) { return view.form.Get(mark + field); };
  AddInput(out, frame, view.faults,
           {.id = mark + "said_by", .value = value("said_by"), .label_id = "web.said_by",
            .hint_id = "web.said_by.hint"});
  out.Open("div", {{"class", "pair"}});
  AddInput(out, frame, view.faults,
           {.id = mark + "said_date", .type = "date", .value = value("said_date"),
            .label_id = "web.said_date"});
  AddInput(out, frame, view.faults,
           {.id = mark + "said_time", .type = "time", .value = value("said_time"),
            .label_id = "web.said_time"});
  out.Close("div");
}

void AddChoices(Html& out, const Frame& frame, const SignalView& view, const char* field,
                const char* legend, const std::vector<std::string>& words, bool needs_case = true) {
  const bool faulty = IsFaulty(view.faults, field);
  // The faults lead here.
  out.Open("fieldset", {{"id", field}, {"tabindex", "-1"}}).Open("legend").Text(frame.Say(legend));
  out.Close("legend");
  if (faulty) out.Element("p", frame.Say("web.fault.choice"), {{"class", "fault"}});
  for (const std::string& word : words)
    AddRadio(out, field, word, SayText(frame, word, needs_case), view.form.Get(field) == word);
  out.Close("fieldset");
}

void AddAnswerForm(Html& out, const Frame& frame, const SignalView& view, const Summary& summary) {
  const int rank = Rank(HighestOf(view.row));
  const bool report = IsReport(summary.legal_class);
  std::vector<std::string> words;
  if (rank < Rank(LadderState::REGISTERED)) words.emplace_back("registered");
  if (report && rank < Rank(LadderState::ASSESSED)) words.emplace_back("assessed");
  if (rank < Rank(LadderState::ANSWERED))
    for (const std::string& word : AnswerWordsOf(summary)) words.push_back(word);
  if (words.empty()) return;
  out.Open("section", {{"aria-labelledby", "answer"}});
  out.Element("h2", frame.Say("web.answer"), {{"id", "answer"}});
  out.Open("form", {{"method", "post"}, {"action", PathOf(view.row) + "/answer"}});
  AddToken(out, frame);
  AddChoices(out, frame, view, "say", "web.say", words, report);
  if (rank < Rank(LadderState::REGISTERED))
    AddInput(out, frame, view.faults,
             {.id = "case", .value = view.form.Get("case"), .label_id = "inbox.case",
              .hint_id = report ? "web.case.hint" : "web.case.hint.any"});
  AddWay(out, frame, view, "");
  out.Element("button", frame.Say("web.continue")).Close("form").Close("section");
}

// The answer that was given was wrong: another one stands in its place.
void AddCorrectForm(Html& out, const Frame& frame, const SignalView& view, const Summary& summary) {
  const Step* given = AnswerOf(view.row);
  if (given == nullptr) return;
  std::vector<std::string> words = AnswerWordsOf(summary);
  std::erase(words, contract::AnswerWord(given->answer));
  out.Open("section", {{"aria-labelledby", "correct"}});
  out.Element("h2", frame.Say("web.correct"), {{"id", "correct"}});
  out.Element("p", frame.Say("web.correct.note"));
  out.Open("form", {{"method", "post"}, {"action", PathOf(view.row) + "/correct"}});
  AddToken(out, frame);
  AddChoices(out, frame, view, "say", "web.say", words);
  AddWay(out, frame, view, "");
  out.Element("button", frame.Say("web.continue")).Close("form").Close("section");
}

// A report that is another board's goes on from here, once and before it is answered.
void AddForwardForm(Html& out, const Frame& frame, const SignalView& view, const Summary& summary) {
  const bool report = GoesOn(summary.code, summary.legal_class);
  if (!report || SentOn(view.row) || Rank(HighestOf(view.row)) >= Rank(LadderState::ANSWERED)) return;
  out.Open("section", {{"aria-labelledby", "forward"}});
  out.Element("h2", frame.Say("web.onward"), {{"id", "forward"}});
  out.Element("p", frame.Say("web.onward.note"));
  out.Open("form", {{"method", "post"}, {"action", PathOf(view.row) + "/forward"}});
  AddToken(out, frame);
  AddChoices(out, frame, view, "onward", "web.onward.legend", {"forwarded", "redirected"});
  AddInput(out, frame, view.faults,
           {.id = "to", .value = view.form.Get("to"), .label_id = "web.to", .hint_id = "web.to.hint"});
  AddWay(out, frame, view, kOnward);
  out.Element("button", frame.Say("web.continue")).Close("form").Close("section");
}

void AddDecideForm(Html& out, const Frame& frame, const SignalView& view) {
  if (view.row.decision != Decision::UNKNOWN) return;
  out.Open("section", {{"aria-labelledby", "decide-h"}});
  out.Element("h2", frame.Say("web.decide"), {{"id", "decide-h"}});
  out.Open("form", {{"method", "post"}, {"action", PathOf(view.row) + "/decide"}});
  AddToken(out, frame);
  AddChoices(out, frame, view, "decision", "web.decide.legend",
             {"report", "health-contact", "support", "dismissed"});
  AddInput(out, frame, view.faults,
           {.id = "reason", .value = view.form.Get("reason"), .label_id = "web.reason",
            .hint_id = "web.reason.hint"});
  out.Element("button", frame.Say("web.continue")).Close("form").Close("section");
}

void AddViews(Html& out, const Frame& frame, const Row& row) {
  out.Open("section").Open("details").Element("summary", frame.Say("web.views")).Open("ul");
  for (auto view = row.views.rbegin(); view != row.views.rend(); ++view)
    out.Element("li", contract::SwedishTime(view->at) + "  " + view->by);
  out.Close("ul").Close("details").Close("section");
}

bool Answerable(const Summary& summary) { return !IsNotice(summary.code); }

}  // namespace

// What a signal of this kind is answered with; one that cannot be read may be a report.
std::vector<std::string> AnswerWordsOf(const Summary& summary) {
  std::vector<std::string> out;
  for (const Answer answer : contract::AnswersTo(AnsweredAs(summary.code, summary.legal_class)))
    out.push_back(contract::AnswerWord(answer));
  return out;
}

std::string SayText(const Frame& frame, const std::string& word, bool needs_case) {
  return frame.Say(word == "registered" && !needs_case ? "web.say.registered.any" : "web.say." + word);
}

void AddNote(Html& out, const char* kind, const std::string& text) {
  out.Open("div", {{"class", kind}}).Element("p", text).Close("div");
}

Result<edge::HttpResponse> SignalPage(const Frame& frame, const Inbox& inbox,
                                      const SignalView& view, Millis now) {
  const Row& row = view.row;
  SAM_ASSIGN(const Summary summary, SummaryOf(row));
  const std::string title = KindText(summary.code, frame.language) + " " + ShortId(row.id);
  Html out;
  out.Element("h1", title, {{"class", "cap"}});
  AddNotes(out, frame, view, summary);
  AddFaults(out, frame, view.faults);
  const bool answers = frame.role == Role::kRegistrar && Answerable(summary);
  out.Open("p", {{"class", "actions"}});
  if (answers) out.Element("a", frame.Say("web.to-answer"), {{"href", "#answers"}});
  out.Element("a", frame.Say("web.print"), {{"href", PathOf(row) + "/print"}}).Close("p");
  out.Open("section", {{"aria-labelledby", "facts"}}).Element("h2", frame.Say("web.facts"), {{"id", "facts"}});
  SAM_TRY(AddFacts(out, frame, inbox, row, now));
  out.Close("section");
  out.Open("section", {{"aria-labelledby", "content"}});
  out.Element("h2", frame.Say("web.content"), {{"id", "content"}});
  SAM_TRY(AddContent(out, frame, row, false));
  out.Close("section");
  if (summary.code == "HOLD") SAM_TRY(AddHold(out, frame, view));
  SAM_TRY(AddAttachments(out, frame, inbox, row));
  SAM_TRY(AddLadder(out, frame, inbox, row));
  if (answers) {
    out.Open("div", {{"id", "answers"}, {"tabindex", "-1"}});
    if (summary.legal_class == 'E') AddDecideForm(out, frame, view);
    AddAnswerForm(out, frame, view, summary);
    AddCorrectForm(out, frame, view, summary);
    AddForwardForm(out, frame, view, summary);
    out.Close("div");
  } else if (Answerable(summary)) {
    out.Element("p", frame.Say("web.reader"), {{"class", "soft"}});
  }
  AddViews(out, frame, row);
  out.Open("section").Open("details").Element("summary", frame.Say("web.technical"));
  out.Open("dl").Open("div").Element("dt", frame.Say("inbox.id"));
  out.Element("dd", ToHex(row.id.view()), {{"class", "id"}}).Close("div").Close("dl");
  SAM_TRY(AddContent(out, frame, row, true));
  out.Close("details").Close("section");
  return Page(frame, view.faults.empty() ? 200 : 422,
              view.faults.empty() ? title : frame.Say("web.fault") + " " + title, out);
}

edge::HttpResponse ConfirmPage(const Frame& frame, const Row& row, const Form& form,
                               const std::vector<std::pair<std::string, std::string>>& facts,
                               const std::string& action) {
  Html out;
  out.Element("h1", frame.Say("web.confirm"));
  out.Open("section", {{"aria-label", frame.Say("web.confirm")}}).Open("dl");
  for (const auto& [label, value] : facts)
    out.Open("div").Element("dt", label).Element("dd", value).Close("div");
  const std::string own = "web.confirm." + action;
  out.Close("dl").Element("p", frame.Say(contract::HasText(own) ? own : "web.confirm.note"));
  out.Open("form", {{"method", "post"}, {"action", PathOf(row) + "/" + action}});
  AddToken(out, frame);
  out.Open("input", {{"type", "hidden"}, {"name", "confirmed"}, {"value", "yes"}});
  std::vector<std::string> names = {"say", "case", "decision", "reason", "onward", "to", "receiver", "named_by"};
  for (const std::string mark : {"", kOnward})
    for (const char* name : {"way", "said_by", "said_date", "said_time"}) names.push_back(mark + name);
  for (const std::string& name : names)
    if (!form.Get(name).empty())
      out.Open("input", {{"type", "hidden"}, {"name", name}, {"value", form.Get(name)}});
  out.Open("p", {{"class", "actions"}}).Element("button", frame.Say("web.send"));
  out.Element("a", frame.Say("web.back"), {{"href", PathOf(row)}}).Close("p");
  out.Close("form").Close("section");
  return Page(frame, 200, frame.Say("web.confirm"), out);
}

}  // namespace sam::inbox::web
