#include "broker/journal/audit.h"

#include "tests/unit/broker/journal/hub.h"

namespace sam::journal::test {
namespace {

using Audit = HubTest;

AuditEntry Entry() {
  AuditEntry entry;
  entry.action = "reveal";
  entry.operator_name = "anna.drift";
  entry.role = "privacy";
  entry.reason = "begäran om registerutdrag, dnr 2026-114";
  entry.offsets = {Offset(3), Offset(9)};
  entry.fields = {"subject.ids", "note"};
  entry.subject = *SubjectId::From("0123456789abcdef");
  return entry;
}

TEST_F(Audit, AnEntryIsARecordOfTheLogAndComesBack) {
  const auto each = hub_.Dispatch(AuditDraft(Entry()));
  const Record record = hub_.Read(each.offset);
  EXPECT_EQ(record.header.kind, Kind::AUDIT);
  EXPECT_EQ(record.header.peer, "anna.drift");
  const auto back = ParseAudit(*record.payload);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->action, "reveal");
  EXPECT_EQ(back->role, "privacy");
  EXPECT_EQ(back->reason, Entry().reason);
  EXPECT_EQ(back->offsets, Entry().offsets);
  EXPECT_EQ(back->fields, Entry().fields);
  EXPECT_EQ(back->subject, Entry().subject);
  EXPECT_EQ(TreeReader(hub_.store_).RootAt(1).value(), hub_.high_water_->mark().root);
}

TEST_F(Audit, AnEntryOutlivesTheErasureOfThePerson) {
  hub_.Input(Event("e1", "m1", "c1"));
  AuditEntry entry = Entry();
  entry.subject = hub_.Read(Offset(0)).header.subject;
  Submission submission = Hub::Of({AuditDraft(entry)});
  submission.erase = {entry.subject};
  hub_.Take(*hub_.dispatch_, std::move(submission));
  EXPECT_FALSE(hub_.Read(Offset(0)).payload.has_value());
  EXPECT_EQ(ParseAudit(*hub_.Read(Offset(1)).payload)->subject, entry.subject);
}

TEST_F(Audit, AnEmptyEntryComesBackAndGarbageIsCorrupt) {
  EXPECT_TRUE(ParseAudit(AuditDraft(AuditEntry()).payload)->subject.empty());
  EXPECT_EQ(ParseAudit("garbage").error().code, Code::kCorrupt);
}

TEST_F(Audit, AuditGoesOnFromTheReserve) {
  hub_.SetFree(500);
  EXPECT_EQ(hub_.Dispatch(AuditDraft(Entry())).taken, Taken::kWritten);
}

}  // namespace
}  // namespace sam::journal::test
