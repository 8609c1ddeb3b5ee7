#include "adapters/fhir/fhir_decoder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/fhir/fate.h"
#include "adapters/fhir/resource_rules.h"

namespace sam::fhir {
namespace {

constexpr size_t kPrefix = sizeof kPeerPrefix - 1;

kit::Decoded Refused(std::string reason, std::string trigger, const std::vector<Issue>& issues) {
  kit::Decoded out;
  out.what = kit::Decoded::What::kRefused;
  out.reason = std::move(reason);
  out.trigger = std::move(trigger);
  for (const Issue& issue : issues) {
    const hl7::ErrorCode code = issue.code == "required"       ? hl7::ErrorCode::kRequiredField
                                : issue.code == "code-invalid" ? hl7::ErrorCode::kTableValue
                                                               : hl7::ErrorCode::kDataType;
    out.errors.push_back({issue.expression, code, hl7::Severity::kError, issue.text});
  }
  if (!issues.empty()) out.detail = issues[0].expression + " " + issues[0].text;
  return out;
}

// How its sender would bring it: a Bundle to the base, a resource with an id by PUT. `json` is null
// when it is none.
edge::HttpRequest RequestOf(const Json* json, const std::string& bytes, const std::string& base) {
  edge::HttpRequest out{"POST", base, "", bytes, {{"content-type", "application/fhir+json"}}};
  const std::string type = json == nullptr ? "" : json->Text("resourceType");
  if (type.empty() || type == "Bundle") return out;
  const std::string& id = json->Text("id");
  out.method = id.empty() ? "POST" : "PUT";
  out.path.append("/").append(type).append(id.empty() ? "" : "/").append(id);
  return out;
}

// The issues of an OperationOutcome that a sample as a whole is answered with.
void NoteAnswer(const edge::HttpResponse& answer, std::vector<kit::Irregularity>& out) {
  const Result<Json> outcome = ParseJson(answer.body);
  const Json* issues = outcome.ok() ? outcome->Find("issue") : nullptr;
  if (issues == nullptr) return;
  for (const Json& issue : issues->items) {
    const Json* at = issue.Find("expression");
    const std::string place = at == nullptr || at->items.empty() ? "" : TextOf(at->items[0]) + " ";
    out.push_back({place + issue.Text("diagnostics") + " (" + std::to_string(answer.status) +
                       ")",
                   true});
  }
}

}  // namespace

std::vector<std::string> TypesRead(const kit::Mapping& mapping) {
  std::set<std::string> out;
  for (const kit::EventRule& rule : mapping.rules())
    for (const std::string& trigger : rule.when) out.insert(trigger.substr(0, trigger.find(':')));
  return {out.begin(), out.end()};
}

std::string FhirDecoder::BaseOf(const kit::AdapterConfig& config) {
  const auto* settings = dynamic_cast<const FhirSettings*>(config.connector_settings.get());
  return settings == nullptr ? std::string() : settings->base;
}

Result<std::unique_ptr<kit::Decoder>> FhirDecoder::Make(const kit::DecoderParts& parts, Random) {
  const auto* format = dynamic_cast<const FhirFormat*>(&parts.mapping.format());
  if (format == nullptr) return Internal("this mapping is not for FHIR");
  SAM_ASSIGN(hl7::Zone zone, hl7::Zone::Find(parts.config.zone.empty() ? parts.mapping.zone()
                                                                       : parts.config.zone));
  return std::unique_ptr<kit::Decoder>(new FhirDecoder(parts, *format, zone));
}

Result<kit::Decoded> FhirDecoder::Decode(const std::string& bytes, const std::string& peer) {
  Result<Document> document = Document::Parse(bytes);
  if (!document.ok()) return kit::Unreadable("unreadable", document.error().message);
  const std::vector<Issue> issues = CheckResource(document->focus());
  if (!issues.empty()) return Refused("invalid-resource", "", issues);
  auto record =
      std::make_unique<FhirRecord>(format_, std::move(document).value(), zone_, clock_.Now());
  kit::Decoded out;
  out.trigger = record->trigger();
  out.identity = config_.source;
  if (peer.substr(0, kPrefix) == kPeerPrefix && peer.size() > kPrefix) {
    const auto* settings = dynamic_cast<const FhirSettings*>(config_.connector_settings.get());
    const FhirClient* client =
        settings == nullptr ? nullptr : settings->ByName(peer.substr(kPrefix));
    if (client == nullptr)
      return Refused("unknown-sender", out.trigger,
                     {{"security", "", "this client is not in the adapter's configuration"}});
    out.identity = kit::Merge(config_.source, client->identity);
    out.quarantine_accepts = client->quarantine_accepts;
    if (!client->regime_stated) out.identity.private_regime = config_.source.private_regime;
  }
  if (config_.production && config_.check_processing_id && record->test())
    return Refused("test-data", out.trigger,
                   {{"business-rule", "meta", "marked as test data; this system is in production"}});
  SAM_ASSIGN(out.message_id, record->MessageId());
  out.object = record->Object();
  out.order = record->Order();
  // A resource may wait for hours before it is sent: only a time that has not come yet tells of a
  // clock that is wrong.
  if (out.order && out.order->from.value != 0)
    out.sent_at = std::max(out.order->from, clock_.Now());
  out.record = std::move(record);
  return out;
}

Result<std::vector<std::string>> FhirDecoder::Sample(const std::string& name, std::string bytes) {
  static_cast<void>(name);
  sample_.reset();
  const Result<Json> json = ParseJson(bytes);
  if (json.ok() && json->Text("resourceType") == "Bundle" && json->Text("type") == "collection")
    return std::vector<std::string>{std::move(bytes)};  // a message as the quarantine keeps it
  sample_ = exchange_.Read(RequestOf(json.ok() ? &*json : nullptr, bytes, exchange_.base()));
  const Plan& plan = *sample_;
  if (plan.shape == Plan::Shape::kAnswered) {
    NoteAnswer(plan.answer, irregular_);
    return std::vector<std::string>();
  }
  std::vector<std::string> out;
  for (const Entry& entry : plan.entries) {
    for (const Issue& issue : entry.issues)
      irregular_.push_back({issue.expression + " " + issue.text + " (" +
                                std::to_string(entry.refused) + ")",
                            true});
    if (!entry.message.empty()) out.push_back(entry.message);
  }
  return out;
}

std::string FhirDecoder::AnswerToSample(const std::vector<kit::Verdict>& verdicts) {
  if (!sample_) return "";
  std::vector<Fate> fates;
  size_t next = 0;
  for (const Entry& entry : sample_->entries)
    fates.push_back(entry.message.empty() || next >= verdicts.size()
                        ? Fate()
                        : FateOf(verdicts[next++], entry));
  const edge::HttpResponse answer = exchange_.Answer(*sample_, fates);
  std::string out = "HTTP " + std::to_string(answer.status);
  for (const auto& [name, value] : answer.headers) out.append("\n").append(name).append(": ").append(value);
  if (!answer.body.empty()) out.append("\n\n").append(answer.body);
  return out;
}

}  // namespace sam::fhir
