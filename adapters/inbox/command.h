// Commands of the inbox: the same code whether a running inbox answers through its local door or
// the program opens the store itself. Plain values; Execute on the thread that owns the Inbox.
#pragma once

#include <string>
#include <string_view>

#include "adapters/inbox/inbox.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

struct Command {
  // list, show, answer, decide, withdraw, held, sent, name, intake, attachment, status, audit, checkpoint,
  // erase, retention
  std::string name;
  std::string id;         // signal
  std::string word;       // answer: step; decide: decision; intake: ruling; attachment: its number;
                          // name: the receiver; erase: "confirm"
  std::string reference;  // --case; attachment: the index of the part asked for; name: who decided;
                          // erase: "despite" what is not finished
  std::string reason;     // --reason
  std::string by;         // who asks (operating system account)
  contract::Language language = contract::Language::kSwedish;
  std::string way = {};        // answer: phone, paper: it is entered for somebody else
  std::string said_by = {};    // with way: who said it
  std::string said_at = {};    // with way: when, "2026-03-02 10:15" in Swedish time
  bool corrects = false;       // answer: in place of the one that was given
};

struct Reply {
  Code code = Code::kInternal;  // when not ok
  bool ok = false;
  std::string text;  // for people
  std::string json;  // for programs
};

// As a text of JSON, with its quotation marks; what is not UTF-8 is replaced.
std::string JsonQuoted(const std::string& text);

Reply Execute(Inbox& inbox, const std::string& function, const Command& command);

// The answer to `attachment`, read again.
struct AttachmentPiece {
  uint64_t parts = 0;
  uint64_t size = 0;
  std::string sha256;  // of the whole, 32 bytes
  std::string bytes;
};
Result<AttachmentPiece> DecodePiece(const std::string& json);

// Through the door: AdminRequest.local carries the command as JSON.
std::string EncodeRequest(const Command& command);
Result<Command> DecodeRequest(std::string_view bytes, const std::string& caller);
std::string EncodeReply(const Reply& reply);
Result<Reply> DecodeReply(std::string_view bytes);

}  // namespace sam::inbox
