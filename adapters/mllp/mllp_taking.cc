// What MllpServer does with one frame: its messages to the pipeline, what is broken aside, and the
// answers that wait for the group's sync.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/batch_answer.h"
#include "adapters/hl7/header.h"
#include "adapters/hl7/message.h"
#include "adapters/mllp/mllp_server.h"
#include "broker/base/log.h"

namespace sam::mllp {
namespace {

const kit::Pipeline::AsideWhy kPoison{
    "poison", "the program stopped while working on this message", true, std::nullopt};

// The name of a header field is its bytes, unless they need decoding.
bool Plain(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return c >= 0x20 && c < 0x7f && c != '\\';
  });
}

}  // namespace

Status MllpServer::TakeOne(MllpConnection& connection, hl7::FrameEvent event,
                           std::vector<Waiting>& waiting) {
  using Kind = hl7::FrameEvent::Kind;
  const auto answer = [&](const kit::Verdict& verdict) {
    if (!verdict.ack.empty()) waiting.push_back({connection.fd(), verdict.ack});
  };
  switch (event.kind) {
    case Kind::kFrame: return TakeFrame(connection, std::move(event.bytes), waiting);
    case Kind::kTooLarge: {
      answer(RefuseTooLarge(event.bytes, connection.peer()));
      return Ok();
    }
    case Kind::kLostEnd: {
      SAM_ASSIGN(
          const kit::Verdict verdict,
          PutBrokenAside(std::move(event.bytes), connection.peer(), "frame-broken", true));
      answer(verdict);
      return Ok();
    }
    case Kind::kEmptyFrame: {
      SAM_ASSIGN(
          const kit::Verdict verdict,
          PutBrokenAside(std::move(event.bytes), connection.peer(), "empty-frame", false));
      answer(verdict);
      return Ok();
    }
    case Kind::kJunk: {
      // The bytes go sealed into quarantine, never into the log: they may be a message.
      log::Warn(
          "mllp", "bytes-outside-frame",
          {{"peer", connection.peer()}, {"bytes", static_cast<uint64_t>(event.bytes.size())}});
      SAM_ASSIGN(
          const kit::Verdict verdict,
          PutBrokenAside(std::move(event.bytes), connection.peer(), "no-start-byte", false));
      answer(verdict);
      return Ok();
    }
    case Kind::kWrongProtocol:
      Tell("wrong-protocol", connection.peer(), "not_mllp", event.detail);
      connection.Abandon();
      return Ok();
  }
  return Ok();
}

kit::Verdict MllpServer::RefuseTooLarge(const std::string& head, const std::string& peer) {
  const std::string limit = std::to_string(config_.max_frame_bytes / 1024);
  return pipeline_.Refuse(hl7::ReadHeader(head).found ? head : std::string(), peer,
                          "too-large",
                          {{"", hl7::ErrorCode::kTooLong, hl7::Severity::kError,
                            "too large: the limit is " + limit + " KiB"}});
}

// Broken frames: kept aside; AR 207 when the header can be read and somebody may wait for it.
Result<kit::Verdict> MllpServer::PutBrokenAside(std::string bytes, const std::string& peer,
                                                const std::string& reason, bool answer) {
  kit::Pipeline::AsideWhy why;
  why.reason = reason;
  why.detail = "the frame was not whole";
  why.readable = false;
  why.answered = answer && hl7::ReadHeader(bytes).found;
  why.answer = kit::Answer{hl7::Outcome::kRejected,
                           {{"", hl7::ErrorCode::kInternal, hl7::Severity::kError,
                             "the frame had no end; send it again"}}};
  return pipeline_.PutAside(std::move(bytes), peer, why);
}

Status MllpServer::TakeFrame(MllpConnection& connection, std::string bytes,
                             std::vector<Waiting>& waiting) {
  const Digest digest = store_.rows().ContentDigest(bytes);
  const Mac16 key = *Mac16::From(digest.view().substr(0, Mac16::kSize));
  if (guard_ != nullptr) {
    if (guard_->IsPoison(key)) {
      SAM_ASSIGN(const kit::Verdict verdict,
                 pipeline_.PutAside(std::move(bytes), connection.peer(), kPoison));
      if (!verdict.ack.empty()) waiting.push_back({connection.fd(), verdict.ack});
      return Ok();
    }
    guard_->Enter(key);
    entered_.push_back(key);
  }
  Status status = Ok();
  const size_t first = waiting.size();
  const std::string opening = config_.batch_answer ? hl7::BatchOpening(bytes) : "";
  std::vector<std::string> messages = parts_.decoder.Split(std::move(bytes));
  pipeline_.NoteIrregular(connection.peer(), parts_.decoder.Irregular());
  if (messages.size() > kBatchMessages) {
    const kit::Verdict verdict = pipeline_.Refuse(
        messages.front(), connection.peer(), "too-large",
        {{"", hl7::ErrorCode::kTooLong, hl7::Severity::kError,
          "a batch may hold " + std::to_string(kBatchMessages) + " messages"}});
    if (!verdict.ack.empty()) waiting.push_back({connection.fd(), verdict.ack});
    messages.clear();
  }
  for (std::string& message : messages) {
    status = TakeMessage(connection, std::move(message), waiting);
    if (!status.ok()) break;
  }
  if (guard_ != nullptr) guard_->Leave();
  if (!opening.empty()) AnswerAsBatch(connection, opening, first, waiting);
  return status;
}

void MllpServer::AnswerAsBatch(const MllpConnection& connection, const std::string& opening,
                               size_t first, std::vector<Waiting>& waiting) {
  if (hl7_ == nullptr || first == waiting.size()) return;
  std::vector<std::string> acks;
  for (size_t i = first; i < waiting.size(); ++i) acks.push_back(std::move(waiting[i].ack));
  waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(first), waiting.end());
  waiting.push_back({connection.fd(), hl7_->BatchAnswer(opening, acks)});
}

Status MllpServer::TakeMessage(MllpConnection& connection, std::string message,
                               std::vector<Waiting>& waiting) {
  const auto answer = [&](const std::string& text) {
    if (!text.empty()) waiting.push_back({connection.fd(), text});
  };
  if (!MaySpeak(connection, message)) {
    const kit::Verdict verdict = pipeline_.Refuse(
        message, connection.peer(), "unknown-sender",
        {{"MSH-3", hl7::ErrorCode::kUnknownKey, hl7::Severity::kError,
          "this sender does not belong to the certificate of this connection"}});
    answer(verdict.ack);
    return Ok();
  }
  const bool enhanced = hl7_ != nullptr && config_.ack_mode == hl7::AckMode::kEnhanced;
  // Some confirm our application acknowledgement although it says that nobody waits for that.
  if (enhanced && hl7::IsAcknowledgement(message) && hl7_->AnswersUs(message)) return Ok();
  const std::string head = enhanced ? message.substr(0, hl7::MllpFramer::kHeadBytes) : "";
  SAM_ASSIGN(const kit::Verdict verdict, pipeline_.Take(std::move(message), connection.peer()));
  answer(verdict.ack);
  if (!enhanced || verdict.kind == kit::Verdict::Kind::kSilent) return Ok();
  const std::string later = hl7_->LaterAnswer(head, verdict.answer);
  if (later.empty()) return Ok();
  if (answers_ == nullptr) {
    answer(later);
    return Ok();
  }
  SAM_ASSIGN(const bool full, queue_.Append(later));
  if (full && quiet_.Ask("mllp", "answers-full", clock_.SteadyMicros()).say)
    log::Error("mllp", "answers-full", {{"to", config_.application_ack.address}});
  return Ok();
}

bool MllpServer::MaySpeak(const MllpConnection& connection, const std::string& message) const {
  if (pins_.empty()) return true;
  const hl7::Header header = hl7::ReadHeader(message);
  if (!header.found) return true;  // says no name: it goes to quarantine
  std::string application(header.Component(3, 1)), facility(header.Component(4, 1));
  if (!Plain(application) || !Plain(facility)) {
    const Result<hl7::Message> parsed = hl7::Message::Parse(message, parts_.config.charset);
    if (!parsed.ok()) return true;
    application = parsed->Decode(parsed->header().Component(3, 1)).text;
    facility = parsed->Decode(parsed->header().Component(4, 1)).text;
  }
  return pins_.MaySpeak(connection.certificate(), application, facility);
}

}  // namespace sam::mllp
