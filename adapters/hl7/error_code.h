// The error codes of HL7 table 0357, the severities of ERR-4 and the acknowledgement codes of
// table 0008. Any thread, plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sam::hl7 {

enum class ErrorCode {
  kAccepted = 0,
  kSegmentSequence = 100,  // also: the message cannot be cut into segments at all
  kRequiredField = 101,
  kDataType = 102,
  kTableValue = 103,
  kTooLong = 104,
  kMessageType = 200,
  kEvent = 201,
  kProcessingId = 202,
  kVersion = 203,
  kUnknownKey = 204,
  kDuplicateKey = 205,
  kLocked = 206,
  kInternal = 207,
};

// The standard's own words for the code, for ERR-3.2: "Required field missing".
const char* ErrorCodeText(ErrorCode code);

enum class Severity { kError, kWarning, kInformation, kFatal };
char SeverityLetter(Severity severity);  // 'E', 'W', 'I', 'F'

// One line of an acknowledgement's ERR. `location` is a selector ("PID-7", "MSH-10") or empty for
// the whole message. `text` is UTF-8 for people and must never hold personal data: it leaves us.
struct AckError {
  std::string location;
  ErrorCode code = ErrorCode::kInternal;
  Severity severity = Severity::kError;
  std::string text;
};

enum class AckCode { kAA, kAE, kAR, kCA, kCE, kCR };
std::string_view AckCodeName(AckCode code);

// AR when the trouble is the header, the type, the version or us; AE when the content is wrong
// and the sender can mend it; AA when no entry is an error.
AckCode AckCodeFor(const std::vector<AckError>& errors);

}  // namespace sam::hl7
