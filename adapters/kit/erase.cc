#include "adapters/kit/erase.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

// Letters and digits of a number; what is shorter or has no letter among so few stands in other
// numbers too, and what has hardly a digit is a word.
constexpr size_t kShortest = 6;
constexpr size_t kShortestOfDigits = 8;
constexpr size_t kFewestDigits = 3;
constexpr const char* kBetween = " \t\r\n,;";
constexpr size_t kRowsPerGroup = 200;

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

Error NoNumber(const char* why) {
  return Invalid(std::string("not the form of a person's number (") + why +
                 "): taken are letters, digits and hyphens, at least 6 letters and digits of which 3 are "
                 "digits, at least 8 where all are digits; no date");
}

// As in a birth date that stands by itself: everybody's of that day.
bool IsDate(const std::string& plain) {
  if (plain.size() != 8 || !std::all_of(plain.begin(), plain.end(),
                                        [](char c) { return c >= '0' && c <= '9'; }))
    return false;
  const auto year = static_cast<int>(*ReadNumber(plain.substr(0, 4)));
  const auto month = static_cast<unsigned>(*ReadNumber(plain.substr(4, 2)));
  const auto day = static_cast<unsigned>(*ReadNumber(plain.substr(6, 2)));
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  return date.ok() && year >= 1850 && year < 2150;
}

// Forms are upper case; sources also write k069. In UTF-16 every second byte is zero: left out, so
// that one search finds a number in both byte orders.
std::string Folded(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes)
    if (c != '\0') out += c;
  return UpperAscii(out);
}

bool Contains(std::string_view bytes, const std::vector<std::string>& forms) {
  const std::string folded = Folded(bytes);
  return std::any_of(forms.begin(), forms.end(), [&](const std::string& form) {
    return folded.find(form) != std::string::npos;
  });
}

// Deletes in groups of bounded size.
template <typename Erase>
Status InGroups(AdapterStore& store, const std::vector<uint64_t>& numbers, const Erase& erase) {
  for (size_t at = 0; at < numbers.size(); at += kRowsPerGroup) {
    SAM_TRY(store.Begin());
    const size_t end = std::min(at + kRowsPerGroup, numbers.size());
    for (size_t i = at; i < end; ++i) SAM_TRY(erase(numbers[i]));
    SAM_TRY(store.Commit());
  }
  return Ok();
}

Result<std::vector<uint64_t>> RawOf(AdapterStore& store, const std::vector<std::string>& forms) {
  std::vector<uint64_t> out;
  SAM_TRY(store.EachRaw([&](uint64_t number, const RawMessage& row) {
    if (Mentions(row.bytes, forms)) out.push_back(number);
    return true;
  }));
  return out;
}

Result<std::vector<uint64_t>> QuarantineOf(AdapterStore& store,
                                           const std::vector<std::string>& forms) {
  std::vector<uint64_t> out;
  SAM_TRY(store.EachQuarantine([&](const Quarantined& row) {
    if (Mentions(row.raw, forms) || Contains(row.event, forms)) out.push_back(row.number);
    return true;
  }));
  return out;
}

struct Events {
  std::vector<uint64_t> taken;
  uint64_t waiting = 0;
};

Result<Events> EventsOf(AdapterStore& store, const std::vector<std::string>& forms) {
  Events out;
  uint64_t next = store.outbox_floor() + 1;
  while (next < store.outbox_next()) {
    uint64_t last = next;
    SAM_TRY(store.ReadOutbox(next, SIZE_MAX, [&](uint64_t number, std::string_view event) {
      last = number + 1;
      // In an event texts stand beside other bytes, which may look like letters.
      if (!Contains(event, forms)) return true;
      if (number <= store.accepted())
        out.taken.push_back(number);
      else
        ++out.waiting;
      return true;
    }));
    if (last == next) break;  // the rest is holes
    next = last;
  }
  return out;
}

Status EmptyEntry(AdapterStore& store, uint64_t number, const std::string& operator_name) {
  SAM_ASSIGN(std::optional<QuarantineHead> row, store.Head(number));
  if (!row) return Ok();
  if (row->state == QuarantineState::kOpen) {
    row->state = QuarantineState::kDiscarded;
    row->closed_at = store.clock().Now();
  }
  row->operator_name = operator_name;
  return store.EmptyQuarantine(*row);
}

}  // namespace

Result<std::vector<std::string>> WrittenForms(std::string_view number) {
  std::string plain;
  for (const char c : number) {
    if (IsWordByte(c))
      plain += c;
    else if (c != '-' && c != '+')
      return NoNumber("it has other characters");
  }
  plain = UpperAscii(plain);
  const auto digits = static_cast<size_t>(
      std::count_if(plain.begin(), plain.end(), [](char c) { return c >= '0' && c <= '9'; }));
  if (plain.size() < kShortest) return NoNumber("it is shorter");
  if (digits < kFewestDigits) return NoNumber("it has fewer digits");
  if (digits == plain.size() && plain.size() < kShortestOfDigits)
    return NoNumber("so few digits stand in too many other numbers");
  if (IsDate(plain)) return NoNumber("a date stands in what is told of many");
  std::vector<std::string> out{plain};
  if (plain.size() == 12) {
    out.push_back(plain.substr(0, 8) + "-" + plain.substr(8));
    out.push_back(plain.substr(2));
  }
  if (plain.size() == 12 || plain.size() == 10) {
    const std::string ten = plain.substr(plain.size() - 10);
    out.push_back(ten.substr(0, 6) + "-" + ten.substr(6));
    out.push_back(ten.substr(0, 6) + "+" + ten.substr(6));
  }
  const std::string given = UpperAscii(std::string(number));
  if (std::find(out.begin(), out.end(), given) == out.end()) out.push_back(given);
  return out;
}

Result<std::vector<std::string>> WrittenFormsOfAll(std::string_view numbers) {
  std::vector<std::string> out;
  size_t count = 0;
  while (!numbers.empty()) {
    const size_t end = std::min(numbers.find_first_of(kBetween), numbers.size());
    const std::string_view number = numbers.substr(0, end);
    numbers.remove_prefix(std::min(end + 1, numbers.size()));
    if (number.empty()) continue;
    if (++count > kMostNumbers)
      return Invalid("more than " + std::to_string(kMostNumbers) +
                     " numbers: one person at a time is erased");
    Result<std::vector<std::string>> forms = WrittenForms(number);
    if (!forms.ok()) return Wrap("number " + std::to_string(count), forms.error());
    for (std::string& form : *forms)
      if (std::find(out.begin(), out.end(), form) == out.end()) out.push_back(std::move(form));
  }
  if (count == 0) return Invalid("no number: write the numbers of the person, one a line");
  return out;
}

bool Mentions(std::string_view original, const std::vector<std::string>& forms) {
  const std::string bytes = Folded(original);
  for (const std::string& form : forms) {
    for (size_t at = bytes.find(form); at != std::string::npos; at = bytes.find(form, at + 1)) {
      const size_t end = at + form.size();
      const bool begins = at == 0 || !IsWordByte(bytes[at - 1]);
      const bool ends = end == bytes.size() || !IsWordByte(bytes[end]);
      if (begins && ends) return true;
    }
  }
  return false;
}

Result<ErasureReport> ErasePerson(AdapterStore& store, const std::vector<std::string>& forms,
                                  const std::string& operator_name, bool dry_run) {
  SAM_ASSIGN(const std::vector<uint64_t> raw, RawOf(store, forms));
  SAM_ASSIGN(const std::vector<uint64_t> quarantine, QuarantineOf(store, forms));
  SAM_ASSIGN(const Events events, EventsOf(store, forms));
  ErasureReport report{raw.size(), quarantine.size(), events.taken.size(), events.waiting};
  if (dry_run) return report;
  SAM_TRY(InGroups(store, raw, [&](uint64_t number) {
    store.EraseRaw(number);
    return Ok();
  }));
  SAM_TRY(InGroups(store, quarantine,
                   [&](uint64_t number) { return EmptyEntry(store, number, operator_name); }));
  SAM_TRY(InGroups(store, events.taken, [&](uint64_t number) { return store.EraseEvent(number); }));
  return report;
}

}  // namespace sam::kit
