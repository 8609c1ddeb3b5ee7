#include "adapters/files/cutter.h"

#include <utility>
#include <vector>

#include "adapters/csv/row_messages.h"
#include "adapters/csv/scan.h"
#include "adapters/hl7/batch.h"
#include "adapters/hl7/charset.h"
#include "adapters/xml/file_walks.h"
#include "broker/base/text.h"

namespace sam::files {
namespace {

class CsvCutter final : public Cutter {
 public:
  CsvCutter(const csv::CsvOptions& options, std::string name, bool baseline)
      : options_(options), scan_(options), name_(std::move(name)), baseline_(baseline) {}

  void Look(std::string_view bytes) override { scan_.Feed(bytes); }
  Judged Judge() override {
    const csv::Scanned scanned = scan_.Finish();
    rows_.emplace(options_, scanned, name_, baseline_);
    return {scanned.refusal, scanned.detail, scanned.data_at, scanned.data_line};
  }
  void StartAt(uint64_t offset, uint64_t place) override { rows_->StartAt(offset, place); }
  void Feed(std::string_view bytes) override { rows_->Feed(bytes); }
  void Finish() override { rows_->Finish(); }
  std::optional<Piece> Next() override {
    std::optional<csv::RowMessage> row = rows_->Next();
    if (!row) return std::nullopt;
    return Piece{std::move(row->bytes), row->line, row->end, row->next_line};
  }
  const char* unit() const override { return "line"; }

 private:
  const csv::CsvOptions& options_;
  csv::Scan scan_;
  std::string name_;
  bool baseline_;
  std::optional<csv::RowMessages> rows_;
};

// A record is found by its number: the second walk begins at the first byte whatever was done.
class XmlCutter final : public Cutter {
 public:
  XmlCutter(const xml::XmlOptions& options, std::string name, bool baseline)
      : options_(options), scan_(options), name_(std::move(name)), baseline_(baseline) {}

  void Look(std::string_view bytes) override { scan_.Feed(bytes); }
  Judged Judge() override {
    const xml::Scanned scanned = scan_.Finish();
    records_.emplace(options_, scanned, name_, baseline_);
    return {scanned.refusal, scanned.detail, 0, 1};
  }
  void StartAt(uint64_t, uint64_t place) override { records_->StartAt(place); }
  void Feed(std::string_view bytes) override { records_->Feed(bytes); }
  void Finish() override { records_->Finish(); }
  std::optional<Piece> Next() override {
    std::optional<xml::RecordMessage> record = records_->Next();
    if (!record) return std::nullopt;
    return Piece{std::move(record->bytes), record->number, 0, record->number + 1};
  }
  const char* unit() const override { return "record"; }

 private:
  const xml::XmlOptions& options_;
  xml::Scan scan_;
  std::string name_;
  bool baseline_;
  std::optional<xml::RecordMessages> records_;
};

// A batch is small beside a night's CSV, and its counts stand in trailers: it is read whole.
class Hl7Cutter final : public Cutter {
 public:
  void Look(std::string_view bytes) override { file_.append(bytes); }
  Judged Judge() override {
    Judged out;
    if (Trim(file_).empty()) return {"empty", "there is no message in it"};
    if (hl7::LooksLikeWideUnicode(file_))
      return {"wide-unicode", "the file is UTF-16 or UTF-32; send UTF-8 or 8859/1"};
    Result<hl7::Batch> batch = hl7::SplitBatch(file_);
    if (!batch.ok()) return {"unreadable", batch.error().message};
    batch_ = std::move(*batch);
    const std::string cut = hl7::WhyCut(file_, batch_);
    if (!cut.empty()) return {"truncated", cut};
    // A wrong count loses nothing that is here: each message is taken, and the sender is told.
    for (const std::string& problem : batch_.problems)
      out.detail.append(out.detail.empty() ? "" : "; ").append(problem);
    return out;
  }
  void StartAt(uint64_t, uint64_t place) override { at_ = static_cast<size_t>(place - 1); }
  void Feed(std::string_view) override {}
  void Finish() override { finished_ = true; }
  std::optional<Piece> Next() override {
    if (!finished_ || at_ >= batch_.messages.size()) return std::nullopt;
    const std::string_view bytes = batch_.messages[at_].bytes;
    ++at_;
    const auto end = static_cast<uint64_t>(bytes.data() + bytes.size() - file_.data());
    return Piece{std::string(bytes), at_, end, at_ + 1};
  }
  const char* unit() const override { return "message"; }

 private:
  std::string file_;
  hl7::Batch batch_;  // views into file_
  size_t at_ = 0;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Cutter> MakeCutter(const std::string& format, const FilesConfig& config,
                                   const std::string& name, bool baseline) {
  if (format == "csv") return std::make_unique<CsvCutter>(config.csv, name, baseline);
  if (format == "xml") return std::make_unique<XmlCutter>(config.xml, name, baseline);
  return std::make_unique<Hl7Cutter>();
}

}  // namespace sam::files
