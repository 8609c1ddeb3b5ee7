#include "broker/routing/compose.h"

#include <algorithm>

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include "broker/base/text.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/mask.h"
#include "broker/crypto/digest.h"
#include "broker/routing/body.h"
#include "broker/routing/payload.h"
#include "broker/wire/codec.h"

namespace sam::routing {
namespace {

using Events = std::vector<wire::Message<schema::Event>>;

Result<Events> OpenEvidence(const Candidate& candidate) {
  if (candidate.evidence.size() > kMaxEvidence) {
    return Invalid("signal " + candidate.code + " rests on more than 64 events");
  }
  Events out;
  for (const Evidence& one : candidate.evidence) {
    if (one.bytes.empty()) continue;
    auto event = wire::Parse<schema::Event>(one.bytes);
    if (!event.ok()) {
      return Wrap("evidence at offset " + std::to_string(one.offset.value), event.error());
    }
    out.push_back(std::move(event).value());
  }
  return out;
}

// The evidence's own numbers come first. An unborn child has none: those told are its parent's.
std::vector<PersonNumber> NumbersOf(schema::Subject::Reader subject, const std::vector<PersonNumber>& linked) {
  std::vector<PersonNumber> out;
  for (const auto id : subject.getIds())
    out.push_back({id.getSystem().cStr(), id.getValue().cStr(), id.getFlag().cStr()});
  if (subject.getUnborn()) return out;
  for (const PersonNumber& one : linked) {
    const bool known = std::any_of(out.begin(), out.end(), [&](const PersonNumber& has) {
      return has.value == one.value;
    });
    if (!known && out.size() < kMaxNumbers) out.push_back(one);
  }
  return out;
}

// Field by field: what a newer schema may have put beside them has no mark here, so it stays here.
void FillSubject(const Candidate& candidate, const std::vector<schema::Event::Reader>& events,
                 schema::Subject::Builder out) {
  out.setHomeMunicipality(candidate.subject.municipality);
  out.setProtection(candidate.subject.protection);
  // Who has no number yet is told by the birth date, so the first telling counts where none has more.
  const auto named = [](schema::Event::Reader event) {
    const auto subject = event.getHeader().getSubject();
    return subject.getIds().size() > 0 || subject.getUnborn();
  };
  const bool any = std::any_of(events.begin(), events.end(), named);
  for (const auto event : events) {
    if (any && !named(event)) continue;
    const auto subject = event.getHeader().getSubject();
    const std::vector<PersonNumber> numbers = NumbersOf(subject, candidate.linked);
    auto copies = out.initIds(static_cast<unsigned>(numbers.size()));
    for (unsigned i = 0; i < copies.size(); ++i) {
      copies[i].setSystem(numbers[i].system);
      copies[i].setValue(numbers[i].value);
      copies[i].setFlag(numbers[i].flag);
    }
    out.setBirthDate(subject.getBirthDate());
    out.setUnborn(subject.getUnborn());
    return;
  }
}

void FillHead(const Candidate& candidate, const GateDecision& decision, const SignalId& id,
              schema::Signal::Builder out) {
  out.setSignalId(wire::AsData(id.view()));
  out.setCode(candidate.code);
  out.setLegalClass(decision.legal_class);
  out.setGround(decision.ground);
  auto rule = out.initRule();
  rule.setId(candidate.rule_id);
  rule.setVersion(candidate.rule_version);
  out.setDecidedAt(candidate.decided_at.value);
  out.setSenderFunction(candidate.sender_function);
  out.setReceiverFunction(decision.receiver_function);
  auto controller = out.initController();
  controller.setOrgNr(candidate.controller.org);
  controller.setBoard(candidate.controller.board);
  out.setAcute(candidate.acute);
  out.setTest(candidate.test);
  out.setAwaitsAnswer(candidate.awaits_answer);
  out.setOccurredAt(candidate.occurred_at.value);
  auto evidence = out.initEvidence(static_cast<unsigned>(candidate.evidence.size()));
  for (unsigned i = 0; i < evidence.size(); ++i) {
    evidence.set(i, wire::AsData(candidate.evidence[i].event.view()));
  }
  auto clocks = out.initClocks(static_cast<unsigned>(candidate.clocks.size()));
  for (unsigned i = 0; i < clocks.size(); ++i) {
    clocks[i].setKind(candidate.clocks[i].kind);
    clocks[i].setDueAt(candidate.clocks[i].due.value);
  }
}

// Of the first piece of evidence that tells one. Only class B has any.
Level LevelIn(const Candidate& candidate) {
  const Ceiling* ceiling = CeilingOf(candidate.code);
  if (ceiling == nullptr || ceiling->legal_class != schema::LegalClass::B) return Level::UNKNOWN;
  for (const Evidence& one : candidate.evidence) {
    if (one.bytes.empty()) continue;
    const auto event = wire::Parse<schema::Event>(one.bytes);
    if (!event.ok()) continue;
    const Level level = LevelOf(event->get());
    if (level != Level::UNKNOWN) return level;
  }
  return Level::UNKNOWN;
}

bool RestsOnSecret(const Candidate& candidate) {
  return std::any_of(candidate.evidence.begin(), candidate.evidence.end(), [](const Evidence& one) {
    if (one.bytes.empty()) return false;  // its rule says what it was
    const auto event = wire::Parse<schema::Event>(one.bytes);
    const contract::EventType* type = event.ok() ? contract::EventTypeOf(event->get()) : nullptr;
    return type == nullptr || IsSecretType(type->name);
  });
}

}  // namespace

bool IsSecretType(std::string_view name) {
  const contract::EventType* type = contract::EventTypeByName(name);
  return type == nullptr || type->name == "signal.receipt" ||
         type->legal_class == schema::LegalClass::A ||
         type->sensitivity == schema::Sensitivity::S4;
}

// A prompt that a report was not answered tells that there is one; so does what is marked S4. What does not come
// (SIG-E1) is told by what it was waited for after.
bool TellsSecret(const Candidate& candidate, bool since_fold_7) {
  const auto* pattern = std::get_if<PatternDraft>(&candidate.body);
  if (pattern != nullptr &&
      std::any_of(pattern->occurrences.begin(), pattern->occurrences.end(),
                  [](const OccurrenceDraft& one) { return IsSecretType(one.type); }))
    return true;
  const bool prompt = pattern != nullptr || std::holds_alternative<OverdueDraft>(candidate.body);
  return since_fold_7 && prompt && (candidate.rule_secret || RestsOnSecret(candidate));
}

GateInput GateInputOf(const Candidate& candidate, const Directory& directory,
                      const Agreements& agreements, Millis now, bool since_fold_7) {
  GateInput input;
  input.code = candidate.code;
  input.sender_function = candidate.sender_function;
  input.wanted = candidate.wanted;
  input.about_sender = candidate.about_sender;
  input.about_receiver = candidate.about_receiver;
  input.about_code = candidate.about_code;
  input.subject = candidate.subject;
  input.controller = candidate.controller;
  input.now = now;
  input.acute = candidate.acute;
  input.rule_ground = candidate.rule_ground;
  input.asks_holder = candidate.asks_holder;
  input.level = LevelIn(candidate);
  input.secret = candidate.by_content && TellsSecret(candidate, since_fold_7);
  input.about_secret = candidate.about_secret;
  input.since_fold_7 = since_fold_7;
  input.placed_at = candidate.placed_at.value_or(now);
  input.directory = &directory;
  input.agreements = &agreements;
  return input;
}

Result<Composed> Compose(const Candidate& candidate, const GateDecision& decision) {
  if (decision.outcome != GateOutcome::kDeliver) {
    return Internal("only a delivery can be composed; the gate held or denied " + candidate.code);
  }
  SAM_ASSIGN(const Events messages, OpenEvidence(candidate));
  std::vector<schema::Event::Reader> events;
  for (const auto& message : messages) events.push_back(message.get());

  Composed out;
  out.id = SignalIdOf(candidate, decision.receiver_function);
  capnp::MallocMessageBuilder message(4096);
  auto signal = message.initRoot<schema::Signal>();
  FillHead(candidate, decision, out.id, signal);
  // These name their signal; who holds that knows whom it was about.
  const bool named = candidate.code == "RECEIPT" || candidate.code == "SIG-A3" ||
                     candidate.code == "ATTACHMENT" || candidate.code == "REMINDER" ||
                     candidate.code == "SIG-E3";
  if (!named) FillSubject(candidate, events, signal.initSubject());
  SAM_TRY(FillBody(candidate, decision, events, signal));

  out.masked = contract::Mask(capnp::DynamicStruct::Builder(signal), decision.mask);
  if (decision.payload == Payload::kEmpty) ForgetKind(signal, out.masked);
  // Filled in after this, so that no mask would take them away.
  const bool hidden = std::any_of(out.masked.begin(), out.masked.end(), [](const auto& path) {
    return path == "body.attachment" || path == "body.attachment.bytes";
  });
  if (hidden)
    return Invalid("signal " + candidate.code + ": its receiver may not see the content");
  auto masked = signal.initMaskedFields(static_cast<unsigned>(out.masked.size()));
  for (unsigned i = 0; i < masked.size(); ++i) masked.set(i, out.masked[i]);
  out.bytes = contract::CanonicalBytes(signal.asReader());
  out.split = contract::SplitPlaces(signal.asReader());
  if (out.bytes.size() > kMaxSignalBytes) {
    return Invalid("signal " + candidate.code + " is larger than 640 KiB");
  }
  return out;
}

SignalId SignalIdOf(const Candidate& candidate, const std::string& receiver_function) {
  std::vector<EventId> evidence;
  for (const Evidence& one : candidate.evidence) evidence.push_back(one.event);
  return MakeSignalId(candidate.rule_id, candidate.rule_version, receiver_function,
                      std::move(evidence));
}

SignalId MakeSignalId(const std::string& rule_id, const std::string& rule_version,
                      const std::string& receiver_function, std::vector<EventId> evidence) {
  std::sort(evidence.begin(), evidence.end());
  std::string text;
  const auto add = [&text](std::string_view part) {
    text += BigEndian64(part.size());
    text += part;
  };
  add("sam-signal-1");
  add(rule_id);
  add(rule_version);
  add(receiver_function);
  for (const EventId& id : evidence) add(id.view());
  return SignalId::From(Sha256({text}).view().substr(0, SignalId::kSize)).value();
}

}  // namespace sam::routing
