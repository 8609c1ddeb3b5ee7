#include "adapters/inbox/held.h"

#include <algorithm>
#include <map>

#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

// The same report keeps its evidence whatever id the hub gives it meanwhile.
using HeldByEvent = std::map<std::string, HeldSignal>;

void NoteHold(const Row& row, schema::Signal::Reader signal, HeldByEvent& held) {
  const auto hold = signal.getBody().getHold();
  HeldSignal& one = held[std::string(wire::View(hold.getEventId()))];
  if (one.calls++ == 0) one.since = row.received_at;
  one.notice = row.id;
  one.about = SignalId::From(wire::View(hold.getAbout())).value_or(SignalId{});
  one.code = std::string(wire::View(hold.getAboutCode()));
  one.acute = signal.getAcute();
  one.reasons.clear();
  for (const auto reason : hold.getReasons())
    one.reasons.emplace_back(wire::View(reason));
}

Status NoteRow(const Row& row, HeldByEvent& held) {
  if (row.unreadable) return Ok();
  return wire::Read<schema::Signal>(row.signal, [&](schema::Signal::Reader signal) -> Status {
    if (signal.getBody().isHold() && WaitsForReceiver(signal.getBody().getHold()))
      NoteHold(row, signal, held);
    if (signal.getBody().isReceipt() || signal.getBody().isFeedback())
      for (const auto event : signal.getEvidence()) held.erase(std::string(wire::View(event)));
    return Ok();
  });
}

}  // namespace

Result<std::vector<HeldSignal>> Held(const Inbox& inbox) {
  HeldByEvent held;
  Status inner = Ok();
  const uint64_t end = inbox.next_number();
  SAM_TRY(inbox.Each(end > kHeldRows ? end - kHeldRows : 1, [&](Row&& row) {
    inner = NoteRow(row, held);
    return inner.ok();
  }));
  SAM_TRY(std::move(inner));
  std::vector<HeldSignal> out;
  for (auto& [event, one] : held) {
    SAM_ASSIGN(const bool taken_back, inbox.TookBack(one.about));
    if (taken_back) continue;
    SAM_ASSIGN(const auto named, inbox.NamedBy(one.notice));
    one.named = named.value_or("");
    out.push_back(std::move(one));
  }
  std::sort(out.begin(), out.end(),
            [](const HeldSignal& a, const HeldSignal& b) { return a.since < b.since; });
  return out;
}

Result<std::string> HeldText(const Inbox& inbox, const std::string& function,
                             contract::Language language) {
  using contract::Text;
  SAM_ASSIGN(const auto held, Held(inbox));
  std::string out = Text("inbox.title", language, {{"function", function}}) + "\n";
  if (held.empty()) return out + Text("inbox.held.none", language) + "\n";
  out += Text("inbox.held", language, {{"count", std::to_string(held.size())}}) + "\n";
  for (const HeldSignal& one : held) {
    out.append(ToHex(one.notice.view()).substr(0, 8)).append("  ").append(one.code);
    if (one.acute) out.append("  ").append(Text("inbox.acute", language));
    out.append("  ").append(Text("inbox.held.since", language)).append(" ");
    out.append(contract::SwedishTime(one.since)).append("  (");
    out.append(std::to_string(one.calls)).append(")\n");
    for (const std::string& reason : one.reasons)
      out.append("  ").append(Text(reason, language)).append("\n");
    if (!one.named.empty())
      out.append("  ")
          .append(Text("inbox.held.named", language, {{"receiver", one.named}}))
          .append("\n");
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
    out.append("],\"named\":\"").append(one.named).append("\"}");
  }
  return out + "]}";
}

}  // namespace sam::inbox
