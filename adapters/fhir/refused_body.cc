#include "adapters/fhir/refused_body.h"

#include <algorithm>
#include <utility>

#include "adapters/fhir/bundle.h"
#include "adapters/fhir/document.h"
#include "broker/base/text.h"

namespace sam::fhir {
namespace {

bool Has(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

// Every resource in it has a type of R4. One without a known type may be a form whose name is misspelt, also inside
// of one that is known. The reader's limit bounds the depth.
bool AllKnown(const Json& value, bool resource) {
  if (value.is_array())
    return std::all_of(value.items.begin(), value.items.end(),
                       [&](const Json& item) { return AllKnown(item, resource); });
  if (!value.is_object()) return true;
  const bool typed = resource || value.Find("resourceType") != nullptr;
  if (typed && !IsR4Type(value.Text("resourceType"))) return false;
  return std::all_of(value.members.begin(), value.members.end(), [](const JsonMember& member) {
    return AllKnown(member.value, member.name == "contained" || member.name == "resource");
  });
}

// Text that nobody could read as a resource: not to be told from answers of a form when it has their
// words, or when it is packed or in an encoding in which they cannot be sought.
bool MayHoldAnswers(const std::string& text) {
  const bool hidden = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
  const std::string lower = LowerAscii(text);
  return hidden || Has(lower, "question") || Has(lower, "linkid") || Has(lower, "answer") ||
         Has(lower, "\\u");
}

std::string Note(size_t bytes) {
  return "(" + std::to_string(bytes) + " bytes; not kept, since they may hold answers of a form)";
}

std::string Kept(const Json* resource, std::string text) {
  // A form is known by its type: under a name that is none its answers are still there.
  const bool known = resource != nullptr && resource->is_object() && AllKnown(*resource, true);
  if (Has(text, "\"linkId\"") || (!known && MayHoldAnswers(text))) return Note(text.size());
  return text;
}

std::string Detail(const std::string& place, const std::string& text, int status) {
  return place + (place.empty() ? "" : " ") + text + " (answered " + std::to_string(status) + ")";
}

}  // namespace

std::string TellingOf(const Json& resource) {
  const std::string& id = resource.Text("id");
  const Json* meta = resource.Find("meta");
  if (!IsFhirId(id) || meta == nullptr) return "";
  const std::string& version = meta->Text("versionId");
  const std::string& when = version.empty() ? meta->Text("lastUpdated") : version;
  return when.empty() ? "" : resource.Text("resourceType") + "/" + id + "/" + when;
}

RefusedBody RefusedWhole(const edge::HttpResponse& answer, const std::string& body, bool form) {
  RefusedBody out;
  std::string code = "structure";
  const Result<Json> outcome = ParseJson(answer.body);
  const Json* issues = outcome.ok() ? outcome->Find("issue") : nullptr;
  if (issues != nullptr && !issues->items.empty()) {
    const Json& issue = issues->items[0];
    const Json* at = issue.Find("expression");
    code = issue.Text("code");
    out.detail = Detail(at == nullptr || at->items.empty() ? "" : at->items[0].text,
                        issue.Text("diagnostics"), answer.status);
  }
  out.reason = kRefusedPrefix + code;
  Result<Json> json = ParseJson(body);
  if (!json.ok()) {
    out.body = form ? Note(body.size()) : Kept(nullptr, body);
    return out;
  }
  out.telling = TellingOf(*json);
  // A search for a number, when one person is erased, finds none that is written in codes.
  const bool anew = DropAnswers(*json) || Has(body, "\\u");
  const bool strange = form && json->Text("resourceType") != "QuestionnaireResponse";
  out.body = strange ? Note(body.size()) : Kept(&*json, anew ? MessageOf(*json) : body);
  return out;
}

RefusedBody RefusedPart(const std::string& code, const std::string& detail, int status,
                        const Json& resource, std::string message) {
  RefusedBody out;
  out.reason = kRefusedPrefix + code;
  out.detail = Detail("", detail, status);
  out.telling = TellingOf(resource);
  out.body = Kept(&resource, std::move(message));
  return out;
}

}  // namespace sam::fhir
