// Erasures beyond a crash and beyond a restore: whoever was erased once stays so, whatever the disk brings back.
#include "broker/admin/erasures.h"
#include "broker/base/log.h"
#include "broker/dispatch/disposal.h"
#include "broker/hub.h"
#include "broker/store/rocks_store.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam {
// Out of the vault's files and its write-ahead log: small, a row a child.
Status Hub::ForgetKeys() {
  for (uint8_t space = 0; space < VaultSpaces().size(); ++space)
    SAM_TRY(RocksStore::EraseForGood(*vault_store_, Space{space}));
  return Ok();
}

// Before anybody reads. The log may know of an erasure that a crash kept from the vault; the list of erasures of
// one that a restored backup has not heard of. The second kind is told to the log in Start.
Status Hub::RepeatErasures() {
  SAM_ASSIGN(const auto known, dispatch::ReadErased(*store_));
  SAM_ASSIGN(const admin::Erasures listed, admin::ReadErasures(paths_.erased));
  size_t found = 0;
  const auto erase = [&](const SubjectId& subject) -> Status {
    const Status erased = vault_->Erase(subject);
    found += erased.ok() ? 1 : 0;
    return erased.ok() || erased.error().code == Code::kNotFound ? Ok() : erased;
  };
  admin::Erasures all;
  for (const auto& [subject, row] : known) {
    all.emplace(subject, row.at);
    SAM_TRY(erase(subject));
  }
  erase_again_.clear();
  for (const auto& [subject, at] : listed) {
    if (known.contains(subject)) continue;
    SAM_TRY(erase(subject));
    erase_again_.push_back(subject);
  }
  if (found > 0) {
    SAM_TRY(vault_->Commit());
    SAM_TRY(ForgetKeys());
    log::Warn("main", "erased-again", {{"keys", found}});
  }
  return admin::AddErasures(paths_.erased, all);
}

// What the restored log still derives of them, and what waits for them, goes by the same command as the first time.
Status Hub::JournalErasures() {
  if (erase_again_.empty()) return Ok();
  capnp::MallocMessageBuilder message;
  auto command = message.initRoot<schema::Command>();
  command.setOperator("hub");
  command.setReason("the list of erasures: done before, and brought back by a restore");
  auto erase = command.getAction().initErase();
  auto subjects = erase.initSubjects(static_cast<unsigned>(erase_again_.size()));
  for (unsigned i = 0; i < subjects.size(); ++i)
    subjects.set(i, wire::AsData(erase_again_[i].view()));
  erase.setDespite(true);
  journal::Draft draft;
  draft.kind = journal::Kind::COMMAND;
  draft.payload = wire::Flatten(message);
  draft.peer = "hub";
  std::vector<journal::Draft> drafts;
  drafts.push_back(std::move(draft));
  return JournalOwn(std::move(drafts), "the list of erasures", true);
}

// Admin's thread, after dispatch has folded the command. kConflict: it was refused there.
Status Hub::Erased(const std::vector<SubjectId>& subjects) const {
  admin::Erasures done;
  for (const SubjectId& subject : subjects) {
    SAM_ASSIGN(const auto row, dispatch::ErasedOf(*store_, subject));
    if (!row)
      return Conflict("nothing was erased: a report of concern about this person is held, not delivered or not "
                      "answered; look at it with `samsignal erase` without --confirm, and say --despite-report if it "
                      "is to go all the same");
    done.emplace(subject, row->at);
  }
  const Status listed = admin::AddErasures(paths_.erased, done);
  if (!listed.ok())
    return Wrap("erased, but not written to the list of erasures; it will be at the next start", listed.error());
  return Ok();
}

}  // namespace sam
