#include "broker/store/vault.h"

#include <gtest/gtest.h>

#include "tests/support/fault_store.h"

namespace sam {
namespace {

using test::FaultStore;
constexpr char kRegion[] = "232100-0016/bvc";
constexpr char kTown[] = "212000-0142/social";

PersonId Person(const std::string& value) { return {"urn:oid:1.2.752.129.2.1.3.1", value}; }
PersonId Reserve(const std::string& value) { return {"urn:oid:reserve", value}; }

class VaultTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    vault_.reset();
    auto opened = Vault::Open(store_, kek_.Clone());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    vault_ = std::move(opened).value();
  }
  Vault::Resolved Resolve(const std::vector<PersonId>& ids, const char* controller = kRegion) {
    auto out = vault_->Resolve(controller, ids);
    EXPECT_TRUE(out.ok()) << out.error().message;
    return *out;
  }
  FaultStore store_{3};
  SecretKey kek_ = SecretKey::Random();
  std::unique_ptr<Vault> vault_;
};

TEST_F(VaultTest, TheSamePersonIsTheSameSubjectAlsoAfterReopen) {
  const auto first = Resolve({Person("195009072553")});
  EXPECT_TRUE(first.created);
  EXPECT_EQ(first.key, KeyId(1));
  const auto again = Resolve({Person("195009072553")});
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.subject, first.subject);
  ASSERT_TRUE(vault_->Commit().ok());
  Reopen();
  EXPECT_EQ(Resolve({Person("195009072553")}).subject, first.subject);
  EXPECT_NE(Resolve({Person("196101182803")}).subject, first.subject);
  EXPECT_NE(Resolve({{"urn:other", "195009072553"}}).subject, first.subject);
}

TEST_F(VaultTest, ControllersNeverShareASubject) {
  const auto region = Resolve({Person("195009072553")}, kRegion);
  const auto town = Resolve({Person("195009072553")}, kTown);
  EXPECT_NE(region.subject, town.subject);
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_EQ(**vault_->Find(kRegion, Person("195009072553")), region.subject);
  EXPECT_EQ(**vault_->Find(kTown, Person("195009072553")), town.subject);
  EXPECT_FALSE(vault_->Find("unknown", Person("195009072553"))->has_value());
  EXPECT_FALSE(vault_->Find(kTown, Person("196101182803"))->has_value());
}

TEST_F(VaultTest, WithoutIdsEachIsAFreshSubject) {
  const auto a = Resolve({});
  const auto b = Resolve({});
  EXPECT_TRUE(a.created && b.created);
  EXPECT_NE(a.subject, b.subject);
  EXPECT_NE(a.key, b.key);
}

TEST_F(VaultTest, NewIdsAreIndexedToTheSubjectFound) {
  const auto child = Resolve({Reserve("20210325K069")});
  const auto both = Resolve({Reserve("20210325K069"), Person("202512012384")});
  EXPECT_EQ(both.subject, child.subject);
  EXPECT_TRUE(both.others.empty());
  EXPECT_EQ(Resolve({Person("202512012384")}).subject, child.subject);
}

TEST_F(VaultTest, TwoSubjectsOfOnePersonAreReportedNotMerged) {
  const auto a = Resolve({Reserve("20210325K069")});
  const auto b = Resolve({Person("195009072553")});
  const auto both = Resolve({Reserve("20210325K069"), Person("195009072553"),
                             Person("195009072553")});
  EXPECT_EQ(both.subject, a.subject);
  ASSERT_EQ(both.others.size(), 1u);
  EXPECT_EQ(both.others[0], b.subject);
  EXPECT_EQ(Resolve({Person("195009072553")}).subject, b.subject);
}

TEST_F(VaultTest, LinksAreFollowedAndCanBeUndone) {
  const auto a = Resolve({Reserve("20210325K069")});
  const auto b = Resolve({Person("195009072553")});
  const auto c = Resolve({Person("196101182803")});
  ASSERT_TRUE(vault_->Link(kRegion, a.subject, b.subject).ok());
  ASSERT_TRUE(vault_->Link(kRegion, b.subject, c.subject).ok());
  EXPECT_EQ(Resolve({Reserve("20210325K069")}).subject, c.subject);
  EXPECT_EQ(Resolve({Reserve("20210325K069")}).key, c.key);
  ASSERT_TRUE(vault_->Commit().ok());
  Reopen();
  EXPECT_EQ(*vault_->Follow(a.subject), c.subject);
  EXPECT_EQ(**vault_->Find(kRegion, Reserve("20210325K069")), c.subject);
  EXPECT_FALSE(*vault_->KeyOf(a.subject) == *vault_->KeyOf(c.subject));  // each keeps its own
  ASSERT_TRUE(vault_->Link(kRegion, b.subject, b.subject).ok());
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_EQ(*vault_->Follow(a.subject), b.subject);
  EXPECT_EQ(*vault_->Follow(c.subject), c.subject);
}

TEST_F(VaultTest, LinksThatMakeNoSenseAreRefused) {
  const auto a = Resolve({Reserve("20210325K069")});
  const auto b = Resolve({Person("195009072553")});
  const auto c = Resolve({Person("196101182803")});
  const auto other = Resolve({Person("195009072553")}, kTown);
  ASSERT_TRUE(vault_->Link(kRegion, a.subject, b.subject).ok());
  ASSERT_TRUE(vault_->Link(kRegion, b.subject, c.subject).ok());
  EXPECT_EQ(vault_->Link(kRegion, c.subject, a.subject).error().code, Code::kConflict);
  EXPECT_EQ(vault_->Link(kRegion, b.subject, a.subject).error().code, Code::kConflict);
  EXPECT_EQ(vault_->Link(kRegion, a.subject, other.subject).error().code, Code::kDenied);
  EXPECT_EQ(vault_->Link(kTown, a.subject, b.subject).error().code, Code::kDenied);
  const SubjectId nobody = *SubjectId::From(std::string(16, 'x'));
  EXPECT_EQ(vault_->Link(kRegion, a.subject, nobody).error().code, Code::kNotFound);
  EXPECT_EQ(vault_->Link(kRegion, nobody, a.subject).error().code, Code::kNotFound);
  EXPECT_EQ(vault_->Follow(nobody).error().code, Code::kNotFound);
}

TEST_F(VaultTest, KeysOfABatchAreThereBeforeAndAfterCommit) {
  const auto a = Resolve({Person("195009072553")});
  EXPECT_EQ(vault_->KeyOf(a.subject).error().code, Code::kNotFound);
  const SecretKey buffered = std::move(vault_->BufferedKeyOf(a.subject)).value();
  EXPECT_EQ(vault_->highest(), KeyId(0));
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_EQ(vault_->highest(), KeyId(1));
  EXPECT_TRUE(*vault_->KeyOf(a.subject) == buffered);
  store_.Crash();
  Reopen();
  EXPECT_TRUE(*vault_->KeyOf(a.subject) == buffered);
}

TEST_F(VaultTest, CommitSyncsOnlyWhenThereIsSomethingNew) {
  Resolve({Person("195009072553")});
  EXPECT_TRUE(vault_->dirty());
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_FALSE(vault_->dirty());
  const uint64_t syncs = store_.syncs();
  Resolve({Person("195009072553")});
  EXPECT_FALSE(vault_->dirty());
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_EQ(store_.syncs(), syncs);
}

TEST_F(VaultTest, AFullDiskKeepsTheBufferForTheNextCommit) {
  const auto a = Resolve({Person("195009072553")});
  store_.SetFull(true);
  EXPECT_EQ(vault_->Commit().error().code, Code::kExhausted);
  EXPECT_TRUE(vault_->dirty());
  EXPECT_EQ(vault_->highest(), KeyId(0));
  store_.SetFull(false);
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_TRUE(vault_->KeyOf(a.subject).ok());
}

TEST_F(VaultTest, AnErasedKeyIsGoneAndThePersonComesBackAsSomebodyNew) {
  const auto a = Resolve({Person("195009072553")});
  ASSERT_TRUE(vault_->Commit().ok());
  ASSERT_TRUE(vault_->Erase(a.subject).ok());
  EXPECT_EQ(vault_->BufferedKeyOf(a.subject).error().code, Code::kNotFound);
  EXPECT_TRUE(vault_->KeyOf(a.subject).ok());  // until committed
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_EQ(vault_->KeyOf(a.subject).error().code, Code::kNotFound);
  EXPECT_EQ(vault_->Erase(a.subject).error().code, Code::kNotFound);
  EXPECT_FALSE(vault_->Find(kRegion, Person("195009072553"))->has_value());
  const auto b = Resolve({Person("195009072553")});
  EXPECT_TRUE(b.created);
  EXPECT_NE(b.subject, a.subject);
  EXPECT_EQ(b.key, KeyId(2));
  EXPECT_EQ(vault_->Link(kRegion, a.subject, b.subject).error().code, Code::kNotFound);
  EXPECT_EQ(vault_->Erase(*SubjectId::From(std::string(16, 'x'))).error().code, Code::kNotFound);
}

TEST_F(VaultTest, APersonLinkedToAnErasedSubjectIsNew) {
  const auto a = Resolve({Reserve("20210325K069")});
  const auto b = Resolve({Person("195009072553")});
  ASSERT_TRUE(vault_->Link(kRegion, a.subject, b.subject).ok());
  ASSERT_TRUE(vault_->Erase(b.subject).ok());
  EXPECT_TRUE(Resolve({Reserve("20210325K069")}).created);
}

TEST_F(VaultTest, KeyIdsAreNeverReusedAlsoAfterErasingAll) {
  const auto a = Resolve({});
  ASSERT_TRUE(vault_->Erase(a.subject).ok());
  ASSERT_TRUE(vault_->Commit().ok());
  Reopen();
  EXPECT_EQ(vault_->highest(), KeyId(1));
  EXPECT_EQ(Resolve({}).key, KeyId(2));
}

TEST_F(VaultTest, TheWrongKekIsRefusedByNameOfItsFile) {
  Resolve({Person("195009072553")});
  ASSERT_TRUE(vault_->Commit().ok());
  const auto wrong = Vault::Open(store_, SecretKey::Random(), "/etc/samsignal/kek");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, Code::kDenied);
  EXPECT_NE(wrong.error().message.find("/etc/samsignal/kek"), std::string::npos);
  EXPECT_TRUE(Vault::Open(store_, kek_.Clone()).ok());
}

TEST_F(VaultTest, AVaultOlderThanTheLogIsRefusedANewerOneIsNot) {
  Resolve({});
  Resolve({});
  ASSERT_TRUE(vault_->Commit().ok());
  ASSERT_TRUE(store_.Checkpoint("old").ok());
  Resolve({});
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_TRUE(vault_->RequireAtLeast(KeyId(3)).ok());
  EXPECT_TRUE(vault_->RequireAtLeast(KeyId(2)).ok());
  const auto old_store = store_.OpenCheckpoint("old");
  const auto old = Vault::Open(*old_store, kek_.Clone());
  ASSERT_TRUE(old.ok());
  EXPECT_EQ((*old)->RequireAtLeast(KeyId(3)).error().code, Code::kCorrupt);
}

TEST_F(VaultTest, DamagedRowsAreCorruptNeverANewSubject) {
  const auto a = Resolve({Person("195009072553")});
  ASSERT_TRUE(vault_->Commit().ok());
  const std::string key(a.subject.view());
  const std::string row = **store_.Get(Space{1}, key);
  for (size_t length : {size_t{0}, size_t{10}, size_t{60}}) {
    Batch batch;
    batch.Put(Space{1}, key, row.substr(0, length));
    ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
    EXPECT_EQ(vault_->Resolve(kRegion, {Person("195009072553")}).error().code, Code::kCorrupt);
    EXPECT_EQ(vault_->KeyOf(a.subject).error().code, Code::kCorrupt);
  }
  Batch newer;
  newer.Put(Space{1}, key, "\x02" + row.substr(1));
  ASSERT_TRUE(store_.Apply(newer, Durability::kNow).ok());
  EXPECT_EQ(vault_->KeyOf(a.subject).error().code, Code::kCorrupt);
  Batch gone;
  gone.Delete(Space{1}, key);
  ASSERT_TRUE(store_.Apply(gone, Durability::kNow).ok());
  EXPECT_EQ(vault_->Resolve(kRegion, {Person("195009072553")}).error().code, Code::kCorrupt);
  Batch canary;
  canary.Delete(Space{0}, "canary");
  ASSERT_TRUE(store_.Apply(canary, Durability::kNow).ok());
  EXPECT_EQ(Vault::Open(store_, kek_.Clone()).error().code, Code::kCorrupt);
}

TEST_F(VaultTest, AWrappedKeyMovedToAnotherSubjectDoesNotOpen) {
  const auto a = Resolve({});
  const auto b = Resolve({});
  ASSERT_TRUE(vault_->Commit().ok());
  Batch batch;
  batch.Put(Space{1}, std::string(b.subject.view()),
            **store_.Get(Space{1}, a.subject.view()));
  ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(vault_->KeyOf(b.subject).error().code, Code::kCorrupt);
}

TEST_F(VaultTest, InputsBeyondTheLimitsAreInvalid) {
  EXPECT_EQ(vault_->Resolve("", {}).error().code, Code::kInvalid);
  EXPECT_EQ(vault_->Resolve(kRegion, {Person("")}).error().code, Code::kInvalid);
  std::vector<PersonId> ids(Vault::kMaxIds, Person("195009072553"));
  EXPECT_TRUE(vault_->Resolve(kRegion, ids).ok());
  ids.push_back(Person("195009072553"));
  EXPECT_EQ(vault_->Resolve(kRegion, ids).error().code, Code::kInvalid);
}

TEST_F(VaultTest, NothingInTheStoreTellsWhoItIs) {
  Resolve({Person("195009072553")});
  ASSERT_TRUE(vault_->Commit().ok());
  const SecretKey key = std::move(vault_->KeyOf(*vault_->Find(kRegion, Person("195009072553"))
                                                     .value())).value();
  for (uint8_t space = 0; space < 3; ++space)
    ASSERT_TRUE(store_.Scan(Space{space}, "", "", [&](std::string_view k, std::string_view v) {
      for (std::string_view bytes : {k, v}) {
        EXPECT_EQ(bytes.find("195009072553"), std::string_view::npos);
        EXPECT_EQ(bytes.find(key.view()), std::string_view::npos);
        EXPECT_EQ(bytes.find(kek_.view()), std::string_view::npos);
      }
      return true;
    }).ok());
}

TEST_F(VaultTest, ReadErrorsOfTheStoreArePassedOn) {
  const auto a = Resolve({Person("195009072553")});
  ASSERT_TRUE(vault_->Commit().ok());
  store_.FailNextRead(Corrupt("rot"));
  EXPECT_EQ(vault_->Resolve(kRegion, {Person("195009072553")}).error().code, Code::kCorrupt);
  store_.FailNextRead(Unavailable("io"));
  EXPECT_EQ(vault_->KeyOf(a.subject).error().code, Code::kUnavailable);
  store_.FailNextRead(Unavailable("io"));
  EXPECT_EQ(Vault::Open(store_, kek_.Clone()).error().code, Code::kUnavailable);
}

TEST_F(VaultTest, AHubKeyIsMadeOnceAndDurableAtOnce) {
  const auto payload = vault_->HubKey("payload");
  ASSERT_TRUE(payload.ok());
  EXPECT_FALSE(*vault_->HubKey("index") == *payload);
  store_.Crash();
  Reopen();
  EXPECT_TRUE(*vault_->HubKey("payload") == *payload);
}

TEST_F(VaultTest, KeyCacheIsBoundedAndDropsErasedKeys) {
  const auto a = Resolve({});
  const auto b = Resolve({});
  const auto c = Resolve({});
  KeyCache writer(*vault_, KeyCache::View::kBuffered);
  EXPECT_TRUE(writer.Get(a.subject).ok());
  KeyCache reader(*vault_, KeyCache::View::kCommitted, 2);
  EXPECT_EQ(reader.Get(a.subject).error().code, Code::kNotFound);
  ASSERT_TRUE(vault_->Commit().ok());
  for (const SubjectId& subject : {a.subject, b.subject, a.subject, c.subject}) {
    const auto key = reader.Get(subject);
    ASSERT_TRUE(key.ok());
    EXPECT_TRUE(**key == *vault_->KeyOf(subject));
    EXPECT_LE(reader.size(), 2u);
  }
  store_.FailNextRead(Unavailable("not cached"));
  EXPECT_TRUE(reader.Get(a.subject).ok());  // used later than b, so b was dropped
  EXPECT_EQ(reader.Get(b.subject).error().code, Code::kUnavailable);
  ASSERT_TRUE(vault_->Erase(a.subject).ok());
  ASSERT_TRUE(vault_->Commit().ok());
  EXPECT_EQ(reader.Get(a.subject).error().code, Code::kNotFound);
  EXPECT_EQ(writer.Get(a.subject).error().code, Code::kNotFound);
  EXPECT_TRUE(reader.Get(c.subject).ok());
}

}  // namespace
}  // namespace sam
