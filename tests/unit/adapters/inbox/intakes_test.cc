// The inbox as the book of the intakes: what becomes one, what a person may say, what a crash leaves.
#include "adapters/inbox/view.h"
#include "adapters/intake/writer.h"
#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

using intake::State;
using intake::Why;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class IntakesTest : public InboxTest {
 protected:
  void Admit() {
    ASSERT_TRUE(inbox_->Admit([this](const intake::Kind& kind) {
      codes_.emplace_back(kind.code);
      return kind.code == "SIG-A1" && kind.test;
    }).ok());
  }
  void Arrive(uint64_t sequence, const std::string& name, const std::string& code = "SIG-A1") {
    Draft draft;
    draft.name = name;
    draft.code = code;
    Receive(sequence, draft);
  }
  intake::Entry EntryOf(const std::string& name) {
    const auto row = inbox_->Find(Hex(name));
    EXPECT_TRUE(row.ok());
    const auto entry = inbox_->IntakeOf(row->number);
    EXPECT_TRUE(entry.ok() && entry->has_value());
    return entry.ok() && *entry ? **entry : intake::Entry{};
  }
  void Bring(const std::string& name, State state, Why why = Why::NONE,
             const std::string& their_id = "") {
    intake::Entry entry = EntryOf(name);
    entry.state = state;
    entry.why = why;
    entry.their_id = their_id;
    ASSERT_TRUE(inbox_->Keep(entry).ok());
  }
  Result<intake::Entry> Rule(const std::string& name, Inbox::Ruling ruling,
                             const std::string& their_id = "") {
    return inbox_->Rule(Hex(name), ruling, their_id, "anna");
  }
  std::vector<std::string> codes_;
};

TEST_F(IntakesTest, WhatWasThereBeforeIsLeftToPeople) {
  Arrive(1, "old");
  Admit();
  EXPECT_THAT(inbox_->Pending(), IsEmpty());
  Arrive(2, "new");
  Arrive(3, "prompt", "SIG-E1");
  Admit();
  EXPECT_THAT(codes_, ElementsAre("SIG-A1", "SIG-E1"));
  ASSERT_THAT(inbox_->Pending(), SizeIs(1));
  EXPECT_EQ(inbox_->Pending().begin()->second.signal, IdOf("new"));
  Admit();
  EXPECT_THAT(codes_, SizeIs(2)) << "each is considered once";
}

TEST_F(IntakesTest, ACrashLosesNoEntryAndMakesNoneTwice) {
  Admit();
  Arrive(1, "one");
  Admit();
  Bring("one", State::POSTING);
  Arrive(2, "two");
  CrashAndOpen();
  Admit();
  ASSERT_THAT(inbox_->Pending(), SizeIs(2));
  EXPECT_EQ(EntryOf("one").state, State::POSTING);
  EXPECT_EQ(EntryOf("two").state, State::WAITING);
  Bring("one", State::DONE);
  CrashAndOpen();
  Admit();
  EXPECT_THAT(inbox_->Pending(), SizeIs(1));
}

TEST_F(IntakesTest, AFullDiskLeavesTheSignalToTheNextRound) {
  Admit();
  Arrive(1, "one");
  store_.SetFull(true);
  EXPECT_FALSE(inbox_->Admit([](const intake::Kind&) { return true; }).ok());
  EXPECT_THAT(inbox_->Pending(), IsEmpty());
  store_.SetFull(false);
  Admit();
  EXPECT_THAT(inbox_->Pending(), SizeIs(1));
}

TEST_F(IntakesTest, OneThatIsSentAgainFromTheLogIsLookedUpFirst) {
  Admit();
  client::DeliveryFlags flags;
  flags.replayed = true;
  ASSERT_TRUE(Take(1, {}, flags).ok());
  ASSERT_TRUE(inbox_->Commit().ok());
  Admit();
  EXPECT_EQ(EntryOf("one").state, State::POSTING) << "a lost store may have written it";
  EXPECT_GT(EntryOf("one").first_posted_at.value, 0);
}

TEST_F(IntakesTest, RegisteredEndsTheEntryAndTellsTheHubOnce) {
  Admit();
  Arrive(1, "one");
  Admit();
  Bring("one", State::ATTACHED, Why::NONE, "98765");
  ASSERT_TRUE(inbox_->Registered(EntryOf("one")).ok());
  EXPECT_EQ(EntryOf("one").state, State::DONE);
  EXPECT_THAT(inbox_->Pending(), IsEmpty());
  const auto sent = Outgoing();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].state, LadderState::REGISTERED);
  EXPECT_EQ(sent[0].reference, "98765");
}

TEST_F(IntakesTest, WhatAPersonRegisteredIsNotWritten) {
  Admit();
  Arrive(1, "before");
  ASSERT_TRUE(Say("before", "registered", "H-1").ok());
  Arrive(2, "waiting");
  Arrive(3, "posting");
  Admit();
  EXPECT_EQ(EntryOf("before").state, State::BY_HAND);
  ASSERT_TRUE(Say("waiting", "opened").ok());
  EXPECT_EQ(EntryOf("waiting").state, State::WAITING);
  ASSERT_TRUE(Say("waiting", "registered", "H-2").ok());
  EXPECT_EQ(EntryOf("waiting").state, State::BY_HAND);
  Bring("posting", State::POSTING);
  ASSERT_TRUE(Say("posting", "registered", "H-3").ok());
  EXPECT_EQ(EntryOf("posting").state, State::POSTING) << "it may be there: that is found out";
  EXPECT_TRUE(inbox_->SignalOf(EntryOf("posting"))->registered) << "and not posted again";
  Bring("posting", State::ATTACHED, Why::NONE, "98765");
  ASSERT_TRUE(inbox_->Registered(EntryOf("posting")).ok());
  EXPECT_EQ(EntryOf("posting").state, State::DONE);
  EXPECT_THAT(Outgoing(), SizeIs(4)) << "what a person said is not said otherwise";
}

TEST_F(IntakesTest, APersonRulesOnWhatIsHeldAndOnNothingElse) {
  Admit();
  for (uint64_t i = 1; i <= 3; ++i) Arrive(i, std::to_string(i));
  Admit();
  EXPECT_EQ(Rule("1", Inbox::Ruling::kAgain).error().code, Code::kConflict);
  for (const char* name : {"1", "2", "3"}) Bring(name, State::HELD, Why::DOUBT);
  EXPECT_EQ(Rule("1", Inbox::Ruling::kAgain)->state, State::WAITING);
  for (const char* wrong : {"", "12/../3", "x", "-1"})
    EXPECT_EQ(Rule("2", Inbox::Ruling::kCreated, wrong).error().code, Code::kInvalid) << wrong;
  EXPECT_EQ(Rule("2", Inbox::Ruling::kCreated, "98765")->state, State::CREATED);
  EXPECT_EQ(Rule("3", Inbox::Ruling::kLeave)->state, State::LEFT);
  EXPECT_THAT(inbox_->Pending(), SizeIs(2));
  Bring("2", State::HELD, Why::ATTACHMENT, "98765");
  EXPECT_EQ(Rule("2", Inbox::Ruling::kAgain)->state, State::CREATED) << "the intake is there";
  Arrive(4, "prompt", "SIG-E1");
  Admit();
  EXPECT_EQ(Rule("prompt", Inbox::Ruling::kAgain).error().code, Code::kNotFound);
}

TEST_F(IntakesTest, ListStatusAndShowTellWhatWaitsForAPerson) {
  Admit();
  Arrive(1, "one");
  Admit();
  Bring("one", State::HELD, Why::DOUBT);
  const auto ask = [this](const std::string& name, const std::string& word = "") {
    Command command;
    command.name = name;
    command.id = Hex("one");
    command.word = name == "intake" ? word : "";
    command.language = contract::Language::kSwedish;
    const auto request = DecodeRequest(EncodeRequest(command), "anna");
    return Execute(*inbox_, "bollnas.mottagning", *request);
  };
  const Reply list = ask("list");
  EXPECT_THAT(list.text, HasSubstr("! 1 väntar på en människa"));
  EXPECT_THAT(list.json, HasSubstr("\"intake\":{\"state\":\"held\",\"why\":\"doubt\""));
  const Reply status = ask("status");
  EXPECT_THAT(status.text, HasSubstr(Hex("one").substr(0, 8)));
  EXPECT_THAT(status.text, Not(HasSubstr(kChild)));
  EXPECT_THAT(status.json, HasSubstr("\"intakes_held\":1"));
  EXPECT_THAT(ask("show").text, HasSubstr("samsignal-" + Hex("one")));
  EXPECT_FALSE(ask("intake", "perhaps").ok);
  EXPECT_TRUE(ask("intake", "leave").ok);
  EXPECT_THAT(ask("status").json, HasSubstr("\"intakes_held\":0"));
}

TEST_F(IntakesTest, OneThatIsWithdrawnAfterItWasWrittenCallsAPersonAndStaysAsItIs) {
  Admit();
  for (uint64_t i = 1; i <= 5; ++i) Arrive(i, std::to_string(i));
  Admit();
  Bring("1", State::DONE, Why::NONE, "98765");
  Bring("2", State::BY_HAND);
  Bring("3", State::ATTACHED, Why::NONE, "98767");
  Bring("4", State::POSTING);
  const auto withdraw = [this](uint64_t sequence, const std::string& name) {
    Draft draft;
    draft.name = "w" + name;
    draft.code = "WITHDRAWN";
    draft.withdraws = name;
    Receive(sequence, draft);
  };
  for (uint64_t i = 1; i <= 5; ++i) withdraw(10 + i, std::to_string(i));
  for (const char* name : {"1", "2"}) {
    EXPECT_EQ(EntryOf(name).state, State::HELD) << name;
    EXPECT_EQ(EntryOf(name).why, Why::WITHDRAWN_LATER) << name;
  }
  EXPECT_EQ(EntryOf("1").their_id, "98765");
  EXPECT_EQ(EntryOf("3").state, State::ATTACHED) << "its sender is told first";
  EXPECT_EQ(EntryOf("4").state, State::POSTING) << "whether it is there is found out first";
  EXPECT_EQ(EntryOf("5").state, State::WAITING) << "the writer holds it before it is written";
  ASSERT_TRUE(inbox_->Registered(EntryOf("3")).ok());
  EXPECT_EQ(EntryOf("3").why, Why::WITHDRAWN_LATER);
  EXPECT_THAT(Outgoing(), SizeIs(1)) << "a withdrawal is answered to nobody";

  CrashAndOpen();
  ASSERT_THAT(inbox_->Pending(), SizeIs(5));
  for (const auto ruling : {Inbox::Ruling::kAgain, Inbox::Ruling::kCreated})
    EXPECT_EQ(Rule("1", ruling, "98765").error().code, Code::kConflict) << "never written twice";
  ASSERT_TRUE(Say("1", "assessed").ok());
  EXPECT_EQ(EntryOf("1").state, State::HELD) << "an answer is no ruling on the withdrawal";
  withdraw(11, "1");
  EXPECT_EQ(Rule("1", Inbox::Ruling::kLeave)->state, State::LEFT);
  withdraw(12, "1");
  EXPECT_EQ(EntryOf("1").state, State::LEFT) << "the same notice again calls nobody again";
}

TEST_F(IntakesTest, AFullDiskWhileAWithdrawalComesLeavesAllAsItWas) {
  Admit();
  Arrive(1, "1");
  Admit();
  Bring("1", State::DONE, Why::NONE, "98765");
  Draft draft;
  draft.name = "w1";
  draft.code = "WITHDRAWN";
  draft.withdraws = "1";
  ASSERT_TRUE(Take(2, draft).ok());
  store_.SetFull(true);
  EXPECT_FALSE(inbox_->Commit().ok());
  store_.SetFull(false);
  EXPECT_EQ(EntryOf("1").state, State::DONE);
  Receive(2, draft);
  EXPECT_EQ(EntryOf("1").state, State::HELD);
}

TEST_F(IntakesTest, TheLineOfAWithdrawalSaysHowFarItsSignalIsInTheSocialSystem) {
  Admit();
  Arrive(1, "1");
  Admit();
  Bring("1", State::DONE, Why::NONE, "98765");
  Draft draft;
  draft.name = "w1";
  draft.code = "WITHDRAWN";
  draft.withdraws = "1";
  Receive(2, draft);
  const std::vector<Row> rows = Rows();
  ASSERT_THAT(rows, SizeIs(2));
  const auto line = RowJson(*inbox_, rows[1]);
  ASSERT_TRUE(line.ok());
  EXPECT_THAT(*line, HasSubstr("\"intake_taken_back\":{\"state\":\"held\",\"why\":\"withdrawn-later\""));
  EXPECT_THAT(*RowJson(*inbox_, rows[0]), Not(HasSubstr("intake_taken_back")));
}

// A report that lists two files, and the parts of the first.
class IntakeFilesTest : public IntakesTest {
 protected:
  void ArriveWithFiles() {
    Admit();
    Draft draft;
    draft.files = {"hello world", "another"};
    Receive(1, draft);
    Admit();
  }
  void ArriveParts(const std::string& content, size_t piece) {
    uint64_t sequence = 10;
    for (size_t at = 0; at < content.size(); at += piece) {
      Draft part;
      part.name = "part" + std::to_string(at);
      part.part_of = "one";
      part.files = {content};
      part.index = at / piece;
      part.piece = piece;
      Receive(sequence++, part);
    }
  }
  void Posted() {  // by this store
    intake::Entry entry = EntryOf("one");
    entry.state = State::ATTACHED;
    entry.their_id = "98765";
    entry.tried_at = clock_.Now();
    ASSERT_TRUE(inbox_->Keep(entry).ok());
    ASSERT_TRUE(inbox_->Registered(EntryOf("one")).ok());
  }
  std::string Show() {
    Command command;
    command.name = "show";
    command.id = Hex("one");
    command.by = "anna";
    command.language = contract::Language::kEnglish;
    return Execute(*inbox_, "f", command).text;
  }
};

TEST_F(IntakeFilesTest, TheSenderIsToldAndTheFilesGoOn) {
  ArriveWithFiles();
  Posted();
  ASSERT_EQ(EntryOf("one").state, State::FILING);
  ASSERT_THAT(EntryOf("one").files, SizeIs(2));
  EXPECT_EQ(EntryOf("one").files[0].state, intake::FileState::WAITING);
  EXPECT_THAT(Outgoing(), SizeIs(1)) << "registered does not wait for the files";
  CrashAndOpen();
  ASSERT_THAT(inbox_->Pending(), SizeIs(1));
  ASSERT_THAT(EntryOf("one").files, SizeIs(2));
  ASSERT_TRUE(Say("one", "assessed").ok());
  EXPECT_EQ(EntryOf("one").state, State::FILING) << "whatever is answered";
}

TEST_F(IntakeFilesTest, OneThatAnotherStorePostedLooksForItsFilesFirst) {
  ArriveWithFiles();
  Bring("one", State::ATTACHED, Why::NONE, "98765");
  ASSERT_TRUE(inbox_->Registered(EntryOf("one")).ok());
  EXPECT_EQ(EntryOf("one").files[0].state, intake::FileState::POSTING);
}

TEST_F(IntakeFilesTest, AFileIsGivenPartByPartAndItsTakingOutIsNoted) {
  ArriveWithFiles();
  Posted();
  EXPECT_EQ(inbox_->FilesOf(EntryOf("one"))->at(0).arrival, intake::Arrival::kOnItsWay);
  EXPECT_EQ(inbox_->PartOf(EntryOf("one"), 0, 0).error().code, Code::kConflict);
  ArriveParts("hello world", 4);
  const auto files = inbox_->FilesOf(EntryOf("one"));
  EXPECT_EQ(files->at(0).arrival, intake::Arrival::kComplete);
  EXPECT_EQ(files->at(0).size, 11U);
  EXPECT_EQ(files->at(0).media_type, "application/pdf");
  EXPECT_EQ(files->at(1).arrival, intake::Arrival::kOnItsWay);
  std::string whole;
  for (uint16_t index = 0; index < 4; ++index)
    whole += *inbox_->PartOf(EntryOf("one"), 0, index);
  EXPECT_EQ(whole, "hello world") << "and nothing after the last";
  EXPECT_THAT(Show(), HasSubstr("taken out (intake)"));
  size_t noted = 0;
  ASSERT_TRUE(inbox_->audit().Each(0, 100, [&](const AuditRow& row) {
    if (row.action == Action::TOOK_ATTACHMENT && row.by == "intake") ++noted;
    return true;
  }).ok());
  EXPECT_EQ(noted, 1U);
}

TEST_F(IntakeFilesTest, ShowTellsOfEachFileHowFarItIs) {
  ArriveWithFiles();
  EXPECT_THAT(Show(), Not(HasSubstr("social system\n"))) << "it is not there itself";
  Posted();
  EXPECT_THAT(Show(), HasSubstr("to be sent to the social system"));
  intake::Entry entry = EntryOf("one");
  entry.files[0].state = intake::FileState::SENT;
  entry.files[0].missing = true;
  entry.files[1].state = intake::FileState::DOUBT;
  ASSERT_TRUE(inbox_->Keep(entry).ok());
  EXPECT_THAT(Show(), HasSubstr("not sent to the social system: fetch it here"));
  EXPECT_THAT(Show(), HasSubstr("search for samsignal-" + Hex("one") + "-2.pdf"));
  entry.files[0] = {};
  entry.state = State::LEFT;
  ASSERT_TRUE(inbox_->Keep(entry).ok());
  EXPECT_THAT(Show(), HasSubstr("not sent to the social system")) << "and will not be: a person's";
  EXPECT_THAT(*ListJson(*inbox_, 0), HasSubstr("\"files\":[\"waiting\",\"doubt\"]"));
}

TEST_F(IntakeFilesTest, APersonRulesOnFilesWithoutMakingTheIntakeAgain) {
  ArriveWithFiles();
  Posted();
  const auto held = [this](Why why) {
    intake::Entry entry = EntryOf("one");
    entry.state = State::HELD;
    entry.why = why;
    entry.files[0].state = intake::FileState::DOUBT;
    entry.files[1].state = intake::FileState::REFUSED;
    ASSERT_TRUE(inbox_->Keep(entry).ok());
  };
  held(Why::FILE);
  ASSERT_TRUE(Say("one", "assessed").ok());
  EXPECT_EQ(EntryOf("one").state, State::HELD) << "an answer is no ruling on the files";
  EXPECT_EQ(Rule("one", Inbox::Ruling::kAgain)->state, State::FILING);
  EXPECT_EQ(EntryOf("one").files[0].state, intake::FileState::WAITING);
  EXPECT_EQ(EntryOf("one").files[1].state, intake::FileState::WAITING);
  held(Why::FILE);
  EXPECT_EQ(Rule("one", Inbox::Ruling::kCreated)->state, State::FILING) << "they are there";
  EXPECT_EQ(EntryOf("one").files[0].state, intake::FileState::SENT);
  EXPECT_EQ(EntryOf("one").their_id, "98765");
  held(Why::NO_CODE);
  EXPECT_EQ(Rule("one", Inbox::Ruling::kCreated, "1").error().code, Code::kConflict);
  held(Why::FILE);
  EXPECT_EQ(Rule("one", Inbox::Ruling::kLeave)->state, State::LEFT);
  EXPECT_THAT(inbox_->Pending(), IsEmpty());
}

// A version that sent no files brought such intakes to their end; their files stayed here for ever.
TEST_F(IntakeFilesTest, FilesThatAnEarlierVersionNeverSentAreAPersonsOnce) {
  ArriveWithFiles();
  Bring("one", State::DONE, Why::NONE, "98765");
  Arrive(5, "without");
  Admit();
  Bring("without", State::DONE, Why::NONE, "98766");
  CrashAndOpen();
  ASSERT_TRUE(inbox_->HoldUnsentFiles().ok());
  EXPECT_EQ(EntryOf("one").state, State::HELD);
  EXPECT_EQ(EntryOf("one").why, Why::FILE);
  ASSERT_THAT(EntryOf("one").files, SizeIs(2));
  for (const intake::File& file : EntryOf("one").files)
    EXPECT_EQ(file.state, intake::FileState::DOUBT);
  EXPECT_EQ(EntryOf("without").state, State::DONE);
  EXPECT_THAT(Show(), HasSubstr("search for samsignal-" + Hex("one") + "-2.pdf"));
  CrashAndOpen();
  EXPECT_THAT(inbox_->Pending(), SizeIs(1)) << "on disk";
  EXPECT_EQ(Rule("one", Inbox::Ruling::kAgain)->state, State::FILING) << "and it sends them";
  Bring("one", State::DONE, Why::NONE, "98765");
  intake::Entry bare = EntryOf("one");
  bare.files.clear();
  ASSERT_TRUE(inbox_->Keep(bare).ok());
  ASSERT_TRUE(inbox_->HoldUnsentFiles().ok());
  EXPECT_EQ(EntryOf("one").state, State::DONE) << "looked for once";
}

TEST_F(IntakeFilesTest, OneThatIsWithdrawnWhileItsFilesGoCallsAPerson) {
  ArriveWithFiles();
  Posted();
  Draft withdrawal;
  withdrawal.name = "w";
  withdrawal.code = "WITHDRAWN";
  withdrawal.withdraws = "one";
  Receive(20, withdrawal);
  EXPECT_EQ(EntryOf("one").state, State::HELD);
  EXPECT_EQ(EntryOf("one").why, Why::WITHDRAWN_LATER);
  EXPECT_EQ(Rule("one", Inbox::Ruling::kAgain).error().code, Code::kConflict);
}

}  // namespace
}  // namespace sam::inbox::test
