#include "broker/base/whole_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace sam {

Result<std::string> ReadWholeFile(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) return NotFound("cannot open " + path + ": " + std::strerror(errno));
  struct stat kind {};
  if (fstat(fileno(file.get()), &kind) == 0 && S_ISDIR(kind.st_mode))
    return Invalid(path + " is a folder; name a file in it");
  std::string out;
  char piece[1 << 16];
  for (size_t got = 0; (got = std::fread(piece, 1, sizeof(piece), file.get())) > 0;)
    out.append(piece, got);
  if (std::ferror(file.get()) != 0) return Invalid("cannot read " + path + ": " + std::strerror(errno));
  return out;
}

}  // namespace sam
