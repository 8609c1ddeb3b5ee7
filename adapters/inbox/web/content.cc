// What a signal says, laid out: facts and time limits on top, then every field that was disclosed.
#include <algorithm>

#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/web/waiting.h"
#include "adapters/inbox/words.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox::web {

namespace {

using Lines = std::vector<contract::PrintedLine>;

void AddFact(Html& out, const std::string& label, const std::string& value) {
  if (value.empty()) return;
  out.Open("div").Element("dt", label).Element("dd", value).Close("div");
}

// Lines with a value side by side as a list; a heading opens what stands deeper below it.
void AddLines(Html& out, const Lines& lines, size_t& at, int indent, int level) {
  bool listing = false;
  const auto end_list = [&] {
    if (listing) out.Close("dl");
    listing = false;
  };
  while (at < lines.size() && lines[at].indent >= indent) {
    const contract::PrintedLine& line = lines[at];
    const bool heading = at + 1 < lines.size() && lines[at + 1].indent > line.indent;
    if (!heading) {
      if (!listing) out.Open("dl");
      listing = true;
      AddFact(out, line.label, line.value.empty() ? "–" : line.value);
      ++at;
      continue;
    }
    end_list();
    const std::string tag = "h" + std::to_string(std::min(level, 6));
    out.Element(tag, line.label).Open("div", {{"class", "deeper"}});
    const int deeper = lines[++at].indent;
    AddLines(out, lines, at, deeper, level + 1);
    out.Close("div");
  }
  end_list();
}

// What stands in the facts on top, and what only machines need.
bool IsFact(const std::string& member) {
  static const char* const kFacts[] = {"code", "ground", "senderFunction", "receiverFunction",
                                       "clocks", "occurredAt", "decidedAt", "acute", "test"};
  return std::any_of(std::begin(kFacts), std::end(kFacts),
                     [&](const char* one) { return member == one; });
}

bool IsContent(const std::string& member) { return member == "subject" || member == "body"; }

// A limit is kept, has run out, or is still running; one of a signal that waits for nobody is only told.
void AddClocks(Html& out, const Frame& frame, schema::Signal::Reader in, const Row& row, bool waits,
               Millis now) {
  if (in.getClocks().size() == 0) return;
  out.Element("h3", frame.Say("inbox.clocks")).Open("dl");
  for (const auto clock : in.getClocks()) {
    std::string due = contract::SwedishTime(Millis(clock.getDueAt()));
    if (ClockMet(wire::View(clock.getKind()), row, AwaitsAnswer(in)))
      due.append("  ").append(frame.Say("web.kept"));
    else if (waits && RunOut(wire::View(clock.getKind()), Millis(clock.getDueAt()), row, now))
      due.append("  ").append(frame.Say("web.overdue"));
    AddFact(out, frame.Say(wire::View(clock.getKind())), due);
  }
  out.Close("dl");
}

}  // namespace

Status AddFacts(Html& out, const Frame& frame, const Inbox& inbox, const Row& row, Millis now) {
  out.Open("dl");
  AddFact(out, frame.Say("inbox.received"), contract::SwedishTime(row.received_at));
  AddFact(out, frame.Say("inbox.state"), StateText(row, frame.language));
  if (row.unreadable) {
    out.Close("dl");
    return Ok();
  }
  SAM_ASSIGN(const auto intake, inbox.IntakeOf(row.number));
  if (intake) AddFact(out, frame.Say("inbox.intake"), IntakeText(*intake, frame.language));
  SAM_ASSIGN(const Summary summary, SummaryOf(row));
  return wire::ReadOwn<schema::Signal>(row.signal, [&](schema::Signal::Reader in) -> Status {
    AddFact(out, frame.Say("inbox.from"), std::string(wire::View(in.getSenderFunction())));
    AddFact(out, frame.Say("inbox.to"), std::string(wire::View(in.getReceiverFunction())));
    AddFact(out, frame.Say("inbox.code"),
            KindText(summary.code, frame.language).append(" (").append(summary.code).append(")"));
    AddFact(out, frame.Say("inbox.ground"), frame.Say(wire::View(in.getGround())));
    if (in.getOccurredAt() > 0)
      AddFact(out, frame.Say("inbox.occurred"),
              contract::SwedishTime(Millis(in.getOccurredAt())));
    out.Close("dl");
    AddClocks(out, frame, in, row, Waits(row, summary), now);
    return Ok();
  });
}

Status AddContent(Html& out, const Frame& frame, const Row& row, bool technical) {
  if (row.unreadable) {
    if (!technical) out.Element("p", Term("unreadable", frame.language));
    return Ok();
  }
  contract::PrintOptions options;
  options.language = frame.language;
  options.reveal = true;
  options.breaks = true;
  Lines lines;
  SAM_TRY(wire::ReadOwn<schema::Signal>(row.signal, [&](schema::Signal::Reader in) -> Status {
    lines = contract::SignalLines(in, options);
    return Ok();
  }));
  std::erase_if(lines, [&](const contract::PrintedLine& line) {
    return technical ? IsContent(line.member) || IsFact(line.member) : !IsContent(line.member);
  });
  size_t at = 0;
  AddLines(out, lines, at, 0, 3);
  return Ok();
}

}  // namespace sam::inbox::web
