// The part of Pipeline that sends an entry of the quarantine again.
#include <utility>

#include "adapters/kit/pipeline.h"

namespace sam::kit {

Result<Verdict> Pipeline::Resend(uint64_t number, std::optional<std::string> fixed,
                                 const std::string& operator_name) {
  SAM_TRY(store_->Begin());
  SAM_ASSIGN(std::optional<Quarantined> entry, store_->Quarantine(number));
  if (!entry) return NotFound("quarantine has no entry " + std::to_string(number));
  if (entry->state != QuarantineState::kOpen)
    return Conflict("entry " + std::to_string(number) + " is " + QuarantineStateName(entry->state) +
                    " already");
  if (entry->full_size != 0 && !fixed)
    return Conflict("of entry " + std::to_string(number) +
                    " only the beginning was kept: have it sent again, or give the whole message "
                    "in a file");
  Input input;
  input.peer = entry->peer;
  input.fix_of = number;
  if (row_files_ != nullptr) row_files_->Begin(store_->raw_next(), number);
  Verdict out;
  if (!entry->event.empty() && !fixed) {
    // The hub refused this event; the same bytes once more, now that somebody has put it right
    // there.
    store_->AppendEvent(entry->event);
    out.kind = Verdict::Kind::kTaken;
  } else {
    uint64_t linked = 0;
    if (fixed) {
      // The fix is a record of its own, linked both ways; the original is never changed.
      Quarantined fix = *entry;
      fix.raw = *fixed;
      fix.event.clear();
      fix.full_size = 0;
      fix.fix_of = number;
      fix.at = clock_->Now();
      fix.operator_name = operator_name;
      fix.state = QuarantineState::kResent;
      fix.closed_at = fix.at;
      input.bytes = std::move(*fixed);
      SAM_ASSIGN(out, Work(input));
      if (WasTold(out))
        linked = store_->PutQuarantine(std::move(fix));
    } else {
      input.bytes = entry->raw;
      SAM_ASSIGN(out, Work(input));
    }
    entry->fixed_by = linked;
  }
  ++entry->resends;
  if (WasTold(out)) {
    entry->state = entry->fixed_by != 0 ? QuarantineState::kFixed : QuarantineState::kResent;
    entry->closed_at = clock_->Now();
  }
  entry->operator_name = operator_name;
  if (row_files_ != nullptr) SAM_TRY(row_files_->End({WasTold(out), number, entry->fixed_by}));
  SAM_TRY(store_->UpdateQuarantine(*entry));
  SAM_TRY(store_->Commit());
  out.ack.clear();
  return out;
}

}  // namespace sam::kit
