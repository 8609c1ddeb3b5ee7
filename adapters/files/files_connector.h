// FilesConnector: files of a watched folder, one after the other, oldest first. A file is looked at
// as a whole, then worked through in groups of rows; each group's events and the place reached
// become durable together, so that a crash neither loses nor doubles a row. When a file is over,
// a receipt is written and the file moved beside it (receipt.h), where it is sealed (file_keep.h).
// Threads: one, the store's writer. Owned by main.
//
//   whole? --> looked at --refused--> failed/ + .err          (cut short, other header, ...)
//                 |------known------> done/ + .ok "duplicate"  (the same content came before)
//                 v
//          rows in groups --too many bad rows, changed meanwhile--> failed/ + .err
//                 v
//             done/ + .ok --> sealed --> removed after raw_days
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/files/file_keep.h"
#include "adapters/files/file_mark.h"
#include "adapters/files/file_run.h"
#include "adapters/files/files_config.h"
#include "adapters/files/folder.h"
#include "adapters/files/receipt.h"
#include "adapters/kit/connector.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/metrics.h"
#include "broker/crypto/digest.h"

namespace sam::files {

// Hears that a file is over: worked through, or refused. Same thread; made by who brings the files.
class FileObserver {
 public:
  virtual ~FileObserver() = default;
  // In an open group of the store: marks put now are durable with the note that the file is over.
  // `moved`: its name in done/ or failed/, beside its receipt; the receipt stands there alone when
  // another file was put over it meanwhile. All rows told are in the outbox.
  virtual void FileOver(const std::string& name, const Receipt& receipt,
                        const std::string& moved) = 0;
};

class FilesConnector final : public kit::Connector {
 public:
  // All must outlive the connector; the observer may be null.
  static Result<std::unique_ptr<kit::Connector>> Open(const FilesConfig& config,
                                                      const kit::ConnectorParts& parts,
                                                      FileObserver* observer = nullptr);

  Result<int> Step(int wait_ms) override;
  void SetRefusing(bool refusing) override { refusing_ = refusing; }
  std::string where() const override { return "files " + config_.folder; }
  std::string status() const override;

 private:
  FilesConnector(const FilesConfig& config, const kit::ConnectorParts& parts,
                 FileObserver* observer);
  Status LoadMarks();
  Result<int> Feed(int wait_ms);
  std::optional<std::string> PickNext();
  Status Begin(const std::string& name);
  Status Looked();
  Result<int> Group();
  Status TakePiece(Piece piece);
  Status LoseGroup(const Error& error);
  Status DropGroup();
  bool TooManyBad(bool at_end) const;
  void DropCompanions() const;
  Status Finish(const std::string& outcome, const std::string& detail);
  Status Remember(const Receipt& receipt, const std::string& moved);
  void GiveUp(const Error& error);
  std::string PathOf(const std::string& name) const { return config_.folder + "/" + name; }

  const FilesConfig& config_;
  kit::ConnectorParts parts_;
  FileObserver* observer_;
  std::string format_;
  Folder folder_;
  FileKeep keep_;
  KnownFiles known_;
  std::unique_ptr<FileRun> run_;
  std::string remark_;  // of the file at hand, for its receipt
  bool working_ = false;          // the first walk is over
  FileMark mark_;                 // of the file at hand
  Stamp opened_;                  // as it was then
  std::optional<FileMark> left_;  // of a file that was at hand when the process ended
  std::vector<Mac16> entered_;    // messages of the open group that the crash guard knows of
  bool refusing_ = false;
  bool unreachable_told_ = false;
  bool full_told_ = false;
  int64_t not_before_us_ = 0;
  metrics::Gauge waiting_, ignored_, last_done_;
};

kit::ConnectorKind FilesKind();  // [files]

}  // namespace sam::files
