#include "broker/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "broker/base/text.h"

namespace sam::log {
namespace {

// Quotes what is not a plain word, so that "line1\nlevel=error" stays one line.
std::string Escape(const std::string& value) {
  bool plain = !value.empty();
  for (const char c : value) {
    const auto b = static_cast<uint8_t>(c);
    plain = plain && (b > 0x20 && b < 0x7F && c != '"' && c != '\\' && c != '=');
  }
  if (plain) return value;
  std::string out = "\"";
  for (const char c : value.substr(0, 2000)) {
    const auto b = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (b < 0x20 || b == 0x7F) out += "\\x" + ToHex(std::string_view(&c, 1));
    else out += c;
  }
  return out + "\"";
}

const char* LevelName(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: return "error";
  }
  return "info";
}

spdlog::logger& Logger() {
  // stderr: stdout belongs to data (NDJSON, tables). The journal daemon takes both.
  static spdlog::logger logger("samsignal", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return logger;
}

}  // namespace

Field::Field(std::string_view k, const EventId& v) : key(k), value(ToUuid(v.view())) {}
Field::Field(std::string_view k, const SignalId& v) : key(k), value(ToUuid(v.view())) {}

void Init(std::string_view program, Level threshold) {
  Logger().set_pattern("%Y-%m-%dT%H:%M:%S.%eZ " + std::string(program) + " %v",
                       spdlog::pattern_time_type::utc);
  Logger().set_level(static_cast<spdlog::level::level_enum>(static_cast<int>(threshold) + 1));
  Logger().flush_on(spdlog::level::debug);
}

std::string FormatLine(Level level, std::string_view stage, std::string_view event,
                       std::initializer_list<Field> fields) {
  std::string line = "level=";
  line += LevelName(level);
  line += " stage=";
  line += stage;
  line += " event=";
  line += event;
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += Escape(field.value);
  }
  return line;
}

void Write(Level level, std::string_view stage, std::string_view event,
           std::initializer_list<Field> fields) {
  const auto spd = static_cast<spdlog::level::level_enum>(static_cast<int>(level) + 1);
  if (!Logger().should_log(spd)) return;
  Logger().log(spd, "{}", FormatLine(level, stage, event, fields));
}

}  // namespace sam::log
