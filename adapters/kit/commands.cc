#include "adapters/kit/commands.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "adapters/kit/erase.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "broker/wire/local_door.h"
#include "schemas/admin.capnp.h"

namespace sam::kit {
namespace {

std::string JsonText(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += ' ';
    else
      out += c;
  }
  return out + "\"";
}

Result<Words> ParseWords(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(json.data(), json.size()).get(list) != simdjson::SUCCESS)
    return Invalid("expected a JSON list of texts");
  Words out;
  for (const simdjson::dom::element element : list) {
    std::string_view word;
    if (element.get(word) != simdjson::SUCCESS) return Invalid("expected a JSON list of texts");
    out.emplace_back(word);
  }
  return out;
}

Result<uint64_t> Number(const Words& words, size_t at) {
  const std::string text = at < words.size() ? words[at] : "";
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return Invalid("expected the number of an entry, as in: quarantine show 3");
  return static_cast<uint64_t>(std::strtoull(text.c_str(), nullptr, 10));
}

Result<std::string> Reason(const Words& words, size_t at) {
  if (at >= words.size() || Trim(words[at]).empty()) return Denied("give a reason with --reason");
  return words[at];
}

Code CodeFromName(std::string_view name) {
  for (const Code code : {Code::kInvalid, Code::kDenied, Code::kConflict, Code::kNotFound,
                          Code::kUnavailable, Code::kExhausted, Code::kCorrupt})
    if (name == CodeName(code)) return code;
  return Code::kInternal;
}

std::string Line(const Quarantined& row) {
  return std::to_string(row.number) + "  " + ToIso(row.at) + "  " + QuarantineStateName(row.state) +
         "  " + row.reason + "  " + (row.trigger.empty() ? "-" : row.trigger) + "  " + row.peer +
         "  " + row.detail + "\n";
}

}  // namespace

Result<std::string> Commands::Run(const Words& words, const std::string& operator_name) {
  SAM_TRY(store_.Begin());
  const std::string noun = words.empty() ? "" : words[0];
  const std::string verb = words.size() < 2 ? "" : words[1];
  if (noun == "status") return Status();
  if (noun == "audit") return Audit();
  if (noun == "erase") return Erase(words, operator_name);
  if (noun != "quarantine") return Invalid("unknown command '" + noun + "'");
  if (verb == "list") return List();
  SAM_ASSIGN(const uint64_t number, Number(words, 2));
  if (verb == "show") return Show(number, words, operator_name);
  if (verb == "resend" || verb == "fix") return Resend(number, words, operator_name);
  if (verb == "discard") {
    SAM_ASSIGN(const std::string reason, Reason(words, 3));
    return Discard(number, reason, operator_name);
  }
  return Invalid("unknown command 'quarantine " + verb + "'");
}

sam::Status Commands::Note(const std::string& operator_name, const std::string& action,
                           uint64_t number, const std::string& reason) {
  store_.PutAccess({store_.clock().Now(), operator_name, action,
                    "quarantine " + std::to_string(number), reason});
  return store_.Commit();
}

Result<std::string> Commands::List() {
  std::string out;
  SAM_TRY(store_.EachQuarantine([&](const Quarantined& row) {
    out += Line(row);
    return true;
  }));
  return out.empty() ? std::string("nothing in quarantine\n") : out;
}

Result<std::string> Commands::Show(uint64_t number, const Words& words,
                                   const std::string& operator_name) {
  SAM_ASSIGN(const std::optional<Quarantined> row, store_.Quarantine(number));
  if (!row) return NotFound("quarantine has no entry " + std::to_string(number));
  const bool reveal = words.size() > 3 && words[3] == "reveal";
  std::string out = Line(*row);
  out += "mapping: " + row->mapping + "\nresends: " + std::to_string(row->resends) + "\n";
  if (row->fix_of != 0) out += "fix of: " + std::to_string(row->fix_of) + "\n";
  if (row->fixed_by != 0) out += "fixed by: " + std::to_string(row->fixed_by) + "\n";
  out += "message: " + std::to_string(row->raw.size()) +
         " bytes, event: " + std::to_string(row->event.size()) + " bytes\n";
  if (!reveal) return out + "content hidden; show it with --reveal --reason \"...\"\n";
  SAM_ASSIGN(const std::string reason, Reason(words, 4));
  // Without the note there is no showing.
  SAM_TRY(Note(operator_name, "reveal", number, reason));
  std::string raw = row->raw;
  std::replace(raw.begin(), raw.end(), '\r', '\n');
  out += raw + "\n";
  if (row->event.empty()) return out;
  contract::PrintOptions print;
  print.reveal = true;
  SAM_ASSIGN(const std::string text,
             wire::Read<schema::Event>(row->event,
                                       [&](schema::Event::Reader reader) -> Result<std::string> {
                                         return contract::PrintEvent(reader, print);
                                       }));
  return out + text;
}

Result<std::string> Commands::Resend(uint64_t number, const Words& words,
                                     const std::string& operator_name) {
  SAM_ASSIGN(const std::string reason, Reason(words, 3));
  std::optional<std::string> fixed;
  if (words[1] == "fix") {
    fixed = FromBase64(words.size() > 4 ? words[4] : "");
    if (!fixed || fixed->empty()) return Invalid("the fixed message is empty");
  }
  SAM_TRY(Note(operator_name, words[1], number, reason));
  SAM_ASSIGN(const Verdict verdict, pipeline_.Resend(number, std::move(fixed), operator_name));
  std::string out = std::string(VerdictName(verdict.kind)) + "\n";
  for (const MappedEvent& event : verdict.events) out += "event " + event.type->name + "\n";
  if (verdict.kind == Verdict::Kind::kQuarantined || verdict.kind == Verdict::Kind::kRefused)
    return Conflict("still not taken: " + verdict.reason + ": " + verdict.detail);
  return out;
}

Result<std::string> Commands::Discard(uint64_t number, const std::string& reason,
                                      const std::string& operator_name) {
  SAM_ASSIGN(std::optional<Quarantined> row, store_.Quarantine(number));
  if (!row) return NotFound("quarantine has no entry " + std::to_string(number));
  if (row->state != QuarantineState::kOpen)
    return Conflict("entry " + std::to_string(number) + " is " + QuarantineStateName(row->state) +
                    " already");
  row->state = QuarantineState::kDiscarded;
  row->closed_at = store_.clock().Now();
  row->operator_name = operator_name;
  SAM_TRY(store_.ReplaceQuarantine(*row));
  SAM_TRY(Note(operator_name, "discard", number, reason));
  return std::string("discarded\n");
}

Result<std::string> Commands::Erase(const Words& words, const std::string& operator_name) {
  SAM_ASSIGN(const std::vector<std::string> forms, WrittenForms(words.size() > 1 ? words[1] : ""));
  SAM_ASSIGN(const std::string reason, Reason(words, 2));
  const bool dry_run = words.size() > 3 && words[3] == "dry-run";
  SAM_ASSIGN(const ErasureReport report, ErasePerson(store_, forms, operator_name, dry_run));
  std::string counts = std::to_string(report.raw) + " raw messages, " +
                       std::to_string(report.quarantine) + " entries of the quarantine, " +
                       std::to_string(report.events) + " events";
  if (!dry_run) {
    // Whom it was about would be the very thing that was to go.
    SAM_TRY(store_.Begin());
    store_.PutAccess({store_.clock().Now(), operator_name, "erase", counts, reason});
    SAM_TRY(store_.Commit());
    if (erase_for_good_) SAM_TRY(erase_for_good_());
  }
  counts.insert(0, dry_run ? "would erase " : "erased ").append("\n");
  if (report.waiting > 0)
    counts.append(std::to_string(report.waiting))
        .append(" events are not at the hub yet and were left: run this again when status shows 0\n");
  return counts;
}

Result<std::string> Commands::Audit() {
  std::string out;
  SAM_TRY(store_.EachAccess([&](uint64_t number, const Access& row) {
    out += std::to_string(number) + "  " + ToIso(row.at) + "  " + row.operator_name + "  " +
           row.action + "  " + row.subject + "  " + row.reason + "\n";
    return true;
  }));
  return out;
}

std::string Commands::Status() {
  const uint64_t last = store_.outbox_next() - 1;
  return "outbox: " + std::to_string(last) + " events so far, " +
         std::to_string(last - store_.accepted()) + " not yet at the hub, kept from " +
         std::to_string(store_.outbox_floor() + 1) + "\nmapping: " + pipeline_.mapping().id() +
         " " + pipeline_.mapping().version() + " " +
         ToHex(pipeline_.mapping().digest().view()).substr(0, 16) + "\n" +
         (connector_ != nullptr ? connector_->status() : "");
}

std::string Commands::Serve(std::string_view request) {
  using Request = schema::AdminRequest;
  const Result<std::string> text = wire::Read<Request>(
      request,
      [&](Request::Reader reader) -> Result<std::string> {
        const std::string operator_name(wire::View(reader.getOperator()));
        if (reader.which() == Request::STATUS) return Run({"status"}, operator_name);
        if (reader.which() != Request::LOCAL)
          return Invalid("an adapter does not know this request");
        SAM_ASSIGN(const Words words, ParseWords(wire::View(reader.getLocal())));
        return Run(words, operator_name);
      },
      wire::ReadRules{wire::kMaxDoorBytes, wire::kMaxDoorBytes});
  capnp::MallocMessageBuilder message;
  auto reply = message.initRoot<schema::AdminReply>();
  reply.setOk(text.ok());
  reply.setCode(text.ok() ? "" : CodeName(text.error().code));
  // In `json`, since that field is marked as sensitive as what a reveal shows.
  if (text.ok())
    reply.setJson(*text);
  else
    reply.setMessage(text.error().message);
  return wire::Flatten(message);
}

std::string EncodeRequest(const Words& words, const std::string& operator_name) {
  std::string json = "[";
  for (const std::string& word : words) json += (json.size() > 1 ? "," : "") + JsonText(word);
  json += "]";
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setOperator(operator_name);
  request.setRole("operator");
  request.setLocal(wire::AsData(json));
  return wire::Flatten(message);
}

Result<std::string> DecodeReply(std::string_view reply) {
  return wire::ReadOwn<schema::AdminReply>(
      reply, [](schema::AdminReply::Reader reader) -> Result<std::string> {
        if (reader.getOk()) return std::string(wire::View(reader.getJson()));
        return Error{CodeFromName(wire::View(reader.getCode())),
                     std::string(wire::View(reader.getMessage()))};
      });
}

}  // namespace sam::kit
