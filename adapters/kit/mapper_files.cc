// The part of Mapper that takes a report's files out of a message.
#include <algorithm>
#include <utility>

#include "adapters/kit/mapper.h"
#include "adapters/kit/mapper_work.h"
#include "adapters/kit/raw_cut.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/limits.h"

namespace sam::kit {
namespace {

// Of all files of one message: its commit holds them all.
constexpr uint64_t kMessageFilesMax = 3 * wire::kMaxAttachmentBytes;

// Lines of 76 characters, as mail programs write them, are the same content.
std::optional<std::string> Decoded64(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }),
             text.end());
  return FromBase64(text);
}

}  // namespace

Status Mapper::SetFile(Work& work, capnp::DynamicStruct::Builder root, const Assignment& one,
                       const std::string& path, const Scope& scope, bool& given) {
  Selected value;
  for (const Selector& selector : one.from) {
    value = work.record.Get(selector, scope);
    if (!value.has_value() || Trim(value.text).empty()) continue;
    work.From(selector);
    break;
  }
  if (!value.has_value() || Trim(value.text).empty()) return Ok();  // described, not sent
  MappedFile file;
  file.attachment = work.item;
  const std::optional<CutOut> cut = ReadCut(value.text);
  // Whoever writes our note into a message would have us list a file that was never sent.
  if (cut && !work.context.kept)
    return Trouble("attachment-cut", path + ": in place of the content stands a note as an adapter "
                                     "writes it into what it keeps; send the whole message");
  if (cut) {
    file.digest = cut->digest;
    file.size = cut->size;
  } else if (one.convert == Convert::kFile) {
    if (!work.context.file)
      return Trouble("attachment-missing", path + ": this source has no files beside its messages");
    SAM_ASSIGN(file.bytes,
               work.context.file(std::string(Trim(value.text)), work.out.episode_key));
  } else {
    std::optional<std::string> bytes = Decoded64(std::move(value.text));
    if (!bytes) return Trouble("attachment-encoding", path + ": what stands there is no base64");
    file.bytes = std::move(*bytes);
  }
  if (!file.bytes.empty()) {
    file.size = file.bytes.size();
    file.digest = Sha256({file.bytes});
  }
  if (file.size == 0) return Trouble("attachment-empty", path + ": the file holds nothing");
  if (file.size > wire::kMaxAttachmentBytes)
    return Trouble("attachment-too-large", path + ": larger than 40 MiB");
  if (file.attachment >= wire::kMaxAttachments)
    return Trouble("attachments-too-many", path + ": more than 10 attachments of one report");
  uint64_t together = file.size;
  for (const MappedFile& other : work.out.files) together += other.size;
  if (together > kMessageFilesMax)
    return Trouble("attachments-too-large", path + ": together larger than 120 MiB");
  SetAttachment(root, one.target, file.digest.view(), file.size);
  work.Value(std::to_string(file.size) + " bytes");
  work.out.files.push_back(std::move(file));
  given = true;
  return Ok();
}

}  // namespace sam::kit
