#include "adapters/files/file_run.h"

#include <algorithm>

namespace sam::files {

Result<bool> FileRun::Look() {
  SAM_ASSIGN(const std::string bytes, file_.Read(looked_, kStep));
  if (bytes.empty()) {
    digest_ = first_.Finish();
    return true;
  }
  looked_ += bytes.size();
  if (looked_ > size()) return Unavailable("the file grows while it is read");
  first_.Add(bytes);
  cutter_->Look(bytes);
  return false;
}

void FileRun::StartAt(uint64_t offset, uint64_t place) {
  from_ = offset;
  cutter_->StartAt(offset, place);
}

Result<std::optional<Piece>> FileRun::Next() {
  for (;;) {
    if (std::optional<Piece> piece = cutter_->Next()) return piece;
    if (ended_) return std::optional<Piece>();
    SAM_ASSIGN(const std::string bytes, file_.Read(read_, kStep));
    if (bytes.empty()) {
      ended_ = true;
      second_digest_ = second_.Finish();
      cutter_->Finish();
      continue;
    }
    second_.Add(bytes);
    // After a restart the part that is done is read for the digest only.
    const uint64_t skip = from_ > read_ ? std::min<uint64_t>(from_ - read_, bytes.size()) : 0;
    read_ += bytes.size();
    cutter_->Feed(std::string_view(bytes).substr(static_cast<size_t>(skip)));
  }
}

}  // namespace sam::files
