#include "adapters/sftp/ledger.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "broker/base/text.h"

namespace sam::sftp {
namespace {

constexpr const char* kOpenHead = "sftp 1";
constexpr size_t kFields = 11;
constexpr const char* kAsideWord = "a";
constexpr const char* kAsideLine = " a\n";

bool ReadNumber(std::string_view text, uint64_t& out) {
  if (text.empty() || text.size() > 19 ||
      text.find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  out = std::strtoull(std::string(text).c_str(), nullptr, 10);
  return true;
}

Error Damaged() { return Corrupt("the list of fetched files is not what was written"); }

bool ReadOpen(std::string_view line, OpenFile& out) {
  const std::vector<std::string_view> words = Split(line, ' ');
  if (words.size() != kFields) return false;
  const std::optional<std::string> name = FromHex(words[0]);
  const std::optional<std::string> digest = FromHex(words[3]);
  const std::optional<std::string> moved = FromHex(words[9]);
  uint64_t modified = 0;
  if (!name || !moved || !digest || digest->size() != Digest::kSize ||
      !ReadNumber(words[1], out.file.size) || !ReadNumber(words[2], modified) ||
      !ReadNumber(words[6], out.number) || !ReadNumber(words[7], out.upto))
    return false;
  out.file.name = *name;
  out.file.modified_s = static_cast<int64_t>(modified);
  out.digest = *Digest::From(*digest);
  out.over = words[4] == "1";
  out.ok = words[5] == "1";
  out.put = words[8] == "1";
  out.aside = words[10] == kAsideWord;
  out.moved = *moved;
  return true;
}

}  // namespace

OpenFile* Ledger::Find(const std::string& name) {
  for (OpenFile& one : open_)
    if (one.file.name == name) return &one;
  return nullptr;
}

uint64_t Ledger::WaitingBytes() const {
  uint64_t out = 0;
  for (const OpenFile& one : open_)
    if (!one.over) out += one.file.size;
  return out;
}

Mac16 Ledger::IdOf(const RemoteFile& file) {
  const Digest digest = Sha256({BigEndian64(file.size),
                                BigEndian64(static_cast<uint64_t>(file.modified_s)), file.name});
  return *Mac16::From(digest.view().substr(0, Mac16::kSize));
}

void Ledger::Settle(const RemoteFile& file) {
  settled_.insert(IdOf(file));
  Forget(file.name);
}

void Ledger::Forget(const std::string& name) {
  open_.erase(std::remove_if(open_.begin(), open_.end(),
                             [&](const OpenFile& one) { return one.file.name == name; }),
              open_.end());
}

bool Ledger::Prune(const std::vector<RemoteFile>& all) {
  std::set<Mac16> kept;
  for (const RemoteFile& file : all) {
    const Mac16 id = IdOf(file);
    if (settled_.count(id) > 0) kept.insert(id);
  }
  const bool fewer = kept.size() < settled_.size();
  settled_ = std::move(kept);
  return fewer;
}

std::string Ledger::EncodeOpen() const {
  std::string out = kOpenHead;
  out.append("\n");
  for (const OpenFile& one : open_) {
    out.append(ToHex(one.file.name)).append(" ").append(std::to_string(one.file.size));
    out.append(" ").append(std::to_string(one.file.modified_s)).append(" ");
    out.append(ToHex(one.digest.view())).append(one.over ? " 1" : " 0");
    out.append(one.ok ? " 1 " : " 0 ").append(std::to_string(one.number)).append(" ");
    out.append(std::to_string(one.upto)).append(one.put ? " 1 " : " 0 ");
    out.append(ToHex(one.moved)).append(one.aside ? kAsideLine : " .\n");
  }
  return out;
}

std::string Ledger::EncodeSettled() const {
  std::string out;
  for (const Mac16& id : settled_) out.append(id.view());
  return out;
}

Result<Ledger> Ledger::Decode(std::string_view open, std::string_view settled) {
  Ledger out;
  if (!open.empty()) {
    const std::vector<std::string_view> lines = Split(open, '\n');
    if (lines.size() < 2 || lines.front() != kOpenHead || !lines.back().empty()) return Damaged();
    for (size_t i = 1; i + 1 < lines.size(); ++i) {
      OpenFile one;
      if (!ReadOpen(lines[i], one)) return Damaged();
      out.open_.push_back(std::move(one));
    }
  }
  if (settled.size() % Mac16::kSize != 0) return Damaged();
  for (size_t at = 0; at < settled.size(); at += Mac16::kSize)
    out.settled_.insert(*Mac16::From(settled.substr(at, Mac16::kSize)));
  return out;
}

}  // namespace sam::sftp
