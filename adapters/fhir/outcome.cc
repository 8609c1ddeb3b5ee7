// The part of Exchange that writes OperationOutcome and CapabilityStatement.
#include "adapters/fhir/exchange.h"

namespace sam::fhir {

edge::HttpResponse Outcome(int status, const std::string& severity,
                           const std::vector<Issue>& issues) {
  edge::HttpResponse out;
  out.status = status;
  out.content_type = "application/fhir+json; charset=utf-8";
  out.body = R"({"resourceType":"OperationOutcome","issue":[)";
  for (size_t i = 0; i < issues.size(); ++i) {
    const Issue& issue = issues[i];
    out.body += i == 0 ? "" : ",";
    out.body += R"({"severity":)" + Quoted(severity);
    out.body += ",\"code\":" + Quoted(issue.code);
    if (!issue.text.empty()) out.body += ",\"diagnostics\":" + Quoted(issue.text);
    if (!issue.expression.empty()) out.body += ",\"expression\":[" + Quoted(issue.expression) + "]";
    out.body += '}';
  }
  out.body += "]}";
  return out;
}

edge::HttpResponse Refusal(int status, const std::string& code, const std::string& text) {
  return Outcome(status, "error", {{code, "", text}});
}

edge::HttpResponse ComeBack(int status, int seconds, const std::string& text) {
  edge::HttpResponse out = Outcome(status, "error", {{"transient", "", text}});
  out.headers.emplace_back("Retry-After", std::to_string(seconds));
  return out;
}

std::string CapabilityStatement(const Offer& offer, const std::vector<std::string>& types) {
  std::string out = R"({"resourceType":"CapabilityStatement","status":"active",)"
                    R"("date":"2026-11-01","publisher":"Samsignal","kind":"instance",)"
                    R"("software":{"name":"samsignal-adapter"},)"
                    R"("implementation":{"description":"Takes notices from a record system; )"
                    R"(nothing can be read back")";
  if (!offer.url.empty()) out += ",\"url\":" + Quoted(offer.url);
  out += R"(},"fhirVersion":"4.0.1","format":["application/fhir+json","json"],"rest":[{)"
         R"("mode":"server","documentation":"A resource of a type that is not listed is refused by )"
         R"(itself (404). In a transaction, batch or message it is received and not kept, and takes )"
         R"(nothing down with it.","security":{"description":)";
  out += Quoted(offer.certificates ? "A client certificate names the source."
                                   : "No certificate is asked for here: a proxy in front of this "
                                     "server knows who asks.");
  out += R"(},"resource":[)";
  bool first = true;
  for (const std::string& type : types) {
    out += first ? "" : ",";
    first = false;
    out += "{\"type\":" + Quoted(type);
    out += R"(,"interaction":[{"code":"create"},{"code":"update"}],"versioning":"versioned",)"
           R"("readHistory":false,"updateCreate":true,"conditionalCreate":false,)"
           R"("conditionalUpdate":false,"conditionalDelete":"not-supported"})";
  }
  out += R"(],"interaction":[{"code":"transaction"},{"code":"batch"}],"operation":[{)"
         R"("name":"process-message","definition":)"
         R"("http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message"}]}]})";
  return out;
}

}  // namespace sam::fhir
