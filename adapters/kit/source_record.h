// SourceRecord: one message of a source as the mapping sees it, whatever its format. A format (HL7
// v2 now; FHIR, CSV and XML stand behind the same door later) compiles selector texts once when the
// mapping is loaded and answers them for each message.
// Any thread, one at a time. A record lives as long as one message is worked on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/person_id.h"
#include "broker/base/result.h"
#include "broker/contract/codes.h"

namespace sam::kit {

// A place in a message: the text for people, the number for the format that compiled it.
struct Selector {
  std::string text;
  size_t id = 0;
};

enum class Presence { kAbsent, kNull, kValue };  // null: the source says "delete this value"

struct Selected {
  Presence presence = Presence::kAbsent;
  std::string text;  // UTF-8; empty unless kValue
  bool has_value() const { return presence == Presence::kValue; }
};

// For formats in which an empty place says nothing.
inline Selected ValueUnlessEmpty(std::string text) {
  Selected out;
  out.presence = text.empty() ? Presence::kAbsent : Presence::kValue;
  out.text = std::move(text);
  return out;
}

// While a rule runs once for each unit (each OBX, each NK1), selectors of that unit without a
// number mean the one at hand. Occurrences count from 1; 0: no unit. Groups count from 1 too.
struct Scope {
  std::string unit;
  unsigned occurrence = 0;
  unsigned group = 0;  // 0: the unit's own, or the whole message
};

enum class TimePrecision { kDay, kMinute, kMs };
enum class TimeNote { kStated, kAssumed, kAmbiguous, kNonexistent };

struct TimeValue {
  Millis instant;
  TimePrecision precision = TimePrecision::kMs;
  TimeNote note = TimeNote::kStated;
};

struct IdentifierValue {
  PersonId id;
  std::string flag;  // empty, or "check-digit", "century-assumed", "unknown-system"
};

// What stands under a system of person numbers and is none names nobody: it must not become an
// identity that strangers share. The event is doubted. One that tells a fact, and a report, carries it as
// sent, with this flag, by which the hub takes it for no identity either; others without another number
// are put aside (GoesWithoutAPerson in mapper_values.cc).
using contract::kNumberForm;
inline IdentifierValue NoPerson(PersonId as_sent) { return {std::move(as_sent), kNumberForm}; }
inline bool NamesNobody(const IdentifierValue& value) { return value.flag == kNumberForm; }

class SourceRecord {
 public:
  virtual ~SourceRecord() = default;

  virtual Selected Get(const Selector& selector, const Scope& scope) const = 0;
  virtual std::vector<Selected> All(const Selector& selector, const Scope& scope) const = 0;
  virtual unsigned Count(std::string_view unit) const = 0;  // how many OBX

  // Groups: parts of a message that stand for themselves (HL7: an OBR with its OBX). A place that
  // belongs to a group is looked for in that of the scope. 0: the message has no such parts.
  virtual unsigned Groups() const { return 0; }
  // The scope's, or the one its unit stands in; 0: the whole message.
  virtual unsigned GroupOf(const Scope& scope) const { return scope.group; }
  virtual bool BelongsToGroup(const Selector& selector) const {
    static_cast<void>(selector);
    return false;
  }

  virtual std::string trigger() const = 0;            // "SIU^S26"
  virtual Result<std::string> MessageId() const = 0;  // the idempotency key within its system
  virtual bool test() const = 0;                      // marked as a test by the source itself
  // Texts in the source's own notation. The errors never repeat the value.
  virtual Result<TimeValue> Time(std::string_view text) const = 0;
  virtual Result<std::string> Date(std::string_view text) const = 0;  // YYYY-MM-DD
  virtual std::vector<IdentifierValue> Identifiers(const Selector& selector,
                                                   const Scope& scope) const = 0;
  virtual std::string PersonName(const Selector& selector, const Scope& scope) const = 0;
  virtual std::vector<std::string> Doubts() const = 0;  // of the message as a whole

  // For `map coverage`: names of the places that say something here (HL7: segment and field, CSV:
  // the column, FHIR: the path), without what the decoder reads for itself; each once. A format
  // that lists none is not covered.
  virtual std::vector<std::string> Places() const { return {}; }
  // Which of them a rule looks at with this selector.
  virtual std::vector<std::string> Touched(const Selector& selector, const Scope& scope) const {
    static_cast<void>(scope);
    return {selector.text};
  }
};

class SourceFormat {
 public:
  virtual ~SourceFormat() = default;
  virtual std::string name() const = 0;  // "hl7v2"
  // kInvalid: the text is no place in this format; says what was expected.
  virtual Result<Selector> Compile(std::string_view text) = 0;
  virtual Status CheckUnit(std::string_view unit) const = 0;        // "OBX"
  virtual Status CheckTrigger(std::string_view trigger) const = 0;  // "SIU^S26"
  // Right in form, and known to no version of the format ("SUI^S26", "PDI-3"): what to tell, with
  // the nearest name. Never a refusal, since systems invent their own. Empty: nothing odd.
  virtual std::string TriggerHint(std::string_view trigger) const {
    static_cast<void>(trigger);
    return "";
  }
  virtual std::string UnitHint(std::string_view unit) const {
    static_cast<void>(unit);
    return "";
  }
  virtual std::string PlaceHint(const Selector& selector) const {
    static_cast<void>(selector);
    return "";
  }
};

}  // namespace sam::kit
