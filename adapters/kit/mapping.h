// Mapping: how messages of one format become events, as a TOML file that no compiler has to see.
// Every target field is checked against the schema when the file is loaded: an unknown field, a
// wrong type, an unknown code or a required field that is never set is refused with
// file:line:column. No scripts. The language is described in adapters/kit/README.md.
// Any thread after Load; owned by main or a test. Limits: see the constants.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kit/code_table.h"
#include "adapters/kit/source_record.h"
#include "adapters/kit/target.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/contract/catalogue.h"

namespace sam::kit {

struct SourceKinds;

enum class Convert {
  kPlain, kTime, kDate, kInt, kIdentifiers, kName, kMunicipality, kHsaId, kOrgNr,
  kBase64, kFile,  // of Attachment.digest: the bytes themselves, or the name of a file beside
  kSignal,         // the id of a signal in a text that names it ("samsignal-3fa9...")
  kHours           // whole hours from the time at `since` to the one at `from`
};
// What to do with a code that has no row in its table (or is no name of the enum).
enum class Unknown { kDefault, kSkip, kQuarantine };

// A column of a code table; `table` points into the mapping.
struct Lookup {
  std::string name;
  const CodeTable* table = nullptr;
  size_t column = 0;
};

struct Condition {
  enum class Op {
    kIn, kNotIn, kOtherThan, kPresent, kAbsent, kTable, kTableNot, kUnknownIn, kWithinHours
  };
  std::vector<Selector> at;  // the first place with a value counts
  Op op = Op::kIn;
  std::vector<std::string> values;
  // kTable: has a row that gives something, one of `values` if there are any. kTableNot: gives none
  // of `values`. kUnknownIn: there is a value and the table has no row for it.
  std::optional<Lookup> lookup;
  // kWithinHours: the time at `of` is later than so many hours before the time at `at`.
  std::vector<Selector> of;
  int64_t hours = 0;
  std::string stands_at;  // file:line:column of the mapping, here and below
};

struct Assignment {
  Target target;
  std::vector<Selector> from;  // the first with a value counts
  bool all = false;            // from_all: the values of all places, joined
  std::optional<std::string> constant;
  std::optional<std::string> fallback;  // when no place says anything
  std::optional<Lookup> lookup;
  std::vector<Selector> since;  // kHours
  Convert convert = Convert::kPlain;
  Unknown unknown = Unknown::kDefault;
  std::optional<std::string> join;  // all values as one text
  std::string each;                 // kStructList: one item for each of these units ...
  // kStructList: ... that meets these ...; any other field is set only where they are met.
  std::vector<Condition> where;
  std::vector<Assignment> item;  // ... set so
  std::string stands_at;
};

struct DoubtRule {
  std::string code;
  Condition when;
};

struct KeyPart {  // of an episode key: a literal, or the first of these places with a value
  std::string literal;
  std::vector<Selector> at;
};

// A source that sends its whole row with every change says the same fact many times.
enum class Repeat {
  kAlways,   // each message is told
  kOnce,     // only when no event of this type was told for the episode
  kChanged,  // the first as it is; later ones only when their body is another: as corrections
};

struct EventRule {
  std::string name;
  const contract::EventType* type = nullptr;
  std::vector<std::string> when;  // triggers
  std::string each;               // unit; empty: once for the message
  std::vector<Condition> conditions;
  // Not empty: a message that meets the conditions tells nothing and goes to quarantine with this
  // reason, whatever other rules make of it. Such a rule has no fields.
  std::string aside;
  std::vector<DoubtRule> doubts;
  std::vector<KeyPart> episode_key;
  // Replaces the last event of this type told for the same episode; no such event, no rule.
  const contract::EventType* replaces = nullptr;
  Repeat repeat = Repeat::kAlways;
  // An event of this rule's own type told before for the same episode is corrected by this one.
  bool corrects = false;
  std::vector<Assignment> header;  // the common ones first
  std::vector<Assignment> body;
  std::string stands_at;
};

// A code table as it was loaded: what an audit of changes compares.
struct TableVersion {
  std::string name;
  std::string version;
  Digest digest;  // of its bytes
};

// Whose facts they are. The mapping gives defaults, the adapter's configuration overrides them.
struct SourceIdentity {
  std::string system_id;
  std::string org_nr;
  std::string board;
  std::string unit_hsa_id;
  bool private_regime = false;
};

// Reads a file named in the mapping, relative to it. Given by the caller, so that tests need no
// disk.
using ReadFile = std::function<Result<std::string>(const std::string& name)>;

class Mapping {
 public:
  static constexpr size_t kMaxRules = 500;

  // Its format must be one of `kinds`.
  static Result<std::unique_ptr<Mapping>> Load(const std::string& path, const SourceKinds& kinds);
  static Result<std::unique_ptr<Mapping>> Parse(const std::string& text, const std::string& file,
                                                const ReadFile& read, const SourceKinds& kinds);

  const std::string& id() const { return id_; }
  const std::string& version() const { return version_; }
  const Digest& digest() const { return digest_; }  // over the mapping and its tables
  const std::string& zone() const { return zone_; }
  const SourceIdentity& defaults() const { return defaults_; }
  const SourceFormat& format() const { return *format_; }
  const std::vector<EventRule>& rules() const { return rules_; }
  bool Wants(const std::string& trigger) const;  // some rule names it
  const std::vector<TableVersion>& tables() const { return versions_; }
  // What is right in form and surely not meant, one a line as file:line:column: a table nobody
  // uses, a segment that no version of the format has.
  const std::vector<std::string>& hints() const { return hints_; }

 private:
  friend class MappingLoader;
  Mapping() = default;
  std::string id_, version_, zone_;
  Digest digest_;
  SourceIdentity defaults_;
  std::unique_ptr<SourceFormat> format_;
  std::map<std::string, CodeTable, std::less<>> tables_;
  std::vector<EventRule> rules_;
  std::vector<TableVersion> versions_;
  std::vector<std::string> hints_;
};

}  // namespace sam::kit
