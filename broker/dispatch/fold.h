// Fold: what a run of inputs will change, before anything is written: an overlay on the store and
// the decision drafts. Reads see the overlay first. Finish() gives one Submission whose bytes do not
// depend on how inputs were grouped. Dispatch's thread; the store must outlive it.
// An offset that only the journal knows stands as kPending plus the draft's index until then.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/dispatch/ladder.h"
#include "broker/dispatch/state_codec.h"
#include "broker/journal/inbox.h"
#include "broker/mailbox/mailbox.h"
#include "broker/store/store.h"

namespace sam::dispatch {

inline constexpr uint64_t kPending = uint64_t{1} << 63;

class Fold {
 public:
  explicit Fold(const Store& store) : store_(store) {}

  Result<std::optional<std::string>> Get(Space space, std::string_view key) const;
  // `positions`: where in the value an offset may stand that is still pending.
  void Put(Space space, std::string key, std::string value, std::vector<size_t> positions = {});
  void Delete(Space space, std::string key);
  // Rows of overlay and store in [from, until), rising; visit returns false to stop and must not
  // change the fold.
  Status Visit(Space space, std::string_view from, std::string_view until,
               const std::function<bool(std::string_view, std::string_view)>& visit) const;
  // The same collected, so that they may be changed one by one.
  Result<std::vector<std::pair<std::string, std::string>>> Rows(Space space, std::string_view from,
                                                                std::string_view until) const;

  // The pending offset of the new decision record.
  uint64_t AddDecision(journal::Draft draft);
  // For the vault, with the same submission. The subjects are one from now on; equal: kept apart.
  void Link(const journal::Header& by, const SubjectId& from, const SubjectId& to) {
    links_.push_back({by.controller_org, by.controller_board, from, to});
  }
  // With the same submission: the vault forgets this key when the records are on disk.
  void Erase(const SubjectId& subject) { erase_.push_back(subject); }
  bool has_pending() const { return !drafts_.empty(); }
  size_t drafts() const { return drafts_.size(); }
  size_t bytes() const { return bytes_; }

  // Typed rows. States are written in this form, which the edition of the fold decides.
  void SetForm(RowForm form) { form_ = form; }
  Result<rules::SubjectState> State(const SubjectId& subject) const;  // of this very row
  void PutState(const SubjectId& subject, const rules::SubjectState& state);
  Result<SubjectId> Follow(SubjectId subject) const;
  // Links followed, and the state found there: one read where nothing is linked.
  struct Found {
    SubjectId subject;
    rules::SubjectState state;
  };
  Result<Found> FollowedState(SubjectId subject) const;
  Result<std::optional<SignalRow>> Signal(const SignalId& id) const;
  // What stands in its place now, and `id` is then its id: each new receiver gives a signal another,
  // and who sent it may know it by any of them.
  Result<std::optional<SignalRow>> SignalNow(SignalId& id) const;
  void PutSignal(const SignalId& id, const SignalRow& row);
  Result<mailbox::LaneState> LaneOf(const std::string& subscription, Lane lane) const;
  void PutLane(const std::string& subscription, Lane lane, const mailbox::LaneState& state);
  Result<std::optional<mailbox::Row>> MailboxRow(const std::string& subscription, Lane lane,
                                                 Sequence sequence) const;
  void PutMailboxRow(const std::string& subscription, Lane lane, Sequence sequence,
                     const mailbox::Row& row);

  // Empties the fold. The batch is in order of spaces and keys, the mark last.
  journal::Submission Finish(const Mark& mark);

 private:
  struct Entry {
    std::optional<std::string> value;  // empty: deleted
    std::vector<size_t> positions;
  };
  using Key = std::pair<uint8_t, std::string>;

  const Store& store_;
  std::map<Key, Entry> entries_;
  std::vector<journal::Draft> drafts_;
  std::vector<journal::Link> links_;
  std::vector<SubjectId> erase_;
  size_t bytes_ = 0;
  RowForm form_ = RowForm::kFlat;
};

// The 8 little-endian bytes at `position`.
uint64_t ReadOffsetAt(std::string_view value, size_t position);
void WriteOffsetAt(std::string& value, size_t position, uint64_t offset);

}  // namespace sam::dispatch
