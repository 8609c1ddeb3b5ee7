#include "broker/admin/gone_view.h"

#include "broker/base/text.h"
#include "broker/dispatch/disposal.h"
#include "broker/journal/record_codec.h"
#include "broker/store/spaces.h"

namespace sam::admin {

Status GoneView::ReadDisposals() {
  if (read_) return Ok();
  read_ = true;
  std::vector<journal::Header> records;
  Status inner = Ok();
  SAM_TRY(view_.store().Scan(spaces::kJournal, "", "", [&](std::string_view, std::string_view bytes) {
    auto header = journal::DecodeHeader(bytes);
    if (!header.ok()) inner = header.error();
    else if (header->kind == journal::Kind::DISPOSED) records.push_back(std::move(*header));
    return inner.ok();
  }));
  SAM_TRY(std::move(inner));
  for (const journal::Header& header : records) {
    SAM_ASSIGN(const journal::Record record, view_.reader().Read(header.offset));
    if (!record.payload) continue;
    SAM_ASSIGN(const dispatch::DisposalFacts facts, dispatch::DecodeDisposal(*record.payload));
    for (const dispatch::DisposedItem& item : facts.items)
      disposed_.emplace(item.offset, GoneFacts{header.time, facts.rule, facts.decision, header.offset.value});
  }
  return Ok();
}

Result<std::optional<GoneFacts>> GoneView::Of(const journal::Header& header) {
  SAM_TRY(ReadDisposals());
  const auto found = disposed_.find(header.offset);
  if (found != disposed_.end()) return std::optional<GoneFacts>(found->second);
  SAM_ASSIGN(const auto erased, dispatch::ErasedOf(view_.store(), header.subject));
  if (!erased) return std::optional<GoneFacts>();
  return std::optional<GoneFacts>(GoneFacts{erased->at, dispatch::kEraseRule, "", erased->command.value});
}

nlohmann::json GoneJson(const GoneFacts& gone) {
  return {{"at", ToIso(gone.at)}, {"rule", gone.rule}, {"decision", gone.decision}, {"record", gone.record}};
}

std::string GoneWords(const std::optional<GoneFacts>& gone) {
  if (!gone) return "disposed of, or its key is erased";
  const bool erased = gone->rule == dispatch::kEraseRule;
  return (erased ? "erased on " : "disposed of on ") + ToIso(gone->at).substr(0, 10) +
         (erased ? "" : " under " + gone->rule) + (gone->decision.empty() ? "" : ": " + gone->decision) +
         " (record " + std::to_string(gone->record) + ")";
}

}  // namespace sam::admin
