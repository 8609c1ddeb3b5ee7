// log verify: is the log what it was when it was written?
#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/log_view.h"
#include "broker/base/text.h"
#include "broker/base/whole_file.h"
#include "broker/crypto/sign.h"
#include "broker/journal/verify.h"

namespace sam::admin {

namespace {

// The note among what people write around it (`samsignal-inbox checkpoint`): from the log's name to the
// last signature.
Result<std::string> NoteIn(const std::string& path) {
  SAM_ASSIGN(const std::string text, ReadWholeFile(path));
  std::string note, signed_part;
  for (const std::string_view line : Split(text, '\n')) {
    if (note.empty() && !line.starts_with("samsignal/")) continue;
    note.append(line).append("\n");
    if (line.starts_with("\u2014 ")) signed_part = note;
    else if (!signed_part.empty()) break;
  }
  if (!signed_part.empty()) return signed_part;
  return Invalid(path + " holds no signed checkpoint: it begins with samsignal/ and ends with a line of a signature");
}

}  // namespace

Result<journal::VerifyReport> VerifyView(Context& context, LogView& view,
                                         std::vector<std::string> kept) {
  SAM_ASSIGN(SecretKey seed, LoadKey(context.config.keys.checkpoint_signing));
  SAM_ASSIGN(const SecretKey hub_key, view.vault().HubKey("payload"));
  journal::VerifyInput input{.store = view.store(),
                             .checkpoints_path = view.checkpoints_path(),
                             .public_key = SigningKey::FromSeed(std::move(seed)).public_key(),
                             .mark = std::nullopt,
                             .vault = &view.vault(),
                             .hub_key = &hub_key,
                             .kept = std::move(kept)};
  auto report = journal::VerifyLog(input, [&](uint64_t done, uint64_t total) {
    context.out.Progress("records", done, total);
  });
  context.out.EndProgress();
  return report;
}

int LogVerify(Context& context, const std::string& against) {
  std::vector<std::string> kept;
  if (!against.empty()) {
    auto note = NoteIn(against);
    if (!note.ok()) return context.out.Fail(note.error());
    kept.push_back(std::move(*note));
  }
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  auto report = VerifyView(context, **opened, std::move(kept));
  if (!report.ok()) return context.out.Fail(report.error());
  const journal::VerifyReport& r = *report;
  context.out.Object("verify", {{"sound", r.sound()}, {"records", r.records},
                                {"headersOk", r.headers_ok}, {"payloadsOk", r.payloads_ok},
                                {"payloadsOpened", r.payloads_opened},
                                {"placesOpened", r.places_opened},
                                {"payloadsDisposed", r.payloads_disposed},
                                {"payloadsErased", r.payloads_erased}, {"nodesOk", r.nodes_ok},
                                {"checkpointsOk", r.checkpoints_ok},
                                {"mailboxRowsOk", r.mailbox_rows_ok}, {"gaps", r.gaps},
                                {"root", ToHex(r.root.view())}, {"problems", r.problems},
                                {"findings", r.findings}});
  context.out.Line(std::to_string(r.records) + " records: " + std::to_string(r.payloads_ok) +
                   " payloads as written, " + std::to_string(r.payloads_disposed) +
                   " disposed of, " + std::to_string(r.payloads_erased) + " erased; " +
                   std::to_string(r.checkpoints_ok) + " signed checkpoints agree; " +
                   std::to_string(r.mailbox_rows_ok) + " mailbox rows point to their decision");
  context.out.Line("root " + ToHex(r.root.view()));
  if (r.sound()) {
    context.out.Line(against.empty() ? "the log is sound" : "the log is sound, and goes on from the kept checkpoint");
    return kOk;
  }
  for (const std::string& finding : r.findings) context.out.Line("problem: " + finding);
  context.out.Line(std::to_string(r.problems) +
                   " problems: do not serve from this store; see OPERATING.md, \"The log does not verify\"");
  return kIntegrity;
}

}  // namespace sam::admin
