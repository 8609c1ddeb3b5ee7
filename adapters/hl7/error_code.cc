#include "adapters/hl7/error_code.h"

namespace sam::hl7 {

const char* ErrorCodeText(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAccepted: return "Message accepted";
    case ErrorCode::kSegmentSequence: return "Segment sequence error";
    case ErrorCode::kRequiredField: return "Required field missing";
    case ErrorCode::kDataType: return "Data type error";
    case ErrorCode::kTableValue: return "Table value not found";
    case ErrorCode::kTooLong: return "Value too long";
    case ErrorCode::kMessageType: return "Unsupported message type";
    case ErrorCode::kEvent: return "Unsupported event code";
    case ErrorCode::kProcessingId: return "Unsupported processing id";
    case ErrorCode::kVersion: return "Unsupported version id";
    case ErrorCode::kUnknownKey: return "Unknown key identifier";
    case ErrorCode::kDuplicateKey: return "Duplicate key identifier";
    case ErrorCode::kLocked: return "Application record locked";
    case ErrorCode::kInternal: return "Application internal error";
  }
  return "Application internal error";
}

char SeverityLetter(Severity severity) {
  switch (severity) {
    case Severity::kError: return 'E';
    case Severity::kWarning: return 'W';
    case Severity::kInformation: return 'I';
    case Severity::kFatal: return 'F';
  }
  return 'E';
}

std::string_view AckCodeName(AckCode code) {
  switch (code) {
    case AckCode::kAA: return "AA";
    case AckCode::kAE: return "AE";
    case AckCode::kAR: return "AR";
    case AckCode::kCA: return "CA";
    case AckCode::kCE: return "CE";
    case AckCode::kCR: return "CR";
  }
  return "AE";
}

AckCode AckCodeFor(const std::vector<AckError>& errors) {
  bool content_error = false;
  for (const AckError& error : errors) {
    if (error.severity == Severity::kWarning || error.severity == Severity::kInformation) continue;
    if (error.code == ErrorCode::kAccepted) continue;
    switch (error.code) {
      case ErrorCode::kSegmentSequence:
      case ErrorCode::kMessageType:
      case ErrorCode::kEvent:
      case ErrorCode::kProcessingId:
      case ErrorCode::kVersion:
      case ErrorCode::kLocked:
      case ErrorCode::kInternal: return AckCode::kAR;
      default: break;
    }
    if (error.location.compare(0, 3, "MSH") == 0) return AckCode::kAR;
    content_error = true;
  }
  return content_error ? AckCode::kAE : AckCode::kAA;
}

}  // namespace sam::hl7
