#include "broker/journal/verify.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/crypto/checkpoint.h"
#include "broker/crypto/digest.h"
#include "broker/journal/checkpoints.h"
#include "broker/journal/record_codec.h"
#include "broker/journal/recovery.h"
#include "broker/journal/tree.h"
#include "broker/store/spaces.h"

namespace sam::journal {
namespace {

constexpr size_t kStride = 1024;
constexpr size_t kFloorRowBytes = 8;  // a mailbox's trimmed floor (Sequence), not a row of it

std::string Number(uint64_t n) { return std::to_string(n); }

class Verifier {
 public:
  Verifier(const VerifyInput& input, const VerifyProgress& progress)
      : input_(input), progress_(progress) {
    if (input.vault != nullptr && input.hub_key != nullptr) keys_.emplace(*input.vault);
  }

  Result<VerifyReport> Run() {
    SAM_ASSIGN(total_, NextOffset(input_.store));
    SAM_TRY(LoadWitnesses());
    SAM_TRY(CheckRecords());
    SAM_TRY(CheckOrphans());
    for (; witness_ < witnesses_.size(); ++witness_)
      Problem(witnesses_[witness_].what + " covers " + Number(witnesses_[witness_].size) +
              " records, the log has " + Number(tree_.size()));
    report_.root = tree_.Root();
    SAM_TRY(CheckNodeCount());
    SAM_TRY(CheckMailboxes());
    SAM_TRY(CheckIndexes());
    if (progress_) progress_(total_, total_);
    return std::move(report_);
  }

 private:
  // Something that says what the root was when the log had so many records.
  struct Witness {
    uint64_t size = 0;
    Digest root;
    std::string what;
    bool checkpoint = false;
  };

  void Problem(std::string what) {
    ++report_.problems;
    if (report_.findings.size() < VerifyReport::kMaxFindings)
      report_.findings.push_back(std::move(what));
  }

  Status LoadWitnesses() {
    SAM_ASSIGN(const auto identity, ReadIdentity(input_.store));
    if (!identity) {
      Problem("the store has no hub identity");
    } else if (!input_.checkpoints_path.empty()) {
      const auto notes = Checkpoints::ReadAll(input_.checkpoints_path);
      if (!notes.ok()) {
        if (notes.error().code != Code::kCorrupt) return notes.error();
        Problem(notes.error().message);
      } else {
        const std::string origin = CheckpointOrigin(identity->hub);
        for (const std::string& note : *notes) AddCheckpoint(note, origin, "checkpoint");
      }
    }
    if (identity)
      for (const std::string& note : input_.kept)
        AddCheckpoint(note, CheckpointOrigin(identity->hub), "kept checkpoint");
    if (input_.mark && input_.mark->position > 0)
      witnesses_.push_back(
          {input_.mark->position, input_.mark->root, "the high-water file", false});
    std::stable_sort(witnesses_.begin(), witnesses_.end(),
                     [](const Witness& a, const Witness& b) { return a.size < b.size; });
    return Ok();
  }

  void AddCheckpoint(const std::string& note, const std::string& origin, const std::string& what) {
    const auto checkpoint = VerifyCheckpoint(note, origin, input_.public_key);
    if (!checkpoint.ok()) {
      Problem("a " + what + " cannot be verified: " + checkpoint.error().message);
      return;
    }
    witnesses_.push_back({checkpoint->size, checkpoint->root,
                          "the " + what + " of size " + Number(checkpoint->size), true});
  }

  void AskWitnesses() {
    for (; witness_ < witnesses_.size() && witnesses_[witness_].size == tree_.size(); ++witness_) {
      const Witness& witness = witnesses_[witness_];
      if (witness.root != tree_.Root())
        Problem(witness.what + " has another root: records below " + Number(witness.size) +
                " were changed");
      else if (witness.checkpoint)
        ++report_.checkpoints_ok;
    }
  }

  // Headers in strides, then the payloads of the same stride. A stride ends early at a gap.
  Status CheckRecords() {
    AskWitnesses();  // of size 0
    uint64_t next = 0;
    std::string from;
    for (;;) {
      stride_.clear();
      bool bad_key = false;
      SAM_TRY(input_.store.Scan(spaces::kJournal, from, "",
                                [&](std::string_view key, std::string_view value) {
                                  from = std::string(key) + '\0';
                                  bad_key = key.size() != 8;
                                  if (!bad_key) CheckHeader(ReadBigEndian64(key), next, value);
                                  return !bad_key && stride_.size() < kStride;
                                }));
      if (bad_key) Problem("the log has a key that is not an offset");
      if (stride_.empty() && !bad_key) return node_error_;
      SAM_TRY(node_error_);
      if (!stride_.empty()) SAM_TRY(CheckPayloads());
      if (progress_) progress_(next, total_);
    }
  }

  void CheckHeader(uint64_t offset, uint64_t& next, std::string_view bytes) {
    if (offset != next) {
      report_.gaps += offset - next;
      Problem("records " + Number(next) + " to " + Number(offset - 1) + " are missing");
    }
    next = offset + 1;
    ++report_.records;
    AppendLeaf(bytes);
    auto header = DecodeHeader(bytes);
    if (!header.ok()) {
      Problem("record " + Number(offset) + ": " + header.error().message);
      header = Header();
      header->kind = Kind::UNSET;
    } else if (header->offset.value != offset) {
      Problem("record " + Number(offset) + " says it is record " + Number(header->offset.value));
    } else {
      ++report_.headers_ok;
    }
    header->offset = Offset(offset);
    stride_.push_back({std::move(*header), false});
  }

  void AppendLeaf(std::string_view bytes) {
    Batch nodes;
    tree_.Append(LeafHash(bytes), nodes);
    for (const Batch::Op& op : nodes.ops()) {
      ++nodes_;
      const auto stored = input_.store.Get(spaces::kTree, op.key);
      if (!stored.ok()) node_error_ = stored.error();
      else if (!*stored || **stored != *op.value)
        Problem("the stored tree node over the " + Number(uint64_t{1} << op.key[0]) +
                " records up to " + Number(tree_.size()) + " is missing or changed");
      else
        ++report_.nodes_ok;
    }
    AskWitnesses();
  }

  Status CheckPayloads() {
    const uint64_t first = stride_.front().header.offset.value;
    const uint64_t last = stride_.back().header.offset.value;
    size_t at = 0;
    Status failed = Ok();
    SAM_TRY(input_.store.Scan(
        spaces::kPayload, BigEndian64(first), BigEndian64(last + 1),
        [&](std::string_view key, std::string_view row) {
          if (key.size() != 8) return true;
          const uint64_t offset = ReadBigEndian64(key);
          while (at < stride_.size() && stride_[at].header.offset.value < offset) ++at;
          if (at == stride_.size() || stride_[at].header.offset.value != offset) {
            Problem("payload " + Number(offset) + " has no record");
            return true;
          }
          stride_[at].has_payload = true;
          failed = CheckPayload(stride_[at].header, row);
          return failed.ok();
        }));
    SAM_TRY(failed);
    for (const Entry& entry : stride_)
      if (!entry.has_payload && entry.header.kind != Kind::UNSET) ++report_.payloads_disposed;
    return Ok();
  }

  Status CheckPayload(const Header& header, std::string_view row) {
    const std::string where = "record " + Number(header.offset.value);
    if (header.kind == Kind::UNSET) return Ok();  // the header itself was bad, and told so
    if (Sha256({row}).view() != header.payload_digest || row.size() != header.payload_bytes) {
      Problem(where + ": its payload is not the one that was written");
      return Ok();
    }
    ++report_.payloads_ok;
    if (!keys_) return Ok();
    const SecretKey* key = input_.hub_key;
    if (!header.subject.empty()) {
      const auto found = keys_->Get(header.subject);
      if (!found.ok() && found.error().code == Code::kNotFound) {
        ++report_.payloads_erased;
        return Ok();
      }
      if (!found.ok()) return found.error();
      key = *found;
    }
    bool apart = false;
    const auto plain = sealer_.Open(row, header.offset, header.kind, *key, &apart);
    if (!plain.ok()) {
      Problem(where + ": " + plain.error().message);
      return Ok();
    }
    ++report_.payloads_opened;
    if (!apart) return Ok();
    const auto place = sealer_.OpenPlace(row, header.offset, header.kind, PlaceKeyOf(*key));
    if (place.ok()) ++report_.places_opened;
    else Problem(where + ": " + place.error().message);
    return Ok();
  }

  Status CheckOrphans() {
    return input_.store.Scan(spaces::kPayload, BigEndian64(total_), "",
                             [&](std::string_view, std::string_view) {
                               Problem("a payload lies beyond the last record");
                               return true;
                             });
  }

  Status CheckNodeCount() {
    uint64_t stored = 0;
    SAM_TRY(input_.store.Scan(spaces::kTree, "", "", [&](std::string_view, std::string_view) {
      ++stored;
      return true;
    }));
    if (stored > nodes_)
      Problem("the tree has " + Number(stored - nodes_) + " nodes beyond the last record");
    return Ok();
  }

  Status CheckMailboxes() {
    Status failed = Ok();
    SAM_TRY(input_.store.Scan(
        spaces::kMailbox, "", "", [&](std::string_view, std::string_view row) {
          if (row.size() == kFloorRowBytes) return true;
          failed = CheckMailboxRow(row);
          return failed.ok();
        }));
    return failed;
  }

  Status CheckMailboxRow(std::string_view row) {
    const auto decision = DecisionOfMailboxRow(row);
    if (!decision.ok()) {
      Problem(decision.error().message);
      return Ok();
    }
    SAM_ASSIGN(const auto bytes,
               input_.store.Get(spaces::kJournal, BigEndian64(decision->value)));
    const auto header = bytes ? DecodeHeader(*bytes) : NotFound("no such record");
    if (header.ok() && header->kind == Kind::DECISION)
      ++report_.mailbox_rows_ok;
    else
      Problem("a mailbox row points to record " + Number(decision->value) +
              ", which is not a decision");
    return Ok();
  }

  Status CheckIndexes() {
    SAM_TRY(input_.store.Scan(spaces::kEvent, "", "",
                              [&](std::string_view, std::string_view bytes) {
                                const auto row = DecodeEventRow(bytes);
                                if (!row.ok() || row->offset.value >= total_)
                                  Problem("an entry of the event index leads nowhere");
                                return true;
                              }));
    return input_.store.Scan(spaces::kDedupe, "", "",
                             [&](std::string_view, std::string_view bytes) {
                               const auto row = DecodeDedupe(bytes);
                               if (!row.ok() || row->offset.value >= total_)
                                 Problem("an entry of the message index leads nowhere");
                               return true;
                             });
  }

  struct Entry {
    Header header;
    bool has_payload = false;
  };

  const VerifyInput& input_;
  const VerifyProgress& progress_;
  VerifyReport report_;
  uint64_t total_ = 0;
  uint64_t nodes_ = 0;
  Tree tree_;
  Status node_error_ = Ok();
  std::vector<Witness> witnesses_;
  size_t witness_ = 0;
  std::vector<Entry> stride_;
  std::optional<KeyCache> keys_;
  Sealer sealer_;
};

}  // namespace

Result<VerifyReport> VerifyLog(const VerifyInput& input, const VerifyProgress& progress) {
  return Verifier(input, progress).Run();
}

}  // namespace sam::journal
