#include "adapters/inbox/command.h"

#include "adapters/inbox/held.h"
#include "adapters/inbox/sent.h"
#include "adapters/inbox/view.h"
#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/contract/answers.h"
#include "broker/contract/catalogue.h"

namespace sam::inbox {

namespace {

using contract::Text;

std::string TextIdOf(Code code) {
  switch (code) {
    case Code::kInvalid: return "error.invalid";
    case Code::kDenied: return "error.denied";
    case Code::kConflict: return "error.conflict";
    case Code::kNotFound: return "error.notfound";
    case Code::kUnavailable: return "error.unavailable";
    case Code::kExhausted: return "error.exhausted";
    case Code::kCorrupt: return "error.corrupt";
    default: return "error.internal";
  }
}

Reply Failed(const Error& error, contract::Language language) {
  Reply reply;
  reply.code = error.code;
  reply.text = Text(TextIdOf(error.code), language) + " " + error.message;
  return reply;
}

Reply Done(std::string text, std::string json) {
  Reply reply;
  reply.ok = true;
  reply.text = std::move(text);
  reply.json = std::move(json);
  return reply;
}

// The number that a page of a list or of the audit begins with.
Result<uint64_t> FromOf(const Command& command) {
  if (command.word.empty()) return uint64_t{0};
  const auto from = ReadNumber(command.word);
  if (!from || *from > 1'000'000'000'000)
    return Invalid("--from: expected the number that \"next\" of the page before said");
  return *from;
}

Result<Reply> List(const Inbox& inbox, const std::string& function, const Command& command) {
  SAM_ASSIGN(const uint64_t from, FromOf(command));
  SAM_ASSIGN(auto text, ListText(inbox, function, command.language, from));
  SAM_ASSIGN(auto json, ListJson(inbox, from));
  return Done(std::move(text), std::move(json));
}

Result<Reply> Show(Inbox& inbox, const Command& command) {
  SAM_ASSIGN(const Row row, inbox.Open(command.id, command.by));
  SAM_ASSIGN(auto text, ShowText(inbox, row, command.language));
  SAM_ASSIGN(auto json, RowJson(inbox, row));
  return Done(std::move(text), std::move(json));
}

Result<Reply> Told(const Inbox::Acted& acted, const Command& command) {
  const std::string json = "{\"v\":1,\"id\":" + JsonQuoted(ToHex(acted.row.id.view())) +
                           ",\"said_before\":" + (acted.said_before ? "true" : "false") + "}";
  return Done(Text("inbox.answered", command.language) + "\n", json);
}

std::string AllAnswerWords() {
  std::string out;
  for (const contract::SignalType& kind : contract::SignalTypes()) {
    const std::string words = contract::AnswerWords(kind.code);
    if (!words.empty()) out.append(out.empty() ? "" : "; ").append(kind.code).append(" ").append(words);
  }
  return out;
}

Result<Reply> Answers(Inbox& inbox, const Command& command) {
  auto saying = SayingFromWord(command.word);
  if (!saying)
    return Invalid("'" + command.word +
                   "' is not a step; use opened, registered, assessed, forwarded, redirected or an answer that the "
                   "signal's kind has: " + AllAnswerWords());
  saying->reference = command.reference;
  saying->corrects = command.corrects;
  SAM_ASSIGN(saying->told, ReadTold(command.way, command.said_by, command.said_at));
  SAM_ASSIGN(const auto acted, inbox.Say(command.id, *saying, command.by));
  return Told(acted, command);
}

Result<Reply> Decides(Inbox& inbox, const Command& command) {
  const auto decision = DecisionFromWord(command.word);
  if (!decision)
    return Invalid("'" + command.word +
                   "' is not a decision; use report, health-contact, support or dismissed");
  SAM_ASSIGN(const auto acted,
             inbox.Decide(command.id, *decision, command.reason, command.by));
  return Told(acted, command);
}

Result<Reply> TakesBack(Inbox& inbox, const Command& command) {
  SAM_ASSIGN(const auto acted, inbox.Withdraw(command.id, command.reason, command.by));
  return Told(acted, command);
}

Result<Reply> TellHeld(const Inbox& inbox, const std::string& function, const Command& command) {
  SAM_ASSIGN(auto text, HeldText(inbox, function, command.language));
  SAM_ASSIGN(auto json, HeldJson(inbox));
  return Done(std::move(text), std::move(json));
}

Result<Reply> TellSent(const Inbox& inbox, const std::string& function, const Command& command) {
  SAM_ASSIGN(auto text, SentText(inbox, function, command.language));
  SAM_ASSIGN(auto json, SentJson(inbox));
  return Done(std::move(text), std::move(json));
}

Result<Reply> Names(Inbox& inbox, const Command& command) {
  SAM_ASSIGN(const auto acted, inbox.Name(command.id, command.word, command.reference, command.by));
  return Told(acted, command);
}

Result<Reply> Rules(Inbox& inbox, const Command& command) {
  std::optional<Inbox::Ruling> ruling;
  if (command.word == "again") ruling = Inbox::Ruling::kAgain;
  if (command.word == "created") ruling = Inbox::Ruling::kCreated;
  if (command.word == "leave") ruling = Inbox::Ruling::kLeave;
  if (!ruling)
    return Invalid("'" + command.word + "' is not a ruling; use again, created or leave");
  SAM_ASSIGN(const auto entry,
             inbox.Rule(command.id, *ruling, command.reference, command.by));
  return Done(Text("inbox.intake.done", command.language) + "\n",
              "{\"v\":1,\"id\":" + JsonQuoted(ToHex(entry.signal.view())) + ",\"state\":" +
                  JsonQuoted(intake::StateName(entry.state)) + "}");
}

// One part for each question, so that no answer is larger than a door takes.
Result<Reply> TakesOut(Inbox& inbox, const Command& command) {
  const auto number = ReadNumber(command.word);
  const auto index = ReadNumber(command.reference);
  if (!number || *number > UINT16_MAX || !index || *index > UINT16_MAX)
    return Invalid("an attachment is named by its number, as 'show' has it: 1, 2, ...");
  SAM_ASSIGN(const Row row, inbox.Find(command.id));
  SAM_ASSIGN(const auto piece,
             inbox.TakeOut(row, static_cast<uint16_t>(*number), static_cast<uint16_t>(*index),
                           command.by));
  std::string json = "{\"v\":1,\"parts\":" + std::to_string(piece.file.count) +
                     ",\"size\":" + std::to_string(piece.file.size) + ",\"sha256\":\"" +
                     ToHex(piece.file.digest) + "\",\"bytes\":\"" + ToBase64(piece.bytes) + "\"}";
  return Done("", std::move(json));
}

Result<Reply> TellAudit(const Inbox& inbox, const Command& command) {
  SAM_ASSIGN(const uint64_t from, FromOf(command));
  SAM_ASSIGN(auto text, AuditText(inbox, command.language, from, command.id));
  SAM_ASSIGN(auto json, AuditJson(inbox, from, command.id));
  return Done(std::move(text), std::move(json));
}

Result<Reply> TellCheckpoint(Inbox& inbox, const Command& command) {
  if (command.word == "anew") SAM_TRY(inbox.BeginAnew(command.reason, command.by));
  else if (!command.word.empty()) return Invalid("checkpoint: expected nothing, or anew");
  return Done(CheckpointText(inbox.witness(), command.language), CheckpointJson(inbox.witness()));
}

Result<Reply> Erases(Inbox& inbox, const Command& command) {
  if (command.reason.empty()) return Invalid("--reason: why; it is kept with who did it");
  SAM_ASSIGN(const ErasePlan plan, inbox.PlanErase(command.id));
  SAM_ASSIGN(const Row row, inbox.Find(command.id));
  const bool confirmed = command.word == "confirm";
  std::string text = Text("inbox.erase.plan", command.language,
                          {{"signals", std::to_string(plan.rows.size())}, {"open", std::to_string(plan.open)}}) + "\n";
  if (plan.open > 0 && command.reference != "despite")
    return Conflict("of " + std::to_string(plan.rows.size()) + " signals about this person " +
                    std::to_string(plan.open) + " are not finished; nothing is erased unless you say --despite-unanswered");
  SAM_TRY(confirmed ? inbox.Erase(plan, command.reason, command.by)
                    : inbox.audit().Note(command.by, Action::SOUGHT_TO_ERASE, row.id, command.reason));
  text += Text(confirmed ? "inbox.erase.done" : "inbox.erase.confirm", command.language) + "\n";
  return Done(std::move(text), "{\"v\":1,\"signals\":" + std::to_string(plan.rows.size()) + ",\"open\":" +
                                   std::to_string(plan.open) + ",\"erased\":" + (confirmed ? "true" : "false") + "}");
}

Result<Reply> TellRetention(const Inbox& inbox, const Command& command) {
  const RetentionPolicy& policy = inbox.retention();
  SAM_ASSIGN(const DisposalPlan plan, inbox.PlanDisposal(policy, SIZE_MAX));
  uint64_t kept = 0;
  std::string why;
  for (const auto& [reason, count] : plan.kept) {
    kept += count;
    why += (why.empty() ? "" : ",") + JsonQuoted(KeptName(reason)) + ":" + std::to_string(count);
  }
  std::string text = policy.decided() ? Text("inbox.retention.on", command.language,
                                             {{"days", std::to_string(policy.days)}, {"decision", policy.decision}})
                                      : Text("inbox.retention.off", command.language);
  text += "\n" + Text("inbox.retention.counts", command.language,
                      {{"due", std::to_string(plan.due.size())}, {"kept", std::to_string(kept)}}) + "\n";
  return Done(std::move(text), "{\"v\":1,\"decision\":" + JsonQuoted(policy.decision) + ",\"days\":" +
                                   std::to_string(policy.days) + ",\"due\":" + std::to_string(plan.due.size()) +
                                   ",\"kept\":{" + why + "}}");
}

Result<Reply> TellStatus(const Inbox& inbox, const std::string& function, const Command& command) {
  SAM_ASSIGN(auto text, StatusText(inbox, function, command.language));
  SAM_ASSIGN(auto json, StatusJson(inbox));
  return Done(std::move(text), std::move(json));
}

Result<Reply> Run(Inbox& inbox, const std::string& function, const Command& command) {
  if (command.name == "list") return List(inbox, function, command);
  if (command.name == "show") return Show(inbox, command);
  if (command.name == "answer") return Answers(inbox, command);
  if (command.name == "decide") return Decides(inbox, command);
  if (command.name == "withdraw") return TakesBack(inbox, command);
  if (command.name == "held") return TellHeld(inbox, function, command);
  if (command.name == "sent") return TellSent(inbox, function, command);
  if (command.name == "name") return Names(inbox, command);
  if (command.name == "intake") return Rules(inbox, command);
  if (command.name == "attachment") return TakesOut(inbox, command);
  if (command.name == "audit") return TellAudit(inbox, command);
  if (command.name == "checkpoint") return TellCheckpoint(inbox, command);
  if (command.name == "erase") return Erases(inbox, command);
  if (command.name == "retention") return TellRetention(inbox, command);
  if (command.name == "status") return TellStatus(inbox, function, command);
  return Invalid("the inbox knows no command '" + command.name + "'");
}

}  // namespace

Reply Execute(Inbox& inbox, const std::string& function, const Command& command) {
  auto reply = Run(inbox, function, command);
  if (!reply.ok()) return Failed(reply.error(), command.language);
  return std::move(reply).value();
}

}  // namespace sam::inbox
