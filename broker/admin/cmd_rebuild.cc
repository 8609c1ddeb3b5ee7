// rebuild --check: derives all state from the log into a scratch store and compares.
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/log_view.h"
#include "broker/admin/scratch_folder.h"
#include "broker/base/text.h"
#include "broker/dispatch/rebuild.h"
#include "broker/dispatch/state_codec.h"
#include "broker/store/rocks_store.h"
#include "broker/store/sealed_store.h"
#include "broker/store/spaces.h"

namespace sam::admin {
int RebuildCheck(Context& context) {
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  const LogView& view = **opened;
  const ScratchFolder scratch(context.config.data_dir + "/snapshots/rebuild-" +
                              std::to_string(getpid()));
  StoreOptions options;
  options.path = scratch.path();
  options.space_names = spaces::HubNames();
  options.create = true;
  std::error_code error;
  std::filesystem::create_directories(context.config.data_dir + "/snapshots", error);
  auto scratch_store = RocksStore::Open(options);
  if (!scratch_store.ok()) return context.out.Fail(scratch_store.error());
  // Thrown away with this process, and so is its key: what a killed run leaves cannot be read.
  SealedStore fresh(std::move(*scratch_store), SecretKey::Random(), spaces::Personal());
  auto mark = dispatch::ReadMark(view.store());
  if (!mark.ok()) return context.out.Fail(mark.error());
  auto report = dispatch::Rebuild(view.reader(), view.places_for_rebuild(), fresh, mark->cursor,
                                  &view.store(), [&](Offset at) {
    context.out.Progress("records", at.value, mark->cursor.value);
  });
  context.out.EndProgress();
  if (!report.ok()) return context.out.Fail(report.error());
  auto live = dispatch::DigestOfDerived(view.store(), report->gone);
  if (!live.ok()) return context.out.Fail(live.error());
  const bool equal = report->ok() && (!report->comparable || *live == report->digest);
  context.out.Object("rebuild", {{"equal", equal}, {"comparable", report->comparable},
                                 {"inputs", report->inputs}, {"decisions", report->decisions},
                                 {"same", report->equal}, {"different", report->different_count},
                                 {"takenAsRecorded", report->taken_as_recorded},
                                 {"subjectsGone", report->gone.size()},
                                 {"cursor", report->cursor.value},
                                 {"digest", ToHex(report->digest.view())},
                                 {"live", ToHex(live->view())}});
  context.out.Line(std::to_string(report->inputs) + " inputs folded again: " +
                   std::to_string(report->equal) + " of " + std::to_string(report->decisions) +
                   " decisions came out byte for byte the same, " +
                   std::to_string(report->different_count) + " differ, " +
                   std::to_string(report->taken_as_recorded) + " stand as recorded (payload gone)");
  context.out.Line("live    " + ToHex(live->view()));
  context.out.Line("rebuilt " + ToHex(report->digest.view()));
  if (!report->comparable)
    context.out.Line("a receipt's payload is gone, so the two digests say nothing; decisions were compared");
  context.out.Line(equal ? "equal: all state follows from the log"
                         : "NOT EQUAL: see OPERATING.md, \"Rebuild differs\"");
  return equal ? kOk : kIntegrity;
}

}  // namespace sam::admin
