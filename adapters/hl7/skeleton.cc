#include "adapters/hl7/skeleton.h"

#include <map>
#include <utility>

#include "adapters/hl7/delimiters.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

constexpr size_t kNameBytes = 3;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char c) { return IsUpper(c) || (c >= 'a' && c <= 'z'); }

// Names that are shown. Any other three letters may be a person's ("EVA|" after a line break).
constexpr std::string_view kSegments =
    " ACC ADD AIG AIL AIP AIS AL1 ARQ BHS BTS CON CTD CTI DB1 DG1 DRG DSC DSP EQU ERR EVN FHS FT1 "
    "FTS GOL GT1 IAM IN1 IN2 IN3 MFA MFE MFI MRG MSA MSH NK1 NPU NTE OBR OBX ODS ORC PD1 PDA PID "
    "PR1 PRA PRB PRD PRT PTH PV1 PV2 QAK QPD QRD QRF RCP RDF RDT RF1 RGS ROL RXA RXC RXE RXO RXR "
    "SAC SCH SFT SPM STF TQ1 TQ2 TXA UAC UB1 UB2 VAR ";

bool IsName(std::string_view name) {
  if (name.size() != kNameBytes) return false;
  for (const char c : name)
    if (!IsUpper(c) && !IsDigit(c)) return false;
  if (name[0] == 'Z') return true;  // a site's own
  return kSegments.find(std::string(" ").append(name).append(" ")) != std::string_view::npos;
}

std::string Kind(std::string_view value) {
  if (value == "\"\"") return "delete";
  bool digits = true, letters = true, number = true;
  for (const char c : value) {
    digits = digits && IsDigit(c);
    letters = letters && IsLetter(c);
    number =
        number && (IsDigit(c) || std::string_view("+-.,:/ ").find(c) != std::string_view::npos);
  }
  const char* kind = digits    ? "digits "
                     : letters ? "letters "
                     : number  ? "digits and signs "
                               : "text ";
  return kind + std::to_string(value.size());
}

struct Drawing {
  Delimiters delimiters;
  std::string out;
  size_t places = 0;

  void Add(const std::string& place, std::string_view value) {
    if (value.empty() || ++places > kMaxPlaces) return;
    out.append(place).append("  ").append(Kind(value)).append("\n");
  }
  void AddField(const std::string& place, std::string_view field);
  void AddSegment(const std::string& name, std::string_view line);
};

void Drawing::AddField(const std::string& place, std::string_view field) {
  const auto repetitions = Split(field, delimiters.repetition);
  for (size_t r = 0; r < repetitions.size(); ++r) {
    std::string at = place;
    if (repetitions.size() > 1) at.append("[").append(std::to_string(r + 1)).append("]");
    const auto components = Split(repetitions[r], delimiters.component);
    for (size_t c = 0; c < components.size(); ++c) {
      const std::string where = at + "." + std::to_string(c + 1);
      const auto parts = Split(components[c], delimiters.subcomponent);
      for (size_t s = 0; s < parts.size(); ++s)
        Add(parts.size() > 1 ? where + "." + std::to_string(s + 1) : where, parts[s]);
    }
  }
}

void Drawing::AddSegment(const std::string& name, std::string_view line) {
  const bool header = line.substr(0, kNameBytes) == "MSH";
  const auto fields = Split(line, delimiters.field);
  for (size_t i = 1; i < fields.size(); ++i) {
    if (header && i == 1) continue;  // the separators themselves
    AddField(name + "-" + std::to_string(header ? i + 1 : i), fields[i]);
  }
}

}  // namespace

std::string Skeleton(std::string_view bytes) {
  Drawing drawing;
  if (bytes.size() > kNameBytes && bytes.substr(0, kNameBytes) == "MSH") {
    const std::string_view rest = bytes.substr(kNameBytes + 1);
    const std::string_view declared = rest.substr(0, rest.find(bytes[kNameBytes]));
    const Result<Delimiters> read = ReadDelimiters(bytes[kNameBytes], declared);
    if (read.ok()) drawing.delimiters = *read;
  }
  std::map<std::string, size_t> seen;
  size_t number = 0;
  while (!bytes.empty()) {
    const size_t end = bytes.find_first_of("\r\n");
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (line.empty()) continue;
    ++number;
    std::string name(line.substr(0, kNameBytes));
    const bool segment =
        IsName(name) && (line.size() == kNameBytes || line[kNameBytes] == drawing.delimiters.field);
    if (!segment) {
      drawing.Add("line " + std::to_string(number) + ", no segment", line);
      continue;
    }
    const size_t occurrence = ++seen[name];
    if (occurrence > 1) name.append("[").append(std::to_string(occurrence)).append("]");
    drawing.AddSegment(name, line);
  }
  if (drawing.places > kMaxPlaces)
    drawing.out.append("and ")
        .append(std::to_string(drawing.places - kMaxPlaces))
        .append(" more\n");
  return std::move(drawing.out);
}

}  // namespace sam::hl7
