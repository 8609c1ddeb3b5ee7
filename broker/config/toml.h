// Strict TOML: what IT departments know, with comments and source positions. An unknown key, a
// wrong type or a value out of range is refused with file:line:column, what was expected and the nearest
// known name. toml++ appears in toml.cc only (the folder's one file with `catch`).
// Any thread; a Document is immutable after Parse.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::config {

// One table of a document. Remembers which keys were asked for, so that Done() can name a key that
// nobody knows. Errors are collected: read all fields, then check Done() once.
class Table {
 public:
  // Required; an absent or wrong one is noted as an error and a default value returned.
  std::string Text(std::string_view key);
  int64_t Int(std::string_view key, int64_t min, int64_t max);
  bool Bool(std::string_view key);

  // Optional.
  std::string TextOr(std::string_view key, std::string_view fallback);
  int64_t IntOr(std::string_view key, int64_t fallback, int64_t min, int64_t max);
  bool BoolOr(std::string_view key, bool fallback);
  std::vector<std::string> TextList(std::string_view key);  // absent: empty
  std::vector<int64_t> IntList(std::string_view key, int64_t min, int64_t max);  // absent: empty
  std::optional<std::string> Date(std::string_view key);    // YYYY-MM-DD, TOML local date or text
  // One of `allowed`; the index of it. Absent: `fallback` (negative: required).
  int OneOf(std::string_view key, const std::vector<std::string>& allowed, int fallback = -1);

  bool Has(std::string_view key) const;
  std::vector<std::string> Keys() const;                    // in document order
  std::optional<Table> Sub(std::string_view key);           // [key]
  std::vector<Table> List(std::string_view key);            // [[key]]

  // What the other keys mean cannot be told: none of them is called unknown.
  void LeaveRest();

  // Puts an own finding at a key's place (or the table's, when the key is absent).
  void Fail(std::string_view key, std::string_view expected);
  std::string Where(std::string_view key = {}) const;       // "file.toml:12:3"
  // The place of a list's element, or of the key when it has none such.
  std::string WhereItem(std::string_view key, size_t index) const;

  class Impl;
  explicit Table(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<Impl> impl_;
};

class Document {
 public:
  static Result<Document> Parse(std::string text, std::string file_name);
  static Result<Document> Load(const std::string& path);  // kNotFound names the path
  Table Root();
  // All errors so far plus every key never asked for, one per line; kInvalid.
  Status Done();
  const std::string& text() const;

 private:
  std::shared_ptr<Table::Impl> root_;
  std::string text_;
};

}  // namespace sam::config
