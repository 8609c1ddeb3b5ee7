// Document: one message's XML as a tree, read with everything shut as in sax.h; a message is small
// (options.h), so it may be in memory as a whole. What a schema is checked on, and what selectors
// walk over.
// Any thread, one at a time; owned by whoever reads the message.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/base/result.h"

namespace sam::xml {

struct RawDocument;  // raw_trees.h

struct Node {
  std::string name;  // local
  std::string text;  // its own, without its children's, trimmed; empty as well when xsi:nil
  std::vector<std::pair<std::string, std::string>> attributes;  // those without a namespace
  std::vector<Node> children;

  const std::string* Attribute(std::string_view wanted) const;
};

// The same for two trees that say the same, however they were written.
std::string CanonicalText(const Node& node);

class Document {
 public:
  // Elements of another namespace than `ns` are left out of the tree; empty: none are.
  // kInvalid: no XML, a DOCTYPE, too deep. The text names lines and libxml2's rules, no content.
  static Result<Document> Parse(std::string_view bytes, const std::string& ns, size_t max_depth);

  const Node& root() const { return root_; }
  const RawDocument& raw() const { return *raw_; }

 private:
  struct Free {
    void operator()(RawDocument* raw) const;
  };
  std::unique_ptr<RawDocument, Free> raw_;
  Node root_;
};

}  // namespace sam::xml
