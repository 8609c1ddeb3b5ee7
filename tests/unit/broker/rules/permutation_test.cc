// The order in which happenings are told never decides what stands in the end.
#include <algorithm>
#include <random>

#include "tests/unit/broker/rules/story.h"

namespace sam::rules::test {
namespace {

struct Telling {
  Happening what;
  schema::EventStatus status = schema::EventStatus::ACTUAL;
  uint8_t replaces = 0;
};

class AnyOrder : public Story {
 protected:
  using Random = std::mt19937;

  static int64_t Pick(Random& random, int64_t from, int64_t to) {
    return std::uniform_int_distribution<int64_t>(from, to)(random);
  }

  // Some happenings of a year, and corrections of a few.
  std::vector<Telling> Year(Random& random) {
    std::vector<Telling> out;
    const auto add = [&](Happening what) {
      what.id = static_cast<uint8_t>(out.size() + 1);
      out.push_back({std::move(what)});
    };
    add({"bvc.child.registered", 3, {{"unitHsaId", kBvc}, {"fromDate", "2022-03-04"}}});
    add({"dental.recall.sent", 20, {}});
    add({"social.exam.requested", 380, {{"orderId", "o1"}, {"dueDate", "2023-07-14"}}});
    add({"bvc.program.changed", 30, {{"programId", "rinkeby"}, {"change", "enrolled"}}});
    const int64_t many = Pick(random, 4, 14);
    static const char* const numbers[] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6",
                                          "n7", "n8", "n9", "n10", "n11", "n12", "n13"};
    // Each visit at the BVC has a number of its own: of one number told with two times the first
    // telling's time stands.
    for (int64_t i = 0; i < many; ++i) {
      const int64_t day = Pick(random, 300, 480);
      const char* number = numbers[Pick(random, 0, 7)];
      switch (Pick(random, 0, 11)) {
        case 0: case 1: add({"dental.visit.missed", day, {{"appointmentId", number}}}); break;
        case 2: add({"bvc.visit.missed", day, {{"appointmentId", numbers[i]}}}); break;
        case 3: add({"dental.contact.failed", day, {}}); break;
        case 4: add({"dental.pain.acute", day, {}}); break;
        case 5: add({"dental.caries.recorded", day, {{"index", "deciduousDft"},
                                                     {"value", Pick(random, 0, 4)}}}); break;
        case 6: add({"bvc.care.declined", day, {{"scope", "vaccination"}}}); break;
        case 7: add({"bvc.vaccination.delayed", day, {{"reason", "missed"}}}); break;
        case 8: add({"person.moved", day, {{"newMunicipality", "2183"}}}); break;
        case 9: add({"dental.visit.completed", day, {{"visitType", "exam"}}}); break;
        case 10: add({"bvc.visit.completed", day, {{"visitCode", "bhv.m10"}}}); break;
        default: add({"health.exam.reported", day, {{"orderId", "o1"}, {"result", "done"}}}); break;
      }
    }
    const size_t told = out.size();
    for (int i = 0; i < 2; ++i) {
      const size_t victim = static_cast<size_t>(Pick(random, 4, static_cast<int64_t>(told) - 1));
      Telling back = out[victim];
      back.replaces = back.what.id;
      back.what.id = static_cast<uint8_t>(out.size() + 1);
      back.status = schema::EventStatus::RETRACTED;
      // A booking told under one number by two tellings is one happening: taking back one takes back
      // what was told by then, which is the order's business.
      if (std::count_if(out.begin(), out.end(), [&](const Telling& t) {
            return t.what.type == back.what.type && SameNumber(t.what, back.what);
          }) == 1)
        out.push_back(std::move(back));
    }
    return out;
  }

  static std::string Told(const std::vector<Telling>& year) {
    std::string out;
    for (const Telling& t : year)
      out += "\n" + std::to_string(t.what.id) + " " + t.what.type + " day " +
             std::to_string(t.what.day) + (t.replaces != 0 ? " takes back" : "") + " " +
             std::to_string(t.replaces);
    return out;
  }

  static bool SameNumber(const Happening& a, const Happening& b) {
    const auto number = [](const Happening& h) {
      return h.fields.empty() || std::string(h.fields[0].first) != "appointmentId"
                 ? "id" + std::to_string(h.id)
                 : std::string(std::get<const char*>(h.fields[0].second));
    };
    return number(a) == number(b);
  }

  // The rules of which a prompt stands about what goes on now: neither withdrawn nor over.
  std::set<std::string> Standing() {
    std::set<std::string> out;
    for (const Episode& episode : state_.episodes) {
      const Rule* rule = rules_.Find(episode.rule);
      if (episode.withdrawn || rule == nullptr) continue;
      if (rule->pattern != Pattern::kFacts && rule->pattern != Pattern::kRepeatedMiss) {
        if (!episode.closed) out.insert(episode.rule + " " + episode.key.substr(0, 12));
        continue;
      }
      if (!OverSince(*rule, episode)) out.insert(episode.rule);
    }
    return out;
  }

  bool OverSince(const Rule& rule, const Episode& episode) const {
    Millis newest(-1);
    FactList wanted;
    for (const Need& need : rule.needs)
      wanted.insert(wanted.end(), need.facts.begin(), need.facts.end());
    for (const Seen& s : SeenOf(state_, wanted))
      for (const EventId& id : episode.evidence)
        if (s.Told(id)) newest = std::max(newest, s.at);
    for (const Seen& s : SeenOf(state_, rule.clears))
      if (s.at >= newest) return true;
    return false;
  }
};

TEST_F(AnyOrder, OfTellingEndsInTheSameStandingPrompts) {
  const std::vector<std::string> all = {
      "P1", "P2", "P3", "P4", "P5", "P5-SKANE", "P6", "P7-BOOKING", "P7-DONE", "P9", "P10",
      "REPEATED-MISS", "E1-BHV", "E1-RINKEBY"};
  Random random(20220301);
  size_t standing = 0;
  std::set<std::string> seen;
  for (int story = 0; story < 150; ++story) {
    std::vector<Telling> year = Year(random);
    std::set<std::string> first;
    for (int order = 0; order < 12; ++order) {
      Only(all);
      // Heard in this order, some days apart, all of it after it happened.
      int64_t heard = 482;
      for (const Telling& t : year) {
        Tell(t.what, Born(heard), t.status, t.replaces);
        heard += Pick(random, 0, 1);
        Pass(heard);
      }
      Pass(620);
      const std::set<std::string> now = Standing();
      if (order == 0) first = now;
      ASSERT_EQ(now, first) << "story " << story << ", order " << order << Told(year);
      standing += now.size();
      seen.insert(now.begin(), now.end());
      std::shuffle(year.begin(), year.end(), random);
    }
  }
  EXPECT_GT(standing, 2000u);
  for (const char* rule : {"P1", "P4", "P5", "P5-SKANE", "P6", "P9", "P10", "REPEATED-MISS"})
    EXPECT_EQ(seen.count(rule), 1u) << rule << " stood in no story";
}

}  // namespace
}  // namespace sam::rules::test
