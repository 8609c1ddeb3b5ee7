#include "adapters/kit/pipeline.h"

#include <utility>

#include "adapters/hl7/batch.h"
#include "adapters/hl7/identity.h"
#include "adapters/hl7/message.h"
#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr std::string_view kUnnamed = "unnamed";  // system part of the key of unreadable messages

hl7::HeaderRules RulesOf(const AdapterConfig& config) {
  hl7::HeaderRules rules;
  rules.environment = config.production ? hl7::HeaderRules::Environment::kProduction
                                        : hl7::HeaderRules::Environment::kTest;
  rules.check_processing_id = config.check_processing_id;
  return rules;
}

}  // namespace

const char* VerdictName(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::kTaken: return "taken";
    case Verdict::Kind::kNothing: return "nothing_to_tell";
    case Verdict::Kind::kNotWanted: return "not_wanted";
    case Verdict::Kind::kDuplicate: return "duplicate";
    case Verdict::Kind::kConflict: return "conflict";
    case Verdict::Kind::kQuarantined: return "quarantined";
    case Verdict::Kind::kRefused: return "refused";
    case Verdict::Kind::kSilent: return "silent";
  }
  return "refused";
}

Result<Pipeline> Pipeline::Make(const AdapterConfig& config, const Mapping& mapping,
                                AdapterStore& store, const Clock& clock, Random random) {
  SAM_ASSIGN(hl7::Zone zone, hl7::Zone::Find(config.zone.empty() ? mapping.zone() : config.zone));
  return Pipeline(config, mapping, store, clock, random, zone);
}

Pipeline::Pipeline(const AdapterConfig& config, const Mapping& mapping, AdapterStore& store,
                   const Clock& clock, Random random, hl7::Zone zone)
    : config_(&config),
      mapping_(&mapping),
      store_(&store),
      clock_(&clock),
      zone_(zone),
      mapper_(mapping, clock, Random(random.Next())),
      random_(random) {
  // MSH-10 of our answers: unique over restarts, at most 20 characters.
  const uint64_t start = random_.Next();
  ack_prefix_ = ToHex(BigEndian64(start)).substr(0, 8);
}

std::string Pipeline::NextControlId() {
  return "S" + ack_prefix_ + "-" + std::to_string(++ack_counter_);
}

Result<Verdict> Pipeline::Take(std::string bytes, const std::string& peer) {
  SAM_ASSIGN(Verdict verdict, Work({std::move(bytes), peer, 0}));
  Count(verdict);
  return verdict;
}

Result<std::vector<Verdict>> Pipeline::TakeFrame(std::string bytes, const std::string& peer) {
  std::vector<Verdict> out;
  if (hl7::LooksLikeBatch(bytes)) {
    const Result<hl7::Batch> batch = hl7::SplitBatch(bytes);
    if (batch.ok() && !batch->messages.empty()) {
      if (!batch->problems.empty())
        log::Warn("adapter", "batch-irregular",
                  {{"problems", static_cast<uint64_t>(batch->problems.size())}});
      for (const hl7::BatchMessage& one : batch->messages) {
        SAM_ASSIGN(Verdict verdict, Take(std::string(one.bytes), peer));
        out.push_back(std::move(verdict));
      }
      return out;
    }
  }
  SAM_ASSIGN(Verdict verdict, Take(std::move(bytes), peer));
  out.push_back(std::move(verdict));
  return out;
}

Result<Verdict> Pipeline::Work(const Input& input) {
  if (hl7::IsAcknowledgement(input.bytes)) {
    // Never answered: two systems would acknowledge each other for ever.
    SAM_ASSIGN(Verdict out,
               Aside(input, "acknowledgement", "an acknowledgement came in on the feed", "ACK",
                     hl7::ErrorCode::kMessageType));
    out.kind = Verdict::Kind::kSilent;
    out.ack.clear();
    return out;
  }
  hl7::ErrorCode code = hl7::ErrorCode::kInternal;
  Result<hl7::Message> message = hl7::Message::Parse(input.bytes, config_->charset, &code);
  Verdict out;
  if (message.ok()) {
    SAM_ASSIGN(out, WorkParsed(input, *message));
  } else if (code == hl7::ErrorCode::kMessageType) {
    out = Refuse("not-hl7-v2", {{"", code, hl7::Severity::kError, message.error().message}}, "");
  } else {
    // Without a key of its own the content is the key: the same bytes again are the same message.
    const Digest digest = store_->rows().ContentDigest(input.bytes);
    const Mac16 key = store_->rows().MessageKey(kUnnamed, digest.view());
    SAM_ASSIGN(std::optional<Verdict> seen, CheckSeen(input, key, digest, ""));
    if (seen) {
      out = std::move(*seen);
    } else {
      SAM_ASSIGN(out, Aside(input, "unreadable", message.error().message, "", code));
      Remember(key, digest, out);
    }
  }
  Acknowledge(input.bytes, out);
  return out;
}

Result<Verdict> Pipeline::WorkParsed(const Input& input, const hl7::Message& message) {
  const hl7::Header header = message.header();
  const std::string trigger =
      std::string(header.Component(9, 1)) + "^" + std::string(header.Component(9, 2));
  std::vector<hl7::AckError> errors = hl7::CheckHeader(message, RulesOf(*config_));
  if (!errors.empty()) return Refuse("header", std::move(errors), trigger);
  const std::string application = message.Decode(header.Component(3, 1)).text;
  const std::string facility = message.Decode(header.Component(4, 1)).text;
  const std::optional<SourceIdentity> known = config_->IdentityFor(application, facility);
  if (!known)
    return Refuse("unknown-sender",
                  {{"MSH-3", hl7::ErrorCode::kUnknownKey, hl7::Severity::kError,
                    "this sender is not in the adapter's configuration"}},
                  trigger);
  const SourceIdentity identity = Merge(mapping_->defaults(), *known);
  SAM_ASSIGN(const std::string message_id, hl7::SourceMessageId(message));
  const Digest digest = store_->rows().ContentDigest(input.bytes);
  const Mac16 key = store_->rows().MessageKey(identity.system_id, message_id);
  if (input.fix_of == 0) {
    SAM_ASSIGN(std::optional<Verdict> seen, CheckSeen(input, key, digest, trigger));
    if (seen) return std::move(*seen);
  }
  return MapAndStore(input, message, identity.system_id, identity, message_id, key, digest);
}

Result<std::optional<Verdict>> Pipeline::CheckSeen(const Input& input, const Mac16& key,
                                                   const Digest& digest,
                                                   const std::string& trigger) {
  SAM_ASSIGN(const std::optional<SeenMessage> seen, store_->FindSeen(key));
  if (!seen) return std::optional<Verdict>();
  if (seen->digest == digest) {
    Verdict out;
    out.kind = Verdict::Kind::kDuplicate;
    out.answer = seen->answer;
    out.trigger = trigger;
    out.raw_ref = seen->raw_ref;
    return std::optional<Verdict>(std::move(out));
  }
  // The conflict itself may come again too: its key is the pair.
  const Mac16 pair = store_->rows().MessageKey(key.view(), digest.view());
  SAM_ASSIGN(const std::optional<SeenMessage> again, store_->FindSeen(pair));
  if (again) {
    Verdict out;
    out.kind = Verdict::Kind::kDuplicate;
    out.answer = again->answer;
    out.trigger = trigger;
    return std::optional<Verdict>(std::move(out));
  }
  SAM_ASSIGN(Verdict out,
             Aside(input, "conflict", "the same message id came before with other content", trigger,
                   hl7::ErrorCode::kDuplicateKey));
  out.kind = Verdict::Kind::kConflict;
  Remember(pair, digest, out);
  return std::optional<Verdict>(std::move(out));
}

Result<Verdict> Pipeline::MapAndStore(const Input& input, const hl7::Message& message,
                                      const std::string& system_id, const SourceIdentity& identity,
                                      const std::string& message_id, const Mac16& key,
                                      const Digest& digest) {
  const Hl7Record record(mapping_->format(), message, zone_, clock_->Now());
  MapContext context;
  context.source = &identity;
  context.message_id = message_id;
  context.raw_digest = digest;
  context.test = record.test() || !config_->production;
  std::optional<Error> store_error;
  const bool wanted = mapping_->Wants(record.trigger());
  if (wanted) context.raw_ref = store_->KeepRaw(input.peer, input.bytes);
  context.earlier = [&](const std::string& type,
                        const std::string& episode) -> std::optional<EventId> {
    if (episode.empty()) return std::nullopt;
    Result<std::optional<EventId>> found = store_->FindEpisode(type, system_id + "\x1f" + episode);
    if (found.ok()) return *found;
    store_error = found.error();
    return std::nullopt;
  };
  Mapped mapped = mapper_.Map(record, context);
  if (store_error) return *store_error;
  Verdict out;
  out.trigger = record.trigger();
  out.raw_ref = context.raw_ref;
  out.notes = std::move(mapped.notes);
  if (mapped.problem) {
    SAM_ASSIGN(Verdict aside, Aside(input, mapped.problem->code, mapped.problem->detail,
                                    out.trigger, hl7::ErrorCode::kDataType));
    aside.notes = std::move(out.notes);
    if (input.fix_of == 0) Remember(key, digest, aside);
    return aside;
  }
  out.kind = !mapped.wanted          ? Verdict::Kind::kNotWanted
             : mapped.events.empty() ? Verdict::Kind::kNothing
                                     : Verdict::Kind::kTaken;
  for (const MappedEvent& event : mapped.events) {
    store_->AppendEvent(event.bytes);
    if (!event.episode_key.empty())
      store_->PutEpisode(event.type->name, system_id + "\x1f" + event.episode_key, event.id);
  }
  out.events = std::move(mapped.events);
  // A message sent from quarantine leaves the answer that its sender got as it is.
  if (input.fix_of == 0) Remember(key, digest, out);
  return out;
}

Result<Verdict> Pipeline::Aside(const Input& input, const std::string& reason,
                                const std::string& detail, const std::string& trigger,
                                hl7::ErrorCode code) {
  Verdict out;
  out.kind = Verdict::Kind::kQuarantined;
  out.reason = reason;
  out.detail = detail;
  out.trigger = trigger;
  if (!config_->listen.quarantine_accepts) {
    out.answer.outcome = hl7::Outcome::kContentError;
    out.answer.errors.push_back({"", code, hl7::Severity::kError, "put aside: " + reason});
  }
  if (input.fix_of != 0) return out;  // it lies there already
  Quarantined row;
  row.at = clock_->Now();
  row.reason = reason;
  row.detail = detail;
  row.peer = input.peer;
  row.trigger = trigger;
  row.mapping = mapping_->id() + " " + mapping_->version();
  row.raw = input.bytes;
  out.quarantine = store_->PutQuarantine(row);
  return out;
}

Verdict Pipeline::Refuse(const std::string& reason, std::vector<hl7::AckError> errors,
                         const std::string& trigger) {
  Verdict out;
  out.kind = Verdict::Kind::kRefused;
  out.reason = reason;
  out.trigger = trigger;
  out.answer.outcome = hl7::Outcome::kRejected;
  if (!errors.empty()) out.detail = errors.front().location + " " + errors.front().text;
  out.answer.errors = std::move(errors);
  return out;
}

void Pipeline::Acknowledge(const std::string& bytes, Verdict& verdict) {
  const hl7::AckPlan plan = hl7::PlanAcks(bytes, config_->listen.ack_mode,
                                          config_->listen.answer_anyway, verdict.answer.outcome);
  // A later application acknowledgement would be a message of its own to another listener; on this
  // connection a second answer would be taken for the next message's.
  const std::optional<hl7::AckCode> code = plan.accept              ? plan.accept
                                           : plan.application_later ? std::nullopt
                                                                    : plan.application;
  if (!code) return;
  hl7::AckContext context;
  context.now = clock_->Now();
  context.zone = zone_;
  context.control_id = NextControlId();
  verdict.ack = hl7::BuildAck(bytes, *code, verdict.answer.errors, context);
}

void Pipeline::Remember(const Mac16& key, const Digest& digest, const Verdict& verdict) {
  SeenMessage seen;
  seen.digest = digest;
  seen.seen_at = clock_->Now();
  seen.answer = verdict.answer;
  seen.events = static_cast<uint16_t>(verdict.events.size());
  seen.raw_ref = verdict.raw_ref;
  store_->PutSeen(key, seen);
}

Result<Verdict> Pipeline::TakeBroken(std::string bytes, const std::string& peer,
                                     const std::string& reason, bool answer) {
  const bool named = answer && hl7::ReadHeader(bytes).found;
  const Input input{std::move(bytes), peer, 0};
  SAM_ASSIGN(Verdict out,
             Aside(input, reason, "the frame was not whole", "", hl7::ErrorCode::kInternal));
  if (named) {
    out.answer.outcome = hl7::Outcome::kRejected;
    out.answer.errors = {{"", hl7::ErrorCode::kInternal, hl7::Severity::kError,
                          "the frame had no end; send it again"}};
    Acknowledge(input.bytes, out);
  } else {
    out.kind = Verdict::Kind::kSilent;
  }
  Count(out);
  return out;
}

Verdict Pipeline::RefuseTooLarge(std::string_view head) {
  Verdict out = Refuse("too-large",
                       {{"", hl7::ErrorCode::kTooLong, hl7::Severity::kError,
                         "too large: the limit is " +
                             std::to_string(config_->listen.max_frame_bytes / 1024) + " KiB"}},
                       "");
  if (hl7::ReadHeader(head).found) Acknowledge(std::string(head), out);
  Count(out);
  return out;
}

Result<Verdict> Pipeline::TakePoison(std::string bytes, const std::string& peer) {
  const Input input{std::move(bytes), peer, 0};
  SAM_ASSIGN(Verdict out,
             Aside(input, "poison", "the program stopped while working on this message", "",
                   hl7::ErrorCode::kInternal));
  Acknowledge(input.bytes, out);
  Count(out);
  return out;
}

Result<Verdict> Pipeline::Resend(uint64_t number, std::optional<std::string> fixed,
                                 const std::string& operator_name) {
  SAM_TRY(store_->Begin());
  SAM_ASSIGN(std::optional<Quarantined> entry, store_->Quarantine(number));
  if (!entry) return NotFound("quarantine has no entry " + std::to_string(number));
  if (entry->state != QuarantineState::kOpen)
    return Conflict("entry " + std::to_string(number) + " is " + QuarantineStateName(entry->state) +
                    " already");
  Input input;
  input.peer = entry->peer;
  input.fix_of = number;
  Verdict out;
  if (!entry->event.empty() && !fixed) {
    // The hub refused this event; the same bytes once more, now that somebody has put it right
    // there.
    store_->AppendEvent(entry->event);
    out.kind = Verdict::Kind::kTaken;
  } else {
    uint64_t linked = 0;
    if (fixed) {
      // The fix is a record of its own, linked both ways; the original is never changed.
      Quarantined fix = *entry;
      fix.raw = *fixed;
      fix.event.clear();
      fix.fix_of = number;
      fix.at = clock_->Now();
      fix.operator_name = operator_name;
      fix.state = QuarantineState::kResent;
      fix.closed_at = fix.at;
      input.bytes = std::move(*fixed);
      SAM_ASSIGN(out, Work(input));
      if (out.kind != Verdict::Kind::kQuarantined && out.kind != Verdict::Kind::kRefused)
        linked = store_->PutQuarantine(fix);
    } else {
      input.bytes = entry->raw;
      SAM_ASSIGN(out, Work(input));
    }
    entry->fixed_by = linked;
  }
  const bool done = out.kind == Verdict::Kind::kTaken || out.kind == Verdict::Kind::kNothing ||
                    out.kind == Verdict::Kind::kNotWanted;
  ++entry->resends;
  if (done) {
    entry->state = entry->fixed_by != 0 ? QuarantineState::kFixed : QuarantineState::kResent;
    entry->closed_at = clock_->Now();
  }
  entry->operator_name = operator_name;
  SAM_TRY(store_->ReplaceQuarantine(*entry));
  SAM_TRY(store_->Commit());
  out.ack.clear();
  return out;
}

void Pipeline::Count(const Verdict& verdict) {
  metrics::Counter("samsignal_adapter_messages_total", "Messages by what became of them",
                   {{"outcome", VerdictName(verdict.kind)}})
      .Add();
  if (!verdict.events.empty())
    metrics::Counter("samsignal_adapter_events_total", "Events put into the outbox")
        .Add(static_cast<double>(verdict.events.size()));
  if (verdict.kind == Verdict::Kind::kQuarantined || verdict.kind == Verdict::Kind::kConflict)
    log::Warn("adapter", "quarantined",
              {{"number", verdict.quarantine}, {"reason", verdict.reason}});
  if (verdict.kind == Verdict::Kind::kRefused)
    log::Warn("adapter", "refused", {{"reason", verdict.reason}});
}

}  // namespace sam::kit
