#include "broker/dispatch/fold.h"

#include "broker/base/check.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {

uint64_t ReadOffsetAt(std::string_view value, size_t position) {
  SAM_CHECK(position + 8 <= value.size());
  uint64_t out = 0;
  for (size_t i = 8; i-- > 0;) out = (out << 8) | static_cast<uint8_t>(value[position + i]);
  return out;
}

void WriteOffsetAt(std::string& value, size_t position, uint64_t offset) {
  SAM_CHECK(position + 8 <= value.size());
  for (size_t i = 0; i < 8; ++i, offset >>= 8)
    value[position + i] = static_cast<char>(offset & 0xff);
}

Result<std::optional<std::string>> Fold::Get(Space space, std::string_view key) const {
  const auto found = entries_.find(Key(space.index, std::string(key)));
  if (found != entries_.end()) return found->second.value;
  return store_.Get(space, key);
}

void Fold::Put(Space space, std::string key, std::string value, std::vector<size_t> positions) {
  bytes_ += key.size() + value.size();
  entries_[Key(space.index, std::move(key))] = {std::move(value), std::move(positions)};
}

void Fold::Delete(Space space, std::string key) {
  entries_[Key(space.index, std::move(key))] = {std::nullopt, {}};
}

Status Fold::Visit(Space space, std::string_view from, std::string_view until,
                   const std::function<bool(std::string_view, std::string_view)>& visit) const {
  auto it = entries_.lower_bound(Key(space.index, std::string(from)));
  bool going = true;
  auto in_range = [&] {
    return it != entries_.end() && it->first.first == space.index &&
           (until.empty() || it->first.second < until);
  };
  auto changed = [&] {  // the overlay's row at `it`
    if (it->second.value) going = visit(it->first.second, *it->second.value);
    ++it;
  };
  SAM_TRY(store_.Scan(space, from, until, [&](std::string_view key, std::string_view value) {
    while (going && in_range() && it->first.second < key) changed();
    if (!going) return false;
    if (in_range() && it->first.second == key)
      changed();
    else
      going = visit(key, value);
    return going;
  }));
  while (going && in_range()) changed();
  return Ok();
}

Result<std::vector<std::pair<std::string, std::string>>> Fold::Rows(Space space,
                                                                    std::string_view from,
                                                                    std::string_view until) const {
  std::vector<std::pair<std::string, std::string>> rows;
  SAM_TRY(Visit(space, from, until, [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    return true;
  }));
  return rows;
}

uint64_t Fold::AddDecision(journal::Draft draft) {
  bytes_ += draft.bytes() + 256;
  drafts_.push_back(std::move(draft));
  return kPending | (drafts_.size() - 1);
}

Result<rules::SubjectState> Fold::State(const SubjectId& subject) const {
  SAM_ASSIGN(auto bytes, Get(spaces::kState, subject.view()));
  if (!bytes) return rules::SubjectState{};
  return DecodeState(*bytes);
}

void Fold::PutState(const SubjectId& subject, const rules::SubjectState& state) {
  if (subject.empty()) return;  // about nobody: nothing to remember
  Put(spaces::kState, std::string(subject.view()), EncodeState(state, form_));
}

Result<SubjectId> Fold::Follow(SubjectId subject) const {
  SAM_ASSIGN(const Found found, FollowedState(subject));
  return found.subject;
}

Result<Fold::Found> Fold::FollowedState(SubjectId subject) const {
  for (int link = 0; link < 16; ++link) {
    SAM_ASSIGN(rules::SubjectState state, State(subject));
    if (state.merged_into.empty()) return Found{subject, std::move(state)};
    subject = state.merged_into;
  }
  return Corrupt("identities of a subject link to each other in a ring");
}

Result<std::optional<SignalRow>> Fold::Signal(const SignalId& id) const {
  SAM_ASSIGN(auto bytes, Get(spaces::kSignal, id.view()));
  if (!bytes) return std::optional<SignalRow>();
  SAM_ASSIGN(SignalRow row, DecodeSignal(*bytes));
  return std::optional<SignalRow>(std::move(row));
}

Result<std::optional<SignalRow>> Fold::SignalNow(SignalId& id) const {
  SAM_ASSIGN(auto row, Signal(id));
  for (size_t hop = 0; row && !row->released_as.empty() && hop < kPlacementsMax; ++hop) {
    id = row->released_as;
    SAM_ASSIGN(row, Signal(id));
  }
  return row;
}

void Fold::PutSignal(const SignalId& id, const SignalRow& row) {
  EncodedSignal encoded = EncodeSignal(row);
  Put(spaces::kSignal, std::string(id.view()), std::move(encoded.bytes),
      std::move(encoded.decision_positions));
}

Result<mailbox::LaneState> Fold::LaneOf(const std::string& subscription, Lane lane) const {
  SAM_ASSIGN(auto bytes, Get(spaces::kLane, mailbox::LaneKey(subscription, lane)));
  if (!bytes) return mailbox::LaneState{};
  return mailbox::DecodeLane(*bytes);
}

void Fold::PutLane(const std::string& subscription, Lane lane, const mailbox::LaneState& state) {
  Put(spaces::kLane, mailbox::LaneKey(subscription, lane), mailbox::EncodeLane(state));
}

Result<std::optional<mailbox::Row>> Fold::MailboxRow(const std::string& subscription, Lane lane,
                                                     Sequence sequence) const {
  SAM_ASSIGN(auto bytes, Get(spaces::kMailbox, mailbox::RowKey(subscription, lane, sequence)));
  if (!bytes) return std::optional<mailbox::Row>();
  SAM_ASSIGN(mailbox::Row row, mailbox::DecodeRow(*bytes));
  return std::optional<mailbox::Row>(std::move(row));
}

void Fold::PutMailboxRow(const std::string& subscription, Lane lane, Sequence sequence,
                         const mailbox::Row& row) {
  mailbox::EncodedRow encoded = mailbox::EncodeRow(row);
  Put(spaces::kMailbox, mailbox::RowKey(subscription, lane, sequence), std::move(encoded.bytes),
      {encoded.decision_position});
}

journal::Submission Fold::Finish(const Mark& mark) {
  journal::Submission submission;
  size_t op = 0;
  for (auto& [key, entry] : entries_) {
    const Space space{key.first};
    if (!entry.value) {
      submission.batch.Delete(space, key.second);
    } else {
      for (size_t position : entry.positions) {
        const uint64_t offset = ReadOffsetAt(*entry.value, position);
        if ((offset & kPending) != 0)
          submission.slots.push_back({op, position, static_cast<size_t>(offset & ~kPending)});
      }
      submission.batch.Put(space, key.second, std::move(*entry.value));
    }
    ++op;
  }
  submission.batch.Put(spaces::kMeta, std::string(kMarkKey), EncodeMark(mark));
  submission.drafts = std::move(drafts_);
  submission.links = std::move(links_);
  submission.erase = std::move(erase_);
  entries_.clear();
  drafts_.clear();
  links_.clear();
  erase_.clear();
  bytes_ = 0;
  return submission;
}

}  // namespace sam::dispatch
