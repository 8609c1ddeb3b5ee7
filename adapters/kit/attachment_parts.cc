#include "adapters/kit/attachment_parts.h"

#include <capnp/message.h>

#include <algorithm>

#include "broker/contract/catalogue.h"
#include "broker/wire/codec.h"
#include "broker/wire/limits.h"

namespace sam::kit {
namespace {

struct Place {
  uint16_t index = 0;
  uint16_t count = 0;
};

std::string PartEvent(schema::Event::Reader report, const MappedFile& file, Place at,
                      const EventId& id) {
  const std::string_view bytes = std::string_view(file.bytes)
                                     .substr(size_t{at.index} * wire::kMaxPartBytes,
                                             wire::kMaxPartBytes);
  capnp::MallocMessageBuilder message(static_cast<unsigned>(bytes.size() / 8 + 512));
  auto event = message.initRoot<schema::Event>();
  event.setHeader(report.getHeader());
  auto header = event.getHeader();
  const std::string report_id = report.getHeader().getSourceMessageId().cStr();
  std::string part_id = report_id;
  part_id.append("#attachment.").append(std::to_string(file.attachment + 1)).append(".");
  part_id += std::to_string(at.index + 1);
  const contract::EventType* type = contract::EventTypeByMember("reportAttachment");
  header.setEventId(wire::AsData(id.view()));
  header.setType(type->name);
  header.setSourceMessageId(part_id);
  header.setSensitivity(type->sensitivity);
  header.setLegalClass(type->legal_class);
  header.setStatus(schema::EventStatus::ACTUAL);  // a report is corrected whole, with its files
  (void)header.disownReplaces();
  (void)header.disownEpisodeKey();
  (void)header.disownNulls();
  auto body = event.getBody().initReportAttachment();
  body.setReportMessageId(report_id);
  body.setAttachment(file.attachment);
  body.setDigest(wire::AsData(file.digest.view()));
  body.setSize(file.size);
  body.setIndex(at.index);
  body.setCount(at.count);
  body.setBytes(wire::AsData(bytes));
  return wire::Flatten(message);
}

}  // namespace

uint16_t PartsOf(uint64_t size) {
  return static_cast<uint16_t>((size + wire::kMaxPartBytes - 1) / wire::kMaxPartBytes);
}

Status EachPart(const MappedEvent& report, Uuid7& ids,
                const std::function<void(const std::string& event)>& visit) {
  if (report.files.empty()) return Ok();
  // Parsed, so that reading the header again for each part runs into no limit.
  SAM_ASSIGN(const auto message, wire::Parse<schema::Event>(report.bytes));
  const schema::Event::Reader event = message.get();
  for (const MappedFile& file : report.files) {
    if (file.bytes.empty()) continue;
    const uint16_t count = PartsOf(file.size);
    for (uint16_t index = 0; index < count; ++index) {
      const std::string part = PartEvent(event, file, {index, count}, ids.Next());
      if (part.size() > wire::kMaxEventBytes)
        return Invalid("event-too-large: the report's header leaves no room for its attachments");
      visit(part);
    }
  }
  return Ok();
}

}  // namespace sam::kit
