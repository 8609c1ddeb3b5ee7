// JSON out by nlohmann-json, in this one file of the folder.
#include "adapters/intake/body.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/hl7/identifier.h"
#include "adapters/hl7/personnummer.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::intake {
namespace {

using contract::Language;

std::string Plain(capnp::Text::Reader text) { return std::string(wire::View(text)); }

// A reserve number is a region's own; a social system would take it for another person's.
std::string NumberOf(capnp::List<schema::Identifier>::Reader ids) {
  for (const std::string_view wanted : {hl7::kOidPersonnummer, hl7::kOidSamordningsnummer})
    for (const auto id : ids)
      if (hl7::CanonicalSystem(Plain(id.getSystem())) == wanted) return Plain(id.getValue());
  return {};
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&quot;"); break;
      default: out.push_back(c);
    }
  }
  return out;
}

std::string Page(const std::string& title, const std::string& reference, const std::string& text) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"sv\"><head><meta charset=\"utf-8\"><title>";
  out.append(Escaped(title)).append("</title>\n<style>pre{white-space:pre-wrap}</style></head>");
  out.append("<body>\n<h1>").append(Escaped(title)).append("</h1>\n<pre>");
  out.append(Escaped(text)).append("</pre>\n<p>").append(reference).append("</p></body></html>\n");
  return out;
}

}  // namespace

Result<Told> Read(std::string_view signal) {
  return wire::Read<schema::Signal>(signal, [](schema::Signal::Reader in) -> Result<Told> {
    Told out;
    out.code = Plain(in.getCode());
    out.acute = in.getAcute();
    out.sender = Plain(in.getSenderFunction());
    out.receiver = Plain(in.getReceiverFunction());
    out.municipality = Plain(in.getSubject().getHomeMunicipality());
    out.person = NumberOf(in.getSubject().getIds());
    out.decided_at = Millis(in.getDecidedAt());
    out.sender_name = out.sender;
    if (in.getBody().isReport() && in.getBody().getReport().getSignerName().size() > 0)
      out.sender_name = Plain(in.getBody().getReport().getSignerName());
    return out;
  });
}

std::string Reference(const SignalId& signal) { return "samsignal-" + ToHex(signal.view()); }

std::string ActualisationJson(const Told& told, const Codes& codes, const std::string& reference,
                              Millis received_at) {
  nlohmann::ordered_json body = {{"PersonId", told.person},
                                 {"Date", contract::SwedishTime(received_at).substr(0, 10)},
                                 {"Type", codes.type},
                                 {"FromWho", codes.from_who}};
  if (!codes.reason.empty()) body["Reason"] = codes.reason;
  if (codes.organisation_id) body["OrganisationId"] = *codes.organisation_id;
  if (codes.organisation_unit_id) body["OrganisationUnitId"] = *codes.organisation_unit_id;
  if (codes.caseworker_id) body["CaseworkerId"] = *codes.caseworker_id;
  body["Specifies"] = reference;
  if (!codes.working_status.empty()) body["WorkingStatus"] = codes.working_status;
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<rest::Upload> Attachment(std::string_view signal, const Told& told, const Codes& codes,
                                const std::string& reference) {
  contract::PrintOptions options;
  options.language = Language::kSwedish;
  options.reveal = true;
  SAM_ASSIGN(const std::string text,
             (wire::Read<schema::Signal>(signal, [&](schema::Signal::Reader in) {
               return Result<std::string>(contract::PrintSignal(in, options));
             })));
  rest::Upload out;
  const auto field = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out.parts.push_back({name, value, {}, {}});
  };
  field("InsertDocumentType", codes.document_type);
  field("InsertDocumentSenderType", codes.document_sender);
  field("Title", codes.title);
  field("SenderName", told.sender_name);
  // The name of the file says nothing of the person: it ends in logs over there.
  out.parts.push_back({"Content", Page(codes.title, reference, text), reference + ".html",
                       "text/html; charset=utf-8"});
  return out;
}

}  // namespace sam::intake
