#include "adapters/hl7/batch_answer.h"

#include <algorithm>
#include <cctype>

#include "adapters/hl7/delimiters.h"
#include "adapters/hl7/header.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

bool Begins(std::string_view line, std::string_view id) {
  return line.size() > 3 && line.substr(0, 3) == id &&
         std::isalnum(static_cast<unsigned char>(line[3])) == 0;
}

// Fields of FHS and BHS by their HL7 number; they are laid out alike.
std::string Answering(std::string_view line, const std::string& time, const std::string& control_id) {
  const char separator = line[3];
  const auto field = [&](size_t n) {
    std::string out(Part(line, separator, n));
    // What is copied must not end our frame.
    std::erase_if(out, [](char c) { return c == '\x0b' || c == '\x1c'; });
    return out;
  };
  std::string out(line.substr(0, 3));
  for (const std::string& one : {field(2), field(5), field(6), field(3), field(4), time, std::string(),
                                 field(9), std::string(), control_id, field(11)})
    out.append(1, separator).append(one);
  return out + "\r";
}

std::string Trailer(const char* id, std::string_view header, size_t count) {
  return id + std::string(1, header[3]) + std::to_string(count) + "\r";
}

}  // namespace

std::string BatchOpening(std::string_view transmission) {
  std::string out;
  bool file = false, batch = false;
  const std::string_view text = SkipLeading(transmission);
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", from), text.size());
    const std::string_view line = text.substr(from, end - from);
    from = end + 1;
    if (line.empty()) continue;
    const bool is_file = Begins(line, "FHS") && !file, is_batch = Begins(line, "BHS") && !batch;
    if (!is_file && !is_batch) break;
    file = file || is_file;
    batch = batch || is_batch;
    out.append(line).append("\r");
  }
  return out;
}

std::string BatchAnswer(std::string_view opening, const std::vector<std::string>& acks,
                        const std::string& control_id) {
  if (acks.empty()) return "";
  const std::string time(ReadHeader(acks.front()).Field(7));
  std::string out, end;
  for (const std::string_view line : Split(opening, '\r')) {
    if (line.size() < 4) continue;
    const bool file = line.substr(0, 3) == "FHS";
    out += Answering(line, time, control_id);
    end.insert(0, file ? Trailer("FTS", line, 1) : Trailer("BTS", line, acks.size()));
  }
  for (const std::string& ack : acks) out += ack;
  return out + end;
}

}  // namespace sam::hl7
