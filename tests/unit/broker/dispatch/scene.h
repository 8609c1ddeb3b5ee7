// A hub of journal and dispatch with the demonstration configuration, and a small language to tell
// it what happened: Registered(), Missed(...), Tick(...). Test environment: time stands where the
// last tick put it. One thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "broker/base/text.h"
#include "broker/contract/place.h"
#include "broker/dispatch/rebuild.h"
#include "broker/dispatch/stage.h"
#include "broker/rules/days.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"
#include "tests/unit/broker/journal/hub.h"

namespace sam::dispatch::test {

namespace jt = ::sam::journal::test;

inline constexpr char kChild[] = "20210325K069";
inline constexpr char kUnit[] = "SE2321000198-BVCTEST";
inline constexpr char kBorn[] = "2025-06-01";
inline Millis Day(int day) { return rules::AddDays(*rules::DateToMillis(kBorn), day); }

// Of the demonstration. With SAM_RULES=shipped in the environment rules and programmes are those that are shipped.
inline bool WithShippedRules() {
  const char* which = std::getenv("SAM_RULES");
  return which != nullptr && std::string_view(which) == "shipped";
}
inline std::string FileText(const std::string& name) {
  const bool rules = name == "rules.toml" || name == "programmes.toml";
  std::ifstream in(std::string(rules && WithShippedRules() ? SAM_SHIPPED_DIR : SAM_CONFIG_DIR) + "/" + name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Letter {
  Lane lane;
  Sequence sequence;
  mailbox::Row row;
  DecisionFacts decision;
  std::string code() const { return decision.code; }
};

class Scene : public testing::Test {
 protected:
  using Fill = std::function<void(schema::Event::Builder)>;

  void SetUp() override {
    CryptoInit();
    log::Init("dispatch_test", log::Level::kError);
    Must(hub_.Start());
    Restart();
    Config("1");
    if (!connected_) return;
    for (const char* function : {"bollnas.mottagning", "bvc.bollnas"}) Connected(function);
  }

  static void Must(const Status& status) {
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  void Restart() {
    stage_.reset();
    reader_ = std::make_unique<journal::Reader>(hub_.store_, *hub_.vault_, hub_.hub_key_,
                                                *hub_.mark_);
    places_ = std::make_unique<journal::PlaceDoor>(hub_.store_, *hub_.vault_, hub_.hub_key_,
                                                   *hub_.mark_);
    stage_ = std::make_unique<DispatchStage>(hub_.store_, *reader_, *places_, *hub_.dispatch_,
                                             hub_.clock_, nullptr);
    Must(stage_->Open());
  }
  void Settle() {
    for (int i = 0; i < 1000; ++i) {
      const auto done = stage_->Work();
      ASSERT_TRUE(done.ok()) << done.error().message;
      Must(hub_.Work());
      if (*done == 0 && stage_->idle()) return;
    }
    FAIL() << "dispatch does not come to rest";
  }
  Offset Submit(journal::Draft draft) {
    draft.peer = "test";
    const auto each = hub_.Input(std::move(draft));
    if (settle_) Settle();
    return each.offset;
  }

  void Config(const std::string& version, std::string rules = FileText("rules.toml")) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::ConfigLoaded>();
    root.setVersion(version);
    const std::vector<std::pair<std::string, std::string>> files = {
        {"hub.toml", "environment = \"" + environment_ + "\"\nfold = " + std::to_string(fold_) + "\n"},
        {"directory.toml", directory_},
        {"agreements.toml", agreements_},
        {"programmes.toml", programmes_},
        {"rules.toml", std::move(rules)},
        {"retention.toml", retention_}};
    auto list = root.initFiles(static_cast<unsigned>(files.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setName(files[i].first);
      list[i].setText(files[i].second);
    }
    Submit(DraftOf(journal::Kind::CONFIG, message));
  }
  void Tick(Millis time) {
    capnp::MallocMessageBuilder message;
    message.initRoot<schema::Tick>().setTime(time.value);
    Submit(DraftOf(journal::Kind::TICK, message));
  }
  void Progress(const std::string& subscription, uint64_t floor, std::vector<uint64_t> dead = {},
                Lane lane = Lane::kNormal) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::Progress>();
    root.setSubscription(subscription);
    root.setLane(static_cast<uint8_t>(lane));
    root.setFloor(floor);
    auto list = root.initDeadLetters(static_cast<unsigned>(dead.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, dead[i]);
    Submit(DraftOf(journal::Kind::PROGRESS, message));
  }
  // As delivery tells it: a connection stands, or what it leaves behind it.
  void Offered(const std::string& subscription, uint64_t below, Lane lane = Lane::kNormal) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::Progress>();
    root.setSubscription(subscription);
    root.setLane(static_cast<uint8_t>(lane));
    root.setOfferedBelow(below);
    Submit(DraftOf(journal::Kind::PROGRESS, message));
  }
  void Connected(const std::string& subscription) {
    for (const Lane lane : {Lane::kNormal, Lane::kAcute})
      Offered(subscription, mailbox::kAnyOffered, lane);
  }
  void Recheck(const std::string& subscription, Lane lane, Sequence sequence) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::Recheck>();
    root.setSubscription(subscription);
    root.setLane(static_cast<uint8_t>(lane));
    root.setSequence(sequence.value);
    Submit(DraftOf(journal::Kind::RECHECK, message));
  }
  void Replay(const std::string& subscription) {
    capnp::MallocMessageBuilder message;
    auto replay = message.initRoot<schema::Command>().getAction().initReplay();
    replay.setSubscription(subscription);
    replay.setToOffset(UINT64_MAX);
    Submit(DraftOf(journal::Kind::COMMAND, message));
  }
  void Release(const SignalId& id, const std::string& receiver) {
    capnp::MallocMessageBuilder message;
    auto release = message.initRoot<schema::Command>().getAction().initReleaseHold();
    release.setSignalId(wire::AsData(id.view()));
    release.setReceiverFunction(receiver);
    Submit(DraftOf(journal::Kind::COMMAND, message));
  }

  // The function that sent what is held says where it is to go.
  void Name(const std::string& name, const SignalId& id, const std::string& receiver,
            const std::string& function = "bvc.bollnas", const std::string& org = "2321000198") {
    Tell(name, Day(201), [&](schema::Event::Builder e) {
      e.getHeader().getController().setOrgNr(org);
      auto body = e.getBody().initSignalReceiverNamed();
      body.setSignalId(wire::AsData(id.view()));
      body.setReceiverFunction(receiver);
      body.setFunction(function);
      body.setNamedBy("Anna Ek");
      body.setAt(Day(201).value);
    }, "");
  }

  // An event about the child at `at`; `fill` sets body and what differs in the header.
  Offset Tell(const std::string& name, Millis at, const Fill& fill, const char* person = kChild) {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    auto header = event.initHeader();
    const EventId id = jt::EventOf(name);
    header.setEventId(wire::AsData(id.view()));
    header.setOccurredAt(at.value);
    header.initSource().setUnitHsaId(unit_);
    header.initController().setOrgNr(org_);
    header.getController().setBoard(board_);
    auto subject = header.initSubject();
    auto ids = subject.initIds(1);
    ids[0].setSystem("urn:oid:1.2.752.113.11.0.2.1.1.1");
    ids[0].setValue(person);
    subject.setBirthDate(kBorn);
    subject.setHomeMunicipality(municipality_);
    subject.setProtection(schema::Protection::NONE);
    fill(event);
    journal::Draft draft = DraftOf(journal::Kind::EVENT, message);
    const contract::PlaceSplit split = contract::SplitPlaces(event.asReader());
    if (split.apart() && apart_) {  // as ingress does
      draft.payload = split.rest;
      draft.place = split.place;
    }
    draft.event = id;
    draft.message_key = jt::KeyOf(name);
    draft.content_digest = jt::ContentOf(name);
    if (person[0] != '\0') draft.persons = {jt::Person(person)};
    draft.linked = linked_;
    draft.about = about_;
    draft.fresh_subject = person[0] == '\0' && fresh_;
    if (linked_.empty()) draft.replaces = wire::IdOf<EventId>(event.getHeader().getReplaces());
    draft.controller_org = org_;
    draft.controller_board = board_;
    return Submit(std::move(draft));
  }
  Offset Registered(const std::string& name = "registered", int day = 3, bool baseline = false) {
    return Tell(name, Day(day), [&](schema::Event::Builder e) {
      e.getHeader().setBaseline(baseline);
      auto body = e.getBody().initBvcChildRegistered();
      body.setUnitHsaId(kUnit);
      body.setFromDate(ToIso(Day(day)).substr(0, 10));
    });
  }
  Offset ReportOn(const char* person, const std::string& name) {
    return Tell(name, Day(200), [](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("x");
    }, person);
  }
  Fill MissedBody(const std::string& appointment, const std::string& episode = "") {
    return [=](schema::Event::Builder e) {
      e.getHeader().setEpisodeKey(episode);
      auto body = e.getBody().initBvcVisitMissed();
      body.setAppointmentId(appointment);
      body.setVisitCode("bhv.m6");
    };
  }
  Offset Missed(const std::string& name, int day, const std::string& appointment,
                const std::string& episode = "") {
    return Tell(name, Day(day), MissedBody(appointment, episode));
  }
  Offset Completed(const std::string& name, int day, const std::string& code = "bhv.m6",
                   const std::string& appointment = "") {
    return Tell(name, Day(day), [=](schema::Event::Builder e) {
      auto body = e.getBody().initBvcVisitCompleted();
      body.setVisitCode(code);
      body.setAppointmentId(appointment);
    });
  }
  Offset Report(const std::string& name, bool acute = false) {
    return Tell(name, Day(200), [=](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("canary-concern");
      body.setAcute(acute);
    });
  }
  Offset Outcome(const std::string& name) {
    return Tell(name, Day(200), [](schema::Event::Builder e) {
      auto list = e.getBody().initBvcBarnsakertOutcome().initOutcomes(1);
      list.set(0, schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
    });
  }
  Offset Consent(const std::string& name, schema::ConsentChanged::State state, int day) {
    return Tell(name, Day(day), [=](schema::Event::Builder e) {
      auto body = e.getBody().initConsentChanged();
      body.setConsentId("consent-1");
      body.initScope(1).set(0, "SIG-B1");
      body.setState(state);
      body.setAllGuardians(schema::YesNo::YES);
    });
  }
  Offset Retract(const std::string& name, const std::string& old, const Fill& body) {
    return Tell(name, Day(200), [&](schema::Event::Builder e) {
      body(e);
      e.getHeader().setStatus(schema::EventStatus::RETRACTED);
      e.getHeader().setReplaces(wire::AsData(jt::EventOf(old).view()));
    });
  }
  void Receipt(const std::string& name, const SignalId& id, schema::LadderState state,
               const std::string& function,
               schema::Answer answer = schema::Answer::UNSET) {
    Tell(name, Day(201), [&](schema::Event::Builder e) {
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData(id.view()));
      body.setState(state);
      body.setAt(Day(201).value);
      body.setFunction(function);
      body.setAnswer(answer);
    });
  }

  // What lies in a mailbox, with the decision records it names.
  std::vector<Letter> Mailbox(const std::string& subscription) {
    std::vector<Letter> out;
    for (Lane lane : {Lane::kNormal, Lane::kAcute}) {
      const auto status = mailbox::MailboxReader(hub_.store_).Scan(
          subscription, lane, Sequence(1), 1000, [&](Sequence sequence, const mailbox::Row& row) {
            const journal::Record record = hub_.Read(Offset(row.decision));
            EXPECT_EQ(record.header.kind, journal::Kind::DECISION);
            auto facts = DecodeDecision(record.payload.value_or(""));
            EXPECT_TRUE(facts.ok());
            if (facts.ok()) out.push_back({lane, sequence, row, *facts});
            return true;
          });
      EXPECT_TRUE(status.ok());
    }
    return out;
  }
  // The steps that the sender's function has been told of, in order.
  std::vector<schema::LadderState> Told() {
    std::vector<schema::LadderState> states;
    for (const Letter& letter : Mailbox("bvc.bollnas")) {
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      const auto body = signal->get().getBody();
      states.push_back((body.isFeedback() ? body.getFeedback() : body.getReceipt()).getState());
    }
    return states;
  }
  std::vector<std::string> Codes(const std::string& subscription) {
    std::vector<std::string> codes;
    for (const Letter& letter : Mailbox(subscription)) codes.push_back(letter.code());
    return codes;
  }
  std::optional<SignalRow> Row(const SignalId& id) {
    auto row = ReadSignal(hub_.store_, id);
    EXPECT_TRUE(row.ok());
    return row.ok() ? *row : std::nullopt;
  }
  // The only signal with this code and outcome.
  SignalId IdOf(const std::string& code, schema::Outcome outcome) {
    std::vector<SignalId> found;
    EXPECT_TRUE(hub_.store_
                    .Scan(spaces::kSignal, "", "",
                          [&](std::string_view key, std::string_view value) {
                            auto row = DecodeSignal(value);
                            if (row.ok() && row->code == code && row->outcome == outcome)
                              found.push_back(*SignalId::From(key));
                            return true;
                          })
                    .ok());
    EXPECT_EQ(found.size(), 1u) << code;
    return found.empty() ? SignalId{} : found.front();
  }
  Digest LiveDigest(const std::set<SubjectId>& without = {}) {
    auto digest = DigestOfDerived(hub_.store_, without);
    EXPECT_TRUE(digest.ok());
    return digest.ok() ? *digest : Digest{};
  }
  RebuildReport RebuildNow(::sam::test::FaultStore& fresh) {
    auto report = Rebuild(*reader_, *places_, fresh, stage_->cursor(), &hub_.store_);
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message);
    return report.ok() ? *report : RebuildReport{};
  }
  // The log alone gives every decision and every derived row again; those of so many subjects are gone.
  RebuildReport ExpectRebuilds(size_t gone = 0) {
    ::sam::test::FaultStore fresh;
    RebuildReport report = RebuildNow(fresh);
    EXPECT_EQ(report.gone.size(), gone);
    EXPECT_TRUE(report.comparable);
    EXPECT_EQ(report.different_count, 0u);
    EXPECT_EQ(report.not_recorded, 0u);
    EXPECT_EQ(report.equal + report.taken_as_recorded, report.decisions);
    EXPECT_EQ(report.digest, LiveDigest(report.gone));
    return report;
  }

  static journal::Draft DraftOf(journal::Kind kind, capnp::MallocMessageBuilder& message) {
    journal::Draft draft;
    draft.kind = kind;
    draft.payload = wire::Flatten(message);
    return draft;
  }

  jt::Hub hub_;
  std::unique_ptr<journal::Reader> reader_;
  std::unique_ptr<journal::PlaceDoor> places_;
  std::unique_ptr<DispatchStage> stage_;
  std::vector<PersonId> linked_;
  std::string directory_ = FileText("directory.toml");
  std::string about_;   // message key of the report that the next event belongs to
  bool fresh_ = false;  // an event about nobody known is about a child without a number
  std::string municipality_ = "2183";
  std::string unit_ = kUnit;  // who tells: its unit and the authority that owns the facts
  std::string org_ = "2321000198";
  std::string board_ = "Hälso- och sjukvårdsnämnden";
  std::string agreements_ = FileText("agreements.toml");
  std::string retention_;  // empty: nothing is disposed of
  std::string environment_ = "test";
  std::string programmes_ = FileText("programmes.toml");
  uint32_t fold_ = kFoldEdition;  // lower: as earlier builds decided
  bool connected_ = true;  // receivers have a connection from the beginning
  bool settle_ = true;
  bool apart_ = true;  // false: as hubs did before places were sealed apart
};

}  // namespace sam::dispatch::test
