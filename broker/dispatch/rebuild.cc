#include "broker/dispatch/rebuild.h"

#include <algorithm>
#include <map>

#include "broker/base/text.h"
#include "broker/contract/place.h"
#include "broker/crypto/digest.h"
#include "broker/dispatch/cases.h"
#include "broker/dispatch/disposal.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/orders.h"
#include "broker/dispatch/overdue_event.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

constexpr size_t kScanLimit = 1024;
constexpr size_t kDigestBlock = 1 << 20;
constexpr size_t kDifferentMax = 100;

// A number in a mailbox that a decision holds.
struct Number {
  std::string subscription;
  Lane lane = Lane::kNormal;
  Sequence sequence;
  mailbox::Row row;
};

Status EachRecord(const journal::Reader& reader, Offset from,
                  const std::function<Status(const journal::Record&)>& visit) {
  Status failed = Ok();
  while (from < reader.durable()) {
    const Offset begin = from;
    SAM_TRY(reader.Scan(from, reader.durable(), kScanLimit, [&](journal::Record&& record) {
      failed = visit(record);
      from = record.header.offset.next();
      return failed.ok();
    }));
    SAM_TRY(failed);
    if (from == begin) return Corrupt("the log has a gap at " + std::to_string(from.value));
  }
  return Ok();
}

class Rebuilder {
 public:
  Rebuilder(const journal::Reader& reader, const journal::PlaceDoor& places, Store& fresh,
            Offset until, const Store* live, const std::function<void(Offset)>& progress)
      : reader_(reader), places_(places), fresh_(fresh), until_(until), live_(live),
        progress_(progress),
        dispatcher_(
            fresh,
            [&reader](Offset offset) -> Result<std::optional<std::string>> {
              SAM_ASSIGN(journal::Record record, reader.Read(offset));
              return std::move(record.payload);
            },
            [&places](Offset offset) { return places.Open(offset); }) {}

  Result<RebuildReport> Run() {
    SAM_TRY(FindGone());
    SAM_TRY(ReserveGone());
    SAM_TRY(dispatcher_.Open());
    SAM_TRY(EachRecord(reader_, Offset(0), [this](const journal::Record& record) -> Status {
      ++report_.records;
      if (progress_ && record.header.offset.value % 4096 == 0) progress_(record.header.offset);
      if (!Dispatcher::IsInput(record.header) || record.header.offset >= until_) {
        if (record.header.offset < until_) dispatcher_.Skip(record.header);
        return Ok();
      }
      ++report_.inputs;
      return Redo(record);
    }));
    report_.cursor = dispatcher_.mark().cursor;
    SAM_ASSIGN(report_.digest, DigestOfDerived(fresh_, report_.gone));
    return std::move(report_);
  }

 private:
  // One pass before: which subjects cannot be redone, and which decisions each input caused.
  Status FindGone() {
    SAM_TRY(EachRecord(reader_, Offset(0), [&](const journal::Record& record) -> Status {
      const journal::Header& header = record.header;
      if (header.kind == journal::Kind::DECISION) ++report_.decisions;
      if (header.kind == journal::Kind::DECISION || IsOwnEvent(header))
        caused_[header.cause].push_back(header.offset);
      if (header.kind == journal::Kind::DISPOSED && record.payload) {
        const Status noted = NoteDisposed(*record.payload);
        if (!noted.ok()) return noted;
      }
      if (!Dispatcher::IsInput(header) || header.offset >= until_) return Ok();
      if (!header.linked.empty()) {
        links_.push_back(header.linked);
        links_.back().push_back(header.subject);
      }
      if (record.payload) return Ok();
      if (header.subject.empty())
        of_nobody_.insert(header.offset);
      else
        report_.gone.insert(header.subject);
      return Ok();
    }));
    for (const Offset offset : of_nobody_) {
      const auto whose = disposed_.find(offset);
      if (whose == disposed_.end() || whose->second.empty()) report_.comparable = false;
      else report_.gone.insert(whose->second);
    }
    FollowLinks();
    return FindResting();
  }

  // Whose signal a record told of that names nobody (a receipt): they cannot be redone without it.
  Status NoteDisposed(const std::string& payload) {
    SAM_ASSIGN(const DisposalFacts facts, DecodeDisposal(payload));
    for (const DisposedItem& item : facts.items) disposed_.emplace(item.offset, item.subject);
    return Ok();
  }

  void FollowLinks() {
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& link : links_) {
        const bool any = std::any_of(link.begin(), link.end(), [&](const SubjectId& id) {
          return report_.gone.count(id) != 0;
        });
        if (!any) continue;
        for (const SubjectId& id : link) grew = report_.gone.insert(id).second || grew;
      }
    }
  }

  // Whoever answered an order that is gone, or ordered what somebody answered who is gone.
  Status FindResting() {
    if (report_.gone.empty()) return Ok();
    OrderBook book;
    SAM_TRY(EachRecord(reader_, Offset(0), [&](const journal::Record& record) -> Status {
      const bool told = record.header.kind == journal::Kind::EVENT && record.payload &&
                        record.header.offset < until_ && !IsOwnEvent(record.header);
      if (!told) return Ok();
      const auto event = wire::Parse<schema::Event>(*record.payload);
      if (event.ok()) book.Note(event->get(), record.header.subject);
      return Ok();
    }));
    SAM_TRY(NoteAnswered(book));
    SAM_TRY(NoteCases(book));
    for (size_t before = 0; before != report_.gone.size();) {
      before = report_.gone.size();
      report_.gone = book.Resting(report_.gone);
      FollowLinks();
    }
    return Ok();
  }

  Status NoteAnswered(OrderBook& book) {
    if (live_ == nullptr) return Ok();
    std::vector<OrderRow> answered;
    Status failed = Ok();
    SAM_TRY(live_->Scan(spaces::kAnswer, "", "", [&](std::string_view key, std::string_view) {
      book.NoteRow(key);
      return true;
    }));
    SAM_TRY(live_->Scan(spaces::kOrder, "", "", [&](std::string_view key, std::string_view value) {
      book.NoteRow(key);
      const auto row = DecodeOrder(value);
      if (!row.ok()) failed = row.error();
      if (row.ok() && (!row->ended_by.empty() || !row->told.empty())) answered.push_back(*row);
      return row.ok();
    }));
    SAM_TRY(failed);
    for (const OrderRow& row : answered) {
      for (const SubjectId& teller : row.told) {
        book.NoteEnd(row.subject, teller);
        book.NoteEnd(teller, row.subject);
      }
      if (row.ended_by.empty()) continue;
      SAM_ASSIGN(const journal::Record answer, reader_.Read(row.ended_at));
      book.NoteEnd(row.subject, answer.header.subject);
    }
    return Ok();
  }

  // A report whose steps a board told of a child that is gone, and the board's child whose report is gone.
  Status NoteCases(OrderBook& book) {
    if (live_ == nullptr) return Ok();
    Status failed = Ok();
    SAM_TRY(live_->Scan(spaces::kCase, "", "", [&](std::string_view, std::string_view value) {
      const auto row = DecodeCase(value);
      if (!row.ok()) failed = row.error();
      if (!row.ok() || row->teller.empty()) return row.ok();
      book.NoteEnd(row->subject, row->teller);
      book.NoteEnd(row->teller, row->subject);
      return true;
    }));
    return failed;
  }

  // What is gone still holds its numbers. A row that was decided anew names its newest decision
  // only, so the input that took the number can not be told: it is passed over from the beginning.
  Status ReserveGone() {
    if (report_.gone.empty()) return Ok();
    SAM_TRY(IndexLive());
    for (const auto& entry : by_decision_)
      if (report_.gone.count(entry.second.row.subject) != 0)
        dispatcher_.Reserve(entry.second.subscription, entry.second.lane, entry.second.sequence);
    return Ok();
  }

  Status Redo(const journal::Record& record) {
    const journal::Header& header = record.header;
    const bool skip = !record.payload || report_.gone.count(header.subject) != 0;
    std::vector<journal::Record> redo;
    std::vector<Number> stand;
    for (Offset offset : caused_[header.offset.value]) {
      SAM_ASSIGN(journal::Record decision, reader_.Read(offset));
      // One whose own payload is gone is redone like the others: only its bytes can not be compared.
      const bool gone = report_.gone.count(decision.header.subject) != 0;
      if (!skip && !gone) {
        redo.push_back(std::move(decision));
        continue;
      }
      if (IsOwnEvent(decision.header)) continue;
      ++report_.taken_as_recorded;
      SAM_ASSIGN(auto number, NumberOf(header, decision));
      if (number) stand.push_back(std::move(*number));
    }
    Fold fold(fresh_);
    if (skip) {
      SAM_TRY(dispatcher_.Pass(header, fold));
    } else {
      for (const Number& n : stand) dispatcher_.Reserve(n.subscription, n.lane, n.sequence);
      SAM_ASSIGN(const Stepped stepped, dispatcher_.Step(record, fold));
      if (stepped != Stepped::kDone) return Internal("rebuild: a step asked for a flush");
    }
    for (const Number& n : stand) SAM_TRY(PutNumber(fold, n));
    return Apply(fold, redo);
  }

  Status PutNumber(Fold& fold, const Number& n) {
    fold.PutMailboxRow(n.subscription, n.lane, n.sequence, n.row);
    SAM_ASSIGN(mailbox::LaneState lane, fold.LaneOf(n.subscription, n.lane));
    lane.next = std::max(lane.next, n.sequence.next());
    fold.PutLane(n.subscription, n.lane, lane);
    return Ok();
  }

  // A build that did not write events of its own left none where this one makes them. What was disposed
  // of is told by its record: here there is less left to dispose of.
  static void DropUnrecorded(journal::Submission& submission,
                             const std::vector<journal::Record>& recorded) {
    for (size_t i = 0; i < submission.drafts.size(); ++i) {
      const journal::Kind kind = submission.drafts[i].kind;
      if (kind != journal::Kind::EVENT && kind != journal::Kind::DISPOSED) continue;
      if (kind == journal::Kind::EVENT && i < recorded.size() && IsOwnEvent(recorded[i].header)) continue;
      submission.drafts.erase(submission.drafts.begin() + static_cast<std::ptrdiff_t>(i));
      for (journal::OffsetSlot& slot : submission.slots)
        if (slot.draft > i) --slot.draft;
      --i;
    }
  }

  // Writes the fold with the recorded offsets in its slots; compares what came out with the log.
  Status Apply(Fold& fold, const std::vector<journal::Record>& recorded) {
    journal::Submission submission = fold.Finish(dispatcher_.mark());
    DropUnrecorded(submission, recorded);
    for (size_t i = 0; i < recorded.size(); ++i) {
      const bool erased = !recorded[i].payload;
      bool same = i < submission.drafts.size() &&
                  submission.drafts[i].subject == recorded[i].header.subject;
      if (same && !erased) {
        SAM_ASSIGN(same, Same(submission.drafts[i], recorded[i]));
      }
      if (same) {
        if (!IsOwnEvent(recorded[i].header))
          ++(erased ? report_.taken_as_recorded : report_.equal);
        continue;
      }
      ++report_.different_count;
      if (report_.different.size() < kDifferentMax)
        report_.different.push_back(recorded[i].header.offset);
    }
    if (submission.drafts.size() > recorded.size())
      report_.not_recorded += submission.drafts.size() - recorded.size();
    Batch batch;
    std::vector<Batch::Op> ops = submission.batch.ops();
    for (const journal::OffsetSlot& slot : submission.slots) {
      const uint64_t offset = slot.draft < recorded.size()
                                  ? recorded[slot.draft].header.offset.value
                                  : UINT64_MAX >> 1;
      WriteOffsetAt(*ops[slot.op].value, slot.position, offset);
    }
    for (Batch::Op& op : ops) {
      if (op.value)
        batch.Put(op.space, std::move(op.key), std::move(*op.value));
      else
        batch.Delete(op.space, std::move(op.key));
    }
    return fresh_.Apply(batch, Durability::kLater);
  }

  // Byte for byte, the places too. A record of before they were sealed apart holds them in its payload.
  Result<bool> Same(const journal::Draft& draft, const journal::Record& recorded) {
    if (recorded.apart || draft.place.empty()) {
      if (draft.payload != *recorded.payload) return false;
      if (!recorded.apart) return draft.place.empty();
      SAM_ASSIGN(const std::string place, places_.Open(recorded.header.offset));
      return draft.place == place;
    }
    SAM_ASSIGN(DecisionFacts facts, DecodeDecision(draft.payload));
    SAM_ASSIGN(const auto rest, wire::Parse<schema::Signal>(facts.bytes));
    SAM_ASSIGN(const auto place, wire::Parse<schema::Signal>(draft.place));
    facts.bytes = contract::JoinPlaces(rest.get(), place.get());
    return EncodeDecision(facts) == *recorded.payload;
  }

  Result<std::optional<Number>> NumberOf(const journal::Header& cause,
                                         const journal::Record& decision) {
    if (!decision.payload) return FromLive(decision.header.offset);
    SAM_ASSIGN(const DecisionFacts facts, DecodeDecision(*decision.payload));
    if (facts.sequence.value == 0) return std::optional<Number>();
    Number number{facts.receiver, facts.lane, facts.sequence, {}};
    number.row.decision = decision.header.offset.value;
    number.row.signal = facts.signal;
    number.row.subject = decision.header.subject;
    number.row.withheld = facts.withheld;
    number.row.versions = facts.versions;
    number.row.replayed = facts.replayed;
    number.row.late = facts.late;
    number.row.decided_at =
        dispatcher_.settings().test && dispatcher_.mark().last_tick.value >= 0
            ? dispatcher_.mark().last_tick
            : cause.time;
    // The live row knows its own time better than any guess here.
    SAM_ASSIGN(auto live, FromLive(decision.header.offset));
    if (live) return live;
    return std::optional<Number>(std::move(number));
  }

  Status IndexLive() {
    if (live_ == nullptr || indexed_) return Ok();
    indexed_ = true;
    Status failed = Ok();
    SAM_TRY(live_->Scan(spaces::kMailbox, "", "", [&](std::string_view key,
                                                      std::string_view value) {
      auto row = mailbox::DecodeRow(value);
      if (!row.ok() || key.size() < 11) {
        failed = row.ok() ? Status(Corrupt("a mailbox key is too short")) : row.error();
        return false;
      }
      const std::string name(key.substr(1, key.size() - 10));
      const Lane lane = key[key.size() - 9] == 0 ? Lane::kNormal : Lane::kAcute;
      by_decision_[row->decision] = {name, lane, mailbox::SequenceOfKey(key), *row};
      return true;
    }));
    return failed;
  }

  Result<std::optional<Number>> FromLive(Offset decision) {
    if (live_ == nullptr) return std::optional<Number>();
    SAM_TRY(IndexLive());
    const auto found = by_decision_.find(decision.value);
    if (found == by_decision_.end()) return std::optional<Number>();
    return std::optional<Number>(found->second);
  }

  const journal::Reader& reader_;
  const journal::PlaceDoor& places_;
  Store& fresh_;
  Offset until_;
  const Store* live_;
  const std::function<void(Offset)>& progress_;
  Dispatcher dispatcher_;
  RebuildReport report_;
  std::map<uint64_t, std::vector<Offset>> caused_;  // input -> its decisions, in order
  std::map<uint64_t, Number> by_decision_;
  bool indexed_ = false;
  std::vector<std::vector<SubjectId>> links_;
  std::set<Offset> of_nobody_;              // inputs that are gone and name nobody
  std::map<Offset, SubjectId> disposed_;
};

// Whose row it is; empty: nobody's.
SubjectId OwnerOf(Space space, std::string_view key, std::string_view value) {
  if (space == spaces::kState) return SubjectId::From(key).value_or(SubjectId{});
  if (space == spaces::kTimer && key.size() >= 24)
    return SubjectId::From(key.substr(8, 16)).value_or(SubjectId{});
  if (space == spaces::kSignal) {
    auto row = DecodeSignal(value);
    if (row.ok()) return row->subject;
  }
  if (space == spaces::kErased) return SubjectId::From(key).value_or(SubjectId{});
  if (space == spaces::kPart) return OwnerOfPart(key, value);
  if (space == spaces::kOverdue)
    return SubjectId::From(value.substr(0, SubjectId::kSize)).value_or(SubjectId{});
  if (space == spaces::kCase) {
    const auto row = DecodeCase(value);
    if (row.ok()) return row->subject;
  }
  if ((space == spaces::kOrder || space == spaces::kAnswer) && value.size() >= EventId::kSize)
    return SubjectId::From(value.substr(EventId::kSize, SubjectId::kSize)).value_or(SubjectId{});
  return {};
}

}  // namespace

Result<RebuildReport> Rebuild(const journal::Reader& reader, const journal::PlaceDoor& places,
                              Store& fresh, Offset until, const Store* live,
                              const std::function<void(Offset)>& progress) {
  return Rebuilder(reader, places, fresh, until, live, progress).Run();
}

Result<Digest> DigestOfDerived(const Store& store, const std::set<SubjectId>& without) {
  Digest digest;
  std::string block(digest.view());
  auto close = [&] {
    digest = Sha256({block});
    block.assign(digest.view());
  };
  for (Space space : spaces::Derived()) {
    // The signals of who is gone are not made again: answers about them wait for ever in a rebuild.
    if (space == spaces::kEarly && !without.empty()) continue;
    SAM_TRY(store.Scan(space, "", "", [&](std::string_view key, std::string_view value) {
      if (!without.empty() && without.count(OwnerOf(space, key, value)) != 0) return true;
      block += static_cast<char>(space.index);
      block += BigEndian64(key.size());
      block += key;
      block += BigEndian64(value.size());
      block += value;
      if (block.size() >= kDigestBlock) close();
      return true;
    }));
  }
  close();
  return digest;
}

}  // namespace sam::dispatch
