// FileRun: one file at hand, read twice (cutter.h) in steps, with the digest of both readings: a
// file that changes while it is worked on is found out. Knows nothing of store and pipeline.
// One thread; owned by the connector. Memory: one step and what the cutter holds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/files/cutter.h"
#include "adapters/files/input_file.h"
#include "broker/base/result.h"
#include "broker/crypto/digest.h"

namespace sam::files {

class FileRun {
 public:
  static constexpr size_t kStep = size_t{256} << 10;

  FileRun(std::string name, InputFile file, std::unique_ptr<Cutter> cutter)
      : name_(std::move(name)), file_(std::move(file)), cutter_(std::move(cutter)) {}

  // One step of the first walk; true when all was looked at. Errors: the file cannot be read.
  Result<bool> Look();
  // After the first walk.
  const Digest& digest() const { return digest_; }
  Judged Judge() { return cutter_->Judge(); }
  // The second walk gives what comes after this place.
  void StartAt(uint64_t offset, uint64_t place);
  Result<std::optional<Piece>> Next();  // empty: no more, and all was read a second time
  bool changed() const { return second_digest_ != digest_; }  // when Next is at the end

  const std::string& name() const { return name_; }
  const char* unit() const { return cutter_->unit(); }
  uint64_t size() const { return file_.stamp().size; }

 private:
  std::string name_;
  InputFile file_;
  std::unique_ptr<Cutter> cutter_;
  Sha256Stream first_, second_;
  Digest digest_, second_digest_;
  uint64_t looked_ = 0;  // bytes of the first walk
  uint64_t read_ = 0;    // bytes of the second
  uint64_t from_ = 0;    // where the cutter is fed from
  bool ended_ = false;
};

}  // namespace sam::files
