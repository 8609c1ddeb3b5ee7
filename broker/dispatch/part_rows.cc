#include "broker/dispatch/part_rows.h"

#include <capnp/message.h>

#include <utility>

#include "broker/base/text.h"
#include "broker/wire/capnp_values.h"
#include "schemas/state.capnp.h"

namespace sam::dispatch {
namespace {

std::string Keyed(char letter, std::string_view name) {
  std::string key(1, letter);
  key += name;
  return key;
}

void Append16(std::string& key, uint16_t value) {
  key += static_cast<char>(value >> 8);
  key += static_cast<char>(value & 0xff);
}

std::pair<std::string, std::string> Range(char letter, std::string_view message_key) {
  // Nothing in a key after the message key is as long as this.
  return {Keyed(letter, message_key), Keyed(letter, message_key) + std::string(17, '\xff')};
}

Error Damaged(const Error& error) {
  std::string text = "a row of an attachment is not readable: ";
  text.append(error.message).append("; run 'samsignal rebuild' on a copy of the store");
  return Corrupt(text);
}

}  // namespace

std::string Encode(const PartRow& row) {
  capnp::MallocMessageBuilder message(32);
  auto root = message.initRoot<schema::PartRow>();
  root.setSubject(wire::AsData(row.subject.view()));
  root.setEventId(wire::AsData(row.event.view()));
  root.setOffset(row.offset.value);
  root.setAttachment(row.attachment);
  root.setIndex(row.index);
  root.setCount(row.count);
  root.setSize(row.size);
  return wire::Flatten(message);
}

std::string Encode(const PartReport& row) {
  capnp::MallocMessageBuilder message(64);
  auto root = message.initRoot<schema::PartReport>();
  root.setSubject(wire::AsData(row.subject.view()));
  root.setEventId(wire::AsData(row.event.view()));
  root.setOffset(row.offset.value);
  root.setMessageKey(wire::AsData(row.message_key));
  root.setAttachments(row.attachments);
  auto signals = root.initSignals(static_cast<unsigned>(row.signals.size()));
  for (unsigned i = 0; i < signals.size(); ++i)
    signals.set(i, wire::AsData(row.signals[i].view()));
  return wire::Flatten(message);
}

Result<PartRow> DecodePart(std::string_view bytes) {
  auto row = wire::ReadOwn<schema::PartRow>(
      bytes, [](schema::PartRow::Reader in) -> Result<PartRow> {
        return PartRow{wire::IdOf<SubjectId>(in.getSubject()),
                       wire::IdOf<EventId>(in.getEventId()),
                       Offset(in.getOffset()),
                       in.getAttachment(),
                       in.getIndex(),
                       in.getCount(),
                       in.getSize()};
      });
  if (!row.ok()) return Damaged(row.error());
  return row;
}

Result<PartReport> DecodePartReport(std::string_view bytes) {
  auto row = wire::ReadOwn<schema::PartReport>(
      bytes, [](schema::PartReport::Reader in) -> Result<PartReport> {
        PartReport out{wire::IdOf<SubjectId>(in.getSubject()),
                       wire::IdOf<EventId>(in.getEventId()),
                       Offset(in.getOffset()),
                       std::string(wire::View(in.getMessageKey())),
                       in.getAttachments(),
                       {}};
        for (const auto id : in.getSignals()) out.signals.push_back(wire::IdOf<SignalId>(id));
        return out;
      });
  if (!row.ok()) return Damaged(row.error());
  return row;
}

std::string ReportKey(std::string_view message_key) { return Keyed('r', message_key); }

std::string ReportEventKey(const EventId& event) { return Keyed('e', event.view()); }

std::string PartKey(std::string_view message_key, uint16_t attachment, uint16_t index) {
  std::string key = Keyed('p', message_key);
  Append16(key, attachment);
  Append16(key, index);
  return key;
}

std::string WaitingKey(std::string_view message_key, Offset offset) {
  return Keyed('w', message_key).append(BigEndian64(offset.value));
}

std::pair<std::string, std::string> PartRange(std::string_view message_key) {
  return Range('p', message_key);
}

std::pair<std::string, std::string> WaitingRange(std::string_view message_key) {
  return Range('w', message_key);
}

SubjectId OwnerOfPart(std::string_view key, std::string_view value) {
  const bool report = !key.empty() && (key[0] == 'r' || key[0] == 'e');
  if (report) {
    const auto row = DecodePartReport(value);
    return row.ok() ? row->subject : SubjectId{};
  }
  const auto row = DecodePart(value);
  return row.ok() ? row->subject : SubjectId{};
}

}  // namespace sam::dispatch
