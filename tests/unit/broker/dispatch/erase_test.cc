// An officer erases a person: what waits is filled, what is derived is forgotten, the key goes with the command's
// own records, and the log is rebuilt to the same state.
#include "broker/dispatch/disposal.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Erase : public Scene {
 protected:
  static constexpr char kOther[] = "98240301AA06";
  static constexpr char kReception[] = "bollnas.mottagning";
  static constexpr char kSender[] = "bvc.bollnas";

  // As an inbox tells it: about a signal, and nobody by name.
  Offset ReceiptOf(const std::string& name, const SignalId& id, schema::LadderState state,
                   schema::Answer answer = schema::Answer::UNSET) {
    return Tell(name, Day(201), [&](schema::Event::Builder e) {
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData(id.view()));
      body.setState(state);
      body.setAt(Day(201).value);
      body.setFunction(kReception);
      body.setAnswer(answer);
    }, "");
  }
  SubjectId SubjectOf(Offset offset) { return hub_.Read(offset).header.subject; }
  bool HasKey(const SubjectId& subject) { return hub_.vault_->KeyOf(subject).ok(); }
  void EraseThem(std::vector<SubjectId> subjects, bool despite = false) {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    command.setOperator("anna");
    command.setReason("asked for by the guardian");
    auto erase = command.getAction().initErase();
    auto list = erase.initSubjects(static_cast<unsigned>(subjects.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, wire::AsData(subjects[i].view()));
    erase.setDespite(despite);
    Submit(DraftOf(journal::Kind::COMMAND, message));
  }
  mailbox::Row LetterOf(const std::string& subscription, uint64_t sequence) {
    const auto row = mailbox::MailboxReader(hub_.store_).Get(subscription, Lane::kNormal, Sequence(sequence));
    EXPECT_TRUE(row.ok() && row->has_value());
    return row.ok() && *row ? **row : mailbox::Row{};
  }
  uint64_t NextOf(const std::string& subscription) {
    const auto lane = mailbox::MailboxReader(hub_.store_).StateOf(subscription, Lane::kNormal);
    EXPECT_TRUE(lane.ok());
    return lane.ok() ? lane->next.value : 0;
  }
  size_t RowsOf(Space space, const SubjectId& subject) {
    size_t found = 0;
    EXPECT_TRUE(hub_.store_.Scan(space, "", "", [&](std::string_view key, std::string_view) {
      found += key.find(subject.view()) != std::string_view::npos ? 1 : 0;
      return true;
    }).ok());
    return found;
  }
  SignalId Answered(const char* person, const std::string& name) {
    ReportOn(person, name);
    const SignalId id = Mailbox(kReception).back().row.signal;
    Progress(kReception, Mailbox(kReception).size());
    ReceiptOf(name + "-reg", id, schema::LadderState::REGISTERED);
    ReceiptOf(name + "-ans", id, schema::LadderState::ANSWERED, schema::Answer::NOT_OPENED);
    return id;
  }
};

TEST_F(Erase, WhatWaitsIsFilledTheKeyIsGoneAndWhatIsDerivedIsForgotten) {
  const SubjectId child = SubjectOf(Registered());
  Missed("m1", 190, "a1");
  Missed("m2", 195, "a2");
  Tick(Day(200));
  ASSERT_FALSE(Codes(kSender).empty());
  ASSERT_GT(RowsOf(spaces::kState, child), 0u);
  ASSERT_GT(RowsOf(spaces::kTimer, child), 0u);
  const size_t numbers = Mailbox(kSender).size();
  EraseThem({child});
  EXPECT_FALSE(HasKey(child));
  EXPECT_EQ(RowsOf(spaces::kState, child), 0u);
  EXPECT_EQ(RowsOf(spaces::kTimer, child), 0u);
  for (uint64_t i = 1; i <= numbers; ++i)
    EXPECT_EQ(LetterOf(kSender, i).withheld, schema::WithheldCode::ERASED);
  const auto row = ErasedOf(hub_.store_, child);
  ASSERT_TRUE(row.ok() && *row);
  EXPECT_EQ((*row)->at, Day(200));
  ExpectRebuilds(1);
  Tick(Day(400));  // nothing falls due for somebody who is not there
  EXPECT_EQ(stage_->cursor(), reader_->durable());
  ExpectRebuilds(1);
}

TEST_F(Erase, WhoIsAnotherPersonNoticesNothing) {
  const SubjectId child = SubjectOf(ReportOn(kChild, "one"));
  ReportOn(kOther, "two");
  EraseThem({child}, true);
  EXPECT_EQ(LetterOf(kReception, 1).withheld, schema::WithheldCode::ERASED);
  EXPECT_EQ(LetterOf(kReception, 2).withheld, schema::WithheldCode::NONE);
  ReportOn(kOther, "three");
  EXPECT_EQ(LetterOf(kReception, 3).withheld, schema::WithheldCode::NONE);
  const RebuildReport report = ExpectRebuilds(1);
  EXPECT_GT(report.equal, 0u);
}

TEST_F(Erase, ARestartAfterwardsFindsTheSame) {
  const SubjectId child = SubjectOf(ReportOn(kChild, "one"));
  EraseThem({child}, true);
  Restart();
  ReportOn(kChild, "again");  // the same number is somebody new from now on
  EXPECT_NE(LetterOf(kReception, 2).subject, child);
  EXPECT_EQ(LetterOf(kReception, 2).withheld, schema::WithheldCode::NONE);
  ExpectRebuilds(1);
}

TEST_F(Erase, AReportThatSomebodyWaitsForStopsItUntilTheOfficerSaysSo) {
  const SubjectId child = SubjectOf(ReportOn(kChild, "one"));
  EraseThem({child});
  EXPECT_TRUE(HasKey(child));
  EXPECT_EQ(LetterOf(kReception, 1).withheld, schema::WithheldCode::NONE);
  Progress(kReception, 1);  // delivered, and nobody has answered
  EraseThem({child});
  EXPECT_TRUE(HasKey(child));
  ExpectRebuilds(0);
  EraseThem({child}, true);
  EXPECT_FALSE(HasKey(child));
  ExpectRebuilds(1);
}

TEST_F(Erase, AHeldReportStopsItToo) {
  municipality_ = "";
  const SubjectId child = SubjectOf(ReportOn(kChild, "one"));
  EraseThem({child});
  EXPECT_TRUE(HasKey(child));
  EraseThem({child}, true);
  EXPECT_FALSE(HasKey(child));
  municipality_ = "2183";
  Config("2");  // asks again for all that is held
  EXPECT_THAT(Codes(kReception), IsEmpty());
  ExpectRebuilds(1);
}

TEST_F(Erase, WhatReceiptsToldOfTheChildGoesAsWellAndTheReceiverIsToldNothing) {
  const Offset report = ReportOn(kOther, "other");
  const SignalId id = Answered(kChild, "one");
  const SubjectId child = Row(id)->subject;
  const uint64_t reception = NextOf(kReception);
  ASSERT_THAT(Row(id)->ladder, ::testing::Not(IsEmpty()));
  std::vector<Offset> receipts;
  const auto before = Row(id);
  for (const LadderStep& step : before->ladder)
    if (step.state == schema::LadderState::REGISTERED || step.state == schema::LadderState::ANSWERED)
      receipts.emplace_back(step.source);
  ASSERT_EQ(receipts.size(), 2u);
  EraseThem({child});
  for (const Offset offset : receipts) EXPECT_FALSE(hub_.Read(offset).payload.has_value());
  EXPECT_TRUE(hub_.Read(report).payload.has_value());
  EXPECT_EQ(NextOf(kReception), reception);
  const auto row = Row(id);
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->disposed);
  EXPECT_EQ(row->outcome, schema::Outcome::DELIVER);  // that it went is not forgotten
  EXPECT_TRUE(row->draft.empty());
  for (const LadderStep& step : row->ladder) EXPECT_EQ(step.answer, schema::Answer::UNSET);
  ExpectRebuilds(1);
}

TEST_F(Erase, AReceiptThatComesLaterChangesNothing) {
  ReportOn(kChild, "one");
  const SignalId id = Mailbox(kReception).front().row.signal;
  Progress(kReception, 1);
  const SubjectId child = Row(id)->subject;
  EraseThem({child}, true);
  const uint64_t sender = NextOf(kSender);
  ReceiptOf("late", id, schema::LadderState::ANSWERED, schema::Answer::OPENED_INQUIRY);
  EXPECT_EQ(NextOf(kSender), sender);
  ExpectRebuilds(1);
}

TEST_F(Erase, AReplayAfterwardsGivesATombstone) {
  const SignalId id = Answered(kChild, "one");
  EraseThem({Row(id)->subject});
  Replay(kReception);
  EXPECT_EQ(LetterOf(kReception, 2).withheld, schema::WithheldCode::ERASED);
  EXPECT_TRUE(LetterOf(kReception, 2).replayed);
  ExpectRebuilds(1);
}

TEST_F(Erase, TheRecordOfWhatWasDroppedTellsWhyAndWhose) {
  const SignalId id = Answered(kChild, "one");
  const SubjectId child = Row(id)->subject;
  EraseThem({child});
  std::vector<DisposalFacts> found;
  for (uint64_t i = 0; i < reader_->durable().value; ++i) {
    const journal::Record record = hub_.Read(Offset(i));
    if (record.header.kind != journal::Kind::DISPOSED) continue;
    const auto facts = DecodeDisposal(record.payload.value_or(""));
    ASSERT_TRUE(facts.ok());
    found.push_back(*facts);
  }
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].rule, kEraseRule);
  EXPECT_EQ(found[0].decision, "asked for by the guardian");
  ASSERT_EQ(found[0].items.size(), 2u);
  EXPECT_EQ(found[0].items[0].subject, child);
}

}  // namespace
}  // namespace sam::dispatch::test
