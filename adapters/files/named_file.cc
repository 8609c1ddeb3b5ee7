#include "adapters/files/named_file.h"

#include <algorithm>
#include <utility>

#include "adapters/files/sealed_file.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::files {
namespace {

const std::string kPrefix = "files/named/";
constexpr size_t kShown = 8;  // digits of a link in a name
constexpr size_t kHeadFields = 6;
constexpr size_t kRowFields = 4;

Error Damaged() { return Corrupt("the note of a file that a row named is damaged"); }

void Append(std::string& out, uint64_t number) { out.append(std::to_string(number)).append(" "); }

}  // namespace

// Name, state, time and stamp in the first line; then a line for each row.
std::string EncodeNamed(const NamedFile& file) {
  std::string out = ToHex(file.name) + " ";
  Append(out, static_cast<uint64_t>(file.state));
  Append(out, static_cast<uint64_t>(file.at.value));
  Append(out, file.stamp.inode);
  Append(out, file.stamp.size);
  Append(out, static_cast<uint64_t>(file.stamp.changed_ns));
  for (const RowLink& row : file.rows) {
    out.append("\n").append(ToHex(row.about.view())).append(" ");
    for (const uint64_t number : {row.raw, row.quarantine, row.fix}) Append(out, number);
  }
  return out;
}

Result<NamedFile> DecodeNamed(const std::string& link, std::string_view bytes) {
  NamedFile out;
  out.link = link;
  const std::vector<std::string_view> lines = Split(bytes, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<std::string_view> words = Split(lines[i], ' ');
    const size_t fields = i == 0 ? kHeadFields : kRowFields;
    const std::optional<std::string> text = FromHex(words[0]);
    if (words.size() < fields || !text) return Damaged();
    std::vector<uint64_t> numbers;
    for (size_t at = 1; at < fields; ++at) {
      const std::optional<uint64_t> number = ReadNumber(words[at]);
      if (!number) return Damaged();
      numbers.push_back(*number);
    }
    if (i == 0) {
      if (numbers[0] > static_cast<uint64_t>(NamedFile::State::kSealed)) return Damaged();
      out.name = *text;
      out.state = static_cast<NamedFile::State>(numbers[0]);
      out.at = Millis(static_cast<int64_t>(numbers[1]));
      out.stamp = {numbers[2], numbers[3], static_cast<int64_t>(numbers[4])};
      continue;
    }
    const std::optional<Mac16> about = Mac16::From(*text);
    if (!about) return Damaged();
    out.rows.push_back({*about, numbers[0], numbers[1], numbers[2]});
  }
  return out;
}

Result<std::optional<NamedFile>> FindNamed(kit::AdapterStore& store, const std::string& link) {
  SAM_ASSIGN(const std::optional<std::string> mark, store.Mark(kPrefix + ToHex(link)));
  if (!mark) return std::optional<NamedFile>();
  SAM_ASSIGN(NamedFile out, DecodeNamed(link, *mark));
  return std::optional<NamedFile>(std::move(out));
}

void PutNamed(kit::AdapterStore& store, const NamedFile& file) {
  store.PutMark(kPrefix + ToHex(file.link), EncodeNamed(file));
}

void DropNamed(kit::AdapterStore& store, const std::string& link) {
  store.DropMark(kPrefix + ToHex(link));
}

Status EachNamed(kit::AdapterStore& store, const std::function<void(NamedFile)>& visit) {
  Status inner = Ok();
  SAM_TRY(store.EachMark(kPrefix, [&](const std::string& name, const std::string& bytes) {
    const std::string link = FromHex(name.substr(kPrefix.size())).value_or("");
    Result<NamedFile> file = DecodeNamed(link, bytes);
    if (!file.ok()) inner = file.error();
    if (file.ok()) visit(std::move(*file));
    return inner.ok();
  }));
  return inner;
}

Result<bool> IsWaitedFor(kit::AdapterStore& store, const NamedFile& file) {
  for (const RowLink& row : file.rows) {
    if (row.quarantine == 0) continue;
    SAM_ASSIGN(const std::optional<kit::QuarantineHead> entry, store.Head(row.quarantine));
    if (entry && entry->state == kit::QuarantineState::kOpen) return true;
  }
  return false;
}

std::vector<std::string> SealedNames(const std::string& name, const std::string& link) {
  return {name, name + "." + ToHex(link).substr(0, kShown)};
}

std::optional<KeptName> SealedCopyOf(const KeepConfig& config, const std::string& name,
                                     const std::string& link, const SecretKey& key) {
  for (const std::string& one : SealedNames(name, link)) {
    KeptName kept{KeptName::What::kSealed, config.done, one};
    const Result<SealedFile> file = SealedFile::Open(kept.path(), key);
    if (file.ok() && file->head().link == link) return kept;
  }
  return std::nullopt;
}

}  // namespace sam::files
