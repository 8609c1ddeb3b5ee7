// Each check at the door, one row each.
#include "broker/ingress/admit.h"

#include <gtest/gtest.h>

#include "event_maker.h"

namespace sam::ingress {
namespace {

using wire::Refusal;
using E = schema::Event::Builder;

class AdmitTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { CryptoInit(); }
  Admission Try(const Spoil& spoil = {}) { return TryAs(BvcRules(), spoil); }
  Admission TryAs(const PeerRules& peer, const Spoil& spoil = {}) {
    return Admit(peer, MakeEvent(1, "M1", spoil), rules_, Millis(kNow), key_);
  }
  AdmitRules rules_;
  SecretKey key_ = SecretKey::Random();
};

TEST_F(AdmitTest, GoodEventBecomesADraftWithEverythingTheJournalNeeds) {
  const Admission out = Try();
  ASSERT_EQ(out.code, Refusal::NONE) << out.field;
  const journal::Draft& draft = out.draft;
  EXPECT_EQ(draft.kind, journal::Kind::EVENT);
  EXPECT_EQ(draft.event.view(), EventIdOf(1));
  ASSERT_EQ(draft.persons.size(), 1u);
  EXPECT_EQ(draft.persons[0].Reveal(), "20210325K069");
  EXPECT_FALSE(draft.fresh_subject);
  EXPECT_EQ(draft.controller_org, "2321000214");
  EXPECT_EQ(draft.controller_board, "halso");
  EXPECT_EQ(draft.message_key.size(), 16u);
  EXPECT_EQ(draft.content_digest.size(), 32u);
  EXPECT_EQ(draft.peer, "bvc");
  EXPECT_EQ(draft.payload, MakeEvent(1, "M1"));
}

TEST_F(AdmitTest, PlacesAreTakenOutBeforeAnythingIsWrittenAndStillCount) {
  const auto report = [](const char* street) {
    return [street](E e) {
      e.getHeader().setType("report.signed");
      auto body = e.getBody().initReportSigned();
      body.setSignerName("x");
      body.setSignerRole("x");
      body.setSignerFunction("bollnas.bvc");
      body.setSignedAt(kNow - 2000);
      body.setConcern("concern");
      body.setChildAddress(street);
      body.initGuardians(1)[0].setPhone("canary-phone");
    };
  };
  const Admission one = Try(report("canary-street 1"));
  ASSERT_EQ(one.code, Refusal::NONE) << one.field;
  EXPECT_EQ(one.draft.payload.find("canary"), std::string::npos);
  EXPECT_NE(one.draft.payload.find("concern"), std::string::npos);
  EXPECT_NE(one.draft.place.find("canary-street 1"), std::string::npos);
  EXPECT_NE(one.draft.place.find("canary-phone"), std::string::npos);
  EXPECT_EQ(one.draft.place.find("concern"), std::string::npos);
  // The digest covers the whole: the same told again is the same, another street is another content.
  EXPECT_EQ(Try(report("canary-street 1")).draft.content_digest, one.draft.content_digest);
  const Admission other = Try(report("canary-street 2"));
  EXPECT_EQ(other.draft.message_key, one.draft.message_key);
  EXPECT_NE(other.draft.content_digest, one.draft.content_digest);
  EXPECT_EQ(other.draft.payload, one.draft.payload);
}

TEST_F(AdmitTest, AnEventWithoutPlacesIsKeptAsItCame) {
  const Admission out = Try();
  EXPECT_EQ(out.draft.payload, MakeEvent(1, "M1"));
  EXPECT_TRUE(out.draft.place.empty());
}

TEST_F(AdmitTest, EachFaultHasItsCodeAndField) {
  const struct {
    const char* name;
    Spoil spoil;
    Refusal code;
    const char* field;
  } rows[] = {
      {"no id", [](E e) { e.getHeader().disownEventId(); }, Refusal::MISSING_FIELD,
       "header.eventId"},
      {"no type", [](E e) { e.getHeader().disownType(); }, Refusal::MISSING_FIELD, "header.type"},
      {"no time", [](E e) { e.getHeader().setOccurredAt(0); }, Refusal::MISSING_FIELD,
       "header.occurredAt"},
      {"no source", [](E e) { e.getHeader().disownSource(); }, Refusal::MISSING_FIELD,
       "header.source"},
      {"no system", [](E e) { e.getHeader().initSource(); }, Refusal::MISSING_FIELD,
       "header.source.systemId"},
      {"no controller", [](E e) { e.getHeader().disownController(); }, Refusal::MISSING_FIELD,
       "header.controller"},
      {"no authority", [](E e) { e.getHeader().initController(); }, Refusal::MISSING_FIELD,
       "header.controller.orgNr"},
      {"no message id", [](E e) { e.getHeader().setSourceMessageId(""); }, Refusal::MISSING_FIELD,
       "header.sourceMessageId"},
      {"no body", [](E e) { e.getBody().setUnset(); }, Refusal::MISSING_FIELD, "body"},
      {"short id", [](E e) { e.getHeader().setEventId(wire::AsData("short")); }, Refusal::BAD_VALUE,
       "header.eventId"},
      {"long ago", [](E e) { e.getHeader().setOccurredAt(631'151'999'999); }, Refusal::BAD_VALUE,
       "header.occurredAt"},
      {"far ahead", [](E e) { e.getHeader().setOccurredAt(kNow + kDayMs + 1); }, Refusal::BAD_VALUE,
       "header.occurredAt"},
      {"odd replaces", [](E e) { e.getHeader().setReplaces(wire::AsData("x")); },
       Refusal::BAD_VALUE, "header.replaces"},
      {"newer schema", [](E e) { e.getHeader().setSchemaVersion(2); }, Refusal::SCHEMA_UNKNOWN,
       "header.schemaVersion"},
      {"test event", [](E e) { e.getHeader().setTest(true); }, Refusal::WRONG_ENVIRONMENT,
       "header.test"},
      {"other system", [](E e) { e.getHeader().getSource().setSystemId("dental-1"); },
       Refusal::NOT_ALLOWED, "header.source.systemId"},
      {"type of another body", [](E e) { e.getHeader().setType("bvc.visit.booked"); },
       Refusal::BAD_VALUE, "header.type"},
      {"a code that is none",
       [](E e) {
         e.getHeader().setType("bvc.visit.booked");
         auto body = e.getBody().initBvcVisitBooked();
         body.setAppointmentId(std::string(257, '7'));
         body.setVisitCode("m8");
         body.setStart(kNow);
       },
       Refusal::TOO_LARGE, "body.bvcVisitBooked.appointmentId"},
      {"type nobody knows", [](E e) { e.getHeader().setType("bvc.new"); }, Refusal::BAD_VALUE,
       "header.type"},
      {"derived type by name", [](E e) { e.getHeader().setType("expectation.overdue"); },
       Refusal::DERIVED_ONLY, "header.type"},
      {"derived body",
       [](E e) {
         auto body = e.getBody().initExpectationOverdue();
         body.setVisitCode("m8");
         body.setDueAt(1);
         body.setOverdueAt(2);
       },
       Refusal::DERIVED_ONLY, "header.type"},
  };
  for (const auto& row : rows) {
    const Admission out = Try(row.spoil);
    EXPECT_EQ(wire::RefusalName(out.code), std::string(wire::RefusalName(row.code))) << row.name;
    EXPECT_EQ(out.field, row.field) << row.name;
  }
}

TEST_F(AdmitTest, TimesAtTheEdgesAreTaken) {
  EXPECT_EQ(Try([](E e) { e.getHeader().setOccurredAt(631'152'000'000); }).code, Refusal::NONE);
  EXPECT_EQ(Try([](E e) { e.getHeader().setOccurredAt(kNow + kDayMs); }).code, Refusal::NONE);
}

TEST_F(AdmitTest, AbsurdTimesAreRefusedWithTheirFieldOnAnyHub) {
  constexpr int64_t kYear9999 = 253'402'300'799'999;
  constexpr int64_t kYearZero = -62'167'219'200'000;
  for (const bool test : {false, true}) {
    rules_.test_environment = test;
    for (const int64_t time : {kYear9999, kYearZero, INT64_MAX, INT64_MIN, int64_t{-2}}) {
      SCOPED_TRACE(std::to_string(time) + (test ? " test" : " production"));
      const auto in = [&](const std::function<void(E)>& spoil) {
        return Try([&](E e) {
          e.getHeader().setTest(test);
          spoil(e);
        });
      };
      const Admission header = in([&](E e) { e.getHeader().setOccurredAt(time); });
      EXPECT_NE(header.code, Refusal::NONE);
      EXPECT_EQ(header.field, "header.occurredAt");
      const Admission recorded = in([&](E e) { e.getHeader().setRecordedAt(time); });
      EXPECT_EQ(recorded.code, Refusal::BAD_VALUE);
      EXPECT_EQ(recorded.field, "header.recordedAt");
      const Admission body = in([&](E e) { e.getBody().getBvcVisitMissed().setStart(time); });
      EXPECT_NE(body.code, Refusal::NONE);
      EXPECT_EQ(body.field, "body.bvcVisitMissed.start");
    }
  }
}

TEST_F(AdmitTest, ReceiptFromTheFutureIsRefusedAndAbsurdContentOfAReportIsNot) {
  const auto receipt = [](int64_t at) {
    return [at](E e) {
      e.getHeader().setType("signal.receipt");
      e.getHeader().disownSubject();
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData("0123456789abcdef"));
      body.setState(schema::LadderState::REGISTERED);
      body.setFunction("bollnas.bvc");
      body.setAt(at);
    };
  };
  EXPECT_EQ(Try(receipt(kNow)).code, Refusal::NONE);
  EXPECT_EQ(Try(receipt(kNow + kDayMs + 1)).field, "body.signalReceipt.at");
  const Admission report = Try([](E e) {
    e.getHeader().setType("report.signed");
    e.getBody().initReportSigned().setSignedAt(INT64_MAX);
  });
  EXPECT_EQ(report.code, Refusal::NONE) << report.field;
}

TEST_F(AdmitTest, TestHubTakesTestEventsOnlyAndAnyFutureTime) {
  rules_.test_environment = true;
  EXPECT_EQ(Try().code, Refusal::WRONG_ENVIRONMENT);
  EXPECT_EQ(Try([](E e) {
              e.getHeader().setTest(true);
              e.getHeader().setOccurredAt(kNow + 400 * kDayMs);
            }).code,
            Refusal::NONE);
}

TEST_F(AdmitTest, BytesThatAreNoEventAreMalformedAndLargeOnesTooLarge) {
  EXPECT_EQ(Admit(BvcRules(), std::string(64, '\xff'), rules_, Millis(kNow), key_).code,
            Refusal::MALFORMED);
  rules_.max_event_bytes = MakeEvent(1, "M1").size();
  EXPECT_EQ(Try().code, Refusal::NONE);
  --rules_.max_event_bytes;
  EXPECT_EQ(Try().code, Refusal::TOO_LARGE);
}

TEST_F(AdmitTest, PeerPublishesOnlyWhatItsEntryAllows) {
  PeerRules peer = BvcRules();
  peer.event_types = {"bvc.visit.booked"};
  EXPECT_EQ(TryAs(peer).field, "header.type");
  peer.event_types = {"bvc.visit.missed"};
  EXPECT_EQ(TryAs(peer).code, Refusal::NONE);
  peer.event_types.clear();
  peer.role = PeerRules::Role::kOperator;
  EXPECT_EQ(TryAs(peer).code, Refusal::NOT_ALLOWED);
  peer.role = PeerRules::Role::kSubscriber;
  EXPECT_EQ(TryAs(peer).code, Refusal::NOT_ALLOWED);  // a receiver answers only
  for (const char* answer :
       {"signal.receipt", "prompt.decided", "signal.withdrawn", "signal.receiver.named"})
    EXPECT_TRUE(peer.MayPublish(answer)) << answer;
}

TEST_F(AdmitTest, ATextThatBreaksARuleIsNamed) {
  const Admission bad = TryAs(BvcRules(), [](E e) {
    e.getBody().getBvcVisitMissed().setVisitCode("m8\x01");
  });
  EXPECT_EQ(bad.code, Refusal::MALFORMED);
  EXPECT_EQ(bad.field, "body.bvcVisitMissed.visitCode");
  const Admission long_text =
      TryAs(BvcRules(), [](E e) { e.getHeader().getSource().setBoard(std::string(70'000, 'x')); });
  EXPECT_EQ(long_text.field, "header.source.board");
}

TEST_F(AdmitTest, NobodyReportsInAnotherAuthoritysName) {
  const auto of = [](const char* org) {
    return [org](E e) { e.getHeader().getController().setOrgNr(org); };
  };
  EXPECT_EQ(TryAs(BvcRules(), of("2321000214")).code, Refusal::NONE);
  EXPECT_EQ(TryAs(BvcRules(), of("232100-0214")).code, Refusal::NONE);
  const Admission other = TryAs(BvcRules(), of("212000-2361"));
  EXPECT_EQ(other.code, Refusal::NOT_ALLOWED);
  EXPECT_EQ(other.field, "header.controller.orgNr");
  PeerRules nobody = BvcRules();
  nobody.controllers.clear();
  EXPECT_EQ(TryAs(nobody).code, Refusal::NOT_ALLOWED);
}

TEST_F(AdmitTest, AnOrganisationIsOneWithAndWithoutHyphen) {
  EXPECT_EQ(TryAs(BvcRules(), [](E e) { e.getHeader().getController().setOrgNr("2321000214"); })
                .draft.controller_org,
            TryAs(BvcRules()).draft.controller_org);
}

TEST_F(AdmitTest, ReceiptIsTakenFromItsOwnFunctionOnly) {
  const PeerRules agency{
      "bollnas", PeerRules::Role::kSubscriber, {}, {}, {"bollnas.mottagning"}, {"2321000214"}};
  const auto receipt = [](const char* function) {
    return [function](E e) {
      e.getHeader().setType("signal.receipt");
      e.getHeader().getSource().setSystemId("bollnas.mottagning");
      e.getHeader().disownSubject();
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData("0123456789abcdef"));
      body.setState(schema::LadderState::REGISTERED);
      body.setAt(kNow);
      body.setFunction(function);
    };
  };
  const Admission own = TryAs(agency, receipt("bollnas.mottagning"));
  EXPECT_EQ(own.code, Refusal::NONE) << own.field;
  EXPECT_FALSE(own.draft.fresh_subject);  // about a signal, not a new child
  const Admission foreign = TryAs(agency, receipt("ljusdal.mottagning"));
  EXPECT_EQ(foreign.code, Refusal::NOT_ALLOWED);
  EXPECT_EQ(foreign.field, "body.signalReceipt.function");
  EXPECT_EQ(TryAs(agency, receipt("")).code, Refusal::NOT_ALLOWED);
}

TEST_F(AdmitTest, AReceiverIsNamedByOnesOwnFunctionOnly) {
  const PeerRules clinic{
      "bvc", PeerRules::Role::kSubscriber, {}, {}, {"bvc.bollnas"}, {"2321000214"}};
  const auto named = [](const char* function) {
    return [function](E e) {
      e.getHeader().setType("signal.receiver.named");
      e.getHeader().getSource().setSystemId("bvc.bollnas");
      e.getHeader().disownSubject();
      auto body = e.getBody().initSignalReceiverNamed();
      body.setSignalId(wire::AsData("0123456789abcdef"));
      body.setReceiverFunction("bollnas.mottagning");
      body.setFunction(function);
      body.setNamedBy("Anna Ek");
      body.setAt(kNow);
    };
  };
  const Admission own = TryAs(clinic, named("bvc.bollnas"));
  EXPECT_EQ(own.code, Refusal::NONE) << own.field;
  EXPECT_FALSE(own.draft.fresh_subject);
  const Admission foreign = TryAs(clinic, named("bvc.ljusdal"));
  EXPECT_EQ(foreign.code, Refusal::NOT_ALLOWED);
  EXPECT_EQ(foreign.field, "body.signalReceiverNamed.function");
}

TEST_F(AdmitTest, MissingContentRefusesAnEventButNeverAReport) {
  const Admission visit = Try([](E e) { e.getBody().getBvcVisitMissed().setVisitCode(""); });
  EXPECT_EQ(visit.code, Refusal::MISSING_FIELD);
  EXPECT_EQ(visit.field.rfind("body", 0), 0u);
  const Admission report = Try([](E e) {
    e.getHeader().setType("report.signed");
    e.getBody().initReportSigned().setConcern("");
  });
  EXPECT_EQ(report.code, Refusal::NONE) << report.field;
}

TEST_F(AdmitTest, BodyOfANewerSchemaIsStoredAsItIs) {
  const auto newer = [](const char* type) {
    return [type](E e) {
      e.getHeader().setType(type);
      // The discriminant lies in the first two bytes of the event's own data.
      capnp::AnyStruct::Builder any(kj::mv(e));
      any.getDataSection()[0] = 0xee;
      any.getDataSection()[1] = 0x0e;
    };
  };
  const Admission out = Try(newer("bvc.something.new"));
  EXPECT_EQ(out.code, Refusal::NONE) << out.field;
  EXPECT_EQ(Try(newer("bvc.visit.missed")).code, Refusal::BAD_VALUE);
}

// A report carries what somebody wrote in place of a number; two such children are not one.
TEST_F(AdmitTest, WhatIsNoNumberOfAPersonIsNobodysIdentity) {
  const Admission odd = Try([](E e) {
    auto ids = e.getHeader().getSubject().initIds(1);
    ids[0].setSystem("1.2.752.129.2.1.3.1");
    ids[0].setValue("OKAND");
    ids[0].setFlag("number-form");
  });
  EXPECT_EQ(odd.code, Refusal::NONE);
  EXPECT_TRUE(odd.draft.persons.empty());
  EXPECT_TRUE(odd.draft.fresh_subject);
}

// Two sources gave "1017" without saying of which system: the children were taken for one.
TEST_F(AdmitTest, ANumberWithoutASystemIsItsSourcesOwn) {
  const auto from = [this](const char* source) {
    PeerRules peer = BvcRules();
    peer.systems = {source};
    return Admit(peer, MakeEvent(1, "M1", [source](E e) {
      e.getHeader().getSource().setSystemId(source);
      auto ids = e.getHeader().getSubject().initIds(1);
      ids[0].setValue("1017");
    }), rules_, Millis(kNow), key_);
  };
  const Admission here = from("bvc.here"), there = from("bvc.there");
  ASSERT_EQ(here.code, Refusal::NONE) << here.field;
  ASSERT_EQ(there.code, Refusal::NONE) << there.field;
  ASSERT_EQ(here.draft.persons.size(), 1u);
  EXPECT_NE(here.draft.persons, there.draft.persons);
  EXPECT_EQ(here.draft.persons, from("bvc.here").draft.persons);
}

TEST_F(AdmitTest, ChildWithoutNumberGetsAKeyOfItsOwnAndLinkedNumbersAreNamed) {
  const Admission nameless = Try([](E e) { e.getHeader().getSubject().disownIds(); });
  EXPECT_EQ(nameless.code, Refusal::NONE);
  EXPECT_TRUE(nameless.draft.fresh_subject);
  const Admission linked = Try([](E e) {
    e.getHeader().setType("person.id.linked");
    auto old = e.getBody().initPersonIdLinked().initOldIds(2);
    old[0].setSystem("s");
    old[0].setValue("98240301AA06");
  });
  ASSERT_EQ(linked.code, Refusal::NONE) << linked.field;
  ASSERT_EQ(linked.draft.linked.size(), 1u);  // an empty identity names nobody
  EXPECT_EQ(linked.draft.linked[0].Reveal(), "98240301AA06");
}

TEST_F(AdmitTest, KeysFollowMessageAndContentAndNotTheEnvelope) {
  const auto make = [&](int id, const char* message, const Spoil& spoil = {}) {
    return Admit(BvcRules(), MakeEvent(id, message, spoil), rules_, Millis(kNow), key_).draft;
  };
  const journal::Draft base = make(1, "M1");
  EXPECT_EQ(make(2, "M1").message_key, base.message_key);
  EXPECT_EQ(make(2, "M1").content_digest, base.content_digest);
  EXPECT_NE(make(1, "M2").message_key, base.message_key);
  const journal::Draft other =
      make(1, "M1", [](E e) { e.getBody().getBvcVisitMissed().setAttemptNo(2); });
  EXPECT_EQ(other.message_key, base.message_key);
  EXPECT_NE(other.content_digest, base.content_digest);
  const SecretKey second = SecretKey::Random();
  EXPECT_NE(Admit(BvcRules(), MakeEvent(1, "M1"), rules_, Millis(kNow), second).draft.message_key,
            base.message_key);
}

}  // namespace
}  // namespace sam::ingress
