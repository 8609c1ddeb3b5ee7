#include "adapters/sftp/session.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "adapters/files/folder.h"
#include "adapters/sftp/handshake.h"
#include "adapters/sftp/local_file.h"
#include "adapters/sftp/remote_name.h"
#include "adapters/sftp/ssh_handles.h"
#include "broker/crypto/digest.h"

namespace sam::sftp {
namespace {

constexpr size_t kChunk = size_t{128} << 10;
constexpr const char* kReceiptDraft = ".samsignal-receipt.part";
constexpr mode_t kFolderMode = 0750;
constexpr mode_t kReceiptMode = 0640;

const char* StatusText(int status) {
  switch (status) {
    case SSH_FX_NO_SUCH_FILE:
    case SSH_FX_NO_SUCH_PATH: return "the server says there is none of that name";
    case SSH_FX_PERMISSION_DENIED: return "the server does not allow it to this user";
    case SSH_FX_OP_UNSUPPORTED: return "the server cannot do this";
    case SSH_FX_WRITE_PROTECT: return "the server's folder is read-only";
    default: return "the server says that it failed, and not why";
  }
}

Trouble Local(const char* what) {
  return {"local-disk", true, true, std::string(what) + ": " + std::strerror(errno)};
}

RemoteFile StateOf(const std::string& name, const sftp_attributes_struct& is) {
  return {name, is.size, static_cast<int64_t>(is.mtime)};
}

// Servers that tell no type are taken at their word that it can be read.
bool IsPlainFile(const sftp_attributes_struct& is) {
  return is.type == SSH_FILEXFER_TYPE_REGULAR || is.type == SSH_FILEXFER_TYPE_UNKNOWN ||
         is.type == 0;
}

class Output {  // the local file that is being written
 public:
  explicit Output(const std::string& path)
      : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~Output() {
    if (fd_ >= 0) ::close(fd_);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  bool ok() const { return fd_ >= 0; }
  bool Write(const char* data, size_t size) const {
    while (size > 0) {
      const ssize_t done = ::write(fd_, data, size);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      data += done;
      size -= static_cast<size_t>(done);
    }
    return true;
  }
  bool Sync() const { return ::fsync(fd_) == 0; }

 private:
  int fd_;
};

class SshSession final : public Session {
 public:
  SshSession(const PulledFilesConfig& config, Wire& wire, SessionHandle session, SftpHandle sftp)
      : files_(config),
        config_(*config.sftp),
        wire_(wire),
        session_(std::move(session)),
        sftp_(std::move(sftp)) {}
  ~SshSession() override {
    wire_.Expect(config_.timeout_ms);
    sftp_.reset();
    session_.reset();
    wire_.Close();
  }

  std::optional<Trouble> List(Listing& out) override;
  std::optional<Trouble> Fetch(const RemoteFile& file, const std::string& local,
                               Reply& out) override;
  std::optional<Trouble> Put(const std::string& local, const std::string& target) override;
  std::optional<Trouble> Settle(const Request& request, Reply& out) override;

 private:
  bool Expect() { return wire_.Expect(config_.timeout_ms); }
  bool alive() const { return ssh_is_connected(session_.get()) != 0 && !wire_.Late(); }
  Trouble Failed(const char* what, bool whole) const;
  void Note(const sftp_attributes_struct& entry, Listing& out) const;
  // True: it is still what it was. Else the reply or the trouble says what it is.
  bool Same(const RemoteFile& file, Reply& out, std::optional<Trouble>& trouble);
  std::optional<Trouble> Copy(sftp_file from, const RemoteFile& file, Output& to, Reply& out);
  bool Rename(const std::string& from, const std::string& to);

  const files::FilesConfig& files_;
  const SftpConfig& config_;
  Wire& wire_;
  SessionHandle session_;
  SftpHandle sftp_;
};

// `whole`: what the server refuses here concerns all files, not this one.
Trouble SshSession::Failed(const char* what, bool whole) const {
  const int status = sftp_get_error(sftp_.get());
  if (!alive() || status == SSH_FX_CONNECTION_LOST || status == SSH_FX_NO_CONNECTION)
    return {"unreachable", true, true, std::string(what) + ": the connection ended, or was silent"};
  return {whole ? "folder" : "file", whole, false, std::string(what) + ": " + StatusText(status)};
}

void SshSession::Note(const sftp_attributes_struct& entry, Listing& out) const {
  const std::string name = entry.name == nullptr ? "" : entry.name;
  const NameKind kind = KindOf(name, files_.patterns);
  if (kind == NameKind::kOther) {
    ++out.other;
  } else if (kind == NameKind::kOdd) {
    ++out.odd;
  } else if (kind == NameKind::kCompanion) {
    if (out.companions.size() < Listing::kMaxFiles) out.companions.insert(name);
  } else if (!IsPlainFile(entry)) {
    ++out.odd;
  } else if (out.files.size() < Listing::kMaxFiles) {
    out.files.push_back(StateOf(name, entry));
  } else {
    out.complete = false;
  }
}

std::optional<Trouble> SshSession::List(Listing& out) {
  const int64_t until_us = Wire::NowUs() + 10 * config_.timeout_ms * 1000;
  Expect();
  const DirHandle dir(sftp_opendir(sftp_.get(), config_.folder.c_str()));
  if (!dir) return Failed("reading the server's folder", true);
  for (size_t entries = 0;; ++entries) {
    if (entries >= Listing::kMaxEntries || Wire::NowUs() > until_us) {
      out.complete = false;
      return std::nullopt;
    }
    if (!Expect()) return Failed("reading the server's folder", true);
    const Attributes entry(sftp_readdir(sftp_.get(), dir.get()));
    if (!entry) break;
    Note(*entry, out);
  }
  if (sftp_dir_eof(dir.get()) == 0) return Failed("reading the server's folder", true);
  return std::nullopt;
}

bool SshSession::Same(const RemoteFile& file, Reply& out, std::optional<Trouble>& trouble) {
  Expect();
  const Attributes is(sftp_lstat(sftp_.get(), config_.PathOf(file.name).c_str()));
  if (is) {
    out.changed = !IsPlainFile(*is) || !(StateOf(file.name, *is) == file);
    return !out.changed;
  }
  const int status = sftp_get_error(sftp_.get());
  out.gone = alive() && (status == SSH_FX_NO_SUCH_FILE || status == SSH_FX_NO_SUCH_PATH);
  if (!out.gone) trouble = Failed("looking at a file", false);
  return false;
}

std::optional<Trouble> SshSession::Fetch(const RemoteFile& file, const std::string& local,
                                         Reply& out) {
  std::optional<Trouble> trouble;
  if (!Same(file, out, trouble)) return trouble;
  Expect();
  const FileHandle from(
      sftp_open(sftp_.get(), config_.PathOf(file.name).c_str(), O_RDONLY, 0));
  if (!from) return Failed("opening a file", false);
  Output to(local);
  if (!to.ok()) return Local("the folder of fetched files");
  trouble = Copy(from.get(), file, to, out);
  if (trouble || out.changed) return trouble;
  Expect();
  const Attributes is(sftp_fstat(from.get()));
  if (!is) return Failed("looking at a file", false);
  out.changed = !(StateOf(file.name, *is) == file);
  if (!out.changed && !to.Sync()) return Local("writing a fetched file");
  return std::nullopt;
}

std::optional<Trouble> SshSession::Copy(sftp_file from, const RemoteFile& file, Output& to,
                                        Reply& out) {
  const auto allowed_ms = static_cast<int64_t>(file.size / SftpConfig::kMinBytesPerSecond) * 1000;
  const int64_t until_us = Wire::NowUs() + (config_.timeout_ms + allowed_ms) * 1000;
  Sha256Stream digest;
  std::vector<char> chunk(kChunk);
  uint64_t total = 0;
  for (;;) {
    if (!Expect()) return Failed("reading a file", false);
    if (Wire::NowUs() > until_us)
      return Trouble{"unreachable", true, true, "reading a file: slower than 16 KiB a second"};
    const ssize_t got = sftp_read(from, chunk.data(), chunk.size());
    if (got < 0) return Failed("reading a file", false);
    if (got == 0) break;
    const auto size = static_cast<size_t>(got);
    total += size;
    out.changed = size > kChunk || total > file.size;  // without end, if it were asked for more
    if (out.changed) return std::nullopt;
    digest.Add(std::string_view(chunk.data(), size));
    if (!to.Write(chunk.data(), size)) return Local("writing a fetched file");
  }
  out.changed = total != file.size;
  out.digest = digest.Finish();
  return std::nullopt;
}

bool SshSession::Rename(const std::string& from, const std::string& to) {
  Expect();
  return sftp_rename(sftp_.get(), from.c_str(), to.c_str()) == 0;
}

std::optional<Trouble> SshSession::Put(const std::string& local_path,
                                       const std::string& target) {
  const Result<std::string> text = local::ReadReceipt(local_path);
  if (!text.ok() && text.error().code == Code::kNotFound)
    return Trouble{"receipt-gone", false, false, ""};
  if (!text.ok()) return Trouble{"local-disk", false, true, text.error().message};
  const std::string draft = config_.receipt_folder + "/" + kReceiptDraft;
  Expect();
  FileHandle to(sftp_open(sftp_.get(), draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC, kReceiptMode));
  if (!to) return Failed("writing a receipt", false);
  for (size_t at = 0; at < text->size();) {
    Expect();
    const ssize_t done =
        sftp_write(to.get(), text->data() + at, std::min(text->size() - at, size_t{32} << 10));
    if (done <= 0) return Failed("writing a receipt", false);
    at += static_cast<size_t>(done);
  }
  Expect();
  // Only here do some servers say that there was no room for it.
  if (sftp_close(to.release()) != SSH_OK) return Failed("writing a receipt", false);
  if (Rename(draft, target)) return std::nullopt;
  Expect();
  sftp_unlink(sftp_.get(), target.c_str());  // the plain protocol does not rename over a file
  if (!Rename(draft, target)) return Failed("naming a receipt", false);
  return std::nullopt;
}

std::optional<Trouble> SshSession::Settle(const Request& request, Reply& out) {
  std::optional<Trouble> trouble;
  if (!Same(request.file, out, trouble)) return trouble;
  // First: cut in between, a companion that was left alone would vouch for the next file of this
  // name while it is still growing. That this one is to be settled is in the ledger.
  for (const std::string& companion : files::CompanionNames(request.file.name)) {
    Expect();
    sftp_unlink(sftp_.get(), config_.PathOf(companion).c_str());
  }
  const std::string path = config_.PathOf(request.file.name);
  if (request.target.empty()) {
    Expect();
    if (sftp_unlink(sftp_.get(), path.c_str()) != 0) return Failed("deleting a file", false);
  } else if (!Rename(path, request.target)) {
    if (!request.make_folder.empty() && alive()) {
      Expect();
      sftp_mkdir(sftp_.get(), request.make_folder.c_str(), kFolderMode);
    }
    if (!Rename(path, request.target) && !Rename(path, request.other_target))
      return Failed("renaming a file", false);
  }
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Session> Session::Open(const PulledFilesConfig& config, Wire& wire,
                                       Trouble& trouble) {
  SessionHandle session = Handshake(*config.sftp, wire, trouble);
  if (!session) return nullptr;
  wire.Expect(config.sftp->timeout_ms);
  SftpHandle sftp(sftp_new(session.get()));
  if (!sftp || sftp_init(sftp.get()) != 0) {
    trouble = {"denied", true, false, "the server lets this user in, but not to SFTP"};
    if (wire.Late() || ssh_is_connected(session.get()) == 0)
      trouble = {"unreachable", true, true, "the connection ended, or was silent, before SFTP"};
    return nullptr;
  }
  return std::make_unique<SshSession>(config, wire, std::move(session), std::move(sftp));
}

}  // namespace sam::sftp
