// Where somebody stays is opened for composing a statutory report and for nothing else.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

class Places : public Scene {
 protected:
  static constexpr char kReception[] = "bollnas.mottagning";

  Fill ReportBody() {
    return [](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("the concern");
      body.setChildAddress("canary-street");
      auto guardians = body.initGuardians(2);
      guardians[0].setName("nobody");
      guardians[1].setPhone("canary-phone");
    };
  }
  Offset ReportFrom(const std::string& name) { return Tell(name, Day(200), ReportBody()); }

  // The signal that lies in a mailbox as its receiver gets it.
  std::string Whole(const Letter& letter) {
    const auto place = places_->Open(Offset(letter.row.decision));
    EXPECT_TRUE(place.ok());
    const auto rest = wire::Parse<schema::Signal>(letter.decision.bytes);
    EXPECT_TRUE(rest.ok());
    if (!place.ok() || !rest.ok() || place->empty()) return letter.decision.bytes;
    const auto places = wire::Parse<schema::Signal>(*place);
    return contract::JoinPlaces(rest->get(), places->get());
  }
  void ExpectWhole(const std::string& function, size_t index = 0) {
    const auto letters = Mailbox(function);
    ASSERT_GT(letters.size(), index) << function;
    const std::string whole = Whole(letters[index]);
    EXPECT_THAT(whole, HasSubstr("canary-street"));
    EXPECT_THAT(whole, HasSubstr("canary-phone"));
    const auto signal = wire::Parse<schema::Signal>(whole);
    ASSERT_TRUE(signal.ok());
    EXPECT_EQ(whole, contract::CanonicalBytes(signal->get())) << "byte for byte as composed";
    EXPECT_EQ(signal->get().getBody().getReport().getConcern(), "the concern");
  }
  // What the ordinary door gives of the whole log, and which decisions have places beside it.
  std::set<std::string> ExpectNoPlaceInTheLog() {
    std::set<std::string> with_places;
    Must(reader_->Scan(Offset(0), reader_->durable(), SIZE_MAX, [&](journal::Record&& record) {
      EXPECT_THAT(record.payload.value_or(""), Not(HasSubstr("canary")))
          << "record " << record.header.offset.value;
      const bool decision = record.header.kind == journal::Kind::DECISION;
      if (decision && record.apart) with_places.insert(DecodeDecision(*record.payload)->code);
      return true;
    }));
    return with_places;
  }
  // As ExpectNoPlaceInTheLog, of the rows that dispatch keeps.
  void ExpectNoPlaceInTheState() {
    for (Space space : spaces::Derived())
      Must(hub_.store_.Scan(space, "", "", [&](std::string_view, std::string_view value) {
        EXPECT_THAT(std::string(value), Not(HasSubstr("canary"))) << space.index;
        return true;
      }));
  }
  void ExpectRebuilds() {
    ::sam::test::FaultStore fresh;
    const RebuildReport report = RebuildNow(fresh);
    EXPECT_EQ(report.different_count, 0u);
    EXPECT_EQ(report.not_recorded, 0u);
    EXPECT_EQ(report.equal, report.decisions);
    EXPECT_EQ(report.digest, LiveDigest(report.gone));
  }
};

TEST_F(Places, AReportComesWholeAndTheLogsOrdinaryDoorTellsNoPlaceOfIt) {
  ReportFrom("report");
  EXPECT_THAT(Codes(kReception), ElementsAre("SIG-A1"));
  ExpectWhole(kReception);
  EXPECT_THAT(ExpectNoPlaceInTheLog(), ElementsAre("SIG-A1"));
  ExpectNoPlaceInTheState();
  EXPECT_TRUE(hub_.Verify().sound());
  EXPECT_EQ(hub_.Verify().places_opened, 2u);  // of the event and of the decision
  ExpectRebuilds();
}

TEST_F(Places, AReportThatWasHeldComesWholeWhenItsReceiverIsNamed) {
  municipality_ = "";
  ReportFrom("report");
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("HOLD"));
  EXPECT_TRUE(ExpectNoPlaceInTheLog().empty()) << "what waits has nothing opened";
  Name("named", IdOf("SIG-A1", schema::Outcome::HELD), "gavle.mottagning");
  ExpectWhole("gavle.mottagning");
  ExpectRebuilds();
}

TEST_F(Places, AReplayAndANewDecisionAreWholeToo) {
  ReportFrom("report");
  Recheck(kReception, Lane::kNormal, Sequence(1));
  Replay(kReception);
  ASSERT_EQ(Mailbox(kReception).size(), 2u);
  ExpectWhole(kReception, 0);
  ExpectWhole(kReception, 1);
  ExpectNoPlaceInTheLog();
  ExpectRebuilds();
}

// Every kind of signal that a hub makes, on evidence that is full of places.
TEST_F(Places, NoOtherSignalHasAPlaceInItOrBesideIt) {
  Registered();
  Tell("moved", Day(10), [](schema::Event::Builder e) {
    e.getBody().initPersonMoved().setOldMunicipality("canary-old");
    e.getBody().getPersonMoved().setNewMunicipality("2183");
  });
  Outcome("outcome");  // SIG-B1, held
  Tell("given", Day(201), [](schema::Event::Builder e) {
    auto body = e.getBody().initConsentChanged();
    body.setConsentId("consent-1");
    body.initScope(1).set(0, "SIG-B1");
    body.setState(schema::ConsentChanged::State::GIVEN);
    body.setAllGuardians(schema::YesNo::YES);
    body.initGivers(1)[0].setAddress("canary-giver");
  });
  for (int i = 0; i < 4; ++i) Missed("m" + std::to_string(i), 150 + i, "A" + std::to_string(i));
  Tick(Day(400));  // steps are overdue
  ReportFrom("report");
  Tell("taken-back", Day(202), [&](schema::Event::Builder e) {
    ReportBody()(e);
    e.getHeader().setStatus(schema::EventStatus::RETRACTED);
    e.getHeader().setReplaces(wire::AsData(jt::EventOf("report").view()));
  });
  municipality_ = "";
  ReportFrom("second");
  std::set<std::string> codes;
  Must(reader_->Scan(Offset(0), reader_->durable(), SIZE_MAX, [&](journal::Record&& record) {
    if (record.header.kind != journal::Kind::DECISION) return true;
    const auto facts = DecodeDecision(*record.payload);
    if (!facts->bytes.empty()) codes.insert(facts->code);
    return true;
  }));
  EXPECT_THAT(codes, IsSupersetOf({"SIG-A1", "SIG-B1", "SIG-E1", "SIG-E2", "HOLD", "RECEIPT",
                                   "WITHDRAWN"}));
  EXPECT_THAT(ExpectNoPlaceInTheLog(), ElementsAre("SIG-A1"));
  ExpectNoPlaceInTheState();
  ExpectRebuilds();
}

TEST_F(Places, ErasingTheChildTakesTheReportsPlacesWithIt) {
  const Offset offset = ReportFrom("report");
  const uint64_t decision = Mailbox(kReception)[0].row.decision;
  Must(hub_.vault_->Erase(hub_.Read(offset).header.subject));
  Must(hub_.vault_->Commit());
  EXPECT_EQ(*places_->Open(offset), "");
  EXPECT_EQ(*places_->Open(Offset(decision)), "");
  EXPECT_FALSE(hub_.Read(Offset(decision)).payload.has_value());
  ::sam::test::FaultStore fresh;
  EXPECT_EQ(RebuildNow(fresh).different_count, 0u);
}

TEST_F(Places, AnEventOfTheFirstFormatIsComposedWholeAndItsDecisionIsKeptApart) {
  apart_ = false;
  const Offset offset = ReportFrom("report");
  EXPECT_THAT(*hub_.Read(offset).payload, HasSubstr("canary-street"));
  ExpectWhole(kReception);
  EXPECT_TRUE(hub_.Read(Offset(Mailbox(kReception)[0].row.decision)).apart);
  ExpectRebuilds();
}

// A hub of the first format wrote whole signals into its decisions.
class OldDecisions : public Places {
 protected:
  void SettleAsBefore() {
    for (int i = 0; i < 1000; ++i) {
      const auto done = stage_->Work();
      ASSERT_TRUE(done.ok());
      if (auto submission = hub_.dispatch_->down.TryPop()) {
        for (journal::Draft& draft : submission->drafts) JoinAgain(draft);
        jt::Hub::Push(*hub_.dispatch_, std::move(*submission));
      }
      Must(hub_.Work());
      if (*done == 0 && stage_->idle()) return;
    }
    FAIL() << "dispatch does not come to rest";
  }
  static void JoinAgain(journal::Draft& draft) {
    if (draft.place.empty()) return;
    auto facts = DecodeDecision(draft.payload);
    ASSERT_TRUE(facts.ok());
    const auto rest = wire::Parse<schema::Signal>(facts->bytes);
    const auto place = wire::Parse<schema::Signal>(draft.place);
    facts->bytes = contract::JoinPlaces(rest->get(), place->get());
    draft.payload = EncodeDecision(*facts);
    draft.place.clear();
  }
};

TEST_F(OldDecisions, RebuildToTheSameDecisionsToday) {
  apart_ = settle_ = false;
  ReportFrom("report");
  SettleAsBefore();
  const Letter letter = Mailbox(kReception).at(0);
  EXPECT_THAT(letter.decision.bytes, HasSubstr("canary-street"));
  EXPECT_FALSE(hub_.Read(Offset(letter.row.decision)).apart);
  ExpectRebuilds();
  settle_ = true;
  Replay(kReception);  // decided anew, and kept as today
  EXPECT_THAT(Mailbox(kReception).at(1).decision.bytes, Not(HasSubstr("canary")));
  ExpectWhole(kReception, 1);
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
