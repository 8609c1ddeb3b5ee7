#include "adapters/hl7/batch.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "adapters/hl7/charset.h"
#include "adapters/hl7/delimiters.h"
#include "adapters/hl7/header.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

enum class Line { kFhs, kBhs, kMsh, kBts, kFts, kOther };

Line KindOf(std::string_view line) {
  const std::string_view id = line.substr(0, 3);
  const bool ends = line.size() <= 3 || std::isalnum(static_cast<unsigned char>(line[3])) == 0;
  if (!ends) return Line::kOther;
  if (id == "MSH") return Line::kMsh;
  if (id == "FHS") return Line::kFhs;
  if (id == "BHS") return Line::kBhs;
  if (id == "BTS") return Line::kBts;
  if (id == "FTS") return Line::kFts;
  return Line::kOther;
}

std::optional<size_t> CountIn(std::string_view trailer) {
  if (trailer.size() < 4) return std::nullopt;
  const std::string_view text = Trim(Part(trailer, trailer[3], 2));
  size_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

class Splitter {
 public:
  Result<Batch> Split(std::string_view bytes) {
    if (LooksLikeWideUnicode(bytes)) {
      return Invalid("the file is UTF-16 or UTF-32; HL7 v2 files must keep the ASCII bytes");
    }
    const std::string_view text = SkipLeading(bytes);
    for (size_t from = 0; from < text.size();) {
      const size_t end = std::min(text.find_first_of("\r\n", from), text.size());
      if (end > from) TakeLine(text, from, text.substr(from, end - from));
      from = end + 1;
    }
    CloseMessage(text, text.size());
    CloseBatch(false);
    if (in_file_) Missing("FHS without FTS: the file may be cut off");
    if (stray_lines_ > 0)
      Missing(std::to_string(stray_lines_) + " lines stand outside any message");
    if (batch_.messages.empty() && !saw_header_) return NothingFound(text);
    return std::move(batch_);
  }

 private:
  static Error NothingFound(std::string_view text) {
    if (text.empty()) return Invalid("nothing but white space: no HL7 message");
    if (text[0] == '<') return Invalid("XML, not HL7 v2 in its ER7 form (MSH|^~\\&|)");
    if (text[0] == '{' || text[0] == '[') return Invalid("JSON, not HL7 v2");
    return Invalid("no line begins with MSH, FHS or BHS: no HL7 message");
  }

  void TakeLine(std::string_view text, size_t from, std::string_view line) {
    const Line kind = KindOf(line);
    if (kind == Line::kOther) {
      if (!message_from_ && !Trim(line).empty()) ++stray_lines_;
      return;
    }
    CloseMessage(text, from);
    switch (kind) {
      case Line::kMsh:
        if (!in_batch_) OpenBatch(false);
        message_from_ = from;
        break;
      case Line::kFhs:
        CloseBatch(false);
        saw_header_ = in_file_ = true;
        break;
      case Line::kBhs:
        CloseBatch(false);
        saw_header_ = true;
        OpenBatch(true);
        break;
      case Line::kBts: CheckBatchCount(line); break;
      case Line::kFts: CheckFileCount(line); break;
      case Line::kOther: break;
    }
  }

  void Missing(std::string what) {
    if (batch_.cut.empty()) batch_.cut = what;
    batch_.problems.push_back(std::move(what));
  }

  void OpenBatch(bool has_header) {
    in_batch_ = true;
    has_batch_header_ = has_header;
    in_this_batch_ = 0;
    ++batch_.batches;
  }

  void CloseBatch(bool with_trailer) {
    if (in_batch_ && has_batch_header_ && !with_trailer) {
      Missing("batch " + std::to_string(batch_.batches) + ": BHS without BTS, it may be cut off");
    }
    in_batch_ = false;
  }

  void CloseMessage(std::string_view text, size_t end) {
    if (!message_from_) return;
    batch_.messages.push_back({text.substr(*message_from_, end - *message_from_),
                               batch_.messages.size(), batch_.batches - 1});
    ++in_this_batch_;
    message_from_.reset();
  }

  void CheckBatchCount(std::string_view line) {
    if (!in_batch_) {
      batch_.problems.push_back("BTS without a batch");
      return;
    }
    Compare("batch " + std::to_string(batch_.batches) + ": BTS-1", CountIn(line), in_this_batch_,
            "messages");
    CloseBatch(true);
  }

  void CheckFileCount(std::string_view line) {
    CloseBatch(false);
    if (!in_file_) batch_.problems.push_back("FTS without FHS");
    Compare("file: FTS-1", CountIn(line), batch_.batches, "batches");
    in_file_ = false;
  }

  void Compare(const std::string& what, std::optional<size_t> said, size_t found,
               const char* unit) {
    if (!said || *said == found) return;  // an empty count states nothing
    batch_.problems.push_back(what + " says " + std::to_string(*said) + " " + unit + ", " +
                              std::to_string(found) + " found");
  }

  Batch batch_;
  std::optional<size_t> message_from_;
  size_t in_this_batch_ = 0;
  size_t stray_lines_ = 0;
  bool in_batch_ = false, has_batch_header_ = false, in_file_ = false, saw_header_ = false;
};

}  // namespace

bool LooksLikeBatch(std::string_view bytes) {
  const std::string_view text = SkipLeading(bytes);
  size_t headers = 0;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", from), text.size());
    const Line kind = KindOf(text.substr(from, end - from));
    if (kind == Line::kFhs || kind == Line::kBhs) return true;
    headers += kind == Line::kMsh ? 1 : 0;
    if (headers > 1) return true;
    from = end + 1;
  }
  return false;
}

std::string WhyCut(std::string_view bytes, const Batch& batch) {
  if (!batch.cut.empty()) return batch.cut;
  if (bytes.empty() || bytes.back() == '\r' || bytes.back() == '\n' ||
      bytes.find_first_of("\r\n") == std::string_view::npos)
    return "";
  return "the last segment has no end and the others have one";
}

Result<Batch> SplitBatch(std::string_view bytes) { return Splitter().Split(bytes); }

}  // namespace sam::hl7
