// What is checked before the hub serves: the store against its witnesses.
#include "broker/base/text.h"
#include "tests/unit/broker/journal/hub.h"

namespace sam::journal::test {
namespace {

class Recovery : public HubTest {
 protected:
  void Write(int from, int until) {
    for (int i = from; i < until; ++i) {
      const std::string n = std::to_string(i);
      hub_.Input(Event("e" + n, "m" + n, "c" + n));
    }
  }
  void Checkpoint() {
    hub_.journal_->Stop();
    ASSERT_TRUE(hub_.Work().ok());
    ASSERT_TRUE(Checkpoints::Latest(hub_.options_.checkpoints_path).ok());
  }
  void DropLastRecord() {
    const uint64_t last = hub_.mark_->get().value - 1;
    hub_.Tamper(spaces::kJournal, BigEndian64(last), std::nullopt);
    hub_.Tamper(spaces::kPayload, BigEndian64(last), std::nullopt);
  }
  void ForgetHighWater() {
    hub_.high_water_.reset();
    std::filesystem::remove(hub_.dir_ / "high-water");
  }
  void ExpectRefused(const std::string& text, Code code = Code::kCorrupt) {
    const Status started = hub_.Start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code, code) << started.error().message;
    EXPECT_THAT(started.error().message, testing::HasSubstr(text));
  }
};

TEST_F(Recovery, TheIdentityIsMadeOnceAndStays) {
  const HubId hub = hub_.journal_->hub();
  EXPECT_FALSE(hub.empty());
  EXPECT_EQ(hub_.journal_->epoch(), 1u);
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_EQ(hub_.journal_->hub(), hub);
  const auto identity = ReadIdentity(hub_.store_);
  ASSERT_TRUE(identity.ok() && identity->has_value());
  EXPECT_EQ((*identity)->format, kFormat);
}

TEST_F(Recovery, TheRootIsTheSameAfterARestartAtEverySize) {
  Tree tree;
  Batch ignored;
  for (int i = 0; i < 40; ++i) {
    Write(i, i + 1);
    tree.Append(LeafHash(hub_.Row(spaces::kJournal, BigEndian64(static_cast<uint64_t>(i)))),
                ignored);
    ASSERT_TRUE(hub_.CrashAndStart().ok());
    EXPECT_EQ(hub_.high_water_->mark().root, tree.Root());
  }
}

TEST_F(Recovery, ARolledBackStoreIsRefusedByTheHighWaterFile) {
  Write(0, 5);
  DropLastRecord();
  ExpectRefused("says that 5 records were on disk, the store has 4");
  ExpectRefused("recover --accept-loss");
}

TEST_F(Recovery, ARolledBackStoreIsRefusedByTheCheckpoint) {
  Write(0, 5);
  Checkpoint();
  DropLastRecord();
  ForgetHighWater();
  ExpectRefused("a checkpoint over 5 records was signed, the store has 4");
}

TEST_F(Recovery, ARewrittenRecordIsRefusedByTheHighWaterFile) {
  Write(0, 5);
  Header header = *DecodeHeader(hub_.Row(spaces::kJournal, BigEndian64(2)));
  header.peer = "someone else";
  hub_.Tamper(spaces::kJournal, BigEndian64(2), EncodeHeader(header));
  ExpectRefused("are not those that");
}

TEST_F(Recovery, ARewrittenRecordIsRefusedByTheCheckpoint) {
  Write(0, 5);
  Checkpoint();
  Header header = *DecodeHeader(hub_.Row(spaces::kJournal, BigEndian64(2)));
  header.peer = "someone else";
  hub_.Tamper(spaces::kJournal, BigEndian64(2), EncodeHeader(header));
  ForgetHighWater();
  ExpectRefused("last checkpoint was signed for");
}

TEST_F(Recovery, AnEmptyStoreBesideOldWitnessesIsRefused) {
  Write(0, 2);
  hub_.store_.~FaultStore();
  new (&hub_.store_)::sam::test::FaultStore();
  ExpectRefused("the store is empty");
  ForgetHighWater();
  ASSERT_TRUE(hub_.Start().ok());  // nothing is left that would know
}

TEST_F(Recovery, AnEmptyStoreBesideCheckpointsIsRefused) {
  Write(0, 2);
  Checkpoint();
  ForgetHighWater();
  hub_.store_.~FaultStore();
  new (&hub_.store_)::sam::test::FaultStore();
  ExpectRefused("holds signed checkpoints");
}

TEST_F(Recovery, ALostHighWaterFileAloneIsMadeAnew) {
  Write(0, 3);
  ForgetHighWater();
  ASSERT_TRUE(hub_.Start().ok());
  EXPECT_EQ(hub_.high_water_->mark().position, 3u);
}

TEST_F(Recovery, AVaultOlderThanTheLogIsRefused) {
  Write(0, 1);
  hub_.Input(Event("x", "x", "x", kOtherPerson));
  hub_.vault_store_.~FaultStore();
  new (&hub_.vault_store_)::sam::test::FaultStore();
  ExpectRefused("the vault is older than the log");
}

TEST_F(Recovery, ANewerFormatIsRefused) {
  Identity identity = **ReadIdentity(hub_.store_);
  identity.format = kFormat + 1;
  Batch batch;
  PutIdentity(identity, batch);
  ASSERT_TRUE(hub_.store_.Apply(batch, Durability::kNow).ok());
  ExpectRefused("start the newer program", Code::kInvalid);
}

TEST_F(Recovery, AnOlderFormatBecomesThisOneBeforeAnythingIsWritten) {
  Write(0, 2);
  Identity identity = **ReadIdentity(hub_.store_);
  identity.format = 1;
  Batch batch;
  PutIdentity(identity, batch);
  ASSERT_TRUE(hub_.store_.Apply(batch, Durability::kNow).ok());
  ASSERT_TRUE(hub_.Start().ok());
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_EQ((*ReadIdentity(hub_.store_))->format, kFormat);
  EXPECT_TRUE(hub_.Verify().sound());
}

TEST_F(Recovery, RecordsWithoutIdentityAreRefused) {
  Write(0, 1);
  hub_.Tamper(spaces::kMeta, "identity", std::nullopt);
  ExpectRefused("no identity");
}

TEST_F(Recovery, AnotherSigningKeyIsNoticed) {
  Write(0, 2);
  Checkpoint();
  hub_.signing_ = SigningKey::Generate();
  ExpectRefused("cannot be verified");
}

TEST_F(Recovery, AnUnreadableCheckpointFileIsRefused) {
  Write(0, 2);
  Checkpoint();
  std::filesystem::resize_file(hub_.options_.checkpoints_path, 20);
  ExpectRefused("checkpoint");
}

TEST_F(Recovery, ALastRecordInTheWrongPlaceIsRefused) {
  Write(0, 2);
  hub_.Tamper(spaces::kJournal, BigEndian64(1), hub_.Row(spaces::kJournal, BigEndian64(0)));
  ExpectRefused("says it is record 0");
}

TEST_F(Recovery, AMissingRecordInTheLastTileIsRefused) {
  Write(0, 5);
  hub_.Tamper(spaces::kJournal, BigEndian64(1), std::nullopt);
  ExpectRefused("record 1 is missing");
}

TEST_F(Recovery, AcceptingALossStartsANewEpoch) {
  Write(0, 5);
  Checkpoint();
  DropLastRecord();
  ASSERT_FALSE(hub_.Start().ok());
  const auto identity =
      StartEpoch(hub_.store_, *hub_.high_water_, hub_.options_.checkpoints_path, Millis(0));
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->epoch, 2u);
  EXPECT_TRUE(std::filesystem::exists(hub_.options_.checkpoints_path + ".epoch-1"));
  ASSERT_TRUE(hub_.Start().ok());
  EXPECT_EQ(hub_.journal_->epoch(), 2u);
  EXPECT_EQ(hub_.mark_->get(), Offset(4));
}

TEST_F(Recovery, AnEpochCutHalfwayIsStartedAgain) {
  Write(0, 2);
  const std::string file = hub_.dir_ / "high-water";
  std::filesystem::copy_file(file, hub_.dir_ / "before");
  ASSERT_TRUE(StartEpoch(hub_.store_, *hub_.high_water_, hub_.options_.checkpoints_path, Millis(0)).ok());
  hub_.high_water_.reset();
  std::filesystem::copy_file(hub_.dir_ / "before", file,
                             std::filesystem::copy_options::overwrite_existing);
  ExpectRefused("is of epoch 1, the store of epoch 2");
  ASSERT_TRUE(StartEpoch(hub_.store_, *hub_.high_water_, hub_.options_.checkpoints_path, Millis(0)).ok());
  ASSERT_TRUE(hub_.Start().ok());
  EXPECT_EQ(hub_.journal_->epoch(), 3u);
}

// The disk dies, a backup is put back; before the next backup that disk dies too. Receivers hold
// numbers of the epoch between, and none of the local files knows of it.
TEST_F(Recovery, TheSameBackupPutBackTwiceGivesTwoEpochs) {
  Write(0, 2);
  const auto backup = ReadIdentity(hub_.store_);
  ASSERT_TRUE(backup.ok() && backup->has_value());
  const auto put_back = [&](const std::string& disk, Millis now) {
    Batch batch;
    PutIdentity(**backup, batch);
    EXPECT_TRUE(hub_.store_.Apply(batch, Durability::kNow).ok());
    const auto high_water = HighWater::Open(hub_.dir_ / disk, true);
    const auto begun = StartEpoch(hub_.store_, **high_water, hub_.dir_ / (disk + "-checkpoints"), now);
    EXPECT_TRUE(begun.ok());
    return begun.ok() ? begun->epoch : 0;
  };
  const uint32_t first = put_back("one", Millis(1'772'000'000'000));
  const uint32_t second = put_back("two", Millis(1'772'000'001'000));
  EXPECT_GT(first, (*backup)->epoch);
  EXPECT_GT(second, first);
  EXPECT_GT(put_back("three", Millis(0)), (*backup)->epoch) << "a clock at zero still begins anew";
}

TEST_F(Recovery, AStoreWithoutIdentityHasNoEpoch) {
  ::sam::test::FaultStore empty;
  const auto identity = StartEpoch(empty, *hub_.high_water_, hub_.options_.checkpoints_path, Millis(0));
  ASSERT_FALSE(identity.ok());
  EXPECT_EQ(identity.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace sam::journal::test
