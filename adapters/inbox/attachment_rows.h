// Bytes of the rows of attachments (schemas/inbox.capnp) and their keys. Inside this folder.
// Pure, any thread. Decode errors are kCorrupt: these are our own bytes.
#pragma once

#include <string>
#include <string_view>

#include "adapters/inbox/attachments.h"

namespace sam::inbox {

std::string Encode(const PartRow& row);
std::string Encode(const FileRow& row);
Result<PartRow> DecodePart(std::string_view bytes);
Result<FileRow> DecodeFile(std::string_view bytes);

// Report's signal id, attachment from 0 (18 bytes), and with the part's index (20 bytes).
std::string FileKey(const SignalId& report, uint16_t attachment);
std::string PartKey(const std::string& file_key, uint16_t index);
uint16_t AttachmentOf(std::string_view file_key);

}  // namespace sam::inbox
