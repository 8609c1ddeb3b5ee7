#include "broker/admin/erasures.h"

#include <filesystem>
#include <sstream>

#include "broker/base/clock.h"
#include "broker/base/durable_file.h"
#include "broker/base/text.h"
#include "broker/base/whole_file.h"

namespace sam::admin {
namespace {

constexpr char kHead[] = "# Samsignal: who was erased, by random number. Keep it with the backups; it names nobody.\n";
constexpr mode_t kMode = 0600;

std::string Written(const Erasures& all) {
  std::string text = kHead;
  for (const auto& [subject, at] : all)
    text.append(ToHex(subject.view())).append(" ").append(ToIso(at)).append("\n");
  return text;
}

}  // namespace

Result<Erasures> ReadErasures(const std::string& path) {
  Erasures out;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return out;
  SAM_ASSIGN(const std::string text, ReadWholeFile(path));
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    const size_t blank = line.find(' ');
    const auto bytes = FromHex(line.substr(0, blank));
    const auto subject = SubjectId::From(bytes.value_or(""));
    const auto at = FromIso(blank == std::string::npos ? "" : line.substr(blank + 1));
    if (!subject || !at)
      return Corrupt(path + ":" + std::to_string(number) +
                     ": not a line of the list of erasures; take the copy that stands beside the backups");
    out.emplace(*subject, *at);
  }
  return out;
}

Status AddErasures(const std::string& path, const Erasures& more) {
  SAM_ASSIGN(Erasures all, ReadErasures(path));
  const size_t before = all.size();
  all.insert(more.begin(), more.end());
  if (all.size() == before) return Ok();
  return ReplaceSynced(path, Written(all), kMode);
}

}  // namespace sam::admin
