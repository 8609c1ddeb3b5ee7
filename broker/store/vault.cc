#include "broker/store/vault.h"

#include <algorithm>
#include <utility>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/seal.h"

namespace sam {
namespace {

constexpr Space kMeta{0};
constexpr Space kSubject{1};
constexpr Space kIndex{2};

constexpr char kCanaryKey[] = "canary";
constexpr char kNextKey[] = "next";
constexpr char kControllerPrefix[] = "c/";
constexpr std::string_view kCanaryText = "samsignal vault 1";

constexpr int kMaxHops = 1000;  // links to follow; Link makes no rings, so more is damage
constexpr char kRowVersion = 1;
constexpr size_t kRowHead = 1 + 8 + 1 + SubjectId::kSize;  // version, key id, erased, alias

std::string KeyAad(SubjectId subject, KeyId key) {
  return "subject-key" + std::string(subject.view()) + BigEndian64(key.value);
}

// First 8 bytes name the controller, so that one controller's entries lie together; without its
// key they say nothing.
std::string IndexKey(const SecretKey& controller_key, const PersonId& id) {
  return std::string(KeyedHash16(controller_key, {"prefix"}).view().substr(0, 8)) +
         std::string(KeyedHash16(controller_key, {"person", id.system(), id.Reveal()}).view());
}

}  // namespace

std::vector<std::string> VaultSpaces() { return {"vault_meta", "vault_subject", "vault_index"}; }

struct Vault::Row {
  KeyId key;
  bool erased = false;
  SubjectId alias;  // empty: none
  std::string wrapped;
  std::string controller;

  std::string Encode() const {
    std::string out(1, kRowVersion);
    out += BigEndian64(key.value);
    out += erased ? '\1' : '\0';
    out.append(alias.view());
    out += erased ? "" : wrapped;
    out += controller;
    return out;
  }

  static Result<Row> Decode(std::string_view bytes) {
    Row row;
    if (bytes.size() < kRowHead) return Corrupt("vault: a subject row is too short");
    if (bytes[0] != kRowVersion)
      return Corrupt("vault: a subject row has version " +
                     std::to_string(static_cast<int>(bytes[0])) + ", this program knows 1");
    row.key = KeyId(ReadBigEndian64(bytes.substr(1)));
    row.erased = bytes[9] != 0;
    row.alias = *SubjectId::From(bytes.substr(10, SubjectId::kSize));
    bytes.remove_prefix(kRowHead);
    if (!row.erased) {
      if (bytes.size() < kWrappedKeyBytes) return Corrupt("vault: a subject row is too short");
      row.wrapped = bytes.substr(0, kWrappedKeyBytes);
      bytes.remove_prefix(kWrappedKeyBytes);
    }
    row.controller = bytes;
    return row;
  }
};

Result<std::unique_ptr<Vault>> Vault::Open(Store& store, SecretKey kek,
                                           const std::string& kek_name) {
  std::unique_ptr<Vault> out(new Vault(store, std::move(kek)));
  SAM_TRY(out->CheckCanary(kek_name));
  SAM_ASSIGN(const std::optional<std::string> next, store.Get(kMeta, kNextKey));
  if (!next || next->size() != 8) return Corrupt("vault: the row of the next key id is damaged");
  out->next_key_ = ReadBigEndian64(*next);
  if (out->next_key_ == 0) return Corrupt("vault: the next key id is 0, they start at 1");
  out->highest_.store(out->next_key_ - 1, std::memory_order_release);
  return out;
}

Vault::~Vault() = default;

Status Vault::CheckCanary(const std::string& kek_name) {
  SAM_ASSIGN(const std::optional<std::string> canary, store_.Get(kMeta, kCanaryKey));
  if (canary) {
    const Result<std::string> text = sam::Open(kek_, *canary, kCanaryKey);
    if (text.ok() && *text == kCanaryText) return Ok();
    return Denied("vault: " + kek_name + " is not the key this vault was made with; give the "
                  "right key file, or restore the vault that belongs to this key");
  }
  bool empty = true;
  const auto any = [&](std::string_view, std::string_view) { return empty = false; };
  for (Space space : {kMeta, kSubject, kIndex}) SAM_TRY(store_.Scan(space, "", "", any));
  if (!empty) return Corrupt("vault: it has rows but no canary; restore it from a backup");
  Batch batch;
  batch.Put(kMeta, kCanaryKey, Seal(kek_, kCanaryText, kCanaryKey));
  batch.Put(kMeta, kNextKey, BigEndian64(1));
  return store_.Apply(batch, Durability::kNow);
}

Result<std::optional<std::string>> Vault::Read(Space space, const std::string& key,
                                               bool buffered) const {
  if (buffered) {
    const auto found = buffer_.find({space.index, key});
    if (found != buffer_.end()) return std::optional<std::string>(found->second);
  }
  return store_.Get(space, key);
}

void Vault::Write(Space space, std::string key, std::string value) {
  buffer_.insert_or_assign({space.index, std::move(key)}, std::move(value));
}

Result<std::optional<Vault::Row>> Vault::ReadRow(SubjectId subject, bool buffered) const {
  SAM_ASSIGN(const std::optional<std::string> bytes,
             Read(kSubject, std::string(subject.view()), buffered));
  if (!bytes) return std::optional<Row>();
  SAM_ASSIGN(Row row, Row::Decode(*bytes));
  return std::optional<Row>(std::move(row));
}

Result<std::optional<SecretKey>> Vault::ControllerKey(std::string_view controller,
                                                      bool buffered) const {
  const std::string name = kControllerPrefix + std::string(controller);
  SAM_ASSIGN(const std::optional<std::string> wrapped, Read(kMeta, name, buffered));
  if (!wrapped) return std::optional<SecretKey>();
  SAM_ASSIGN(SecretKey key, Unwrap(kek_, *wrapped, name));
  return std::optional<SecretKey>(std::move(key));
}

Result<SecretKey> Vault::HubKey(std::string_view purpose) {
  // No controller can have this name: texts of events hold no control characters.
  SAM_ASSIGN(const SecretKey* const key, EnsureControllerKey("\x01" "hub/" + std::string(purpose)));
  if (dirty()) {
    if (const Status made = Commit(); !made.ok())
      return Wrap("the hub's own key \"" + std::string(purpose) + "\" could not be made",
                  made.error());
  }
  return key->Clone();
}

Result<const SecretKey*> Vault::EnsureControllerKey(std::string_view controller) {
  const auto cached = controller_keys_.find(controller);
  if (cached != controller_keys_.end()) return &cached->second;
  SAM_ASSIGN(std::optional<SecretKey> key, ControllerKey(controller, true));
  if (!key) {
    key = SecretKey::Random();
    const std::string name = kControllerPrefix + std::string(controller);
    Write(kMeta, name, Wrap(kek_, *key, name));
  }
  return &controller_keys_.emplace(std::string(controller), std::move(*key)).first->second;
}

Result<SubjectId> Vault::FollowIn(SubjectId subject, bool buffered) const {
  for (int hop = 0; hop < kMaxHops; ++hop) {
    SAM_ASSIGN(const std::optional<Row> row, ReadRow(subject, buffered));
    if (!row && hop > 0) return Corrupt("vault: a link leads to a subject that is not there");
    if (!row) return NotFound("vault: no such subject");
    if (row->alias.empty()) return subject;
    subject = row->alias;
  }
  return Corrupt("vault: links form a ring");
}

Result<std::optional<SubjectId>> Vault::FindIn(const std::string& index_key,
                                               bool buffered, SubjectId* indexed_as) const {
  SAM_ASSIGN(const std::optional<std::string> bytes, Read(kIndex, index_key, buffered));
  if (!bytes) return std::optional<SubjectId>();
  const std::optional<SubjectId> indexed = SubjectId::From(*bytes);
  if (!indexed) return Corrupt("vault: an index entry is not a subject id");
  if (indexed_as != nullptr) *indexed_as = *indexed;
  SAM_ASSIGN(const std::optional<Row> row, ReadRow(*indexed, buffered));
  if (!row) return Corrupt("vault: an index entry leads to a subject that is not there");
  if (row->erased) return std::optional<SubjectId>();
  SAM_ASSIGN(const SubjectId subject, FollowIn(*indexed, buffered));
  if (subject == *indexed) return std::optional<SubjectId>(subject);
  SAM_ASSIGN(const std::optional<Row> last, ReadRow(subject, buffered));
  if (!last || last->erased) return std::optional<SubjectId>();
  return std::optional<SubjectId>(subject);
}

Result<Vault::Resolved> Vault::Create(std::string_view controller) {
  Resolved out;
  out.subject = *SubjectId::From(RandomBytes(SubjectId::kSize));
  out.key = KeyId(next_key_++);
  out.created = true;
  Row row;
  row.key = out.key;
  row.controller = controller;
  row.wrapped = Wrap(kek_, SecretKey::Random(), KeyAad(out.subject, out.key));
  Write(kSubject, std::string(out.subject.view()), row.Encode());
  Write(kMeta, kNextKey, BigEndian64(next_key_));
  return out;
}

Result<Vault::Resolved> Vault::Resolve(std::string_view controller,
                                       const std::vector<PersonId>& ids) {
  if (controller.empty()) return Invalid("vault: the event names no controller");
  if (ids.size() > kMaxIds)
    return Invalid("vault: the event names " + std::to_string(ids.size()) +
                   " identifiers for one person, at most " + std::to_string(kMaxIds));
  for (const PersonId& id : ids)
    if (id.empty()) return Invalid("vault: an identifier of system " + id.system() + " is empty");
  SAM_ASSIGN(const SecretKey* const controller_key, EnsureControllerKey(controller));

  std::optional<SubjectId> first;
  std::vector<SubjectId> others;
  std::vector<SubjectId> indexed;
  std::vector<std::string> fresh;
  const auto add = [](std::vector<SubjectId>& list, const SubjectId& one) {
    if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  };
  for (const PersonId& id : ids) {
    std::string index_key = IndexKey(*controller_key, id);
    SubjectId as;
    SAM_ASSIGN(const std::optional<SubjectId> found, FindIn(index_key, true, &as));
    if (found) add(indexed, as);
    if (!found)
      fresh.push_back(std::move(index_key));
    else if (!first)
      first = found;
    else if (*found != *first)
      add(others, *found);
  }
  Resolved out;
  if (first) {
    SAM_ASSIGN(const std::optional<Row> row, ReadRow(*first, true));
    if (!row) return Corrupt("vault: a subject vanished while it was read");
    out.subject = *first;
    out.key = row->key;
    for (const SubjectId& one : indexed)
      if (one != out.subject && std::find(others.begin(), others.end(), one) == others.end())
        out.followed.push_back(one);
    out.others = std::move(others);
  } else {
    SAM_ASSIGN(out, Create(controller));
  }
  for (std::string& key : fresh) Write(kIndex, std::move(key), std::string(out.subject.view()));
  return out;
}

Status Vault::Link(std::string_view controller, SubjectId from, SubjectId to) {
  SAM_ASSIGN(std::optional<Row> row, ReadRow(from, true));
  SAM_ASSIGN(const std::optional<Row> target, ReadRow(to, true));
  if (!row || row->erased || !target || target->erased)
    return NotFound("vault: a subject to link is not there or is erased");
  if (row->controller != controller || target->controller != controller)
    return Denied("vault: subjects of different controllers are never linked");
  SubjectId at = to;
  for (int hop = 0; from != to && !at.empty(); ++hop) {
    if (at == from || hop >= kMaxHops) return Conflict("vault: this link would make a ring");
    SAM_ASSIGN(const std::optional<Row> next, ReadRow(at, true));
    if (!next) return Corrupt("vault: a link leads to a subject that is not there");
    at = next->alias;
  }
  row->alias = from == to ? SubjectId() : to;
  Write(kSubject, std::string(from.view()), row->Encode());
  return Ok();
}

Status Vault::Erase(SubjectId subject) {
  SAM_ASSIGN(std::optional<Row> row, ReadRow(subject, true));
  if (!row || row->erased) return NotFound("vault: no such subject, or erased already");
  // A tombstone stays: it keeps the key id taken and the answer "erased" apart from "unknown".
  row->erased = true;
  row->wrapped.clear();
  Write(kSubject, std::string(subject.view()), row->Encode());
  ++pending_erasures_;
  return Ok();
}

bool Vault::dirty() const { return !buffer_.empty(); }

Status Vault::Commit() {
  if (buffer_.empty()) return Ok();
  Batch batch;
  for (const auto& [place, value] : buffer_) batch.Put(Space{place.first}, place.second, value);
  SAM_TRY(store_.Apply(batch, Durability::kNow));
  buffer_.clear();
  highest_.store(next_key_ - 1, std::memory_order_release);
  erasures_.fetch_add(std::exchange(pending_erasures_, 0), std::memory_order_acq_rel);
  return Ok();
}

Result<SecretKey> Vault::KeyIn(SubjectId subject, bool buffered) const {
  SAM_ASSIGN(const std::optional<Row> row, ReadRow(subject, buffered));
  if (!row) return NotFound("vault: no such subject");
  if (row->erased) return NotFound("vault: the key of this subject is erased");
  return Unwrap(kek_, row->wrapped, KeyAad(subject, row->key));
}

Result<SecretKey> Vault::KeyOf(SubjectId subject) const { return KeyIn(subject, false); }

Result<SecretKey> Vault::BufferedKeyOf(SubjectId subject) const { return KeyIn(subject, true); }

Result<SubjectId> Vault::Follow(SubjectId subject) const { return FollowIn(subject, false); }

Result<std::optional<SubjectId>> Vault::Find(std::string_view controller,
                                             const PersonId& id) const {
  SAM_ASSIGN(const std::optional<SecretKey> key, ControllerKey(controller, false));
  if (!key) return std::optional<SubjectId>();
  return FindIn(IndexKey(*key, id), false);
}

Status Vault::RequireAtLeast(KeyId in_log) const {
  if (highest() >= in_log) return Ok();
  return Corrupt("the vault's newest key is " + std::to_string(highest().value) +
                 " but the log used key " + std::to_string(in_log.value) +
                 ": an old copy of the vault was put back; restore the newest one");
}

Result<const SecretKey*> KeyCache::Get(SubjectId subject) {
  const uint64_t erasures = vault_.erasures();
  if (erasures != erasures_) Clear();
  erasures_ = erasures;
  const auto found = index_.find(subject);
  if (found != index_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return &entries_.front().key;
  }
  SAM_ASSIGN(SecretKey key, view_ == View::kBuffered ? vault_.BufferedKeyOf(subject)
                                                     : vault_.KeyOf(subject));
  if (entries_.size() >= limit_ && !entries_.empty()) {
    index_.erase(entries_.back().subject);
    entries_.pop_back();
  }
  entries_.push_front({subject, std::move(key)});
  index_[subject] = entries_.begin();
  return &entries_.front().key;
}

void KeyCache::Clear() {
  index_.clear();
  entries_.clear();
}

}  // namespace sam
