#include "adapters/inbox/attachment_rows.h"

#include <capnp/message.h>

#include "broker/wire/capnp_values.h"

namespace sam::inbox {

namespace {

std::string Big16(uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string Owned(capnp::Data::Reader data) { return std::string(wire::View(data)); }

Error Broken(const char* what, const Error& error) {
  std::string said = "inbox row '";
  said.append(what).append("': ").append(error.message);
  return Corrupt(said);
}

}  // namespace

std::string Encode(const PartRow& row) {
  capnp::MallocMessageBuilder message(static_cast<unsigned>(row.bytes.size() / 8 + 32));
  auto out = message.initRoot<schema::InboxPart>();
  out.setSignalId(wire::AsData(row.signal.view()));
  out.setCount(row.count);
  out.setSize(row.size);
  out.setDigest(wire::AsData(row.digest));
  out.setBytes(wire::AsData(row.bytes));
  return wire::Flatten(message);
}

Result<PartRow> DecodePart(std::string_view bytes) {
  auto row = wire::ReadOwn<schema::InboxPart>(
      bytes, [](schema::InboxPart::Reader in) -> Result<PartRow> {
        return PartRow{wire::IdOf<SignalId>(in.getSignalId()), in.getCount(), in.getSize(),
                       Owned(in.getDigest()), Owned(in.getBytes())};
      });
  if (!row.ok()) return Broken("part", row.error());
  return row;
}

std::string Encode(const FileRow& row) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::InboxFile>();
  out.setCount(row.count);
  out.setReceived(row.received);
  out.setSize(row.size);
  out.setDigest(wire::AsData(row.digest));
  out.setState(row.state);
  out.setAt(row.at.value);
  auto views = out.initViews(static_cast<unsigned>(row.views.size()));
  for (unsigned i = 0; i < views.size(); ++i) {
    views[i].setAt(row.views[i].at.value);
    views[i].setBy(row.views[i].by);
  }
  out.setHandedOver(row.handed_over);
  return wire::Flatten(message);
}

Result<FileRow> DecodeFile(std::string_view bytes) {
  auto row = wire::ReadOwn<schema::InboxFile>(
      bytes, [](schema::InboxFile::Reader in) -> Result<FileRow> {
        FileRow out{in.getCount(), in.getReceived(),    in.getSize(), Owned(in.getDigest()),
                    in.getState(), Millis(in.getAt()), {},           in.getHandedOver()};
        for (const auto view : in.getViews())
          out.views.push_back({Millis(view.getAt()), std::string(wire::View(view.getBy()))});
        return out;
      });
  if (!row.ok()) return Broken("file", row.error());
  return row;
}

std::string FileKey(const SignalId& report, uint16_t attachment) {
  return std::string(report.view()).append(Big16(attachment));
}

std::string PartKey(const std::string& file_key, uint16_t index) {
  return std::string(file_key).append(Big16(index));
}

uint16_t AttachmentOf(std::string_view file_key) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(file_key[at]); };
  const size_t at = SignalId::kSize;
  return file_key.size() < at + 2 ? 0 : static_cast<uint16_t>(byte(at) << 8 | byte(at + 1));
}

}  // namespace sam::inbox
