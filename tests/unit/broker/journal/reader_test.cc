#include "broker/base/text.h"
#include "tests/unit/broker/journal/hub.h"

namespace sam::journal::test {
namespace {

class ReaderTest : public HubTest {
 protected:
  void Write(int n) {
    std::vector<Draft> drafts;
    for (int i = 0; i < n; ++i) {
      const std::string s = std::to_string(i);
      drafts.push_back(Event("e" + s, "m" + s, "c" + s, i % 2 == 0 ? kPerson : kOtherPerson));
    }
    hub_.Take(*hub_.input_, Hub::Of(std::move(drafts)));
  }
  std::vector<std::string> ScanAll(Offset from, Offset until, size_t limit) {
    std::vector<std::string> out;
    const Status scanned =
        hub_.NewReader().Scan(from, until, limit, [&](Record&& record) {
          out.push_back(std::to_string(record.header.offset.value) + ":" +
                        record.payload.value_or("-"));
          return true;
        });
    EXPECT_TRUE(scanned.ok()) << (scanned.ok() ? "" : scanned.error().message);
    return out;
  }
};

TEST_F(ReaderTest, NothingBeyondTheDurableMarkIsSeen) {
  Write(3);
  DurableMark behind;
  behind.Raise(Offset(2));
  const Reader reader(hub_.store_, *hub_.vault_, hub_.hub_key_, behind);
  EXPECT_EQ(reader.durable(), Offset(2));
  EXPECT_TRUE(reader.Read(Offset(1)).ok());
  EXPECT_EQ(reader.Read(Offset(2)).error().code, Code::kNotFound);
  EXPECT_EQ(reader.ReadHeader(Offset(2)).error().code, Code::kNotFound);
  size_t seen = 0;
  ASSERT_TRUE(reader.Scan(Offset(0), Offset(100), 100, [&](Record&&) { return ++seen > 0; }).ok());
  EXPECT_EQ(seen, 2u);
}

TEST_F(ReaderTest, AScanIsInOrderAndWithinItsBounds) {
  Write(700);  // more than two strides
  const auto all = ScanAll(Offset(0), Offset(700), 10'000);
  ASSERT_EQ(all.size(), 700u);
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string n = std::to_string(i);
    ASSERT_EQ(all[i], n + ":payload of c" + n);
  }
  EXPECT_EQ(ScanAll(Offset(5), Offset(8), 100).size(), 3u);
  EXPECT_EQ(ScanAll(Offset(5), Offset(600), 300).size(), 300u);
  EXPECT_TRUE(ScanAll(Offset(700), Offset(800), 10).empty());
  EXPECT_TRUE(ScanAll(Offset(5), Offset(5), 10).empty());
  EXPECT_TRUE(ScanAll(Offset(0), Offset(5), 0).empty());
}

TEST_F(ReaderTest, AScanStopsWhenAsked) {
  Write(20);
  int seen = 0;
  ASSERT_TRUE(
      hub_.NewReader().Scan(Offset(0), Offset(20), 20, [&](Record&&) { return ++seen < 3; }).ok());
  EXPECT_EQ(seen, 3);
}

TEST_F(ReaderTest, ADroppedPayloadIsEmptyAndItsProofStillHolds) {
  Write(5);
  const TreeReader tree(hub_.store_);
  const Digest root = *tree.RootAt(5);
  const Proof proof = *tree.Inclusion(2, 5);
  Submission dispose;
  dispose.batch.Delete(spaces::kPayload, BigEndian64(2));
  hub_.Take(*hub_.dispatch_, std::move(dispose));
  EXPECT_FALSE(hub_.Read(Offset(2)).payload.has_value());
  EXPECT_EQ(hub_.Read(Offset(2)).header.event, EventOf("e2"));
  EXPECT_EQ(*tree.RootAt(5), root);
  EXPECT_TRUE(VerifyInclusion(*tree.Leaf(2), 2, 5, proof, root));
  EXPECT_EQ(ScanAll(Offset(0), Offset(5), 5)[2], "2:-");
  const VerifyReport report = hub_.Verify();
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.payloads_disposed, 1u);
}

TEST_F(ReaderTest, AnErasedKeyGivesAnEmptyPayloadAlsoToAReaderThatHadIt) {
  Write(4);
  Reader reader = hub_.NewReader();
  const auto before = reader.Read(Offset(0));
  ASSERT_TRUE(before.ok() && before->payload.has_value());
  Submission erase;
  erase.erase = {before->header.subject};
  hub_.Take(*hub_.dispatch_, std::move(erase));
  EXPECT_FALSE(reader.Read(Offset(0))->payload.has_value());
  EXPECT_FALSE(reader.Read(Offset(2))->payload.has_value());
  EXPECT_EQ(reader.Read(Offset(1))->payload, "payload of c1");
  const VerifyReport report = hub_.Verify();
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.payloads_erased, 2u);
  EXPECT_EQ(report.payloads_opened, 2u);
}

TEST_F(ReaderTest, AChangedOrMovedPayloadIsCorruption) {
  Write(3);
  hub_.Tamper(spaces::kPayload, BigEndian64(1), hub_.Row(spaces::kPayload, BigEndian64(2)));
  const auto read = hub_.NewReader().Read(Offset(1));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, Code::kCorrupt);
  size_t seen = 0;
  const Status scanned =
      hub_.NewReader().Scan(Offset(0), Offset(3), 10, [&](Record&&) { return ++seen > 0; });
  EXPECT_FALSE(scanned.ok());
}

TEST_F(ReaderTest, AMissingRecordIsCorruptionNotTheEnd) {
  Write(5);
  hub_.Tamper(spaces::kJournal, BigEndian64(2), std::nullopt);
  EXPECT_EQ(hub_.NewReader().Read(Offset(2)).error().code, Code::kCorrupt);
  size_t seen = 0;
  const Status scanned =
      hub_.NewReader().Scan(Offset(0), Offset(5), 10, [&](Record&&) { return ++seen > 0; });
  ASSERT_FALSE(scanned.ok());
  EXPECT_EQ(scanned.error().code, Code::kCorrupt);
  EXPECT_EQ(seen, 2u);
}

TEST_F(ReaderTest, AHeaderInTheWrongPlaceIsCorruption) {
  Write(3);
  hub_.Tamper(spaces::kJournal, BigEndian64(1), hub_.Row(spaces::kJournal, BigEndian64(2)));
  EXPECT_EQ(hub_.NewReader().ReadHeader(Offset(1)).error().code, Code::kCorrupt);
}

TEST_F(ReaderTest, AReadErrorIsPassedOn) {
  Write(3);
  Reader reader = hub_.NewReader();
  hub_.store_.FailNextRead(Internal("disk"));
  EXPECT_EQ(reader.Read(Offset(1)).error().code, Code::kInternal);
  hub_.store_.FailNextRead(Internal("disk"));
  EXPECT_FALSE(reader.Scan(Offset(0), Offset(3), 3, [](Record&&) { return true; }).ok());
}

}  // namespace
}  // namespace sam::journal::test
