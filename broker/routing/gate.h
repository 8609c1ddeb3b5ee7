// The legal gate: may this signal go to this receiver, on which ground, with which fields? Pure:
// the same input gives the same answer for ever, so a decision can be recomputed from the log.
// Deny by default. Any thread.
//
// Outcomes: deliver; held = waits for something a person must bring (receiver, consent,
// municipality); denied = the law gives no way. A statutory report (class A) is never denied: what
// cannot be routed is held and the sender's own function is told (HoldReceiver).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/contract/mask.h"
#include "broker/routing/agreements.h"
#include "broker/routing/ceilings.h"
#include "broker/routing/consent.h"
#include "broker/routing/dates.h"
#include "broker/routing/directory.h"
#include "schemas/common.capnp.h"

namespace sam::routing {

// What is known about the person the signal is about, as of now.
struct SubjectFacts {
  schema::Protection protection = schema::Protection::UNKNOWN;
  std::string municipality;  // registered; four digits; empty: unknown
  std::string owner_unit;    // HSA id of the unit where the child is listed; empty: unknown
  std::string birth_date;    // YYYY-MM-DD; empty: unknown, which never stands in the way
  std::vector<Consent> consents;
  std::vector<Offset> links;  // events that joined two identities of this person
  bool must_not_inform = false;  // a report says that the guardians may not know: nothing where they can read
};

// The authority that owns the facts the signal rests on (Event.header.controller).
struct ControllerName {
  std::string org;
  std::string board;
};

// Whom the signal is for. Either one function by name (a person named it: released hold, or the
// signal goes back to somebody), or a role that the directory resolves.
struct Wanted {
  std::string function;           // function id; empty: resolve by role
  Role role = Role::kSenderDesk;  // used when function is empty
  std::optional<Role> or_role;    // where no function has `role`
  std::string municipality;       // empty: the subject's registered one
  std::string unit;               // HSA id, for unit roles; empty: the subject's owner_unit
  std::string board;              // the board the reporter named, if any: chooses among several
  std::string district;           // of the municipality, where the event tells it: chooses too
  bool on_call = false;           // also `function` is acted for when it is closed, if acute
};

struct GateInput {
  std::string code;               // "SIG-A1"
  std::string sender_function;    // empty: unknown
  Wanted wanted;
  // Of the signal that a RECEIPT, HOLD, WITHDRAWN, ATTACHMENT, REMINDER or SIG-E3 is about. SIG-D2:
  // about_sender has ordered what it answers, SIG-B4: about_receiver is invited, SIG-E1: it was sent the order that
  // nothing came of.
  std::string about_sender;
  std::string about_receiver;
  std::string about_code;         // what a WITHDRAWN takes back
  SubjectFacts subject;
  ControllerName controller;
  Millis now;
  bool acute = false;
  bool asks_holder = false;      // SIG-E1: the rule asks whoever was sent the order (about_receiver), and no unit
  std::string rule_ground;       // of the rule that asks; empty: none is known
  Level level = Level::UNKNOWN;  // class B: of the support that it is about
  bool secret = false;  // it tells of a report, or of what is S4: for no channel that a guardian can read
  // When it was placed: whose hours it was within. What is not placed yet: now.
  Millis placed_at;
  bool about_secret = false;  // WITHDRAWN: what it takes back told of a report, or of what is S4
  bool since_fold_7 = true;   // false: as logs of earlier editions were decided
  Days birthdays = Days::kSwedish;  // kCautious: before fold edition 8, from 00:00Z
  const Directory* directory = nullptr;    // not null
  const Agreements* agreements = nullptr;  // not null
};

enum class GateOutcome { kDeliver, kHeld, kDenied };

struct GateDecision {
  GateOutcome outcome = GateOutcome::kDenied;
  schema::LegalClass legal_class = schema::LegalClass::UNSET;
  std::string ground;                // text id; empty when denied
  std::vector<std::string> reasons;  // text ids, all of them, sorted; empty when delivered
  std::string receiver_function;     // set when delivered; otherwise when it is known
  std::string agreement;             // id of the agreement that narrowed it, if any
  std::string consent;               // id of the consent relied on, if any
  contract::MaskPolicy mask;         // meaningful when delivered
  Payload payload = Payload::kFull;
  // A statutory report to the function that may have all of it: only then are the fields that tell
  // where somebody stays taken out of where they are kept (broker/journal/place_door.h).
  bool places = false;
  bool areas_allowed = false;        // SIG-B1: the consent names the areas too
  bool needs_care = false;           // SIG-D2: agreed that the board is told whether care is needed
};

GateDecision Decide(const GateInput& input);

// Who may be asked when a signal is held, the first one first: the function that sent it, if it is the
// controller's own, the controller's desks, who is on call for that function, and who answers for it. Only those
// that can be reached, whose channel no guardian reads and that may have a notice. Empty: the operator must be told.
std::vector<std::string> HoldReceivers(const GateInput& input);
// The first of them; "": nobody.
std::string HoldReceiver(const GateInput& input);

// Who hears what becomes of a report: the function that sent it, if it is one of the controller's own, else
// whom a hold would be told to. "": nobody.
std::string ReporterOf(const GateInput& input);

// Who is told at the sender's side that a signal (`about_sender`) waits too long: the sender's desk, else
// the function that sent it, else "".
std::string DeskOf(const GateInput& input);

}  // namespace sam::routing
