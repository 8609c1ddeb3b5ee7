#include "adapters/files/file_keep.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "adapters/files/folder.h"
#include "adapters/files/folder_owner.h"
#include "adapters/files/receipt.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/pipeline.h"
#include "broker/base/log.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::files {
namespace {

constexpr int64_t kAgainUs = 60'000'000;    // after no room, no rights
constexpr int64_t kRoundUs = 3'600'000'000;  // days are what expires here
constexpr size_t kLooksPerStep = 32;
constexpr const char* kSinceMark = "files/since";

std::optional<struct stat> StatOf(const std::string& path) {
  struct stat is {};
  if (::lstat(path.c_str(), &is) != 0 || !S_ISREG(is.st_mode)) return std::nullopt;
  return is;
}

Millis ChangedAt(const struct stat& is) {
  return Millis(is.st_mtim.tv_sec * 1000 + is.st_mtim.tv_nsec / 1'000'000);
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string WithoutEnd(const std::string& receipt) { return receipt.substr(0, receipt.rfind('.')); }

// No room: what was to be noted is noted again another time.
Status Passing(const Status& committed) {
  return committed.ok() || committed.error().code == Code::kExhausted ? Ok() : committed;
}

}  // namespace

FileKeep::FileKeep(const KeepConfig& config, const kit::ConnectorParts& parts)
    : config_(config),
      parts_(parts),
      key_(parts.store.rows().FileKey()),
      named_(config, parts, key_),
      unsealed_("samsignal_adapter_files_unsealed",
                "Files that were worked through and still lie in the clear") {
  unsealed_.Set(0);
}

FileKeep::~FileKeep() { parts_.pipeline.SetRowFiles(nullptr); }

Status FileKeep::Load() {
  for (const std::string& folder : {config_.done, config_.failed}) {
    if (!Exists(folder)) continue;
    const Status ours = Claim(folder);
    // A folder that cannot be written now may be later; nothing is put there before.
    if (!ours.ok() && ours.error().code == Code::kDenied) return ours;
  }
  SAM_TRY(parts_.store.Begin());
  SAM_ASSIGN(const std::optional<std::string> since, parts_.store.Mark(kSinceMark));
  since_ = parts_.clock.Now();
  if (since)
    since_ = Millis(static_cast<int64_t>(ReadNumber(*since).value_or(0)));
  else
    parts_.store.PutMark(kSinceMark, std::to_string(since_.value));
  SAM_TRY(Passing(parts_.store.Commit()));
  for (const KeptName& kept : KeptNames(config_)) {
    if (claimed_.count(kept.folder) == 0) continue;
    if (kept.what == KeptName::What::kDraft) ::unlink(kept.path().c_str());
    if (kept.what == KeptName::What::kPlain) Add(kept.folder, kept.name);
  }
  SAM_TRY(named_.Load());
  SAM_TRY(QueueNamed());
  parts_.pipeline.SetRowFiles(&named_);
  return Ok();
}

Status FileKeep::Claim(const std::string& folder) {
  if (claimed_.count(folder) > 0 && Exists(folder)) return Ok();
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
    return Unavailable("cannot make the folder " + folder + ": " + std::strerror(errno));
  SAM_TRY(ClaimFolder(folder, parts_.config.source.system_id));
  claimed_.insert(folder);
  return Ok();
}

void FileKeep::Queue(Item item, int64_t not_before_us) {
  if (!paths_.insert(item.path).second) return;
  waiting_.emplace(not_before_us, std::move(item));
  unsealed_.Set(static_cast<double>(paths_.size()));
}

void FileKeep::Add(const std::string& folder, const std::string& name) {
  Queue({folder + "/" + name, folder, name, ""}, 0);
}

Status FileKeep::QueueNamed() {
  SAM_ASSIGN(const std::vector<NamedFile> due, named_.Due());
  for (const NamedFile& file : due)
    Queue({named_.PathOf(file), config_.done, file.name, file.link}, 0);
  return Ok();
}

bool FileKeep::HasDue() const {
  return !waiting_.empty() && waiting_.begin()->first <= parts_.clock.SteadyMicros();
}

Status FileKeep::Step(bool refusing) {
  SAM_TRY(QueueNamed());
  if (refusing)
    writer_.reset();
  else
    SAM_TRY(Seal());
  return Expire();
}

Status FileKeep::Seal() {
  if (!at_hand_) {
    if (!HasDue()) return Ok();
    at_hand_ = std::move(waiting_.extract(waiting_.begin()).mapped());
  }
  if (!writer_) {
    if (BeginSealing()) return Done();
    if (!writer_) return Ok();
  }
  const Result<bool> written = writer_->Step();
  if (!written.ok()) {
    Postpone(written.error());
    return Ok();
  }
  if (!*written) return Ok();
  Place();
  return at_hand_ ? Done() : Ok();
}

// True: there is nothing to do for it any more.
bool FileKeep::BeginSealing() {
  const Item& item = *at_hand_;
  const bool ours = item.link.empty() ? IsOurs({KeptName::What::kPlain, item.folder, item.name})
                                      : named_.IsPlain(item.name, item.link);
  if (!ours) return true;
  Result<InputFile> file = InputFile::Open(item.path);
  if (!file.ok()) {
    if (file.error().code != Code::kUnavailable) return true;
    Postpone(file.error());
    return false;
  }
  if (SealedFile::Open(item.path, key_).ok()) return true;  // it is one already
  const Status claimed = Claim(item.folder);
  if (!claimed.ok()) {
    Postpone(claimed.error());
    return false;
  }
  target_ = TargetOf(item, file->stamp());
  const Result<SealedFile> there = SealedFile::Open(target_, key_);
  if (there.ok() && there->head().from == file->stamp() && there->head().link == item.link) {
    // A crash, or missing rights, between the sealed copy and the end of the plain file.
    Place();
    return at_hand_.has_value();
  }
  SealedHead head;
  head.number = item.link.empty() ? NumberInReceipt(item.folder, item.name) : 0;
  head.link = item.link;
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

// Never over the sealed copy of another file.
std::string FileKeep::TargetOf(const Item& item, const Stamp& stamp) const {
  const std::string own = SealedPath(item.folder, item.name);
  const Result<SealedFile> there = SealedFile::Open(own, key_);
  if (item.link.empty()) {
    if (!there.ok() || there->head().from == stamp) return own;
    return SealedPath(item.folder, item.name + "." + std::to_string(stamp.inode));
  }
  const bool free = !Exists(own) || (there.ok() && there->head().link == item.link);
  return free ? own : SealedPath(item.folder, SealedNames(item.name, item.link).back());
}

// The sealed copy gets its name, then the plain file goes. One that was removed meanwhile (an erasure)
// gets no copy; one that another was put over stays, and is the sender's again.
void FileKeep::Place() {
  const Item& item = *at_hand_;
  const std::optional<struct stat> now = StatOf(item.path);
  const bool same = now && (!writer_ || StampOf(*now) == writer_->stamp());
  Status placed = Ok();
  if (writer_ && now) placed = writer_->Place(target_);
  if (placed.ok() && now) placed = SyncFolder(item.folder);
  if (placed.ok() && same && ::unlink(item.path.c_str()) != 0)
    placed = Unavailable(std::string("cannot remove the plain file: ") + std::strerror(errno));
  if (placed.ok() && same) placed = SyncFolder(FolderOf(item.path));
  writer_.reset();
  if (!placed.ok()) Postpone(placed.error());
}

// The one at hand is over.
Status FileKeep::Done() {
  writer_.reset();
  const Item item = *std::exchange(at_hand_, std::nullopt);
  paths_.erase(item.path);
  unsealed_.Set(static_cast<double>(paths_.size()));
  if (paths_.empty()) told_ = false;
  if (item.link.empty()) return Ok();
  SAM_TRY(parts_.store.Begin());
  SAM_TRY(named_.Sealed(item.link));
  return Passing(parts_.store.Commit());
}

void FileKeep::Postpone(const Error& error) {
  writer_.reset();
  Item item = *std::exchange(at_hand_, std::nullopt);
  if (item.link.empty()) ::chmod(item.path.c_str(), 0600);
  if (!told_)
    log::Error("files", "file-unsealed",
               {{"waiting", paths_.size()}, {"message", error.message}});
  told_ = true;
  waiting_.emplace(parts_.clock.SteadyMicros() + kAgainUs, std::move(item));
}

// Notes go first: what is removed and still noted would be looked for; what is noted no more and still
// there goes in the next round.
Status FileKeep::Expire() {
  const int64_t now = parts_.clock.SteadyMicros();
  if (to_look_.empty() && to_sweep_.empty()) {
    if (now < next_round_us_) return Ok();
    next_round_us_ = now + kRoundUs;
    to_look_ = KeptNames(config_);
    to_sweep_ = named_.Links();
  }
  const Millis oldest(parts_.clock.Now().value - parts_.config.keep.raw * kDayMs);
  std::vector<KeptName> gone;
  SAM_TRY(parts_.store.Begin());
  for (size_t i = 0; i < kLooksPerStep && !to_sweep_.empty(); ++i) {
    SAM_TRY(named_.Sweep(to_sweep_.back(), oldest));
    to_sweep_.pop_back();
  }
  for (size_t i = 0; i < kLooksPerStep && !to_look_.empty(); ++i) {
    SAM_ASSIGN(const bool over, Look(to_look_.back(), oldest));
    if (over) gone.push_back(to_look_.back());
    to_look_.pop_back();
  }
  const Status committed = parts_.store.Commit();
  if (!committed.ok()) return Passing(committed);
  for (const KeptName& kept : gone)
    if (::unlink(kept.path().c_str()) == 0 && kept.what != KeptName::What::kReceipt)
      RemoveReceipts(kept.folder, kept.name);
  return Ok();
}

// True: its time is over.
Result<bool> FileKeep::Look(const KeptName& kept, Millis oldest) {
  using What = KeptName::What;
  if (claimed_.count(kept.folder) == 0) return false;
  if (kept.what == What::kPlain) return LookPlain(kept, oldest);
  if (kept.what == What::kSealed) return LookSealed(kept, oldest);
  if (kept.what != What::kReceipt) return false;
  const std::string file = kept.folder + "/" + WithoutEnd(kept.name);
  const std::optional<struct stat> is = StatOf(kept.path());
  return is && !Exists(file) && !Exists(file + kSealedEnd) && ChangedAt(*is) <= oldest &&
         IsOurs(kept);
}

// What an older build left is as old as this build knows it: it is sealed first, whatever its receipt's
// time says.
Result<bool> FileKeep::LookPlain(const KeptName& kept, Millis oldest) {
  std::optional<struct stat> receipt = StatOf(kept.path() + ".ok");
  if (!receipt) receipt = StatOf(kept.path() + ".err");
  if (!receipt || !IsOurs(kept)) return false;
  if (std::max(ChangedAt(*receipt), since_) <= oldest) return true;
  Add(kept.folder, kept.name);
  return false;
}

Result<bool> FileKeep::LookSealed(const KeptName& kept, Millis oldest) {
  const Result<SealedFile> sealed = SealedFile::Open(kept.path(), key_);
  if (!sealed.ok()) {
    const std::optional<struct stat> is = StatOf(kept.path());
    return is && sealed.error().code == Code::kCorrupt && ChangedAt(*is) <= oldest;
  }
  if (sealed->head().sealed_at > oldest) return false;
  return sealed->head().attachment() ? named_.Expire(sealed->head().link) : Result<bool>(true);
}

}  // namespace sam::files
