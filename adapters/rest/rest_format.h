// "rest-json": one row of a REST answer behind the SourceRecord door. A message is
// {"endpoint":"Actualisations","row":{...}}, with "at":"..." for a change that the row itself does
// not tell (../sql); a selector is a field name of the row, with dots into
// objects and [1] (from 1) or [*] into lists: PersonId, Person.Name, Services[*].Type.
// "@endpoint" is the endpoint's name. null, "" and what is no text, number or boolean say nothing.
// Any thread, one at a time. The format is owned by the mapping and outlives its records.
// Limits: kMaxParts names in a selector.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/zone.h"
#include "adapters/kit/source_record.h"

namespace sam::rest {

struct PathPart {
  enum class Index { kNone, kAll, kOne };  // kNone in a list: the first, or the unit at hand
  std::string name;
  Index index = Index::kNone;
  unsigned number = 0;  // kOne: from 1
};

struct RestPath {
  bool endpoint = false;
  std::vector<PathPart> parts;
};

class RestFormat final : public kit::SourceFormat {
 public:
  static constexpr size_t kMaxParts = 8;
  std::string name() const override { return "rest-json"; }
  Result<kit::Selector> Compile(std::string_view text) override;
  Status CheckUnit(std::string_view unit) const override;        // "Services", "Person.Children"
  Status CheckTrigger(std::string_view trigger) const override;  // "Decisions", "Decisions:Bistånd"
  const RestPath& at(const kit::Selector& selector) const { return compiled_[selector.id]; }

 private:
  std::vector<RestPath> compiled_;
};

// Names of the fields that the adapter itself looks at, for each endpoint.
struct RowFields {
  std::string id = "Id";
  std::string type;  // its value is put into the trigger; empty: not
};
using RowFieldsByEndpoint = std::map<std::string, RowFields>;

class RestRecord final : public kit::SourceRecord {
 public:
  // kInvalid: no such message; says which rule it breaks. `today` judges centuries of ten-digit
  // person numbers. Fields of an endpoint that is not listed: the defaults.
  static Result<std::unique_ptr<RestRecord>> Parse(const RestFormat& format,
                                                   const RowFieldsByEndpoint& fields,
                                                   const std::string& bytes, const hl7::Zone& zone,
                                                   Millis today);
  ~RestRecord() override;

  kit::Selected Get(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<kit::Selected> All(const kit::Selector& selector,
                                 const kit::Scope& scope) const override;
  unsigned Count(std::string_view unit) const override;
  std::string trigger() const override { return trigger_; }
  Result<std::string> MessageId() const override { return message_id_; }
  bool test() const override { return false; }  // an extract does not say
  Result<kit::TimeValue> Time(std::string_view text) const override;
  Result<std::string> Date(std::string_view text) const override;
  std::vector<kit::IdentifierValue> Identifiers(const kit::Selector& selector,
                                                const kit::Scope& scope) const override;
  std::string PersonName(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<std::string> Doubts() const override { return {}; }
  std::vector<std::string> Places() const override;  // "Person.Name"; of a list without a number
  std::vector<std::string> Touched(const kit::Selector& selector,
                                   const kit::Scope& scope) const override;

 private:
  class Json;  // the parsed text
  RestRecord(const RestFormat& format, const hl7::Zone& zone, Millis today);
  std::vector<std::string> Texts(const RestPath& path, const kit::Scope& scope, bool all) const;

  const RestFormat& format_;
  hl7::Zone zone_;
  Millis today_;
  std::unique_ptr<Json> json_;
  std::string endpoint_, trigger_, message_id_;
  RowFields own_;  // read by the decoder itself
};

}  // namespace sam::rest
