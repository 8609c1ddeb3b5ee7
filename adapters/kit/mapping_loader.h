// The reading half of Mapping: TOML tables to rules, collecting all findings so that an IT
// technician sees every mistake at once. Used by mapping.cc only.
// One owner, one thread: it lives while one mapping is read and only borrows what it is given.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kit/mapping.h"
#include "adapters/kit/source_kind.h"
#include "broker/config/toml.h"

namespace sam::kit {

class MappingLoader {
 public:
  // `folder`: of the mapping, with '/' or empty; tables are named by it in findings.
  MappingLoader(Mapping& mapping, std::string folder, const ReadFile& read,
                const SourceKinds& kinds)
      : mapping_(mapping), folder_(std::move(folder)), read_(read), kinds_(kinds) {}
  void Read(config::Table root);
  // All findings, one a line, or Ok.
  Status Done(config::Document& document) const;
  // Texts that the digest covers besides the mapping: names and bytes of the tables.
  const std::vector<std::pair<std::string, std::string>>& table_texts() const { return texts_; }

 private:
  void ReadHead(config::Table root);
  void ReadTables(config::Table root);
  void ReadRule(config::Table rule);
  void ReadAside(config::Table rule, EventRule& out);
  void ReadTriggers(config::Table rule, EventRule& out);
  void ReadKey(config::Table rule, EventRule& out);
  void ReadFields(config::Table fields, capnp::StructSchema schema, std::vector<Assignment>& out);
  std::optional<Assignment> ReadAssignment(config::Table fields, const std::string& key,
                                           capnp::StructSchema schema);
  void ReadItem(config::Table spec, const std::string& where, Assignment& out);
  void ReadSource(config::Table spec, Assignment& out);
  // False: `as` says nothing that is known.
  bool ReadConvert(config::Table spec, const std::string& where, Assignment& out);
  void CheckUnit(const std::string& where, const std::string& unit);
  void CheckTypes(const std::string& where, const Assignment& assignment);
  void CheckCodes(const std::string& where, const Assignment& assignment);
  void CheckCells(const std::string& where, const Assignment& assignment);
  void CheckGives(const config::Table& spec, const std::string& key, const Lookup& lookup,
                  const std::vector<std::string>& values);
  void HintTables(config::Table root);
  void CheckRequired(const std::string& where, const EventRule& rule);
  std::optional<Condition> ReadCondition(config::Table spec);
  bool ReadPlaces(config::Table spec, const std::string& key, std::vector<Selector>& out);
  std::optional<Lookup> ReadLookup(config::Table spec, const std::string& key);
  std::optional<Selector> Compile(const std::string& where, const std::string& text);
  void Fail(const std::string& where, const std::string& what) {
    errors_.push_back(where + ": " + what);
  }
  void Hint(const std::string& where, const std::string& what) {
    mapping_.hints_.push_back(where + ": " + what);
  }

  Mapping& mapping_;
  const std::string folder_;
  const ReadFile& read_;
  const SourceKinds& kinds_;
  std::vector<std::string> errors_;
  std::vector<std::pair<std::string, std::string>> texts_;
  std::set<std::string> table_names_;
  std::set<std::string> used_tables_;
  std::set<std::string> told_cells_;  // a wrong cell is told once, however many rules read it
};

// Header fields that the kit sets for every event; a mapping that sets them too would disagree.
const std::vector<std::string>& OwnHeaderFields();

}  // namespace sam::kit
