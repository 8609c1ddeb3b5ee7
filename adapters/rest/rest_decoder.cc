#include "adapters/rest/rest_decoder.h"

#include <utility>

#include "adapters/kit/adapter_config.h"
#include "adapters/rest/json_row.h"
#include "broker/base/text.h"

namespace sam::rest {

using kit::Decoded;

Result<std::unique_ptr<kit::Decoder>> RestDecoder::Make(const kit::DecoderParts& parts) {
  const auto* format = dynamic_cast<const RestFormat*>(&parts.mapping.format());
  if (format == nullptr) return Internal("this mapping is not for rest-json");
  SAM_ASSIGN(const hl7::Zone zone,
             hl7::Zone::Find(parts.config.zone.empty() ? parts.mapping.zone() : parts.config.zone));
  const auto* settings =
      dynamic_cast<const RowSettings*>(parts.config.connector_settings.get());
  return std::unique_ptr<kit::Decoder>(new RestDecoder(parts, *format, zone, settings));
}

RestDecoder::RestDecoder(const kit::DecoderParts& parts, const RestFormat& format, hl7::Zone zone,
                         const RowSettings* settings)
    : config_(parts.config), clock_(parts.clock), format_(format), zone_(zone) {
  if (settings == nullptr) return;
  fields_ = settings->fields();
  rows_field_ = settings->saved_rows_field();
}

Result<Decoded> RestDecoder::Decode(const std::string& bytes, const std::string& peer) {
  Decoded out;
  Result<std::unique_ptr<RestRecord>> record =
      RestRecord::Parse(format_, fields_, bytes, zone_, clock_.Now());
  if (!record.ok()) return kit::Unreadable("unreadable", record.error().message);
  out.baseline = peer == kBaselinePeer;
  out.identity = config_.source;
  out.trigger = (*record)->trigger();
  SAM_ASSIGN(out.message_id, (*record)->MessageId());
  out.record = std::move(record).value();
  return out;
}

Result<std::vector<std::string>> RestDecoder::Sample(const std::string& name, std::string bytes) {
  std::vector<std::string> out;
  const Result<std::vector<PageRow>> page = ReadPage(bytes, rows_field_, "", "");
  if (page.ok()) {
    std::string endpoint = name.substr(name.rfind('/') + 1);
    endpoint = endpoint.substr(0, endpoint.find_first_of(".-"));
    for (const PageRow& row : *page) out.push_back(Envelope(endpoint, row.json, {}, row.mended ? kMendedRow : ""));
  } else {
    for (const std::string_view line : sam::Split(bytes, '\n'))
      if (!Trim(line).empty()) out.emplace_back(Trim(line));
  }
  if (out.empty())
    return Invalid(
        "the file has no rows: expected an answer of the source, saved "
        "under its endpoint's name, or one message a line");
  return out;
}

}  // namespace sam::rest
