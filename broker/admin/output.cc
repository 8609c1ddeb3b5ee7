#include "broker/admin/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "broker/base/clock.h"

namespace sam::admin {
namespace {

void Put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

std::string Dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Columns line up by characters, not bytes: å is one.
size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

int ExitOf(const Error& error) {
  switch (error.code) {
    case Code::kNotFound: return kNotFound;
    case Code::kDenied: return kDenied;
    case Code::kConflict: return kConflict;
    case Code::kUnavailable:
    case Code::kExhausted: return kUnavailable;
    case Code::kCorrupt: return kIntegrity;
    case Code::kInvalid:
    case Code::kInternal: return kGeneral;
  }
  return kGeneral;
}

void Output::Line(std::string_view text) {
  if (!json_) Put(text);
}

void Output::Object(std::string_view type, nlohmann::json fields) {
  if (!json_) return;
  fields["v"] = 1;
  fields["type"] = type;
  Put(Dump(fields));
}

void Output::Table(std::string_view type, const std::vector<std::string>& headers,
                   const std::vector<std::vector<std::string>>& rows) {
  if (json_) {
    for (const auto& row : rows) {
      nlohmann::json fields;
      for (size_t i = 0; i < headers.size(); ++i) fields[headers[i]] = row[i];
      Object(type, std::move(fields));
    }
    return;
  }
  std::vector<size_t> widths;
  widths.reserve(headers.size());
  for (const std::string& header : headers) widths.push_back(Width(header));
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  const auto print = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      line += cells[i];
      if (i + 1 < cells.size()) line.append(widths[i] - Width(cells[i]) + 2, ' ');
    }
    Put(line);
  };
  print(headers);
  for (const auto& row : rows) print(row);
}

int Output::Fail(const Error& error) {
  EndProgress();
  const int code = ExitOf(error);
  if (json_)
    Object("error", {{"code", CodeName(error.code)}, {"message", error.message}, {"exit", code}});
  else
    std::fprintf(stderr, "error: %s\n", error.message.c_str());
  return code;
}

void Output::Progress(std::string_view what, uint64_t done, uint64_t total) {
  if (isatty(STDERR_FILENO) == 0) return;
  const int64_t now = SystemClock().SteadyMicros();
  if (progress_shown_ && now - last_progress_us_ < 500'000 && done != total) return;
  last_progress_us_ = now;
  progress_shown_ = true;
  std::fprintf(stderr, "\r%.*s %llu of %llu ", static_cast<int>(what.size()), what.data(),
               static_cast<unsigned long long>(done), static_cast<unsigned long long>(total));
}

void Output::EndProgress() {
  if (progress_shown_) std::fputc('\n', stderr);
  progress_shown_ = false;
}

}  // namespace sam::admin
