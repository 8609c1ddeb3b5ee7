#include "adapters/inbox/words.h"

#include "adapters/inbox/inbox.h"
#include "adapters/inbox/ladder.h"
#include "adapters/intake/body.h"
#include "broker/base/text.h"
#include "broker/contract/answers.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

using contract::Language;
using contract::Text;

namespace {

std::string LaneText(Lane lane) { return lane == Lane::kAcute ? "akut/acute" : "normal"; }

}  // namespace

std::string ShortId(const SignalId& id) { return ToHex(id.view()).substr(0, 8); }

std::string Term(const char* field, Language language) {
  const auto schema = capnp::Schema::from<schema::InboxRow>();
  return contract::Label(schema.getFieldByName(field), language);
}

std::string KindText(const std::string& code, Language language) {
  const std::string id = "web.kind." + code;
  if (contract::HasText(id)) return Text(id, language);
  const contract::SignalType* type = contract::SignalTypeByCode(code);
  return type != nullptr && language == Language::kSwedish ? type->sv : code;
}

std::optional<Tells> TellsOf(const Row& row) {
  if (row.unreadable) return std::nullopt;
  Tells out;
  const auto read = wire::ReadOwn<schema::Signal>(row.signal, [&](schema::Signal::Reader in) -> Status {
    const auto body = in.getBody();
    const auto about = [&](std::string_view id, std::string_view code) {
      out.about = SignalId::From(id).value_or(SignalId{});
      out.code = std::string(code);
    };
    if (body.isReceipt() || body.isFeedback()) {
      const auto receipt = body.isReceipt() ? body.getReceipt() : body.getFeedback();
      about(wire::View(receipt.getAbout()), wire::View(receipt.getAboutCode()));
      out.step = receipt.getState();
      out.answer = receipt.getAnswer();
      out.at = Millis(receipt.getAt());
    } else if (body.isHold()) {
      about(wire::View(body.getHold().getAbout()), wire::View(body.getHold().getAboutCode()));
      out.hold = RemedyOf(in) != contract::Remedy::kNotHeld;
    } else if (body.isDeadline()) {
      about(wire::View(body.getDeadline().getAbout()), "");
      out.clock = std::string(wire::View(body.getDeadline().getStep()));
    } else if (body.isReminder() && body.getReminder().getPercent() == 0) {
      const auto reminder = body.getReminder();
      about(wire::View(reminder.getAbout()), wire::View(reminder.getAboutCode()));
      out.clock = std::string(wire::View(reminder.getClock()));
      out.over = true;
    }
    return Ok();
  });
  if (!read.ok() || out.about.empty()) return std::nullopt;
  return out;
}

namespace {

std::string TellsText(const Tells& tells, Language language) {
  std::string out = tells.code.empty() ? "" : KindText(tells.code, language) + " ";
  out.append(ShortId(tells.about));
  if (tells.hold) return out.append(": ").append(Text("sent.held", language));
  if (!tells.clock.empty())
    return out.append(": ").append(Text(tells.over ? "clock.answered" : "clock.overdue", language,
                                        {{"clock", Text(tells.clock, language)}}));
  if (tells.step == LadderState::UNKNOWN) return out;
  out.append(": ").append(contract::EnumText("LadderState", Enumerant(tells.step), language));
  if (tells.answer != Answer::UNSET)
    out.append(", ").append(contract::EnumText("Answer", Enumerant(tells.answer), language));
  if (tells.at.value != 0) out.append(" ").append(contract::SwedishTime(tells.at));
  return out;
}

}  // namespace

std::string StateText(const Row& row, Language language) {
  if (row.decision != Decision::UNKNOWN)
    return contract::EnumText("PromptDecided.Decision", Enumerant(row.decision), language);
  // The state of the notice itself would be read as that of what it tells of.
  if (const auto tells = TellsOf(row)) return TellsText(*tells, language);
  const LadderState state = SentOn(row) ? LadderState::FORWARDED : HighestOf(row);
  return contract::EnumText("LadderState", Enumerant(state), language);
}

// Whom and how it was told by, when not by who entered it.
std::string StepText(const Step& step, Language language) {
  std::string out = contract::EnumText("LadderState", Enumerant(step.state), language);
  const bool onward = step.state == LadderState::FORWARDED;
  if (!step.reference.empty())
    out.append("  ").append(Text(onward ? "inbox.forwarded-to" : "inbox.case", language))
        .append(" ").append(step.reference);
  if (step.answer != Answer::UNSET)
    out.append("  ").append(contract::EnumText("Answer", Enumerant(step.answer), language));
  const std::string way = contract::EnumText("InboxStep.Way", Enumerant(step.told.way), language);
  const std::string at = contract::SwedishTime(step.told.at);
  if (step.told.way == Way::SYSTEM) return out.append("  (").append(way).append(" ").append(at).append(")");
  out.append("  (").append(step.by).append(")");
  if (step.told.way == Way::DIRECT) return out;
  return out.append("  ").append(way).append(" ").append(at).append(": ").append(step.told.by);
}

std::string StepText(const Row& row, const Step& step, Language language) {
  std::string out = StepText(step, language);
  const bool old = step.state == LadderState::ANSWERED && &step != AnswerOf(row);
  if (old) out.append("  ").append(Text("inbox.corrected", language));
  return out;
}

std::string RemindedText(const Row& row, Language language) {
  if (row.reminded_percent == 0 || !row.withdrawn_by.empty()) return {};
  const auto summary = SummaryOf(row);
  if (ClockMet(row.reminded_clock, row, summary.ok() && summary->awaits_answer)) return {};
  return Text("inbox.reminded", language, {{"percent", std::to_string(row.reminded_percent)},
                                           {"clock", Text(row.reminded_clock, language)}});
}

namespace {

// What was told of an ordered examination ends its day and the time for the answer, and only the hub knows of it:
// it says when they have passed without, and that it is answered to whom it had reminded. The answer's time runs
// after the day. The same with the time of an inquiry.
constexpr std::string_view kDay = "clock.exam";
constexpr std::string_view kAnswer = "clock.result";
constexpr std::string_view kInquiry = "clock.inquiry";

}  // namespace

bool IsByEvent(std::string_view kind) { return kind == kDay || kind == kAnswer || kind == kInquiry; }

bool RunOut(std::string_view kind, Millis due, const Row& row, Millis now) {
  if (due >= now) return false;
  if (!IsByEvent(kind)) return true;
  const bool over = row.reminded_clock == kind && row.reminded_percent >= 100;
  return over || (kind == kDay && row.reminded_clock == kAnswer && row.reminded_percent > 0);
}

bool RankMeets(std::string_view kind, int rank, bool awaits_answer) {
  if (awaits_answer && contract::EndsWithAnswer(kind)) return rank >= Rank(LadderState::ANSWERED);
  if (kind == "clock.delivery") return rank >= Rank(LadderState::DELIVERED);
  if (kind == "clock.receipt" || kind == "clock.offer" || kind == "clock.reply" ||
      kind == "clock.confirm")
    return rank >= Rank(LadderState::REGISTERED);
  if (kind == "clock.assess") return rank >= Rank(LadderState::ASSESSED);
  if (kind == "clock.decide" || kind == "clock.answer") return rank >= Rank(LadderState::ANSWERED);
  return false;
}

bool ClockMet(std::string_view kind, const Row& row, bool awaits_answer) {
  if (kind == "clock.review") return row.decision != Decision::UNKNOWN;
  const bool told = IsByEvent(row.reminded_clock) && row.reminded_percent == 0;  // that its answer is there
  if (IsByEvent(kind)) return told;
  if (kind == "clock.confirm" && told) return true;
  return RankMeets(kind, Rank(HighestOf(row)), awaits_answer);
}

Result<Summary> SummaryOf(const Row& row) {
  if (row.unreadable) return Summary{};
  return wire::ReadOwn<schema::Signal>(row.signal, [&row](schema::Signal::Reader in) {
    Summary out;
    out.code = std::string(wire::View(in.getCode()));
    out.legal_class = contract::ClassLetter(in.getLegalClass());
    out.acute = in.getAcute();
    out.test = in.getTest();
    out.awaits_answer = AwaitsAnswer(in);
    for (const auto clock : in.getClocks()) {
      if (out.due != 0 && clock.getDueAt() >= out.due) continue;
      if (ClockMet(wire::View(clock.getKind()), row, out.awaits_answer)) continue;
      out.due = clock.getDueAt();
      out.clock = std::string(wire::View(clock.getKind()));
    }
    return Result<Summary>(std::move(out));
  });
}

std::string GroupText(size_t count, Language language) {
  const bool more = count >= Inbox::kGroupCounted;
  return Text(more ? "inbox.group.more" : "inbox.group", language, {{"count", std::to_string(count)}});
}

std::string NumberText(const NumberRow& number, Language language) {
  const std::string first = std::to_string(number.position.sequence.value);
  if (number.withheld == wire::WithheldCode::NONE)
    return "! " + Text("inbox.gap", language,
                       {{"from", first},
                        {"to", std::to_string(number.last)},
                        {"lane", LaneText(number.position.lane)}});
  return "- " + Text("inbox.withheld", language) + " " + first + ": " +
         Text(std::string("withheld.") + wire::WithheldName(number.withheld), language);
}

std::string IntakeText(const intake::Entry& entry, Language language) {
  std::string out = contract::EnumText("InboxIntake.State", Enumerant(entry.state), language);
  if (entry.state == intake::State::HELD)
    out.append(": ").append(
        contract::EnumText("InboxIntake.Why", Enumerant(entry.why), language));
  if (entry.state == intake::State::HELD && entry.status > 0)
    out.append(" (HTTP ").append(std::to_string(entry.status)).append(")");
  return out;
}

std::string FilingText(const std::optional<intake::Entry>& entry, const Listed& one,
                       Language language) {
  const size_t index = one.number - size_t{1};
  if (!entry || index >= entry->files.size()) return {};
  const intake::File& file = entry->files[index];
  const bool over = intake::AtItsEnd(entry->state) || entry->why == intake::Why::WITHDRAWN_LATER;
  const bool missing = (file.missing && file.state != intake::FileState::DOUBT) ||
                       (over && file.state == intake::FileState::WAITING);
  const intake::Listed told{intake::Arrival::kOnItsWay, one.title, one.media_type, one.size};
  std::string id = "inbox.intake.file.";
  id.append(missing ? "missing" : intake::FileStateName(file.state));
  return Text(id, language,
              {{"status", std::to_string(file.status)},
               {"name", intake::MarkOf(entry->signal, one.number, told, file.missing).name}});
}

std::string ProgressText(const FileRow& file, Language language) {
  std::string id = "inbox.attachment.";
  id += FileStateName(file.state);
  return Text(id, language, {{"received", std::to_string(file.received)},
                             {"parts", std::to_string(file.count)}});
}

}  // namespace sam::inbox
