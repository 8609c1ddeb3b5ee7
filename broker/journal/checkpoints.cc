#include "broker/journal/checkpoints.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/base/durable_file.h"

namespace sam::journal {
namespace {

constexpr off_t kMaxFileBytes = off_t{Checkpoints::kKeep + 1} * kMaxCheckpointBytes;

// A file descriptor that closes itself.
class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::vector<std::string>> Checkpoints::ReadAll(const std::string& path) {
  std::vector<std::string> notes;
  const File file(path);
  if (file.fd() < 0) {
    if (errno == ENOENT) return notes;
    return Unavailable("opening " + path + ": " + std::strerror(errno));
  }
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(file.fd(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Unavailable("reading " + path + ": " + std::strerror(errno));
    if (n == 0) break;
    text.append(buffer, static_cast<size_t>(n));
    if (static_cast<off_t>(text.size()) > kMaxFileBytes)
      return Corrupt(path + ": too large to be a file of checkpoints; move it aside and look");
  }
  // A note has one empty line, between text and signatures; the next one stands between two notes.
  size_t from = 0;
  while (from < text.size()) {
    const size_t body = text.find("\n\n", from);
    if (body == std::string::npos)
      return Corrupt(path + ": checkpoint " + std::to_string(notes.size() + 1) +
                     " has no signature; move the file aside and look");
    const size_t end = text.find("\n\n", body + 2);
    const size_t stop = end == std::string::npos ? text.size() : end + 1;
    notes.push_back(text.substr(from, stop - from));
    const auto parsed = ParseCheckpoint(notes.back());
    if (!parsed.ok())
      return Corrupt(path + ": checkpoint " + std::to_string(notes.size()) + ": " +
                     parsed.error().message);
    from = end == std::string::npos ? text.size() : end + 2;
  }
  return notes;
}

Result<std::string> Checkpoints::Latest(const std::string& path) {
  SAM_ASSIGN(auto notes, ReadAll(path));
  if (notes.empty()) return NotFound(path + ": no checkpoint has been written yet");
  return std::move(notes.back());
}

Result<Checkpoints> Checkpoints::Open(std::string path, std::string origin, const SigningKey& key,
                                      const Clock& clock, const Options& options) {
  Checkpoints out(std::move(path), std::move(origin), key, clock, options);
  SAM_ASSIGN(out.notes_, ReadAll(out.path_));
  if (!out.notes_.empty()) {
    SAM_ASSIGN(const CheckpointNote last, ParseCheckpoint(out.notes_.back()));
    out.size_ = last.checkpoint.size;
  }
  return out;
}

bool Checkpoints::Due(uint64_t size) const {
  if (size <= size_) return false;
  const int64_t age = clock_->SteadyMicros() - written_us_;
  if (age < options_.min_interval_us) return false;
  return size - size_ >= options_.records || age >= options_.interval_us;
}

Status Checkpoints::Write(uint64_t size, const Digest& root, uint32_t epoch) {
  written_us_ = clock_->SteadyMicros();  // also when it fails: the next try waits a little
  Checkpoint checkpoint;
  checkpoint.origin = origin_;
  checkpoint.size = size;
  checkpoint.root = root;
  checkpoint.extensions = {"epoch " + std::to_string(epoch)};
  SAM_ASSIGN(std::string note, FormatCheckpoint(checkpoint, *key_));

  std::vector<std::string> notes = notes_;
  if (notes.size() >= kKeep) notes.erase(notes.begin());
  notes.push_back(std::move(note));
  std::string text;
  for (const std::string& each : notes) {
    if (!text.empty()) text += "\n";
    text += each;
  }
  if (Status written = ReplaceSynced(path_, text, 0644); !written.ok()) {
    if (written.error().code == Code::kExhausted) return written;
    return Internal(written.error().message + "; what is on disk is unknown, restart to recover");
  }
  notes_ = std::move(notes);
  size_ = size;
  return Ok();
}

}  // namespace sam::journal
