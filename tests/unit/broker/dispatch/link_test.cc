// Two numbers that are said to be one child's: what is judged first, and what a vault knows of it.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using schema::Protection;

constexpr char kOld[] = "98240301AA06";

class Link : public Scene {
 protected:
  void Marked(const std::string& name, Protection protection, const char* person) {
    Tell(name, Day(100), [=](schema::Event::Builder e) {
      e.getBody().initPersonProtectionChanged().setNew(protection);
    }, person);
  }
  Offset Linked(const std::string& name, const char* old = kOld) {
    linked_ = {jt::Person(old)};
    const Offset at = Tell(name, Day(150), [=](schema::Event::Builder e) {
      e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(old);
      e.getHeader().getSubject().setProtection(Protection::UNKNOWN);
    });
    linked_.clear();
    return at;
  }
  static std::string Controller() {
    return journal::VaultController("2321000198", "Hälso- och sjukvårdsnämnden");
  }
  SubjectId Of(Offset offset) { return hub_.Read(offset).header.subject; }
  SubjectId SubjectOf(const char* person, const std::string& name) {
    return Of(Tell(name, Day(160), MissedBody(name), person));
  }
};

TEST_F(Link, EventsUnderAnOldNumberNeverReachTheStateOfAChildThatGotAProtectedNewOne) {
  const SubjectId old = SubjectOf(kOld, "old");
  Marked("none", Protection::NONE, kOld);
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  const SubjectId now = Of(Linked("link"));
  ASSERT_NE(old, now);
  EXPECT_EQ(SubjectOf(kOld, "later"), old);
  EXPECT_THAT(ReadState(hub_.store_, now)->missed, IsEmpty());
  ExpectRebuilds();
}

TEST_F(Link, WhatWasJudgedToBeOneChildIsOneForTheVaultToo) {
  const SubjectId old = SubjectOf(kOld, "old");
  const SubjectId now = SubjectOf(kChild, "now");
  ASSERT_NE(old, now);
  EXPECT_EQ(Of(Linked("link")), now);
  EXPECT_EQ(SubjectOf(kOld, "later"), now);
  EXPECT_EQ(ReadState(hub_.store_, now)->missed.size(), 3u);
  ExpectRebuilds();
}

// Found by the long simulation: the number was decided anew, unreadably, each time it was asked for.
TEST_F(Link, WhatRestsOnAnEarlierIdentityAloneGoesWithTheOneThatIsErased) {
  const Offset told = Tell("old", Day(4), [](schema::Event::Builder e) {
    auto body = e.getBody().initBvcChildRegistered();
    body.setUnitHsaId(kUnit);
    body.setFromDate(ToIso(Day(4)).substr(0, 10));
  }, kOld);
  const SubjectId now = SubjectOf(kChild, "now");
  Linked("link");
  Tick(Day(400));
  const auto letter = [&] {
    return mailbox::MailboxReader(hub_.store_).Get("bvc.bollnas", Lane::kNormal, Sequence(1)).value();
  };
  ASSERT_TRUE(letter());
  ASSERT_EQ(Row(letter()->signal)->code, "SIG-E1");
  ASSERT_EQ(Row(letter()->signal)->subject, now);
  ASSERT_NE(Of(told), now);
  Must(hub_.vault_->Erase(now));
  Must(hub_.vault_->Commit());
  ASSERT_TRUE(hub_.Read(told).payload);
  Recheck("bvc.bollnas", Lane::kNormal, Sequence(1));
  EXPECT_EQ(letter()->withheld, schema::WithheldCode::ERASED);
}

// The vault of a backup is newer than its log: what was linked in between is told again.
TEST_F(Link, AMergeThatARestoreHasForgottenIsJudgedWhenItIsToldAgain) {
  const SubjectId old = SubjectOf(kOld, "old");
  const SubjectId now = SubjectOf(kChild, "now");
  Must(hub_.vault_->Link(Controller(), old, now));
  Must(hub_.vault_->Commit());
  Linked("link");
  EXPECT_EQ(ReadState(hub_.store_, now)->missed.size(), 2u);
  ExpectRebuilds();
}

TEST_F(Link, AVaultThatHadThemAsOneKeepsThemApartWhenOneTurnsOutProtected) {
  const SubjectId old = SubjectOf(kOld, "old");
  Marked("none", Protection::NONE, kOld);
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  const SubjectId now = SubjectOf(kChild, "now");
  Must(hub_.vault_->Link(Controller(), old, now));
  Must(hub_.vault_->Commit());
  Must(hub_.CrashAndStart());  // nothing is remembered of where the old number led
  Restart();
  Linked("link");
  EXPECT_EQ(SubjectOf(kOld, "later"), old);
}

// As editions before 7 joined them: an identity of which nobody had told whether it is protected, and a protected one.
class TakenIn : public Link {
 protected:
  TakenIn() { fold_ = 6; }
  // Told by a source that does not say whether the child is protected.
  void Unsure(const std::string& name, const Fill& fill) {
    Tell(name, Day(140), [&](schema::Event::Builder e) {
      fill(e);
      e.getHeader().getSubject().setProtection(Protection::UNKNOWN);
    }, kOld);
  }
  void ReportUnsure() {
    Unsure("report", [](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("canary-concern");
    });
    ASSERT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
  }
};

TEST_F(TakenIn, WhoHasSomethingAboutTheUnknownOneLearnsThatTheChildIsProtected) {
  ReportUnsure();
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  Linked("link");
  ASSERT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1", "SIG-E4"));
  const auto notice = wire::Parse<schema::Signal>(Mailbox("bollnas.mottagning")[1].decision.bytes);
  ASSERT_TRUE(notice.ok());
  EXPECT_EQ(notice->get().getSubject().getProtection(), Protection::SEKRETESSMARKERING);
  ASSERT_EQ(notice->get().getSubject().getIds().size(), 1U);
  EXPECT_EQ(notice->get().getSubject().getIds()[0].getValue(), kOld) << "no new number is told";
  EXPECT_EQ(SignalId::From(wire::View(notice->get().getBody().getProtectionUpdate().getAbout())),
            Mailbox("bollnas.mottagning")[0].row.signal);
  ExpectRebuilds();
}

TEST_F(TakenIn, WhoHasSomethingAboutAnUnknownOneThatTakesInAProtectedOneLearnsItToo) {
  Unsure("missed", MissedBody("A-1"));
  Marked("marked", Protection::SEKRETESSMARKERING, kOld);
  Report("report");
  Tell("unsure", Day(201), [](schema::Event::Builder e) {
    e.getBody().initPersonProtectionChanged().setNew(Protection::UNKNOWN);
  });
  Linked("link");
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1", "SIG-E4"));
  ExpectRebuilds();
}

TEST_F(TakenIn, ALogOfAnEarlierEditionTellsNobody) {
  fold_ = 5;
  Config("older");
  ReportUnsure();
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  Linked("link");
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
}

std::vector<std::string> NumbersIn(const std::string& bytes) {
  const auto signal = wire::Parse<schema::Signal>(bytes);
  std::vector<std::string> out;
  if (!signal.ok()) return {"unreadable"};
  for (const auto id : signal->get().getSubject().getIds()) out.push_back(id.getValue().cStr());
  return out;
}

// A unit that goes on writing under the reserve number: the board would look for the child in vain.
TEST_F(Link, WhatIsSentOfAPersonAfterALinkNamesItByBothNumbers) {
  SubjectOf(kOld, "old");
  Linked("link");
  ReportOn(kOld, "under the old one");
  Report("under the new one");
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_THAT(NumbersIn(letters[0].decision.bytes), ElementsAre(kOld, kChild));
  EXPECT_THAT(NumbersIn(letters[1].decision.bytes), ElementsAre(kChild, kOld));
  ExpectRebuilds();
}

TEST_F(Link, ThatIsToldByEverySystemTakesNoOtherLinksPlace) {
  constexpr char kOldest[] = "98230301AA06";
  Linked("first", kOldest);
  Linked("second");
  for (const char* again : {"a", "b", "c", "d", "e"}) Linked(again);
  Report("report");
  EXPECT_THAT(NumbersIn(Mailbox("bollnas.mottagning").back().decision.bytes), ElementsAre(kChild, kOldest, kOld));
  ExpectRebuilds();
}

TEST_F(Link, OfWhoIsProtectedNobodyLearnsAnotherNumber) {
  SubjectOf(kOld, "old");
  Linked("link");
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  ReportOn(kOld, "under the old one");
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_FALSE(letters.empty());
  EXPECT_THAT(NumbersIn(letters.back().decision.bytes), ElementsAre(kOld));
  ExpectRebuilds();
}

TEST_F(Link, ALinkThatIsTakenBackTellsNoNumberAnyMore) {
  SubjectOf(kOld, "old");
  Linked("link");
  linked_ = {jt::Person(kOld)};
  Retract("wrong", "link", [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(kOld);
  });
  linked_.clear();
  Report("report");
  EXPECT_THAT(NumbersIn(Mailbox("bollnas.mottagning").back().decision.bytes), ElementsAre(kChild));
  ExpectRebuilds();
}

// The board was away: what was composed with the other child's number must not leave now.
TEST_F(Link, WhatWaitsWhenALinkIsTakenBackIsAskedForAgainAndNamesNobodyElse) {
  SubjectOf(kOld, "old");
  Linked("link");
  Report("report");
  const auto row = [&] {
    return mailbox::MailboxReader(hub_.store_).Get("bollnas.mottagning", Lane::kNormal, Sequence(1)).value();
  };
  const mailbox::Versions before = row()->versions;
  linked_ = {jt::Person(kOld)};
  Retract("wrong", "link", [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(kOld);
  });
  linked_.clear();
  const auto now = VersionsNow(hub_.store_, Row(row()->signal)->subject);
  ASSERT_TRUE(now.ok());
  EXPECT_FALSE(*now == before) << "delivery compares them";
  Recheck("bollnas.mottagning", Lane::kNormal, Sequence(1));
  EXPECT_THAT(NumbersIn(Mailbox("bollnas.mottagning").back().decision.bytes), ElementsAre(kChild));
  ExpectRebuilds();
}

TEST_F(Link, ALinkThatWasTakenBackBeforeItCameTellsNoNumber) {
  SubjectOf(kOld, "old");
  linked_ = {jt::Person(kOld)};
  Retract("wrong", "link", [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(kOld);
  });
  linked_.clear();
  Linked("link");
  Report("report");
  EXPECT_THAT(NumbersIn(Mailbox("bollnas.mottagning").back().decision.bytes), ElementsAre(kChild));
  ExpectRebuilds();
}

TEST_F(Link, AnUnbornChildIsNotCalledByItsParentsOtherNumbers) {
  SubjectOf(kOld, "old");
  Linked("link");
  Tell("unborn", Day(200), [](schema::Event::Builder e) {
    auto body = e.getBody().initReportSigned();
    body.setSignerFunction("bvc.bollnas");
    body.setConcern("canary-concern");
    e.getHeader().getSubject().setUnborn(true);
  });
  EXPECT_THAT(NumbersIn(Mailbox("bollnas.mottagning").back().decision.bytes), ElementsAre(kChild));
}

TEST_F(Link, InALogOfAnEarlierEditionASignalHasTheNumbersOfItsOwnEvent) {
  fold_ = 6;
  Config("older");
  SubjectOf(kOld, "old");
  Linked("link");
  Report("report");
  EXPECT_THAT(NumbersIn(Mailbox("bollnas.mottagning").back().decision.bytes), ElementsAre(kChild));
}

// The unknown one may be who the protected one was, or is now: only a person can know, so they stay apart.
TEST_F(Link, AnUnknownOneIsNotJoinedWithAProtectedOneAndWhoToldTheLinkIsAsked) {
  const SubjectId old = Of(Tell("old", Day(140), [this](schema::Event::Builder e) {
    MissedBody("A-1")(e);
    e.getHeader().getSubject().setProtection(Protection::UNKNOWN);
  }, kOld));
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  const SubjectId now = Of(Linked("link"));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("HOLD"));
  EXPECT_NE(old, now);
  EXPECT_THAT(ReadState(hub_.store_, now)->missed, IsEmpty());
  ExpectRebuilds();
}

TEST_F(TakenIn, WhoToldALinkThatIsNotFollowedIsToldSo) {
  SubjectOf(kOld, "old");
  Marked("none", Protection::NONE, kOld);
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  Linked("link");
  ASSERT_THAT(Codes("bvc.bollnas"), ElementsAre("HOLD"));
  const auto notice = wire::Parse<schema::Signal>(Mailbox("bvc.bollnas")[0].decision.bytes);
  ASSERT_TRUE(notice.ok());
  const auto hold = notice->get().getBody().getHold();
  EXPECT_EQ(hold.getAboutCode(), "person.id.linked");
  ASSERT_EQ(hold.getReasons().size(), 1U);
  EXPECT_EQ(hold.getReasons()[0], "gate.identity.unsure");
  EXPECT_EQ(wire::View(hold.getEventId()), jt::EventOf("link").view());
  ExpectRebuilds();
}

TEST_F(TakenIn, ThePersonDataOwnersDeskIsToldWhenTheLinkHasNoUnit) {
  Connected("gavleborg.signaldisk");
  Marked("none", Protection::NONE, kOld);
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  unit_ = "";
  Linked("link");
  EXPECT_THAT(Codes("gavleborg.signaldisk"), ElementsAre("HOLD"));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

TEST_F(TakenIn, InALogOfAnEarlierEditionNobodyWasToldOfALinkThatIsNotFollowed) {
  fold_ = 5;
  Config("older");
  Marked("none", Protection::NONE, kOld);
  Marked("marked", Protection::SEKRETESSMARKERING, kChild);
  Linked("link");
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

using Twins = Link;

TEST_F(Twins, AReportCorrectedToTheOtherTwinIsWithdrawnFromTheFirst) {
  const SubjectId wrong = Of(Report("report"));
  const Offset right = Tell("corrected", Day(201), [](schema::Event::Builder e) {
    auto body = e.getBody().initReportSigned();
    body.setSignerFunction("bvc.bollnas");
    body.setConcern("the other twin");
    e.getHeader().setStatus(schema::EventStatus::CORRECTED);
    e.getHeader().setReplaces(wire::AsData(jt::EventOf("report").view()));
  }, kOld);
  EXPECT_THAT(hub_.Read(right).header.linked, ElementsAre(wrong));
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 3u);
  std::vector<std::string> wrongs, rights;
  for (const Letter& letter : letters)
    (letter.row.subject == wrong ? wrongs : rights).push_back(letter.code());
  EXPECT_THAT(wrongs, ElementsAre("SIG-A1", "WITHDRAWN"));
  EXPECT_THAT(rights, ElementsAre("SIG-A1"));
  const auto notice = wire::Parse<schema::Signal>(letters[1].decision.bytes);
  ASSERT_TRUE(notice.ok());
  EXPECT_EQ(notice->get().getCode(), "WITHDRAWN");
  EXPECT_EQ(notice->get().getSubject().getIds()[0].getValue(), kChild) << "not the other twin";
  ExpectRebuilds();
}

TEST_F(Twins, AMissCorrectedToTheOtherTwinIsNoMissOfTheFirst) {
  const SubjectId wrong = Of(Missed("miss", 100, "A-1"));
  const SubjectId right = Of(Tell("corrected", Day(100), [this](schema::Event::Builder e) {
    MissedBody("A-1")(e);
    e.getHeader().setStatus(schema::EventStatus::CORRECTED);
    e.getHeader().setReplaces(wire::AsData(jt::EventOf("miss").view()));
  }, kOld));
  EXPECT_THAT(ReadState(hub_.store_, wrong)->missed, IsEmpty());
  EXPECT_EQ(ReadState(hub_.store_, right)->missed.size(), 1u);
  ExpectRebuilds();
}

TEST_F(Twins, NobodyTakesBackWhatAnotherAuthorityHasTold) {
  Report("report");
  journal::Draft draft;
  draft.kind = journal::Kind::EVENT;
  draft.event = jt::EventOf("theirs");
  draft.persons = {jt::Person(kOld)};
  draft.replaces = jt::EventOf("report");
  draft.controller_org = "2120002361";
  EXPECT_THAT(hub_.Read(Submit(std::move(draft))).header.linked, IsEmpty());
}

}  // namespace
}  // namespace sam::dispatch::test
