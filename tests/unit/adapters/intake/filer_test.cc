// The way of a report's files to their intake, through every answer that can come.
#include "adapters/intake/filer.h"

#include "tests/unit/adapters/intake/intake_rig.h"

namespace sam::intake::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class FilerTest : public IntakeTest {
 protected:
  void SetUp() override {
    IntakeTest::SetUp();
    OpenFiler();
  }
  void OpenFiler() {
    auto system = std::make_unique<ScriptedSystem>();
    system_ = system.get();
    filer_ = std::make_unique<Filer>(book_, config_, std::move(system), clock_, Random(5));
  }
  // An intake that is made, whose report lists these files.
  void Made(uint64_t number, const std::vector<Listed>& files) {
    Entry entry;
    entry.number = number;
    entry.signal = IdOf(number);
    entry.state = State::FILING;
    entry.their_id = "98765";
    entry.tried_at = clock_.Now();
    entry.files.resize(files.size());
    book_.signals[number] = {SignalBytes({}), clock_.Now(), false, true};
    book_.listed[number] = files;
    book_.entries[number] = entry;
  }
  static Listed Whole(const std::string& title = "scan", uint64_t size = 6) {
    return {Arrival::kComplete, title, "application/pdf", size};
  }
  static Listed Underway() { return {Arrival::kOnItsWay, "later", "application/pdf", 0}; }
  void Go(int rounds = 12) {
    for (int i = 0; i < rounds; ++i) {
      const auto done = filer_->Step();
      ASSERT_TRUE(done.ok()) << done.error().message;
    }
  }
  std::vector<FileState> FileStates(uint64_t number) const {
    std::vector<FileState> out;
    for (const File& file : book_.entries.at(number).files) out.push_back(file.state);
    return out;
  }
  std::string NameOf(size_t request) const { return system_->asked.at(request).upload.parts.back().file_name; }
  // What the request's content is, piece by piece.
  static std::string Content(const rest::Upload& upload) {
    std::string out;
    const auto& part = upload.parts.back();
    while (out.size() < part.size) {
      const auto piece = part.next();
      if (!piece.ok() || piece->empty()) break;
      out += *piece;
    }
    return out;
  }
  static std::string ListOf(const std::string& name) {
    return R"([{"Id":1,"Title":"Orosanmälan","FileName":"samsignal.html"},{"Id":2,"FileName":")" + name +
           R"("}])";
  }

  std::unique_ptr<Filer> filer_;
};

TEST_F(FilerTest, EachFileIsSentOnceInOrderAndNotedBeforeTheNextLeaves) {
  Made(1, {Whole("scan ett"), Whole("scan två", 300)});
  book_.parts[0] = {"abc", "def"};
  Go(2);
  ASSERT_EQ(system_->asked.size(), 1U);
  EXPECT_THAT(FileStates(1), ElementsAre(FileState::POSTING, FileState::WAITING)) << "on disk before";
  const auto& first = system_->asked[0];
  EXPECT_EQ(first.path, "/apifc/v1/Actualisations/98765/Attachments");
  EXPECT_EQ(first.query.size(), 2U) << "no name in the address";
  EXPECT_EQ(Content(first.upload), "abcdef");
  EXPECT_EQ(first.upload.parts.back().type, "application/pdf");
  EXPECT_EQ(NameOf(0), Reference(IdOf(1)) + "-1.pdf") << "says nothing of the person";
  system_->Will(200, "4711");
  Go(1);
  EXPECT_THAT(FileStates(1), ElementsAre(FileState::SENT, FileState::WAITING));
  EXPECT_EQ(book_.entries.at(1).files[0].their_id, "4711") << "with its answer";
  EXPECT_EQ(book_.entries.at(1).files[0].status, 200);
  system_->Will(200, "true");
  Go();
  EXPECT_EQ(NameOf(1), Reference(IdOf(1)) + "-2.pdf");
  EXPECT_EQ(system_->asked.size(), 2U);
  EXPECT_EQ(book_.kept.back().state, State::DONE);
  EXPECT_THAT(book_.entries, IsEmpty());
}

TEST_F(FilerTest, AFileIsSentWhenAllOfItIsHereAndNotBefore) {
  Made(1, {Underway(), Whole()});
  system_->Will(200, "true");
  Go();
  ASSERT_EQ(system_->asked.size(), 1U);
  EXPECT_THAT(NameOf(0), testing::EndsWith("-2.pdf")) << "the one that is whole does not wait";
  Go();
  EXPECT_EQ(system_->asked.size(), 1U);
  EXPECT_EQ(StateOf(1), State::FILING);
  book_.listed[1][0] = Whole();
  Wait(Filer::kLookAgainMs);
  system_->Will(200, "true");
  Go();
  EXPECT_THAT(NameOf(1), testing::EndsWith("-1.pdf"));
  EXPECT_EQ(StateOf(1), State::DONE);
}

TEST_F(FilerTest, OneThatNeverComesOrIsDamagedIsNamedAtTheIntakeInItsPlace) {
  Made(1, {Underway(), {Arrival::kDamaged, "trasig", "image/png", 9}});
  system_->Will(200, "true");
  Go();
  ASSERT_EQ(system_->asked.size(), 1U) << "a damaged one at once";
  const auto& note = system_->asked[0].upload.parts;
  EXPECT_EQ(NameOf(0), Reference(IdOf(1)) + "-2-inbox.html");
  EXPECT_THAT(note.back().value, HasSubstr("Bilaga 2"));
  EXPECT_THAT(note.back().value, HasSubstr("inkorgen"));
  EXPECT_THAT(note.back().value, HasSubstr(Reference(IdOf(1))));
  EXPECT_FALSE(note.back().next) << "nothing of the file itself";
  Wait(config_.file_wait_ms - 1);
  Go();
  EXPECT_EQ(system_->asked.size(), 1U);
  Wait(Filer::kLookAgainMs);
  system_->Will(200, "true");
  Go();
  ASSERT_EQ(system_->asked.size(), 2U);
  EXPECT_EQ(NameOf(1), Reference(IdOf(1)) + "-1-inbox.html");
  EXPECT_EQ(StateOf(1), State::DONE);
  EXPECT_TRUE(book_.kept.back().files[0].missing);
  EXPECT_EQ(book_.taken, 0U) << "and nothing was taken out";
}

TEST_F(FilerTest, ALostAnswerIsLookedUpAndNoFileStandsTwice) {
  Made(1, {Whole()});
  system_->Will(500);
  Go();
  EXPECT_EQ(system_->asked.size(), 1U) << "not before it had time to settle";
  EXPECT_THAT(FileStates(1), ElementsAre(FileState::POSTING));
  Wait(config_.settle_ms);
  system_->Will(200, ListOf(Reference(IdOf(1)) + "-1.pdf"));
  Go();
  ASSERT_EQ(system_->asked.size(), 2U);
  EXPECT_EQ(system_->asked[1].method, "GET");
  EXPECT_EQ(system_->asked[1].path, "/apifc/v1/Actualisations/98765/Attachments");
  EXPECT_EQ(StateOf(1), State::DONE);
}

TEST_F(FilerTest, ItIsSentAgainOnlyWhenItIsNotThere) {
  Made(1, {Whole()});
  system_->Will(0);
  Go();
  Wait(config_.settle_ms);
  system_->Will(200, ListOf(Reference(IdOf(2)) + "-1.pdf"));
  system_->Will(200, "true");
  Go();
  ASSERT_EQ(system_->asked.size(), 3U);
  EXPECT_EQ(system_->asked[2].method, "POST");
  EXPECT_EQ(StateOf(1), State::DONE);
}

TEST_F(FilerTest, ARestartBetweenPostAndNoteLooksFirst) {
  Made(1, {Whole()});
  Go(1);
  ASSERT_THAT(FileStates(1), ElementsAre(FileState::POSTING));
  Wait(1'000);
  OpenFiler();
  Go();
  EXPECT_THAT(system_->asked, IsEmpty()) << "the POST may still be under way";
  Wait(config_.settle_ms - 1'000);
  system_->Will(200, ListOf(Reference(IdOf(1)) + "-1.pdf"));
  Go();
  EXPECT_EQ(system_->asked.size(), 1U);
  EXPECT_EQ(StateOf(1), State::DONE);
}

TEST_F(FilerTest, WhatNobodyCanTellIsAPersonsAndIsNeverSentOnAGuess) {
  for (const char* list : {"404", "[{\"Id\":1}]", "[{\"FileName\":\"samsignal-\"}]"}) {
    Made(1, {Whole()});
    system_->Will(0);
    Go();
    Wait(config_.settle_ms);
    if (std::string(list) == "404")
      system_->Will(404);
    else
      system_->Will(200, list);
    Go();
    EXPECT_EQ(StateOf(1), State::HELD) << list;
    EXPECT_EQ(book_.entries.at(1).why, Why::FILE) << list;
    EXPECT_THAT(FileStates(1), ElementsAre(FileState::DOUBT)) << list;
  }
  EXPECT_EQ(system_->asked.size(), 6U);
  config_.look_up_files = false;
  OpenFiler();
  Made(1, {Whole()});
  system_->Will(503);
  Go();
  Wait(config_.settle_ms);
  Go();
  EXPECT_EQ(system_->asked.size(), 1U) << "without a look-up every doubt is a person's";
  EXPECT_EQ(book_.entries.at(1).why, Why::FILE);
}

TEST_F(FilerTest, ARefusalHoldsUpNoOtherFileAndIsThenAPersons) {
  Made(1, {Whole(), Whole()});
  Made(2, {Whole()});
  for (const int status : {415, 200, 200}) system_->Will(status, "true");
  Go();
  EXPECT_EQ(book_.entries.at(1).why, Why::FILE);
  EXPECT_EQ(book_.entries.at(1).status, 415);
  EXPECT_THAT(FileStates(1), ElementsAre(FileState::REFUSED, FileState::SENT));
  EXPECT_EQ(StateOf(2), State::DONE);
  EXPECT_EQ(system_->asked.size(), 3U);
}

TEST_F(FilerTest, OneThatWaitsForAPersonHoldsUpNoOtherIntakesFiles) {
  Made(1, {Whole("ett"), Whole("två")});
  Made(2, {Whole("tre")});
  system_->Will(422);
  system_->Will(422);
  system_->Will(201, R"({"Id": 3})");
  Go();
  EXPECT_EQ(book_.entries.at(1).state, State::HELD);
  EXPECT_EQ(book_.entries.count(2), 0U) << "at its end";
}

TEST_F(FilerTest, BusyAndUnreachableWaitAndSendAgainWithoutALookUp) {
  Made(1, {Whole()});
  system_->Will(429, "", 120);
  Go();
  EXPECT_THAT(FileStates(1), ElementsAre(FileState::WAITING));
  Wait(119'000);
  Go();
  EXPECT_EQ(system_->asked.size(), 1U);
  Wait(1'000);
  system_->Will(200, "true");
  Go();
  EXPECT_EQ(system_->asked.size(), 2U);
  EXPECT_EQ(StateOf(1), State::DONE);
}

TEST_F(FilerTest, OneThatNeverGoesInIsAPersonsAfterAsManyTimesAsAreAllowed) {
  Made(1, {Whole()});
  for (uint32_t i = 0; i < config_.attempts; ++i) {
    system_->Will(500);
    Go(4);
    Wait(config_.settle_ms);
    system_->Will(200, "[]");
    Go(4);
    Wait(config_.backoff_max_ms);
  }
  Go();
  EXPECT_EQ(system_->asked.size(), 2 * config_.attempts);
  EXPECT_EQ(book_.entries.at(1).why, Why::FILE);
}

TEST_F(FilerTest, OneOfAStoreThatIsLostIsLookedForBeforeItIsSent) {
  Made(1, {Whole(), Whole()});
  for (File& file : book_.entries.at(1).files) file.state = FileState::POSTING;
  system_->Will(200, ListOf(Reference(IdOf(1)) + "-1.pdf"));
  system_->Will(200, "[]");
  system_->Will(200, "true");
  Go();
  ASSERT_EQ(system_->asked.size(), 3U);
  EXPECT_EQ(system_->asked[1].method, "GET");
  EXPECT_THAT(NameOf(2), testing::EndsWith("-2.pdf"));
  EXPECT_EQ(StateOf(1), State::DONE);
}

TEST_F(FilerTest, AReportThatIsTakenBackSendsNoFiles) {
  Made(1, {Whole(), Whole()});
  Go(1);
  // Taken back while the first is on its way: what happened to it is noted still.
  book_.entries.at(1).state = State::HELD;
  book_.entries.at(1).why = Why::WITHDRAWN_LATER;
  system_->Will(200, "true");
  Go();
  EXPECT_THAT(FileStates(1), ElementsAre(FileState::SENT, FileState::WAITING));
  EXPECT_EQ(StateOf(1), State::HELD);
  EXPECT_EQ(system_->asked.size(), 1U);
  Made(2, {Whole()});
  book_.signals[2].withdrawn = true;
  Go();
  EXPECT_EQ(book_.entries.at(2).why, Why::WITHDRAWN_LATER);
  EXPECT_EQ(system_->asked.size(), 1U);
}

TEST_F(FilerTest, AFullDiskLetsNothingLeaveAndLosesNothing) {
  Made(1, {Whole()});
  book_.full = true;
  EXPECT_EQ(filer_->Step().error().code, Code::kExhausted);
  EXPECT_THAT(system_->asked, IsEmpty());
  book_.full = false;
  Go(1);
  ASSERT_EQ(system_->asked.size(), 1U);
  book_.full = true;
  system_->Will(200, "true");
  EXPECT_EQ(filer_->Step().error().code, Code::kExhausted) << "the answer is not kept";
  book_.full = false;
  Go();
  EXPECT_EQ(system_->asked.size(), 1U);
  Wait(config_.settle_ms);
  system_->Will(200, ListOf(Reference(IdOf(1)) + "-1.pdf"));
  Go();
  EXPECT_EQ(StateOf(1), State::DONE);
}

TEST_F(FilerTest, APartThatCannotBeReadEndsTheRequestAndIsTold) {
  Made(1, {Whole()});
  Go(1);
  book_.broken = true;
  EXPECT_FALSE(system_->asked[0].upload.parts.back().next().ok());
  system_->Will(0);
  EXPECT_EQ(filer_->Step().error().code, Code::kCorrupt);
  EXPECT_THAT(FileStates(1), ElementsAre(FileState::POSTING)) << "looked up later";
}

TEST_F(FilerTest, WithoutFilesTheEntryEndsAsItIs) {
  config_.files = false;
  OpenFiler();
  Made(1, {Whole()});
  Go();
  EXPECT_THAT(system_->asked, IsEmpty());
  EXPECT_EQ(StateOf(1), State::DONE);
}

TEST_F(FilerTest, WhatTheSenderCallsAFileGoesIntoTheTitleAlone) {
  Made(1, {{Arrival::kComplete, std::string("Frej\r\nX: y ") + std::string(400, 'n'),
            "text/html\r\nX-Evil: 1", 3}});
  Go(1);
  const auto& parts = system_->asked.at(0).upload.parts;
  EXPECT_THAT(parts.back().file_name, testing::EndsWith("-1.bin"));
  EXPECT_EQ(parts.back().type, "application/octet-stream") << "no header line of its own";
  const auto title = std::find_if(parts.begin(), parts.end(),
                                  [](const auto& part) { return part.name == "Title"; });
  ASSERT_NE(title, parts.end());
  EXPECT_THAT(title->value, StartsWith("Bilaga 1: Frej  X: y n"));
  EXPECT_LE(title->value.size(), 200U);
  EXPECT_THAT(system_->asked[0].path, Not(HasSubstr("Frej")));
}

}  // namespace
}  // namespace sam::intake::test
