#include "adapters/inbox/ladder.h"

#include <capnp/message.h>

#include <algorithm>

#include "broker/base/text.h"
#include "broker/contract/answers.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/printer.h"
#include "broker/contract/reasons.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

constexpr std::string_view kReport = "SIG-A1";
constexpr size_t kReferenceMax = 64;
constexpr size_t kReasonMax = 64;
constexpr size_t kSaidByMax = 100;
constexpr int64_t kMinuteMs = 60'000;
constexpr std::string_view kNamingRefused = "hold.named.";  // rule of the hub's answer to a name it did not take

Status CheckSendingOn(const SignalFacts& facts, const Saying& saying) {
  if (!GoesOn(facts.code, facts.legal_class))
    return Invalid("only a statutory report is forwarded or redirected");
  if (saying.state == LadderState::FORWARDED && !IsFunctionName(saying.reference))
    return Invalid("forwarded needs the function that is to have it: --to gavle.mottagning");
  if (saying.state == LadderState::REDIRECTED && !saying.reference.empty())
    return Invalid("redirected names nobody: it goes where the child is registered");
  return Ok();
}

const Step* StepOf(const Row& row, LadderState state) {
  for (const Step& step : row.steps)
    if (step.state == state) return &step;
  return nullptr;
}

// The persons the signal names, so that the answer is sealed under their key at the hub as well.
Status CopySubject(const std::string& signal, schema::Event::Builder event) {
  return wire::Read<schema::Signal>(signal, [&](schema::Signal::Reader from) -> Status {
    if (from.getSubject().getIds().size() > 0)
      event.getHeader().initSubject().setIds(from.getSubject().getIds());
    event.getHeader().setTest(from.getTest());
    return Ok();
  });
}

Status Header(schema::Event::Builder event, const Row& row, const char* type,
              const std::string& message_id, const Speaker& speaker, const EventId& id,
              Millis occurred, Millis now) {
  auto header = event.initHeader();
  header.setEventId(wire::AsData(id.view()));
  header.setType(type);
  header.setSchemaVersion(wire::kSchemaVersion);
  header.setOccurredAt(occurred.value);
  header.setPrecision(schema::Precision::MS);
  header.setRecordedAt(now.value);
  auto source = header.initSource();
  source.setSystemId(speaker.system_id);
  source.setOrgNr(speaker.org_nr);
  source.setBoard(speaker.board);
  auto controller = header.initController();
  controller.setOrgNr(speaker.org_nr);
  controller.setBoard(speaker.board);
  header.setSourceMessageId(message_id);
  header.setActorRole("inbox");
  header.setSensitivity(schema::Sensitivity::S3);
  // An unreadable signal names nobody that we could copy.
  if (!row.unreadable) SAM_TRY(CopySubject(row.signal, event));
  return Ok();
}

}  // namespace

bool SendsOn(LadderState state) {
  return state == LadderState::FORWARDED || state == LadderState::REDIRECTED;
}

bool IsFunctionName(std::string_view name) {
  return !name.empty() && name.size() <= kReferenceMax &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string_view::npos;
}

bool IsNotice(std::string_view code) {
  return code == "RECEIPT" || code == "SIG-A3" || code == "HOLD" || code == "WITHDRAWN" ||
         code == "REMINDER" || code == "SIG-E3" || code == "SIG-E4";
}

contract::Remedy RemedyOf(schema::Signal::Reader notice) {
  const auto hold = notice.getBody().getHold();
  const std::string_view code = wire::View(hold.getAboutCode());
  const bool refused = wire::View(notice.getRule().getId()).starts_with(kNamingRefused);
  contract::Remedy remedy = contract::Remedy::kName;
  for (const capnp::Text::Reader reason : hold.getReasons()) {
    // Of the receiver that was named; the signal waits on, and for another one.
    if (refused && contract::IsFiltered(wire::View(reason))) continue;
    remedy = contract::StrongerOf(remedy, contract::RemedyOf(wire::View(reason), code));
  }
  return remedy;
}

Result<SignalFacts> FactsOf(std::string_view signal) {
  return wire::Read<schema::Signal>(signal, [](schema::Signal::Reader in) -> Result<SignalFacts> {
    SignalFacts facts;
    const auto id = SignalId::From(wire::View(in.getSignalId()));
    if (!id || id->empty()) return Invalid("signal without a 16-byte id");
    facts.id = *id;
    facts.known = contract::SignalTypeOf(in) != nullptr;
    facts.code = std::string(wire::View(in.getCode()));
    facts.legal_class = contract::ClassLetter(in.getLegalClass());
    facts.acute = in.getAcute();
    facts.test = in.getTest();
    facts.awaits_answer = AwaitsAnswer(in);
    if (in.getBody().isWithdrawn()) {
      const auto about = in.getBody().getWithdrawn();
      facts.withdraws = std::string(wire::View(about.getSignalId()));
      facts.withdraw_reason = std::string(wire::View(about.getReason()));
    }
    if (in.getBody().isReminder()) {
      const auto reminder = in.getBody().getReminder();
      facts.reminds = std::string(wire::View(reminder.getAbout()));
      facts.remind_percent = reminder.getPercent();
      facts.remind_clock = std::string(wire::View(reminder.getClock()));
    }
    if (in.getBody().isReceipt()) {
      const auto receipt = in.getBody().getReceipt();
      facts.tells_about = std::string(wire::View(receipt.getAbout()));
      facts.told_state = receipt.getState();
      facts.told_at = Millis(receipt.getAt());
      facts.told_answer = receipt.getAnswer();
    }
    if (in.getBody().isFeedback())
      facts.tells_about = std::string(wire::View(in.getBody().getFeedback().getAbout()));
    if (in.getBody().isHold()) {
      facts.tells_about = std::string(wire::View(in.getBody().getHold().getAbout()));
      facts.waits = RemedyOf(in) == contract::Remedy::kName;
    }
    return facts;
  });
}

bool IsReport(char legal_class) { return legal_class < 'B' || legal_class > 'E'; }

bool NeedsCase(const SignalFacts& facts) { return IsReport(facts.legal_class); }

bool GoesOn(std::string_view code, char legal_class) { return AnsweredAs(code, legal_class) == kReport; }

std::string_view AnsweredAs(std::string_view code, char legal_class) {
  return IsReport(legal_class) && contract::SignalTypeByCode(code) == nullptr ? kReport : code;
}

bool AwaitsAnswer(schema::Signal::Reader signal) {
  return signal.getAwaitsAnswer() && !contract::AnswersTo(wire::View(signal.getCode())).empty();
}

LadderState EndOfLadder(char legal_class, bool awaits_answer) {
  return IsReport(legal_class) || awaits_answer ? LadderState::ANSWERED : LadderState::REGISTERED;
}

bool IsDone(const Row& row, char legal_class, bool awaits_answer) {
  if (SentOn(row)) return true;
  if (legal_class == 'E') return row.decision != Decision::UNKNOWN;
  return Rank(HighestOf(row)) >= Rank(EndOfLadder(legal_class, awaits_answer));
}

std::optional<Saying> SayingFromWord(std::string_view word) {
  if (word == "opened") return Saying{LadderState::OPENED, Answer::UNSET};
  if (word == "registered") return Saying{LadderState::REGISTERED, Answer::UNSET};
  if (word == "assessed") return Saying{LadderState::ASSESSED, Answer::UNSET};
  if (word == "forwarded") return Saying{LadderState::FORWARDED, Answer::UNSET};
  if (word == "redirected") return Saying{LadderState::REDIRECTED, Answer::UNSET};
  if (const auto answer = contract::AnswerFromWord(word)) return Saying{LadderState::ANSWERED, *answer};
  return std::nullopt;
}

std::optional<Decision> DecisionFromWord(std::string_view word) {
  if (word == "report") return Decision::REPORT;
  if (word == "health-contact") return Decision::HEALTH_CONTACT;
  if (word == "support") return Decision::SUPPORT;
  if (word == "dismissed") return Decision::DISMISSED;
  return std::nullopt;
}

std::optional<Way> WayFromWord(std::string_view word) {
  if (word == "phone") return Way::PHONE;
  if (word == "paper") return Way::PAPER;
  return std::nullopt;
}

Result<Told> ReadTold(const std::string& way, const std::string& by, const std::string& at) {
  if (way.empty() && by.empty() && at.empty()) return Told{};
  const auto known = WayFromWord(way);
  if (!known) return Invalid("what somebody else said came by phone or on paper: name which");
  const auto time = contract::FromSwedishTime(at);
  if (!time) return Invalid("when it was said is written as 2026-03-02 10:15, Swedish time");
  return Told{*known, std::string(Trim(by)), *time};
}

Status CheckTold(const Told& told, Millis received, Millis now) {
  if (told.way == Way::DIRECT) return Ok();
  if (Trim(told.by).empty() || told.by.size() > kSaidByMax || !IsValidUtf8(told.by))
    return Invalid("what was phoned in or written needs who said it, at most 100 characters");
  // People write minutes.
  if (told.at.value < received.value / kMinuteMs * kMinuteMs || told.at > now)
    return Invalid("it was said after the signal came and not later than now");
  return Ok();
}

std::string StateWord(LadderState state) {
  switch (state) {
    case LadderState::OPENED: return "opened";
    case LadderState::REGISTERED: return "registered";
    case LadderState::ASSESSED: return "assessed";
    case LadderState::ANSWERED: return "answered";
    case LadderState::FORWARDED: return "forwarded";
    case LadderState::REDIRECTED: return "redirected";
    default: return "unknown";
  }
}

int Rank(LadderState state) {
  switch (state) {
    case LadderState::DELIVERED: return 1;
    case LadderState::OPENED: return 2;
    case LadderState::REGISTERED: return 3;
    case LadderState::ASSESSED: return 4;
    case LadderState::ANSWERED: return 5;
    default: return 0;
  }
}

bool SentOn(const Row& row) {
  return std::any_of(row.steps.begin(), row.steps.end(),
                     [](const Step& step) { return SendsOn(step.state); });
}

const Step* AnswerOf(const Row& row) {
  const Step* newest = nullptr;
  for (const Step& step : row.steps)
    if (step.state == LadderState::ANSWERED) newest = &step;
  return newest;
}

LadderState HighestOf(const Row& row) {
  LadderState highest = LadderState::DELIVERED;
  for (const Step& step : row.steps)
    if (Rank(step.state) > Rank(highest)) highest = step.state;
  return highest;
}

namespace {

// An answer that was given already, and this one: the same, or another one in its place.
Result<Judgement> JudgeAnswer(const Step& given, const Saying& saying) {
  if (given.answer == saying.answer) return Judgement::kSaidBefore;
  if (saying.corrects) return Judgement::kNew;
  return Conflict("answered otherwise before; an answer that was wrong is corrected with --correct");
}

// An answer of another kind of signal is refused here, and by the hub.
Status CheckAnswer(const SignalFacts& facts, Answer answer) {
  if (!facts.known || contract::IsAnswerTo(facts.code, answer)) return Ok();
  const std::string words = contract::AnswerWords(facts.code);
  if (words.empty())
    return Invalid(facts.code + " is not answered; say registered when it is taken care of");
  return Invalid(facts.code + " is answered with one of: " + words);
}

// What the saying lacks, or has too much of, whatever was said before.
Status CheckStep(const SignalFacts& facts, const Saying& saying) {
  if (Rank(saying.state) < Rank(LadderState::OPENED)) return Invalid("not a step of a receiver");
  if (saying.state == LadderState::REGISTERED && saying.reference.empty() && NeedsCase(facts))
    return Invalid("a report is registered with its case number: --case NUMBER");
  if (saying.reference.size() > kReferenceMax || !IsValidUtf8(saying.reference))
    return Invalid("the case number is longer than 64 characters");
  if (saying.state == LadderState::ASSESSED && !IsReport(facts.legal_class))
    return Invalid("only a statutory report (class A) is assessed");
  const bool answers = saying.state == LadderState::ANSWERED;
  if ((saying.answer != Answer::UNSET) != answers)
    return Invalid("answered goes with an answer, and no other step does");
  return answers ? CheckAnswer(facts, saying.answer) : Ok();
}

}  // namespace

Result<Judgement> Judge(const Row& row, const SignalFacts& facts, const Saying& saying) {
  if (IsNotice(facts.code))
    return Invalid("this signal tells about another one and takes no answer itself");
  const Step* answer = AnswerOf(row);
  if (saying.corrects && (saying.state != LadderState::ANSWERED || answer == nullptr))
    return Invalid("only an answer that has been given is corrected");
  if (SendsOn(saying.state)) {
    SAM_TRY(CheckSendingOn(facts, saying));
    for (const Step& step : row.steps) {
      if (!SendsOn(step.state)) continue;
      if (step.state == saying.state && step.reference == saying.reference)
        return Judgement::kSaidBefore;
      return Conflict("this report has been sent on already");
    }
    return Judgement::kNew;
  }
  SAM_TRY(CheckStep(facts, saying));
  if (saying.state == LadderState::ANSWERED && answer != nullptr) return JudgeAnswer(*answer, saying);
  if (const Step* said = StepOf(row, saying.state)) {
    // The hub had it from the board's system, which told no number of the case.
    const bool by_system = said->told.way == Way::SYSTEM && said->reference.empty();
    const bool same = said->answer == saying.answer &&
                      (by_system || saying.reference.empty() || said->reference == saying.reference);
    if (same) return Judgement::kSaidBefore;
    return Conflict("already said otherwise for this step; what was sent is never taken back");
  }
  if (Rank(saying.state) < Rank(HighestOf(row)))
    return Conflict("a later step has been sent already; the ladder never goes backwards");
  return Judgement::kNew;
}

Result<Judgement> JudgeDecision(const Row& row, const SignalFacts& facts, Decision decision,
                                const std::string& reason) {
  const bool prompt = facts.legal_class == 'E' || facts.legal_class == '-';
  if (IsNotice(facts.code) || !prompt)
    return Invalid("only a prompt (class E) is decided; a report is answered instead");
  if (decision == Decision::DISMISSED && reason.empty())
    return Invalid("dismissing a prompt needs a reason: --reason CODE");
  if (reason.size() > kReasonMax || !IsValidUtf8(reason))
    return Invalid("the reason is a code of at most 64 characters");
  if (row.decision == Decision::UNKNOWN) return Judgement::kNew;
  if (row.decision == decision && (reason.empty() || row.decision_reason == reason))
    return Judgement::kSaidBefore;
  return Conflict("this prompt has been decided otherwise before");
}

Result<std::string> ReceiptEvent(const Row& row, const Saying& saying, const Speaker& speaker,
                                 const EventId& id, Millis now) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  std::string message_id = "receipt:" + ToHex(row.id.view()) + ":" + StateWord(saying.state);
  const auto before = std::count_if(row.steps.begin(), row.steps.end(), [&](const Step& step) {
    return step.state == saying.state;
  });
  if (before > 0) message_id.append(":").append(std::to_string(before + 1));
  const Millis at = saying.told.way == Way::DIRECT ? now : saying.told.at;
  SAM_TRY(Header(event, row, "signal.receipt", message_id, speaker, id, at, now));
  auto receipt = event.getBody().initSignalReceipt();
  receipt.setSignalId(wire::AsData(row.id.view()));
  receipt.setState(saying.state);
  receipt.setAt(at.value);
  if (saying.state == LadderState::FORWARDED)
    receipt.setForwardedTo(saying.reference);
  else
    receipt.setReference(saying.reference);
  receipt.setAnswer(saying.answer);
  receipt.setFunction(speaker.function);
  return wire::Flatten(message);
}

Result<std::string> DecisionEvent(const Row& row, Decision decision, const std::string& reason,
                                  const Speaker& speaker, const EventId& id, Millis now) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  const std::string message_id = "decision:" + ToHex(row.id.view());
  SAM_TRY(Header(event, row, "prompt.decided", message_id, speaker, id, now, now));
  event.getHeader().setLegalClass(schema::LegalClass::E);
  auto body = event.getBody().initPromptDecided();
  body.setSignalId(wire::AsData(row.id.view()));
  body.setDecision(decision);
  body.setReasonCode(reason);
  return wire::Flatten(message);
}

Status CheckReason(const std::string& reason) {
  if (reason.empty()) return Invalid("withdrawing needs a reason: --reason CODE");
  if (reason.size() > kReasonMax || !IsValidUtf8(reason))
    return Invalid("the reason is a code of at most 64 characters");
  return Ok();
}

Result<std::string> WithdrawalEvent(const Row& notice, const SignalId& about,
                                    const std::string& reason, const Speaker& speaker,
                                    const EventId& id, Millis now) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  const std::string message_id = "withdrawal:" + ToHex(about.view());
  SAM_TRY(Header(event, notice, "signal.withdrawn", message_id, speaker, id, now, now));
  auto body = event.getBody().initSignalWithdrawn();
  body.setSignalId(wire::AsData(about.view()));
  body.setReason(reason);
  return wire::Flatten(message);
}

Result<std::string> NamingEvent(const Row& notice, const SignalId& about,
                                const std::string& receiver, const std::string& named_by,
                                const Speaker& speaker, const EventId& id, Millis now) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  const std::string message_id = "named:" + ToHex(notice.id.view()) + ":" + receiver;
  SAM_TRY(Header(event, notice, "signal.receiver.named", message_id, speaker, id, now, now));
  auto body = event.getBody().initSignalReceiverNamed();
  body.setSignalId(wire::AsData(about.view()));
  body.setReceiverFunction(receiver);
  body.setFunction(speaker.function);
  body.setNamedBy(named_by);
  body.setAt(now.value);
  return wire::Flatten(message);
}

}  // namespace sam::inbox
