// What people and programs see, and the commands behind it.
#include "adapters/inbox/view.h"

#include <capnp/any.h>
#include <capnp/schema.h>

#include <algorithm>
#include <cstring>

#include "schemas/admin.capnp.h"

#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

using contract::Language;
using testing::HasSubstr;
using testing::Not;

class ViewTest : public InboxTest {
 protected:
  Reply Ask(const std::string& name, const std::string& id = "", const std::string& word = "",
            const std::string& reference = "") {
    Command command;
    command.name = name;
    command.id = id;
    command.word = word;
    command.reference = reference;
    command.by = "anna";
    command.language = Language::kEnglish;
    // As through the door: both ways over the wire.
    const auto request = DecodeRequest(EncodeRequest(command), "anna");
    EXPECT_TRUE(request.ok());
    const auto reply = DecodeReply(EncodeReply(Execute(*inbox_, "bollnas.mottagning", *request)));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? *reply : Reply{};
  }
};

TEST_F(ViewTest, TheAuditTellsWhoDidWhatOfAllOrOfOneSignal) {
  Receive(1, {});
  Receive(2, {.name = "two"});
  EXPECT_THAT(Ask("audit").text, HasSubstr("No access"));
  Ask("show", Hex("one"));
  Ask("show", Hex("two"));
  EXPECT_THAT(Ask("audit").text, HasSubstr("anna  looked (command)  " + Hex("one").substr(0, 8)));
  const Reply one = Ask("audit", Hex("two"));
  EXPECT_THAT(one.text, Not(HasSubstr(Hex("one").substr(0, 8))));
  EXPECT_THAT(one.json, HasSubstr("\"signal\":\"" + Hex("two") + "\""));
  EXPECT_THAT(Ask("audit", "", "2").json, Not(HasSubstr(Hex("one"))));
  EXPECT_FALSE(Ask("audit", "", "x").ok);
  EXPECT_FALSE(Ask("audit", "ffff").ok);
}

// A hub that is newer than this inbox: a kind of signal, a content and a field of which it knows nothing. It must be
// kept, shown with what is known of it, and confirmed; a signal that nobody sees would be the worst answer.
TEST_F(ViewTest, ASignalOfANewerSchemaIsKeptShownAndConfirmed) {
  capnp::MallocMessageBuilder message;
  const auto known = wire::Parse<schema::Signal>(SignalBytes({}));
  ASSERT_TRUE(known.ok());
  auto wider = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(24, 24);  // words and pointers
  const auto raw = capnp::AnyStruct::Reader(known->get());
  std::copy(raw.getDataSection().begin(), raw.getDataSection().end(), wider.getDataSection().begin());
  for (unsigned i = 0; i < raw.getPointerSection().size(); ++i) wider.getPointerSection()[i].set(raw.getPointerSection()[i]);
  wider.getDataSection()[150] = 7;  // a field of later
  auto signal = message.getRoot<schema::Signal>();
  signal.setCode("SIG-B9");
  signal.setLegalClass(schema::LegalClass::B);
  const uint32_t which = capnp::Schema::from<schema::Signal::Body>().getProto().getStruct().getDiscriminantOffset();
  const uint16_t later = 60;
  std::memcpy(wider.getDataSection().begin() + size_t{2} * which, &later, 2);
  ASSERT_TRUE(inbox_->Take(At(1), wire::Flatten(message), wire::WithheldCode::NONE, {}).ok());
  ASSERT_TRUE(inbox_->Commit().ok());
  ASSERT_EQ(Rows().size(), 1u);
  EXPECT_FALSE(Rows()[0].unreadable);
  EXPECT_THAT(Ask("list").text, HasSubstr("SIG-B9"));
  const Reply shown = Ask("show", Hex("one"));
  ASSERT_TRUE(shown.ok) << shown.text;
  EXPECT_THAT(shown.text, HasSubstr(kChild));
  EXPECT_TRUE(Say("one", "registered", "A-17").ok());
  EXPECT_EQ(Outgoing().back().state, LadderState::REGISTERED);
}

TEST_F(ViewTest, AListNamesNoPerson) {
  Draft draft;
  draft.acute = true;
  Receive(1, draft);
  const Reply list = Ask("list");
  ASSERT_TRUE(list.ok);
  EXPECT_THAT(list.text, HasSubstr(Hex("one").substr(0, 8)));
  EXPECT_THAT(list.text, HasSubstr("SIG-A1"));
  EXPECT_THAT(list.text, HasSubstr("ACUTE"));
  EXPECT_THAT(list.text, HasSubstr("protection assessment"));
  EXPECT_THAT(list.text, Not(HasSubstr(kChild)));
  EXPECT_THAT(list.json, Not(HasSubstr(kChild)));
  EXPECT_THAT(list.json, HasSubstr("\"v\":1"));
}

// A list of 16,000 signals did not go through the local door: the asker got an empty answer.
TEST_F(ViewTest, ALongListComesInPagesThatTogetherAreAll) {
  constexpr uint64_t kAll = 2 * kListPage + 7;
  for (uint64_t i = 1; i <= kAll; ++i) {
    Draft draft;
    draft.name = std::to_string(i);
    Receive(i, draft);
  }
  const auto rows = [](const std::string& json) {
    uint64_t count = 0;
    for (size_t at = 0; (at = json.find("\"id\":", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  const Reply first = Ask("list", "", "1");
  EXPECT_EQ(rows(first.json), kListPage);
  EXPECT_THAT(first.json, HasSubstr("\"next\":1001"));
  const Reply last = Ask("list", "", std::to_string(2 * kListPage + 1));
  EXPECT_EQ(rows(last.json), 7U);
  EXPECT_THAT(last.json, HasSubstr("\"next\":0"));
  const Reply newest = Ask("list");
  EXPECT_EQ(rows(newest.json), kListPage);
  EXPECT_THAT(newest.json, HasSubstr("\"next\":0"));
  EXPECT_FALSE(Ask("list", "", "x1").ok);
}

TEST_F(ViewTest, ReportsAboutOneChildKeepTheirRowsAndAreShownToBelongTogether) {
  Receive(1, {});
  Receive(2, {.name = "two"});
  Receive(3, {.name = "other", .person = "98240301AA06"});
  Receive(4, {.name = "prompt", .code = "SIG-E1"});
  const auto ids = [&] {
    std::vector<std::string> out;
    const std::string json = Ask("list").json;
    for (size_t at = 0; (at = json.find("\"groupId\":", at)) != std::string::npos; ++at)
      out.push_back(json.substr(at + 10, json.find(',', at) - at - 10));
    return out;
  };
  const auto groups = ids();
  ASSERT_EQ(groups.size(), 4u) << "each its own row";
  EXPECT_EQ(groups[0], groups[1]);
  EXPECT_NE(groups[0], groups[2]);
  EXPECT_EQ(groups[3], "null") << "a prompt is no concern";
  EXPECT_THAT(Ask("list").text, HasSubstr("2 concerns about the same child"));
  EXPECT_THAT(Ask("list").json, HasSubstr("\"groupSize\":2"));
  EXPECT_THAT(Ask("list").json, Not(HasSubstr(kChild)));
  EXPECT_THAT(Ask("show", Hex("one")).json, HasSubstr("\"groupId\":" + groups[0]));
  // What was taken back is no concern any more, and a restart changes nothing.
  Receive(5, {.name = "w", .code = "WITHDRAWN", .withdraws = "two"});
  Open();
  EXPECT_EQ(ids()[0], groups[0]);
  EXPECT_THAT(Ask("list").text, Not(HasSubstr("concerns about the same child")));
}

// A reserve number until the personal one came: who reported before, and who did after, reported the same child.
TEST_F(ViewTest, ReportsBelongTogetherByAnyNumberThatTheyShare) {
  constexpr char kReserve[] = "98240301AA06";
  Receive(1, {.name = "before", .person = kReserve});
  Receive(2, {.name = "meanwhile"});
  EXPECT_THAT(Ask("list").text, Not(HasSubstr("concerns about the same child")));
  Receive(3, {.name = "after", .person = kReserve, .also = kChild});
  const std::string json = Ask("list").json;
  std::set<std::string> ids;
  for (size_t at = 0; (at = json.find("\"groupId\":", at)) != std::string::npos; ++at)
    ids.insert(json.substr(at + 10, json.find(',', at) - at - 10));
  EXPECT_EQ(ids.size(), 1u) << json;
  EXPECT_THAT(json, HasSubstr("\"groupSize\":3"));
  EXPECT_THAT(json, Not(HasSubstr("\"groupSize\":2")));
}

// A source writes the system as an OID, another one as the URI of the national profile.
TEST_F(ViewTest, ReportsBelongTogetherHoweverTheSystemOfTheNumberIsWritten) {
  Receive(1, {.name = "oid", .system = "1.2.752.129.2.1.3.1"});
  Receive(2, {.name = "urn", .system = "urn:oid:1.2.752.129.2.1.3.1"});
  Receive(3, {.name = "uri", .system = "http://electronichealth.se/identifier/personnummer"});
  EXPECT_THAT(Ask("list").json, HasSubstr("\"groupSize\":3"));
  EXPECT_THAT(Ask("list").json, Not(HasSubstr("\"groupSize\":1")));
}

TEST_F(ViewTest, TwoChildrenOfWhomTheSameWordWasWrittenForANumberDoNotBelongTogether) {
  Receive(1, {.person = "OKAND", .flag = "number-form"});
  Receive(2, {.name = "two", .person = "OKAND", .flag = "number-form"});
  EXPECT_THAT(Ask("list").text, Not(HasSubstr("concerns about the same child")));
}

// A list that is followed asks for each row's group: with thousands about one child each row read them all.
TEST_F(ViewTest, WhatBelongsTogetherIsCountedUpToALimit) {
  for (uint64_t n = 1; n <= Inbox::kGroupCounted + 5; ++n)
    Receive(n, {.name = "report " + std::to_string(n)});
  EXPECT_THAT(Ask("list").json, HasSubstr("\"groupSize\":20"));
  EXPECT_THAT(Ask("list").text, HasSubstr("20 or more concerns about the same child"));
}

TEST_F(ViewTest, RowsOfABuildWithoutGroupsAreGroupedWhenTheInboxOpens) {
  Receive(1, {});
  Receive(2, {.name = "two"});
  Batch batch;
  ASSERT_TRUE(store_.Scan(spaces::kGroups, {}, {}, [&](std::string_view key, std::string_view) {
    batch.Delete(spaces::kGroups, std::string(key));
    return true;
  }).ok());
  batch.Delete(spaces::kCursors, "grouped-3");
  ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
  Open();
  EXPECT_THAT(Ask("list").text, HasSubstr("2 concerns about the same child"));
}

// A name of a child that no row takes away with itself would be left when the child is erased.
TEST_F(ViewTest, NamesThatAnEarlierBuildGroupedByAreGoneWhenTheInboxOpens) {
  Receive(1, {});
  const auto names = [&] {
    std::set<std::string> out;
    EXPECT_TRUE(store_.Scan(spaces::kGroups, {}, {}, [&](std::string_view key, std::string_view) {
      return out.emplace(key).second;
    }).ok());
    return out;
  };
  const auto own = names();
  ASSERT_EQ(own.size(), 1u);
  Batch batch;
  batch.Put(spaces::kGroups, std::string(own.begin()->size(), 'x'), "");
  batch.Delete(spaces::kCursors, "grouped-3");
  ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
  Open();
  EXPECT_EQ(names(), own);
}

TEST_F(ViewTest, AReminderMarksItsSignalUntilTheStepIsTaken) {
  Receive(1, {});
  Receive(2, {.name = "r", .code = "REMINDER", .reminds = "one"});
  Receive(3, {.name = "r2", .code = "REMINDER", .reminds = "not here"});
  EXPECT_THAT(Ask("list").text, HasSubstr("reminded 80 %: protection assessment"));
  EXPECT_THAT(Ask("list").json, HasSubstr("\"reminded\":80,\"remindedClock\":\"clock.assess\""));
  Open();
  EXPECT_THAT(Ask("list").text, HasSubstr("reminded 80 %"));
  ASSERT_TRUE(Say("one", "assessed").ok());
  EXPECT_THAT(Ask("list").text, Not(HasSubstr("reminded 80 %")));
  EXPECT_FALSE(Say("r", "assessed").ok()) << "a reminder takes no answer";
}

TEST_F(ViewTest, ListsAreInBothLanguages) {
  Receive(1, {});
  EXPECT_THAT(*ListText(*inbox_, "f", Language::kSwedish), HasSubstr("levererad"));
  EXPECT_THAT(*ListText(*inbox_, "f", Language::kEnglish), HasSubstr("delivered"));
}

TEST_F(ViewTest, AGapStandsOnTopOfTheList) {
  Receive(1, {});
  ASSERT_TRUE(inbox_->NoteGap({At(2), 3}).ok());
  const Reply list = Ask("list");
  EXPECT_THAT(list.text, HasSubstr("Numbers 2-3 are missing"));
  EXPECT_LT(list.text.find("missing"), list.text.find("SIG-A1"));
  EXPECT_THAT(list.json, HasSubstr("\"why\":\"gap\""));
}

TEST_F(ViewTest, ShowPrintsEveryFieldAndMarksOpened) {
  Receive(1, {});
  const Reply shown = Ask("show", Hex("one").substr(0, 8));
  ASSERT_TRUE(shown.ok) << shown.text;
  EXPECT_THAT(shown.text, HasSubstr("the concern itself"));
  EXPECT_THAT(shown.text, HasSubstr(kChild));
  EXPECT_THAT(shown.text, HasSubstr("opened"));
  EXPECT_EQ(HighestOf(*inbox_->Find(Hex("one"))), LadderState::OPENED);
}

TEST_F(ViewTest, AnswerAndDecideGoThroughTheDoor) {
  Receive(1, {});
  EXPECT_TRUE(Ask("answer", Hex("one"), "registered", "A-17").ok);
  EXPECT_THAT(Ask("answer", Hex("one"), "registered", "A-17").json,
              HasSubstr("\"said_before\":true"));
  EXPECT_EQ(Ask("answer", Hex("one"), "registered", "A-18").code, Code::kConflict);
  EXPECT_EQ(Ask("answer", Hex("one"), "nonsense").code, Code::kInvalid);
  EXPECT_EQ(Ask("answer", "abcdef01", "opened").code, Code::kNotFound);
  EXPECT_EQ(Ask("decide", Hex("one"), "support").code, Code::kInvalid);
  EXPECT_EQ(Ask("decide", Hex("one"), "nonsense").code, Code::kInvalid);
  EXPECT_EQ(Ask("erase").code, Code::kInvalid);
}

TEST_F(ViewTest, AnAnswerIsCorrectedThroughTheDoorWhenThatIsSaid) {
  Receive(1, {});
  ASSERT_TRUE(Ask("answer", Hex("one"), "not-opened").ok);
  const Reply no = Ask("answer", Hex("one"), "opened-inquiry");
  EXPECT_EQ(no.code, Code::kConflict);
  EXPECT_THAT(no.text, HasSubstr("--correct"));
  Command command;
  command.name = "answer";
  command.id = Hex("one");
  command.word = "opened-inquiry";
  command.corrects = true;
  const auto request = DecodeRequest(EncodeRequest(command), "anna");
  ASSERT_TRUE(request.ok());
  EXPECT_TRUE(Execute(*inbox_, "f", *request).ok);
  const std::string shown = Ask("show", Hex("one")).text;
  EXPECT_THAT(shown, HasSubstr("inquiry not opened"));
  EXPECT_THAT(shown, HasSubstr("corrected, stands no more"));
}

TEST_F(ViewTest, ARefusedAnswerIsSeenWhereItWasGiven) {
  Receive(1, {});
  ASSERT_TRUE(Ask("answer", Hex("one"), "registered", "A-17").ok);
  ASSERT_TRUE(inbox_->outbox().Refused(OutboxSeq(1), wire::Refusal::NOT_ALLOWED, "system").ok());
  EXPECT_THAT(Ask("show", Hex("one")).text, HasSubstr("notAllowed"));
}

TEST_F(ViewTest, RequestsThatAreNotCommandsAreRefused) {
  EXPECT_FALSE(DecodeRequest("garbage!", "anna").ok());
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setStatus();
  EXPECT_FALSE(DecodeRequest(wire::Flatten(message), "anna").ok());
  capnp::MallocMessageBuilder other;
  other.initRoot<schema::AdminRequest>().setLocal(wire::AsData("{not json"));
  EXPECT_FALSE(DecodeRequest(wire::Flatten(other), "anna").ok());
}

}  // namespace
}  // namespace sam::inbox::test
