// Decoder: the part of a format that turns one message's bytes into a record with a name: whose it
// is, which key makes it the same message when it comes again, what set it off. What a mapping asks
// of the record is SourceRecord's matter. One decoder serves the live feed, the dry run and what is
// sent again from quarantine, so a message must carry all that reading it needs: a row of a file its
// header line, a resource the resources it refers to.
// Threads: one, the pipeline's. Owned by main; outlives the pipeline. Texts never hold values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/hl7/ack.h"
#include "adapters/kit/mapping.h"
#include "adapters/kit/rows.h"
#include "adapters/kit/source_record.h"
#include "adapters/kit/told_order.h"
#include "broker/base/result.h"

namespace sam::kit {

struct Decoded {
  enum class What {
    kMessage,
    kUnreadable,       // kept in quarantine; errors[0].code is the answer's when that is an error
    kRefused,          // not for us, or from nobody we know: nothing is kept
    kAcknowledgement,  // somebody's answer that strayed in: kept, never answered
  };
  What what = What::kMessage;
  std::unique_ptr<SourceRecord> record;  // kMessage
  SourceIdentity identity;               // kMessage: whole, with system_id
  std::string message_id;                // kMessage: the idempotency key within its system
  // What makes it the same message when it comes again, where that is not all of its bytes: the
  // same row in another file. Empty: the bytes. Another content under the same key is a conflict.
  std::string content;
  // The source gives no key: message_id is a word alone, and the pipeline adds a keyed digest of
  // `content` to it. A plain one would let who sees an id try whose row it was. Not the place: the
  // same row stands elsewhere in the next file.
  bool key_from_content = false;
  // message_id says what the message is about and what it says, and names no telling of it: what
  // comes back to what it was is news. Then what it is about: the same id again is a repeat when
  // nothing else came about it since. Empty: message_id names the telling.
  std::string object;
  std::string trigger;                   // as far as it could be read
  std::optional<Millis> sent_at;         // when its sender says it was sent: shows a wrong clock
  // What tells an older telling of an object from a newer one. Empty: they come in their order.
  std::optional<ToldOrder> order;
  // What this sender hears of quarantine; empty: as [source] says.
  std::optional<bool> quarantine_accepts;
  // kUnreadable: kept, and still answered with `errors` as a rejection, whatever the policy for the
  // quarantine says. For what no conforming reader can take: its sender hears it at once.
  bool rejected = false;
  bool baseline = false;                 // of a first load: its events raise no prompts
  std::string reason;                    // a code such as "unreadable" or "unknown-sender"
  std::string detail;                    // for people: places, never values
  std::vector<hl7::AckError> errors;
};

inline Decoded Unreadable(std::string reason, std::string detail) {
  Decoded out;
  out.what = Decoded::What::kUnreadable;
  out.reason = std::move(reason);
  out.detail = std::move(detail);
  return out;
}

struct Verdict;  // pipeline.h

// What is wrong with a transmission or a sample around its messages.
struct Irregularity {
  std::string what;      // places and counts, no content
  bool refused = false;  // a part of it would be refused by the live feed, and was left out
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  // `peer` as the connector names it. An error is ours; what is wrong with the bytes is in Decoded.
  virtual Result<Decoded> Decode(const std::string& bytes, const std::string& peer) = 0;

  // Messages of one transmission (a batch). Never empty.
  virtual std::vector<std::string> Split(std::string transmission) {
    std::vector<std::string> out;
    out.push_back(std::move(transmission));
    return out;
  }
  // Messages of a sample file as people have them lying about: recorded streams, exported files.
  // kInvalid: this is no such file.
  virtual Result<std::vector<std::string>> Sample(const std::string& name, std::string bytes) {
    static_cast<void>(name);
    return Split(std::move(bytes));
  }
  // What Sample cut last is taken by the live feed all together or not at all.
  virtual bool Whole() const { return false; }
  // How the live feed would answer what Sample cut last, where one answer is for all of it.
  // `verdicts`: of its messages, in their order. Empty: each message has its own (AnswerText).
  virtual std::string AnswerToSample(const std::vector<Verdict>& verdicts) {
    static_cast<void>(verdicts);
    return "";
  }
  // Of what Split and Sample cut since this was asked last.
  virtual std::vector<Irregularity> Irregular() { return {}; }
  // The message with its values hidden: places, kinds and lengths. Empty: only its size is shown.
  virtual std::string Skeleton(const std::string& bytes) const {
    static_cast<void>(bytes);
    return "";
  }
  // The answer in the format's words; empty: the connector says it in its own, or nothing is said.
  virtual std::string AnswerText(const std::string& bytes, const Answer& answer) {
    static_cast<void>(bytes);
    static_cast<void>(answer);
    return "";
  }
};

}  // namespace sam::kit
