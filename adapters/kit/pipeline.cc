#include "adapters/kit/pipeline.h"

#include <algorithm>
#include <utility>

#include "adapters/kit/attachment_parts.h"
#include "adapters/kit/raw_cut.h"
#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr std::string_view kUnnamed = "unnamed";  // system part of the key of unreadable messages
constexpr std::string_view kAside = "aside";      // of what is put aside without being read
// In place of a type of event: what came last about an object, and a hash of all before it.
constexpr const char* kLastSaid = "#said";
constexpr const char* kBeforeLast = "#said-before";
constexpr size_t kContentBytes = 8;  // of a keyed digest, in the id of a message without one

void CountOlder(const Verdict& verdict) {
  metrics::Counter("samsignal_adapter_older_versions_total",
                   "Messages that came after a newer one about the same thing")
      .Add();
  log::Info("adapter", "older-version", {{"raw", verdict.raw_ref}});
}

// Carried without an identity, or left out: a source that begins to write something else where numbers stand is seen here
// before anybody misses a child.
void CountNumbersOfNobody(const Verdict& verdict) {
  for (const MappedEvent& event : verdict.events)
    if (std::count(event.doubts.begin(), event.doubts.end(), kNumberForm) > 0)
      metrics::Counter("samsignal_adapter_number_form_total", "Events in which a number stood that is no person's",
                       {{"source", verdict.system_id}})
          .Add();
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

Pipeline::Pipeline(const AdapterConfig& config, const Mapping& mapping, Decoder& decoder,
                   AdapterStore& store, const Clock& clock, Random random)
    : config_(&config),
      mapping_(&mapping),
      decoder_(&decoder),
      store_(&store),
      clock_(&clock),
      mapper_(mapping, clock, random),
      irregular_("samsignal_adapter_batches_irregular_total",
                 "Batches whose counts or trailers do not fit what was in them") {}

Result<Verdict> Pipeline::Take(std::string bytes, const std::string& peer) {
  Input input{std::move(bytes), peer};
  if (row_files_ != nullptr) row_files_->Begin(store_->raw_next(), 0);
  SAM_ASSIGN(Verdict verdict, Work(input));
  if (row_files_ != nullptr) SAM_TRY(row_files_->End({WasTold(verdict), verdict.quarantine, 0}));
  Count(verdict, peer);
  return verdict;
}

Result<std::vector<Verdict>> Pipeline::TakeAll(std::string transmission, const std::string& peer) {
  std::vector<Verdict> out;
  for (std::string& message : decoder_->Split(std::move(transmission))) {
    SAM_ASSIGN(Verdict verdict, Take(std::move(message), peer));
    out.push_back(std::move(verdict));
  }
  return out;
}

Result<Verdict> Pipeline::Work(Input& input) {
  SAM_ASSIGN(Decoded decoded, decoder_->Decode(input.bytes, input.peer));
  input.accepts = decoded.quarantine_accepts;
  input.readable = decoded.what == Decoded::What::kMessage;
  const std::optional<Millis> sent_at = decoded.sent_at;
  std::string system_id;
  if (decoded.what == Decoded::What::kMessage) {
    decoded.identity = Merge(mapping_->defaults(), decoded.identity);
    input.system_id = system_id = decoded.identity.system_id;
  }
  Verdict out;
  switch (decoded.what) {
    case Decoded::What::kAcknowledgement: {
      // Its sender may repeat it for ever: nobody answers it.
      const Digest digest = store_->rows().ContentDigest(input.bytes);
      const Mac16 key = store_->rows().MessageKey(kUnnamed, digest.view());
      if (input.fix_of == 0) {
        SAM_ASSIGN(std::optional<Verdict> seen, CheckSeen(input, key, digest, decoded.trigger));
        if (seen) {
          seen->kind = Verdict::Kind::kSilent;
          return std::move(*seen);
        }
      }
      SAM_ASSIGN(out, Aside(input, decoded.reason, decoded.detail, decoded.trigger,
                            hl7::ErrorCode::kMessageType));
      out.kind = Verdict::Kind::kSilent;
      if (input.fix_of == 0) Remember(key, digest, out);
      return out;
    }
    case Decoded::What::kRefused:
      out = Refused(decoded);
      break;
    case Decoded::What::kUnreadable: {
      SAM_ASSIGN(out, WorkUnreadable(input, decoded));
      break;
    }
    case Decoded::What::kMessage: {
      SAM_ASSIGN(out, WorkDecoded(input, std::move(decoded)));
      break;
    }
  }
  out.system_id = std::move(system_id);
  out.sent_at = sent_at;
  out.ack = decoder_->AnswerText(input.bytes, out.answer);
  return out;
}

Result<Verdict> Pipeline::WorkUnreadable(const Input& input, const Decoded& decoded) {
  // Without a key of its own the content is the key: the same bytes again are the same message.
  const Digest digest = store_->rows().ContentDigest(input.bytes);
  const Mac16 key = store_->rows().MessageKey(kUnnamed, digest.view());
  if (input.fix_of == 0) {
    SAM_ASSIGN(std::optional<Verdict> seen, CheckSeen(input, key, digest, decoded.trigger));
    if (seen) return std::move(*seen);
  }
  const hl7::ErrorCode code =
      decoded.errors.empty() ? hl7::ErrorCode::kInternal : decoded.errors.front().code;
  SAM_ASSIGN(Verdict out, Aside(input, decoded.reason, decoded.detail, decoded.trigger, code));
  if (decoded.rejected) out.answer = {hl7::Outcome::kRejected, decoded.errors};
  if (input.fix_of == 0) Remember(key, digest, out);
  return out;
}

Result<Verdict> Pipeline::WorkDecoded(const Input& input, Decoded decoded) {
  const Digest digest =
      store_->rows().ContentDigest(decoded.content.empty() ? input.bytes : decoded.content);
  if (decoded.key_from_content)
    decoded.message_id.append(":").append(ToHex(digest.view().substr(0, kContentBytes)));
  SAM_ASSIGN(const Mac16 key, NameTelling(input, decoded));
  if (input.fix_of == 0) {
    SAM_ASSIGN(std::optional<Verdict> seen, CheckSeen(input, key, digest, decoded.trigger));
    if (seen) return std::move(*seen);
  }
  return MapAndStore(input, decoded, key, digest);
}

// The key in `seen`. Where the id names no telling, all that came before about the same thing
// becomes a part of it, as a hash: here and at the hub, what came back is then another message, and
// what was said last is the same one for as long as nothing else came.
Result<Mac16> Pipeline::NameTelling(const Input& input, Decoded& decoded) {
  const std::string& system_id = decoded.identity.system_id;
  RowCodec& rows = store_->rows();
  const Mac16 said = rows.MessageKey(system_id, decoded.message_id);
  if (decoded.object.empty()) return said;
  const std::string object = system_id + "\x1f" + decoded.object;
  SAM_ASSIGN(const std::optional<EventId> last, store_->FindEpisode(kLastSaid, object));
  SAM_ASSIGN(std::optional<EventId> before, store_->FindEpisode(kBeforeLast, object));
  const bool again = last && last->view() == said.view();
  if (last && !again)
    before = EventId::From(rows.MessageKey(last->view(), before ? before->view() : "").view());
  if (before) decoded.message_id.append("~").append(ToHex(before->view().substr(0, kContentBytes)));
  // An old telling that a person sends is not what was said last.
  if (input.fix_of == 0 && !again) {
    store_->PutEpisode(kLastSaid, object, *EventId::From(said.view()));
    if (before) store_->PutEpisode(kBeforeLast, object, *before);
  }
  return rows.MessageKey(system_id, decoded.message_id);
}

Result<std::optional<Verdict>> Pipeline::CheckSeen(const Input& input, const Mac16& key,
                                                   const Digest& digest,
                                                   const std::string& trigger) {
  SAM_ASSIGN(const std::optional<SeenMessage> seen, store_->FindSeen(key));
  if (!seen) return std::optional<Verdict>();
  if (seen->digest == digest) {
    SAM_ASSIGN(std::optional<Answer> answer, AnswerNow(input, key, *seen));
    if (!answer) return std::optional<Verdict>();
    Verdict out;
    out.kind = Verdict::Kind::kDuplicate;
    out.answer = std::move(*answer);
    out.trigger = trigger;
    out.raw_ref = seen->raw_ref;
    return std::optional<Verdict>(std::move(out));
  }
  // The conflict itself may come again too: its key is the pair.
  const Mac16 pair = store_->rows().MessageKey(key.view(), digest.view());
  SAM_ASSIGN(const std::optional<SeenMessage> again, store_->FindSeen(pair));
  if (again) {
    SAM_ASSIGN(std::optional<Answer> answer, AnswerNow(input, pair, *again));
    Verdict out;
    out.kind = Verdict::Kind::kDuplicate;
    out.answer = again->answer;
    if (answer) out.answer = std::move(*answer);
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

Result<std::optional<Answer>> Pipeline::AnswerNow(const Input& input, const Mac16& key,
                                                  SeenMessage seen) {
  if (seen.answer.outcome == hl7::Outcome::kStored || seen.quarantine == 0)
    return std::optional<Answer>(std::move(seen.answer));
  SAM_ASSIGN(const std::optional<QuarantineHead> entry, store_->Head(seen.quarantine));
  // Its content is gone since nobody came: what comes again waits for a person anew.
  if (entry && entry->state == QuarantineState::kExpired) return std::optional<Answer>();
  // Its beginning alone was kept for want of room, and there is room now.
  if (entry && entry->full_size != 0 && entry->state != QuarantineState::kFixed &&
      store_->KeepsWhole(input.bytes.size(), input.readable))
    return std::optional<Answer>();
  if (entry && entry->state == QuarantineState::kOpen)
    return std::optional<Answer>(std::move(seen.answer));
  // A person has dealt with it (an entry that is gone was closed before): a sender that repeats
  // until it is taken need not any longer.
  seen.answer = Answer();
  seen.quarantine = 0;
  store_->PutSeen(key, seen);
  return std::optional<Answer>(Answer());
}

Result<Verdict> Pipeline::MapAndStore(const Input& input, const Decoded& decoded, const Mac16& key,
                                      const Digest& digest) {
  const SourceRecord& record = *decoded.record;
  const std::string& system_id = decoded.identity.system_id;
  MapContext context;
  context.source = &decoded.identity;
  context.message_id = decoded.message_id;
  context.baseline = decoded.baseline;
  context.raw_digest = digest;
  context.file = FilesOf(system_id, decoded.message_id);
  context.kept = kept_;
  context.test = record.test() || !config_->production;
  std::optional<Error> store_error;
  const bool wanted = mapping_->Wants(record.trigger());
  if (wanted) context.raw_ref = store_->raw_next();
  context.earlier = [&](const std::string& type,
                        const std::string& episode) -> std::optional<EventId> {
    if (episode.empty()) return std::nullopt;
    Result<std::optional<EventId>> found = store_->FindEpisode(type, system_id + "\x1f" + episode);
    if (found.ok()) return *found && !(*found)->empty() ? *found : std::nullopt;
    store_error = found.error();
    return std::nullopt;
  };
  EpisodeOrders orders(*store_, system_id, decoded.order, clock_->Now());
  context.age = [&](const std::string& type, const std::string& episode) {
    const Result<Age> age = orders.Look(type, episode);
    if (age.ok()) return *age;
    store_error = age.error();
    return Age::kLatest;
  };
  Mapped mapped = mapper_.Map(record, context);
  if (store_error) return *store_error;
  // Attachments are in the outbox with the report, or in quarantine with the whole message: what is
  // kept for looking back need not hold them again.
  const bool files = std::any_of(mapped.events.begin(), mapped.events.end(),
                                 [](const MappedEvent& event) { return !event.files.empty(); });
  if (wanted)
    store_->KeepRaw(input.peer, files || mapped.problem ? WithoutContent(input.bytes) : input.bytes);
  Verdict out;
  out.trigger = record.trigger();
  out.raw_ref = context.raw_ref;
  out.notes = std::move(mapped.notes);
  out.older = mapped.older && !mapped.problem;
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
  orders.Put();
  for (MappedEvent& event : mapped.events) {
    store_->AppendEvent(event.bytes);
    SAM_TRY(EachPart(event, mapper_.ids(),
                     [this](const std::string& part) { store_->AppendEvent(part); }));
    for (MappedFile& file : event.files) std::string().swap(file.bytes);
    if (event.episode_key.empty()) continue;
    const std::string episode = system_id + "\x1f" + event.episode_key;
    // What was taken back is not there any more: it is neither taken back again nor corrected.
    store_->PutEpisode(event.type->name, episode, event.retracts ? EventId() : event.id);
    if (event.content) store_->PutEpisode(ContentName(*event.type), episode, *event.content);
  }
  out.events = std::move(mapped.events);
  // A message sent from quarantine leaves the answer that its sender got to AnswerNow.
  if (input.fix_of == 0) Remember(key, digest, out);
  return out;
}

FileBeside Pipeline::FilesOf(const std::string& system_id, const std::string& message_id) const {
  if (row_files_ == nullptr) return files_;
  return [this, whose = system_id + "\x1f" + "files", &message_id](const std::string& name,
                                                                  const std::string& episode) {
    const std::string& about = episode.empty() ? message_id : episode;
    return row_files_->Read(name, store_->rows().MessageKey(whose, about));
  };
}

Result<Verdict> Pipeline::Aside(const Input& input, const std::string& reason,
                                const std::string& detail, const std::string& trigger,
                                hl7::ErrorCode code) {
  Verdict out;
  out.kind = Verdict::Kind::kQuarantined;
  out.reason = reason;
  out.detail = detail;
  out.trigger = trigger;
  // What is kept by its beginning alone is not ours to answer for.
  const bool whole = store_->KeepsWhole(input.bytes.size(), input.readable);
  if (!whole || !input.accepts.value_or(config_->quarantine_accepts)) {
    out.answer.outcome = hl7::Outcome::kContentError;
    out.answer.errors.push_back({"", code, hl7::Severity::kError, "put aside: " + reason});
  }
  if (input.fix_of != 0) return out;  // it lies there already
  Quarantined row;
  row.at = clock_->Now();
  row.reason = reason;
  row.detail = detail;
  row.peer = input.peer;
  row.source = input.system_id.empty() ? config_->source.system_id : input.system_id;
  row.trigger = trigger;
  row.mapping = mapping_->id() + " " + mapping_->version();
  row.raw = input.bytes;
  out.quarantine = store_->PutQuarantine(std::move(row), input.readable);
  return out;
}

Verdict Pipeline::Refused(const Decoded& decoded) {
  Verdict out;
  out.kind = Verdict::Kind::kRefused;
  out.reason = decoded.reason;
  out.detail = decoded.detail;
  out.trigger = decoded.trigger;
  out.answer.outcome = hl7::Outcome::kRejected;
  out.answer.errors = decoded.errors;
  return out;
}

Verdict Pipeline::Refuse(const std::string& head, const std::string& peer,
                         const std::string& reason, std::vector<hl7::AckError> errors) {
  Decoded decoded;
  decoded.reason = reason;
  if (!errors.empty()) decoded.detail = errors.front().location + " " + errors.front().text;
  decoded.errors = std::move(errors);
  Verdict out = Refused(decoded);
  if (!head.empty()) out.ack = decoder_->AnswerText(head, out.answer);
  Count(out, peer);
  return out;
}

void Pipeline::Remember(const Mac16& key, const Digest& digest, const Verdict& verdict,
                        bool until_closed) {
  SeenMessage seen;
  seen.digest = digest;
  seen.seen_at = clock_->Now();
  seen.answer = verdict.answer;
  seen.events = static_cast<uint16_t>(verdict.events.size());
  seen.raw_ref = verdict.raw_ref;
  if (until_closed) seen.quarantine = verdict.quarantine;
  store_->PutSeen(key, seen);
}

Result<Verdict> Pipeline::PutAside(std::string bytes, const std::string& peer,
                                   const AsideWhy& why) {
  Input input{std::move(bytes), peer};
  input.readable = why.readable;
  // The same bytes again for the same reason lie there already: a broken sender does not fill the
  // disk.
  const Digest digest = store_->rows().ContentDigest(input.bytes);
  std::string system(kAside);
  system.append("\x1f").append(why.reason);
  const Mac16 key = store_->rows().MessageKey(system, digest.view());
  Verdict out;
  SAM_ASSIGN(const bool anew, store_->WasClosedBy(key, why.closed_by));
  SAM_ASSIGN(auto seen, anew ? std::optional<Verdict>() : CheckSeen(input, key, digest, ""));
  if (seen) {
    out = std::move(*seen);
  } else {
    SAM_ASSIGN(out, Aside(input, why.reason, why.detail, "", hl7::ErrorCode::kInternal));
    if (why.answer) out.answer = *why.answer;
    // An answer of the connector's own is about the frame, not about what lies aside.
    Remember(key, digest, out, !why.answer || !why.closed_by.empty());
  }
  if (why.answered)
    out.ack = decoder_->AnswerText(input.bytes, out.answer);
  else
    out.kind = Verdict::Kind::kSilent;
  if (why.told)
    TellFailure(out, peer);
  else
    Count(out, peer);
  return out;
}

void Pipeline::NoteIrregular(const std::string& peer, const std::vector<Irregularity>& found) {
  if (found.empty()) return;
  irregular_.Add();
  log::Warn("adapter", "batch-irregular",
            {{"source", config_->source.system_id},
             {"peer", peer},
             {"what", found.front().what},
             {"more", static_cast<uint64_t>(found.size() - 1)}});
}

void Pipeline::Count(const Verdict& verdict, const std::string& peer) {
  metrics::Counter("samsignal_adapter_messages_total", "Messages by what became of them",
                   {{"outcome", VerdictName(verdict.kind)}})
      .Add();
  if (!verdict.events.empty())
    metrics::Counter("samsignal_adapter_events_total", "Events put into the outbox")
        .Add(static_cast<double>(verdict.events.size()));
  CountNumbersOfNobody(verdict);
  if (verdict.older) CountOlder(verdict);
  if (observer_ != nullptr) {
    // A message that comes again bears the time of its first sending.
    const bool again = verdict.kind == Verdict::Kind::kDuplicate;
    const bool failed = verdict.quarantine != 0 || verdict.kind == Verdict::Kind::kRefused;
    observer_->Observe({verdict.system_id, VerdictName(verdict.kind), failed,
                        again ? std::nullopt : verdict.sent_at});
  }
  TellFailure(verdict, peer);
}

// The system is of the configuration and the peer of the connector (an address, a file's number and
// line): nothing that stands here was read out of a message. What is kept by the quarantine was
// given a number; a refused message is with its sender alone.
void Pipeline::TellFailure(const Verdict& verdict, const std::string& peer) const {
  const std::string& source =
      verdict.system_id.empty() ? config_->source.system_id : verdict.system_id;
  if (verdict.quarantine != 0)
    log::Warn("adapter", "quarantined",
              {{"number", verdict.quarantine},
               {"reason", verdict.reason},
               {"source", source},
               {"peer", peer}});
  if (verdict.kind == Verdict::Kind::kRefused)
    log::Warn("adapter", "refused",
              {{"reason", verdict.reason}, {"source", source}, {"peer", peer}});
}

}  // namespace sam::kit
