#include "adapters/files/sealed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/crypto/seal.h"

namespace sam::files {
namespace {

constexpr std::string_view kMagic = "SAMFILE1";
constexpr std::string_view kHeadPlace = "samsignal file head 1";
constexpr size_t kHeadPlain = 2 * SealedHead::kIdBytes + 6 * 8;
constexpr size_t kHeadBytes = kHeadPlain + kSealOverhead;
constexpr size_t kBegins = kMagic.size() + kHeadBytes;  // where the first chunk lies

std::string ChunkPlace(const std::string& id, uint64_t at) {
  return "samsignal file chunk 1" + id + BigEndian64(at);
}

std::string NoLink() { return std::string(SealedHead::kIdBytes, '\0'); }

std::string EncodeHead(const SealedHead& head) {
  std::string out = head.id;
  out += head.link.empty() ? NoLink() : head.link;
  for (const uint64_t field :
       {head.number, head.size, static_cast<uint64_t>(head.sealed_at.value), head.from.inode,
        head.from.size, static_cast<uint64_t>(head.from.changed_ns)})
    out += BigEndian64(field);
  return out;
}

SealedHead DecodeHead(std::string_view bytes) {
  SealedHead out;
  out.id = std::string(bytes.substr(0, SealedHead::kIdBytes));
  out.link = std::string(bytes.substr(SealedHead::kIdBytes, SealedHead::kIdBytes));
  if (out.link == NoLink()) out.link.clear();
  const auto field = [&](size_t at) {
    return ReadBigEndian64(bytes.substr(2 * SealedHead::kIdBytes + at * 8, 8));
  };
  out.number = field(0);
  out.size = field(1);
  out.sealed_at = Millis(static_cast<int64_t>(field(2)));
  out.from = {field(3), field(4), static_cast<int64_t>(field(5))};
  return out;
}

Error SealFailed(const char* what) {
  return Unavailable(std::string(what) + ": " + std::strerror(errno));
}

// A read of the kernel's may give less than what is there.
Result<std::string> ReadAll(const InputFile& file, uint64_t offset, size_t size) {
  SAM_ASSIGN(std::string out, file.Read(offset, size));
  while (out.size() < size) {
    SAM_ASSIGN(const std::string more, file.Read(offset + out.size(), size - out.size()));
    if (more.empty()) break;
    out += more;
  }
  return out;
}

}  // namespace

Result<SealWriter> SealWriter::Begin(InputFile file, std::string draft, const SecretKey& key,
                                     SealedHead head) {
  head.id = RandomBytes(SealedHead::kIdBytes);
  head.size = file.stamp().size;
  head.from = file.stamp();
  const int fd =
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return SealFailed("cannot make the sealed copy");
  SealWriter out(std::move(file), std::move(draft), key, std::move(head), fd);
  std::string begin(kMagic);
  begin += Seal(key, EncodeHead(out.head_), kHeadPlace);
  SAM_TRY(out.Write(begin));
  return out;
}

SealWriter::SealWriter(SealWriter&& other) noexcept
    : file_(std::move(other.file_)),
      draft_(std::exchange(other.draft_, std::string())),
      key_(other.key_),
      head_(std::move(other.head_)),
      fd_(std::exchange(other.fd_, -1)),
      next_(other.next_) {}

SealWriter::~SealWriter() {
  if (fd_ >= 0) ::close(fd_);
  if (!draft_.empty()) ::unlink(draft_.c_str());
}

Status SealWriter::Write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return SealFailed("cannot write the sealed copy");
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return Ok();
}

Result<bool> SealWriter::Step() {
  bool end = next_ * kSealedChunk >= head_.size;
  for (int i = 0; i < kStepChunks && !end; ++i) {
    const uint64_t offset = next_ * kSealedChunk;
    const size_t size = static_cast<size_t>(std::min<uint64_t>(kSealedChunk, head_.size - offset));
    SAM_ASSIGN(const std::string plain, ReadAll(file_, offset, size));
    if (plain.size() != size) return Unavailable("the file became shorter while it was sealed");
    SAM_TRY(Write(Seal(*key_, plain, ChunkPlace(head_.id, next_))));
    ++next_;
    end = next_ * kSealedChunk >= head_.size;
  }
  if (::fdatasync(fd_) != 0) return SealFailed("cannot sync the sealed copy");
  return end;
}

Status SealWriter::Place(const std::string& path) {
  if (::rename(draft_.c_str(), path.c_str()) != 0) return SealFailed("cannot name the sealed copy");
  draft_.clear();
  return Ok();
}

Result<SealedFile> SealedFile::Open(const std::string& path, const SecretKey& key) {
  SAM_ASSIGN(InputFile file, InputFile::Open(path));
  SAM_ASSIGN(const std::string begin, ReadAll(file, 0, kBegins));
  if (begin.substr(0, kMagic.size()) != kMagic) return Invalid("it is no sealed file");
  SAM_ASSIGN(const std::string plain, sam::Open(key, std::string_view(begin).substr(kMagic.size()),
                                                kHeadPlace));
  if (plain.size() != kHeadPlain) return Corrupt("the head of a sealed file is not what was written");
  return SealedFile(std::move(file), key, DecodeHead(plain));
}

Result<std::string> SealedFile::Chunk(uint64_t at) const {
  if (at >= chunks()) return NotFound("the file has no such part");
  const uint64_t from = at * kSealedChunk;
  const size_t size = static_cast<size_t>(std::min<uint64_t>(kSealedChunk, head_.size - from));
  SAM_ASSIGN(const std::string sealed,
             ReadAll(file_, kBegins + at * (kSealedChunk + kSealOverhead), size + kSealOverhead));
  return sam::Open(*key_, sealed, ChunkPlace(head_.id, at));
}

}  // namespace sam::files
