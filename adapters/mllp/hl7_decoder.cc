#include "adapters/mllp/hl7_decoder.h"

#include <optional>
#include <utility>

#include "adapters/hl7/batch.h"
#include "adapters/hl7/identity.h"
#include "adapters/hl7/message.h"
#include "adapters/hl7/mllp_framer.h"
#include "adapters/hl7/skeleton.h"
#include "broker/base/text.h"

namespace sam::mllp {
namespace {

using kit::Decoded;

hl7::HeaderRules RulesOf(const kit::AdapterConfig& config) {
  hl7::HeaderRules rules;
  rules.environment = config.production ? hl7::HeaderRules::Environment::kProduction
                                        : hl7::HeaderRules::Environment::kTest;
  rules.check_processing_id = config.check_processing_id;
  return rules;
}

Decoded Refused(std::string reason, std::vector<hl7::AckError> errors, std::string trigger) {
  Decoded out;
  out.what = Decoded::What::kRefused;
  out.reason = std::move(reason);
  out.trigger = std::move(trigger);
  if (!errors.empty()) out.detail = errors.front().location + " " + errors.front().text;
  out.errors = std::move(errors);
  return out;
}

// "SIU^" of a mapping that has rules for SIU^S26: it says nothing to no rule, and would be accepted
// and forgotten as if nobody wanted it.
bool HasRulesButNoEvent(const std::string& trigger, const kit::Mapping& mapping) {
  if (trigger.empty() || trigger.back() != '^') return false;
  for (const kit::EventRule& rule : mapping.rules())
    for (const std::string& when : rule.when)
      if (when.compare(0, trigger.size(), trigger) == 0) return true;
  return false;
}

void SayNoEvent(Decoded& out) {
  out.what = Decoded::What::kUnreadable;
  out.record.reset();
  out.reason = "no-event";
  out.detail =
      "MSH-9.2 and EVN-1 are empty: the mapping has rules for this type of message, and which of "
      "them is meant is not said; have the source send the event, such as SIU^S26";
  out.errors.push_back({"MSH-9", hl7::ErrorCode::kEvent, hl7::Severity::kError,
                        "put aside: no event"});
}

}  // namespace

Result<std::unique_ptr<kit::Decoder>> Hl7Decoder::Make(const kit::DecoderParts& parts,
                                                       Random random) {
  const auto* format = dynamic_cast<const Hl7Format*>(&parts.mapping.format());
  if (format == nullptr) return Internal("this mapping is not for HL7 v2");
  SAM_ASSIGN(hl7::Zone zone, hl7::Zone::Find(parts.config.zone.empty() ? parts.mapping.zone()
                                                                       : parts.config.zone));
  return std::unique_ptr<kit::Decoder>(new Hl7Decoder(parts, *format, zone, random));
}

Hl7Decoder::Hl7Decoder(const kit::DecoderParts& parts, const Hl7Format& format, hl7::Zone zone,
                       Random random)
    : config_(parts.config),
      clock_(parts.clock),
      mapping_(parts.mapping),
      format_(format),
      zone_(zone) {
  if (const auto* listen =
          dynamic_cast<const ListenConfig*>(parts.config.connector_settings.get()))
    listen_ = *listen;
  // MSH-10 of our answers: unique over restarts, at most 20 characters.
  ack_prefix_ = ToHex(BigEndian64(random.Next())).substr(0, 8);
}

std::string Hl7Decoder::NextControlId() {
  return "S" + ack_prefix_ + "-" + std::to_string(++ack_counter_);
}

Result<Decoded> Hl7Decoder::Decode(const std::string& bytes, const std::string&) {
  Decoded out;
  if (hl7::IsAcknowledgement(bytes)) {
    // Never answered: two systems would acknowledge each other for ever.
    out.what = Decoded::What::kAcknowledgement;
    out.trigger = "ACK";
    out.reason = "acknowledgement";
    out.detail = "an acknowledgement came in on the feed";
    return out;
  }
  hl7::ErrorCode code = hl7::ErrorCode::kInternal;
  Result<hl7::Message> message = hl7::Message::Parse(bytes, config_.charset, &code);
  if (!message.ok()) {
    if (code == hl7::ErrorCode::kMessageType)
      return Refused("not-hl7-v2", {{"", code, hl7::Severity::kError, message.error().message}}, "");
    out = kit::Unreadable("unreadable", message.error().message);
    const hl7::Header header = hl7::ReadHeader(bytes);
    out.rejected = header.found && !header.delimiters_readable;
    if (out.rejected)
      out.errors.push_back({"MSH-2", code, hl7::Severity::kError, message.error().message});
    else
      out.errors.push_back({"", code, hl7::Severity::kError, "put aside: unreadable"});
    return out;
  }
  const hl7::Header header = message->header();
  out.trigger = std::string(header.Component(9, 1)) + "^" + std::string(header.Component(9, 2));
  std::vector<hl7::AckError> errors = hl7::CheckHeader(*message, RulesOf(config_));
  if (!errors.empty()) return Refused("header", std::move(errors), out.trigger);
  const std::string application = message->Decode(header.Component(3, 1)).text;
  const std::string facility = message->Decode(header.Component(4, 1)).text;
  const std::optional<kit::SourceIdentity> known = config_.IdentityFor(application, facility);
  if (!known)
    return Refused("unknown-sender",
                   {{"MSH-3", hl7::ErrorCode::kUnknownKey, hl7::Severity::kError,
                     "this sender is not in the adapter's configuration"}},
                   out.trigger);
  out.identity = *known;
  if (const kit::SenderRule* sender = config_.SenderFor(application, facility))
    out.quarantine_accepts = sender->quarantine_accepts;
  const std::string sent_at = message->Decode(header.Component(7, 1)).text;
  SAM_ASSIGN(out.message_id, hl7::SourceMessageId(*message));
  out.record =
      std::make_unique<Hl7Record>(format_, std::move(*message), zone_, clock_.Now());
  if (HasRulesButNoEvent(out.record->trigger(), mapping_)) {
    SayNoEvent(out);
    return out;
  }
  const Result<kit::TimeValue> time = out.record->Time(sent_at);
  if (time.ok()) out.order.emplace().SetTime(*time);
  if (time.ok() && time->precision != kit::TimePrecision::kDay) out.sent_at = time->instant;
  return out;
}

std::vector<std::string> Hl7Decoder::Split(std::string transmission) {
  std::vector<std::string> out;
  if (hl7::LooksLikeBatch(transmission)) {
    const Result<hl7::Batch> batch = hl7::SplitBatch(transmission);
    if (batch.ok() && !batch->messages.empty()) {
      for (const std::string& problem : batch->problems) irregular_.push_back({problem, false});
      for (const hl7::BatchMessage& one : batch->messages) out.emplace_back(one.bytes);
      return out;
    }
  }
  out.push_back(std::move(transmission));
  return out;
}

// A file holds one message, a batch, or a recorded stream with its frame bytes.
Result<std::vector<std::string>> Hl7Decoder::Sample(const std::string&, std::string bytes) {
  // A recording may begin in the middle of things; a message never holds a start byte before MSH.
  const size_t start = bytes.find(hl7::kStartBlock);
  if (start == std::string::npos || start > bytes.find("MSH")) {
    if (config_.connector == "files") {  // as the watched folder looks at it
      SAM_ASSIGN(const hl7::Batch batch, hl7::SplitBatch(bytes));
      const std::string cut = hl7::WhyCut(bytes, batch);
      if (!cut.empty()) return Invalid("the file would be refused: truncated: " + cut);
    }
    return Split(std::move(bytes));
  }
  hl7::MllpFramer framer;
  framer.Feed(bytes);
  framer.FinishWaiting();
  std::vector<std::string> out;
  while (std::optional<hl7::FrameEvent> event = framer.Next())
    for (std::string& message : Split(std::move(event->bytes))) out.push_back(std::move(message));
  return out;
}

std::string Hl7Decoder::Skeleton(const std::string& bytes) const { return hl7::Skeleton(bytes); }

std::string Hl7Decoder::AnswerText(const std::string& bytes, const kit::Answer& answer) {
  const hl7::AckPlan plan =
      hl7::PlanAcks(bytes, listen_.ack_mode, listen_.answer_anyway, answer.outcome);
  const std::optional<hl7::AckCode> code = plan.accept              ? plan.accept
                                           : plan.application_later ? std::nullopt
                                                                    : plan.application;
  return code ? Build(bytes, *code, answer, "") : "";
}

std::string Hl7Decoder::LaterAnswer(const std::string& head, const kit::Answer& answer) {
  if (listen_.application_ack.where == ApplicationAck::Where::kNone) return "";
  const hl7::AckPlan plan =
      hl7::PlanAcks(head, listen_.ack_mode, listen_.answer_anyway, answer.outcome);
  if (!plan.application_later || !plan.application) return "";
  const bool asks = listen_.application_ack.where == ApplicationAck::Where::kElsewhere &&
                    listen_.application_ack.confirmed;
  return Build(head, *plan.application, answer, asks ? "AL" : "NE");
}

bool Hl7Decoder::AnswersUs(const std::string& bytes) const {
  const Result<hl7::ParsedAck> ack = hl7::ParseAck(bytes);
  return ack.ok() && ack->control_id.rfind("S" + ack_prefix_ + "-", 0) == 0;
}

std::string Hl7Decoder::Build(const std::string& bytes, hl7::AckCode code,
                              const kit::Answer& answer, const std::string& accept_condition) {
  hl7::AckContext context;
  context.now = clock_.Now();
  context.zone = zone_;
  context.control_id = NextControlId();
  context.accept_condition = accept_condition;
  return hl7::BuildAck(bytes, code, answer.errors, context);
}

}  // namespace sam::mllp
