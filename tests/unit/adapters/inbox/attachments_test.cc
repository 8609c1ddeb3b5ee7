// Attachments in the inbox: one row for each part, whole only when its digest says so, taken out by name.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/inbox/attachment_file.h"
#include "adapters/inbox/attachment_rows.h"
#include "adapters/inbox/spaces.h"
#include "adapters/inbox/view.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Content(size_t size, char first = 'a') {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(first + i % 23);
  return out;
}

struct Sheet {
  std::string report = "one";
  std::string content = Content(250);
  std::string digest;  // empty: the right one
  uint16_t attachment = 0;
  size_t part = 100;
  std::string digest_bytes() const {
    return digest.empty() ? std::string(Sha256({content}).view()) : digest;
  }
  uint16_t count() const { return static_cast<uint16_t>((content.size() + part - 1) / part); }
};

class AttachmentsTest : public InboxTest {
 protected:
  static std::string PartSignal(const Sheet& sheet, uint16_t index) {
    capnp::MallocMessageBuilder message;
    auto signal = message.initRoot<schema::Signal>();
    const SignalId id = IdOf(sheet.report + "#" + std::to_string(sheet.attachment) + "." +
                             std::to_string(index));
    const SignalId about = IdOf(sheet.report);
    signal.setSignalId(wire::AsData(id.view()));
    signal.setCode("ATTACHMENT");
    signal.setLegalClass(schema::LegalClass::A);
    auto body = signal.getBody().initAttachment();
    body.setAbout(wire::AsData(about.view()));
    body.setAttachment(sheet.attachment);
    body.setIndex(index);
    body.setCount(sheet.count());
    body.setSize(sheet.content.size());
    body.setDigest(wire::AsData(sheet.digest_bytes()));
    body.setBytes(wire::AsData(sheet.content.substr(index * sheet.part, sheet.part)));
    return wire::Flatten(message);
  }
  static std::string ReportSignal(const std::vector<Sheet>& sheets) {
    capnp::MallocMessageBuilder message;
    auto signal = message.initRoot<schema::Signal>();
    const SignalId id = IdOf("one");
    signal.setSignalId(wire::AsData(id.view()));
    signal.setCode("SIG-A1");
    signal.setLegalClass(schema::LegalClass::A);
    auto report = signal.getBody().initReport();
    report.setConcern("the concern itself");
    auto list = report.initAttachments(static_cast<unsigned>(sheets.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setDigest(wire::AsData(sheets[i].digest_bytes()));
      list[i].setMediaType("application/pdf");
      list[i].setTitle("scan\nof 1");
      list[i].setSize(sheets[i].content.size());
    }
    return wire::Flatten(message);
  }
  void Deliver(const std::string& signal) {
    ASSERT_TRUE(inbox_->Take(At(++number_), signal, wire::WithheldCode::NONE, {}).ok());
    ASSERT_TRUE(inbox_->Commit().ok());
  }
  void DeliverAll(const Sheet& sheet) {
    for (uint16_t i = 0; i < sheet.count(); ++i) Deliver(PartSignal(sheet, i));
  }
  Listed Only() {
    const auto listed = inbox_->attachments().Of(*inbox_->Find(Hex("one")));
    EXPECT_TRUE(listed.ok());
    EXPECT_EQ(listed->size(), 1u);
    return listed->empty() ? Listed{} : listed->front();
  }
  std::string Show() {
    return Execute(*inbox_, "f", {"show", Hex("one"), "", "", "", "anna",
                                  contract::Language::kEnglish}).text;
  }
  Command Wanted(const std::string& number = "1") const {
    Command command;
    command.name = "attachment";
    command.id = Hex("one");
    command.word = number;
    command.by = "anna";
    return command;
  }
  Result<uint64_t> Save(const std::string& path, const std::string& number = "1") {
    return SaveAttachment([this](const Command& one) -> Result<Reply> {
      return DecodeReply(EncodeReply(Execute(*inbox_, "f", *DecodeRequest(EncodeRequest(one), one.by))));
    }, Wanted(number), path);
  }
  size_t PartRows() {
    size_t rows = 0;
    EXPECT_TRUE(store_.Scan(spaces::kParts, {}, {}, [&](std::string_view, std::string_view) {
      ++rows;
      return true;
    }).ok());
    return rows;
  }
  Result<std::vector<Attachments::Ended>> Untold(size_t limit) {
    return inbox_->attachments().Untold(
        limit, [this](const SignalId& id) { return inbox_->Find(ToHex(id.view())); });
  }
  static std::string ReadBack(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  ::sam::test::TempDir dir_;
  uint64_t number_ = 0;
};

TEST_F(AttachmentsTest, PartsInAnyOrderBeforeAndAfterTheReportMakeTheFile) {
  const Sheet sheet;
  Deliver(PartSignal(sheet, 2));
  Deliver(ReportSignal({sheet}));
  EXPECT_THAT(Show(), HasSubstr("received 1 of 3 parts"));
  Deliver(PartSignal(sheet, 0));
  EXPECT_EQ(Only().file.state, FileState::RECEIVING);
  Deliver(PartSignal(sheet, 1));
  EXPECT_EQ(Only().file.state, FileState::COMPLETE);
  EXPECT_THAT(Show(), HasSubstr("Attachment 1: scan of 1  application/pdf  250 byte  complete"));
  EXPECT_EQ(Rows().size(), 1u) << "parts are no signals of their own";
}

TEST_F(AttachmentsTest, APartDeliveredAgainIsOneRow) {
  const Sheet sheet;
  Deliver(ReportSignal({sheet}));
  DeliverAll(sheet);
  DeliverAll(sheet);
  EXPECT_EQ(PartRows(), 3u);
  EXPECT_EQ(Only().file.received, 3);
  EXPECT_EQ(Only().file.state, FileState::COMPLETE);
}

TEST_F(AttachmentsTest, APowerCutKeepsWhatWasCommittedAndTheRestIsTakenAgain) {
  const Sheet sheet;
  Deliver(ReportSignal({sheet}));
  Deliver(PartSignal(sheet, 0));
  ASSERT_TRUE(inbox_->Take(At(9), PartSignal(sheet, 1), wire::WithheldCode::NONE, {}).ok());
  CrashAndOpen();
  EXPECT_EQ(Only().file.received, 1);
  Deliver(PartSignal(sheet, 1));
  Deliver(PartSignal(sheet, 2));
  CrashAndOpen();
  EXPECT_EQ(Only().file.state, FileState::COMPLETE);
  ASSERT_TRUE(Save(dir_ / "out.pdf").ok());
  EXPECT_EQ(ReadBack(dir_ / "out.pdf"), sheet.content);
}

TEST_F(AttachmentsTest, AWholeThatIsNotWhatWasAnnouncedIsDamagedAndNeverHandedOut) {
  Sheet sheet;
  sheet.digest = std::string(32, 'x');
  Deliver(ReportSignal({sheet}));
  DeliverAll(sheet);
  EXPECT_EQ(Only().file.state, FileState::DAMAGED);
  EXPECT_THAT(Show(), HasSubstr("DAMAGED"));
  EXPECT_THAT(*ListText(*inbox_, "f", contract::Language::kEnglish),
              HasSubstr("1 attachments are damaged"));
  EXPECT_THAT(*StatusJson(*inbox_), HasSubstr("\"attachments_damaged\":1"));
  const auto saved = Save(dir_ / "out.pdf");
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code, Code::kCorrupt);
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / ""));
  EXPECT_EQ(PartRows(), 3u) << "kept aside, for whoever finds out why";
  CrashAndOpen();
  EXPECT_EQ(inbox_->attachments().damaged(), 1u);
}

TEST_F(AttachmentsTest, AFileOtherThanTheReportWasSignedWithIsDamaged) {
  const Sheet signed_with;
  Sheet sent;
  sent.content = Content(250, 'b');
  Deliver(ReportSignal({signed_with}));
  DeliverAll(sent);
  EXPECT_EQ(Only().file.state, FileState::DAMAGED);
  EXPECT_FALSE(Save(dir_ / "out.pdf").ok());
}

TEST_F(AttachmentsTest, PartsThatDoNotAgreeAboutTheWholeMakeNone) {
  const Sheet sheet;
  Sheet other;
  other.content = Content(250, 'c');
  Deliver(ReportSignal({sheet}));
  Deliver(PartSignal(sheet, 0));
  Deliver(PartSignal(other, 1));
  EXPECT_EQ(Only().file.state, FileState::DAMAGED);
}

TEST_F(AttachmentsTest, AFileThatIsWholeStaysWholeWhateverIsToldOfItLater) {
  const Sheet sheet;
  Deliver(ReportSignal({sheet}));
  DeliverAll(sheet);
  Sheet longer;
  longer.content = Content(900, 'c');
  for (const uint16_t index : {3, 4}) Deliver(PartSignal(longer, index));
  EXPECT_EQ(Only().file.state, FileState::COMPLETE);
  EXPECT_EQ(Only().file.received, 3);
  ASSERT_TRUE(Save(dir_ / "out.pdf").ok());
  EXPECT_EQ(ReadBack(dir_ / "out.pdf"), sheet.content);
}

TEST_F(AttachmentsTest, ALineSaysWhatTheReportSaysOfTheFile) {
  const Sheet signed_with;
  Sheet sent;
  sent.content = Content(250, 'b');
  DeliverAll(sent);
  EXPECT_TRUE(Untold(1)->empty()) << "its report is not here, and its line comes first";
  Deliver(ReportSignal({signed_with}));
  const auto told = Untold(1);
  ASSERT_EQ(told->size(), 1u);
  EXPECT_THAT(AttachmentJson(told->front()), HasSubstr("damaged"));
}

TEST_F(AttachmentsTest, WhatCannotBeAPartIsKeptAsASignalThatCannotBeRead) {
  Sheet sheet;
  sheet.digest = "short";
  Deliver(PartSignal(sheet, 0));
  ASSERT_EQ(Rows().size(), 1u);
  EXPECT_EQ(PartRows(), 0u);
}

TEST_F(AttachmentsTest, TakingOutWritesAFileOfOnesOwnOnceAndNotesWhoTookIt) {
  const Sheet sheet;
  Deliver(ReportSignal({sheet}));
  const std::string path = dir_ / "scan.pdf";
  auto early = Save(path);
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error().code, Code::kConflict);
  DeliverAll(sheet);
  auto saved = Save(path);
  ASSERT_TRUE(saved.ok()) << saved.error().message;
  EXPECT_EQ(*saved, 250u);
  EXPECT_EQ(ReadBack(path), sheet.content);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_THAT(Show(), HasSubstr("taken out (anna)"));
  std::ofstream(dir_ / "other") << "mine";
  auto over = Save(dir_ / "other");
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.error().code, Code::kConflict);
  EXPECT_EQ(ReadBack(dir_ / "other"), "mine");
  for (const char* number : {"0", "2", "x", "99999999"}) EXPECT_FALSE(Save(dir_ / "n", number).ok());
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_ / "")) files += entry.exists();
  EXPECT_EQ(files, 2u) << "no half file stays";
}

TEST_F(AttachmentsTest, TheMachinesViewSaysHowFarEachIs) {
  const Sheet sheet;
  Deliver(ReportSignal({sheet}));
  EXPECT_THAT(*RowJson(*inbox_, Rows().at(0)),
              HasSubstr("\"attachments\":[{\"number\":1,\"state\":\"waiting\",\"received\":0"));
  DeliverAll(sheet);
  EXPECT_THAT(*RowJson(*inbox_, Rows().at(0)), HasSubstr("\"state\":\"complete\",\"received\":3"));
  const auto ended = Untold(10);
  ASSERT_TRUE(ended.ok());
  ASSERT_EQ(ended->size(), 1u);
  EXPECT_THAT(AttachmentJson(ended->front()),
              HasSubstr("{\"v\":1,\"attachment\":{\"id\":\"" + Hex("one") + "\",\"number\":1,"));
  ASSERT_TRUE(inbox_->attachments().SetTold(ended->front()).ok());
  CrashAndOpen();
  EXPECT_TRUE(Untold(10)->empty()) << "told once";
}

TEST_F(AttachmentsTest, RowsReadBackAndDamageIsTold) {
  const std::string part = Encode(PartRow{IdOf("p"), 3, 9, "digest", "bytes"});
  EXPECT_EQ(DecodePart(part)->bytes, "bytes");
  FileRow file{3, 2, 9, "digest", FileState::RECEIVING, Millis(5), {{Millis(4), "anna"}}, true};
  const auto read = DecodeFile(Encode(file));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->views.size(), 1u);
  EXPECT_EQ(read->received, 2);
  EXPECT_TRUE(read->handed_over);
  for (size_t cut = 0; cut < part.size(); ++cut)
    EXPECT_FALSE(DecodePart(part.substr(0, cut)).ok()) << cut;
}

}  // namespace
}  // namespace sam::inbox::test
