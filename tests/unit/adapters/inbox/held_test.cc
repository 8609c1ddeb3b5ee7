// What the hub holds of ours, and who says where it is to go.
#include "adapters/inbox/held.h"

#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class HeldOfOurs : public InboxTest {
 protected:
  static Draft Call(const std::string& name, const std::string& about, bool acute = false) {
    Draft draft;
    draft.name = name;
    draft.code = "HOLD";
    draft.holds = about;
    draft.acute = acute;
    return draft;
  }
  std::vector<HeldSignal> Now() {
    auto held = Held(*inbox_);
    EXPECT_TRUE(held.ok());
    return held.ok() ? *held : std::vector<HeldSignal>();
  }
};

TEST_F(HeldOfOurs, CallsAboutTheSameReportAreOneLineWithTheReasonsOfTheNewest) {
  Receive(1, Call("call-1", "report", true));
  clock_.Advance(60'000);
  Receive(2, Call("call-2", "report", true));
  const auto held = Now();
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].notice, IdOf("call-2"));
  EXPECT_EQ(held[0].about, IdOf("report"));
  EXPECT_EQ(held[0].calls, 2);
  EXPECT_EQ(held[0].since, Millis(1'772'000'000'000));
  EXPECT_TRUE(held[0].acute);
  const auto text = HeldText(*inbox_, "bvc.bollnas", contract::Language::kSwedish);
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("Folkbokföringskommun saknas"));
  EXPECT_THAT(*text, Not(HasSubstr(kChild)));
  const auto json = HeldJson(*inbox_);
  ASSERT_TRUE(json.ok());
  EXPECT_THAT(*json, HasSubstr("\"reasons\":[\"gate.municipality.unknown\"]"));
}

TEST_F(HeldOfOurs, AReceiptEndsItAndSoDoesTakingItBack) {
  Receive(1, Call("call-1", "goes"));
  Receive(2, Call("call-2", "stays"));
  Draft receipt;
  receipt.name = "stored";
  receipt.code = "RECEIPT";
  receipt.tells_about = "goes";
  Receive(3, receipt);
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_EQ(Now()[0].about, IdOf("stays"));
  ASSERT_TRUE(inbox_->Withdraw(Hex("call-2"), "corrected", "anna").ok());
  EXPECT_THAT(Now(), IsEmpty());
}

// A forwarding that was refused leaves the report where it is: nobody here can say where it is to go.
TEST_F(HeldOfOurs, WhatOnlyTellsHowSomethingStandsIsNoHoldAndNamesNoReceiver) {
  Draft refused = Call("call-1", "report");
  refused.why = "gate.forwarding.refused";
  Receive(1, refused);
  Draft filtered = Call("call-2", "visit");
  filtered.why = "gate.level.filtered";
  Receive(2, filtered);
  Receive(3, Call("call-3", "support"));
  Draft denied = Call("call-4", "support");
  denied.why = "gate.denied";
  denied.more_reasons = {"gate.receiver.region"};
  Receive(4, denied);
  Draft link = Call("call-5", "link");
  link.about_code = "person.id.linked";
  link.why = "gate.identity.unsure";
  Receive(5, link);
  EXPECT_THAT(Now(), IsEmpty());
  for (const char* call : {"call-1", "call-2", "call-4", "call-5"})
    EXPECT_EQ(inbox_->Name(Hex(call), "bollnas.mottagning", "Anna Ek", "eva").error().code,
              Code::kInvalid);
  EXPECT_TRUE(inbox_->Withdraw(Hex("call-1"), "mistake", "anna").ok()) << "that is still the sender's";
}

// A consent that is missing was told for ever as waiting for a name.
TEST_F(HeldOfOurs, WhatNoNameMendsIsListedApartWithWhatEndsIt) {
  Draft support = Call("call-1", "support");
  support.about_code = "SIG-B1";
  support.why = "gate.consent.missing";
  Receive(1, support);
  clock_.Advance(60'000);
  Receive(2, Call("call-2", "report"));
  const auto held = Now();
  ASSERT_THAT(held, SizeIs(2));
  EXPECT_EQ(held[0].remedy, contract::Remedy::kConsent);
  EXPECT_FALSE(held[0].WaitsHere());
  EXPECT_TRUE(held[1].WaitsHere());
  const std::string sv = *HeldText(*inbox_, "bvc.bollnas", contract::Language::kSwedish);
  EXPECT_THAT(sv, HasSubstr("1 hålls kvar och väntar på att någon här anger mottagare."));
  EXPECT_THAT(sv, HasSubstr("1 hålls kvar och väntar på något annat"));
  EXPECT_THAT(sv, HasSubstr("Den går när ett giltigt samtycke är registrerat"));
  EXPECT_LT(sv.find("SIG-A1"), sv.find("SIG-B1")) << "what waits for somebody here comes first";
  EXPECT_THAT(*HeldText(*inbox_, "bvc.bollnas", contract::Language::kEnglish),
              HasSubstr("It goes when a valid consent is registered"));
  EXPECT_THAT(*HeldJson(*inbox_), HasSubstr("\"ends\":\"consent\""));
  EXPECT_EQ(inbox_->Name(Hex("call-1"), "bollnas.forebyggande", "Anna Ek", "eva").error().code,
            Code::kInvalid);
  EXPECT_THAT(Outgoing(), IsEmpty());
  Command command;
  command.name = "show";
  command.id = Hex("call-1");
  command.by = "eva";
  EXPECT_THAT(Execute(*inbox_, "bvc.bollnas", command).text, HasSubstr("när ett giltigt samtycke"));
}

TEST_F(HeldOfOurs, ANameHelpsOnlyWhenNothingElseIsMissing) {
  Draft both = Call("call-1", "support");
  both.about_code = "SIG-B1";
  both.why = "gate.receiver.ambiguous";
  both.more_reasons = {"gate.consent.missing"};
  Receive(1, both);
  EXPECT_FALSE(Now()[0].WaitsHere());
  // The consent came: what is left is a name, and the hub says so with a notice of its own.
  Draft name = Call("call-2", "support");
  name.about_code = "SIG-B1";
  name.why = "gate.receiver.ambiguous";
  Receive(2, name);
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_TRUE(Now()[0].WaitsHere());
}

TEST_F(HeldOfOurs, WhatFellWithItsConsentIsNotHeldAnyMore) {
  Draft held = Call("call-1", "support");
  held.why = "gate.consent.missing";
  Receive(1, held);
  ASSERT_THAT(Now(), SizeIs(1));
  held.name = "call-2";
  held.why = "gate.consent.withdrawn";
  held.more_reasons = {"gate.consent.taken-back"};
  Receive(2, held);
  EXPECT_THAT(Now(), IsEmpty());
}

// The hub did not take the name, since that receiver takes no such level: the signal waits for another one.
TEST_F(HeldOfOurs, ANameThatWasRefusedForAgeOrKindLeavesTheSignalWaitingForAnother) {
  Draft call = Call("call-1", "visit");
  call.about_code = "SIG-B3";
  call.why = "gate.age.filtered";
  call.more_reasons = {"gate.signal.filtered"};
  call.rule = "hold.named.17";
  Receive(1, call);
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_TRUE(Now()[0].WaitsHere());
}

TEST_F(HeldOfOurs, ANameThatWasRefusedForItsLevelLeavesTheSignalWaitingForAnother) {
  Draft call = Call("call-1", "visit");
  call.about_code = "SIG-B3";
  call.why = "gate.receiver.ambiguous";
  Receive(1, call);
  ASSERT_TRUE(inbox_->Name(Hex("call-1"), "ftv.bollnas", "Anna Ek", "eva").ok());
  call.name = "call-2";
  call.why = "gate.level.filtered";
  call.rule = "hold.named.17";
  Receive(2, call);
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_TRUE(Now()[0].WaitsHere());
  EXPECT_TRUE(inbox_->Name(Hex("call-2"), "ftv.gavle", "Anna Ek", "eva").ok());
}

TEST_F(HeldOfOurs, AReceiptAboutAnotherKindOfTheSameEventEndsNothing) {
  Draft held = Call("call-1", "support");
  held.about_code = "SIG-B1";
  held.event = "talk";
  Receive(1, held);
  Draft receipt;
  receipt.name = "stored";
  receipt.code = "RECEIPT";
  receipt.tells_about = "visit";
  receipt.about_code = "SIG-B2";
  receipt.event = "talk";
  Receive(2, receipt);
  EXPECT_THAT(Now(), SizeIs(1));
  receipt.name = "stored-2";
  receipt.tells_about = "support, with its receiver";
  receipt.about_code = "SIG-B1";
  Receive(3, receipt);
  EXPECT_THAT(Now(), IsEmpty());
}

TEST_F(HeldOfOurs, WhoNamedIsOnRecordInTheBatchOfTheEvent) {
  Receive(1, Call("call-1", "report"));
  store_.SetFull(true);
  EXPECT_FALSE(inbox_->Name(Hex("call-1"), "bollnas.mottagning", "Anna Ek", "eva").ok());
  store_.SetFull(false);
  ASSERT_TRUE(inbox_->Name(Hex("call-1"), "bollnas.mottagning", "Anna Ek", "eva").ok());
  ASSERT_TRUE(inbox_->Name(Hex("call-1"), "bollnas.mottagning", "Anna Ek", "bo")->said_before);
  std::vector<AuditRow> rows;
  ASSERT_TRUE(inbox_->audit().Each(1, 10, [&](const AuditRow& row) {
    rows.push_back(row);
    return true;
  }).ok());
  ASSERT_THAT(rows, SizeIs(1)) << "what was said before is said once";
  EXPECT_EQ(rows[0].action, Action::NAMED);
  EXPECT_EQ(rows[0].by, "eva");
  EXPECT_EQ(rows[0].signal, IdOf("call-1"));
  EXPECT_EQ(rows[0].detail, "bollnas.mottagning");
}

TEST_F(HeldOfOurs, TheReceiverIsNamedOnceForEachCallAndTheEventSaysWhoDecided) {
  Receive(1, Call("call-1", "report"));
  const auto told = inbox_->Name(Hex("call-1"), "bollnas.mottagning", "Anna Ek", "eva");
  ASSERT_TRUE(told.ok()) << told.error().message;
  EXPECT_TRUE(inbox_->Name(Hex("call-1"), "bollnas.mottagning", "Anna Ek", "eva")->said_before);
  EXPECT_EQ(inbox_->Name(Hex("call-1"), "other.mottagning", "Anna Ek", "eva").error().code,
            Code::kConflict);
  CrashAndOpen();
  EXPECT_TRUE(inbox_->Name(Hex("call-1"), "bollnas.mottagning", "Anna Ek", "eva")->said_before);
  EXPECT_EQ(Now()[0].named, "bollnas.mottagning");
  // The hub said no, and called again: that call has an answer of its own.
  Receive(2, Call("call-2", "report"));
  EXPECT_EQ(Now()[0].named, "");
  ASSERT_TRUE(inbox_->Name(Hex("call-2"), "other.mottagning", "Bo Ek", "eva").ok());
  const auto sent = Outgoing();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].type, "signal.receiver.named");
  EXPECT_EQ(sent[0].about, IdOf("report").view());
  EXPECT_EQ(sent[0].reference, "bollnas.mottagning");
  EXPECT_EQ(sent[0].function, "bollnas.mottagning") << "the function that speaks";
  EXPECT_EQ(sent[0].by, "Anna Ek");
  EXPECT_NE(sent[0].message_id, sent[1].message_id);
}

TEST_F(HeldOfOurs, OnlyAHoldIsAnsweredSoAndSomebodyMustHaveDecided) {
  Receive(1, Call("call-1", "report"));
  Draft receipt;
  receipt.name = "stored";
  receipt.code = "RECEIPT";
  receipt.tells_about = "other";
  Receive(2, receipt);
  EXPECT_EQ(inbox_->Name(Hex("stored"), "bollnas.mottagning", "Anna", "eva").error().code, Code::kInvalid);
  EXPECT_EQ(inbox_->Name(Hex("call-1"), "bollnas.mottagning", "", "eva").error().code, Code::kInvalid);
  EXPECT_EQ(inbox_->Name(Hex("call-1"), "", "Anna", "eva").error().code, Code::kInvalid);
  EXPECT_EQ(inbox_->Name(Hex("call-1"), "Bollnäs \"x\"", "Anna", "eva").error().code, Code::kInvalid);
  EXPECT_EQ(inbox_->Name("ffff", "bollnas.mottagning", "Anna", "eva").error().code, Code::kNotFound);
  EXPECT_THAT(Outgoing(), IsEmpty());
}

TEST_F(HeldOfOurs, TheCommandsGoThroughTheDoor) {
  Receive(1, Call("call-1", "report"));
  Command command;
  command.name = "held";
  command.language = contract::Language::kEnglish;
  EXPECT_THAT(Execute(*inbox_, "bvc.bollnas", command).text, HasSubstr("1 held"));
  command.name = "name";
  command.id = Hex("call-1").substr(0, 8);
  command.word = "bollnas.mottagning";
  command.reference = "Anna Ek";
  const auto decoded = DecodeRequest(EncodeRequest(command), "anna");
  ASSERT_TRUE(decoded.ok());
  const Reply reply = Execute(*inbox_, "bvc.bollnas", *decoded);
  EXPECT_TRUE(reply.ok) << reply.text;
  EXPECT_EQ(reply.json, "{\"v\":1,\"id\":\"" + Hex("call-1") + "\",\"said_before\":false}");
  EXPECT_THAT(Outgoing(), SizeIs(1));
  command.name = "held";
  EXPECT_THAT(Execute(*inbox_, "bvc.bollnas", command).text,
              HasSubstr("receiver bollnas.mottagning named"));
}

TEST_F(HeldOfOurs, AnInboxWithoutHoldsSaysSo) {
  const auto text = HeldText(*inbox_, "bvc.bollnas", contract::Language::kEnglish);
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("Nothing is held."));
  EXPECT_THAT(*HeldJson(*inbox_), testing::StrEq("{\"v\":1,\"held\":[]}"));
}

}  // namespace
}  // namespace sam::inbox::test
