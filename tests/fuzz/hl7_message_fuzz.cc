// Any bytes: split, parsed, read at every place, and acknowledged with something that parses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/batch.h"
#include "adapters/hl7/escape.h"
#include "adapters/hl7/identifier.h"
#include "adapters/hl7/identity.h"
#include "adapters/hl7/message.h"
#include "adapters/hl7/mllp_framer.h"
#include "adapters/hl7/order_group.h"
#include "adapters/hl7/personnummer.h"
#include "adapters/hl7/timestamp.h"
#include "broker/base/text.h"

namespace {

using namespace sam::hl7;

void ReadValue(const Message& message, std::string_view raw, const ZonePolicy& zones) {
  const Value value = message.Decode(raw);
  if (!sam::IsValidUtf8(value.text)) std::abort();
  const auto time = ParseTimestamp(raw, zones);
  if (time.ok() && time->precision >= Precision::kHour && !time->instant) std::abort();
  PersonNumberOptions options;
  options.today = sam::Millis(1'772'000'000'000);
  options.lenient = true;
  const auto number = ReadPersonNumber(value.text, options);
  if (number.ok() && number->id.Reveal().size() != 12) std::abort();
  const std::string sent = Escape(value.text, message.delimiters(), message.charset().charset);
  if (sent.find('\r') != std::string::npos) std::abort();
}

void ReadEverything(const Message& message, const ZonePolicy& own) {
  const ZonePolicy zones = ZonesFor(message.header().Component(7, 1), own.zone);
  for (size_t i = 0; i < message.segment_count(); ++i) {
    const Segment segment = message.segment(i);
    for (size_t n = 0; n <= segment.field_count() + 1; ++n) {
      ReadValue(message, segment.Field(n), zones);
    }
  }
  for (const char* path : {"PID-3[*].4.2", "OBX[*]-5[*].1", "MSH-2", "SCH-11.4"}) {
    const auto selector = Selector::Parse(path);
    if (!selector.ok()) std::abort();
    message.GetAll(*selector);
    message.Raw(*selector);
    ReadIdentifiers(message, *selector);
  }
  static_cast<void>(sam::hl7::OrderGroups(message).size());
  CheckHeader(message, HeaderRules());
  static_cast<void>(SourceMessageId(message).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ZonePolicy zones{sam::hl7::Zone::Find("Europe/Stockholm").value(), std::nullopt,
                                false};
  const std::string raw(reinterpret_cast<const char*>(data), size);
  const auto batch = SplitBatch(raw);
  if (batch.ok() && batch->messages.size() > 1 && !LooksLikeBatch(raw)) std::abort();
  ErrorCode code = ErrorCode::kAccepted;
  const auto message = Message::Parse(raw, CharsetPolicy(), &code);
  if (message.ok() != (code == ErrorCode::kAccepted)) std::abort();
  if (message.ok()) ReadEverything(*message, zones);

  AckContext context;
  context.control_id = "1";
  const std::string ack = BuildAck(
      raw, AckCode::kAA, {{"PID-3", ErrorCode::kDataType, Severity::kError, "x"}}, context);
  if (ack.empty() != IsAcknowledgement(raw)) std::abort();
  if (!ack.empty()) {
    MllpFramer framer;
    framer.Feed(Frame(ack));
    const auto event = framer.Next();
    if (!event || event->bytes != ack || !ParseAck(event->bytes).ok()) std::abort();
  }
  static_cast<void>(ParseAck(raw).ok());
  return 0;
}
