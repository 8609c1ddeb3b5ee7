#include "adapters/files/file_keep.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "adapters/files/folder.h"
#include "adapters/files/named_mark.h"
#include "adapters/files/receipt.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/file_beside.h"
#include "broker/base/log.h"

namespace sam::files {
namespace {

constexpr int64_t kAgainUs = 60'000'000;    // after no room, no rights
constexpr int64_t kRoundUs = 3'600'000'000;  // days are what expires here
constexpr size_t kLooksPerStep = 32;
constexpr std::string_view kOurReceipt = "{\n  \"v\": 1,";

std::optional<struct stat> StatOf(const std::string& path) {
  struct stat is {};
  if (::lstat(path.c_str(), &is) != 0 || !S_ISREG(is.st_mode)) return std::nullopt;
  return is;
}

Millis ChangedAt(const struct stat& is) {
  return Millis(is.st_mtim.tv_sec * 1000 + is.st_mtim.tv_nsec / 1'000'000);
}

bool IsOurReceipt(const std::string& path) {
  const Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return false;
  const Result<std::string> text = file->Read(0, kOurReceipt.size());
  return text.ok() && *text == kOurReceipt;
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string WithoutEnd(const std::string& receipt) { return receipt.substr(0, receipt.rfind('.')); }

}  // namespace

FileKeep::FileKeep(const FilesConfig& config, const kit::ConnectorParts& parts)
    : config_(config),
      parts_(parts),
      key_(parts.store.rows().FileKey()),
      events_(parts.store.outbox_next()),
      unsealed_("samsignal_adapter_files_unsealed",
                "Files that were worked through and still lie in the clear") {}

Status FileKeep::Load() {
  for (const KeptName& kept : KeptNames(config_)) {
    if (kept.what == KeptName::What::kDraft) ::unlink(kept.path().c_str());
    if (kept.what == KeptName::What::kPlain) Add(kept.folder, kept.name);
  }
  SAM_ASSIGN(const std::optional<std::string> named, parts_.store.Mark(kNamedMark));
  if (named)
    for (const std::string& name : DecodeNamed(*named)) AddNamed(name);
  return Ok();
}

void FileKeep::Add(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  const bool there = std::any_of(waiting_.begin(), waiting_.end(),
                                 [&](const Item& item) { return item.path == path; });
  if (!there) waiting_.push_back({path, folder, name, false, 0, false});
  unsealed_.Set(static_cast<double>(waiting_.size()));
}

void FileKeep::AddNamed(const std::string& name) {
  if (named_.size() >= kMaxNamed || !named_.insert(name).second) return;
  waiting_.push_back({config_.attachments + "/" + name, config_.done, name, true, 0, false});
  unsealed_.Set(static_cast<double>(waiting_.size()));
}

Result<std::string> FileKeep::ReadNamed(const std::string& name) {
  constexpr std::string_view kMissing = "attachment-missing";
  const kit::BesideRules rules{config_.attachments, int64_t{config_.stable_s} * 1000};
  Result<std::string> plain = kit::ReadBeside(rules, parts_.clock, name);
  if (plain.ok()) {
    // What a pattern fits is taken as a file of rows.
    if (!Fits(config_.patterns, name)) {
      asked_.push_back(name);
      PutNamed();
    }
    return plain;
  }
  if (plain.error().message.compare(0, kMissing.size(), kMissing) != 0) return plain;
  const Result<SealedFile> sealed = SealedFile::Open(SealedPath(config_.done, name), key_);
  // A file of rows is no attachment, whatever a row says.
  if (!sealed.ok() || !sealed->head().attachment ||
      sealed->head().size > kit::kBesideMax)
    return plain;
  std::string out;
  out.reserve(sealed->head().size);
  for (uint64_t at = 0; at < sealed->chunks(); ++at) {
    const Result<std::string> chunk = sealed->Chunk(at);
    if (!chunk.ok()) return Invalid("attachment-unreadable: its sealed copy cannot be opened");
    out += *chunk;
  }
  return out;
}

// With the row's own group. What is asked for counts as named until the row is known not to be taken:
// after a crash in between it is sealed, and its row finds the sealed copy.
void FileKeep::PutNamed() {
  std::set<std::string> names = named_;
  names.insert(asked_.begin(), asked_.end());
  if (names.empty())
    parts_.store.DropMark(kNamedMark);
  else
    parts_.store.PutMark(kNamedMark, EncodeNamed(names));
}

void FileKeep::RowOver(bool taken) {
  if (asked_.empty()) return;
  const std::vector<std::string> asked = std::exchange(asked_, {});
  if (taken)
    for (const std::string& name : asked) AddNamed(name);
  PutNamed();
}

// Rows that a person sends again from the quarantine come by another way than ours: what grew the
// outbox meanwhile was such a row.
Status FileKeep::SettleNamed() {
  if (asked_.empty()) return Ok();
  SAM_TRY(parts_.store.Begin());
  RowOver(parts_.store.outbox_next() > events_);
  const Status committed = parts_.store.Commit();
  return committed.ok() || committed.error().code == Code::kExhausted ? Ok() : committed;
}

bool FileKeep::HasDue() const {
  const int64_t now = parts_.clock.SteadyMicros();
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [now](const Item& item) { return now >= item.not_before_us; });
}

Status FileKeep::Step(bool refusing) {
  SAM_TRY(SettleNamed());
  events_ = parts_.store.outbox_next();
  if (refusing)
    writer_.reset();
  else
    SAM_TRY(Seal());
  Expire();
  return Ok();
}

Status FileKeep::Seal() {
  if (!writer_) {
    const int64_t now = parts_.clock.SteadyMicros();
    const auto due = std::find_if(waiting_.begin(), waiting_.end(),
                                  [now](const Item& item) { return now >= item.not_before_us; });
    if (due == waiting_.end()) return Ok();
    std::rotate(waiting_.begin(), due, due + 1);
    if (BeginFront()) return Done();
    if (!writer_) return Ok();
  }
  const Result<bool> written = writer_->Step();
  if (!written.ok()) {
    Postpone(written.error());
    return Ok();
  }
  if (!*written) return Ok();
  Place();
  return waiting_.front().failed ? Ok() : Done();
}

// True: there is nothing to do for it any more.
bool FileKeep::BeginFront() {
  const Item& item = waiting_.front();
  Result<InputFile> file = InputFile::Open(item.path);
  if (!file.ok()) {
    if (file.error().code != Code::kUnavailable) return true;
    Postpone(file.error());
    return false;
  }
  const std::string target = SealedPath(item.folder, item.name);
  const Result<SealedFile> there = SealedFile::Open(target, key_);
  if (there.ok() && there->head().from == file->stamp()) {
    // A crash, or missing rights, between the sealed copy and the end of the plain file.
    Place();
    return !waiting_.front().failed;
  }
  if (SealedFile::Open(item.path, key_).ok()) return true;  // it is one already
  if (::mkdir(item.folder.c_str(), 0750) != 0 && errno != EEXIST) {
    Postpone(Unavailable(std::string("cannot make the folder: ") + std::strerror(errno)));
    return false;
  }
  SealedHead head;
  head.number = item.attachment ? 0 : NumberInReceipt(item.folder, item.name);
  head.attachment = item.attachment;
  head.sealed_at = parts_.clock.Now();
  Result<SealWriter> writer =
      SealWriter::Begin(std::move(*file), DraftPath(item.folder), key_, std::move(head));
  if (!writer.ok()) {
    Postpone(writer.error());
    return false;
  }
  writer_.emplace(std::move(*writer));
  return false;
}

// The sealed copy gets its name, then the plain file goes. One that was removed meanwhile (an erasure)
// gets no copy; one that another was put over stays, and is the sender's again.
void FileKeep::Place() {
  Item& item = waiting_.front();
  const std::optional<struct stat> now = StatOf(item.path);
  const bool same = now && (!writer_ || StampOf(*now) == writer_->stamp());
  const std::string target = SealedPath(item.folder, item.name);
  Status placed = Ok();
  if (writer_ && now) placed = writer_->Place(target);
  if (placed.ok() && now) placed = SyncFolder(item.folder);
  if (placed.ok() && same && ::unlink(item.path.c_str()) != 0)
    placed = Unavailable(std::string("cannot remove the plain file: ") + std::strerror(errno));
  if (placed.ok() && same) placed = SyncFolder(FolderOf(item.path));
  writer_.reset();
  item.failed = false;
  if (!placed.ok()) Postpone(placed.error());
}

// The front one is over.
Status FileKeep::Done() {
  writer_.reset();
  const Item item = std::move(waiting_.front());
  waiting_.pop_front();
  unsealed_.Set(static_cast<double>(waiting_.size()));
  if (waiting_.empty()) told_ = false;
  if (!item.attachment) return Ok();
  named_.erase(item.name);
  SAM_TRY(parts_.store.Begin());
  PutNamed();
  const Status committed = parts_.store.Commit();
  return committed.ok() || committed.error().code == Code::kExhausted ? Ok() : committed;
}

void FileKeep::Postpone(const Error& error) {
  writer_.reset();
  Item& item = waiting_.front();
  item.failed = true;
  item.not_before_us = parts_.clock.SteadyMicros() + kAgainUs;
  if (!item.attachment) ::chmod(item.path.c_str(), 0600);
  if (!told_)
    log::Error("files", "file-unsealed",
               {{"waiting", waiting_.size()}, {"message", error.message}});
  told_ = true;
}

void FileKeep::Expire() {
  const int64_t now = parts_.clock.SteadyMicros();
  if (to_look_.empty()) {
    if (now < next_round_us_) return;
    next_round_us_ = now + kRoundUs;
    to_look_ = KeptNames(config_);
  }
  const Millis oldest(parts_.clock.Now().value - parts_.config.keep.raw * kDayMs);
  for (size_t i = 0; i < kLooksPerStep && !to_look_.empty(); ++i) {
    Look(to_look_.back(), oldest);
    to_look_.pop_back();
  }
}

void FileKeep::Look(const KeptName& kept, Millis oldest) {
  const std::string path = kept.path();
  const std::optional<struct stat> is = StatOf(path);
  if (!is) return;
  using What = KeptName::What;
  if (kept.what == What::kReceipt) {
    const std::string file = kept.folder + "/" + WithoutEnd(kept.name);
    if (Exists(file) || Exists(file + kSealedEnd)) return;
    if (ChangedAt(*is) <= oldest && IsOurReceipt(path)) ::unlink(path.c_str());
    return;
  }
  if (kept.what == What::kPlain) {
    std::optional<struct stat> receipt = StatOf(path + ".ok");
    if (!receipt) receipt = StatOf(path + ".err");
    if (!receipt || ChangedAt(*receipt) > oldest) {
      Add(kept.folder, kept.name);
      return;
    }
  } else if (kept.what == What::kSealed) {
    const Result<SealedFile> sealed = SealedFile::Open(path, key_);
    if (!sealed.ok() && sealed.error().code != Code::kCorrupt) return;  // none of ours
    if ((sealed.ok() ? sealed->head().sealed_at : ChangedAt(*is)) > oldest) return;
  } else {
    return;
  }
  if (::unlink(path.c_str()) == 0) RemoveReceipts(kept.folder, kept.name);
}

}  // namespace sam::files
