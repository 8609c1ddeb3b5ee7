// Settings: the configuration in force, parsed from the texts of a journaled config record, so that
// rebuild needs no files. Immutable; dispatch's thread. Rows of kConfig: offset, 8 bytes big-endian
// -> the ConfigLoaded message.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/dispatch/retention.h"
#include "broker/routing/agreements.h"
#include "broker/routing/directory.h"
#include "broker/rules/programmes.h"
#include "broker/rules/rule_set.h"
#include "broker/store/store.h"

namespace sam::dispatch {

struct Settings {
  std::string version;
  routing::Directory directory;
  routing::Agreements agreements;
  rules::Programmes programmes;
  rules::RuleSet rules;
  Retention retention;
  bool test = false;  // environment = "test" in hub.toml
  uint32_t fold = 0;  // the edition of the fold that this configuration was loaded with
};

// What dispatch makes of an input has changed since the first release. An old log must go on giving
// what it gave, so each configuration record tells from where on which edition holds.
//   1: what is withdrawn while it lies in a mailbox is filled with Withheld; the gate knows the age
//   2: consents giver by giver; what rests on one that holds no more is taken back at once; who has
//      something about a child is told when its protection changes (SIG-E4); the answer to a report is SIG-A3
//   3: a signal keeps the time limits that it was delivered with; a report is forwarded by its receiver
//   4: what is told with another level is carried anew, and who sent what a receiver's list of levels leaves
//      out is told; a prompt names the ground of its rule; a refused forwarding is told as one; the day of an
//      ordered examination is watched, and limits that were running when [reminders] came
//   5: an order that is worded anew after its examination was made stays answered; a result that was told
//      before its order goes out when the order comes; days of directory and agreements are Swedish days;
//      a corrected report goes anew whatever else rests on it; a change of protection or municipality can be
//      taken back; an answer put right may be put right again; an acute report that is sent on at night goes to
//      who is on call; who may have a report that was refused at delivery is told when it is taken back
//   6: what a board's own system tells of a report (received, assessed, decided) answers it;
//      who holds something of an identity that turns out protected by being linked is told (SIG-E4); who told a
//      link that is not followed is told so; so is whoever sent what the gate denies; who was
//      reminded of an ordered examination is told that it is answered; SIG-C1 counts the tries that a clinic sums up;
//      the time for the answer to an order (clock.result) starts when its last day is over; a child that moves into
//      the area of a programme is not prompted for what fell due before
//   7: a subject's row is packed; the time of a board's inquiry (clock.inquiry) is watched from the decision that its
//      own system tells; who sent what its receiver's system never took is told so; what is told of a case ends
//      when no report came for it; content is disposed of as retention.toml says; a report in a first load is carried, and of
//      classes B and D what is still to come; a hold calls whom it can reach,
//      of the controller's own, and so do the answers to a report; no prompt that tells of a report or of S4, nor
//      anything about a child of whom guardians may not know, goes where guardians read; who had a signal there, or has
//      followed a function that has ended, learns that it is withdrawn; steps that were over before a child came are not
//      told, nor again at its next centre; a move to another county ends a run of misses; a protected identity is joined
//      with none of another level; a death ends the limits of classes B to E; a rule with another owner has no history;
//      what is sent of a person after a link names it by both numbers; the key of a consent's timer does not hold the
//      consent's id; an order that is answered need not be confirmed; an examination's limit is shown as its own day; a
//      booking is known by the order that it is for as well; what waits is asked for again when a birth date becomes known
//   8: a birthday begins at Swedish midnight, and what waits over one that changes what may go is asked for again;
//      of two tellings of one missed visit at the dentist's the reason counts, whichever names it;
//      an operator's word on where a signal that is held is to go counts no more;
//      a joint visit that the other team is not to have starts no time to confirm it;
//      a report that the register would bring back to a board that sent it on is held, and its sender asked, and told when it
//      names that very board;
//      classes B and C are answered with a code, which ends their limits and is told to the sender (contract/answers.h);
//      of a child that is known by an invalid number alone nothing is expected, since nothing that comes is found to
//      be about it, and two of whom the same was written for a number are not one;
//      a rule of absence may ask whoever was sent an order, or the child clinic that signed a report; a booking that is
//      cancelled is none; a missed dental visit's reason is not unsaid by another telling that is put right without one
inline constexpr uint32_t kFoldEdition = 8;
// hub.toml as it is journaled: what of it belongs to the configuration's version.
std::string JournaledHubToml(bool test);

// Files by name: hub.toml, directory.toml, agreements.toml, programmes.toml, rules.toml, retention.toml (folders in
// front of the name are ignored); one that is not there counts as empty. kInvalid: a text does not
// parse; the message has every finding with file:line:column. main calls this before it submits.
Result<Settings> ParseSettings(std::string_view config_loaded);

// Version of the newest config record that dispatch has taken in; empty: none yet.
Result<std::string> CurrentConfigVersion(const Store& store);
// The newest row's bytes; empty: none yet.
Result<std::string> CurrentConfig(const Store& store);

}  // namespace sam::dispatch
