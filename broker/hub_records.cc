// Records that the hub writes by itself: configurations, reloads, erasures that are done again. Main's thread, which
// goes on telling the service manager that it is alive while it waits for them.
#include "broker/dispatch/state_codec.h"
#include "broker/hub.h"

namespace sam {
namespace {

constexpr int64_t kTakenMicros = 30'000'000;  // for a record to be written and folded
constexpr int64_t kSignMicros = 1'000'000;

}  // namespace

// Each version is journaled whole; dispatch reads it from there, so that rebuild needs no files.
journal::Draft Hub::ConfigurationDraft(const admin::Configuration& loaded) {
  journal::Draft draft;
  draft.kind = journal::Kind::CONFIG;
  draft.payload = loaded.record;
  draft.peer = "hub";
  return draft;
}

Status Hub::JournalOwn(std::vector<journal::Draft> drafts, const std::string& what, bool until_folded) {
  const Status begun = config_record_.Begin(std::move(drafts));
  if (!begun.ok()) return Wrap(what + " was not taken", begun.error());
  const int64_t give_up = clock_.SteadyMicros() + kTakenMicros;
  int64_t next_sign = clock_.SteadyMicros() + kSignMicros;
  while (clock_.SteadyMicros() < give_up && !failed()) {
    if (clock_.SteadyMicros() >= next_sign) {
      next_sign += kSignMicros;
      if (Alive()) still_here_();
    }
    if (const auto written = config_record_.Written()) {
      if (!until_folded) return Ok();
      SAM_ASSIGN(const dispatch::Mark mark, dispatch::ReadMark(*store_));
      if (mark.cursor > *written) return Ok();
    }
    config_bell_.Wait(10);
  }
  if (failed()) return failure();
  return Unavailable(what + " was not taken within 30 s; is the disk full?");
}

}  // namespace sam
