// Rebuild after payload or keys are gone: what is left comes out the same, what is gone stands as it
// was recorded.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Erasure : public Scene {
 protected:
  static constexpr char kOther[] = "98240301AA06";
  static constexpr char kReception[] = "bollnas.mottagning";

  void DropPayload(Offset offset) {
    hub_.Tamper(spaces::kPayload, BigEndian64(offset.value), std::nullopt);
  }
  SubjectId SubjectOf(Offset offset) { return hub_.Read(offset).header.subject; }
  void EraseKey(const SubjectId& subject) {
    Must(hub_.vault_->Erase(subject));
    Must(hub_.vault_->Commit());
  }
};

TEST_F(Erasure, AnInputsPayloadGoneLeavesItsNumbersToItsRecordedDecisionsAndOthersTheirs) {
  const Offset first = ReportOn(kChild, "one");
  ReportOn(kOther, "two");
  ReportOn(kChild, "three");
  ReportOn(kOther, "four");
  DropPayload(first);
  const RebuildReport report = ExpectRebuilds(1);
  // Each report is two decisions: itself and the receipt that it is stored.
  EXPECT_EQ(report.equal, 4u);
  EXPECT_EQ(report.taken_as_recorded, 4u);
}

TEST_F(Erasure, ADecisionsOwnPayloadGoneIsRedoneAndTakenAsRecorded) {
  ReportOn(kChild, "one");
  ReportOn(kOther, "two");
  DropPayload(Offset(Mailbox(kReception)[0].row.decision));
  const RebuildReport report = ExpectRebuilds(0);
  EXPECT_EQ(report.equal, 3u);
  EXPECT_EQ(report.taken_as_recorded, 1u);
}

TEST_F(Erasure, AKeyGoneTakesAllOfTheSubjectAsRecordedAlsoWithoutTheirDecisionsPayload) {
  const Offset first = ReportOn(kChild, "one");
  ReportOn(kOther, "two");
  ReportOn(kChild, "three");
  Progress(kReception, 3);
  EraseKey(SubjectOf(first));
  EXPECT_FALSE(hub_.Read(first).payload.has_value());
  ExpectRebuilds(1);
  ReportOn(kOther, "after");
  Tick(Day(201));
  ExpectRebuilds(1);
}

TEST_F(Erasure, AReplayAfterTheKeyIsGoneWithholdsAndRebuilds) {
  const Offset first = ReportOn(kChild, "one");
  ReportOn(kOther, "two");
  EraseKey(SubjectOf(first));
  Replay(kReception);
  const auto rows = mailbox::MailboxReader(hub_.store_).StateOf(kReception, Lane::kNormal);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->next, Sequence(5));
  const auto again = mailbox::MailboxReader(hub_.store_).Get(kReception, Lane::kNormal, Sequence(3));
  ASSERT_TRUE(again.ok() && *again);
  EXPECT_EQ((*again)->withheld, schema::WithheldCode::ERASED);
  ExpectRebuilds(1);
}

TEST_F(Erasure, ANumberDecidedAnewAfterItsKeyIsGoneIsFilledAndOthersKeepTheirs) {
  const Offset first = ReportOn(kChild, "one");
  ReportOn(kOther, "two");
  EraseKey(SubjectOf(first));
  Recheck(kReception, Lane::kNormal, Sequence(1));
  ReportOn(kOther, "three");
  const auto filled = mailbox::MailboxReader(hub_.store_).Get(kReception, Lane::kNormal, Sequence(1));
  ASSERT_TRUE(filled.ok() && *filled);
  EXPECT_EQ((*filled)->withheld, schema::WithheldCode::ERASED);
  ExpectRebuilds(1);
}

TEST_F(Erasure, ANumberDecidedAnewAndFetchedBeforeItsKeyIsGoneRebuilds) {
  // Known under two numbers: what is sealed for the other one can be read still.
  const Offset old = ReportOn(kOther, "one");
  ReportOn(kChild, "two");
  linked_ = {jt::Person(kOther)};
  Tell("link", Day(200), [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(kOther);
  });
  linked_.clear();
  Recheck(kReception, Lane::kNormal, Sequence(2));
  Progress(kReception, 2);
  EraseKey(SubjectOf(old));
  ExpectRebuilds(2);
}

TEST_F(Erasure, MergedIdentitiesGoTogether) {
  const Offset old = ReportOn(kOther, "one");
  linked_ = {jt::Person(kOther)};
  Tell("link", Day(200), [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(kOther);
  });
  linked_.clear();
  ReportOn(kChild, "two");
  ReportOn("195009072553", "three");
  EraseKey(SubjectOf(old));
  ::sam::test::FaultStore fresh;
  const RebuildReport report = RebuildNow(fresh);
  EXPECT_EQ(report.different_count, 0u);
  EXPECT_EQ(report.digest, LiveDigest(report.gone));
}

TEST_F(Erasure, AHoldWhoseEvidenceIsGoneStaysHeldIsSaidAndNeverStopsTheHub) {
  municipality_ = "";
  const Offset report = ReportOn(kChild, "one");
  ReportOn(kOther, "two");
  const std::vector<std::string> before = Codes("bvc.bollnas");
  EXPECT_THAT(before, ElementsAre("HOLD", "HOLD"));
  DropPayload(report);
  std::vector<SignalId> held;
  Must(hub_.store_.Scan(spaces::kSignal, "", "", [&](std::string_view key, std::string_view value) {
    const auto row = DecodeSignal(value);
    if (row.ok() && row->outcome == schema::Outcome::HELD && row->subject == SubjectOf(report))
      held.push_back(*SignalId::From(key));
    return true;
  }));
  ASSERT_EQ(held.size(), 1u);
  Name("named", held[0], kReception);
  Config("2");  // asks again for all that is held
  EXPECT_THAT(Codes(kReception), IsEmpty());
  bool still = false;
  Must(hub_.store_.Scan(spaces::kSignal, "", "", [&](std::string_view, std::string_view value) {
    const auto row = DecodeSignal(value);
    still = still || (row.ok() && row->outcome == schema::Outcome::HELD && row->code == "SIG-A1" &&
                      row->subject == SubjectOf(report) && !row->reasons.empty() &&
                      row->reasons.front() == "gate.evidence.gone");
    return true;
  }));
  EXPECT_TRUE(still);
  ExpectRebuilds(1);
}

TEST_F(Erasure, AnInputAboutNobodyThatIsGoneMakesTheDigestSayNothing) {
  ReportOn(kChild, "one");
  const Offset nobody = Tell("nobody", Day(200), [](schema::Event::Builder e) {
    e.getBody().initSignalReceipt();
  }, "");
  DropPayload(nobody);
  ::sam::test::FaultStore fresh;
  EXPECT_FALSE(RebuildNow(fresh).comparable);
}

}  // namespace
}  // namespace sam::dispatch::test
