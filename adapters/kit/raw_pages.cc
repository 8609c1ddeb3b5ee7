#include "adapters/kit/raw_pages.h"

#include <optional>

#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

Result<uint64_t> NumberAt(const Words& words, size_t at) {
  const std::optional<uint64_t> number = ReadNumber(WordAt(words, at));
  if (!number) return Invalid("expected: raw last COUNT BEFORE masked|reveal REASON");
  return *number;
}

Result<RawPage> Collect(AdapterStore& store, uint64_t count, uint64_t before) {
  RawPage out;
  size_t bytes = 0;
  uint64_t at = before == 0 || before > store.raw_next() ? store.raw_next() : before;
  while (at > store.raw_floor() + 1 && out.messages.size() + out.too_large < count) {
    SAM_ASSIGN(std::optional<RawMessage> row, store.Raw(at - 1));
    if (row && (row->full_size != 0 || row->bytes.size() > RawPage::kMaxBytes)) {
      ++out.too_large;
    } else if (row && !row->bytes.empty()) {  // an erased one is empty or gone
      if (bytes + row->bytes.size() > RawPage::kMaxBytes) break;
      bytes += row->bytes.size();
      out.messages.emplace_back(at - 1, std::move(row->bytes));
    }
    --at;
  }
  out.next = at > store.raw_floor() + 1 ? at : 0;
  return out;
}

}  // namespace

Result<std::string> RunRaw(AdapterStore& store, const Words& words,
                           const std::string& operator_name) {
  if (words.size() < 5 || words[1] != "last" || (words[4] != "masked" && words[4] != "reveal"))
    return Invalid("expected: raw last COUNT BEFORE masked|reveal REASON");
  SAM_ASSIGN(const uint64_t count, NumberAt(words, 2));
  SAM_ASSIGN(const uint64_t before, NumberAt(words, 3));
  const bool reveal = words[4] == "reveal";
  std::string reason = WordAt(words, 5);
  if (reveal) {
    SAM_ASSIGN(reason, ReasonAt(words, 5));
  }
  SAM_ASSIGN(const RawPage page, Collect(store, count, before));
  if (!page.messages.empty()) {
    const std::string subject = "raw " + std::to_string(page.messages.back().first) + " to " +
                                std::to_string(page.messages.front().first);
    store.PutAccess({store.clock().Now(), operator_name, reveal ? "reveal" : "compare", subject,
                     reason.empty() ? "shown masked" : reason});
    SAM_TRY(store.Commit());  // without the note there is no showing
  }
  std::string out = std::to_string(page.next) + " " + std::to_string(page.too_large) + "\n";
  for (const auto& [number, bytes] : page.messages)
    out.append(std::to_string(number)).append(" ").append(ToBase64(bytes)).append("\n");
  return out;
}

Result<RawPage> ParseRawPage(const std::string& text) {
  RawPage out;
  bool head = true;
  for (const std::string_view line : Split(text, '\n')) {
    if (line.empty()) continue;
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) return Corrupt("a page of raw messages is damaged");
    const std::optional<uint64_t> number = ReadNumber(line.substr(0, space));
    if (!number) return Corrupt("a page of raw messages is damaged");
    const std::string_view rest = line.substr(space + 1);
    if (head) {
      out.next = *number;
      out.too_large = ReadNumber(rest).value_or(0);
      head = false;
      continue;
    }
    std::optional<std::string> bytes = FromBase64(rest);
    if (!bytes) return Corrupt("a page of raw messages is damaged");
    out.messages.emplace_back(*number, std::move(*bytes));
  }
  return out;
}

}  // namespace sam::kit
