#include "adapters/inbox/attachments.h"

#include <algorithm>
#include <utility>

#include "adapters/inbox/attachment_rows.h"
#include "adapters/inbox/spaces.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/capnp_values.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

bool Ends(FileState state) { return state == FileState::COMPLETE || state == FileState::DAMAGED; }

struct PartTold {
  SignalId about;
  uint16_t attachment = 0;
  uint16_t index = 0;
  PartRow part;
};

// Empty: not a part that anything could be made of.
Result<std::optional<PartTold>> ReadPart(std::string_view signal) {
  return wire::Read<schema::Signal>(
      signal, [](schema::Signal::Reader in) -> Result<std::optional<PartTold>> {
        if (!in.getBody().isAttachment()) return std::optional<PartTold>();
        const auto body = in.getBody().getAttachment();
        PartTold out;
        out.about = wire::IdOf<SignalId>(body.getAbout());
        out.attachment = body.getAttachment();
        out.index = body.getIndex();
        out.part = {wire::IdOf<SignalId>(in.getSignalId()), body.getCount(), body.getSize(),
                    std::string(wire::View(body.getDigest())),
                    std::string(wire::View(body.getBytes()))};
        const bool sound = !out.about.empty() && out.index < out.part.count &&
                           out.part.count <= wire::kMaxParts && !out.part.bytes.empty() &&
                           out.part.bytes.size() <= wire::kMaxPartBytes &&
                           out.part.size <= wire::kMaxAttachmentBytes &&
                           out.part.digest.size() == Digest::kSize;
        return sound ? std::optional<PartTold>(std::move(out)) : std::nullopt;
      });
}

}  // namespace

const char* FileStateName(FileState state) {
  switch (state) {
    case FileState::RECEIVING: return "receiving";
    case FileState::COMPLETE: return "complete";
    case FileState::DAMAGED: return "damaged";
    default: return "waiting";
  }
}

Attachments::Attachments(const Box& box, const Clock& clock)
    : box_(&box),
      clock_(&clock),
      parts_("samsignal_inbox_attachment_parts_total", "Parts of attachments stored"),
      again_("samsignal_inbox_attachment_parts_again_total",
             "Parts of attachments delivered again and kept once"),
      complete_("samsignal_inbox_attachments_complete_total",
                "Attachments that are here whole, digest and all"),
      broken_("samsignal_inbox_attachments_damaged_total",
              "Attachments whose parts do not make the file that was announced: an alarm") {}

Result<Attachments> Attachments::Open(const Box& box, const Clock& clock) {
  Attachments out(box, clock);
  SAM_TRY(box.Scan(spaces::kFiles, {}, {},
                   [&](std::string_view key, const std::string& plain) -> Result<bool> {
                     SAM_ASSIGN(const FileRow file, DecodeFile(plain));
                     if (Ends(file.state) && !file.handed_over) out.untold_.emplace(key);
                     if (file.state == FileState::DAMAGED) out.damaged_.emplace(key);
                     return true;
                   }));
  return out;
}

Result<std::optional<FileRow>> Attachments::FileAt(const std::string& key) const {
  const auto fresh = files_.find(key);
  if (fresh != files_.end()) return std::optional<FileRow>(fresh->second);
  SAM_ASSIGN(const auto plain, box_->Get(spaces::kFiles, key));
  if (!plain) return std::optional<FileRow>();
  SAM_ASSIGN(FileRow file, DecodeFile(*plain));
  return std::optional<FileRow>(std::move(file));
}

Result<bool> Attachments::Take(std::string_view signal) {
  SAM_ASSIGN(auto told, ReadPart(signal));
  if (!told) return false;
  const std::string file_key = FileKey(told->about, told->attachment);
  std::string key = PartKey(file_key, told->index);
  // What is sealed is not opened to see that it is there.
  SAM_ASSIGN(const auto stored, box_->store().Get(spaces::kParts, key));
  if (stored || fresh_.count(key) != 0) {
    again_.Add();
    return true;
  }
  SAM_ASSIGN(const auto known, FileAt(file_key));
  // What is whole stays whole, whatever is told of it later; what is damaged does not heal.
  if (known && Ends(known->state)) {
    again_.Add();
    return true;
  }
  FileRow file = known.value_or(FileRow{});
  if (!known) {
    file.count = told->part.count;
    file.size = told->part.size;
    file.digest = told->part.digest;
    file.state = FileState::RECEIVING;
  }
  const bool same = file.count == told->part.count && file.size == told->part.size &&
                    file.digest == told->part.digest;
  if (!same) file.state = FileState::DAMAGED;  // its parts do not agree about what they are parts of
  ++file.received;
  file.at = clock_->Now();
  files_[file_key] = std::move(file);
  fresh_[std::move(key)] = std::move(told->part);
  return true;
}

// The whole, read through once.
Status Attachments::Judge(const std::string& key, FileRow& file) const {
  Sha256Stream hash;
  uint64_t size = 0;
  for (uint16_t index = 0; index < file.count; ++index) {
    const std::string part_key = PartKey(key, index);
    const auto fresh = fresh_.find(part_key);
    if (fresh != fresh_.end()) {
      hash.Add(fresh->second.bytes);
      size += fresh->second.bytes.size();
      continue;
    }
    SAM_ASSIGN(const auto plain, box_->Get(spaces::kParts, part_key));
    if (!plain) return Corrupt("a part of an attachment that was counted is not in the inbox");
    SAM_ASSIGN(const PartRow part, DecodePart(*plain));
    hash.Add(part.bytes);
    size += part.bytes.size();
  }
  const bool right = size == file.size && hash.Finish().view() == file.digest;
  file.state = right ? FileState::COMPLETE : FileState::DAMAGED;
  return Ok();
}

Status Attachments::AddTo(Batch& batch) {
  for (auto& [key, file] : files_) {
    if (file.state == FileState::RECEIVING && file.received == file.count)
      SAM_TRY(Judge(key, file));
    box_->Put(batch, spaces::kFiles, key, Encode(file));
  }
  for (const auto& [key, part] : fresh_) box_->Put(batch, spaces::kParts, key, Encode(part));
  return Ok();
}

void Attachments::Committed() {
  for (const auto& [key, file] : files_) {
    if (!Ends(file.state)) continue;
    const bool first = damaged_.count(key) == 0 && untold_.insert(key).second;
    if (!first) continue;
    const SignalId report = SignalId::From(key.substr(0, SignalId::kSize)).value_or(SignalId{});
    const int number = AttachmentOf(key) + 1;
    if (file.state == FileState::COMPLETE) {
      complete_.Add();
      log::Info("inbox", "attachment-complete", {{"signal", report}, {"number", number}});
      continue;
    }
    damaged_.insert(key);
    broken_.Add();
    log::Error("inbox", "attachment-damaged", {{"signal", report}, {"number", number}});
  }
  parts_.Add(static_cast<double>(fresh_.size()));
  Forget();
}

void Attachments::Forget() {
  fresh_.clear();
  files_.clear();
}

Result<std::vector<Listed>> Attachments::Of(const Row& report) const {
  std::vector<Listed> out;
  if (report.unreadable) return out;
  SAM_TRY(wire::ReadOwn<schema::Signal>(report.signal, [&](schema::Signal::Reader in) -> Status {
    if (!in.getBody().isReport()) return Ok();
    for (const auto each : in.getBody().getReport().getAttachments()) {
      if (out.size() == UINT16_MAX) break;
      Listed one;
      one.number = static_cast<uint16_t>(out.size() + 1);
      one.title = std::string(wire::View(each.getTitle()));
      one.media_type = std::string(wire::View(each.getMediaType()));
      one.digest = std::string(wire::View(each.getDigest()));
      one.size = each.getSize();
      out.push_back(std::move(one));
    }
    return Ok();
  }));
  for (Listed& one : out) {
    const auto attachment = static_cast<uint16_t>(one.number - 1);
    SAM_ASSIGN(const auto file, FileAt(FileKey(report.id, attachment)));
    if (!file) continue;
    one.file = *file;
    // Whole, but not the file that the report was signed with.
    if (!one.digest.empty() && one.digest != file->digest) one.file.state = FileState::DAMAGED;
  }
  return out;
}

Status Attachments::Save(const std::string& key, const FileRow& file) {
  Batch batch;
  box_->Put(batch, spaces::kFiles, key, Encode(file));
  return box_->store().Apply(batch, Durability::kNow);
}

Result<Attachments::Piece> Attachments::Read(const Row& report, uint16_t number, uint16_t index,
                                             const std::string& by) {
  SAM_ASSIGN(const auto listed, Of(report));
  if (number == 0 || number > listed.size())
    return NotFound("the report lists " + std::to_string(listed.size()) + " attachments");
  Piece out;
  out.file = listed[number - 1].file;
  const std::string key = FileKey(report.id, static_cast<uint16_t>(number - 1));
  if (out.file.state == FileState::DAMAGED)
    return Corrupt("its parts do not make the file that the report lists; ask its sender");
  if (out.file.state != FileState::COMPLETE)
    return Conflict("received " + std::to_string(out.file.received) + " of " +
                    std::to_string(out.file.count) + " parts; the rest is on its way");
  if (index >= out.file.count) return NotFound("the attachment has no such part");
  // Noted before anything is shown; once for one who fetches part after part.
  if (index == 0 || out.file.views.empty() || out.file.views.back().by != by) {
    out.file.views.push_back({clock_->Now(), by});
    if (out.file.views.size() > Row::kViewsMax)
      out.file.views.erase(out.file.views.begin() + 1);
    SAM_TRY(Save(key, out.file));
  }
  SAM_ASSIGN(const auto plain, box_->Get(spaces::kParts, PartKey(key, index)));
  if (!plain) return Corrupt("a part of a complete attachment is not in the inbox");
  SAM_ASSIGN(PartRow part, DecodePart(*plain));
  out.bytes = std::move(part.bytes);
  return out;
}

Result<std::vector<Attachments::Ended>> Attachments::Untold(size_t limit,
                                                            const FindReport& find) const {
  std::vector<Ended> out;
  for (const std::string& key : untold_) {
    if (out.size() == limit) break;
    const SignalId id = SignalId::From(key.substr(0, SignalId::kSize)).value_or(SignalId{});
    const auto report = find(id);
    if (!report.ok()) continue;  // not here yet: its line comes first
    const auto number = static_cast<uint16_t>(AttachmentOf(key) + 1);
    SAM_ASSIGN(const auto listed, Of(*report));
    if (number > listed.size()) continue;  // not one of the report's: never handed out
    out.push_back({id, number, listed[number - 1].file});
  }
  return out;
}

void Attachments::Dropped(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    untold_.erase(key);
    damaged_.erase(key);
  }
}

Status Attachments::SetTold(const Ended& ended) {
  const std::string key = FileKey(ended.report, static_cast<uint16_t>(ended.number - 1));
  FileRow file = ended.file;
  file.handed_over = true;
  SAM_TRY(Save(key, file));
  untold_.erase(key);
  return Ok();
}

}  // namespace sam::inbox
