#include "adapters/files/files_connector.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/crash_guard.h"
#include "adapters/files/kept_folder.h"
#include "adapters/kit/mapping.h"
#include "adapters/kit/pipeline.h"
#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::files {
namespace {

constexpr const char* kFileMark = "files/at-hand";
constexpr const char* kKnownMark = "files/known";
constexpr size_t kGroupBytes = size_t{8} << 20;  // of one sync, as the listener's
constexpr int kLookSteps = 16;                   // of the first walk in one turn: 4 MiB
constexpr int64_t kPauseUs = 2'000'000;          // after no space or no folder
constexpr uint64_t kFewBad = 5;     // so many bad rows never stop a file, however small it is
constexpr uint64_t kFewRows = 100;  // before so many a share says nothing, but at the end
constexpr int kWaitWhenPaused = 200;

const kit::Pipeline::AsideWhy kPoison{"poison", "the program stopped while working on this message",
                                      false, std::nullopt};

std::string Short(const Digest& digest) { return ToHex(digest.view()).substr(0, 12); }

void CountFile(const char* outcome) {
  metrics::Counter("samsignal_adapter_files_total", "Files by what became of them",
                   {{"outcome", outcome}})
      .Add();
}

}  // namespace

FilesConnector::FilesConnector(const FilesConfig& config, const kit::ConnectorParts& parts,
                               FileObserver* observer)
    : config_(config),
      parts_(parts),
      observer_(observer),
      format_(parts.pipeline.mapping().format().name()),
      folder_(config, parts.clock),
      keep_(config, parts),
      waiting_("samsignal_adapter_files_waiting", "Files that are not done"),
      ignored_("samsignal_adapter_files_ignored", "Names in the folder that no pattern fits"),
      last_done_("samsignal_adapter_files_last_done_seconds",
                 "When a file was last worked through") {}

Result<std::unique_ptr<kit::Connector>> FilesConnector::Open(const FilesConfig& config,
                                                             const kit::ConnectorParts& parts,
                                                             FileObserver* observer) {
  std::unique_ptr<FilesConnector> out(new FilesConnector(config, parts, observer));
  if (out->format_ == "hl7v2" && !config.baseline.empty())
    return Invalid(parts.config.path + ": [files] baseline is for CSV and XML files only");
  SAM_TRY(out->LoadMarks());
  SAM_TRY(out->keep_.Load());
  return std::unique_ptr<kit::Connector>(std::move(out));
}

Status FilesConnector::LoadMarks() {
  SAM_TRY(parts_.store.Begin());
  SAM_ASSIGN(const std::optional<std::string> known, parts_.store.Mark(kKnownMark));
  if (known) {
    SAM_ASSIGN(known_, KnownFiles::Decode(*known));
  }
  SAM_ASSIGN(const std::optional<std::string> left, parts_.store.Mark(kFileMark));
  if (!left) return Ok();
  SAM_ASSIGN(left_, DecodeMark(*left));
  known_.next_number = std::max(known_.next_number, left_->number + 1);
  if (!left_->complete || Exists(PathOf(left_->name))) return Ok();
  // It was moved to its place, and only the note of it was lost.
  mark_ = *std::exchange(left_, std::nullopt);
  DropCompanions();
  return Remember({mark_.number, mark_.digest, "done", "", mark_.counts},
                  NameOfMoved(config_.done, mark_.name, mark_.number));
}

// Left behind, they would vouch for the next file of this name while it is still growing. One that
// is no older than a file that stands there already is that file's.
void FilesConnector::DropCompanions() const {
  struct stat next {};
  const bool replaced = ::lstat(PathOf(mark_.name).c_str(), &next) == 0;
  for (const std::string& companion : CompanionNames(mark_.name)) {
    struct stat is {};
    if (replaced && ::lstat(PathOf(companion).c_str(), &is) == 0 &&
        StampOf(is).changed_ns >= StampOf(next).changed_ns)
      continue;
    ::unlink(PathOf(companion).c_str());
  }
}

Result<int> FilesConnector::Step(int wait_ms) {
  SAM_ASSIGN(const int taken, Feed(!refusing_ && keep_.busy() ? 0 : wait_ms));
  SAM_TRY(keep_.Step(refusing_));
  return taken;
}

Result<int> FilesConnector::Feed(int wait_ms) {
  if (refusing_ || parts_.clock.SteadyMicros() < not_before_us_) {
    folder_.Wait(std::min(wait_ms, kWaitWhenPaused));
    return 0;
  }
  if (!run_) {
    if (const std::optional<std::string> next = PickNext()) {
      SAM_TRY(Begin(*next));
    } else {
      folder_.Wait(wait_ms);
      return 0;
    }
  }
  for (int step = 0; run_ && !working_ && step < kLookSteps; ++step) {
    const Result<bool> looked = run_->Look();
    if (!looked.ok()) {
      GiveUp(looked.error());
      return 0;
    }
    if (*looked) SAM_TRY(Looked());
  }
  return run_ && working_ ? Group() : Result<int>(0);
}

std::optional<std::string> FilesConnector::PickNext() {
  const Result<std::vector<std::string>> ready = folder_.Ready();
  waiting_.Set(static_cast<double>(folder_.waiting()));
  ignored_.Set(static_cast<double>(folder_.ignored()));
  if (!ready.ok()) {
    if (!unreachable_told_)
      log::Error("files", "folder-unreachable", {{"message", ready.error().message}});
    unreachable_told_ = true;
    not_before_us_ = parts_.clock.SteadyMicros() + kPauseUs;
    return std::nullopt;
  }
  unreachable_told_ = false;
  if (ready->empty()) return std::nullopt;
  // What was at hand when the process ended comes first: its place is known.
  const auto left = left_ ? std::find(ready->begin(), ready->end(), left_->name) : ready->end();
  return left != ready->end() ? *left : ready->front();
}

Status FilesConnector::Begin(const std::string& name) {
  Result<InputFile> file = InputFile::Open(PathOf(name));
  mark_ = FileMark();
  mark_.name = name;
  mark_.number = left_ && left_->name == name ? left_->number : known_.next_number;
  working_ = false;
  if (!file.ok()) {
    if (file.error().code == Code::kNotFound)
      folder_.Forget(name);
    else
      GiveUp(file.error());
    return Ok();
  }
  opened_ = file->stamp();
  if (file->stamp().size > config_.max_file_bytes)
    return Finish("too-large",
                  "the limit is " + std::to_string(config_.max_file_bytes >> 20) + " MiB");
  run_ = std::make_unique<FileRun>(
      name, std::move(*file), MakeCutter(format_, config_, name, Fits(config_.baseline, name)));
  return Ok();
}

void FilesConnector::GiveUp(const Error& error) {
  log::Warn("files", "file-unreadable", {{"file", mark_.number}, {"message", error.message}});
  folder_.Postpone(mark_.name);
  run_.reset();
}

// The whole file was seen once: is it to be worked on, and from where?
Status FilesConnector::Looked() {
  known_.next_number = std::max(known_.next_number, mark_.number + 1);
  mark_.digest = run_->digest();
  std::optional<FileMark> before;
  if (left_ && left_->name == mark_.name) before = std::exchange(left_, std::nullopt);
  const bool resumed = before && before->digest == mark_.digest;
  if (!resumed && known_.Has(mark_.digest)) return Finish("duplicate", "");
  const Judged judged = run_->Judge();
  if (!judged.refusal.empty()) return Finish(judged.refusal, judged.detail);
  remark_ = judged.detail;
  if (!remark_.empty() && !resumed)
    parts_.pipeline.NoteIrregular("file " + std::to_string(mark_.number), {{remark_, false}});
  if (resumed) {
    mark_ = *before;
    log::Info("files", "file-resumed", {{"file", mark_.number}, {"rows_done", mark_.counts.rows}});
  } else {
    mark_.offset = judged.start_at;
    mark_.place = judged.start_place;
    log::Info("files", "file-begun", {{"file", mark_.number}, {"digest", Short(mark_.digest)}});
  }
  left_.reset();
  run_->StartAt(mark_.offset, mark_.place);
  working_ = true;
  return Ok();
}

// Rows, the events they make and the place reached: one sync, all or nothing.
Result<int> FilesConnector::Group() {
  SAM_TRY(parts_.pipeline.Begin());
  entered_.clear();
  int taken = 0;
  bool at_end = false;
  while (static_cast<size_t>(taken) < config_.group_rows &&
         parts_.store.batch_bytes() < kGroupBytes) {
    Result<std::optional<Piece>> piece = run_->Next();
    if (!piece.ok()) {
      GiveUp(piece.error());
      SAM_TRY(DropGroup());
      return 0;
    }
    at_end = !piece->has_value();
    if (at_end) break;
    const Status status = TakePiece(std::move(**piece));
    if (!status.ok()) {
      SAM_TRY(LoseGroup(status.error()));
      return 0;
    }
    ++taken;
  }
  const bool changed = at_end && run_->changed();
  const bool bad = TooManyBad(at_end);
  mark_.complete = at_end && !changed && !bad;
  parts_.store.PutMark(kFileMark, EncodeMark(mark_));
  const Status committed = parts_.pipeline.Commit();
  if (!committed.ok()) {
    SAM_TRY(LoseGroup(committed.error()));
    return 0;
  }
  full_told_ = false;
  if (parts_.guard != nullptr)
    for (const Mac16& key : entered_) parts_.guard->Forget(key);
  if (changed) {
    SAM_TRY(Finish("changed", "the file changed while it was worked on"));
  } else if (bad) {
    SAM_TRY(Finish("too-many-bad", "more than " + std::to_string(config_.max_bad_percent) +
                                       " percent of the rows had to be put aside"));
  } else if (at_end) {
    SAM_TRY(Finish("done", remark_));
  }
  return taken;
}

Status FilesConnector::TakePiece(Piece piece) {
  const std::string peer = "file " + std::to_string(mark_.number) + " " + run_->unit() + " " +
                           std::to_string(piece.place);
  mark_.offset = piece.end;
  mark_.place = piece.next;
  if (parts_.guard == nullptr) {
    SAM_ASSIGN(const kit::Verdict verdict, parts_.pipeline.Take(std::move(piece.bytes), peer));
    mark_.counts.Add(piece.place, verdict);
    return Ok();
  }
  const Digest digest = parts_.store.rows().ContentDigest(piece.bytes);
  const Mac16 key = *Mac16::From(digest.view().substr(0, Mac16::kSize));
  if (parts_.guard->IsPoison(key)) {
    SAM_ASSIGN(const kit::Verdict verdict,
               parts_.pipeline.PutAside(std::move(piece.bytes), peer, kPoison));
    mark_.counts.Add(piece.place, verdict);
    return Ok();
  }
  parts_.guard->Enter(key);
  entered_.push_back(key);
  Result<kit::Verdict> verdict = parts_.pipeline.Take(std::move(piece.bytes), peer);
  parts_.guard->Leave();
  SAM_TRY(verdict);
  mark_.counts.Add(piece.place, *verdict);
  return Ok();
}

// Nothing of the group counts. The file is opened anew, and its mark says where to go on.
Status FilesConnector::LoseGroup(const Error& error) {
  if (error.code != Code::kExhausted) return error;
  if (!full_told_) log::Error("files", "store-full", {{"file", mark_.number}});
  full_told_ = true;
  not_before_us_ = parts_.clock.SteadyMicros() + kPauseUs;
  return DropGroup();
}

Status FilesConnector::DropGroup() {
  run_.reset();
  SAM_TRY(parts_.store.Begin());
  SAM_ASSIGN(const std::optional<std::string> left, parts_.store.Mark(kFileMark));
  if (!left) return Ok();
  SAM_ASSIGN(left_, DecodeMark(*left));
  return Ok();
}

bool FilesConnector::TooManyBad(bool at_end) const {
  const Counts& counts = mark_.counts;
  if (counts.bad <= kFewBad || (!at_end && counts.rows < kFewRows)) return false;
  return counts.bad * 100 > counts.rows * static_cast<uint64_t>(config_.max_bad_percent);
}

// The receipt first, then the file, then our own note of it: after a crash in between the file is
// looked at again, or found in its place.
Status FilesConnector::Finish(const std::string& outcome, const std::string& detail) {
  const Receipt receipt{mark_.number, mark_.digest, outcome, detail, mark_.counts};
  const std::string& target = receipt.ok() ? config_.done : config_.failed;
  const Status ours = keep_.Claim(target);
  const Result<Moved> moved =
      ours.ok() ? MoveWithReceipt(PathOf(mark_.name), target, mark_.name, receipt, opened_)
                : Result<Moved>(ours.error());
  run_.reset();
  if (!moved.ok()) {
    log::Error("files", "file-stuck", {{"file", mark_.number}, {"message", moved.error().message}});
    folder_.Postpone(mark_.name);
    return DropGroup();
  }
  if (moved->replaced) log::Warn("files", "file-replaced", {{"file", mark_.number}});
  folder_.Forget(mark_.name, moved->replaced);
  if (!moved->replaced)
    keep_.Add(target, moved->name);
  DropCompanions();
  const Counts& counts = mark_.counts;
  CountFile(receipt.ok() ? outcome.c_str() : "refused");
  if (receipt.ok()) {
    log::Info("files", "file-done",
              {{"file", mark_.number},
               {"digest", Short(mark_.digest)},
               {"outcome", outcome},
               {"rows", counts.rows},
               {"events", counts.events},
               {"duplicates", counts.duplicates},
               {"put_aside", counts.bad}});
    last_done_.Set(static_cast<double>(parts_.clock.Now().value) / 1000.0);
  } else {
    log::Error("files", "file-refused",
               {{"file", mark_.number},
                {"digest", Short(mark_.digest)},
                {"reason", outcome},
                {"rows_taken", counts.taken},
                {"put_aside", counts.bad}});
  }
  return Remember(receipt, moved->name);
}

Status FilesConnector::Remember(const Receipt& receipt, const std::string& moved) {
  if (receipt.ok()) known_.Add(mark_.digest);
  known_.next_number = std::max(known_.next_number, mark_.number + 1);
  SAM_TRY(parts_.store.Begin());
  parts_.store.PutMark(kKnownMark, known_.Encode());
  if (left_)
    parts_.store.PutMark(kFileMark, EncodeMark(*left_));  // of another file, not yet gone on with
  else
    parts_.store.DropMark(kFileMark);
  if (observer_ != nullptr) observer_->FileOver(mark_.name, receipt, moved);
  const Status committed = parts_.store.Commit();
  // No space: the list goes with the next file, and the old mark's file is gone from the folder.
  return committed.ok() || committed.error().code == Code::kExhausted ? Ok() : committed;
}

std::string FilesConnector::status() const {
  std::string out = "files: " + config_.folder + ", " + std::to_string(folder_.waiting()) +
                    " waiting, " + std::to_string(folder_.ignored()) + " of other names\n";
  if (run_)
    out += "file " + std::to_string(mark_.number) + ": " + mark_.name + ", " +
           std::to_string(mark_.counts.rows) + " rows done, " + std::to_string(mark_.counts.bad) +
           " put aside\n";
  if (keep_.unsealed() > 0)
    out += "files that were worked through and are not sealed yet: " +
           std::to_string(keep_.unsealed()) + "\n";
  return out;
}

kit::ConnectorKind FilesKind() {
  kit::ConnectorKind kind;
  kind.section = "files";
  kind.formats = {"csv", "hl7v2", "xml"};
  kind.read = [](config::Table section, const std::string& folder) {
    auto out = std::make_unique<FilesConfig>();
    ReadFiles(section, folder, *out);
    return std::unique_ptr<kit::ConnectorSettings>(std::move(out));
  };
  kind.open = [](const kit::ConnectorSettings& settings,
                 const kit::ConnectorParts& parts) -> Result<std::unique_ptr<kit::Connector>> {
    const auto* files = dynamic_cast<const FilesConfig*>(&settings);
    if (files == nullptr) return Internal("[files] was read by somebody else");
    return FilesConnector::Open(*files, parts);
  };
  kind.kept = [](const kit::ConnectorSettings& settings, const kit::AdapterConfig& config,
                 kit::AdapterStore& store) -> std::unique_ptr<kit::KeptFiles> {
    const auto* files = dynamic_cast<const FilesConfig*>(&settings);
    if (files == nullptr) return nullptr;
    return std::make_unique<KeptFolder>(*files, config.keep.raw, store);
  };
  kind.instead_of_pins =
      "Who sends is settled by who may write into the folder: set its owner and rights, or have the "
      "files fetched from a server whose key is known (known_hosts of [files.sftp]).";
  return kind;
}

}  // namespace sam::files
