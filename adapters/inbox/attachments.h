// Attachments: the files of reports, part by part. One row for each part, however often it is delivered,
// and one for each file with how far it has come. When the last part is there the whole is read through
// once: it is complete only when its digest is the one that its parts name; else it is damaged, kept,
// never handed out, and told. Parts may come before their report and in any order.
// Owned by the Inbox; its thread only. Box and clock outlive it.
// Limits: those of broker/wire/limits.h for a part and a file; memory is what one Commit takes (the
// client's window, 1 MiB) and one part while a file is read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/inbox/box.h"
#include "adapters/inbox/rows.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"

namespace sam::inbox {

using FileState = schema::InboxFile::State;
const char* FileStateName(FileState state);

struct PartRow {
  SignalId signal;
  uint16_t count = 0;
  uint64_t size = 0;    // of the whole
  std::string digest;   // of the whole
  std::string bytes;
};

struct FileRow {
  uint16_t count = 0;
  uint16_t received = 0;
  uint64_t size = 0;
  std::string digest;
  FileState state = FileState::UNKNOWN;
  Millis at;
  std::vector<View> views;  // who took it out, newest last
  bool handed_over = false;
};

// One that a report lists, and how far it is here.
struct Listed {
  uint16_t number = 0;  // from 1, as people count
  std::string title, media_type, digest;
  uint64_t size = 0;
  FileRow file;         // state UNKNOWN: no part of it is here
};

class Attachments {
 public:
  static Result<Attachments> Open(const Box& box, const Clock& clock);

  // A Signal message of code ATTACHMENT. False: it cannot be one (a newer kind, or a broken sender):
  // to be kept as any signal that cannot be read.
  Result<bool> Take(std::string_view signal);
  // Adds what was taken to the batch; Committed when that is on disk, Forget when it is not.
  Status AddTo(Batch& batch);
  void Committed();
  void Forget();

  // What this report lists; empty: nothing, or the row is no report.
  Result<std::vector<Listed>> Of(const Row& report) const;
  // Part `index` of attachment `number` (from 1) of a complete file. kNotFound: no such attachment or
  // part; kConflict: not all of it is here; kCorrupt: damaged. With index 0 who asks is noted first.
  struct Piece {
    FileRow file;
    std::string bytes;
  };
  Result<Piece> Read(const Row& report, uint16_t number, uint16_t index, const std::string& by);

  // Files at their end that have not been told as a line yet.
  struct Ended {
    SignalId report;
    uint16_t number = 0;
    FileRow file;
  };
  // kNotFound: the report is not here.
  using FindReport = std::function<Result<Row>(const SignalId&)>;
  // At most `limit`, each with the state that its report gives it: whole and still not the file that
  // was signed is damaged.
  Result<std::vector<Ended>> Untold(size_t limit, const FindReport& find) const;
  Status SetTold(const Ended& ended);
  // These files are gone with their reports.
  void Dropped(const std::vector<std::string>& keys);
  size_t damaged() const { return damaged_.size(); }

 private:
  Attachments(const Box& box, const Clock& clock);
  Result<std::optional<FileRow>> FileAt(const std::string& key) const;
  Status Judge(const std::string& key, FileRow& file) const;
  Status Save(const std::string& key, const FileRow& file);

  const Box* box_;
  const Clock* clock_;
  std::map<std::string, PartRow> fresh_;   // taken and not yet committed
  std::map<std::string, FileRow> files_;   // as they will be
  std::set<std::string> untold_;
  std::set<std::string> damaged_;
  metrics::Counter parts_, again_, complete_, broken_;
};

}  // namespace sam::inbox
