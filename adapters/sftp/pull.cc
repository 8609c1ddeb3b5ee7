#include "adapters/sftp/pull.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "adapters/files/folder.h"
#include "adapters/files/receipt.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/sftp/local_file.h"
#include "adapters/sftp/remote_name.h"
#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::sftp {
namespace {

constexpr const char* kOpenMark = "sftp/open";
constexpr const char* kSettledMark = "sftp/settled";
constexpr const char* kDraft = "/.samsignal-sftp.part";

std::string Short(const Digest& digest) { return ToHex(digest.view()).substr(0, 12); }

void Count(const std::string& outcome) {
  metrics::Counter("samsignal_sftp_files_total", "Files of the server by what became of them",
                   {{"outcome", outcome}})
      .Add();
}

}  // namespace

Pull::Pull(const PulledFilesConfig& config, const kit::ConnectorParts& parts,
           std::unique_ptr<Link> link, Random random)
    : config_(config),
      sftp_(*config.sftp),
      parts_(parts),
      link_(std::move(link)),
      random_(random),
      looks_(config),
      draft_(config.folder + kDraft),
      failing_("samsignal_sftp_failing", "1 while the SFTP server cannot be read"),
      last_look_("samsignal_sftp_last_look_seconds", "When the server's folder was last read"),
      odd_gauge_("samsignal_sftp_odd_names", "Names on the server that are not touched"),
      open_gauge_("samsignal_sftp_open_files", "Files fetched and not yet settled") {}

Result<std::unique_ptr<Pull>> Pull::Open(const PulledFilesConfig& config,
                                         const kit::ConnectorParts& parts,
                                         std::unique_ptr<Link> link, Random random) {
  std::unique_ptr<Pull> out(new Pull(config, parts, std::move(link), random));
  SAM_TRY(parts.store.Begin());
  SAM_ASSIGN(const std::optional<std::string> open, parts.store.Mark(kOpenMark));
  SAM_ASSIGN(const std::optional<std::string> settled, parts.store.Mark(kSettledMark));
  SAM_ASSIGN(out->ledger_, Ledger::Decode(open.value_or(""), settled.value_or("")));
  ::unlink(out->draft_.c_str());  // of a fetch that was cut short
  return out;
}

Status Pull::Save() {
  SAM_TRY(parts_.store.Begin());
  parts_.store.PutMark(kOpenMark, ledger_.EncodeOpen());
  parts_.store.PutMark(kSettledMark, ledger_.EncodeSettled());
  open_gauge_.Set(static_cast<double>(ledger_.open().size()));
  const Status committed = parts_.store.Commit();
  // No space: the watched folder tells of it. What is forgotten is fetched again and recognized.
  return committed.ok() || committed.error().code == Code::kExhausted ? Ok() : committed;
}

void Pull::FileOver(const std::string& name, const files::Receipt& receipt,
                    const std::string& moved) {
  OpenFile* file = ledger_.Find(name);
  // Somebody may have put another file under that name; a file too large has no digest.
  if (file == nullptr || file->over || (!receipt.digest.empty() && receipt.digest != file->digest))
    return;
  file->over = true;
  file->ok = receipt.ok();
  file->aside = receipt.counts.bad > 0;
  file->number = receipt.number;
  file->moved = moved;
  file->upto = parts_.store.outbox_next() - 1;
  parts_.store.PutMark(kOpenMark, ledger_.EncodeOpen());
  if (held_back_ && failures_ == 0) due_us_ = parts_.clock.SteadyMicros();
}

Status Pull::Step() {
  if (link_->busy()) {
    std::optional<Reply> reply = link_->Take();
    return reply ? Took(std::move(*reply)) : Ok();
  }
  if (in_round_) {
    Next();
    return Ok();
  }
  if (refusing_ || parts_.clock.SteadyMicros() < due_us_) return Ok();
  SAM_TRY(DropLost());
  StartRound();
  return Ok();
}

// A file that was fetched, is not over and does not lie there: its fetch was cut short, or somebody
// took it away. It is fetched again; what it told before is known.
Status Pull::DropLost() {
  std::vector<std::string> lost;
  for (const OpenFile& one : ledger_.open())
    if (!one.over && !files::Exists(config_.folder + "/" + one.file.name))
      lost.push_back(one.file.name);
  if (lost.empty()) return Ok();
  for (const std::string& name : lost) {
    ledger_.Forget(name);
    Count("fetched-again");
  }
  return Save();
}

void Pull::StartRound() {
  in_round_ = true;
  at_hand_ = Request();
  link_->Start(at_hand_);
}

// The hub has all events of it: they live on another disk than ours now.
bool Pull::Settleable(const OpenFile& file) const {
  return file.over && parts_.store.accepted() >= file.upto;
}

bool Pull::HasRoom(const RemoteFile& file) const {
  uint64_t planned = ledger_.WaitingBytes();
  for (const Request& job : jobs_)
    if (job.kind == Request::Kind::kFetch) planned += job.file.size;
  // One file always may, or one that is larger than the limit would wait forever.
  return planned == 0 || planned + file.size <= sftp_.max_waiting_bytes;
}

Status Pull::PlanRound(const Listing& listing, int64_t now_us) {
  last_look_.Set(static_cast<double>(parts_.clock.Now().value) / 1000.0);
  on_server_ = listing.files.size();
  odd_gauge_.Set(static_cast<double>(listing.odd));
  if (listing.odd > odd_) log::Warn("sftp", "sftp-odd-names", {{"names", listing.odd}});
  odd_ = listing.odd;
  troubles_.Listed(listing);
  const bool pruned = listing.complete && ledger_.Prune(listing.files);
  const bool crowded = !listing.complete || ledger_.full();
  if (crowded && !crowded_told_)
    log::Error("sftp", "sftp-folder-crowded", {{"files", listing.files.size()}});
  crowded_told_ = crowded;
  std::vector<RemoteFile> left;
  for (const OpenFile& one : ledger_.open()) {
    if (!Settleable(one)) continue;
    const bool put = sftp_.receipts && !one.put;
    if (put) jobs_.push_back(PutRequest(one));
    if (!Leaves(one))
      jobs_.push_back(SettleRequest(one));
    else if (!put)
      left.push_back(one.file);
  }
  for (const RemoteFile& file : left) Settle(file);
  PlanFetches(listing, now_us);
  return left.empty() && !pruned ? Ok() : Save();
}

// What was refused is never deleted, nor is a file with rows that were put aside: nobody but the
// server and this disk has them.
bool Pull::Leaves(const OpenFile& file) const {
  return sftp_.after == After::kLeave || (sftp_.after == After::kDelete && (!file.ok || file.aside));
}

void Pull::Settle(const RemoteFile& file) {
  if (const OpenFile* open = ledger_.Find(file.name)) {
    log::Info("sftp", "file-settled",
              {{"file", open->number},
               {"digest", Short(open->digest)},
               {"taken", open->ok},
               {"rows_aside", open->aside}});
    Count(!open->ok ? "refused" : open->aside ? "taken-in-part" : "taken");
  }
  troubles_.Over(file.name);
  ledger_.Settle(file);
}

void Pull::PlanFetches(const Listing& listing, int64_t now_us) {
  held_back_ = false;
  const std::vector<RemoteFile> whole = looks_.Whole(listing, now_us);
  if (refusing_ || ledger_.full()) return;
  size_t room = Ledger::kMaxOpen - ledger_.open().size();
  for (const RemoteFile& file : whole) {
    // Open under this name, or somebody else's file lies there: not before that is over.
    if (ledger_.IsSettled(file) || ledger_.Find(file.name) != nullptr ||
        files::Exists(config_.folder + "/" + file.name))
      continue;
    if (file.size > config_.max_file_bytes) {
      if (troubles_.Add(file.name)) {
        log::Error("sftp", "sftp-file-refused",
                   {{"reason", "too-large"},
                    {"bytes", file.size},
                    {"limit", config_.max_file_bytes}});
        Count("too-large");
      }
      continue;
    }
    held_back_ = room == 0 || !HasRoom(file);
    if (held_back_) return;
    --room;
    Request job;
    job.kind = Request::Kind::kFetch;
    job.file = file;
    job.local = draft_;
    jobs_.push_back(std::move(job));
  }
}

Request Pull::PutRequest(const OpenFile& file) const {
  Request out;
  out.kind = Request::Kind::kPut;
  out.file = file.file;
  const char* suffix = file.ok ? ".ok" : ".err";
  out.local = (file.ok ? config_.done : config_.failed) + "/" + file.moved + suffix;
  out.target = sftp_.receipt_folder + "/" + file.file.name + suffix;
  return out;
}

Request Pull::SettleRequest(const OpenFile& file) const {
  Request out;
  out.kind = Request::Kind::kSettle;
  out.file = file.file;
  if (sftp_.after == After::kDelete) return out;
  const std::string other = "." + Short(file.digest);
  if (sftp_.after == After::kRename) {
    const char* suffix = file.ok ? kTaken : kRefused;
    out.target = sftp_.PathOf(file.file.name) + suffix;
    out.other_target = sftp_.PathOf(file.file.name) + other + suffix;
    return out;
  }
  out.make_folder = file.ok ? sftp_.done : sftp_.failed;
  out.target = out.make_folder + "/" + file.file.name;
  out.other_target = out.target + other;
  return out;
}

void Pull::Next() {
  if (refusing_) jobs_.clear();
  if (jobs_.empty()) {
    at_hand_ = Request();
    at_hand_.kind = Request::Kind::kClose;
    link_->Start(at_hand_);
    return;
  }
  at_hand_ = std::move(jobs_.front());
  jobs_.pop_front();
  link_->Start(at_hand_);
}

void Pull::EndRound(int64_t due_us) {
  in_round_ = false;
  jobs_.clear();
  due_us_ = due_us;
}

Status Pull::Took(Reply reply) {
  const int64_t now_us = parts_.clock.SteadyMicros();
  if (reply.trouble && reply.trouble->whole) {
    Fail(*reply.trouble);
    return Ok();
  }
  if (reply.kind == Request::Kind::kClose) {
    Recovered();
    int64_t due = now_us + sftp_.poll_ms * 1000;
    if (looks_.next_us() != 0) due = std::min(due, std::max(looks_.next_us(), now_us));
    EndRound(due);
    return Ok();
  }
  if (reply.trouble && at_hand_.kind != Request::Kind::kPut) {
    FileTrouble(*reply.trouble);
    return Ok();
  }
  switch (reply.kind) {
    case Request::Kind::kList: return PlanRound(reply.listing, now_us);
    case Request::Kind::kFetch: return Fetched(reply);
    case Request::Kind::kPut:
      if (reply.trouble) FileTrouble(*reply.trouble);
      // A receipt that lies here no more, by the site's own rule, cannot be sent.
      return !reply.trouble || reply.trouble->what == "receipt-gone" ? Put() : Ok();
    case Request::Kind::kSettle: return Settled(reply);
    case Request::Kind::kClose: break;
  }
  return Ok();
}

// Noted first, then put under its name: what is noted and does not lie there is fetched again.
Status Pull::Fetched(const Reply& reply) {
  if (reply.changed || reply.gone) {
    FetchedInVain(reply.gone);
    return Ok();
  }
  if (ledger_.Find(at_hand_.file.name) != nullptr) return Ok();
  OpenFile file;
  file.file = at_hand_.file;
  file.digest = reply.digest;
  ledger_.open().push_back(std::move(file));
  SAM_TRY(Save());
  const Status moved = local::PutInPlace(draft_, config_.folder, at_hand_.file.name);
  if (!moved.ok()) {
    ledger_.Forget(at_hand_.file.name);
    Fail({"local-disk", true, true, moved.error().message});
    return Save();
  }
  troubles_.Over(at_hand_.file.name);
  Count("fetched");
  log::Info("sftp", "file-fetched",
            {{"digest", Short(reply.digest)}, {"bytes", at_hand_.file.size}});
  // It has its name and stays noted. Should the name be lost by a power cut, it is fetched again.
  const Status synced = files::SyncFolder(config_.folder);
  if (!synced.ok()) Fail({"local-disk", true, true, synced.error().message});
  return Ok();
}

// A file that grows is such a one now and then. One that is so each time, because the server lists
// another size or time than it tells of the file itself, would never come, and nobody would know.
void Pull::FetchedInVain(bool gone) {
  const std::string& name = at_hand_.file.name;
  looks_.Forget(name);
  Count(gone ? "gone" : "changed");
  if (troubles_.Unsteady(name) && troubles_.Add(name))
    log::Warn("sftp", "sftp-file-unsteady",
              {{"what", gone ? "gone" : "changed"}, {"bytes", at_hand_.file.size}});
}

Status Pull::Put() {
  if (OpenFile* file = ledger_.Find(at_hand_.file.name)) {
    file->put = true;
    if (Leaves(*file)) Settle(at_hand_.file);
  }
  return Save();
}

Status Pull::Settled(const Reply& reply) {
  if (reply.changed) Count("replaced");  // another file has its name now, and comes by itself
  Settle(at_hand_.file);
  return Save();
}

void Pull::FileTrouble(const Trouble& trouble) {
  const bool fetch = at_hand_.kind == Request::Kind::kFetch;
  if (fetch) looks_.Forget(at_hand_.file.name);
  // Without its receipt a file is not settled either, unless there is none to send.
  const std::string& name = at_hand_.file.name;
  if (at_hand_.kind == Request::Kind::kPut && trouble.what != "receipt-gone" && !jobs_.empty() &&
      jobs_.front().file.name == name)
    jobs_.pop_front();
  Count(fetch ? "unreadable" : "unsettled");
  if (!troubles_.Add(name)) return;
  if (fetch) {
    log::Warn("sftp", "sftp-file-unreadable", {{"detail", trouble.detail}});
  } else if (trouble.what == "receipt-gone") {
    log::Warn("sftp", "sftp-receipt-gone", {});
  } else {
    log::Error("sftp", "sftp-after-failed", {{"detail", trouble.detail}});
  }
}

void Pull::Fail(const Trouble& trouble) {
  int64_t wait_ms = sftp_.backoff_max_ms;
  if (failures_ < 20) wait_ms = std::min(wait_ms, sftp_.backoff_min_ms << failures_);
  // Half of it by chance, so that many adapters do not come back in one beat.
  const int64_t half = wait_ms / 2;
  wait_ms = half + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(half + 1)));
  ++failures_;
  EndRound(parts_.clock.SteadyMicros() + wait_ms * 1000);
  metrics::Counter("samsignal_sftp_failures_total", "Conversations that ended in trouble",
                   {{"what", trouble.what}})
      .Add();
  if (trouble.what == told_) return;
  if (trouble.passing && failures_ < kTellAfter) {
    log::Warn("sftp", "sftp-again", {{"what", trouble.what}, {"wait_ms", wait_ms}});
    return;
  }
  told_ = trouble.what;
  failing_.Set(1);
  if (trouble.what == "host-key-changed" || trouble.what == "host-key-unknown")
    log::Error("sftp", "sftp-host-key", {{"what", trouble.what}, {"detail", trouble.detail}});
  else
    log::Error("sftp", "sftp-failing",
               {{"what", trouble.what}, {"detail", trouble.detail}, {"wait_ms", wait_ms}});
}

void Pull::Recovered() {
  if (!told_.empty()) log::Info("sftp", "sftp-recovered", {});
  failures_ = 0;
  told_.clear();
  failing_.Set(0);
}

std::string Pull::status() const {
  size_t waiting = 0;
  for (const OpenFile& one : ledger_.open()) waiting += one.over ? 0 : 1;
  std::string out = "sftp: " + sftp_.where();
  out.append(failures_ > 0 ? ", failing" : "").append(", ");
  out.append(std::to_string(on_server_)).append(" files on the server, ");
  out.append(std::to_string(waiting)).append(" at work here, ");
  out.append(std::to_string(ledger_.open().size() - waiting)).append(" to be settled there, ");
  out.append(std::to_string(odd_)).append(" of odd names\n");
  return out.append(troubles_.status());
}

}  // namespace sam::sftp
