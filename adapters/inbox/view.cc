#include "adapters/inbox/view.h"

#include <functional>
#include <algorithm>
#include <array>

#include "adapters/inbox/held.h"
#include "adapters/inbox/words.h"
#include "adapters/intake/body.h"
#include "broker/base/text.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

using contract::Language;
using contract::Text;

constexpr size_t kColumns = 6;
using Line = std::array<std::string, kColumns>;

size_t Width(const std::string& text) {  // characters, not bytes: å is one
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Table(const std::vector<Line>& lines) {
  std::array<size_t, kColumns> widths{};
  for (const Line& line : lines)
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], Width(line[i]));
  std::string out;
  for (const Line& line : lines) {
    std::string row;
    for (size_t i = 0; i < kColumns; ++i)
      row += line[i] + std::string(widths[i] - Width(line[i]) + 2, ' ');
    row.erase(row.find_last_not_of(' ') + 1);
    out += row + "\n";
  }
  return out;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00" + ToHex(std::string_view(&c, 1));
      continue;
    }
    out.push_back(c);
  }
  return out + "\"";
}

std::string Flag(bool value) { return value ? "true" : "false"; }

std::string PositionJson(const Position& at) {
  return "{\"hub\":" + Quoted(ToHex(at.hub.view())) + ",\"epoch\":" + std::to_string(at.epoch) +
         ",\"lane\":" + Quoted(at.lane == Lane::kAcute ? "acute" : "normal") +
         ",\"sequence\":" + std::to_string(at.sequence.value) + "}";
}

std::string StateJson(const Row& row) {
  return Quoted(Enumerant(HighestOf(row))) + ",\"decision\":" + Quoted(Enumerant(row.decision));
}

std::string FilesJson(const std::vector<intake::File>& files) {
  std::string out;
  for (const intake::File& file : files)
    out += (out.empty() ? "" : ",") +
           Quoted(file.missing ? "missing" : intake::FileStateName(file.state));
  return files.empty() ? out : ",\"files\":[" + out + "]";
}

std::string IntakeJson(const std::optional<intake::Entry>& entry) {
  if (!entry) return "null";
  return "{\"state\":" + Quoted(intake::StateName(entry->state)) +
         ",\"why\":" + Quoted(intake::WhyName(entry->why)) +
         ",\"status\":" + std::to_string(entry->status) +
         ",\"case\":" + Quoted(entry->their_id) + FilesJson(entry->files) + "}";
}

std::string ProgressJson(uint16_t number, const FileRow& file) {
  return "\"number\":" + std::to_string(number) + ",\"state\":" + Quoted(FileStateName(file.state)) +
         ",\"received\":" + std::to_string(file.received) +
         ",\"parts\":" + std::to_string(file.count);
}

// A title is the sender's text: it may not write on the reader's terminal.
std::string OneLine(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text;
}

Result<std::string> AttachmentsText(const Inbox& inbox, const Row& row, Language language) {
  SAM_ASSIGN(const auto listed, inbox.attachments().Of(row));
  SAM_ASSIGN(const auto intake, inbox.IntakeOf(row.number));
  std::string out;
  for (const Listed& one : listed) {
    out += Text("inbox.attachment", language) + " " + std::to_string(one.number) + ": ";
    for (const std::string& part : {one.title, one.media_type})
      if (!part.empty()) out.append(OneLine(part)).append("  ");
    out += std::to_string(one.size) + " byte  " + ProgressText(one.file, language) + "\n";
    const std::string filing = FilingText(intake, one, language);
    if (!filing.empty()) out.append("  ").append(filing).append("\n");
    for (const View& view : one.file.views)
      out += "  " + contract::SwedishTime(view.at) + "  " +
             Text("inbox.attachment.taken", language) + " (" + view.by + ")\n";
  }
  return out;
}

struct Intakes {
  size_t open = 0;
  size_t held = 0;
};

Intakes CountIntakes(const Inbox& inbox) {
  Intakes out;
  for (const auto& [number, entry] : inbox.Pending())
    ++(entry.state == intake::State::HELD ? out.held : out.open);
  return out;
}

std::string HeldLine(const Inbox& inbox, Language language) {
  const size_t held = CountIntakes(inbox).held;
  if (held == 0) return {};
  return "! " + Text("inbox.intake.held", language, {{"count", std::to_string(held)}}) + "\n";
}

std::string DamagedLine(const Inbox& inbox, Language language) {
  const size_t count = inbox.attachments().damaged();
  if (count == 0) return {};
  return "! " + Text("inbox.attachments.damaged", language, {{"count", std::to_string(count)}}) +
         "\n";
}

std::string GroupJson(const Inbox::Group& group) {
  if (group.id.empty()) return "null,\"groupSize\":0";
  return Quoted(group.id) + ",\"groupSize\":" + std::to_string(group.count);
}

// The rows of one page in order of arrival; the number the next page begins with, 0: none.
Result<uint64_t> EachOfPage(const Inbox& inbox, uint64_t from,
                            const std::function<Status(const Row&)>& visit) {
  const uint64_t end = inbox.next_number();
  if (from == 0) from = end > kListPage ? end - kListPage : 1;
  Status inner = Ok();
  const auto one = [&](Row&& row) {
    if (row.number >= from + kListPage) return false;
    inner = visit(row);
    return inner.ok();
  };
  SAM_TRY(inbox.Each(from, one));
  SAM_TRY(std::move(inner));
  return from + kListPage < end ? from + kListPage : 0;
}

// What a notice tells of which signal; null: it is none.
std::string TellsJson(const Row& row) {
  const auto tells = TellsOf(row);
  if (!tells) return "null";
  return "{\"about\":" + Quoted(ToHex(tells->about.view())) + ",\"code\":" + Quoted(tells->code) +
         ",\"step\":" + Quoted(Enumerant(tells->step)) +
         ",\"answer\":" + Quoted(Enumerant(tells->answer)) +
         ",\"at\":" + Quoted(tells->at.value == 0 ? "" : ToIso(tells->at)) + "}";
}

// Of a hold: what ends it.
std::string EndsText(const Row& row, Language language) {
  const auto text = wire::ReadOwn<schema::Signal>(row.signal, [&](schema::Signal::Reader in) {
    return Result<std::string>(in.getBody().isHold() ? RemedyText(RemedyOf(in), language) + "\n" : "");
  });
  return text.ok() ? *text : std::string();
}

// What other signals say of this one.
std::string BesideText(const Row& row, const Inbox::Group& group, Language language) {
  std::string out;
  const std::string reminded = RemindedText(row, language);
  if (!reminded.empty()) out.append(" ").append(reminded);
  if (group.count > 1) out.append(" ").append(GroupText(group.count, language));
  return out;
}

}  // namespace

Result<std::string> ListText(const Inbox& inbox, const std::string& function, Language language,
                             uint64_t from) {
  std::vector<Line> lines;
  lines.push_back({Text("inbox.id", language), Text("inbox.code", language),
                   Text("inbox.received", language), Text("inbox.state", language),
                   Text("inbox.clocks", language), ""});
  Inbox::GroupCounts counted;
  const auto line = [&](const Row& row) -> Status {
    const auto summary = SummaryOf(row);
    if (!summary.ok()) return summary.error();
    SAM_ASSIGN(const Inbox::Group group, inbox.GroupOf(row, counted));
    std::string notes;
    if (summary->acute) notes += Text("inbox.acute", language) + " ";
    if (!row.withdrawn_by.empty()) notes += Text("withheld.withdrawn", language) + " ";
    if (row.late) notes += Term("late", language) + " ";
    if (row.replayed) notes += Term("replayed", language) + " ";
    if (row.unreadable) notes += Term("unreadable", language) + " ";
    SAM_ASSIGN(const auto intake, inbox.IntakeOf(row.number));
    if (intake && intake->state != intake::State::DONE) notes += IntakeText(*intake, language);
    notes += BesideText(row, group, language);
    const std::string due =
        summary->due == 0 ? "" : contract::SwedishTime(Millis(summary->due)) + " " +
                                     Text(summary->clock, language);
    lines.push_back({ShortId(row.id), summary->code, contract::SwedishTime(row.received_at),
                     StateText(row, language), due, notes});
    return Ok();
  };
  SAM_TRY(EachOfPage(inbox, from, line));
  SAM_ASSIGN(const auto numbers, inbox.Numbers());
  std::string out = Text("inbox.title", language, {{"function", function}}) + "\n";
  for (const NumberRow& number : numbers) out += NumberText(number, language) + "\n";
  out += HeldLine(inbox, language) + DamagedLine(inbox, language) + CheckpointAlarm(inbox.witness(), language);
  if (lines.size() == 1) return out + Text("inbox.empty", language) + "\n";
  return out + Table(lines);
}

Result<std::string> ListJson(const Inbox& inbox, uint64_t from) {
  std::string signals;
  Inbox::GroupCounts counted;
  const auto object = [&](const Row& row) -> Status {
    const auto summary = SummaryOf(row);
    if (!summary.ok()) return summary.error();
    SAM_ASSIGN(const auto intake, inbox.IntakeOf(row.number));
    SAM_ASSIGN(const Inbox::Group group, inbox.GroupOf(row, counted));
    if (!signals.empty()) signals += ",";
    signals += "{\"id\":" + Quoted(ToHex(row.id.view())) + ",\"code\":" + Quoted(summary->code) +
               ",\"received\":" + Quoted(ToIso(row.received_at)) +
               ",\"acute\":" + Flag(summary->acute) + ",\"late\":" + Flag(row.late) +
               ",\"replayed\":" + Flag(row.replayed) +
               ",\"withdrawn\":" + Flag(!row.withdrawn_by.empty()) +
               ",\"unreadable\":" + Flag(row.unreadable) +
               ",\"copies\":" + std::to_string(row.copies) + ",\"intake\":" + IntakeJson(intake) +
               ",\"tells\":" + TellsJson(row) +
               ",\"reminded\":" + std::to_string(row.reminded_percent) +
               ",\"remindedClock\":" + Quoted(row.reminded_clock) +
               ",\"groupId\":" + GroupJson(group) + ",\"state\":" + StateJson(row) + "}";
    return Ok();
  };
  SAM_ASSIGN(const uint64_t next, EachOfPage(inbox, from, object));
  SAM_ASSIGN(const auto numbers, inbox.Numbers());
  std::string list;
  for (const NumberRow& number : numbers) {
    if (!list.empty()) list += ",";
    const bool gap = number.withheld == wire::WithheldCode::NONE;
    list += "{\"position\":" + PositionJson(number.position) +
            ",\"last\":" + std::to_string(number.last) +
            ",\"why\":" + Quoted(gap ? "gap" : wire::WithheldName(number.withheld)) + "}";
  }
  return "{\"v\":1,\"signals\":[" + signals + "],\"numbers\":[" + list + "],\"next\":" +
         std::to_string(next) + "}";
}

Result<std::string> StatusText(const Inbox& inbox, const std::string& function,
                               Language language) {
  const Intakes intakes = CountIntakes(inbox);
  std::string out = Text("inbox.title", language, {{"function", function}}) + ": " +
                    std::to_string(inbox.next_number() - 1) + "\n";
  SAM_ASSIGN(const auto numbers, inbox.Numbers());
  for (const NumberRow& number : numbers) out += NumberText(number, language) + "\n";
  if (intakes.open > 0)
    out += Text("inbox.intake.open", language, {{"count", std::to_string(intakes.open)}}) + "\n";
  out += HeldLine(inbox, language) + DamagedLine(inbox, language);
  for (const auto& [number, entry] : inbox.Pending())
    if (entry.state == intake::State::HELD)
      out += "  " + ShortId(entry.signal) + "  " + IntakeText(entry, language) + "\n";
  return out;
}

Result<std::string> StatusJson(const Inbox& inbox) {
  const Intakes intakes = CountIntakes(inbox);
  SAM_ASSIGN(const auto numbers, inbox.Numbers());
  return "{\"v\":1,\"signals\":" + std::to_string(inbox.next_number() - 1) +
         ",\"numbers\":" + std::to_string(numbers.size()) +
         ",\"intakes_open\":" + std::to_string(intakes.open) +
         ",\"intakes_held\":" + std::to_string(intakes.held) +
         ",\"attachments_damaged\":" + std::to_string(inbox.attachments().damaged()) +
         ",\"log_inconsistent\":" + JsonQuoted(inbox.witness().alarm()) + "}";
}

Result<std::string> ShowText(const Inbox& inbox, const Row& row, Language language) {
  std::string out = Text("inbox.id", language) + ": " + ToHex(row.id.view()) + "\n";
  out += Text("inbox.received", language) + ": " + contract::SwedishTime(row.received_at) + "\n";
  out += Text("inbox.state", language) + ": " + StateText(row, language) + "\n";
  for (const Step& step : row.steps) {
    out += "  " + contract::SwedishTime(step.at) + "  " + StepText(row, step, language);
    SAM_ASSIGN(const auto refusal, inbox.RefusalOf(step));
    if (refusal)
      out += std::string("  ! ") + wire::RefusalName(refusal->code) + " " + refusal->field;
    out += "\n";
  }
  if (row.decision != Decision::UNKNOWN)
    out += Term("decision", language) + ": " + StateText(row, language) + " " +
           row.decision_reason + "  " + contract::SwedishTime(row.decided_at) + " (" +
           row.decided_by + ")\n";
  SAM_ASSIGN(const auto intake, inbox.IntakeOf(row.number));
  if (intake) {
    out += Text("inbox.intake", language) + ": " + IntakeText(*intake, language);
    if (!intake->their_id.empty())
      out += "  " + Text("inbox.case", language) + " " + intake->their_id;
    out += "\n" + Text("inbox.intake.reference", language) + ": " + intake::Reference(row.id) +
           "\n";
  }
  if (!row.withdrawn_by.empty())
    out += Term("withdrawnBy", language) + " " + ShortId(row.withdrawn_by) + " " +
           contract::WithdrawalText(row.withdrawn_reason, language) + "\n";
  if (row.unreadable) return out + Term("unreadable", language) + "\n";
  SAM_ASSIGN(const std::string attachments, AttachmentsText(inbox, row, language));
  out += attachments;
  contract::PrintOptions options;
  options.language = language;
  options.reveal = true;
  SAM_ASSIGN(auto page, (wire::ReadOwn<schema::Signal>(row.signal, [&](schema::Signal::Reader in) {
               return Result<std::string>(contract::PrintSignal(in, options));
             })));
  return out + "\n" + page + EndsText(row, language);
}

Result<std::string> RowJson(const Inbox& inbox, const Row& row) {
  SAM_ASSIGN(const auto listed, inbox.attachments().Of(row));
  std::string attachments;
  for (const Listed& one : listed)
    attachments += (attachments.empty() ? "{" : ",{") + ProgressJson(one.number, one.file) +
                   ",\"type\":" + Quoted(one.media_type) + ",\"title\":" + Quoted(one.title) +
                   ",\"size\":" + std::to_string(one.size) + "}";
  std::string signal = "null";
  if (!row.unreadable) {
    SAM_ASSIGN(signal, (wire::ReadOwn<schema::Signal>(row.signal, [](schema::Signal::Reader in) {
                 return Result<std::string>(contract::SignalJson(in, /*reveal=*/true));
               })));
  }
  SAM_ASSIGN(const auto taken_back, inbox.IntakeTakenBack(row));
  Inbox::GroupCounts counted;
  SAM_ASSIGN(const Inbox::Group group, inbox.GroupOf(row, counted));
  std::string more;
  if (taken_back) more.append(",\"intake_taken_back\":").append(IntakeJson(taken_back));
  return "{\"v\":1,\"id\":" + Quoted(ToHex(row.id.view())) +
         ",\"number\":" + std::to_string(row.number) + more + ",\"position\":" +
         PositionJson(row.position) + ",\"received\":" + Quoted(ToIso(row.received_at)) +
         ",\"late\":" + Flag(row.late) + ",\"replayed\":" + Flag(row.replayed) +
         ",\"groupId\":" + GroupJson(group) + ",\"state\":" + StateJson(row) +
         ",\"attachments\":[" + attachments +
         "],\"signal\":" + signal + "}";
}

std::string AttachmentJson(const Attachments::Ended& ended) {
  return "{\"v\":1,\"attachment\":{\"id\":" + Quoted(ToHex(ended.report.view())) + "," +
         ProgressJson(ended.number, ended.file) +
         ",\"size\":" + std::to_string(ended.file.size) +
         ",\"sha256\":" + Quoted(ToHex(ended.file.digest)) + "}}";
}

}  // namespace sam::inbox
