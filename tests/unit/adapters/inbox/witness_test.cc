// The agency as a witness: which checkpoint of the hub's it keeps, and what it finds of a log that was
// rewritten, cut or rolled back.
#include "adapters/inbox/witness.h"

#include "broker/crypto/merkle.h"
#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

class AgencysWitness : public InboxTest {
 protected:
  // A log whose records are "seed 0", "seed 1", ...
  static LeafSource Log(const std::string& seed, uint64_t forked_at = UINT64_MAX) {
    return [=](uint64_t index) -> Result<Digest> {
      return LeafHash((index < forked_at ? seed : seed + " other") + " " + std::to_string(index));
    };
  }
  std::string Note(const LeafSource& log, uint64_t size, int epoch = 1, const SigningKey* key = nullptr) {
    Checkpoint checkpoint;
    checkpoint.origin = "samsignal/0011223344556677";
    checkpoint.size = size;
    checkpoint.root = RootOf(log, size).value();
    checkpoint.extensions = {"epoch " + std::to_string(epoch)};
    return FormatCheckpoint(checkpoint, key == nullptr ? key_ : *key).value();
  }
  wire::CheckpointWord Word(const LeafSource& log, uint64_t from, uint64_t size, int epoch = 1) {
    wire::CheckpointWord word;
    word.note = Note(log, size, epoch);
    word.from = from;
    if (from > 0 && from <= size) word.consistency = ConsistencyProof(log, from, size).value();
    word.key = std::string(key_.public_key().view());
    return word;
  }
  void Tell(const wire::CheckpointWord& word) { ASSERT_TRUE(inbox_->witness().TakeCheckpoint(word).ok()); }
  const Witness& Kept() { return inbox_->witness(); }

  SigningKey key_ = SigningKey::Generate();
};

TEST_F(AgencysWitness, KeepsTheNewestOfALogThatOnlyGrewAlsoThroughAPowerCut) {
  Tell(Word(Log("a"), 0, 5));
  EXPECT_EQ(Kept().KeptRecords(), 5u);
  Tell(Word(Log("a"), 5, 9));
  EXPECT_EQ(Kept().KeptRecords(), 9u);
  CrashAndOpen();
  EXPECT_EQ(Kept().KeptRecords(), 9u);
  EXPECT_EQ(Kept().alarm(), "");
  Tell(Word(Log("a"), 9, 9));
  EXPECT_EQ(Kept().alarm(), "");
}

TEST_F(AgencysWitness, ALogThatWasRewrittenIsFoundAndTheOldCheckpointStays) {
  Tell(Word(Log("a"), 0, 5));
  Tell(Word(Log("a", 3), 5, 9));
  EXPECT_EQ(Kept().alarm(), "no-proof");
  EXPECT_EQ(Kept().KeptRecords(), 5u);
  CrashAndOpen();
  EXPECT_EQ(Kept().alarm(), "no-proof");
  Tell(Word(Log("a"), 5, 9));  // the true one is back
  EXPECT_EQ(Kept().alarm(), "");
  EXPECT_EQ(Kept().KeptRecords(), 9u);
}

TEST_F(AgencysWitness, AsManyRecordsAndAnotherRootIsARewrittenLog) {
  Tell(Word(Log("a"), 0, 5));
  Tell(Word(Log("a", 4), 5, 5));
  EXPECT_EQ(Kept().alarm(), "rewritten");
}

TEST_F(AgencysWitness, ALogThatWasCutIsFound) {
  Tell(Word(Log("a"), 0, 5));
  Tell(Word(Log("a"), 5, 4));
  EXPECT_EQ(Kept().alarm(), "shorter");
}

TEST_F(AgencysWitness, AnotherKeyOrABadSignatureIsFound) {
  Tell(Word(Log("a"), 0, 5));
  wire::CheckpointWord word = Word(Log("a"), 5, 6);
  const SigningKey other = SigningKey::Generate();
  word.key = std::string(other.public_key().view());
  word.note = Note(Log("a"), 6, 1, &other);
  Tell(word);
  EXPECT_EQ(Kept().alarm(), "other-key");
  word.key = std::string(key_.public_key().view());
  Tell(word);
  EXPECT_EQ(Kept().alarm(), "not-signed");
}

TEST_F(AgencysWitness, ARestoredHubBeginsANewEpochWhichIsKeptBesideTheOld) {
  Tell(Word(Log("a"), 0, 9));
  Tell(Word(Log("a", 5), 9, 7, 2));
  EXPECT_EQ(Kept().alarm(), "");
  EXPECT_EQ(Kept().KeptRecords(), 7u);
  EXPECT_NE(Kept().before().find("\n9\n"), std::string::npos) << Kept().before();
  Tell(Word(Log("a"), 7, 12, 1));
  EXPECT_EQ(Kept().alarm(), "shorter") << "an older copy of the hub";
}

TEST_F(AgencysWitness, BeginsAnewOnlyForAReasonThatStandsInTheAudit) {
  Tell(Word(Log("a"), 0, 5));
  key_ = SigningKey::Generate();
  Tell(Word(Log("a"), 5, 6));
  EXPECT_EQ(Kept().alarm(), "other-key");
  EXPECT_EQ(inbox_->BeginAnew("", "anna").error().code, Code::kInvalid);
  ASSERT_TRUE(inbox_->BeginAnew("ny nyckel, bekräftad per telefon", "anna").ok());
  EXPECT_EQ(Kept().alarm(), "");
  CrashAndOpen();
  EXPECT_EQ(Kept().KeptRecords(), 0u);
  Tell(Word(Log("a"), 0, 6));
  EXPECT_EQ(Kept().KeptRecords(), 6u);
  std::string told;
  ASSERT_TRUE(inbox_->audit().Each(1, 10, [&](const AuditRow& row) {
    told += row.by + " " + row.detail;
    return true;
  }).ok());
  EXPECT_EQ(told, "anna ny nyckel, bekräftad per telefon");
}

TEST_F(AgencysWitness, PeopleReadTheNoteItsKeyAndTheAlarm) {
  const auto tell = [this] {
    Command command;
    command.name = "checkpoint";
    command.language = contract::Language::kEnglish;
    return Execute(*inbox_, "bollnas.mottagning", command);
  };
  EXPECT_NE(tell().text.find("No checkpoint"), std::string::npos);
  Tell(Word(Log("a"), 0, 5));
  EXPECT_NE(tell().text.find(Fingerprint(key_.public_key())), std::string::npos);
  Tell(Word(Log("a"), 5, 4));
  EXPECT_NE(tell().text.find("ALARM"), std::string::npos);
  EXPECT_NE(tell().json.find("\"alarm\":\"shorter\""), std::string::npos) << tell().json;
}

}  // namespace
}  // namespace sam::inbox::test
