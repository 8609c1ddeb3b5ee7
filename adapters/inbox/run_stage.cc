#include "adapters/inbox/run_stage.h"

#include <utility>

#include "adapters/inbox/command.h"
#include "adapters/inbox/view.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/base/version.h"

namespace sam::inbox {

namespace {

client::SubscriberOptions SubscriberSide(const RunOptions& options, Witness& witness) {
  client::SubscriberOptions out;
  out.subscription = options.function;
  out.software = std::string("samsignal-inbox/") + kVersion;
  out.window_messages = options.window_messages;
  out.keeper = &witness;
  return out;
}

client::SourceOptions SourceSide(const RunOptions& options) {
  client::SourceOptions out;
  out.system_id = options.system_id;
  out.software = std::string("samsignal-inbox/") + kVersion;
  return out;
}

}  // namespace

RunStage::RunStage(Inbox& inbox, wire::ClientLink& delivery, wire::ClientLink& ingress,
                   DoorHooks door, RunOptions options, const Clock& clock)
    : inbox_(inbox),
      delivery_(delivery),
      ingress_(ingress),
      door_(std::move(door)),
      options_(std::move(options)),
      clock_(clock),
      subscriber_(delivery, inbox, SubscriberSide(options_, inbox.witness()),
                  [this](const client::Gap& gap) {
                    const Status noted = inbox_.NoteGap(gap);
                    if (!noted.ok()) gap_status_ = noted;
                  }),
      source_(ingress, inbox.outbox(), SourceSide(options_)) {}

std::vector<wire::Pollable> RunStage::Pollables() {
  std::vector<wire::Pollable> out = {delivery_.pollable(), ingress_.pollable()};
  if (door_.receive) out.push_back(door_.pollable);
  out.insert(out.end(), options_.side.pollables.begin(), options_.side.pollables.end());
  return out;
}

// A full disk passes by itself: nothing was acknowledged, the hub sends it again.
Status RunStage::Tolerate(const char* what, const Result<int>& step, int* done) {
  if (step.ok()) {
    *done += *step;
    return Ok();
  }
  if (step.error().code != Code::kExhausted && step.error().code != Code::kUnavailable)
    return step.error();
  log::Error("inbox", "disk-full", {{"during", what}});
  return Ok();
}

Result<int> RunStage::Work() {
  int done = 0;
  SAM_TRY(Tolerate("receive", subscriber_.Step(clock_.SteadyMicros()), &done));
  SAM_TRY(Tolerate("answer", source_.Step(clock_.SteadyMicros()), &done));
  if (!gap_status_.ok()) {
    const Status noted = std::exchange(gap_status_, Ok());
    SAM_TRY(Tolerate("gap", noted.error(), &done));
  }
  if (options_.writer != nullptr) SAM_TRY(Tolerate("intake", options_.writer->Step(), &done));
  if (options_.filer != nullptr) SAM_TRY(Tolerate("files", options_.filer->Step(), &done));
  if (options_.shown != nullptr) options_.shown->Step();
  if (options_.untouched != nullptr) SAM_TRY(options_.untouched->Step());
  done += AnswerDoor();
  SAM_TRY(Tolerate("dispose", Dispose(), &done));
  if (options_.side.step) SAM_TRY(Tolerate("web", options_.side.step(), &done));
  SAM_ASSIGN(const int handed, HandOver());
  NoteStatus();
  return done + handed;
}

Result<int> RunStage::Dispose() {
  constexpr int64_t kEveryMicros = 3'600'000'000;
  const int64_t now = clock_.SteadyMicros();
  if (now < next_disposal_us_) return 0;
  SAM_ASSIGN(const size_t gone, inbox_.DisposeDue(inbox_.retention()));
  forgetting_ = forgetting_ || gone > 0;
  if (gone == kDisposalBatch) return static_cast<int>(gone);  // the next batch follows at once
  next_disposal_us_ = now + kEveryMicros;
  if (std::exchange(forgetting_, false)) SAM_TRY(inbox_.MakeForgotten());
  return static_cast<int>(gone);
}

int RunStage::AnswerDoor() {
  if (!door_.receive) return 0;
  const auto request = door_.receive();
  if (!request) return 0;
  const auto command = DecodeRequest(*request, door_.caller());
  Reply reply;
  if (command.ok()) {
    reply = Execute(inbox_, options_.function, *command);
  } else {
    reply.code = command.error().code;
    reply.text = command.error().message;
  }
  if (!door_.reply(EncodeReply(reply)).ok()) log::Warn("inbox", "door-reply-failed");
  return 1;
}

Result<int> RunStage::HandOver() {
  if (!options_.lines) return 0;
  if (!handed_over_) {
    SAM_ASSIGN(handed_over_, inbox_.HandedOver());
  }
  if (*handed_over_ + 1 >= inbox_.next_number()) return HandOverAttachments();
  Status inner = Ok();
  uint64_t last = *handed_over_;
  size_t count = 0;
  SAM_TRY(inbox_.Each(last + 1, [&](Row&& row) {
    auto line = RowJson(inbox_, row);
    inner = line.ok() ? options_.lines(*line) : Status(line.error());
    if (!inner.ok()) return false;
    last = row.number;
    return ++count < kLinesPerRound;
  }));
  SAM_TRY(std::move(inner));
  const Status saved = inbox_.SetHandedOver(last);
  if (!saved.ok() && saved.error().code != Code::kExhausted) return saved.error();
  handed_over_ = last;
  return static_cast<int>(count);
}

// After the rows, so that the line of a report stands before those of its attachments.
Result<int> RunStage::HandOverAttachments() {
  const auto find = [this](const SignalId& id) { return inbox_.Find(ToHex(id.view())); };
  SAM_ASSIGN(const auto ended, inbox_.attachments().Untold(kLinesPerRound, find));
  int count = 0;
  for (const Attachments::Ended& one : ended) {
    SAM_TRY(options_.lines(AttachmentJson(one)));
    const Status saved = inbox_.attachments().SetTold(one);
    if (saved.ok())
      ++count;
    else if (saved.error().code != Code::kExhausted)
      return saved.error();
  }
  return count;
}

void RunStage::NoteStatus() {
  const client::SubscriberStatus& status = subscriber_.status();
  connected_.store(status.welcomed, std::memory_order_relaxed);
  if (status.denied == told_denied_) return;
  told_denied_ = status.denied;
  if (status.denied != wire::Refusal::NONE)
    log::Error("inbox", "hub-refuses",
               {{"code", wire::RefusalName(status.denied)}, {"field", status.denied_field}});
}

}  // namespace sam::inbox
