#include "adapters/files/receipt.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "adapters/files/folder.h"
#include "adapters/files/kept_names.h"
#include "broker/base/text.h"

namespace sam::files {
namespace {

// Codes and our own texts: letters, digits and marks that JSON lets stand.
std::string JsonText(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

Error Failed(const char* what) {
  return Unavailable(std::string(what) + ": " + std::strerror(errno));
}

std::string Numbered(const std::string& name, uint64_t number) {
  return name + "." + std::to_string(number);
}

Status WriteWhole(const std::string& path, std::string_view text) {
  const std::string draft = path + ".tmp";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0) return Failed("cannot write the receipt");
  bool written = true;
  while (written && !text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    written = done > 0;
    if (written) text.remove_prefix(static_cast<size_t>(done));
  }
  written = written && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (written && ::rename(draft.c_str(), path.c_str()) == 0) return Ok();
  if (!written) errno = error;
  Status failed = Failed("cannot write the receipt");
  ::unlink(draft.c_str());
  return failed;
}

// A sender may put a new file over the one at hand at any moment. What is gone is no other file.
bool IsAnother(const std::string& path, const Stamp& opened, bool or_changed) {
  struct stat is {};
  if (::lstat(path.c_str(), &is) != 0) return false;
  const Stamp now = StampOf(is);
  return or_changed ? now != opened : now.inode != opened.inode;
}

bool Taken(const std::string& path) { return Exists(path) || Exists(path + kSealedEnd); }

}  // namespace

Status SyncFolder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("cannot open a folder of files");
  const bool synced = ::fsync(fd) == 0 || errno == EINVAL;  // some file systems have no such thing
  ::close(fd);
  return synced ? Ok() : Failed("cannot sync a folder of files");
}

std::string ReceiptText(const Receipt& receipt) {
  const Counts& counts = receipt.counts;
  std::string out = "{\n  \"v\": 1,\n  \"outcome\": " + JsonText(receipt.outcome) + ",\n";
  if (!receipt.detail.empty()) out += "  \"detail\": " + JsonText(receipt.detail) + ",\n";
  out += "  \"file\": " + std::to_string(receipt.number) + ",\n";
  out += "  \"sha256\": \"" + ToHex(receipt.digest.view()) + "\",\n";
  const auto number = [&](const char* name, uint64_t value) {
    out.append("  \"").append(name).append("\": ").append(std::to_string(value)).append(",\n");
  };
  number("rows", counts.rows);
  number("taken", counts.taken);
  number("events", counts.events);
  number("nothing_to_tell", counts.nothing);
  number("not_wanted", counts.not_wanted);
  number("duplicates", counts.duplicates);
  number("put_aside", counts.bad);
  out += "  \"put_aside_rows\": [";
  const char* comma = "";
  for (const BadRow& row : counts.bad_rows) {
    out.append(comma).append("\n    {\"at\": ").append(std::to_string(row.place));
    out.append(", \"reason\": ").append(JsonText(row.reason)).append("}");
    comma = ",";
  }
  out += counts.bad_rows.empty() ? "]\n}\n" : "\n  ]\n}\n";
  return out;
}

Result<Moved> MoveWithReceipt(const std::string& path, const std::string& folder,
                              const std::string& name, const Receipt& receipt,
                              const Stamp& opened) {
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
    return Failed("cannot make the folder of finished files");
  const std::string target =
      Taken(folder + "/" + name) ? Numbered(name, receipt.number) : name;
  const std::string to = folder + "/" + target;
  const char* end = receipt.ok() ? ".ok" : ".err";
  SAM_TRY(WriteWhole(to + end, ReceiptText(receipt)));
  if (IsAnother(path, opened, receipt.ok())) {
    const std::string alone = Numbered(name, receipt.number);
    if (alone != target && ::rename((to + end).c_str(), (folder + "/" + alone + end).c_str()) != 0)
      return Failed("cannot name the receipt");
    SAM_TRY(SyncFolder(folder));
    return Moved{alone, true};
  }
  if (::rename(path.c_str(), to.c_str()) != 0) return Failed("cannot move the file");
  ::chmod(to.c_str(), 0600);  // until it is sealed; a file that is the sender's keeps his rights
  SAM_TRY(SyncFolder(folder));
  return Moved{target, false};
}

std::string NameOfMoved(const std::string& folder, const std::string& name, uint64_t number) {
  const std::string numbered = Numbered(name, number);
  return Taken(folder + "/" + numbered) ? numbered : name;
}

}  // namespace sam::files
