// The part of QuarantineDesk that changes something.
#include <utility>

#include "adapters/kit/json_text.h"
#include "adapters/kit/quarantine_desk.h"
#include "broker/base/text.h"

namespace sam::kit {

Status QuarantineDesk::Note(const std::string& operator_name, const std::string& action,
                            uint64_t number, const std::string& reason) {
  store_.PutAccess({store_.clock().Now(), operator_name, action,
                    "quarantine " + std::to_string(number), reason});
  return store_.Commit();
}

Result<std::string> QuarantineDesk::Resend(uint64_t number, const Words& words,
                                           const std::string& operator_name) {
  SAM_ASSIGN(const std::string reason, ReasonAt(words, 2));
  const bool fix = words[0] == "fix";
  std::optional<std::string> fixed;
  if (fix) {
    fixed = FromBase64(words.size() > 3 ? words[3] : "");
    if (!fixed || fixed->empty()) return Invalid("the fixed message is empty");
  }
  SAM_TRY(Note(operator_name, words[0], number, reason));
  SAM_ASSIGN(const Verdict verdict, pipeline_.Resend(number, std::move(fixed), operator_name));
  if (verdict.kind != Verdict::Kind::kTaken && verdict.kind != Verdict::Kind::kNothing &&
      verdict.kind != Verdict::Kind::kNotWanted)
    return Conflict("still not taken: " + verdict.reason + ": " + verdict.detail);
  const size_t at = fix ? 4 : 3;
  if (words.size() > at && words[at] == "json") {
    std::string events;
    for (const MappedEvent& event : verdict.events)
      events += (events.empty() ? "" : ",") + JsonText(event.type->name);
    std::string out = "{\"v\":1,\"type\":\"outcome\"";
    out += JsonField("number", std::to_string(number)) + JsonField("ok", "true");
    out += JsonField("verdict", JsonText(VerdictName(verdict.kind)));
    if (verdict.older) out += JsonField("older", "true");
    return out + JsonField("events", "[" + events + "]") + "}\n";
  }
  std::string out = std::string(VerdictName(verdict.kind)) + "\n";
  if (verdict.older)
    out += "older-version: something newer was told before, and is not undone\n";
  for (const MappedEvent& event : verdict.events) out += "event " + event.type->name + "\n";
  return out;
}

Status QuarantineDesk::ResendOne(uint64_t number, const std::string& reason,
                                 const std::string& operator_name) {
  const Result<std::string> sent =
      Resend(number, {"resend", std::to_string(number), reason}, operator_name);
  return sent.ok() ? Ok() : Status(sent.error());
}

Status QuarantineDesk::Discard(uint64_t number, const std::string& reason,
                               const std::string& operator_name) {
  SAM_TRY(store_.Begin());
  SAM_ASSIGN(std::optional<QuarantineHead> row, store_.Head(number));
  if (!row) return NotFound("quarantine has no entry " + std::to_string(number));
  if (row->state != QuarantineState::kOpen)
    return Conflict("entry " + std::to_string(number) + " is " + QuarantineStateName(row->state) +
                    " already");
  row->state = QuarantineState::kDiscarded;
  row->closed_at = store_.clock().Now();
  row->operator_name = operator_name;
  SAM_TRY(store_.UpdateQuarantine(*row));
  return Note(operator_name, "discard", number, reason);
}

}  // namespace sam::kit
