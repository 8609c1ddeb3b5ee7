// Pipeline: one message from its bytes to events in the outbox, an entry in quarantine or a
// refusal, and the answer for its sender. Live feed, dry run (`test`), resend from quarantine and
// the tests all go through here. Threads: one, the store's writer. Owned by main. A group: Begin,
// Take for each message, Commit; the answers may leave only after Commit said Ok. Anything else:
// nothing is answered, everybody sends again, and `seen` recognizes what was stored after all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/ack.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/mapper.h"
#include "adapters/kit/mapping.h"
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
  std::string ack;  // one HL7 message, without frame; empty: none
  std::string trigger;
  std::vector<MappedEvent> events;
  std::vector<FieldNote> notes;
  std::string reason;  // code, when not taken
  std::string detail;
  uint64_t quarantine = 0;
  uint64_t raw_ref = 0;
};
const char* VerdictName(Verdict::Kind kind);

class Pipeline {
 public:
  // kInvalid: the zone is not known. All must outlive the pipeline.
  static Result<Pipeline> Make(const AdapterConfig& config, const Mapping& mapping,
                               AdapterStore& store, const Clock& clock, Random random);

  Status Begin() { return store_->Begin(); }
  Status Commit() { return store_->Commit(); }

  // An error is the store's: the group is lost and nothing of it may be answered.
  Result<Verdict> Take(std::string bytes, const std::string& peer);
  // A frame may hold a batch: each message is stored and answered on its own.
  Result<std::vector<Verdict>> TakeFrame(std::string bytes, const std::string& peer);
  // Broken frames: kept aside under `reason`; AR 207 when the header can be read and `answer` is
  // set.
  Result<Verdict> TakeBroken(std::string bytes, const std::string& peer, const std::string& reason,
                             bool answer);
  // A frame over the limit: its head only. AR, nothing is kept.
  Verdict RefuseTooLarge(std::string_view head);
  // A message that brought the process down too often.
  Result<Verdict> TakePoison(std::string bytes, const std::string& peer);

  // Sends an entry of the quarantine, or `fixed` in its place, through the current mapping;
  // commits. kNotFound, kConflict (discarded or fixed already). The verdict tells what became of
  // it: when it would be put aside again, nothing changes but the count.
  Result<Verdict> Resend(uint64_t number, std::optional<std::string> fixed,
                         const std::string& operator_name);

  const Mapping& mapping() const { return *mapping_; }

 private:
  struct Input {
    std::string bytes;
    std::string peer;
    uint64_t fix_of = 0;  // quarantine entry that is sent again
  };
  Pipeline(const AdapterConfig& config, const Mapping& mapping, AdapterStore& store,
           const Clock& clock, Random random, hl7::Zone zone);

  Result<Verdict> Work(const Input& input);
  Result<Verdict> WorkParsed(const Input& input, const hl7::Message& message);
  Result<std::optional<Verdict>> CheckSeen(const Input& input, const Mac16& key,
                                           const Digest& digest, const std::string& trigger);
  Result<Verdict> Aside(const Input& input, const std::string& reason, const std::string& detail,
                        const std::string& trigger, hl7::ErrorCode code);
  Verdict Refuse(const std::string& reason, std::vector<hl7::AckError> errors,
                 const std::string& trigger);
  Result<Verdict> MapAndStore(const Input& input, const hl7::Message& message,
                              const std::string& system_id, const SourceIdentity& identity,
                              const std::string& message_id, const Mac16& key,
                              const Digest& digest);
  void Acknowledge(const std::string& bytes, Verdict& verdict);
  void Remember(const Mac16& key, const Digest& digest, const Verdict& verdict);
  void Count(const Verdict& verdict);
  std::string NextControlId();

  const AdapterConfig* config_;
  const Mapping* mapping_;
  AdapterStore* store_;
  const Clock* clock_;
  hl7::Zone zone_;
  Mapper mapper_;
  Random random_;
  uint64_t ack_counter_ = 0;
  std::string ack_prefix_;
};

}  // namespace sam::kit
