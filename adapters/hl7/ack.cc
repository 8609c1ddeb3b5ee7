#include "adapters/hl7/ack.h"

#include <algorithm>
#include <cctype>

#include "adapters/hl7/escape.h"
#include "adapters/hl7/mllp_framer.h"
#include "adapters/hl7/timestamp.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

bool IsPositive(AckCode code) { return code == AckCode::kAA || code == AckCode::kCA; }

bool IsAccept(AckCode code) {
  return code == AckCode::kCA || code == AckCode::kCE || code == AckCode::kCR;
}

// Builds one acknowledgement field by field; the last used fields are never written empty.
class Writer {
 public:
  Writer(const Header& header, Charset charset) : header_(header), charset_(charset) {}

  // A field of the sender's header, byte for byte.
  std::string Copy(size_t n) const {
    std::string out(header_.Field(n));
    const char field = header_.delimiters.field;
    out.erase(std::remove_if(
                  out.begin(), out.end(),
                  [field](char c) { return c == field || c == kStartBlock || c == kEndBlock; }),
              out.end());
    return out;
  }
  std::string Text(std::string_view utf8) const {
    return Escape(utf8, header_.delimiters, charset_);
  }
  std::string Components(const std::vector<std::string>& parts) const {
    return Join(parts, header_.delimiters.component);
  }
  std::string Subcomponents(const std::vector<std::string>& parts) const {
    return Join(parts,
                header_.delimiters.subcomponent == 0 ? ' ' : header_.delimiters.subcomponent);
  }
  void Segment(const std::vector<std::string>& fields) {
    out_ += Join(fields, header_.delimiters.field);
    out_ += '\r';
  }
  std::string Take() { return std::move(out_); }

 private:
  static std::string Join(const std::vector<std::string>& parts, char separator) {
    size_t used = parts.size();
    while (used > 1 && parts[used - 1].empty()) --used;
    std::string out;
    for (size_t i = 0; i < used; ++i) {
      if (i > 0) out += separator;
      out += parts[i];
    }
    return out;
  }

  const Header& header_;
  Charset charset_;
  std::string out_;
};

std::string CodeText(ErrorCode code) { return std::to_string(static_cast<int>(code)); }

// The trigger goes into our MSH-9, so it must be a plain word.
std::string Trigger(const Header& header) {
  const std::string_view trigger = header.Component(9, 2);
  for (char c : trigger) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) return {};
  }
  return std::string(trigger);
}

std::string OwnTime(const AckContext& context) {
  if (context.zone) return FormatTimestamp(context.now, *context.zone);
  std::string out;
  for (char c : ToIso(context.now).substr(0, 19)) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out + "+0000";
}

// ERR-2 (ERL) from 2.5: segment, its sequence, field, repetition, component, subcomponent.
// ERR-1 before: segment, its sequence, field; the code follows as the fourth component.
std::vector<std::string> LocationParts(const std::string& location, bool modern) {
  std::vector<std::string> parts;
  auto place = Selector::Parse(location);
  if (!place.ok()) {
    const bool name = location.size() == 3 && Selector::Parse(location + "-1").ok();
    return name ? std::vector<std::string>{location, "1"} : parts;
  }
  const auto number = [](unsigned n) { return std::to_string(std::max(1u, n)); };
  parts = {place->segment, number(place->occurrence), std::to_string(place->field)};
  if (!modern) return parts;
  parts.push_back(number(place->repetition));
  if (place->component != 0) parts.push_back(number(place->component));
  if (place->subcomponent != 0) parts.push_back(number(place->subcomponent));
  return parts;
}

void WriteModernError(Writer& out, const AckError& error) {
  out.Segment({"ERR", "", out.Components(LocationParts(error.location, true)),
               out.Components({CodeText(error.code), ErrorCodeText(error.code), "HL70357"}),
               std::string(1, SeverityLetter(error.severity)), "", "", "", out.Text(error.text)});
}

std::string OldError(const Writer& out, const AckError& error) {
  std::vector<std::string> parts = LocationParts(error.location, false);
  parts.resize(3);
  parts.push_back(out.Subcomponents({CodeText(error.code), ErrorCodeText(error.code), "HL70357"}));
  return out.Components(parts);
}

void WriteErrors(Writer& out, const Header& header, const std::vector<AckError>& errors) {
  if (errors.empty()) return;
  if (header.version().AtLeast(2, 5)) {
    for (const AckError& error : errors) WriteModernError(out, error);
    return;
  }
  std::string all;
  for (const AckError& error : errors) {
    if (!all.empty()) {
      if (header.delimiters.repetition == 0) break;
      all += header.delimiters.repetition;
    }
    all += OldError(out, error);
  }
  out.Segment({"ERR", all});
}

}  // namespace

std::string BuildAck(std::string_view raw, AckCode code, const std::vector<AckError>& errors,
                     const AckContext& context) {
  if (IsAcknowledgement(raw)) return {};
  const Header header = ReadHeader(raw);
  Charset charset = Charset::kAscii;
  if (context.charset) {
    charset = *context.charset;
  } else if (auto declared =
                 CharsetByName(Part(header.Field(18), header.delimiters.repetition, 1))) {
    charset = *declared;
  }
  std::vector<AckError> all = errors;
  Writer out(header, charset);
  const std::string their_id = out.Copy(10);
  if (their_id.empty() && IsPositive(code)) {
    code = IsAccept(code) ? AckCode::kCR : AckCode::kAR;
    all.push_back({"MSH-10", ErrorCode::kRequiredField, Severity::kError,
                   "MSH-10 (message control id) is empty"});
  }
  const std::string trigger = Trigger(header);
  const bool with_trigger = !trigger.empty() && header.version().AtLeast(2, 4);
  const std::string type = with_trigger ? out.Components({"ACK", trigger, "ACK"}) : "ACK";
  const auto or_own = [&out](const std::string& theirs, const std::string& own) {
    return theirs.empty() ? out.Text(own) : theirs;
  };
  const bool declared = header.delimiters_readable;
  const std::string encoding =
      declared ? std::string(header.Field(2)) : EncodingCharacters(header.delimiters);
  // Without any header there is nothing to copy; P and 2.5 keep the answer readable.
  const std::string processing = header.found ? out.Copy(11) : "P";
  const std::string version = header.found ? out.Copy(12) : "2.5";
  const std::string application_condition = context.accept_condition.empty() ? "" : "NE";
  out.Segment({"MSH", encoding, or_own(out.Copy(5), context.application),
               or_own(out.Copy(6), context.facility), out.Copy(3), out.Copy(4), OwnTime(context),
               "", type, out.Text(context.control_id), processing, version, "", "",
               context.accept_condition, application_condition, "", out.Copy(18)});
  out.Segment({"MSA", std::string(AckCodeName(code)), their_id,
               all.empty() ? std::string() : out.Text(all.front().text)});
  WriteErrors(out, header, all);
  return out.Take();
}

std::string BuildAck(const Message& message, AckCode code, const std::vector<AckError>& errors,
                     const AckContext& context) {
  AckContext with_charset = context;
  if (!with_charset.charset) with_charset.charset = message.charset().charset;
  return BuildAck(message.raw(), code, errors, with_charset);
}

namespace {

AckCode Application(Outcome outcome) {
  if (outcome == Outcome::kStored) return AckCode::kAA;
  return outcome == Outcome::kContentError ? AckCode::kAE : AckCode::kAR;
}

AckCode Accept(Outcome outcome) {
  if (outcome == Outcome::kStored) return AckCode::kCA;
  return outcome == Outcome::kContentError ? AckCode::kCE : AckCode::kCR;
}

// Table 0155. A word that is not in the table counts as AL: an answer too many harms nobody.
bool Wanted(std::string_view condition, Outcome outcome) {
  if (condition.empty() || condition == "NE") return false;
  if (condition == "ER") return outcome != Outcome::kStored;
  if (condition == "SU") return outcome == Outcome::kStored;
  return true;
}

}  // namespace

AckPlan PlanAcks(std::string_view raw, AckMode mode, bool answer_anyway, Outcome outcome) {
  AckPlan plan;
  if (IsAcknowledgement(raw)) return plan;
  const Header header = ReadHeader(raw);
  const std::string_view accept = header.Component(15, 1);
  const std::string_view application = header.Component(16, 1);
  const bool never = accept == "NE" && application == "NE";
  const bool plain = mode != AckMode::kEnhanced || (accept.empty() && application.empty());
  if (never && mode != AckMode::kAlwaysAA && !answer_anyway) return plan;
  if (plain || never) {
    plan.application = Application(outcome);
    return plan;
  }
  if (Wanted(accept, outcome)) plan.accept = Accept(outcome);
  if (Wanted(application, outcome)) {
    plan.application = Application(outcome);
    plan.application_later = true;
  }
  return plan;
}

}  // namespace sam::hl7
