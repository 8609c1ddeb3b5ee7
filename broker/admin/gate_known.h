// What the gate knew of a person when it decided: protection, birth date, consents and what told them. For gate
// explain. Found as the hub finds it, by the rules' own functions (rules/engine.h, rules/merge.h) over the person's
// events in the order of the log, each under the configuration in force there, and with what was told under
// identities that were linked by then. A state holds no identity; a consent's id is its source's own word, perhaps a
// number, and is never shown. Main thread of a tool; one person at a time.
// Limit: what is disposed of is not known any more. Prompts, timers and answers are not followed: they change nothing
// of this.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/dispatch/settings.h"
#include "broker/journal/reader.h"
#include "broker/journal/record.h"
#include "broker/rules/subject_state.h"
#include "broker/store/store.h"

namespace sam::admin {

// By the offset of the record from which on each holds.
using Configurations = std::map<uint64_t, dispatch::Settings>;
Result<Configurations> ReadConfigurations(const Store& store);

// An input that changes what the gate is told of the person: consent, protection, where they live.
struct KnownFact {
  uint64_t offset = 0;
  Millis time;
  std::string type;
};

struct Known {
  schema::Protection protection = schema::Protection::UNKNOWN;
  std::string birth_date;  // empty: nobody has told
  std::vector<rules::Consent> consents;
  std::vector<KnownFact> facts;  // the newest of each type, in the order of the log
};

// One giver's word. Those of one consent have its number, from 1.
struct ConsentWord {
  enum class Who {
    kAll,     // speaks for all who must consent
    kEnough,  // one, and the telling says why that is enough
    kOwn,     // the person that it is about
    kOne,     // one for their own part
    kUnsaid,  // for whom is not told
  };
  size_t consent = 0;
  schema::ConsentChanged::State state = schema::ConsentChanged::State::UNKNOWN;
  Who who = Who::kUnsaid;
  std::string expires;  // YYYY-MM-DD; empty: no end
};
std::vector<ConsentWord> ConsentsTo(const std::string& code, const std::vector<rules::Consent>& consents);

// Takes events one by one. `configurations` must outlive it.
class KnownOverTime {
 public:
  explicit KnownOverTime(const Configurations& configurations) : configurations_(configurations) {}

  // An EVENT record of the person, of an identity that may be linked with it, or that takes back what was told of it;
  // in order of offsets.
  void Take(const journal::Record& record);
  // As it stands after what was taken.
  Known Of(const SubjectId& subject) const;

 private:
  struct Told {
    SubjectId subject;
    KnownFact fact;
  };
  SubjectId Follow(SubjectId subject) const;
  void Merge(const journal::Header& header, const SubjectId& into, const dispatch::Settings& settings);

  const Configurations& configurations_;
  std::map<SubjectId, rules::SubjectState> states_;
  std::vector<Told> told_;
};

// What was known of `subject` when each of `causes` (offsets of inputs) was folded: it and all before it, and nothing
// after it, also where its decision was written later than that.
Result<std::map<uint64_t, Known>> KnownAt(const Store& store, const journal::Reader& reader,
                                          const Configurations& configurations, const SubjectId& subject,
                                          const std::set<uint64_t>& causes);

}  // namespace sam::admin
