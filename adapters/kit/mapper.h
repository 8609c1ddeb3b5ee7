// Mapper: one message of a source to events, by a Mapping. Pure but for the event ids it draws.
// One thread; owned by the pipeline. All events of a message or none: a message of which only a
// part can be told goes to quarantine whole, so that a fix does not tell the other part twice.
// Texts here name fields, tables and codes' places, never values.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <capnp/dynamic.h>

#include "adapters/kit/map_trace.h"
#include "adapters/kit/mapping.h"
#include "adapters/kit/told_order.h"
#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/base/uuid7.h"

namespace sam::kit {

// A file that a report brings with it. Its bytes are there until they are in the outbox.
struct MappedFile {
  uint16_t attachment = 0;  // place in ReportSigned.attachments
  Digest digest;            // SHA-256
  uint64_t size = 0;
  std::string media_type;   // as the source says
  std::string bytes;        // empty: taken out of a message that was kept (raw_cut.h)
};

struct MappedEvent {
  std::string rule;
  const contract::EventType* type = nullptr;
  EventId id;
  std::string episode_key;  // personal: names an appointment
  std::string bytes;        // Event, flat
  std::vector<std::string> doubts;
  std::optional<EventId> content;  // Repeat::kChanged: what its body says, to be kept for next time
  std::vector<MappedFile> files;   // report.signed: sent after it, part by part
  bool retracts = false;  // takes the episode's earlier event of this type back
};
// The name under which the content of an episode's last event is kept, beside the event's own.
std::string ContentName(const contract::EventType& type);

// What was left out or doubted, for people who try a mapping.
struct FieldNote {
  std::string rule;
  std::string field;
  std::string what;
};

struct Problem {
  std::string code;    // "unknown-code", "bad-value", "missing-field", ...
  std::string detail;  // field, place, table; never a value
};

struct Mapped {
  bool wanted = false;  // some rule names the trigger
  std::vector<MappedEvent> events;
  std::vector<FieldNote> notes;
  bool older = false;  // something newer was told before: what would undo it is not told
  std::optional<Problem> problem;  // then events is empty
};

// The id of the last event of this type told for this episode; empty: none.
using EpisodeLookup =
    std::function<std::optional<EventId>(const std::string& type, const std::string& episode_key)>;

// How old the message is beside what was told of this episode; the rule at hand is about `type`.
using EpisodeAge = std::function<Age(const std::string& type, const std::string& episode_key)>;

// The bytes of a file that a message names in an event of this episode (empty: it has none). The error is
// a problem's "code: detail", without the name.
using FileBeside =
    std::function<Result<std::string>(const std::string& name, const std::string& episode_key)>;

struct MapContext {
  const SourceIdentity* source = nullptr;
  std::string message_id;
  bool test = false;
  bool baseline = false;
  uint64_t raw_ref = 0;
  Digest raw_digest;
  EpisodeLookup earlier;
  EpisodeAge age;    // empty: the latest
  FileBeside file;  // empty: this source has no files beside its messages
  bool kept = false;  // read out of what we kept: notes in place of content are our own (raw_cut.h)
};

class Mapper {
 public:
  // More would hold up the thread that all sources share, and the store's one sync: a person and a
  // fact have few events. Above a limit the message is put aside, never told in part.
  static constexpr size_t kMaxEvents = 500;       // of one message
  static constexpr uint64_t kMaxLooks = 2'000'000;  // values that rules look at in one message

  // `random` needs no secrecy. Mapping and clock must outlive the mapper.
  Mapper(const Mapping& mapping, const Clock& clock, Random random)
      : mapping_(mapping), clock_(clock), ids_(clock, random) {}

  Mapped Map(const SourceRecord& record, const MapContext& context);
  const Mapping& mapping() const { return mapping_; }
  Uuid7& ids() { return ids_; }
  // Null: no trace. Added to by each Map(); must outlive it.
  void SetTrace(MapTrace* trace) { trace_ = trace; }

 private:
  struct Work;  // what one event gathers while it is made

  bool Matches(const Condition& condition, const SourceRecord& record, const Scope& scope);
  std::vector<Selected> AllOf(const Selector& place, const SourceRecord& record,
                              const Scope& scope);
  bool WithinLimits(const EventRule& rule, unsigned units, Mapped& out) const;
  // mapper_groups.cc
  bool MapUnits(const EventRule& rule, const SourceRecord& record, const MapContext& context,
                Mapped& out);
  bool MapGroups(const EventRule& rule, const SourceRecord& record, const MapContext& context,
                 Mapped& out);
  bool Lost(const EventRule& rule, const SourceRecord& record, unsigned group);
  bool GroupsAgree(const EventRule& rule, const SourceRecord& record);
  bool Disagree(const EventRule& rule, const SourceRecord& record, RuleTrace* trace,
                Mapped& out) const;
  bool MapRule(const EventRule& rule, const Scope& scope, const SourceRecord& record,
               const MapContext& context, Mapped& out);
  bool FindEarlier(Work& work, Mapped& out);
  bool IsTooOld(Work& work, Mapped& out);
  bool AddEvent(Work& work, Mapped& out);
  Status Build(Work& work);
  void FillOwn(Work& work);
  Status SetFields(Work& work, capnp::DynamicStruct::Builder root,
                   const std::vector<Assignment>& assignments, const std::string& prefix,
                   const Scope& scope);
  Status SetTraced(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                   const std::string& path, const Scope& scope, bool& given);
  Status SetOne(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                const std::string& path, const Scope& scope, bool& given);
  Status SetItems(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                  const std::string& path, const Scope& scope, bool& given);
  Status SetIdentifiers(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                        const Scope& scope, bool& given);
  Status SetList(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                 const std::string& path, const Scope& scope, bool& given);
  Status SetTimeField(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                      const std::string& path, const std::string& text, bool& given);
  Status SetFile(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                 const std::string& path, const Scope& scope, bool& given);
  Status SetNumber(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                   const std::string& path, const std::string& text, bool& given);
  // The value as the target takes it; empty: nothing is said. An error is a Problem's code and
  // detail.
  Result<std::optional<std::string>> ValueOf(Work& work, const Assignment& one,
                                             const std::string& path, const Scope& scope);
  Result<std::optional<std::string>> Coded(Work& work, const Assignment& one,
                                           const std::string& path, const std::string& raw);
  Result<std::optional<std::string>> Converted(Work& work, const Assignment& one,
                                               const std::string& path, const std::string& raw);
  void Touch(const std::vector<Selector>& places, const SourceRecord& record,
             const Scope& scope) const;
  std::string KeyOf(const EventRule& rule, const SourceRecord& record, const Scope& scope) const;

  const Mapping& mapping_;
  const Clock& clock_;
  Uuid7 ids_;
  MapTrace* trace_ = nullptr;
  uint64_t looks_ = 0;  // of the message at hand
};

}  // namespace sam::kit
