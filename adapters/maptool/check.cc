#include "adapters/maptool/check.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <tuple>
#include <utility>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/mapping.h"
#include "adapters/maptool/json.h"
#include "broker/base/text.h"
#include "broker/base/whole_file.h"
#include "broker/config/toml.h"

namespace sam::maptool {
namespace {

// The digits that end `text`, after a colon; the text is cut before it.
std::optional<int> CutNumber(std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size() || text.size() - colon > 9)
    return std::nullopt;
  for (size_t i = colon + 1; i < text.size(); ++i)
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return std::nullopt;
  const int out = std::atoi(text.c_str() + colon + 1);
  text.resize(colon);
  return out;
}

std::string NearestIn(const std::string& what) {
  for (const std::string_view mark : {"did you mean ", "the nearest is "}) {
    const size_t at = what.rfind(mark);
    if (at == std::string::npos) continue;
    const size_t begin = at + mark.size() + 1;
    if (begin >= what.size()) continue;
    const size_t end = what.find(what[begin - 1], begin);
    if (end != std::string::npos) return what.substr(begin, end - begin);
  }
  return "";
}

void Add(const std::string& lines, const std::string& file, bool hint, CheckReport& out) {
  for (const std::string_view line : Split(lines, '\n')) {
    Finding one = ParseFinding(std::string(line), file);
    one.hint = hint;
    out.findings.push_back(std::move(one));
  }
}

// Empty: the mapping cannot be loaded.
std::unique_ptr<kit::Mapping> CheckOne(const std::string& path, const kit::SourceKinds& kinds,
                                       CheckReport& out) {
  Result<std::unique_ptr<kit::Mapping>> mapping = kit::Mapping::Load(path, kinds);
  if (!mapping.ok()) {
    Add(mapping.error().message, path, false, out);
    return nullptr;
  }
  for (const std::string& hint : (*mapping)->hints()) Add(hint, path, true, out);
  out.mapping = (*mapping)->id();
  out.mapping.append(" ").append((*mapping)->version());
  out.rules = (*mapping)->rules().size();
  out.digest = ToHex((*mapping)->digest().view());
  return std::move(mapping).value();
}

// The mapping that a configuration names, though the rest of it may be wrong.
std::string MappingOf(config::Document& document, const std::string& path) {
  std::optional<config::Table> section = document.Root().Sub("mapping");
  const std::string file = section ? section->TextOr("file", "") : "";
  const size_t slash = path.rfind('/');
  return kit::Under(slash == std::string::npos ? "" : path.substr(0, slash + 1), file);
}

void CheckBoth(config::Document& document, const std::string& path, const kit::SourceKinds& kinds,
               const Clock& clock, CheckReport& out) {
  const Result<kit::AdapterConfig> config = kit::AdapterConfig::Parse(document.text(), path, kinds);
  if (!config.ok()) Add(config.error().message, path, false, out);
  const std::string file = MappingOf(document, path);
  if (file.empty()) return;
  const std::unique_ptr<kit::Mapping> mapping = CheckOne(file, kinds, out);
  if (!mapping || !config.ok()) return;
  const Status carries = kit::CheckCarries(kinds, *config, *mapping);
  if (!carries.ok()) return Add(carries.error().message, path, false, out);
  const Result<std::unique_ptr<kit::Decoder>> decoder =
      kit::MakeDecoder(kinds, *config, *mapping, clock, Random(1));
  if (!decoder.ok()) Add(decoder.error().message, path, false, out);
}

}  // namespace

bool CheckReport::ok() const {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& one) { return one.hint; });
}

Finding ParseFinding(const std::string& line, const std::string& fallback) {
  Finding out;
  out.file = fallback;
  out.what = line;
  for (size_t end = line.find(": "); end != std::string::npos; end = line.find(": ", end + 1)) {
    std::string place = line.substr(0, end);
    const std::optional<int> column = CutNumber(place);
    const std::optional<int> row = column ? CutNumber(place) : std::nullopt;
    if (!row) continue;
    out.file = place;
    out.line = *row;
    out.column = *column;
    out.what = line.substr(end + 2);
    break;
  }
  out.nearest = NearestIn(out.what);
  return out;
}

Result<CheckReport> Check(const std::string& path, const kit::SourceKinds& kinds,
                          const Clock& clock) {
  SAM_ASSIGN(std::string text, ReadWholeFile(path));
  CheckReport out;
  Result<config::Document> document = config::Document::Parse(std::move(text), path);
  if (!document.ok()) {
    Add(document.error().message, path, false, out);
    return out;
  }
  // A mapping has rules and a format; a configuration names the file that has them.
  config::Table root = document->Root();
  std::optional<config::Table> head = root.Sub("mapping");
  const bool mapping = root.Has("event") || (head && (head->Has("format") || head->Has("id")));
  if (mapping)
    CheckOne(path, kinds, out);
  else
    CheckBoth(*document, path, kinds, clock, out);
  std::stable_sort(out.findings.begin(), out.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
                   });
  return out;
}

std::string TextOf(const CheckReport& report) {
  std::string out;
  size_t mistakes = 0;
  for (const Finding& one : report.findings) {
    out.append(one.file);
    if (one.line > 0) out.append(":" + std::to_string(one.line) + ":" + std::to_string(one.column));
    out.append(one.hint ? ": hint: " : ": ").append(one.what).append("\n");
    mistakes += one.hint ? 0 : 1;
  }
  if (mistakes > 0)
    return out.append(std::to_string(mistakes))
        .append(mistakes == 1 ? " mistake\n" : " mistakes\n");
  out.append("ok  ").append(report.mapping).append("  ");
  out.append(std::to_string(report.rules)).append(" events  ");
  return out.append(report.digest.substr(0, 16)).append("\n");
}

std::string JsonOf(const CheckReport& report) {
  Json out = {{"ok", report.ok()}};
  if (!report.mapping.empty()) {
    out["mapping"] = report.mapping;
    out["events"] = report.rules;
    out["digest"] = report.digest;
  }
  out["findings"] = Json::array();
  for (const Finding& one : report.findings) {
    Json finding = {{"file", one.file}};
    if (one.line > 0) {
      finding["line"] = one.line;
      finding["column"] = one.column;
    }
    finding["kind"] = one.hint ? "hint" : "mistake";
    finding["what"] = one.what;
    if (!one.nearest.empty()) finding["nearest"] = one.nearest;
    out["findings"].push_back(std::move(finding));
  }
  return Line(out);
}

}  // namespace sam::maptool
