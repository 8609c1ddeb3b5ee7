// Book: what the writer needs of the inbox. One entry for each signal that becomes an intake in the
// social system, kept in the inbox's own store; every change is on disk when the call returns.
// Implemented by the Inbox; its thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "schemas/inbox.capnp.h"

namespace sam::intake {

using State = schema::InboxIntake::State;
using Why = schema::InboxIntake::Why;
using FileState = schema::InboxIntakeFile::State;

// As it stands in logs and in `list --json`: "no-number".
const char* WhyName(Why why);
const char* StateName(State state);
const char* FileStateName(FileState state);
bool AtItsEnd(State state);

// A file of a report on its way into the social system.
struct File {
  FileState state = FileState::WAITING;
  bool missing = false;  // a page goes in its place: fetch it in the inbox
  int status = 0;        // of the last HTTP answer
  std::string their_id;  // of SENT, when the answer named one
  Millis tried_at;       // the last POST
  uint32_t attempts = 0;
};

struct Entry {
  uint64_t number = 0;  // order of arrival in the inbox
  SignalId signal;
  State state = State::UNKNOWN;
  Why why = Why::NONE;       // of HELD
  int status = 0;            // of the HTTP answer that made it so
  std::string their_id;      // from CREATED on
  Millis first_posted_at;    // no POST left before it: where a look-up begins
  Millis tried_at;           // the last POST
  uint32_t attempts = 0;     // POSTs
  bool acute = false;
  std::vector<File> files;   // those the report lists, in its order; from FILING on
};

// How far a file that a report lists has come to the inbox.
enum class Arrival { kOnItsWay, kComplete, kDamaged };
struct Listed {
  Arrival arrival = Arrival::kOnItsWay;
  std::string title;       // both are the sender's words, and personal
  std::string media_type;
  uint64_t size = 0;
};

// What one signal says of itself, so that the writer decides whether it is one of its kinds.
struct Kind {
  std::string_view code;
  bool acute = false;
  bool test = false;
};

struct Delivered {
  std::string signal;  // byte for byte as delivered: the gate's masks are in it
  Millis received_at;
  bool withdrawn = false;
  bool registered = false;  // the sender has been told so, by a person
};

class Book {
 public:
  virtual ~Book() = default;
  // Every signal received since the first call becomes an entry if `wanted`. Signals that were
  // there before it are left to people. One that was sent again out of the hub's log may have been
  // written by a store that is lost: it begins at POSTING, which is looked up.
  virtual Status Admit(const std::function<bool(const Kind&)>& wanted) = 0;
  // Those that are not at their end, by number of arrival.
  virtual const std::map<uint64_t, Entry>& Pending() const = 0;
  virtual Result<Delivered> SignalOf(const Entry& entry) const = 0;
  virtual Status Keep(const Entry& entry) = 0;
  // Tells the sender "registered" in one batch with the entry's end, or with FILING when the report
  // lists files.
  virtual Status Registered(const Entry& entry) = 0;
  // Reports that a version which sent no files brought to their end: those with files are HELD
  // (FILE), since nobody knows whether a person took them there. Looked for once in a store's life.
  virtual Status HoldUnsentFiles() = 0;
  // The files of its report; from 0.
  virtual Result<std::vector<Listed>> FilesOf(const Entry& entry) const = 0;
  // A part of a complete file; empty: there are no more. With the first it is noted that it was
  // taken out.
  virtual Result<std::string> PartOf(const Entry& entry, size_t file, uint16_t index) = 0;
};

}  // namespace sam::intake
