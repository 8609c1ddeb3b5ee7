#include "adapters/files/kept_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "adapters/files/folder.h"
#include "adapters/files/receipt.h"
#include "adapters/kit/erase.h"
#include "adapters/kit/json_text.h"
#include "adapters/kit/quarantine_desk.h"
#include "broker/base/log.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::files {
namespace {

constexpr size_t kOverlap = 512;  // more than the longest form in UTF-16
constexpr size_t kPartChunks = 2;  // of one answer: in base64 well below a door's 4 MiB
constexpr size_t kShortId = 8;

std::string ShortId(const SealedHead& head) { return ToHex(head.id).substr(0, kShortId); }

// Never its name, which may be a person's.
std::string Handle(const SealedHead& head) {
  return head.number != 0 ? std::to_string(head.number) : ShortId(head);
}

bool Has(const kit::Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

uint64_t FromOf(const kit::Words& words) {
  for (const std::string& word : words)
    if (const std::optional<std::string> value = kit::ValueOf(word, "from"))
      return ReadNumber(*value).value_or(0);
  return 0;
}

void Tell(const Error& error, uint64_t number) {
  log::Error("adapter", "row-unreadable",
             {{"what", "file"}, {"number", number}, {"why", error.message}});
}

}  // namespace

KeptFolder::KeptFolder(const KeepConfig& config, int raw_days, kit::AdapterStore& store)
    : config_(config), raw_days_(raw_days), store_(store), key_(store.rows().FileKey()) {}

Result<std::string> KeptFolder::Run(const kit::Words& words, const std::string& operator_name) {
  const std::string verb = kit::WordAt(words, 0);
  if (verb == "list") return List(words, operator_name);
  if (verb == "show") return Show(words, operator_name);
  return Invalid("unknown command 'file " + verb + "': list or show");
}

Status KeptFolder::Note(const std::string& operator_name, const std::string& subject,
                        const std::string& reason) {
  SAM_TRY(store_.Begin());
  store_.PutAccess({store_.clock().Now(), operator_name, "reveal", subject, reason});
  return store_.Commit();
}

std::string KeptFolder::Line(const KeptName& kept, bool json, bool reveal) const {
  const std::string place = kept.folder == config_.done ? "done" : "failed";
  const std::string name = reveal ? kept.name : "(hidden)";
  const Result<SealedFile> file = SealedFile::Open(kept.path(), key_);
  const bool sealed = kept.what == KeptName::What::kSealed;
  if (!file.ok()) {
    const std::string state = sealed ? "unreadable" : "not-sealed";
    const uint64_t number = NumberInReceipt(kept.folder, kept.name);
    if (!json) return std::to_string(number) + "  " + place + "  " + state + "  " + name + "\n";
    return "{\"v\":1,\"type\":\"file\"" + kit::JsonField("file", std::to_string(number)) +
           kit::JsonField("place", kit::JsonText(place)) +
           kit::JsonField("state", kit::JsonText(state)) +
           (reveal ? kit::JsonField("name", kit::JsonText(name)) : "") + "}\n";
  }
  const SealedHead& head = file->head();
  const std::string kind = head.attachment() ? "named-by-row" : "rows";
  const Millis until(head.sealed_at.value + raw_days_ * kDayMs);
  if (!json)
    return std::to_string(head.number) + "  " + ShortId(head) + "  " + place + "  " + kind + "  " + std::to_string(head.size) +
           " bytes  sealed " + ToIso(head.sealed_at) + "  until " + ToIso(until) + "  " + name +
           "\n";
  return "{\"v\":1,\"type\":\"file\"" + kit::JsonField("file", std::to_string(head.number)) +
         kit::JsonField("id", kit::JsonText(ShortId(head))) +
         kit::JsonField("place", kit::JsonText(place)) +
         kit::JsonField("state", "\"sealed\"") + kit::JsonField("kind", kit::JsonText(kind)) +
         kit::JsonField("bytes", std::to_string(head.size)) +
         kit::JsonField("sealed_at", kit::JsonText(ToIso(head.sealed_at))) +
         kit::JsonField("until", kit::JsonText(ToIso(until))) +
         (reveal ? kit::JsonField("name", kit::JsonText(name)) : "") + "}\n";
}

Result<std::string> KeptFolder::List(const kit::Words& words, const std::string& operator_name) {
  const auto asked = std::find(words.begin(), words.end(), "reveal");
  const bool reveal = asked != words.end();
  if (reveal) {
    SAM_ASSIGN(const std::string reason,
               kit::ReasonAt(words, static_cast<size_t>(asked - words.begin()) + 1));
    SAM_TRY(Note(operator_name, "names of files", reason));
  }
  const uint64_t from = std::max<uint64_t>(1, FromOf(words));
  kit::PageHead head;
  std::string out;
  uint64_t number = 0;
  for (const KeptName& kept : KeptNames(config_)) {
    if (kept.what != KeptName::What::kSealed && kept.what != KeptName::What::kPlain) continue;
    if (++number < from) continue;
    if (head.matched == kit::QuarantineDesk::kListPage) {
      head.next = number;
      break;
    }
    ++head.matched;
    out += Line(kept, Has(words, "json"), reveal);
  }
  return head.Line() + out;
}

// By number, or by the beginning of its id; not by its name, which may be a person's and would stand on a
// command line. A store that was made anew counts from 1 again, so that a number may be that of two files.
Result<KeptName> KeptFolder::Find(const std::string& file) const {
  std::optional<KeptName> found;
  for (const KeptName& kept : KeptNames(config_)) {
    if (kept.what != KeptName::What::kSealed) continue;
    const Result<SealedFile> sealed = SealedFile::Open(kept.path(), key_);
    if (!sealed.ok()) continue;
    const SealedHead& head = sealed->head();
    const std::string id = ToHex(head.id);
    if (file.size() >= kShortId && id.starts_with(file)) return kept;
    if (head.number == 0 || std::to_string(head.number) != file) continue;
    if (found) return Conflict("two files have the number " + file + ": give the id of the one");
    found = kept;
  }
  if (found) return *found;
  return NotFound("no sealed file has that number or id; `samsignal-adapter file list` tells which "
                  "there are (it may have expired, or is not sealed yet)");
}

// Without the note there is no showing. The parts of one look, each asked for once and in their order for one
// reason, are under one note.
Result<std::string> KeptFolder::Show(const kit::Words& words, const std::string& operator_name) {
  SAM_ASSIGN(const std::string reason, kit::ReasonAt(words, 2));
  const std::string handle = kit::WordAt(words, 1);
  const uint64_t from = FromOf(words);
  const Look before = std::exchange(look_, Look());
  const bool goes_on = from != 0 && before.next == from && before.id == handle &&
                       before.operator_name == operator_name && before.reason == reason;
  std::string path = before.path;
  if (!goes_on) {
    SAM_ASSIGN(const KeptName kept, Find(handle));
    path = kept.path();
  }
  SAM_ASSIGN(const SealedFile file, SealedFile::Open(path, key_));
  kit::FilePart part;
  part.id = ToHex(file.head().id);
  if (goes_on && part.id != handle) return NotFound("the file is there no more");
  if (!goes_on) SAM_TRY(Note(operator_name, "file " + Handle(file.head()), reason));
  const uint64_t end = std::min<uint64_t>(file.chunks(), from + kPartChunks);
  for (uint64_t at = from; at < end; ++at) {
    SAM_ASSIGN(const std::string chunk, file.Chunk(at));
    part.bytes += chunk;
  }
  if (end < file.chunks()) part.next = end;
  if (part.next != 0) look_ = {operator_name, reason, part.id, path, part.next};
  return part.Text();
}

// By the numbers of the messages that named it: a name is written in many ways, and stands in other names.
Result<std::set<std::string>> KeptFolder::NamedBy(const std::vector<std::string>& forms,
                                                  const std::vector<NamedFile>& files) {
  std::set<std::string> out;
  if (files.empty()) return out;
  std::set<uint64_t> raw;
  std::set<uint64_t> aside;
  SAM_TRY(store_.EachRaw([&](uint64_t number, const kit::RawMessage& row) {
    if (kit::Mentions(row.bytes, forms)) raw.insert(number);
    return true;
  }));
  SAM_TRY(store_.EachQuarantine([&](const kit::Quarantined& row) {
    if (kit::Mentions(row.raw, forms)) aside.insert(row.number);
    return true;
  }));
  const auto theirs = [&](const RowLink& row) {
    return raw.count(row.raw) + aside.count(row.quarantine) + aside.count(row.fix) > 0;
  };
  for (const NamedFile& file : files)
    if (std::any_of(file.rows.begin(), file.rows.end(), theirs)) out.insert(file.link);
  return out;
}

Result<bool> KeptFolder::Mentioned(const KeptName& kept,
                                   const std::vector<std::string>& forms) const {
  if (kit::Mentions(kept.name, forms)) return true;
  MentionSearch search(forms);
  if (kept.what == KeptName::What::kSealed) {
    const Result<SealedFile> file = SealedFile::Open(kept.path(), key_);
    if (!file.ok()) {
      // None of ours, or nothing that anybody can read any more.
      if (file.error().code == Code::kCorrupt) Tell(file.error(), 0);
      return false;
    }
    for (uint64_t at = 0; at < file->chunks(); ++at) {
      const Result<std::string> chunk = file->Chunk(at);
      if (!chunk.ok()) Tell(chunk.error(), file->head().number);
      if (chunk.ok() && search.Add(*chunk, at + 1 == file->chunks())) return true;
    }
    return false;
  }
  const Result<InputFile> file = InputFile::Open(kept.path());
  if (!file.ok() && file.error().code == Code::kUnavailable) return file.error();
  if (!file.ok()) return false;
  for (uint64_t at = 0;;) {
    SAM_ASSIGN(const std::string bytes, file->Read(at, kSealedChunk));
    at += bytes.size();
    if (search.Add(bytes, bytes.empty())) return true;
    if (bytes.empty()) return false;
  }
}

// All of them that are the person's; `links`: of those that rows named, whose notes go too.
Result<std::vector<KeptName>> KeptFolder::FilesOf(const std::vector<std::string>& forms,
                                                  const std::vector<KeptName>& all,
                                                  std::vector<std::string>& links) {
  using What = KeptName::What;
  std::vector<NamedFile> named;
  SAM_TRY(EachNamed(store_, [&](NamedFile file) { named.push_back(std::move(file)); }));
  SAM_ASSIGN(const std::set<std::string> theirs, NamedBy(forms, named));
  std::vector<KeptName> out;
  const auto look = [&](const KeptName& kept, const std::string& link) -> Status {
    bool gone = theirs.count(link) > 0;
    if (!gone) {
      SAM_ASSIGN(gone, Mentioned(kept, forms));
    }
    if (!gone || !Exists(kept.path())) return Ok();
    out.push_back(kept);
    if (!link.empty()) links.push_back(link);
    return Ok();
  };
  for (const NamedFile& file : named)
    if (file.state != NamedFile::State::kSealed)
      SAM_TRY(look({What::kPlain, config_.attachments, file.name}, file.link));
  for (const KeptName& kept : all) {
    if (kept.what == What::kPlain && IsOurs(kept)) SAM_TRY(look(kept, ""));
    if (kept.what != What::kSealed) continue;
    const Result<SealedFile> file = SealedFile::Open(kept.path(), key_);
    SAM_TRY(look(kept, file.ok() ? file->head().link : ""));
  }
  return out;
}

Status KeptFolder::Forget(const std::vector<std::string>& links) {
  constexpr size_t kPerGroup = 200;
  for (size_t at = 0; at < links.size(); at += kPerGroup) {
    SAM_TRY(store_.Begin());
    for (size_t i = at; i < std::min(at + kPerGroup, links.size()); ++i) DropNamed(store_, links[i]);
    SAM_TRY(store_.Commit());
  }
  return Ok();
}

Result<uint64_t> KeptFolder::Erase(const std::vector<std::string>& forms, bool dry_run) {
  const std::vector<KeptName> all = KeptNames(config_);
  std::vector<std::string> links;
  SAM_ASSIGN(const std::vector<KeptName> files, FilesOf(forms, all, links));
  if (dry_run) return files.size();
  for (const KeptName& kept : files)
    if (::unlink(kept.path().c_str()) != 0 && errno != ENOENT)
      return Unavailable("a kept file that mentions the person cannot be removed: look at the rights "
                         "of " + kept.folder + " and run this again");
  // A receipt holds counts, but it has the name.
  for (const KeptName& kept : all)
    if (kept.what == KeptName::What::kReceipt && kit::Mentions(kept.name, forms) && IsOurs(kept))
      ::unlink(kept.path().c_str());
  for (const std::string& folder :
       std::set<std::string>{config_.done, config_.failed, config_.attachments})
    if (Exists(folder)) SAM_TRY(SyncFolder(folder));
  SAM_TRY(Forget(links));
  return files.size();
}

// What touches the edge between two parts is judged where it stands inside: a number that goes on beyond
// the edge is another number.
bool MentionSearch::Add(std::string_view part, bool last) {
  kept_.append(part);
  const std::string window = (cut_ ? "x" : "") + kept_ + (last ? "" : "x");
  if (kept_.size() > kOverlap) {
    kept_.erase(0, kept_.size() - kOverlap);
    cut_ = true;
  }
  return kit::Mentions(window, forms_);
}

}  // namespace sam::files
