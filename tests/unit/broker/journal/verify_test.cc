#include "broker/journal/verify.h"

#include "broker/base/text.h"
#include "tests/unit/broker/journal/hub.h"

#include <capnp/message.h>

#include "broker/crypto/checkpoint.h"
#include "broker/journal/recovery.h"
#include "broker/journal/tree.h"
#include "broker/wire/codec.h"

namespace sam::journal::test {
namespace {

// 600 records in two signed checkpoints, with a mailbox row that points to a decision.
class Verify : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    hub_.options_.checkpoints = {100, 60'000'000, 0};
    ASSERT_TRUE(hub_.Start().ok());
    for (int round = 0; round < 2; ++round) {
      std::vector<Draft> drafts;
      for (int i = 0; i < 300; ++i) {
        const std::string n = std::to_string(round * 300 + i);
        drafts.push_back(Event("e" + n, "m" + n, "c" + n, i % 3 == 0 ? "" : kPerson));
      }
      hub_.Take(*hub_.input_, Hub::Of(std::move(drafts)));
    }
    Submission submission = Hub::Of({Decision(3, {})});
    submission.batch.Put(spaces::kMailbox, "row", MailboxRow());
    submission.batch.Put(spaces::kMailbox, "floor", BigEndian64(0));
    submission.slots = {{0, DecisionPosition(), 0}};
    hub_.Take(*hub_.dispatch_, std::move(submission));
  }
  static std::string MailboxRow(uint64_t decision = 0) {
    capnp::MallocMessageBuilder message;
    message.initRoot<schema::MailboxRow>().setDecision(decision);
    return wire::Flatten(message);
  }
  // Where the decision's bytes are: where two rows differ.
  static size_t DecisionPosition() {
    const std::string zero = MailboxRow(0);
    const std::string ones = MailboxRow(UINT64_MAX);
    size_t at = 0;
    while (zero[at] == ones[at]) ++at;
    return at;
  }
  void ExpectFinding(const std::string& text) {
    const VerifyReport report = hub_.Verify();
    EXPECT_FALSE(report.sound());
    EXPECT_THAT(report.findings, testing::Contains(testing::HasSubstr(text)));
  }
};

TEST_F(Verify, ASoundLogIsSound) {
  const VerifyReport report = hub_.Verify();
  EXPECT_TRUE(report.sound()) << (report.findings.empty() ? "" : report.findings[0]);
  EXPECT_EQ(report.records, 601u);
  EXPECT_EQ(report.headers_ok, 601u);
  EXPECT_EQ(report.payloads_ok, 601u);
  EXPECT_EQ(report.payloads_opened, 601u);
  EXPECT_EQ(report.payloads_disposed, 0u);
  EXPECT_EQ(report.nodes_ok, 2u);
  EXPECT_EQ(report.checkpoints_ok, 2u);
  EXPECT_EQ(report.mailbox_rows_ok, 1u);
  EXPECT_EQ(report.gaps, 0u);
  EXPECT_EQ(report.root, hub_.high_water_->mark().root);
}

TEST_F(Verify, TheChainNeedsNoSecret) {
  const VerifyReport report = hub_.Verify(false);
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.payloads_ok, 601u);
  EXPECT_EQ(report.payloads_opened, 0u);
}

TEST_F(Verify, ProgressReachesTheEnd) {
  uint64_t last = 0;
  const VerifyInput input{hub_.store_, "", {}, std::nullopt, nullptr, nullptr};
  ASSERT_TRUE(VerifyLog(input, [&](uint64_t done, uint64_t total) {
                EXPECT_GE(done, last);
                EXPECT_EQ(total, 601u);
                last = done;
              }).ok());
  EXPECT_EQ(last, 601u);
}

// What an agency kept is asked beside what stands next to the log, where whoever rewrites it can write too.
TEST_F(Verify, ACheckpointThatSomebodyElseKeptIsCompared) {
  Checkpoint kept;
  kept.origin = CheckpointOrigin(ReadIdentity(hub_.store_).value()->hub);
  kept.size = 300;
  kept.root = TreeReader(hub_.store_).RootAt(300).value();
  const auto verify = [&](const SigningKey& key) {
    VerifyInput input{hub_.store_, "", hub_.signing_.public_key(), std::nullopt, nullptr, nullptr};
    input.kept = {FormatCheckpoint(kept, key).value()};
    return VerifyLog(input).value();
  };
  EXPECT_TRUE(verify(hub_.signing_).sound());
  EXPECT_EQ(verify(hub_.signing_).checkpoints_ok, 1u);
  EXPECT_EQ(verify(SigningKey::Generate()).problems, 1u) << "signed by nobody we know";
  kept.root.bytes[0] ^= 1;
  EXPECT_EQ(verify(hub_.signing_).problems, 1u) << "rewritten";
  kept.size = 10'000;
  EXPECT_EQ(verify(hub_.signing_).problems, 1u) << "cut";
}

TEST_F(Verify, AnEmptyStoreHasNoIdentityAndSaysSo) {
  ::sam::test::FaultStore empty;
  const auto report = VerifyLog({empty, "", {}, std::nullopt, nullptr, nullptr});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->problems, 1u);
}

TEST_F(Verify, ATamperedHeaderIsFound) {
  Header header = *DecodeHeader(hub_.Row(spaces::kJournal, BigEndian64(50)));
  header.time = Millis(1);
  hub_.Tamper(spaces::kJournal, BigEndian64(50), EncodeHeader(header));
  ExpectFinding("records below 300 were changed");
  ExpectFinding("the stored tree node");
  ExpectFinding("the high-water file has another root");
}

TEST_F(Verify, EveryFlippedBitOfAHeaderIsFound) {
  const std::string bytes = hub_.Row(spaces::kJournal, BigEndian64(7));
  for (size_t i = 0; i < bytes.size(); i += 5) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    hub_.Tamper(spaces::kJournal, BigEndian64(7), flipped);
    EXPECT_FALSE(hub_.Verify(false).sound()) << i;
  }
}

TEST_F(Verify, AnUnreadableHeaderIsFoundAndTheRestIsStillChecked) {
  hub_.Tamper(spaces::kJournal, BigEndian64(50), "garbage");
  const VerifyReport report = hub_.Verify();
  EXPECT_EQ(report.records, 601u);
  EXPECT_EQ(report.headers_ok, 600u);
  EXPECT_THAT(report.findings, testing::Contains(testing::HasSubstr("record 50: ")));
}

TEST_F(Verify, ATamperedPayloadIsFound) {
  std::string row = hub_.Row(spaces::kPayload, BigEndian64(10));
  row[row.size() / 2] = static_cast<char>(row[row.size() / 2] ^ 1);
  hub_.Tamper(spaces::kPayload, BigEndian64(10), row);
  ExpectFinding("record 10: its payload is not the one that was written");
  EXPECT_EQ(hub_.Verify().problems, 1u);
}

TEST_F(Verify, ATamperedTreeNodeIsFound) {
  hub_.Tamper(spaces::kTree, NodeKey(8, 1), std::string(32, 'x'));
  ExpectFinding("the stored tree node over the 256 records up to 512");
  hub_.Tamper(spaces::kTree, NodeKey(8, 1), std::nullopt);
  ExpectFinding("is missing or changed");
}

TEST_F(Verify, NodesAndPayloadsBeyondTheEndAreFound) {
  hub_.Tamper(spaces::kTree, NodeKey(8, 2), std::string(32, 'x'));
  ExpectFinding("1 nodes beyond the last record");
  hub_.Tamper(spaces::kPayload, BigEndian64(5000), "x");
  ExpectFinding("a payload lies beyond the last record");
}

TEST_F(Verify, AGapIsFound) {
  hub_.Tamper(spaces::kJournal, BigEndian64(20), std::nullopt);
  const VerifyReport report = hub_.Verify();
  EXPECT_EQ(report.gaps, 1u);
  EXPECT_THAT(report.findings,
              testing::Contains(testing::HasSubstr("records 20 to 20 are missing")));
  EXPECT_THAT(report.findings, testing::Contains("payload 20 has no record"));
}

TEST_F(Verify, AMissingTailIsFoundByTheWitnesses) {
  hub_.Tamper(spaces::kJournal, BigEndian64(600), std::nullopt);
  ExpectFinding("the high-water file covers 601 records, the log has 600");
}

TEST_F(Verify, ACutBelowTheCheckpointIsFound) {
  for (uint64_t i = 590; i <= 600; ++i) {
    hub_.Tamper(spaces::kJournal, BigEndian64(i), std::nullopt);
    hub_.Tamper(spaces::kPayload, BigEndian64(i), std::nullopt);
  }
  ExpectFinding("the checkpoint of size 600 covers 600 records, the log has 590");
}

TEST_F(Verify, ASwappedPairOfRecordsIsFound) {
  const std::string one = hub_.Row(spaces::kJournal, BigEndian64(1));
  hub_.Tamper(spaces::kJournal, BigEndian64(1), hub_.Row(spaces::kJournal, BigEndian64(2)));
  hub_.Tamper(spaces::kJournal, BigEndian64(2), one);
  ExpectFinding("record 1 says it is record 2");
}

TEST_F(Verify, AForgedCheckpointIsFound) {
  hub_.signing_ = SigningKey::Generate();
  ExpectFinding("a checkpoint cannot be verified");
}

TEST_F(Verify, AMailboxRowMustPointToADecision) {
  hub_.Tamper(spaces::kMailbox, "row", MailboxRow(3));
  ExpectFinding("a mailbox row points to record 3, which is not a decision");
  hub_.Tamper(spaces::kMailbox, "row", MailboxRow(99999));
  ExpectFinding("points to record 99999");
  hub_.Tamper(spaces::kMailbox, "row", "no row at all");
  ExpectFinding("mailbox row");
}

TEST_F(Verify, IndexesMustLeadSomewhere) {
  hub_.Tamper(spaces::kEvent, "e", EncodeEventRow(Offset(9999), ""));
  ExpectFinding("event index");
  hub_.Tamper(spaces::kDedupe, "d", "garbage");
  ExpectFinding("message index");
}

TEST_F(Verify, FindingsAreBoundedButAllAreCounted) {
  for (uint64_t i = 0; i < 150; ++i) hub_.Tamper(spaces::kPayload, BigEndian64(i), "garbage");
  const VerifyReport report = hub_.Verify();
  EXPECT_EQ(report.findings.size(), VerifyReport::kMaxFindings);
  EXPECT_EQ(report.problems, 150u);
}

TEST_F(Verify, AReadErrorIsNoFinding) {
  hub_.store_.FailNextRead(Internal("disk"));
  const auto report = VerifyLog({hub_.store_, "", {}, std::nullopt, nullptr, nullptr});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, Code::kInternal);
}

}  // namespace
}  // namespace sam::journal::test
