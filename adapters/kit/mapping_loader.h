// The reading half of Mapping: TOML tables to rules, collecting all findings so that an IT
// technician sees every mistake at once. Used by mapping.cc only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/kit/mapping.h"
#include "adapters/kit/source_kind.h"
#include "broker/config/toml.h"

namespace sam::kit {

class MappingLoader {
 public:
  MappingLoader(Mapping& mapping, const ReadFile& read, const SourceKinds& kinds)
      : mapping_(mapping), read_(read), kinds_(kinds) {}
  void Read(config::Table root);
  // All findings, one a line, or Ok.
  Status Done(config::Document& document) const;
  // Texts that the digest covers besides the mapping: names and bytes of the tables.
  const std::vector<std::pair<std::string, std::string>>& table_texts() const { return texts_; }

 private:
  void ReadHead(config::Table root);
  void ReadTables(config::Table root);
  void ReadRule(config::Table rule);
  void ReadTriggers(config::Table rule, EventRule& out);
  void ReadKey(config::Table rule, EventRule& out);
  void ReadFields(config::Table fields, capnp::StructSchema schema, std::vector<Assignment>& out);
  std::optional<Assignment> ReadAssignment(config::Table fields, const std::string& key,
                                           capnp::StructSchema schema);
  void ReadItem(config::Table spec, const std::string& where, Assignment& out);
  void ReadSource(config::Table spec, Assignment& out);
  void ReadConvert(config::Table spec, const std::string& where, Assignment& out);
  void CheckTypes(const std::string& where, const Assignment& assignment);
  void CheckCodes(const std::string& where, const Assignment& assignment);
  void CheckRequired(const std::string& where, const EventRule& rule);
  std::optional<Condition> ReadCondition(config::Table spec);
  std::optional<Lookup> ReadLookup(config::Table spec, const std::string& key);
  std::optional<Selector> Compile(const config::Table& spec, const std::string& key,
                                  const std::string& text);
  void Fail(const std::string& where, const std::string& what) {
    errors_.push_back(where + ": " + what);
  }

  Mapping& mapping_;
  const ReadFile& read_;
  const SourceKinds& kinds_;
  std::vector<std::string> errors_;
  std::vector<std::pair<std::string, std::string>> texts_;
};

}  // namespace sam::kit
