#include "adapters/kit/erase.h"
#include "broker/base/text.h"

#include <algorithm>
#include <utility>

namespace sam::kit {
namespace {

constexpr size_t kShortest = 8;
constexpr size_t kRowsPerGroup = 200;

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
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
  for (const char c : number)
    if (IsWordByte(c)) plain += c;
  plain = Folded(plain);
  if (plain.size() < kShortest)
    return Invalid("a number of at least 8 characters is needed: a shorter one stands in too many "
                   "other numbers");
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
