#include "adapters/files/named_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/files/folder.h"
#include "adapters/files/sealed_file.h"
#include "adapters/kit/file_beside.h"
#include "broker/base/log.h"

namespace sam::files {
namespace {

constexpr std::string_view kMissing = "attachment-missing";
using State = NamedFile::State;

std::optional<Stamp> StampAt(const std::string& path) {
  struct stat is {};
  if (::lstat(path.c_str(), &is) != 0 || !S_ISREG(is.st_mode)) return std::nullopt;
  return StampOf(is);
}

Result<std::string> WholeOf(const SealedFile& sealed) {
  std::string out;
  out.reserve(sealed.head().size);
  for (uint64_t at = 0; at < sealed.chunks(); ++at) {
    const Result<std::string> chunk = sealed.Chunk(at);
    if (!chunk.ok()) return Invalid("attachment-unreadable: its sealed copy cannot be opened");
    out += *chunk;
  }
  return out;
}

void Erase(std::multimap<std::string, std::string>& names, const NamedFile& file) {
  const auto [from, until] = names.equal_range(file.name);
  const auto found =
      std::find_if(from, until, [&](const auto& one) { return one.second == file.link; });
  if (found != until) names.erase(found);
}

}  // namespace

Status NamedFiles::Load() {
  return EachNamed(parts_.store, [this](const NamedFile& file) {
    Note(file);
    touched_.emplace(file.link, file.name);
  });
}

void NamedFiles::Note(const NamedFile& file) {
  if (file.state != State::kSealed) {
    plain_[file.name] = file.link;
    return;
  }
  Forget(file);
  sealed_.emplace(file.name, file.link);
}

void NamedFiles::Forget(const NamedFile& file) {
  const auto plain = plain_.find(file.name);
  if (plain != plain_.end() && plain->second == file.link) plain_.erase(plain);
  Erase(sealed_, file);
}

bool NamedFiles::IsPlain(const std::string& name, const std::string& link) const {
  const auto found = plain_.find(name);
  return found != plain_.end() && found->second == link;
}

std::vector<std::string> NamedFiles::Links() const {
  std::vector<std::string> out;
  for (const auto& [name, link] : plain_) out.push_back(link);
  for (const auto& [name, link] : sealed_) out.push_back(link);
  return out;
}

void NamedFiles::Begin(uint64_t raw, uint64_t fix_of) {
  asked_.clear();
  raw_ = raw;
  fix_of_ = fix_of;
}

Result<std::string> NamedFiles::Read(const std::string& name, const Mac16& about) {
  if (name.size() > kLongestNamed)
    return Invalid("attachment-name: longer than 239 bytes, so that its sealed copy has no room for "
                   "its ending; have it sent under a shorter name");
  const kit::BesideRules rules{config_.attachments, int64_t{config_.stable_s} * 1000};
  Result<std::string> plain = kit::ReadBeside(rules, parts_.clock, name);
  if (!plain.ok()) {
    const bool missing = plain.error().message.starts_with(kMissing);
    return missing ? ReadSealed(name, about) : plain;
  }
  // What a pattern fits is taken as a file of rows.
  if (!Fits(config_.patterns, name)) SAM_TRY(Ask(name, about));
  return plain;
}

Status NamedFiles::Ask(const std::string& name, const Mac16& about) {
  const std::optional<Stamp> stamp = StampAt(config_.attachments + "/" + name);
  if (!stamp) return Invalid("attachment-growing: the file went while it was read");
  const auto known = plain_.find(name);
  std::string link = known != plain_.end() ? known->second : RandomBytes(NamedFile::kLinkBytes);
  for (const Asked& one : asked_)
    if (one.name == name) link = one.link;
  SAM_ASSIGN(const std::optional<NamedFile> file, FindNamed(parts_.store, link));
  if (file && file->rows.size() >= NamedFile::kMaxRows && !IsOf(*file, about))
    return Invalid("attachment-shared: 500 rows name one file; have each report sent with files of "
                   "its own");
  asked_.push_back({std::move(link), name, about, *stamp});
  return Ok();
}

// What a name says is not enough: another child's report may have had a file of the same name.
bool NamedFiles::IsOf(const NamedFile& file, const Mac16& about) const {
  return std::any_of(file.rows.begin(), file.rows.end(), [&](const RowLink& row) {
    return row.about == about || (fix_of_ != 0 && row.quarantine == fix_of_ && !row.about.empty());
  });
}

// Of several the one that was sent last.
Result<std::string> NamedFiles::ReadSealed(const std::string& name, const Mac16& about) {
  std::optional<SealedFile> newest;
  std::optional<NamedFile> whose;
  const auto [from, until] = sealed_.equal_range(name);
  for (auto one = from; one != until; ++one) {
    SAM_ASSIGN(std::optional<NamedFile> file, FindNamed(parts_.store, one->second));
    if (!file || !IsOf(*file, about)) continue;
    const std::optional<KeptName> kept = SealedCopyOf(config_, name, file->link, key_);
    if (!kept) continue;
    Result<SealedFile> sealed = SealedFile::Open(kept->path(), key_);
    if (!sealed.ok() || sealed->head().size > kit::kBesideMax) continue;
    if (newest && newest->head().sealed_at >= sealed->head().sealed_at) continue;
    newest.emplace(std::move(*sealed));
    whose = std::move(file);
  }
  if (!newest) return Invalid("attachment-missing: the file is not in the folder");
  asked_.push_back({whose->link, name, about, whose->stamp});
  return WholeOf(*newest);
}

Status NamedFiles::End(const kit::MessageEnd& end) {
  const std::vector<Asked> asked = std::exchange(asked_, {});
  if (!end.taken && end.quarantine == 0) return Ok();  // nothing of it was kept
  for (const Asked& one : asked) {
    SAM_ASSIGN(std::optional<NamedFile> file, FindNamed(parts_.store, one.link));
    if (!file) file = NamedFile{one.link, one.name, State::kWaiting, one.stamp, {}, {}};
    // Another file under the old name: of the rows before it no more than that they go together.
    if (file->stamp != one.stamp)
      for (RowLink& row : file->rows) row.about = Mac16();
    file->stamp = one.stamp;
    file->at = parts_.clock.Now();
    if (end.taken && file->state == State::kWaiting) file->state = State::kTaken;
    const auto same = std::find_if(file->rows.begin(), file->rows.end(), [&](const RowLink& row) {
      return row.about == one.about && row.quarantine == end.quarantine;
    });
    const RowLink row{one.about, raw_, end.quarantine, end.fix};
    if (same != file->rows.end())
      *same = row;
    else
      file->rows.push_back(row);
    PutNamed(parts_.store, *file);
    touched_.emplace(file->link, file->name);
    if (file->state != State::kSealed) plain_[file->name] = file->link;
  }
  return Ok();
}

Result<std::vector<NamedFile>> NamedFiles::Due() {
  std::vector<NamedFile> out;
  for (const auto& [link, name] : std::exchange(touched_, {})) {
    SAM_ASSIGN(std::optional<NamedFile> file, FindNamed(parts_.store, link));
    // The group was lost, and its rows with it.
    if (!file) Forget({link, name, State::kWaiting, {}, {}, {}});
    if (file && file->state == State::kTaken) out.push_back(std::move(*file));
  }
  return out;
}

Status NamedFiles::Sealed(const std::string& link) {
  SAM_ASSIGN(std::optional<NamedFile> file, FindNamed(parts_.store, link));
  if (!file) return Ok();
  if (SealedCopyOf(config_, file->name, link, key_)) {
    file->state = State::kSealed;
    PutNamed(parts_.store, *file);
    Note(*file);
  } else {
    Forget(*file);
    DropNamed(parts_.store, link);
  }
  return Ok();
}

void NamedFiles::GiveUp(const NamedFile& file) {
  const std::string path = PathOf(file);
  const bool same = StampAt(path) == file.stamp;
  const bool removed = !same || ::unlink(path.c_str()) == 0;
  log::Error("files", "file-given-up",
             {{"what", "attachment"}, {"removed", removed ? "yes" : "no"}});
}

Result<bool> NamedFiles::Expire(const std::string& link) {
  SAM_ASSIGN(const std::optional<NamedFile> file, FindNamed(parts_.store, link));
  if (!file) return true;
  SAM_ASSIGN(const bool waited, IsWaitedFor(parts_.store, *file));
  if (waited) return false;
  if (file->state == State::kTaken) GiveUp(*file);
  Forget(*file);
  DropNamed(parts_.store, link);
  return true;
}

Status NamedFiles::Sweep(const std::string& link, Millis oldest) {
  SAM_ASSIGN(const std::optional<NamedFile> file, FindNamed(parts_.store, link));
  if (!file) return Ok();
  SAM_ASSIGN(const bool waited, IsWaitedFor(parts_.store, *file));
  if (waited) return Ok();
  if (file->state == State::kTaken) {
    if (file->at > oldest || !Exists(PathOf(*file))) return Ok();
    const std::optional<KeptName> copy = SealedCopyOf(config_, file->name, link, key_);
    GiveUp(*file);
    if (copy) ::unlink(copy->path().c_str());
  } else if (file->state == State::kSealed) {
    if (SealedCopyOf(config_, file->name, link, key_)) return Ok();
  } else {
    const uint64_t floor = parts_.store.raw_floor();
    const bool kept = std::any_of(file->rows.begin(), file->rows.end(),
                                  [&](const RowLink& row) { return row.raw > floor; });
    if (kept && Exists(PathOf(*file))) return Ok();
  }
  Forget(*file);
  DropNamed(parts_.store, link);
  return Ok();
}

}  // namespace sam::files
