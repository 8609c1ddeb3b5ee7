// Every shipped pattern over facts, by the same rules for all: what fires it, each part of which is
// needed; what clears it; late and early tellings, corrections, initial loads, changed rules.
#include "tests/unit/broker/rules/story.h"

namespace sam::rules::test {
namespace {

struct Case {
  const char* rule;
  std::vector<Happening> needed;  // rising by time, within the window
  std::optional<Happening> clear;
};

Happening Missed(int64_t day, const char* appointment) {
  return {"bvc.visit.missed", day, {{"appointmentId", appointment}, {"visitCode", "bhv.m10"}}};
}
Happening DentalMissed(int64_t day, const char* appointment) {
  return {"dental.visit.missed", day, {{"appointmentId", appointment}}};
}
Happening Caries(int64_t day, int64_t value) {
  return {"dental.caries.recorded", day,
          {{"index", "deciduousDft"}, {"value", value}, {"includesInitial", "no"}}};
}
Happening Moved(int64_t day) { return {"person.moved", day, {{"newMunicipality", "2183"}}}; }

std::vector<Case> Cases() {
  const Happening dental_visit{"dental.visit.completed", 0, {{"visitType", "exam"}}};
  const Happening bvc_visit{"bvc.visit.completed", 0, {{"visitCode", "bhv.m12"}}};
  return {
      {"REPEATED-MISS", {Missed(400, "b1"), Missed(420, "b2")}, bvc_visit},
      {"P1", {DentalMissed(400, "d1"), Missed(410, "b1"), DentalMissed(420, "d2")}, bvc_visit},
      {"P4", {{"dental.contact.failed", 400, {{"since", "2023-04-01"}}},
              {"dental.pain.acute", 420, {{"date", "2023-04-25"}}}}, dental_visit},
      {"P5", {DentalMissed(400, "d1"), DentalMissed(420, "d2")}, dental_visit},
      {"P5-SKANE", {DentalMissed(400, "d1"),
                    {"dental.contact.failed", 420, {{"since", "2023-04-01"}}}}, dental_visit},
      {"P6", {Caries(400, 1), DentalMissed(410, "d1"), Caries(420, 3)}, std::nullopt},
      {"P9", {{"bvc.care.declined", 400, {{"scope", "vaccination"}}},
              {"bvc.vaccination.delayed", 410, {{"doseCode", "mmr"}, {"reason", "declined"}}},
              Missed(420, "b1")}, std::nullopt},
      {"P10", {Moved(400), Moved(410), Moved(420)}, std::nullopt},
  };
}

class Patterns : public Story {
 protected:
  void Begin(const Case& one) {
    SCOPED_TRACE(one.rule);
    Only({one.rule});
    // A clinic that is known from before: it owns what dental care is told.
    Listed();
    Tell({"dental.recall.sent", 100, {{"date", "2022-06-09"}}});
  }
  void TellAll(const Case& one) {
    for (const Happening& h : one.needed) Tell(h);
  }
  static uint8_t FirstId() { return 3; }  // after the registration and the recall
};

TEST_F(Patterns, FireOnceWhenTheirEvidenceIsOldEnoughAndTellTheOwnersSideOnly) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.rule);
    Begin(one);
    TellAll(one);
    EXPECT_EQ(Hits(), 0) << "corrections may still arrive";
    Pass(430);
    ASSERT_EQ(Hits(), 1);
    const Hit& hit = hits_.begin()->second;
    EXPECT_EQ(hit.code, "SIG-E2");
    EXPECT_EQ(hit.evidence.size(), one.needed.size());
    const bool dental = TheRule().owner == "dental.clinic";
    EXPECT_EQ(hit.unit, dental ? kClinic : kBvc);
    ASSERT_TRUE(hit.pattern);
    EXPECT_FALSE(hit.pattern->occurrences.empty());
    for (const Occurrence& seen : hit.pattern->occurrences)
      EXPECT_NE(seen.type.rfind("dental.", 0) == 0, !dental) << seen.type;
    for (const EvidenceRef& ref : hit.evidence) EXPECT_NE(ref.offset.value, 0u);
    Happening more = one.needed.back();
    more.day += 6;
    Tell(more);
    Pass(900);
    EXPECT_EQ(Hits(), 1) << "the same episode";
    EXPECT_EQ(Withdrawn(), 0);
  }
}

TEST_F(Patterns, EachPartOfTheEvidenceIsNeeded) {
  for (const Case& one : Cases())
    for (size_t without = 0; without < one.needed.size(); ++without) {
      SCOPED_TRACE(one.rule);
      Begin(one);
      for (size_t i = 0; i < one.needed.size(); ++i)
        if (i != without) Tell(one.needed[i]);
      Pass(600);
      EXPECT_EQ(Hits(), 0) << "without " << one.needed[without].type;
    }
}

TEST_F(Patterns, WhatLiesOutsideTheWindowDoesNotCount) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.rule);
    Begin(one);
    Case early = one;
    const int64_t age = 20 + 400 - TheRule().window_days;
    early.needed.front().day = age;  // the window has passed at 420
    TellAll(early);
    Pass(600);
    EXPECT_EQ(Hits(), 0);
    Begin(one);
    early.needed.front().day = age + 1;
    TellAll(early);
    Pass(600);
    EXPECT_EQ(Hits(), 1);
  }
}

TEST_F(Patterns, LateAndOutOfOrderTellingsCountByWhenTheyHappened) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.rule);
    Begin(one);
    for (size_t i = one.needed.size(); i-- > 0;) {
      Happening h = one.needed[i];
      Tell(h, Born(500));
    }
    Pass(501);
    EXPECT_EQ(Hits(), 1);
  }
}

TEST_F(Patterns, WhatClearsThemBetweenKeepsThemStillAndWithdrawsThemWhenItIsToldLate) {
  for (const Case& one : Cases()) {
    if (!one.clear) continue;
    SCOPED_TRACE(one.rule);
    Happening clear = *one.clear;
    clear.day = one.needed.back().day - 1;
    Begin(one);
    for (size_t i = 0; i + 1 < one.needed.size(); ++i) Tell(one.needed[i]);
    Tell(clear);
    Tell(one.needed.back());
    Pass(600);
    EXPECT_EQ(Hits(), 0);
    Begin(one);
    TellAll(one);
    Pass(430);
    ASSERT_EQ(Hits(), 1);
    Tell(clear, Born(431));
    EXPECT_EQ(Withdrawn(), 1);
    EXPECT_EQ(withdrawn_.front(), "late-arrival");
    Pass(600);
    EXPECT_EQ(Hits(), 1);
  }
}

TEST_F(Patterns, ACorrectionUnfiresThemAndTheSameEvidenceAgainIsANewSignal) {
  for (const Case& one : Cases())
    for (size_t i = 0; i < one.needed.size(); ++i) {
      SCOPED_TRACE(one.rule);
      Begin(one);
      TellAll(one);
      Pass(430);
      ASSERT_EQ(Hits(), 1);
      Retract(one.needed[i], static_cast<uint8_t>(FirstId() + i), 431);
      ASSERT_EQ(Withdrawn(), 1) << "without " << one.needed[i].type;
      EXPECT_EQ(withdrawn_.front(), "retracted");
      EXPECT_EQ(Hits(), 1);
      Happening again = one.needed[i];
      if (!again.fields.empty() && std::string(again.fields[0].first) == "appointmentId")
        again.fields[0].second = "told-anew";
      Tell(again, Born(440));
      Pass(600);
      EXPECT_EQ(Hits(), 2);
      EXPECT_EQ(Withdrawn(), 1);
    }
}

TEST_F(Patterns, ACorrectedTellingKeepsThePromptAndOneThatMovesItOutOfTheWindowDoesNot) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.rule);
    Begin(one);
    TellAll(one);
    Pass(430);
    Happening corrected = one.needed.back();
    corrected.day -= 1;
    corrected.id = 200;
    Tell(corrected, Born(431), schema::EventStatus::CORRECTED,
         static_cast<uint8_t>(FirstId() + one.needed.size() - 1));
    EXPECT_EQ(Hits(), 1);
    if (one.needed.back().type != "bvc.visit.missed") {
      EXPECT_EQ(Withdrawn(), 0);
    }
    const int withdrawn = Withdrawn();
    corrected.day = one.needed.front().day + TheRule().window_days + 1;
    corrected.id = 201;
    Tell(corrected, Born(1300), schema::EventStatus::CORRECTED, 200);
    EXPECT_EQ(Withdrawn(), withdrawn + 1);
  }
}

TEST_F(Patterns, DebounceKeepsTheNextEpisodeBackAndDoesNotSwallowIt) {
  for (const Case& one : Cases()) {
    if (!one.clear) continue;
    SCOPED_TRACE(one.rule);
    Begin(one);
    TheRule().min_age_hours = 0;
    TheRule().debounce_days = 14;
    TellAll(one);
    ASSERT_EQ(Hits(), 1);
    Happening clear = *one.clear;
    clear.day = 422;
    Tell(clear);
    for (Happening h : one.needed) {
      h.day = 423 + (h.day - 400) / 10;
      if (!h.fields.empty() && std::string(h.fields[0].first) == "appointmentId")
        h.fields[0].second = h.day == 423 ? "n1" : h.day == 424 ? "n2" : "n3";
      Tell(h);
    }
    Pass(433);
    EXPECT_EQ(Hits(), 1);
    Pass(436);
    EXPECT_EQ(Hits(), 2);
  }
}

TEST_F(Patterns, AnInitialLoadNeverPromptsAndCountsWhenSomethingNewComes) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.rule);
    Begin(one);
    for (Happening h : one.needed) {
      h.baseline = true;
      Tell(h);
    }
    Pass(430);
    Tell({"dental.recall.sent", 430, {{"date", "2023-05-05"}}});
    Pass(440);
    EXPECT_EQ(Hits(), 0);
    Happening news = one.needed.back();
    news.day = 441;
    if (!news.fields.empty() && std::string(news.fields[0].first) == "appointmentId")
      news.fields[0].second = "new";
    Tell(news);
    Pass(600);
    EXPECT_EQ(Hits(), 1);
  }
}

TEST_F(Patterns, ARuleThatComesLaterNeverFiresOnHistoryUnlessItSaysSo) {
  for (const bool says_so : {false, true})
    for (const Case& one : Cases()) {
      SCOPED_TRACE(one.rule);
      Begin(one);
      TheRule().since = Born(425);
      TheRule().fires_on_history = says_so;
      TellAll(one);
      Pass(600);
      EXPECT_EQ(Hits(), says_so ? 1 : 0);
    }
}

TEST_F(Patterns, OfARuleThatIsNotInForceNothingIsKept) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.rule);
    Begin(one);
    TheRule().enabled = false;
    Reconnect();
    state_.facts.clear();
    TellAll(one);
    Pass(600);
    EXPECT_EQ(Hits(), 0);
    EXPECT_TRUE(state_.facts.empty());
  }
}

TEST_F(Patterns, DeathWithdrawsWhatStands) {
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.rule);
    Begin(one);
    TellAll(one);
    Pass(430);
    Tell({"person.deceased", 430, {}});
    EXPECT_EQ(Withdrawn(), 1);
  }
}

TEST_F(Patterns, ADentalVisitMadeAfterAllIsNoAbsenceWhicheverWasToldFirst) {
  const Happening made{"dental.visit.completed", 420,
                       {{"visitType", "treatment"}, {"appointmentId", "d2"}}};
  for (const bool first : {false, true}) {
    Begin(Cases()[3]);
    TheRule().clears.clear();
    Tell(DentalMissed(400, "d1"));
    if (first) Tell(made);
    Tell(DentalMissed(420, "d2"));
    if (!first) Tell(made);
    Pass(600);
    EXPECT_EQ(Hits(), 0);
  }
}

TEST_F(Patterns, TheSameAbsenceToldTwiceIsOne) {
  Begin(Cases()[3]);
  Tell(DentalMissed(400, "d1"));
  Tell(DentalMissed(400, "d1"));
  Pass(600);
  EXPECT_EQ(Hits(), 0);
}

TEST_F(Patterns, CariesIsNeverComparedBetweenIndexesOrWithAndWithoutInitialCaries) {
  for (const char* other : {"includesInitial", "index"}) {
    Begin(Cases()[5]);
    Happening later = Caries(420, 9);
    for (auto& [name, value] : later.fields)
      if (std::string(name) == other)
        value = std::string(other) == "index" ? "permanentDft" : "yes";
    Tell(Caries(400, 1));
    Tell(DentalMissed(410, "d1"));
    Tell(later);
    Pass(600);
    EXPECT_EQ(Hits(), 0) << other;
  }
}

TEST_F(Patterns, MovesOfAChildWithProtectedIdentityAreNeverPromptedAbout) {
  Begin(Cases()[7]);
  TellAll(Cases()[7]);
  Pass(430);
  ASSERT_EQ(Hits(), 1);
  Tell({"person.protection.changed", 431, {{"new", "skyddadFolkbokforing"}}});
  EXPECT_EQ(Withdrawn(), 1);
  protection_ = schema::Protection::SKYDDAD_FOLKBOKFORING;
  Tell(Moved(440));
  Pass(600);
  EXPECT_EQ(Hits(), 1);
}

TEST_F(Patterns, ARunIsOverWhenNothingHappensForAWholeWindow) {
  Begin(Cases()[3]);
  TellAll(Cases()[3]);
  Pass(430);
  ASSERT_EQ(Hits(), 1);
  Tell(DentalMissed(420 + 730, "d3"));
  Tell(DentalMissed(421 + 730, "d4"));
  Pass(1200);
  EXPECT_EQ(Hits(), 2) << "another episode";
}

TEST_F(Patterns, StateOfOneChildIsBoundedHoweverMuchIsTold) {
  Only({"P4", "P5", "P6", "P9", "P10"});
  Listed();
  for (int64_t i = 0; i < 400; ++i) {
    const std::string appointment = "d" + std::to_string(i);
    next_ = static_cast<uint8_t>(i % 250);
    Tell(DentalMissed(400 + i, appointment.c_str()));
    Tell(Caries(400 + i, 1));
    Tell(Moved(400 + i));
    Tell({"dental.pain.acute", 400 + i, {}});
    Tell({"dental.contact.failed", 400 + i, {}});
    Tell({"bvc.vaccination.delayed", 400 + i, {{"reason", "missed"}}});
    EXPECT_LE(state_.facts.size(), kFactsMax);
  }
  std::map<uint16_t, size_t> kinds;
  for (const Fact& f : state_.facts) ++kinds[f.kind];
  for (const auto& [kind, count] : kinds) EXPECT_LE(count, kFactsOfKindMax) << kind;
  EXPECT_LE(state_.episodes.size(), kEpisodesMax);
}

}  // namespace
}  // namespace sam::rules::test
