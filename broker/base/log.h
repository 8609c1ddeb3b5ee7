// The only door to logging: one key=value line per happening on stderr, which the journal daemon
// takes over. Any thread. Severity: warn = an operator may look; error = an operator must act and
// deploy/OPERATING.md has that event's line.
// Field values are of a closed set of kinds (numbers, short codes, ids of ours); there is no way
// to pass a PersonId, and text values are escaped, so that no input can forge a line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::log {

enum class Level { kDebug, kInfo, kWarn, kError };

struct Field {
  std::string_view key;
  std::string value;
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, int64_t v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, uint64_t v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, int v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, unsigned v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  Field(std::string_view k, Code v) : key(k), value(CodeName(v)) {}
  template <typename Tag>
  Field(std::string_view k, Number<Tag> v) : key(k), value(std::to_string(v.value)) {}
  Field(std::string_view k, const EventId& v);
  Field(std::string_view k, const SignalId& v);
};

// Sets the threshold and the program name printed on each line. Call once from main.
void Init(std::string_view program, Level threshold);

// log::Write(Level::kInfo, "journal", "opened", {{"offset", o}});
void Write(Level level, std::string_view stage, std::string_view event,
           std::initializer_list<Field> fields = {});

inline void Debug(std::string_view s, std::string_view e, std::initializer_list<Field> f = {}) { Write(Level::kDebug, s, e, f); }
inline void Info(std::string_view s, std::string_view e, std::initializer_list<Field> f = {}) { Write(Level::kInfo, s, e, f); }
inline void Warn(std::string_view s, std::string_view e, std::initializer_list<Field> f = {}) { Write(Level::kWarn, s, e, f); }
inline void Error(std::string_view s, std::string_view e, std::initializer_list<Field> f = {}) { Write(Level::kError, s, e, f); }

// The line as it is written, without time and program; for tests.
std::string FormatLine(Level level, std::string_view stage, std::string_view event,
                       std::initializer_list<Field> fields);

}  // namespace sam::log
