#include "broker/journal/recovery.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/crypto/secret.h"
#include "broker/journal/checkpoints.h"
#include "broker/store/spaces.h"

namespace sam::journal {
namespace {

constexpr std::string_view kIdentityKey = "identity";
constexpr const char* kWhatToDo =
    "; put back the newest store, or restore a backup and let the sources send again: "
    "`samsignal recover --accept-loss` starts a new epoch from what there is";

Error Behind(const std::string& what) { return Corrupt(what + kWhatToDo); }

Result<Identity> Create(Store& store, const Witnesses& witnesses, const Clock& clock) {
  if (witnesses.high_water.mark().position > 0)
    return Behind("the store is empty, but " + witnesses.high_water.path() + " says that " +
                  std::to_string(witnesses.high_water.mark().position) + " records were written");
  SAM_ASSIGN(const auto notes, Checkpoints::ReadAll(witnesses.checkpoints_path));
  if (!notes.empty())
    return Behind("the store is empty, but " + witnesses.checkpoints_path +
                  " holds signed checkpoints of a log");
  Identity identity;
  identity.hub = *HubId::From(RandomBytes(HubId::kSize));
  identity.format = kFormat;
  identity.created = clock.Now();
  identity.highest_key = witnesses.vault.highest();
  Batch batch;
  PutIdentity(identity, batch);
  SAM_TRY(store.Apply(batch, Durability::kNow));
  log::Info("journal", "created", {{"hub", ToHex(identity.hub.view())}});
  return identity;
}

// Before the first record of the newer format, so that no older hub reads it.
Status Raise(Store& store, Identity& identity) {
  if (identity.format >= kFormat) return Ok();
  log::Info("journal", "format-raised", {{"from", identity.format}, {"to", kFormat}});
  identity.format = kFormat;
  Batch batch;
  PutIdentity(identity, batch);
  return store.Apply(batch, Durability::kNow);
}

Status CheckHighWater(const Store& store, const HighWater& high_water, const Identity& identity,
                      uint64_t size) {
  const HighWater::Mark& mark = high_water.mark();
  if (mark.position == 0) {
    // The first start, or the file was made anew: the checkpoints are the witness then.
    if (size > 0) log::Warn("journal", "high-water-empty", {{"records", size}});
    return Ok();
  }
  const std::string& where = high_water.path();
  if (mark.epoch != identity.epoch)
    return Behind(where + " is of epoch " + std::to_string(mark.epoch) + ", the store of epoch " +
                  std::to_string(identity.epoch));
  if (mark.position > size)
    return Behind(where + " says that " + std::to_string(mark.position) +
                  " records were on disk, the store has " + std::to_string(size));
  SAM_ASSIGN(const Digest root, TreeReader(store).RootAt(mark.position));
  if (root != mark.root)
    return Behind("the first " + std::to_string(mark.position) +
                  " records are not those that " + where + " was written for");
  return Ok();
}

Status CheckCheckpoint(const Store& store, const Witnesses& witnesses, const Identity& identity,
                       uint64_t size) {
  SAM_ASSIGN(const auto notes, Checkpoints::ReadAll(witnesses.checkpoints_path));
  if (notes.empty()) return Ok();
  const auto last =
      VerifyCheckpoint(notes.back(), CheckpointOrigin(identity.hub), witnesses.public_key);
  if (!last.ok())
    return Corrupt(witnesses.checkpoints_path + ": the last checkpoint cannot be verified: " +
                   last.error().message +
                   "; check that the signing key and the store belong to this hub");
  if (last->size > size)
    return Behind("a checkpoint over " + std::to_string(last->size) +
                  " records was signed, the store has " + std::to_string(size));
  SAM_ASSIGN(const Digest root, TreeReader(store).RootAt(last->size));
  if (root != last->root)
    return Behind("the first " + std::to_string(last->size) +
                  " records are not those that the last checkpoint was signed for");
  return Ok();
}

}  // namespace

Result<std::optional<Identity>> ReadIdentity(const Store& store) {
  SAM_ASSIGN(const auto row, store.Get(spaces::kMeta, kIdentityKey));
  if (!row) return std::optional<Identity>();
  SAM_ASSIGN(Identity identity, DecodeIdentity(*row));
  return std::optional<Identity>(identity);
}

void PutIdentity(const Identity& identity, Batch& batch) {
  batch.Put(spaces::kMeta, std::string(kIdentityKey), EncodeIdentity(identity));
}

Result<uint64_t> NextOffset(const Store& store) {
  uint64_t next = 0;
  bool sound = true;
  SAM_TRY(store.ScanBack(spaces::kJournal, "", "", [&](std::string_view key, std::string_view) {
    sound = key.size() == 8;
    if (sound) next = ReadBigEndian64(key) + 1;
    return false;
  }));
  if (!sound) return Corrupt("journal: the last key is not an offset; restore from a backup");
  return next;
}

std::string CheckpointOrigin(const HubId& hub) { return "samsignal/" + ToHex(hub.view()); }

Result<Recovered> Recover(Store& store, const Witnesses& witnesses, const Clock& clock) {
  Recovered out;
  SAM_ASSIGN(const uint64_t next, NextOffset(store));
  SAM_ASSIGN(const auto identity, ReadIdentity(store));
  if (identity) {
    out.identity = *identity;
  } else if (next > 0) {
    return Corrupt("journal: the store has records but no identity; restore from a backup");
  } else {
    SAM_ASSIGN(out.identity, Create(store, witnesses, clock));
  }
  if (out.identity.format > kFormat)
    return Invalid("journal: the store has format " + std::to_string(out.identity.format) +
                   ", this program knows " + std::to_string(kFormat) +
                   "; start the newer program again");
  SAM_TRY(Raise(store, out.identity));
  const Status keys = witnesses.vault.RequireAtLeast(out.identity.highest_key);
  if (!keys.ok()) return Wrap("the vault is older than the log", keys.error());
  if (next > 0) {
    SAM_ASSIGN(const auto bytes, store.Get(spaces::kJournal, BigEndian64(next - 1)));
    if (!bytes) return Corrupt("journal: the last record vanished while it was read");
    SAM_ASSIGN(const Header last, DecodeHeader(*bytes));
    if (last.offset.value != next - 1)
      return Corrupt("journal: record " + std::to_string(next - 1) + " says it is record " +
                     std::to_string(last.offset.value) + "; restore from a backup");
    out.last_time = last.time;
  }
  SAM_ASSIGN(out.tree, Tree::Rebuild(store, next));
  SAM_TRY(CheckHighWater(store, witnesses.high_water, out.identity, next));
  SAM_TRY(CheckCheckpoint(store, witnesses, out.identity, next));
  return out;
}

Result<Identity> StartEpoch(Store& store, HighWater& high_water,
                            const std::string& checkpoints_path, Millis now) {
  SAM_ASSIGN(const auto found, ReadIdentity(store));
  if (!found) return NotFound("journal: this store has no identity; there is nothing to recover");
  Identity identity = *found;
  const uint32_t old_epoch = std::max(identity.epoch, high_water.mark().epoch);
  const int64_t seconds = std::clamp<int64_t>(now.value / kSecondMs, 0, UINT32_MAX);
  identity.epoch = std::max(old_epoch + 1, static_cast<uint32_t>(seconds));
  SAM_ASSIGN(const uint64_t next, NextOffset(store));
  SAM_ASSIGN(const Tree tree, Tree::Rebuild(store, next));
  Batch batch;
  PutIdentity(identity, batch);
  // Store first: cut here, the epochs differ, the hub refuses to start and this is run again.
  SAM_TRY(store.Apply(batch, Durability::kNow));
  const std::string aside = checkpoints_path + ".epoch-" + std::to_string(old_epoch);
  if (std::rename(checkpoints_path.c_str(), aside.c_str()) != 0 && errno != ENOENT)
    return Unavailable("moving " + checkpoints_path + " aside: " + std::strerror(errno));
  SAM_TRY(high_water.Write({next, identity.epoch, tree.Root()}));
  log::Warn("journal", "epoch-started", {{"epoch", identity.epoch}, {"records", next}});
  return identity;
}

}  // namespace sam::journal
