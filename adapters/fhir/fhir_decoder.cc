#include "adapters/fhir/fhir_decoder.h"

#include <algorithm>
#include <utility>

#include "adapters/fhir/bundle.h"
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

// The issues of an OperationOutcome that a Bundle as a whole is answered with.
void NoteAnswer(const edge::HttpResponse& answer, std::vector<kit::Irregularity>& out) {
  const Result<Json> outcome = ParseJson(answer.body);
  const Json* issues = outcome.ok() ? outcome->Find("issue") : nullptr;
  if (issues == nullptr) return;
  for (const Json& issue : issues->items) {
    const Json* at = issue.Find("expression");
    const std::string place = at == nullptr || at->items.empty() ? "" : TextOf(at->items[0]) + " ";
    out.push_back({place + issue.Text("diagnostics") + " (" + std::to_string(answer.status) +
                       ": nothing of this Bundle is taken)",
                   true});
  }
}

}  // namespace

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
  whole_ = false;
  Result<Json> json = ParseJson(bytes);
  if (!json.ok()) {  // answered at the door, and kept by nobody
    irregular_.push_back({json.error().message + " (400)", true});
    return std::vector<std::string>();
  }
  if (json->Text("resourceType") != "Bundle" || json->Text("type") == "collection") {
    std::vector<std::string> one;
    one.push_back(std::move(bytes));
    return one;
  }
  const Plan plan = ReadBundle(*json);
  if (plan.shape == Plan::Shape::kAnswered) {
    NoteAnswer(plan.answer, irregular_);
    return std::vector<std::string>();
  }
  whole_ = plan.whole();
  std::vector<std::string> out;
  for (const Entry& entry : plan.entries) {
    for (const Issue& issue : entry.issues)
      irregular_.push_back({issue.expression + " " + issue.text + " (" +
                                std::to_string(entry.refused) + ")",
                            true});
    if (!entry.message.empty()) out.push_back(entry.message);
  }
  if (out.empty() && irregular_.empty()) return Invalid("no entry of this Bundle can be taken");
  return out;
}

}  // namespace sam::fhir
