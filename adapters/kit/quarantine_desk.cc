#include "adapters/kit/quarantine_desk.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/kit/json_text.h"
#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::kit {
namespace {

Result<uint64_t> Number(const Words& words, size_t at) {
  const std::optional<uint64_t> number = ReadNumber(WordAt(words, at));
  if (!number) return Invalid("expected the number of an entry, as in: quarantine show 3");
  return *number;
}

// `store`: what tells when an open entry expires.
std::string Line(const QuarantineHead& row, const AdapterStore& store) {
  std::string out = std::to_string(row.number) + "  " + ToIso(row.at) + "  " +
                    QuarantineStateName(row.state) + "  " + row.reason + "  " +
                    (row.trigger.empty() ? "-" : row.trigger) + "  " + row.peer + "  " + row.detail;
  if (row.state == QuarantineState::kOpen)
    out += "  (kept until " + ToIso(store.ExpiresAt(row)).substr(0, 10) + ")";
  return out + "\n";
}

// One object without its closing brace, so that more fields can follow.
std::string OpenJson(const QuarantineHead& row, const AdapterStore& store) {
  std::string out = "{\"v\":1,\"type\":\"quarantine\"";
  out += JsonField("number", std::to_string(row.number));
  out += JsonField("at", JsonText(ToIso(row.at)));
  out += JsonField("state", JsonText(QuarantineStateName(row.state)));
  if (row.state == QuarantineState::kOpen)
    out += JsonField("expires_at", JsonText(ToIso(store.ExpiresAt(row))));
  if (!row.source.empty()) out += JsonField("source", JsonText(row.source));
  out += JsonField("reason", JsonText(row.reason));
  out += JsonField("trigger", JsonText(row.trigger));
  out += JsonField("peer", JsonText(row.peer));
  out += JsonField("detail", JsonText(row.detail));
  out += JsonField("mapping", JsonText(row.mapping));
  out += JsonField("resends", std::to_string(row.resends));
  out += JsonField("message_bytes", std::to_string(row.raw_bytes));
  out += JsonField("event_bytes", std::to_string(row.event_bytes));
  if (row.full_size != 0) out += JsonField("full_bytes", std::to_string(row.full_size));
  if (row.fix_of != 0) out += JsonField("fix_of", std::to_string(row.fix_of));
  if (row.fixed_by != 0) out += JsonField("fixed_by", std::to_string(row.fixed_by));
  if (!row.operator_name.empty()) out += JsonField("operator", JsonText(row.operator_name));
  return out;
}

Result<std::string> EventText(const Quarantined& row) {
  contract::PrintOptions print;
  print.reveal = true;
  return wire::Read<schema::Event>(row.event,
                                   [&](schema::Event::Reader reader) -> Result<std::string> {
                                     return contract::PrintEvent(reader, print);
                                   });
}

std::string Outcome(uint64_t number, const Status& status, bool json) {
  const std::string text = status.ok() ? "done" : status.error().message;
  if (!json) return status.ok() ? "" : std::to_string(number) + "  " + text + "\n";
  std::string out = "{\"v\":1,\"type\":\"outcome\"";
  out += JsonField("number", std::to_string(number));
  out += JsonField("ok", status.ok() ? "true" : "false");
  if (!status.ok()) out += JsonField("message", JsonText(text));
  return out + "}\n";
}

}  // namespace

std::string PageHead::Line() const {
  return "#page next=" + std::to_string(next) + " done=" + std::to_string(done) +
         " failed=" + std::to_string(failed) + " upto=" + std::to_string(upto) +
         " matched=" + std::to_string(matched) + "\n";
}

Result<PageHead> PageHead::TakeFrom(std::string& page) {
  PageHead out;
  const size_t end = page.find('\n');
  const std::string line = page.substr(0, end);
  if (end == std::string::npos || line.compare(0, 6, "#page ") != 0)
    return Invalid(
        "the adapter answered in a way this program does not know; are both one version?");
  for (const std::string_view part : Split(line, ' ')) {
    const std::string word(part);
    const std::pair<const char*, uint64_t*> fields[] = {{"next", &out.next},
                                                        {"done", &out.done},
                                                        {"failed", &out.failed},
                                                        {"upto", &out.upto},
                                                        {"matched", &out.matched}};
    for (const auto& field : fields)
      if (const std::optional<std::string> value = ValueOf(word, field.first))
        *field.second = ReadNumber(*value).value_or(0);
  }
  page.erase(0, end + 1);
  return out;
}

Result<std::string> QuarantineDesk::Run(const Words& words, const std::string& operator_name) {
  const std::string verb = words.empty() ? "" : words[0];
  if (verb == "list") return List(words);
  if (verb == "preview") return Preview(words);
  if (verb == "bulk") return Bulk(words, operator_name);
  SAM_ASSIGN(const uint64_t number, Number(words, 1));
  if (verb == "show") return Show(number, words, operator_name);
  if (verb == "resend" || verb == "fix") return Resend(number, words, operator_name);
  if (verb != "discard") return Invalid("unknown command 'quarantine " + verb + "'");
  SAM_ASSIGN(const std::string reason, ReasonAt(words, 2));
  SAM_TRY(Discard(number, reason, operator_name));
  return words.size() > 3 && words[3] == "json" ? Outcome(number, Ok(), true)
                                                : std::string("discarded\n");
}

Result<QuarantineDesk::Page> QuarantineDesk::ReadPage(const Words& words, size_t at) {
  Page out;
  for (size_t i = at; i < words.size(); ++i) {
    if (words[i] == "json") {
      out.json = true;
      continue;
    }
    SAM_ASSIGN(const bool taken, out.filter.Take(words[i]));
    if (taken) continue;
    const std::pair<const char*, uint64_t*> numbers[] = {
        {"from", &out.from}, {"upto", &out.upto}, {"stop", &out.stop}};
    bool known = false;
    for (const auto& number : numbers) {
      const std::optional<std::string> value = ValueOf(words[i], number.first);
      if (!value) continue;
      const std::optional<uint64_t> read = ReadNumber(*value);
      if (!read) return Invalid(std::string(number.first) + ": expected a number");
      *number.second = *read;
      known = true;
    }
    if (!known) return Invalid("unknown word in a command on the quarantine");
  }
  return out;
}

Result<std::string> QuarantineDesk::List(const Words& words) {
  SAM_ASSIGN(const Page page, ReadPage(words, 1));
  PageHead head;
  std::string out;
  SAM_TRY(store_.EachHead(
      [&](const QuarantineHead& row) {
        if (!page.filter.Matches(row)) return true;
        if (head.matched == kListPage) {
          head.next = row.number;
          return false;
        }
        ++head.matched;
        out += page.json ? OpenJson(row, store_) + "}\n" : Line(row, store_);
        return true;
      },
      page.from));
  return head.Line() + out;
}

Result<std::string> QuarantineDesk::Preview(const Words& words) {
  const std::string action = words.size() < 2 ? "" : words[1];
  if (action != "resend" && action != "discard") return Invalid("preview: resend or discard");
  SAM_ASSIGN(Page page, ReadPage(words, 2));
  PageHead head;
  std::map<std::string, uint64_t> reasons;
  SAM_TRY(store_.EachHead([&](const QuarantineHead& row) {
    if (row.state != QuarantineState::kOpen || !page.filter.Matches(row)) return true;
    ++head.matched;
    ++reasons[row.reason];
    head.upto = row.number;
    return true;
  }));
  std::string out = head.Line();
  if (!page.json) {
    out += action + ": " + std::to_string(head.matched) + " open entries\n";
    for (const auto& [reason, count] : reasons)
      out += "  " + std::to_string(count) + "  " + reason + "\n";
    return out;
  }
  out += "{\"v\":1,\"type\":\"preview\"";
  out += JsonField("action", JsonText(action)) + JsonField("count", std::to_string(head.matched));
  std::string list;
  for (const auto& [reason, count] : reasons)
    list += (list.empty() ? "" : ",") + JsonText(reason) + ":" + std::to_string(count);
  return out + JsonField("by_reason", "{" + list + "}") + "}\n";
}

Result<std::string> QuarantineDesk::Bulk(const Words& words, const std::string& operator_name) {
  const std::string action = words.size() < 2 ? "" : words[1];
  if (action != "resend" && action != "discard") return Invalid("bulk: resend or discard");
  SAM_ASSIGN(const std::string reason, ReasonAt(words, 2));
  SAM_ASSIGN(const Page page, ReadPage(words, 3));
  PageHead head;
  head.upto = page.upto;
  std::vector<uint64_t> numbers;
  SAM_TRY(store_.EachHead(
      [&](const QuarantineHead& row) {
        if (row.number > page.upto) return false;
        if (row.state != QuarantineState::kOpen || !page.filter.Matches(row)) return true;
        if (numbers.size() == kBulkPage) {
          head.next = row.number;
          return false;
        }
        numbers.push_back(row.number);
        return true;
      },
      page.from));
  head.matched = numbers.size();
  std::string out;
  for (const uint64_t number : numbers) {
    const Status status = action == "discard" ? Discard(number, reason, operator_name)
                                              : ResendOne(number, reason, operator_name);
    // What concerns one entry is its outcome; what concerns the store ends the work.
    if (!status.ok() && status.error().code != Code::kConflict &&
        status.error().code != Code::kNotFound)
      return status.error();
    ++(status.ok() ? head.done : head.failed);
    out += Outcome(number, status, page.json);
    if (page.stop == 0 || head.failed < page.stop) continue;
    head.next = 0;
    break;
  }
  return head.Line() + out;
}

Result<std::string> QuarantineDesk::Show(uint64_t number, const Words& words,
                                         const std::string& operator_name) {
  SAM_ASSIGN(const std::optional<Quarantined> row, store_.Quarantine(number));
  if (!row) return NotFound("quarantine has no entry " + std::to_string(number));
  const bool json = words.size() > 2 && words[2] == "json";
  const size_t at = json ? 3 : 2;
  const bool reveal = words.size() > at && words[at] == "reveal";
  std::string event;
  if (reveal) {
    SAM_ASSIGN(const std::string reason, ReasonAt(words, at + 1));
    // Without the note there is no showing.
    SAM_TRY(Note(operator_name, "reveal", number, reason));
    if (!row->event.empty()) {
      SAM_ASSIGN(event, EventText(*row));
    }
  }
  std::string raw = reveal ? row->raw : pipeline_.Skeleton(row->raw);
  if (json) {
    std::string out = OpenJson(*row, store_);
    out += JsonField("hidden", reveal ? "false" : "true");
    out += reveal ? JsonField("message_base64", JsonText(ToBase64(raw)))
                  : JsonField("skeleton", JsonText(raw));
    if (reveal && !event.empty()) out += JsonField("event", JsonText(event));
    return out + "}\n";
  }
  std::replace(raw.begin(), raw.end(), '\r', '\n');
  std::string out = Line(*row, store_);
  out += "mapping: " + row->mapping + "\nresends: " + std::to_string(row->resends) + "\n";
  if (row->fix_of != 0) out += "fix of: " + std::to_string(row->fix_of) + "\n";
  if (row->fixed_by != 0) out += "fixed by: " + std::to_string(row->fixed_by) + "\n";
  out += "message: " + std::to_string(row->raw.size()) +
         " bytes, event: " + std::to_string(row->event.size()) + " bytes\n" + raw;
  if (!reveal) return out + "values hidden; show them with --reveal --reason \"...\"\n";
  return out + "\n" + event;
}

}  // namespace sam::kit
