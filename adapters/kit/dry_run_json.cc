#include "adapters/kit/dry_run_json.h"

#include "adapters/kit/attachment_parts.h"
#include "adapters/kit/dynamic.h"
#include "adapters/kit/json_text.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"

namespace sam::kit {
namespace {

void AddText(std::string& out, const char* name, const std::string& text) {
  if (!text.empty()) out += JsonField(name, JsonText(text));
}

std::string FilesJson(const std::vector<MappedFile>& files) {
  std::string out;
  for (const MappedFile& file : files) {
    if (!out.empty()) out += ",";
    out += "{\"number\":" + std::to_string(file.attachment + 1);
    AddText(out, "sha256", ToHex(file.digest.view()));
    AddText(out, "media_type", file.media_type);
    out += JsonField("bytes", std::to_string(file.size));
    out += JsonField("parts", std::to_string(PartsOf(file.size))) + "}";
  }
  return "[" + out + "]";
}

Result<std::string> OneEvent(const MappedEvent& event, bool reveal) {
  SAM_ASSIGN(const std::string text,
             wire::Read<schema::Event>(
                 event.bytes, [&](schema::Event::Reader reader) -> Result<std::string> {
                   return contract::EventJson(reader, reveal);
                 }));
  std::string out = "{\"type\":" + JsonText(event.type->name);
  AddText(out, "rule", event.rule);
  out += JsonField("event", text);
  if (!event.files.empty()) out += JsonField("attachments", FilesJson(event.files));
  return out;
}

}  // namespace

Result<std::string> DryRunJson(const std::string& file, const Verdict& verdict,
                               const std::vector<std::string>& gates, bool bad, bool reveal) {
  std::string out = "{\"v\":1,\"type\":\"message\"";
  AddText(out, "file", file);
  AddText(out, "verdict", VerdictName(verdict.kind));
  out += JsonField("bad", bad ? "true" : "false");
  AddText(out, "trigger", verdict.trigger);
  AddText(out, "reason", verdict.reason);
  AddText(out, "detail", verdict.detail);
  std::string events, notes;
  for (size_t i = 0; i < verdict.events.size(); ++i) {
    SAM_ASSIGN(std::string one, OneEvent(verdict.events[i], reveal));
    if (i < gates.size()) one += JsonField("gate", gates[i]);
    events += (i == 0 ? "" : ",") + one + "}";
  }
  for (const FieldNote& note : verdict.notes) {
    std::string one = "{\"rule\":" + JsonText(note.rule);
    AddText(one, "field", note.field);
    AddText(one, "what", note.what);
    notes += (notes.empty() ? "" : ",") + one + "}";
  }
  out += JsonField("events", "[" + events + "]") + JsonField("notes", "[" + notes + "]");
  AddText(out, "answer", verdict.ack);
  return out + "}\n";
}

std::string DryRunJson(const std::string& file, const Irregularity& one) {
  std::string out = "{\"v\":1,\"type\":\"irregular\"";
  AddText(out, "file", file);
  out += JsonField("bad", one.refused ? "true" : "false");
  AddText(out, "detail", one.what);
  return out + "}\n";
}

std::string DryRunAnswerJson(const std::string& file, const std::string& answer) {
  std::string out = "{\"v\":1,\"type\":\"answer\"";
  AddText(out, "file", file);
  AddText(out, "answer", answer);
  return out + "}\n";
}

std::string DryRunJson(const DryRunReport& report) {
  return "{\"v\":1,\"type\":\"summary\"" +
         JsonField("messages", std::to_string(report.messages)) +
         JsonField("events", std::to_string(report.events)) +
         JsonField("bad", std::to_string(report.bad)) + "}\n";
}

}  // namespace sam::kit
