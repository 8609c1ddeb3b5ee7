// Pipeline: one message from its bytes to events in the outbox, an entry in quarantine or a
// refusal, and the answer for its sender. Live feed, dry run (`test`), resend from quarantine and
// the tests all go through here. Threads: one, the store's writer. Owned by main. A group: Begin,
// Take for each message, Commit; the answers may leave only after Commit said Ok. Anything else:
// nothing is answered, everybody sends again, and `seen` recognizes what was stored after all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/decoder.h"
#include "adapters/kit/feed_observer.h"
#include "adapters/kit/mapper.h"
#include "adapters/kit/mapping.h"
#include "adapters/kit/row_files.h"
#include "broker/base/metrics.h"
#include "broker/base/random.h"

namespace sam::kit {

struct Verdict {
  enum class Kind {
    kTaken,        // events in the outbox
    kNothing,      // wanted, but says nothing that makes an event
    kNotWanted,    // a trigger no rule names: answered with AA, counted
    kDuplicate,    // seen before: the same answer, nothing else
    kConflict,     // same key, other content: kept aside, both visible
    kQuarantined,  // kept aside
    kRefused,      // nothing was kept
    kSilent,       // kept aside, never answered (an empty frame, an acknowledgement)
  };
  Kind kind = Kind::kTaken;
  Answer answer;
  std::string ack;  // the answer in the format's words (Decoder::AnswerText); empty: none
  std::string trigger;
  std::vector<MappedEvent> events;
  std::vector<FieldNote> notes;
  bool older = false;  // as Mapped; kNothing then is kept and answered as taken
  std::string reason;  // code, when not taken
  std::string detail;
  uint64_t quarantine = 0;
  uint64_t raw_ref = 0;
  std::string system_id;          // whose message it was; empty: it named nobody that we know
  std::optional<Millis> sent_at;  // as Decoded
};
const char* VerdictName(Verdict::Kind kind);
// Its sender is to send it again, or hears that it was not taken: of messages that are taken all
// together or not at all, one such is the end of all.
inline bool TurnedDown(const Verdict& verdict) {
  return verdict.kind == Verdict::Kind::kConflict || verdict.kind == Verdict::Kind::kRefused ||
         verdict.answer.outcome != hl7::Outcome::kStored;
}
// All that it says is told: of an entry of the quarantine that is its end, anything else leaves it.
inline bool WasTold(const Verdict& verdict) {
  return verdict.kind == Verdict::Kind::kTaken || verdict.kind == Verdict::Kind::kNothing ||
         verdict.kind == Verdict::Kind::kNotWanted;
}

class Pipeline {
 public:
  // All must outlive the pipeline.
  static Pipeline Make(const AdapterConfig& config, const Mapping& mapping, Decoder& decoder,
                       AdapterStore& store, const Clock& clock, Random random) {
    return Pipeline(config, mapping, decoder, store, clock, random);
  }

  Status Begin() { return store_->Begin(); }
  Status Commit() { return store_->Commit(); }

  // An error is the store's: the group is lost and nothing of it may be answered.
  Result<Verdict> Take(std::string bytes, const std::string& peer);
  // A transmission may hold a batch: each message is stored and answered on its own.
  Result<std::vector<Verdict>> TakeAll(std::string transmission, const std::string& peer);
  // Bytes that are no whole message, or one that must not be worked on: kept aside.
  struct AsideWhy {
    std::string reason;            // code
    std::string detail;            // no content
    bool answered = true;          // false: nobody waits for an answer, or would understand one
    std::optional<Answer> answer;  // empty: as the adapter's policy answers for the quarantine
    bool readable = true;          // false: may be kept by its beginning, as in AdapterStore
    bool told = false;             // true: whoever calls has counted it and told the observer
    std::string closed_by = {};    // the same bytes are put aside anew when this one has closed their entry
  };
  Result<Verdict> PutAside(std::string bytes, const std::string& peer, const AsideWhy& why);
  // Nothing is kept. `head`: as much of the message as the format needs to word its answer.
  Verdict Refuse(const std::string& head, const std::string& peer, const std::string& reason,
                 std::vector<hl7::AckError> errors);

  // Sends an entry of the quarantine, or `fixed` in its place, through the current mapping;
  // commits. kNotFound, kConflict (discarded or fixed already). The verdict tells what became of
  // it: when it would be put aside again, nothing changes but the count.
  Result<Verdict> Resend(uint64_t number, std::optional<std::string> fixed,
                         const std::string& operator_name);

  // Envelopes of what came from `peer` that do not say what was in them: each message is taken all
  // the same, and whoever runs the source hears of what may be missing.
  void NoteIrregular(const std::string& peer, const std::vector<Irregularity>& found);

  const Mapping& mapping() const { return *mapping_; }
  // As Decoder::Skeleton.
  std::string Skeleton(const std::string& bytes) const { return decoder_->Skeleton(bytes); }
  // Hears of each message, sent again ones excepted. Null: nobody. Must outlive the pipeline.
  void SetObserver(FeedObserver* observer) { observer_ = observer; }
  // Files beside the messages, for mappings that name them. Without: such a message is put aside.
  void SetFiles(FileBeside files) { files_ = std::move(files); }
  // In its place, of a connector that keeps them. Null: none. Must outlive the pipeline, or be taken back.
  void SetRowFiles(RowFiles* files) { row_files_ = files; }
  // For the tools: what comes next was read out of an adapter's store, not sent by a source.
  void SetKept(bool kept) { kept_ = kept; }
  // For the tools: what the mapper does is noted there. Null: nowhere.
  void SetTrace(MapTrace* trace) { mapper_.SetTrace(trace); }

 private:
  struct Input {
    std::string bytes;
    std::string peer;
    std::string system_id = {};  // as in Verdict
    uint64_t fix_of = 0;  // quarantine entry that is sent again
    std::optional<bool> accepts = std::nullopt;  // as Decoded::quarantine_accepts
    bool readable = true;
  };
  Pipeline(const AdapterConfig& config, const Mapping& mapping, Decoder& decoder,
           AdapterStore& store, const Clock& clock, Random random);

  Result<Verdict> Work(Input& input);
  Result<Verdict> WorkDecoded(const Input& input, Decoded decoded);
  Result<Mac16> NameTelling(const Input& input, Decoded& decoded);
  Result<Verdict> WorkUnreadable(const Input& input, const Decoded& decoded);
  Result<std::optional<Verdict>> CheckSeen(const Input& input, const Mac16& key,
                                           const Digest& digest, const std::string& trigger);
  // What `seen` is to be answered now. Empty: as one that never came.
  Result<std::optional<Answer>> AnswerNow(const Input& input, const Mac16& key, SeenMessage seen);
  // They are asked for while `message_id` is there.
  FileBeside FilesOf(const std::string& system_id, const std::string& message_id) const;
  Result<Verdict> Aside(const Input& input, const std::string& reason, const std::string& detail,
                        const std::string& trigger, hl7::ErrorCode code);
  static Verdict Refused(const Decoded& decoded);
  Result<Verdict> MapAndStore(const Input& input, const Decoded& decoded, const Mac16& key,
                              const Digest& digest);
  // `until_closed`: an error is the answer until somebody has dealt with the entry.
  void Remember(const Mac16& key, const Digest& digest, const Verdict& verdict,
                bool until_closed = true);
  void Count(const Verdict& verdict, const std::string& peer);
  void TellFailure(const Verdict& verdict, const std::string& peer) const;

  const AdapterConfig* config_;
  const Mapping* mapping_;
  Decoder* decoder_;
  AdapterStore* store_;
  FeedObserver* observer_ = nullptr;
  const Clock* clock_;
  FileBeside files_;
  RowFiles* row_files_ = nullptr;
  bool kept_ = false;
  Mapper mapper_;
  metrics::Counter irregular_;  // from the start: an alert asks by how much it rose
};

}  // namespace sam::kit
