// Builds the signal that is disclosed: copies what the ceiling allows from the evidence, masks the
// rest, and gives the bytes that are journaled and delivered unchanged. Deterministic: the same
// candidate and decision give the same bytes. Pure, any thread.
// Limits: 64 pieces of evidence, 640 KiB per signal (kInvalid above).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/contract/place.h"
#include "broker/routing/gate.h"
#include "schemas/bvc.capnp.h"
#include "schemas/shared_events.capnp.h"
#include "schemas/signal.capnp.h"

namespace sam::routing {

inline constexpr size_t kMaxEvidence = 64;
inline constexpr size_t kMaxNumbers = 8;  // of one person, with those of linked identities
// The largest event a hub can be told to take (512 KiB) and the frame (1 MiB) stand on either side.
inline constexpr size_t kMaxSignalBytes = 640 << 10;

struct Evidence {
  EventId event;
  Offset offset;
  std::string bytes;  // the Event message in flat form; empty: its payload is disposed of
};

struct ClockDraft {
  std::string kind;  // text id, "clock.assess"
  Millis due;
  Millis started;    // not told: dispatch keeps it for who takes the signal over
};

// Bodies that a rule or dispatch drafts. SIG-A1 and those of classes B and D have none: they come from
// the evidence.
struct OverdueDraft {
  std::string visit_code;
  std::string program;
  Millis due, overdue;
  std::optional<Millis> last_seen;
};
struct OccurrenceDraft {
  EventId event;
  std::string type;  // catalogue name
  Millis at;
  std::string visit_code;
};
struct PatternDraft {
  Millis from, to;
  std::vector<OccurrenceDraft> occurrences;
};
struct AttendanceDraft {
  std::optional<Millis> not_reached_since;
  uint16_t attempts = 0;
};
// Only stored, delivered, registered and answered may go back to a sender, and where a report went on to;
// others are kInvalid.
struct ReceiptDraft {
  SignalId about;
  std::string about_code;
  schema::LadderState state = schema::LadderState::UNKNOWN;
  Millis at;
  schema::Answer answer = schema::Answer::UNSET;  // only with state answered
  std::string receiver_function;
  std::string receiver_phone = {};  // of an acute report: phone first
  SignalId forwarded_as = {};  // only with state forwarded or redirected
  bool awaits_answer = false;  // what it is about does
};
struct HoldDraft {
  SignalId about;
  std::string about_code;
  std::vector<std::string> reasons;  // text ids
  EventId event;
};
struct WithdrawnDraft {
  SignalId about;
  std::string reason;  // code
  std::optional<SignalId> replaced_by;
};
// A part of a report's attachment. Its bytes and digest are not here: who delivers takes them from the
// event that is its evidence.
struct PartDraft {
  SignalId about;
  uint16_t attachment = 0;
  uint16_t index = 0;
  uint16_t count = 0;
  uint64_t size = 0;
};
struct ReminderDraft {
  SignalId about;
  std::string about_code;
  std::string clock;  // text id
  Millis due;
  uint8_t percent = 0;
};
struct DeadlineDraft {
  SignalId about;
  std::string step;  // text id
  uint32_t age_minutes = 0;
};
struct ProtectionDraft {
  Millis at;
  SignalId about;
};
using BodyDraft =
    std::variant<std::monostate, OverdueDraft, PatternDraft, AttendanceDraft, ReceiptDraft,
                 HoldDraft, WithdrawnDraft, PartDraft, ProtectionDraft, ReminderDraft, DeadlineDraft>;

struct PersonNumber {
  std::string system, value, flag;  // as schema::Identifier
};

struct Candidate {
  std::string code;
  std::string rule_id;
  std::string rule_version;
  std::string rule_ground = {};  // text id; prompts name it
  bool asks_holder = false;      // see GateInput
  std::string sender_function;
  Wanted wanted;
  // RECEIPT, HOLD, WITHDRAWN, ATTACHMENT, REMINDER, SIG-E3, SIG-D2, SIG-B4, SIG-E1 of an order
  std::string about_sender;
  std::string about_receiver;
  std::string about_code;      // WITHDRAWN
  bool about_secret = false;   // the same: see GateInput
  bool rule_secret = false;    // prompts: what the rule asks after is secret
  std::vector<Evidence> evidence;  // the first one with a subject gives ids and birth date
  SubjectFacts subject;
  ControllerName controller;
  BodyDraft body;
  bool acute = false;
  bool test = false;
  Millis occurred_at;
  Millis decided_at;
  bool awaits_answer = false;  // contract/answers.h; those of before fold edition 8 do not
  bool by_content = false;  // a pattern's occurrences count too where a guardian reads
  std::optional<Millis> placed_at = {};  // it lies with a receiver since then
  std::vector<ClockDraft> clocks = {};
  std::vector<PersonNumber> linked = {};  // numbers that the same person is known by, beside the evidence's
};

// The body of a receipt, or of the answer to a report (SIG-A3). Without a phone it has the very bytes that builds gave it which knew none.
void WriteReceipt(const ReceiptDraft& draft, bool feedback, schema::Signal::Body::Builder body);

struct Composed {
  SignalId id;
  std::string bytes;                // Signal message, flat, one segment: what is disclosed
  std::vector<std::string> masked;  // field paths, sorted
  contract::PlaceSplit split;       // how it is journaled, when it holds places
};

// What tells of a report, or of anything S4, by its type. A type that is not known may be of either.
bool IsSecretType(std::string_view type);
// A prompt that rests on something secret: by its rule, by what it lists, by its evidence.
bool TellsSecret(const Candidate& candidate, bool since_fold_7);

// The gate's question for this candidate.
GateInput GateInputOf(const Candidate& candidate, const Directory& directory,
                      const Agreements& agreements, Millis now, bool since_fold_7 = true);

// `decision` must be a delivery. kInvalid: evidence missing or not what the code needs.
Result<Composed> Compose(const Candidate& candidate, const GateDecision& decision);

// First 16 bytes of SHA-256 over ("sam-signal-1", rule id, rule version, receiver function, sorted
// evidence ids), each with its length. A candidate that shares all of these with another one must
// differ in its rule id (receipt notices: "receipt.stored", "receipt.delivered", ...).
SignalId SignalIdOf(const Candidate& candidate, const std::string& receiver_function);
SignalId MakeSignalId(const std::string& rule_id, const std::string& rule_version,
                      const std::string& receiver_function, std::vector<EventId> evidence);

}  // namespace sam::routing
