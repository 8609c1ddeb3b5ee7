// AdapterStore: raw messages, outbox, seen messages, quarantine and access log over one Store, in
// one batch at a time: what belongs to a group of messages becomes durable together or not at all.
// Threads: one, the store's writer. Owned by main; the Store must outlive it.
// A group: Begin, any number of changes, Commit (one sync). Reads see the group's own changes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/kit/rows.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"
#include "broker/store/sequence.h"
#include "broker/store/store.h"

namespace sam::kit {

// How long what is kept is kept, and how much of it.
struct KeepDays {
  int raw = 30;       // long enough to find out that a mapping was wrong
  int seen = 14;      // at least 7: senders resend after a long weekend
  int episode = 400;  // a no-show is corrected within the year
  int closed = 90;    // quarantine entries that somebody has dealt with, or that have expired
  // Quarantine entries that nobody has dealt with: then their content goes. At least `seen`, so that
  // a sender that still hears of an error does not hear of an acceptance because time went by.
  int open = 365;
  size_t message_bytes = kMaxKept;  // of a longer message the beginning is kept
  // Of the quarantine on disk. Above it an unreadable frame is kept by its beginning; what can be
  // read is kept whole, up to where the disk guard takes nothing more in.
  uint64_t quarantine_bytes = uint64_t{4} << 30;
};

class AdapterStore {
 public:
  // 1: without the small rows of the quarantine; 2: places and contents under the one key of all.
  static constexpr uint64_t kFormat = 3;
  static constexpr int kGraceDays = 30;     // for what was open when a store was raised to format 3
  static constexpr size_t kPruneMax = 500;  // rows a Prune may delete: bounds one batch
  static constexpr size_t kHeadsLooked = 5000;  // entries of the quarantine that a Prune looks at

  // kCorrupt: rows of another format number, or not readable with this key. An older store is
  // raised here, so that no older program reads it: one of format 1 gets its small rows, once;
  // kExhausted: there is no room for them. Rows of format 2 stay as they are until they go.
  static Result<std::unique_ptr<AdapterStore>> Open(Store& store, SecretKey store_key,
                                                    const Clock& clock, KeepDays keep);

  // Drops what was not committed.
  Status Begin();
  Status Commit();  // one sync; nothing to write: Ok at once. Errors as Store::Apply
  bool dirty() const { return !batch_.empty(); }
  size_t batch_bytes() const { return batch_.bytes(); }

  // Of a message above KeepDays::message_bytes both keep the beginning and its size.
  uint64_t KeepRaw(const std::string& peer, std::string_view bytes);  // its number
  uint64_t AppendEvent(std::string_view event);                       // its outbox number
  Result<std::optional<SeenMessage>> FindSeen(const Mac16& key);
  void PutSeen(const Mac16& key, const SeenMessage& seen);
  // New entry, its number. `readable`: as in KeepsWhole.
  uint64_t PutQuarantine(Quarantined row, bool readable = true);
  // False: PutQuarantine would keep the beginning alone.
  bool KeepsWhole(size_t bytes, bool readable) const;
  // All but the content. kNotFound.
  Status UpdateQuarantine(const QuarantineHead& head);
  // Whether what was seen under this key lies in an entry that this one has closed.
  Result<bool> WasClosedBy(const Mac16& key, const std::string& name);
  // Takes the content out. kNotFound.
  Status EmptyQuarantine(const QuarantineHead& head);
  Result<std::optional<EventId>> FindEpisode(const std::string& type, const std::string& episode);
  void PutEpisode(const std::string& type, const std::string& episode, const EventId& id);
  Result<ToldOrders> FindOrders(const std::string& episode);  // empty: never put
  void PutOrders(const std::string& episode, const ToldOrders& orders);
  void PutAccess(const Access& row);

  Result<std::optional<WatchState>> Watch();  // empty optional: never put
  void PutWatch(const WatchState& state);

  // With the content, which is opened for those who map it again, send it again, show it with a
  // reason or erase a person.
  Result<std::optional<RawMessage>> Raw(uint64_t number);
  Result<std::optional<Quarantined>> Quarantine(uint64_t number);
  Result<std::optional<QuarantineHead>> Head(uint64_t number);  // with the group's own changes
  // False stops. Newest last, beginning with number `from`. A row that cannot be read is logged by
  // its number and passed over, here and in EachRaw: one row must not stop the feed.
  Status EachHead(const std::function<bool(const QuarantineHead&)>& visit, uint64_t from = 1);
  // With all contents: minutes of work when much lies there.
  Status EachQuarantine(const std::function<bool(const Quarantined&)>& visit);
  Status EachAccess(const std::function<bool(uint64_t, const Access&)>& visit);
  Status EachRaw(const std::function<bool(uint64_t, const RawMessage&)>& visit);
  // For erasing one person (erase.h). An event may go once the hub has it; kConflict before.
  void EraseRaw(uint64_t number) { raw_.Erase(batch_, number); }
  Status EraseEvent(uint64_t number);
  // Events without their places, from `from`, as OutboxSource::Read. Whole: OutboxPlaceDoor.
  Status ReadOutbox(uint64_t from, size_t max_bytes,
                    const std::function<bool(uint64_t, std::string_view)>& visit);
  Result<std::optional<std::string>> OutboxEvent(uint64_t number);
  uint64_t raw_next() const { return raw_.Next(); }
  uint64_t raw_floor() const { return raw_.Floor(); }
  uint64_t outbox_next() const { return outbox_.Next(); }
  uint64_t outbox_floor() const { return outbox_.Floor(); }

  // A connector's own place (how far a file or a poll has come), written with the group it belongs
  // to. `name` is the connector's choice and holds nothing that a source chose.
  Result<std::optional<std::string>> Mark(const std::string& name);
  void PutMark(const std::string& name, std::string_view bytes);
  void DropMark(const std::string& name);
  // All that begin so, without what the open group changes. False stops. kCorrupt: one cannot be read.
  Status EachMark(const std::string& prefix,
                  const std::function<bool(const std::string& name, const std::string&)>& visit);

  uint64_t accepted() const { return accepted_; }
  void PutAccepted(uint64_t number);
  // Refusals of events that are in the outbox still: each lies in quarantine once.
  Result<bool> WasRefused(uint64_t number);
  void PutRefused(uint64_t number, uint64_t quarantine);
  Status TrimOutbox(uint64_t upto);  // never above accepted()

  // Deletes what is older than KeepDays says; adds to the open group. Of a quarantine entry that has
  // been open for too long the content goes and the head stays; Commit then says so in the log.
  // Events that are not accepted are never touched.
  Status Prune();
  // When the content of an open entry goes.
  Millis ExpiresAt(const QuarantineHead& open) const;
  int64_t open_ms() const { return keep_.open * kDayMs; }
  // The open entry that was put aside first. Between groups; reads one small row or two.
  Result<std::optional<QuarantineHead>> OldestOpen();
  uint64_t open_quarantine() const { return aside_.open; }
  uint64_t quarantine_bytes() const { return aside_.bytes; }  // on disk

  RowCodec& rows() { return rows_; }
  const Clock& clock() const { return clock_; }

 private:
  friend class OutboxPlaceDoor;
  using OpenEvent = Result<std::string> (RowCodec::*)(std::string_view bytes, uint64_t seq);
  Status ReadEvents(uint64_t from, size_t max_bytes, OpenEvent open,
                    const std::function<bool(uint64_t, std::string_view)>& visit);
  Result<std::optional<std::string>> EventAt(uint64_t number, OpenEvent open);
  AdapterStore(Store& store, SecretKey key, const Clock& clock, KeepDays keep, DurableSequence raw,
               DurableSequence outbox, DurableSequence quarantine, DurableSequence audit);
  Millis DaysAgo(int days) const { return Millis(clock_.Now().value - days * kDayMs); }
  void PutByTime(Space space, Millis at, std::string key, std::string value);
  Result<std::optional<std::string>> Find(Space space, const std::string& key) const;
  void DropCursors();  // back to what is durable
  Status PruneByTime(Space space, int days);
  Status PruneRaw();
  void TellUnreadable(const char* what, uint64_t number, const Error& error);
  Status PruneQuarantine();
  void TellExpired();
  void PutHead(const QuarantineHead& head);
  Status CountQuarantine();
  Status MakeHeads();  // for a store of format 1

  Store& store_;
  RowCodec rows_;
  const Clock& clock_;
  KeepDays keep_;
  DurableSequence raw_, outbox_, quarantine_, audit_;
  uint64_t accepted_ = 0;
  uint64_t refused_before_ = 0;  // the last number that a build before WasRefused noted
  struct Aside {
    uint64_t open = 0;
    uint64_t bytes = 0;
  };
  Aside aside_, committed_aside_;
  uint64_t prune_from_ = 1;  // where the next Prune goes on in the quarantine
  uint64_t open_from_ = 1;   // no entry below is open, or will be again
  Millis open_until_;        // no open entry expires before: an older build promised to keep them
  std::vector<QuarantineHead> expired_;  // in this group
  metrics::Counter expired_total_;  // from the start: an alert asks by how much it rose
  bool quarantine_full_ = false;
  uint64_t committed_accepted_ = 0;
  std::set<std::pair<std::string, uint64_t>> unreadable_;  // told already
  Batch batch_;
  std::map<std::pair<uint8_t, std::string>, std::string> pending_;  // point rows of the open group
};

}  // namespace sam::kit
