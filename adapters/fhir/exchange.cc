#include "adapters/fhir/exchange.h"

#include <utility>

#include "adapters/fhir/bundle.h"
#include "adapters/fhir/document.h"
#include "broker/base/text.h"

namespace sam::fhir {
namespace {

Plan Answered(edge::HttpResponse answer) {
  Plan out;
  out.answer = std::move(answer);
  return out;
}

Plan NotAllowed(const std::string& allow) {
  edge::HttpResponse out = Refusal(405, "not-supported", "this interaction is not offered; see metadata");
  out.headers.emplace_back("Allow", allow);
  return Answered(std::move(out));
}

std::string Lower(std::string_view text) { return LowerAscii(Trim(text)); }

bool IsJsonType(std::string_view type) {
  return type == "application/fhir+json" || type == "application/json" ||
         type == "application/json+fhir" || type == "text/json" || type == "json";
}

// What is sent: JSON in UTF-8, not packed.
bool TakesContent(const edge::HttpRequest& request) {
  const std::string encoding = Lower(request.Header("content-encoding"));
  if (!encoding.empty() && encoding != "identity") return false;
  const std::string type = Lower(request.Header("content-type"));
  const std::vector<std::string_view> parts = Split(type, ';');
  if (!IsJsonType(Trim(parts[0]))) return false;
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = Trim(parts[i]);
    if (part.substr(0, 8) == "charset=" && part != "charset=utf-8" && part != "charset=\"utf-8\"")
      return false;
    if (part.substr(0, 12) == "fhirversion=" && part.substr(12, 1) != "4") return false;
  }
  return true;
}

// What is wanted back: JSON, or anything. _format in the query goes before the header.
bool WantsJson(const edge::HttpRequest& request) {
  const size_t format = request.query.find("_format=");
  if (format != std::string::npos) {
    const std::string wanted =
        Lower(request.query.substr(format + 8, request.query.find('&', format) - format - 8));
    return wanted.find("json") != std::string::npos;
  }
  const std::string accept = Lower(request.Header("accept"));
  if (accept.empty()) return true;
  for (const std::string_view one : Split(accept, ',')) {
    const std::string_view type = Trim(one.substr(0, one.find(';')));
    if (type == "*/*" || type == "application/*" || IsJsonType(type)) return true;
  }
  return false;
}

// W/"3" or "3" -> 3
std::string TagOf(const std::string& header) {
  std::string_view tag = Trim(header);
  if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"')
    tag = tag.substr(1, tag.size() - 2);
  return std::string(tag);
}

const Issue& NotOfInterest() {
  static const Issue kIssue = {"informational", "",
                               "received; nothing in it is of interest here and it is not kept"};
  return kIssue;
}

const Issue& CameBefore() {
  static const Issue kIssue = {"informational", "", "received before; the first receipt stands"};
  return kIssue;
}

int StatusFor(const Entry& entry, const Fate& fate) {
  switch (fate.kind) {
    case Fate::Kind::kTaken: return entry.put ? 200 : 201;
    case Fate::Kind::kNothing:
    case Fate::Kind::kDuplicate: return 200;
    case Fate::Kind::kPutAside: return 202;
    case Fate::Kind::kConflict: return 409;
    case Fate::Kind::kRefused: break;
  }
  return fate.status;
}

std::string StatusLine(int status) {
  switch (status) {
    case 200: return "200 OK";
    case 201: return "201 Created";
    case 202: return "202 Accepted";
    case 400: return "400 Bad Request";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 409: return "409 Conflict";
    case 412: return "412 Precondition Failed";
    default: return std::to_string(status) + " Unprocessable";
  }
}

bool IsKept(Fate::Kind kind) {
  return kind == Fate::Kind::kTaken || kind == Fate::Kind::kDuplicate;
}

std::string IdOf(const Entry& entry, const Fate& fate) {
  if (!entry.id.empty()) return entry.id;
  return fate.raw_ref == 0 ? std::string() : "r" + std::to_string(fate.raw_ref);
}

}  // namespace

Plan Exchange::Read(const edge::HttpRequest& request) const {
  const bool here = request.path.substr(0, base_.size()) == base_;
  if (!here || (request.path.size() > base_.size() && request.path[base_.size()] != '/'))
    return Answered(Refusal(404, "not-found", "nothing here; the base is " + base_));
  std::string path = request.path.substr(base_.size());
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  if (!WantsJson(request))
    return Answered(Refusal(406, "not-supported", "answers are application/fhir+json"));
  if (path == "/metadata") {
    if (request.method != "GET" && request.method != "HEAD") return NotAllowed("GET, HEAD");
    edge::HttpResponse out;
    out.content_type = "application/fhir+json; charset=utf-8";
    out.body = CapabilityStatement(offer_, types_);
    return Answered(std::move(out));
  }
  const bool root = path.empty() || path == "/" || path == "/$process-message";
  std::vector<std::string_view> parts = Split(path, '/');
  const std::string type = parts.size() > 1 ? std::string(parts[1]) : "";
  const std::string id = parts.size() > 2 ? std::string(parts[2]) : "";
  if (!root && (parts.size() < 2 || parts.size() > 3 || FindResourceRule(type) == nullptr))
    return Answered(Refusal(404, "not-supported", "no resource type taken here; see metadata"));
  if (!root && !IsRead(type, types_))
    return Answered(Refusal(404, "not-supported",
                            "this adapter's mapping has no rule for this type; see metadata"));
  const bool put = !root && parts.size() == 3;
  if (request.method != (put ? "PUT" : "POST")) return NotAllowed(put ? "PUT" : "POST");
  Plan out = ReadContent(path, type, id, request);
  // Of what is not offered at all (404, 405) nothing is kept.
  if (out.shape == Plan::Shape::kAnswered && out.refused.empty() && out.answer.status != 405)
    out.refused.push_back(
        RefusedWhole(out.answer, request.body, type == "QuestionnaireResponse"));
  return out;
}

Plan Exchange::ReadContent(const std::string& path, const std::string& type, const std::string& id,
                           const edge::HttpRequest& request) const {
  if (!TakesContent(request))
    return Answered(
        Refusal(415, "not-supported", "expected application/fhir+json in UTF-8, not packed"));
  if (FindResourceRule(type) != nullptr) return ReadOne(type, id, !id.empty(), request);
  Result<Json> json = ParseJson(request.body);
  if (!json.ok()) return Answered(Refusal(400, "structure", json.error().message));
  if (json->Text("resourceType") != "Bundle")
    return Answered(Refusal(400, "structure", "expected a Bundle here, or the type in the URL"));
  if (path == "/$process-message" && json->Text("type") != "message")
    return Answered(Refusal(422, "code-invalid", "expected a Bundle of type message here"));
  return ReadBundle(*json, types_);
}

Plan Exchange::ReadOne(const std::string& type, const std::string& id, bool put,
                       const edge::HttpRequest& request) const {
  Result<Json> json = ParseJson(request.body);
  if (!json.ok()) return Answered(Refusal(400, "structure", json.error().message));
  if (json->Text("resourceType") != type)
    return Answered(Outcome(400, "error",
                            {{"invalid", type + ".resourceType",
                              "the body is not of the type that the URL names"}}));
  if (put && json->Text("id") != id)
    return Answered(
        Outcome(400, "error", {{"invalid", type + ".id", "the body has not the URL's id"}}));
  if (!request.Header("if-none-exist").empty())
    return Answered(Refusal(412, "not-supported",
                            "conditional create is not offered; id and version tell what came "
                            "before"));
  Plan out;
  out.shape = Plan::Shape::kOne;
  out.entries.push_back(EntryOf(*json, put));
  Entry& entry = out.entries[0];
  if (entry.refused != 0)
    return Answered(Outcome(entry.refused, "error", entry.issues));
  const std::string match = TagOf(request.Header("if-match"));
  if (!match.empty() && match != entry.version)
    return Answered(Outcome(412, "error",
                            {{"conflict", type + ".meta.versionId",
                              "If-Match names another version than the body"}}));
  // As it came; only the answers of a form are taken out before anything is kept. A body with coded
  // characters is written anew, so that a search for a number (erasing one person) finds it.
  const bool coded = request.body.find("\\u") != std::string::npos;
  entry.message = DropAnswers(*json) || coded ? MessageOf(*json) : request.body;
  return out;
}

edge::HttpResponse Exchange::Answer(const Plan& plan, const std::vector<Fate>& fates) const {
  if (plan.shape == Plan::Shape::kAnswered) return plan.answer;
  if (plan.whole()) {
    // The first that could not be taken speaks for all: nothing of it was kept.
    for (size_t i = 0; i < plan.entries.size(); ++i) {
      const Fate& fate = fates[i];
      if (plan.entries[i].message.empty()) continue;
      if (fate.kind == Fate::Kind::kConflict || fate.kind == Fate::Kind::kRefused)
        return AnswerOne(plan.entries[i], fate);
    }
  }
  if (plan.shape == Plan::Shape::kOne) return AnswerOne(plan.entries[0], fates[0]);
  if (plan.shape == Plan::Shape::kMessage) return AnswerMessage(plan);
  return AnswerBundle(plan, fates);
}

edge::HttpResponse Exchange::AnswerOne(const Entry& entry, const Fate& fate) const {
  const int status = StatusFor(entry, fate);
  edge::HttpResponse out;
  if (fate.kind == Fate::Kind::kNothing) {
    out = Outcome(status, "information", {NotOfInterest()});
  } else if (fate.kind == Fate::Kind::kDuplicate) {
    out = Outcome(status, "information", {CameBefore()});
  } else if (fate.kind == Fate::Kind::kPutAside) {
    out = Outcome(status, "information", fate.issues);
  } else if (fate.kind != Fate::Kind::kTaken) {
    return Outcome(status, "error", fate.issues);
  } else {
    out.status = status;
    out.content_type = "application/fhir+json; charset=utf-8";
  }
  const std::string id = IdOf(entry, fate);
  if (!IsKept(fate.kind) || id.empty()) return out;
  const std::string version = entry.version.empty() ? "1" : entry.version;
  out.headers.emplace_back("ETag", "W/\"" + version + "\"");
  out.headers.emplace_back("Location",
                           base_ + "/" + entry.type + "/" + id + "/_history/" + version);
  return out;
}

edge::HttpResponse Exchange::AnswerBundle(const Plan& plan, const std::vector<Fate>& fates) const {
  edge::HttpResponse out;
  out.content_type = "application/fhir+json; charset=utf-8";
  out.body = R"({"resourceType":"Bundle","type":")";
  out.body += plan.shape == Plan::Shape::kBatch ? "batch-response" : "transaction-response";
  out.body += R"(","entry":[)";
  for (size_t i = 0; i < plan.entries.size(); ++i) {
    const Entry& entry = plan.entries[i];
    edge::HttpResponse one;
    if (entry.refused != 0)
      one = Outcome(entry.refused, "error", entry.issues);
    else if (!entry.of_interest)
      one = Outcome(200, "information", {NotOfInterest()});
    else if (entry.message.empty())
      one = Outcome(200, "information",
                    {{"informational", "", "used for what refers to it; not kept by itself"}});
    else
      one = AnswerOne(entry, fates[i]);
    out.body += i == 0 ? "" : ",";
    out.body += R"({"response":{"status":)" + Quoted(StatusLine(one.status));
    for (const auto& [name, value] : one.headers) {
      if (name == "ETag") out.body += ",\"etag\":" + Quoted(value);
      if (name == "Location")
        out.body += ",\"location\":" + Quoted(value.substr(base_.size() + 1));
    }
    if (!one.body.empty()) out.body += ",\"outcome\":" + one.body;
    out.body += "}}";
  }
  out.body += "]}";
  return out;
}

edge::HttpResponse Exchange::AnswerMessage(const Plan& plan) const {
  edge::HttpResponse out;
  out.content_type = "application/fhir+json; charset=utf-8";
  out.body = R"({"resourceType":"Bundle","type":"message","entry":[{"resource":)";
  out.body += R"({"resourceType":"MessageHeader",)" + plan.event;
  out.body += R"(,"source":{"endpoint":)" + Quoted(base_ + "/$process-message");
  out.body += R"(},"response":{"identifier":)" + Quoted(plan.header_id);
  out.body += R"(,"code":"ok"}}}]})";
  return out;
}

}  // namespace sam::fhir
