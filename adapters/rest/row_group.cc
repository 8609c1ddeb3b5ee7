#include "adapters/rest/row_group.h"

#include <utility>

namespace sam::rest {
namespace {

const kit::Pipeline::AsideWhy kPoison{"poison", "the program stopped while working on this row",
                                      false, std::nullopt};

}  // namespace

Status RowGroup::Begin() {
  entered_.clear();
  taken_ = 0;
  return pipeline_.Begin();
}

Result<bool> RowGroup::Take(std::string message, const std::string& peer) {
  const Digest digest = store_.rows().ContentDigest(message);
  const Mac16 key = *Mac16::From(digest.view().substr(0, Mac16::kSize));
  if (guard_ != nullptr) {
    if (guard_->IsPoison(key)) {
      // It comes with every question of the overlap; once is enough.
      if (aside_.insert(key).second) SAM_TRY(pipeline_.PutAside(std::move(message), peer, kPoison));
      ++taken_;
      return false;
    }
    guard_->Enter(key);
    entered_.push_back(key);
  }
  const Result<kit::Verdict> verdict = pipeline_.Take(std::move(message), peer);
  if (guard_ != nullptr) guard_->Leave();
  SAM_TRY(verdict);
  ++taken_;
  return verdict->kind != kit::Verdict::Kind::kDuplicate;
}

Status RowGroup::Commit() {
  SAM_TRY(pipeline_.Commit());
  if (guard_ != nullptr)
    for (const Mac16& key : entered_) guard_->Forget(key);
  return Ok();
}

}  // namespace sam::rest
