#include "adapters/kit/commands.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "adapters/kit/erase.h"
#include "adapters/kit/json_text.h"
#include "adapters/kit/raw_pages.h"
#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/wire/codec.h"
#include "broker/wire/local_door.h"
#include "schemas/admin.capnp.h"

namespace sam::kit {
namespace {

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

Code CodeFromName(std::string_view name) {
  for (const Code code : {Code::kInvalid, Code::kDenied, Code::kConflict, Code::kNotFound,
                          Code::kUnavailable, Code::kExhausted, Code::kCorrupt})
    if (name == CodeName(code)) return code;
  return Code::kInternal;
}

std::string AccessLine(uint64_t number, const Access& row, bool json) {
  if (!json)
    return std::to_string(number) + "  " + ToIso(row.at) + "  " + row.operator_name + "  " +
           row.action + "  " + row.subject + "  " + row.reason + "\n";
  std::string out = "{\"v\":1,\"type\":\"access\"";
  out += JsonField("number", std::to_string(number)) + JsonField("at", JsonText(ToIso(row.at)));
  out += JsonField("operator", JsonText(row.operator_name));
  out += JsonField("action", JsonText(row.action)) + JsonField("subject", JsonText(row.subject));
  return out + JsonField("reason", JsonText(row.reason)) + "}\n";
}

std::string Seconds(int64_t ms) { return std::to_string(ms / 1000); }

}  // namespace

Result<std::string> Commands::Run(const Words& words, const std::string& operator_name) {
  SAM_TRY(store_.Begin());
  const std::string noun = words.empty() ? "" : words[0];
  if (noun == "status") return Status(words.size() > 1 && words[1] == "json");
  if (noun == "audit") return Audit(words);
  if (noun == "raw") return RunRaw(store_, words, operator_name);
  if (noun == "erase") return Erase(words, operator_name);
  if (noun == "file") {
    if (kept_ == nullptr)
      return Invalid("this source keeps no files: its [section] is neither [files] nor [sql] with attachments");
    return kept_->Run({words.begin() + 1, words.end()}, operator_name);
  }
  if (noun != "quarantine") return Invalid("unknown command '" + noun + "'");
  return desk_.Run({words.begin() + 1, words.end()}, operator_name);
}

Result<std::string> Commands::Erase(const Words& words, const std::string& operator_name) {
  SAM_ASSIGN(const std::vector<std::string> forms, WrittenFormsOfAll(WordAt(words, 1)));
  SAM_ASSIGN(const std::string reason, ReasonAt(words, 2));
  const bool dry_run = words.size() > 3 && words[3] == "dry-run";
  uint64_t files = 0;  // first: the messages that are to go tell which files are of the same person
  if (kept_ != nullptr) {
    SAM_ASSIGN(files, kept_->Erase(forms, dry_run));
  }
  SAM_ASSIGN(const ErasureReport report, ErasePerson(store_, forms, operator_name, dry_run));
  std::string counts = std::to_string(report.raw) + " raw messages, " +
                       std::to_string(report.quarantine) + " entries of the quarantine, " +
                       std::to_string(report.events) + " events";
  if (kept_ != nullptr) counts.append(", ").append(std::to_string(files)).append(" files");
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
        .append(
            " events are not at the hub yet and were left: run this again when status shows 0\n");
  PageHead head;
  head.done = report.raw + report.quarantine + report.events + files;
  head.failed = dry_run ? 0 : report.waiting;
  return head.Line() + counts;
}

Result<std::string> Commands::Audit(const Words& words) {
  bool json = false;
  uint64_t from = 1;
  for (size_t i = 1; i < words.size(); ++i) {
    json = json || words[i] == "json";
    if (const std::optional<std::string> value = ValueOf(words[i], "from"))
      from = ReadNumber(*value).value_or(1);
  }
  PageHead head;
  std::string out;
  SAM_TRY(store_.EachAccess([&](uint64_t number, const Access& row) {
    if (number < from) return true;
    if (head.matched == kAuditPage) {
      head.next = number;
      return false;
    }
    ++head.matched;
    out += AccessLine(number, row, json);
    return true;
  }));
  return head.Line() + out;
}

Result<std::string> Commands::Status(bool json) {
  WatchState state;
  if (watch_ != nullptr) {
    state = watch_->State();
  } else {
    SAM_ASSIGN(std::optional<WatchState> kept, store_.Watch());
    if (kept) state = std::move(*kept);
  }
  SAM_ASSIGN(const std::optional<Millis> oldest, OldestWaiting(store_));
  const uint64_t open = store_.open_quarantine();
  if (json) return StatusJson(state, oldest, open);
  const uint64_t last = store_.outbox_next() - 1;
  std::string out = "outbox: " + std::to_string(last) + " events so far, " +
                    std::to_string(last - store_.accepted()) + " not yet at the hub, kept from " +
                    std::to_string(store_.outbox_floor() + 1) + "\n";
  if (oldest) out += "oldest waits since: " + ToIso(*oldest) + "\n";
  out += "quarantine: " + std::to_string(open) + " open\n";
  for (const WatchState::Heard& heard : state.heard)
    out +=
        "last message of " + heard.source + ": " + (heard.ever ? ToIso(heard.at) : "none") + "\n";
  for (const WatchState::Alarm& alarm : state.alarms)
    if (alarm.active())
      out += "ALARM " + alarm.kind + " " + alarm.source + " since " + ToIso(alarm.since) + "\n";
  out += "mapping: " + pipeline_.mapping().id() + " " + pipeline_.mapping().version() + " " +
         ToHex(pipeline_.mapping().digest().view()).substr(0, 16) + "\n";
  return out + (connector_ != nullptr ? connector_->status() : "");
}

std::string Commands::StatusJson(const WatchState& state, std::optional<Millis> oldest,
                                 uint64_t open) {
  const Mapping& mapping = pipeline_.mapping();
  const uint64_t last = store_.outbox_next() - 1;
  std::string out = "{\"v\":1,\"type\":\"status\"";
  out += JsonField("running", watch_ != nullptr ? "true" : "false");
  out += JsonField("mapping", JsonText(mapping.id() + " " + mapping.version()));
  out += JsonField("mapping_digest", JsonText(ToHex(mapping.digest().view()).substr(0, 16)));
  out += JsonField("sources", HeardJson(state)) + JsonField("alarms", AlarmsJson(state));
  out += ",\"outbox\":{\"written\":" + std::to_string(last);
  out += JsonField("accepted", std::to_string(store_.accepted()));
  out += JsonField("waiting", std::to_string(last - store_.accepted()));
  out += JsonField("kept_from", std::to_string(store_.outbox_floor() + 1));
  const int64_t age = oldest ? std::max<int64_t>(0, store_.clock().Now().value - oldest->value) : 0;
  out += JsonField("oldest_seconds", oldest ? Seconds(age) : "null") + "}";
  out += JsonField("quarantine_open", std::to_string(open));
  if (watch_ == nullptr) return out + "}\n";
  std::string counts;
  for (const auto& [outcome, count] : watch_->outcomes())
    counts += (counts.empty() ? "" : ",") + JsonText(outcome) + ":" + std::to_string(count);
  out += JsonField("since", JsonText(ToIso(watch_->began())));
  return out + JsonField("messages", "{" + counts + "}") + "}\n";
}

namespace {

std::string EncodeReply(const Result<std::string>& text) {
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

}  // namespace

std::string Commands::Serve(std::string_view request, const std::string& caller) {
  using Request = schema::AdminRequest;
  const Result<std::string> text = wire::Read<Request>(
      request,
      [&](Request::Reader reader) -> Result<std::string> {
        if (reader.which() == Request::STATUS) return Run({"status"}, caller);
        if (reader.which() != Request::LOCAL)
          return Invalid("an adapter does not know this request");
        SAM_ASSIGN(const Words words, ParseWords(wire::View(reader.getLocal())));
        return Run(words, caller);
      },
      wire::ReadRules{wire::kMaxDoorBytes, wire::kMaxDoorBytes});
  std::string reply = EncodeReply(text);
  if (reply.size() <= wire::kMaxDoorBytes) return reply;
  return EncodeReply(Exhausted(
      "the answer is larger than the 4 MiB that fit through the adapter's door; stop the adapter and "
      "ask again: the tool then reads the store itself"));
}

std::string EncodeRequest(const Words& words) {
  std::string json = "[";
  for (const std::string& word : words) json += (json.size() > 1 ? "," : "") + JsonText(word);
  json += "]";
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
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
