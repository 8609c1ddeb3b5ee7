#include "broker/config/toml.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include <toml++/toml.h>

#include "broker/base/text.h"

namespace sam::config {
namespace {

constexpr size_t kMaxFileBytes = 4 << 20;

// What all tables of one document share.
struct Shared {
  std::string file;
  toml::table root;
  // Line, column, text: sorted before they are shown, so that a person reads downwards.
  std::vector<std::tuple<uint32_t, uint32_t, std::string>> errors;
};

std::string At(const std::string& file, const toml::source_position& position) {
  return file + ":" + std::to_string(std::max<uint32_t>(position.line, 1)) + ":" +
         std::to_string(std::max<uint32_t>(position.column, 1));
}

std::string TypeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "text";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a decimal number";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time";
    case toml::node_type::date_time: return "a date with time";
    default: return "nothing";
  }
}

bool IsDate(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return FromIso(text).has_value();
}

std::string Join(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out += '"' + name + '"';
  }
  return out;
}

}  // namespace

class Table::Impl {
 public:
  Impl(std::shared_ptr<Shared> shared, const toml::table* table, std::string name)
      : shared_(std::move(shared)), table_(table), name_(std::move(name)) {}

  const toml::node* Ask(std::string_view key) {
    asked_.emplace(key);
    return table_->get(key);
  }

  const toml::node* Find(std::string_view key) const { return table_->get(key); }
  const toml::table& table() const { return *table_; }
  const std::string& file() const { return shared_->file; }

  std::string Path(std::string_view key) const {
    if (name_.empty()) return std::string(key);
    return name_ + "." + std::string(key);
  }

  toml::source_position Place(std::string_view key) const {
    const auto found = table_->find(key);
    if (found != table_->end()) return found->first.source().begin;
    return table_->source().begin;
  }

  void Error(const toml::source_position& at, const std::string& text) {
    shared_->errors.emplace_back(at.line, at.column, At(shared_->file, at) + ": " + text);
  }

  void Wrong(std::string_view key, const toml::node& found, const std::string& expected) {
    Error(found.source().begin,
          "'" + Path(key) + "': expected " + expected + ", found " + TypeName(found));
  }

  void Missing(std::string_view key, const std::string& expected) {
    Error(Place(key), "'" + Path(key) + "' is missing: expected " + expected);
  }

  std::shared_ptr<Impl> Child(const toml::table* table, std::string_view key) {
    std::shared_ptr<Impl>& child = children_[table];
    if (!child) child = std::make_shared<Impl>(shared_, table, Path(key));
    return child;
  }

  // Names every key that nobody asked for, here and below.
  void NoteUnknown() {
    const std::vector<std::string> known(asked_.begin(), asked_.end());
    for (const auto& [key, node] : *table_) {
      if (asked_.count(std::string(key.str())) != 0) continue;
      const std::string near = NearestName(key.str(), known);
      Error(key.source().begin, "unknown key '" + Path(key.str()) + "'" +
                                    (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
    for (const auto& entry : children_) entry.second->NoteUnknown();
  }

  void LeaveRest() {
    for (const auto& [key, node] : *table_) asked_.insert(std::string(key.str()));
  }

  Shared& shared() { return *shared_; }

 private:
  std::shared_ptr<Shared> shared_;
  const toml::table* table_;
  std::string name_;
  std::set<std::string> asked_;
  std::map<const toml::table*, std::shared_ptr<Impl>> children_;
};

namespace {

// The text of a node, or an error at its place.
std::optional<std::string> TextOf(Table::Impl& impl, std::string_view key, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) {
    impl.Wrong(key, node, "text");
    return std::nullopt;
  }
  if (text->get().find('\0') != std::string::npos) {
    impl.Error(node.source().begin, "'" + impl.Path(key) + "': text may not hold NUL character");
    return std::nullopt;
  }
  return text->get();
}

std::optional<int64_t> IntOf(Table::Impl& impl, std::string_view key, const toml::node& node,
                             int64_t min, int64_t max) {
  const std::string expected =
      "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  const auto* number = node.as_integer();
  if (number == nullptr) {
    impl.Wrong(key, node, expected);
    return std::nullopt;
  }
  if (number->get() < min || number->get() > max) {
    impl.Error(node.source().begin, "'" + impl.Path(key) + "': expected " + expected + ", found " +
                                        std::to_string(number->get()));
    return std::nullopt;
  }
  return number->get();
}

}  // namespace

std::string Table::Text(std::string_view key) {
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) {
    impl_->Missing(key, "text");
    return "";
  }
  std::string text = TextOf(*impl_, key, *node).value_or("-");
  if (text.empty()) {
    impl_->Error(node->source().begin, "'" + impl_->Path(key) + "': may not be empty");
  }
  return text;
}

int64_t Table::Int(std::string_view key, int64_t min, int64_t max) {
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) {
    impl_->Missing(
        key, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }
  return IntOf(*impl_, key, *node, min, max).value_or(min);
}

bool Table::Bool(std::string_view key) {
  if (impl_->Find(key) == nullptr) {
    impl_->Ask(key);
    impl_->Missing(key, "true or false");
    return false;
  }
  return BoolOr(key, false);
}

std::string Table::TextOr(std::string_view key, std::string_view fallback) {
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) return std::string(fallback);
  return TextOf(*impl_, key, *node).value_or(std::string(fallback));
}

int64_t Table::IntOr(std::string_view key, int64_t fallback, int64_t min, int64_t max) {
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) return fallback;
  return IntOf(*impl_, key, *node, min, max).value_or(fallback);
}

bool Table::BoolOr(std::string_view key, bool fallback) {
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) return fallback;
  const auto* value = node->as_boolean();
  if (value == nullptr) {
    impl_->Wrong(key, *node, "true or false");
    return fallback;
  }
  return value->get();
}

std::vector<std::string> Table::TextList(std::string_view key) {
  std::vector<std::string> out;
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) return out;
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    impl_->Wrong(key, *node, "a list of texts");
    return out;
  }
  for (const toml::node& element : *list) {
    std::optional<std::string> text = TextOf(*impl_, key, element);
    if (text) out.push_back(std::move(*text));
  }
  return out;
}

std::vector<int64_t> Table::IntList(std::string_view key, int64_t min, int64_t max) {
  std::vector<int64_t> out;
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) return out;
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    impl_->Wrong(key, *node, "a list of whole numbers");
    return out;
  }
  for (const toml::node& element : *list)
    if (const auto number = IntOf(*impl_, key, element, min, max)) out.push_back(*number);
  return out;
}

std::optional<std::string> Table::Date(std::string_view key) {
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* date = node->as_date(); date != nullptr) {
    char text[40];
    std::snprintf(text, sizeof text, "%04u-%02u-%02u", static_cast<unsigned>(date->get().year),
                  static_cast<unsigned>(date->get().month),
                  static_cast<unsigned>(date->get().day));
    return std::string(text);
  }
  const auto* text = node->as_string();
  if (text == nullptr) {
    impl_->Wrong(key, *node, "a date such as 2026-03-01");
    return std::nullopt;
  }
  if (!IsDate(text->get())) {
    impl_->Error(node->source().begin,
                 "'" + impl_->Path(key) + "': expected a date such as 2026-03-01");
    return std::nullopt;
  }
  return text->get();
}

void Table::LeaveRest() { impl_->LeaveRest(); }

int Table::OneOf(std::string_view key, const std::vector<std::string>& allowed, int fallback) {
  const int otherwise = std::max(fallback, 0);
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) {
    if (fallback < 0) impl_->Missing(key, "one of " + Join(allowed));
    return otherwise;
  }
  const std::optional<std::string> text = TextOf(*impl_, key, *node);
  if (!text) return otherwise;
  const auto found = std::find(allowed.begin(), allowed.end(), *text);
  if (found != allowed.end()) return static_cast<int>(found - allowed.begin());
  const std::string near = NearestName(*text, allowed);
  impl_->Error(node->source().begin, "'" + impl_->Path(key) + "': expected one of " +
                                         Join(allowed) + ", found \"" + *text + "\"" +
                                         (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  return otherwise;
}

bool Table::Has(std::string_view key) const { return impl_->Find(key) != nullptr; }

std::vector<std::string> Table::Keys() const {
  // toml++ keeps keys sorted; a person expects the order of the file.
  std::vector<std::tuple<uint32_t, uint32_t, std::string>> placed;
  for (const auto& [key, node] : impl_->table()) {
    const toml::source_position at = key.source().begin;
    placed.emplace_back(at.line, at.column, std::string(key.str()));
  }
  std::sort(placed.begin(), placed.end());
  std::vector<std::string> out;
  out.reserve(placed.size());
  for (auto& entry : placed) out.push_back(std::move(std::get<2>(entry)));
  return out;
}

std::optional<Table> Table::Sub(std::string_view key) {
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) return std::nullopt;
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    impl_->Wrong(key, *node, "a table [" + impl_->Path(key) + "]");
    return std::nullopt;
  }
  return Table(impl_->Child(table, key));
}

std::vector<Table> Table::List(std::string_view key) {
  std::vector<Table> out;
  const toml::node* node = impl_->Ask(key);
  if (node == nullptr) return out;
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    impl_->Wrong(key, *node, "a list of tables [[" + impl_->Path(key) + "]]");
    return out;
  }
  for (const toml::node& element : *list) {
    const toml::table* table = element.as_table();
    if (table == nullptr) {
      impl_->Wrong(key, element, "a table in the list [[" + impl_->Path(key) + "]]");
      continue;
    }
    out.push_back(Table(impl_->Child(table, key)));
  }
  return out;
}

void Table::Fail(std::string_view key, std::string_view expected) {
  const std::string name = key.empty() ? std::string("this table") : "'" + impl_->Path(key) + "'";
  const toml::node* node = key.empty() ? nullptr : impl_->Find(key);
  const toml::source_position at = node != nullptr ? node->source().begin : impl_->Place(key);
  impl_->Error(at, name + ": expected " + std::string(expected));
}

std::string Table::Where(std::string_view key) const {
  return At(impl_->file(), impl_->Place(key));
}

std::string Table::WhereItem(std::string_view key, size_t index) const {
  const toml::node* node = impl_->Find(key);
  const toml::array* list = node == nullptr ? nullptr : node->as_array();
  if (list == nullptr || index >= list->size()) return Where(key);
  return At(impl_->file(), (*list)[index].source().begin);
}

Result<Document> Document::Parse(std::string text, std::string file_name) {
  if (text.size() > kMaxFileBytes) {
    return Invalid(file_name + ": larger than 4 MiB; this is not a configuration file");
  }
  Document document;
  auto shared = std::make_shared<Shared>();
  shared->file = std::move(file_name);
  try {
    shared->root = toml::parse(std::string_view(text), std::string_view(shared->file));
  } catch (const toml::parse_error& error) {
    return Invalid(At(shared->file, error.source().begin) + ": not valid TOML: " +
                   std::string(error.description()));
  }
  const toml::table* root = &shared->root;
  document.root_ = std::make_shared<Table::Impl>(std::move(shared), root, "");
  document.text_ = std::move(text);
  return document;
}

Result<Document> Document::Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("cannot open configuration file " + path + "; check path and rights");
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.good() && !file.eof()) {
    return NotFound("cannot read configuration file " + path + "; is it a folder?");
  }
  return Parse(text.str(), path);
}

Table Document::Root() { return Table(root_); }

Status Document::Done() {
  root_->NoteUnknown();
  auto& errors = root_->shared().errors;
  if (errors.empty()) return Ok();
  std::sort(errors.begin(), errors.end());
  errors.erase(std::unique(errors.begin(), errors.end()), errors.end());
  std::string all;
  for (const auto& error : errors) {
    if (!all.empty()) all += '\n';
    all += std::get<2>(error);
  }
  return Invalid(std::move(all));
}

const std::string& Document::text() const { return text_; }

}  // namespace sam::config
