// Acknowledgements we send (BuildAck, PlanAcks) and read (ParseAck). Any thread, pure.
// BuildAck must never fail, whatever the header looks like: an acknowledgement that cannot be
// built after the message was stored makes the sender resend for ever.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/charset.h"
#include "adapters/hl7/error_code.h"
#include "adapters/hl7/header.h"
#include "adapters/hl7/message.h"
#include "adapters/hl7/zone.h"
#include "broker/base/ids.h"

namespace sam::hl7 {

struct AckContext {
  Millis now;
  std::optional<Zone> zone;               // for MSH-7; UTC if none
  std::string control_id;                 // our own MSH-10: unique for each acknowledgement
  std::string application = "SAMSIGNAL";  // our MSH-3 and MSH-4 if the sender named no receiver
  std::string facility;
  // MSH-15 of an application acknowledgement that is sent as a message of its own (MSH-16 is NE
  // then): AL asks its receiver for an accept acknowledgement, NE for none. Empty: neither field.
  std::string accept_condition;
  std::optional<Charset> charset;  // what the sender uses, if known; else its MSH-18, else ASCII
};

// raw: the message or its first part, undecoded, parsed or not. Result: one message without frame
// bytes, in the sender's character set and separators (the usual ones if it declared none):
// MSH-3/4 and 5/6 swapped whole, MSH-9 ACK^<trigger>^ACK (before 2.4: ACK), MSH-11, 12 and 18 and
// MSA-2 copied byte for byte, save that bytes which would break the frame are left out; ERR
// in the form of the sender's version. A message without MSH-10 cannot be acknowledged by name: a
// positive code becomes AR (CR) with error 101 and an empty MSA-2.
// Empty result: raw is itself an acknowledgement, which is never acknowledged.
std::string BuildAck(std::string_view raw, AckCode code, const std::vector<AckError>& errors,
                     const AckContext& context);
std::string BuildAck(const Message& message, AckCode code, const std::vector<AckError>& errors,
                     const AckContext& context);

enum class AckMode {
  kOriginal,  // one application acknowledgement on the connection; NE/NE is respected
  kEnhanced,  // MSH-15 and MSH-16 decide
  kAlwaysAA,  // one application acknowledgement on the connection, whatever MSH-15 and 16 say
};

enum class Outcome {
  kStored,        // durable: AA or CA
  kContentError,  // the sender can mend it: AE or CE
  kRejected,      // type, version, id, or we cannot: AR or CR
};

struct AckPlan {
  std::optional<AckCode> accept;       // CA, CE, CR: on the same connection, at once
  std::optional<AckCode> application;  // AA, AE, AR
  bool application_later = false;      // as a message of its own (enhanced), not as the answer
};

// Which acknowledgements to send. answer_anyway: NE in both still gets the answer on the
// connection, since many MLLP senders wait for one. An acknowledgement gets none, ever.
AckPlan PlanAcks(std::string_view raw, AckMode mode, bool answer_anyway, Outcome outcome);

struct ParsedAck {
  AckCode code = AckCode::kAE;
  std::string control_id;  // MSA-2, to be compared with what was sent
  std::string text;        // MSA-3, or ERR-8, or ERR-3.2
  bool positive() const { return code == AckCode::kAA || code == AckCode::kCA; }
};

// bytes: what a peer answered, with or without frame bytes. kInvalid says what came instead of an
// acknowledgement: how many bytes, what it looks like, the first 64 in hex.
Result<ParsedAck> ParseAck(std::string_view bytes);

}  // namespace sam::hl7
