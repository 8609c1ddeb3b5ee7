// What other stages may hand to the journal. One submission is written in one atomic batch, with a
// sync shared by all submissions of the round (natural group commit). The journal thread is the
// only writer of the hub's store: dispatch's state and cursor ride in the same batch as its
// decisions.
// Each producer owns one Port: a pipe down, a pipe of outcomes up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "broker/base/person_id.h"
#include "broker/journal/record.h"
#include "broker/stage/pipe.h"
#include "broker/store/store.h"

namespace sam::journal {

// A record before it has an offset. The journal resolves the person, seals, hashes and numbers it.
struct Draft {
  Kind kind = Kind::UNSET;
  EventId event;
  std::vector<PersonId> persons;  // events: who it is about, resolved by the vault; may be empty
  std::vector<PersonId> linked;   // person.id.linked: the identities to merge into `persons`
  EventId replaces;  // a correction: the event it takes the place of; looked up for whom it was about
  bool fresh_subject = false;     // a child without any number: gets a key of its own
  SubjectId subject;              // already known (decisions); used when `persons` is empty
  std::string controller_org;
  std::string controller_board;
  std::string message_key;     // events: keyed 16 bytes (see Digests), else empty
  std::string content_digest;  // events: keyed 32 bytes
  std::string about;           // parts of attachments: the message key of their report
  std::string payload;         // plaintext message bytes
  std::string place;           // what of them tells where somebody stays; may be empty
  std::string peer;
  uint64_t cause = kNoCause;
  uint16_t schema_version = 1;

  size_t bytes() const { return payload.size() + place.size(); }
};

// A hole in a value of Submission::batch for an offset that only the journal knows: before writing,
// the 8 bytes from `position` on become the offset of draft number `draft`, little-endian (as Cap'n
// Proto has them). A draft that was not written anew gives the offset its Outcome names.
struct OffsetSlot {
  size_t op = 0;        // index in batch.ops(); must be a Put
  size_t position = 0;  // first byte within the value
  size_t draft = 0;     // index in drafts
};

// `to` equal to `from`: they are kept apart.
struct Link {
  std::string controller_org;
  std::string controller_board;
  SubjectId from;
  SubjectId to;
};

struct Submission {
  uint64_t token = 0;  // the producer's own; comes back in Outcome
  std::vector<Draft> drafts;
  // State of the producer's own spaces, written in the same atomic batch. Deleting payload rows is
  // allowed; the log and its tree (kJournal, kTree) are the journal's alone.
  Batch batch;
  std::vector<OffsetSlot> slots;
  // Identities that were judged to be one (or not to be, after all): written to the vault before the
  // batch is on disk, so that no judgement stands without its link. Said again it changes nothing.
  std::vector<Link> links;
  // Subjects whose keys the vault forgets, after the records of this submission are on disk, so
  // that no erasure is without its record. One that is gone already is passed over.
  std::vector<SubjectId> erase;
};

enum class Taken : uint8_t {
  kWritten,         // a new record
  kDuplicate,       // same key and content seen before: `offset` is the first one's
  kConflict,        // same key, other content: written as Kind::CONFLICT, never dispatched
  kEnvelopeReused,  // same event id under another message key: refused, nothing written
  kRefusedFull,     // disk at its low-water mark: nothing written, try later
};

struct Outcome {
  uint64_t token = 0;
  struct Each {
    Taken taken = Taken::kWritten;
    Offset offset;
  };
  std::vector<Each> each;  // one per draft, in order; everything is on disk when this arrives
};

// Owned by main (or the simulator); `down` is popped by the journal, `up` by the producer.
struct Port {
  Port(size_t capacity, stage::Doorbell* journal_bell, stage::Doorbell* producer_bell)
      : down(capacity, journal_bell), up(capacity, producer_bell) {}
  stage::Pipe<Submission> down;
  stage::Pipe<Outcome> up;
  // Inputs are refused when the disk is at its low-water mark; decisions, progress and audit go on
  // from the reserve.
  bool input = false;
};

}  // namespace sam::journal
