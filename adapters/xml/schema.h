// Schema: an XSD, loaded once, and documents checked against it. What is wrong is said by the rule
// and the path of element names; never by libxml2's own words, which repeat the value. A name that
// neither the schema nor the configuration knows is shown as ?, since a sender may write anything.
// Files that a schema includes are read from the disk; the network is never asked.
// One thread. Owned by the options that name it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/xml/document.h"
#include "broker/base/result.h"

namespace sam::xml {

struct RawSchema;  // raw_trees.h

struct SchemaFault {
  uint64_t line = 0;               // of the document
  std::vector<std::string> names;  // from the root to the element; as in the document
  std::string attribute;
  std::string rule;  // for people, without content
};

class Schema {
 public:
  // kNotFound or kInvalid, with file and line.
  static Result<std::unique_ptr<Schema>> Load(const std::string& path);

  // The first thing that is wrong.
  std::optional<SchemaFault> Check(const Document& document) const;
  // Names of elements and attributes that it declares itself.
  const std::set<std::string>& names() const { return names_; }
  // False: it includes other files, whose names are not among them.
  bool knows_all_names() const { return knows_all_names_; }

 private:
  struct Free {
    void operator()(RawSchema* raw) const;
  };
  std::unique_ptr<RawSchema, Free> raw_;
  std::set<std::string> names_;
  bool knows_all_names_ = true;
};

}  // namespace sam::xml
