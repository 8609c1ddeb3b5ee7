// JSON out by nlohmann-json, in this one file of the folder.
#include "adapters/intake/body.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/hl7/identifier.h"
#include "adapters/hl7/personnummer.h"
#include "broker/base/text.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/codes.h"
#include "broker/contract/printer.h"
#include "broker/contract/reference.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::intake {
namespace {

using contract::Language;

constexpr size_t kTitleMax = 200;  // bytes
constexpr size_t kMediaTypeMax = 100;

std::string Plain(capnp::Text::Reader text) { return std::string(wire::View(text)); }

// A reserve number is a region's own; a social system would take it for another person's.
std::string NumberOf(capnp::List<schema::Identifier>::Reader ids) {
  for (const std::string_view wanted : {hl7::kOidPersonnummer, hl7::kOidSamordningsnummer})
    for (const auto id : ids)
      if (hl7::CanonicalSystem(Plain(id.getSystem())) == wanted &&
          !contract::NamesNobody(id))
        return Plain(id.getValue());
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

// The sender's words on one line, and not more than a column may hold.
std::string Line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (text.size() <= kTitleMax) return text;
  size_t end = kTitleMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

// It becomes a header line of the form's part: what is no media type could write another one.
std::string MediaType(const std::string& told) {
  const size_t slash = told.find('/');
  const bool plain = std::all_of(told.begin(), told.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '.' || c == '+' || c == '-';
  });
  const bool sound = plain && told.size() <= kMediaTypeMax && slash != std::string::npos &&
                     slash > 0 && slash + 1 < told.size() &&
                     told.find('/', slash + 1) == std::string::npos;
  return sound ? told : "application/octet-stream";
}

// So that a double click opens it over there. What could run something there has no ending of its own.
const char* EndingOf(const std::string& media_type) {
  struct Known {
    const char* type;
    const char* ending;
  };
  static constexpr std::array<Known, 9> kKnown = {{
      {"application/pdf", ".pdf"},
      {"image/jpeg", ".jpg"},
      {"image/png", ".png"},
      {"image/tiff", ".tif"},
      {"text/plain", ".txt"},
      {"application/rtf", ".rtf"},
      {"application/msword", ".doc"},
      {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"},
      {"application/vnd.oasis.opendocument.text", ".odt"},
  }};
  const std::string low = LowerAscii(media_type);
  for (const Known& known : kKnown)
    if (low == known.type) return known.ending;
  return ".bin";
}

// What stands before the content in every POST of Attachments.
rest::Upload Fields(const Codes& codes, const std::string& title, const Told& told) {
  rest::Upload out;
  const auto field = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out.parts.push_back({name, value, {}, {}});
  };
  field("InsertDocumentType", codes.document_type);
  field("InsertDocumentSenderType", codes.document_sender);
  field("Title", title);
  field("SenderName", told.sender_name);
  return out;
}

constexpr const char* kPageType = "text/html; charset=utf-8";

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

std::string Reference(const SignalId& signal) { return contract::ReferenceTo(signal); }

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
  rest::Upload out = Fields(codes, codes.title, told);
  // The name of the file says nothing of the person: it ends in logs over there.
  out.parts.push_back({"Content", Page(codes.title, reference, text), reference + ".html",
                       kPageType});
  return out;
}

FileMark MarkOf(const SignalId& signal, size_t number, const Listed& file, bool missing) {
  FileMark out;
  const std::string count = std::to_string(number);
  out.name = Reference(signal);
  out.name.append("-").append(count).append(missing ? "-inbox.html" : EndingOf(file.media_type));
  out.title = contract::Text(missing ? "intake.file.missing" : "intake.file", Language::kSwedish,
                             {{"number", count}});
  if (!missing && !Trim(file.title).empty()) out.title.append(": ").append(Trim(file.title));
  out.title = Line(std::move(out.title));
  return out;
}

rest::Upload FileUpload(const FileMark& mark, const Listed& file, const Told& told,
                        const Codes& codes, std::function<Result<std::string>()> next) {
  rest::Upload out = Fields(codes, mark.title, told);
  out.parts.push_back({"Content", {}, mark.name, MediaType(file.media_type), std::move(next),
                       file.size});
  return out;
}

rest::Upload MissingUpload(const FileMark& mark, size_t number, const std::string& reference,
                           const Told& told, const Codes& codes) {
  rest::Upload out = Fields(codes, mark.title, told);
  const std::string text = contract::Text("intake.file.missing.page", Language::kSwedish,
                                          {{"number", std::to_string(number)}});
  out.parts.push_back({"Content", Page(mark.title, reference, text), mark.name, kPageType});
  return out;
}

}  // namespace sam::intake
