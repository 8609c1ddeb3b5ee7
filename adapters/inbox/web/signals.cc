// What the pages show and say of signals: always through the Inbox, in the name of the account.
#include <algorithm>
#include <utility>

#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/web/site.h"
#include "adapters/inbox/words.h"
#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/crypto/digest.h"

namespace sam::inbox::web {

namespace {

// Only types that a name can promise; what a sender calls a file is no name of ours.
std::string EndingOf(const std::string& media_type) {
  if (media_type == "application/pdf") return ".pdf";
  if (media_type == "image/jpeg") return ".jpg";
  if (media_type == "image/png") return ".png";
  if (media_type == "image/tiff") return ".tif";
  if (media_type == "text/plain") return ".txt";
  return ".bin";
}

// Who phoned in or wrote it, of the fields that begin with `mark`; nobody did: an empty one.
Told ReadWay(const Form& form, const std::string& mark, const Row& row, Millis now, Faults* faults) {
  const auto field = [&](const char* name) { return form.Get(mark + name); };
  const std::string way = field("way") == "direct" ? "" : field("way");
  const std::string by = field("said_by");
  const bool other = !Trim(by).empty() || !field("said_date").empty() || !field("said_time").empty();
  if (way.empty()) {
    if (other) faults->push_back({mark + "way-direct", "web.fault.unused"});
    return {};
  }
  if (Trim(by).empty() || by.size() > 100) faults->push_back({mark + "said_by", "web.fault.who"});
  const auto told = ReadTold(way, by, field("said_date") + " " + field("said_time").substr(0, 5));
  if (told.ok() && (IsFaulty(*faults, mark + "said_by") || CheckTold(*told, row.received_at, now).ok()))
    return *told;
  faults->push_back({mark + "said_date", "web.fault.when"});
  return {};
}

bool NeedsCaseOf(const Row& row) {
  const auto facts = row.unreadable ? Result<SignalFacts>(SignalFacts{}) : FactsOf(row.signal);
  return !facts.ok() || NeedsCase(*facts);
}

// The saying as the form has it; what is missing goes into `faults`.
Saying ReadSaying(const Form& form, const Row& row, Millis now, Faults* faults) {
  Saying out;
  const auto said = SayingFromWord(form.Get("say"));
  if (!said || said->state == LadderState::OPENED || SendsOn(said->state))
    faults->push_back({"say", "web.fault.choice"});
  else
    out = *said;
  const bool registers = out.state == LadderState::REGISTERED;
  if (registers) out.reference = std::string(Trim(form.Get("case")));
  const bool needed = registers && NeedsCaseOf(row);
  if (registers && ((needed && out.reference.empty()) || out.reference.size() > 64))
    faults->push_back({"case", needed ? "web.fault.case" : "web.fault.case.any"});
  out.told = ReadWay(form, "", row, now, faults);
  return out;
}

// That a report belongs to another board: to a function by its name, or where the child is registered.
Saying ReadOnward(const Form& form, const Row& row, Millis now, Faults* faults) {
  const auto said = SayingFromWord(form.Get("onward"));
  const std::string to(Trim(form.Get("to")));
  Saying out{LadderState::REDIRECTED};
  if (said && said->state == LadderState::FORWARDED) {
    out = {LadderState::FORWARDED, Answer::UNSET, to};
    if (!IsFunctionName(to)) faults->push_back({"to", "web.fault.to"});
  } else if (!said || said->state != LadderState::REDIRECTED) {
    faults->push_back({"onward", "web.fault.choice"});
  } else if (!to.empty()) {
    faults->push_back({"to", "web.fault.to-unused"});
  }
  out.told = ReadWay(form, kOnward, row, now, faults);
  return out;
}

using Facts = std::vector<std::pair<std::string, std::string>>;

void AddTold(Facts& facts, const Frame& frame, const Saying& saying) {
  if (saying.told.way == Way::DIRECT) return;
  facts.emplace_back(frame.Say("web.way"), frame.Say("web.way." + Enumerant(saying.told.way)));
  facts.emplace_back(frame.Say("web.said_by"), saying.told.by);
  facts.emplace_back(frame.Say("web.said_date"), contract::SwedishTime(saying.told.at));
}

}  // namespace

std::string FaultOf(Code code) {
  return code == Code::kConflict ? "web.fault.conflict" : "web.fault.invalid";
}

bool IsTheAskers(Code code) { return code == Code::kConflict || code == Code::kInvalid; }

Result<edge::HttpResponse> Site::List(const Asked& asked) {
  SAM_TRY(waiting_.Refresh());
  const auto query = Form::Read(asked.request.query);
  ListView view;
  view.total = waiting_.total();
  view.waiting = waiting_.count();
  view.pages = std::max<uint64_t>(1, (view.total + kPageRows - 1) / kPageRows);
  const auto page = ReadNumber(query ? query->Get("page") : "");
  view.page = std::clamp<uint64_t>(page.value_or(1), 1, view.pages);
  for (const uint64_t number : waiting_.Page((view.page - 1) * kPageRows, kPageRows))
    SAM_TRY(inbox_.Each(number, [&](Row&& row) {
      if (row.number == number) view.rows.push_back(std::move(row));
      return false;
    }));
  for (const Row& row : view.rows)
    if (waiting_.Has(row.number)) view.waits.insert(row.number);
  view.unnamed = static_cast<size_t>(
      std::count_if(waiting_.held().begin(), waiting_.held().end(),
                    [](const HeldSignal& one) { return one.WaitsHere(); }));
  SAM_ASSIGN(const auto numbers, inbox_.Numbers());
  for (const NumberRow& number : numbers)
    view.alarms.push_back(NumberText(number, asked.frame.language));
  if (inbox_.attachments().damaged() > 0)
    view.alarms.push_back(asked.frame.Say(
        "inbox.attachments.damaged", {{"count", std::to_string(inbox_.attachments().damaged())}}));
  return ListPage(asked.frame, inbox_, view, clock_.Now());
}

Result<edge::HttpResponse> Site::Signal(const Asked& asked, const std::string& id) {
  SAM_ASSIGN(const Row row, inbox_.Open(id, asked.who));
  const auto query = Form::Read(asked.request.query);
  const std::string done = query ? query->Get("done") : "";
  SignalView view{row};
  if (done == "now") view.done = "web.done";
  if (done == "before") view.done = "web.done.before";
  if (done == "named") view.done = "web.done.named";
  SAM_ASSIGN(view.hold, HoldOf(row));
  return SignalPage(asked.frame, inbox_, view, clock_.Now());
}

Result<edge::HttpResponse> Site::Print(const Asked& asked, const std::string& id) {
  SAM_ASSIGN(const Row row, inbox_.Open(id, asked.who, Action::PRINTED));
  return PrintPage(asked.frame, inbox_, row, config_.return_to, clock_.Now());
}

Result<edge::HttpResponse> Site::Download(const Asked& asked, const std::string& id,
                                          const std::string& number) {
  const auto which = ReadNumber(number);
  if (!which || *which == 0 || *which > UINT16_MAX) return NotFound("no such attachment");
  SAM_ASSIGN(const Row row, inbox_.Find(id));
  SAM_ASSIGN(const auto listed, inbox_.attachments().Of(row));
  if (*which > listed.size()) return NotFound("no such attachment");
  std::string bytes;
  Sha256Stream sum;
  Attachments::Piece piece;
  for (uint16_t index = 0; index == 0 || index < piece.file.count; ++index) {
    auto read = inbox_.TakeOut(row, static_cast<uint16_t>(*which), index, asked.who);
    if (!read.ok() && (read.error().code == Code::kConflict || read.error().code == Code::kCorrupt))
      return Message(asked.frame, 409, "inbox.attachment", "web.attachment.none");
    SAM_TRY(read);
    piece = std::move(*read);
    sum.Add(piece.bytes);
    bytes += piece.bytes;
  }
  if (sum.Finish().view() != piece.file.digest)
    return Message(asked.frame, 409, "inbox.attachment", "web.attachment.none");
  edge::HttpResponse out = Plain(200, "application/octet-stream", std::move(bytes));
  const std::string name =
      ShortId(row.id) + "-" + number + EndingOf(listed[*which - 1].media_type);
  out.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + name + "\"");
  return out;
}

Result<edge::HttpResponse> Site::Answer(const Asked& asked, const std::string& id, bool corrects) {
  SAM_ASSIGN(const Row row, inbox_.Find(id));
  Faults faults;
  Saying saying = ReadSaying(asked.form, row, clock_.Now(), &faults);
  if (!faults.empty()) return ShowAgain(asked, id, faults);
  saying.corrects = corrects;
  const Frame& frame = asked.frame;
  Facts facts = {{frame.Say("web.signal"), ShortId(row.id)}};
  if (const Step* given = AnswerOf(row); corrects && given != nullptr)
    facts.emplace_back(frame.Say("web.correct.before"), StepText(*given, frame.language));
  facts.emplace_back(frame.Say("web.say"), SayText(frame, asked.form.Get("say"), NeedsCaseOf(row)));
  if (!saying.reference.empty()) facts.emplace_back(frame.Say("inbox.case"), saying.reference);
  AddTold(facts, frame, saying);
  return SayOnce(asked, row, saying, facts, corrects ? "correct" : "answer");
}

Result<edge::HttpResponse> Site::Forward(const Asked& asked, const std::string& id) {
  SAM_ASSIGN(const Row row, inbox_.Find(id));
  Faults faults;
  const Saying saying = ReadOnward(asked.form, row, clock_.Now(), &faults);
  if (!faults.empty()) return ShowAgain(asked, id, faults);
  const Frame& frame = asked.frame;
  Facts facts = {{frame.Say("web.signal"), ShortId(row.id)},
                 {frame.Say("web.onward"), frame.Say("web.say." + asked.form.Get("onward"))}};
  if (!saying.reference.empty()) facts.emplace_back(frame.Say("web.to"), saying.reference);
  AddTold(facts, frame, saying);
  return SayOnce(asked, row, saying, facts, "forward");
}

// The page of the signal again, with what was entered and what is wrong with it.
Result<edge::HttpResponse> Site::ShowAgain(const Asked& asked, const std::string& id,
                                           const Faults& faults) {
  SAM_ASSIGN(const Row seen, inbox_.Open(id, asked.who));
  SignalView view{seen, asked.form, faults};
  SAM_ASSIGN(view.hold, HoldOf(seen));
  return SignalPage(asked.frame, inbox_, view, clock_.Now());
}

// Shown once more, and said when that was confirmed.
Result<edge::HttpResponse> Site::SayOnce(
    const Asked& asked, const Row& row, const Saying& saying,
    const std::vector<std::pair<std::string, std::string>>& facts, const std::string& action) {
  const std::string id = ToHex(row.id.view());
  const auto would = inbox_.WouldSay(row, saying);
  if (!would.ok() && !IsTheAskers(would.error().code)) return would.error();
  if (!would.ok()) return ShowAgain(asked, id, {{"", FaultOf(would.error().code)}});
  if (asked.form.Get("confirmed") == "yes") {
    SAM_ASSIGN(const auto acted, inbox_.Say(id, saying, asked.who));
    return Redirect(PathOf(row) + (acted.said_before ? "?done=before" : "?done=now"));
  }
  return ConfirmPage(asked.frame, row, asked.form, facts, action);
}

Result<edge::HttpResponse> Site::Decide(const Asked& asked, const std::string& id) {
  SAM_ASSIGN(const Row row, inbox_.Find(id));
  const auto decision = DecisionFromWord(asked.form.Get("decision"));
  const std::string reason(Trim(asked.form.Get("reason")));
  Faults faults;
  if (!decision) faults.push_back({"decision", "web.fault.choice"});
  if (reason.size() > 64 || (decision == Decision::DISMISSED && reason.empty()))
    faults.push_back({"reason", "web.fault.reason"});
  const Frame& frame = asked.frame;
  if (faults.empty() && asked.form.Get("confirmed") == "yes") {
    const auto acted = inbox_.Decide(id, *decision, reason, asked.who);
    if (acted.ok())
      return Redirect(PathOf(row) + (acted->said_before ? "?done=before" : "?done=now"));
    if (!IsTheAskers(acted.error().code)) return acted.error();
    faults.push_back({"", FaultOf(acted.error().code)});
  }
  if (!faults.empty()) return ShowAgain(asked, id, faults);
  std::vector<std::pair<std::string, std::string>> facts = {
      {frame.Say("web.signal"), ShortId(row.id)},
      {frame.Say("web.decide.legend"), frame.Say("web.say." + asked.form.Get("decision"))}};
  if (!reason.empty()) facts.emplace_back(frame.Say("web.reason"), reason);
  return ConfirmPage(frame, row, asked.form, facts, "decide");
}

}  // namespace sam::inbox::web
