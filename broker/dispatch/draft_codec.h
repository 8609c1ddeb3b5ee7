// The body of a prompt or notice <-> bytes, so that a signal which was held or is asked for again
// can be composed anew; and Decision messages. Deterministic, pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/mailbox/mailbox.h"
#include "broker/routing/compose.h"
#include "broker/rules/effects.h"
#include "schemas/storage.capnp.h"

namespace sam::dispatch {

std::string EncodeDraft(const routing::BodyDraft& body);               // empty for monostate
Result<routing::BodyDraft> DecodeDraft(std::string_view bytes);        // kCorrupt

// What was decided, as it goes into the journal.
struct DecisionFacts {
  schema::Outcome outcome = schema::Outcome::UNSET;
  SignalId signal;
  std::string code;
  schema::LegalClass legal_class = schema::LegalClass::UNSET;
  std::string receiver;
  std::string sender;
  Lane lane = Lane::kNormal;
  Sequence sequence;
  std::string rule;
  std::string version;
  std::string ground;
  std::vector<std::string> reasons;
  std::vector<std::string> masked;
  std::vector<Offset> evidence;
  mailbox::Versions versions;
  schema::WithheldCode withheld = schema::WithheldCode::NONE;
  std::string bytes;  // the Signal message as it is disclosed, its places left out
  std::string place;  // those, as a message of their own; not in Encode and Decode: sealed apart
  bool replayed = false;
  bool late = false;
};
// What is to be disclosed, as it is kept: in one part, or in two.
void Disclose(const routing::Composed& composed, DecisionFacts& facts);
std::string EncodeDecision(const DecisionFacts& facts);
Result<DecisionFacts> DecodeDecision(std::string_view bytes);  // kCorrupt

}  // namespace sam::dispatch
