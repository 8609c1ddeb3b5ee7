// The legal ceilings, in code: for each signal code who may ever receive it, on which ground, and
// how much. No configuration can raise them; agreements narrow them. Pure tables, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/routing/directory.h"
#include "schemas/annotations.capnp.h"
#include "schemas/common.capnp.h"

namespace sam::routing {

// How the receiver must stand to the subject or to the sender.
enum class Reach {
  kHomeMunicipality,  // serves the municipality where the subject is registered
  kSameRegion,        // an authority of the same region; private parties need consent
  kOwnUnit,           // the unit that already holds the facts, under the same controller
  kOriginalSender,    // the function that sent the signal that this one is about
  kOriginalReceiver,  // the function that received the signal that this one is about
  kEitherParty,       // the function that sent or that received the signal that this one is about
  kRegionCare,        // health care that serves the subject's municipality, in the sender's county
  kClinic,            // a dental clinic of the same region; private parties need consent
  kOrderer,           // the board that ordered what this one answers
  kInvited,           // a function that the sender has invited by name
  kBothTeams,         // the unit that tells, and the preventive unit of the subject's municipality
  kInCharge,          // who answers for that function, and the desk of who sent it; never a person's data
};

struct RoleCeiling {
  Role role = Role::kSenderDesk;
  schema::Sensitivity max = schema::Sensitivity::S0;
  bool place = false;            // address, phone, municipality may go out at all
  bool place_if_unsafe = false;  // also when protection is unknown or set (statutory report only)
  bool free_text = false;
};

struct Ceiling {
  std::string code;
  schema::LegalClass legal_class = schema::LegalClass::UNSET;
  std::string ground;                 // text id, the usual one
  std::vector<std::string> grounds;   // all text ids that may ever be named, the usual one first
  Reach reach = Reach::kOwnUnit;
  bool needs_consent = false;         // scope = the code itself
  bool own_consent = false;           // one given for this alone: never together with something else
  bool adult = false;                 // the subject is a guardian, not a child
  std::vector<Role> senders;          // empty: whoever may send its class
  std::vector<RoleCeiling> receivers; // roles not listed never get it
  // Single fields that go out although their mark is above `max`: the protection flag (a receiver
  // that does not know it sends letters) and the acute flag (the lane shows it anyway).
  std::vector<std::string> also;
};

// What parties agree to send each other: a receiver may ask for some of it only.
inline bool IsAgreed(schema::LegalClass legal_class) {
  return legal_class == schema::LegalClass::B || legal_class == schema::LegalClass::C;
}
// Receipts, holds and withdrawals tell of a signal that their receiver knows: without it they say nothing, and they
// name the person as it did, if at all.
inline bool IsNotice(const Ceiling& ceiling) {
  return ceiling.reach == Reach::kOriginalSender || ceiling.reach == Reach::kOriginalReceiver ||
         ceiling.reach == Reach::kEitherParty || ceiling.reach == Reach::kInCharge;
}
const std::vector<Ceiling>& AllCeilings();
const Ceiling* CeilingOf(std::string_view code);  // null: no such signal, denied
// A report that somebody has signed: held when it cannot go, never denied. Not what tells about one.
bool IsStatutory(std::string_view code);
const RoleCeiling* CeilingFor(const Ceiling& ceiling, Role role);  // null: never to this role

}  // namespace sam::routing
