#include "adapters/inbox/held.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

using contract::Language;
using contract::Remedy;
using contract::Text;
using Key = std::pair<std::string, std::string>;

// A hold whose event is gone is known by its signal alone.
Key KeyOf(schema::HoldNotice::Reader hold) {
  const std::string_view event = wire::View(hold.getEventId());
  return {std::string(event.empty() ? wire::View(hold.getAbout()) : event),
          std::string(wire::View(hold.getAboutCode()))};
}

void TellAnew(HeldSignal& one, const Row& row, schema::Signal::Reader signal, Remedy remedy) {
  const auto hold = signal.getBody().getHold();
  if (one.calls++ == 0) one.since = row.received_at;
  one.notice = row.id;
  one.number = row.number;
  one.about = SignalId::From(wire::View(hold.getAbout())).value_or(SignalId{});
  one.code = std::string(wire::View(hold.getAboutCode()));
  one.acute = signal.getAcute();
  one.remedy = remedy;
  one.reasons.clear();
  for (const auto reason : hold.getReasons()) one.reasons.emplace_back(wire::View(reason));
}

std::string LinesOf(const HeldSignal& one, Language language) {
  std::string out = ToHex(one.notice.view()).substr(0, 8) + "  " + one.code;
  if (one.acute) out.append("  ").append(Text("inbox.acute", language));
  out.append("  ").append(Text("inbox.held.since", language)).append(" ");
  out.append(contract::SwedishTime(one.since)).append("  (");
  out.append(std::to_string(one.calls)).append(")\n");
  for (const std::string& reason : one.reasons)
    out.append("  ").append(Text(reason, language)).append("\n");
  if (one.remedy != Remedy::kName)
    out.append("  ").append(RemedyText(one.remedy, language)).append("\n");
  if (!one.named.empty())
    out.append("  ")
        .append(Text("inbox.held.named", language, {{"receiver", one.named}}))
        .append("\n");
  return out;
}

}  // namespace

Status HoldBook::Note(const Row& row) {
  if (row.unreadable) return Ok();
  return wire::ReadOwn<schema::Signal>(row.signal, [&](schema::Signal::Reader signal) -> Status {
    const auto body = signal.getBody();
    if (body.isHold()) {
      const Remedy remedy = RemedyOf(signal);
      const Key key = KeyOf(body.getHold());
      if (remedy == Remedy::kNotHeld)
        held_.erase(key);
      else
        TellAnew(held_[key], row, signal, remedy);
    }
    if (!body.isReceipt() && !body.isFeedback()) return Ok();
    const auto receipt = body.isReceipt() ? body.getReceipt() : body.getFeedback();
    const std::string code(wire::View(receipt.getAboutCode()));
    for (const auto event : signal.getEvidence())
      held_.erase({std::string(wire::View(event)), code});
    held_.erase({std::string(wire::View(receipt.getAbout())), code});
    return Ok();
  });
}

Result<std::vector<HeldSignal>> HoldBook::Now(const Inbox& inbox) const {
  std::vector<HeldSignal> out;
  for (const auto& [key, held] : held_) {
    SAM_ASSIGN(const bool taken_back, inbox.TookBack(held.about));
    if (taken_back) continue;
    SAM_ASSIGN(const auto named, inbox.NamedBy(held.notice));
    out.push_back(held);
    out.back().named = named.value_or("");
  }
  std::sort(out.begin(), out.end(),
            [](const HeldSignal& a, const HeldSignal& b) { return a.since < b.since; });
  return out;
}

Result<std::vector<HeldSignal>> Held(const Inbox& inbox) {
  HoldBook book;
  Status inner = Ok();
  const uint64_t end = inbox.next_number();
  SAM_TRY(inbox.Each(end > kHeldRows ? end - kHeldRows : 1, [&](Row&& row) {
    inner = book.Note(row);
    return inner.ok();
  }));
  SAM_TRY(std::move(inner));
  return book.Now(inbox);
}

std::string RemedyText(Remedy remedy, Language language) {
  return Text(std::string("hold.ends.") + contract::RemedyName(remedy), language);
}

Result<std::string> HeldText(const Inbox& inbox, const std::string& function, Language language) {
  SAM_ASSIGN(const auto held, Held(inbox));
  std::string out = Text("inbox.title", language, {{"function", function}}) + "\n";
  if (held.empty()) return out + Text("inbox.held.none", language) + "\n";
  for (const bool by_name : {true, false}) {
    size_t count = 0;
    std::string lines;
    for (const HeldSignal& one : held) {
      if ((one.remedy == Remedy::kName) != by_name) continue;
      ++count;
      lines += LinesOf(one, language);
    }
    if (count == 0) continue;
    out += Text(by_name ? "inbox.held" : "inbox.held.other", language,
                {{"count", std::to_string(count)}}) + "\n" + lines;
  }
  return out;
}

Result<std::string> HeldJson(const Inbox& inbox) {
  SAM_ASSIGN(const auto held, Held(inbox));
  std::string out = "{\"v\":1,\"held\":[";
  // Hex, text ids, codes and directory ids: nothing in them needs escaping.
  for (const HeldSignal& one : held) {
    if (out.back() != '[') out.push_back(',');
    out.append("{\"id\":\"").append(ToHex(one.notice.view()));
    out.append("\",\"about\":\"").append(ToHex(one.about.view()));
    out.append("\",\"code\":\"").append(one.code);
    out.append("\",\"acute\":").append(one.acute ? "true" : "false");
    out.append(",\"since\":\"").append(ToIso(one.since));
    out.append("\",\"calls\":").append(std::to_string(one.calls)).append(",\"reasons\":[");
    for (const std::string& reason : one.reasons) {
      if (out.back() != '[') out.push_back(',');
      out.append("\"").append(reason).append("\"");
    }
    out.append("],\"ends\":\"").append(contract::RemedyName(one.remedy));
    out.append("\",\"named\":\"").append(one.named).append("\"}");
  }
  return out + "]}";
}

}  // namespace sam::inbox
