// Html: a page's text as it is written. Whatever is not this program's own markup goes through Text or
// an attribute and is escaped there, so that no sender can write on a reader's page. A plain value.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sam::inbox::web {

// & < > " ' and control characters other than line breaks; safe in text and in quoted attributes.
std::string Escaped(std::string_view text);

class Html {
 public:
  // An attribute without a value ("checked") has an empty one.
  using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  Html& Open(std::string_view tag, Attributes attributes = {});
  Html& Close(std::string_view tag);
  Html& Text(std::string_view text);
  Html& Element(std::string_view tag, std::string_view text, Attributes attributes = {});
  Html& Add(const Html& other);  // markup that another Html wrote
  bool empty() const { return out_.empty(); }
  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

}  // namespace sam::inbox::web
