#include "broker/admin/statistics_facts.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/admin/activity_facts.h"
#include "broker/admin/follow_up.h"
#include "broker/base/clock.h"
#include "broker/contract/catalogue.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/draft_codec.h"
#include "broker/dispatch/ladder.h"
#include "broker/dispatch/orders.h"
#include "broker/dispatch/state_codec.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::admin {
namespace {

using dispatch::SignalRow;
using schema::LadderState;

std::optional<Millis> TimeOfStep(const SignalRow& row, LadderState state) {
  for (const dispatch::LadderStep& step : row.ladder)
    if (step.state == state) return step.at;
  return std::nullopt;
}

// What ends limits beside the ladders, each by what it is about.
struct OtherTimes {
  std::unordered_map<EventId, Millis> examined;  // by the event of the order
  // Decisions on prompts, by whom and when: the hub takes the owner's only.
  std::unordered_map<SignalId, std::vector<std::pair<const routing::Authority*, Millis>>> decided;
};

// When it happened, as whoever told it says; empty: disposed of.
Result<std::optional<Millis>> OccurredAt(const journal::Record& record) {
  if (!record.payload) return std::optional<Millis>();
  return wire::ReadOwn<schema::Event>(
      *record.payload, [](schema::Event::Reader event) -> Result<std::optional<Millis>> {
        return std::optional<Millis>(Millis(event.getHeader().getOccurredAt()));
      });
}

Status ReadExaminations(const FactLog& log, OtherTimes& times) {
  Status inner = Ok();
  SAM_TRY(log.store.Scan(spaces::kOrder, "", "", [&](std::string_view, std::string_view bytes) {
    inner = [&]() -> Status {
      SAM_ASSIGN(const dispatch::OrderRow row, dispatch::DecodeOrder(bytes));
      if (row.order.empty() || row.ended_by.empty()) return Ok();
      SAM_ASSIGN(const journal::Record record, log.reader.Read(row.ended_at));
      SAM_ASSIGN(const auto at, OccurredAt(record));
      times.examined[row.order] = at.value_or(record.header.time);
      return Ok();
    }();
    return inner.ok();
  }));
  return inner;
}

void NoteDecision(const journal::Header& header, schema::Event::Reader event,
                  const routing::Directory& directory, OtherTimes& times) {
  if (!event.getBody().isPromptDecided()) return;
  const SignalId id = wire::IdOf<SignalId>(event.getBody().getPromptDecided().getSignalId());
  times.decided[id].emplace_back(
      directory.AuthorityOf(header.controller_org, header.controller_board),
      Millis(event.getHeader().getOccurredAt()));
}

class FactReader {
 public:
  FactReader(const FactLog& log, const dispatch::Settings& settings, const statistics::Period& period,
             Millis now, OtherTimes times, People& people)
      : log_(log), settings_(settings), period_(period), now_(now), times_(std::move(times)),
        people_(people) {}

  Status Take(const SignalId& id, std::string_view bytes) {
    SAM_ASSIGN(const SignalRow row, dispatch::DecodeSignal(bytes));
    const bool counts = row.about.empty() && row.test == settings_.test &&
                        row.outcome != schema::Outcome::SUPERSEDED &&
                        row.released_as.empty() &&  // forwarded: counted where it is now
                        row.outcome != schema::Outcome::UNSET;
    const Millis sent = TimeOfStep(row, LadderState::STORED).value_or(row.decided_at);
    if (!counts || sent < period_.from || sent >= period_.until) return Ok();
    statistics::Fact fact;
    SAM_TRY(people_.Tell(row.subject, sent, fact));
    fact.code = row.code;
    fact.legal_class = std::string(1, contract::ClassLetter(row.legal_class));
    SAM_TRY(Outcome(id, row, sent, fact));
    facts_.push_back(std::move(fact));
    return Ok();
  }
  std::vector<statistics::Fact> TakeAll() { return std::move(facts_); }

 private:
  Status Outcome(const SignalId& id, const SignalRow& row, Millis sent, statistics::Fact& fact) const {
    constexpr LadderState kStates[] = {LadderState::DELIVERED, LadderState::REGISTERED,
                                       LadderState::ASSESSED, LadderState::ANSWERED};
    for (size_t step = 0; step < statistics::kSteps; ++step)
      if (const auto at = TimeOfStep(row, kStates[step]))
        fact.after_ms[step] = std::max<int64_t>(0, at->value - sent.value);
    if (row.withdrawn) {
      fact.outcome = statistics::kWithdrawn;
    } else if (row.outcome != schema::Outcome::DELIVER) {
      fact.outcome = statistics::kStopped;
      SAM_ASSIGN(fact.reason, Reason(row));
    } else {
      SAM_ASSIGN(const std::vector<dispatch::WatchedClock> clocks, ClocksOf(row, sent));
      const FollowUp follow_up =
          FollowUpOf(row, clocks, settings_.rules.reminders, EndsOf(id, row), now_);
      fact.outcome = follow_up.outcome;
      if (follow_up.decided)
        fact.after_ms[statistics::kAnswered] = std::max<int64_t>(0, follow_up.decided->value - sent.value);
    }
    return Ok();
  }

  Result<std::string> Reason(const SignalRow& row) const {
    if (!row.reasons.empty()) return row.reasons.front();
    if (row.placements.empty()) return std::string("stat.reason.none");
    SAM_ASSIGN(const journal::Record record,
               log_.reader.Read(Offset(row.placements.back().decision)));
    if (!record.payload) return std::string("stat.reason.none");
    SAM_ASSIGN(const dispatch::DecisionFacts facts, dispatch::DecodeDecision(*record.payload));
    if (!facts.reasons.empty()) return facts.reasons.front();
    switch (facts.withheld) {
      case schema::WithheldCode::DEAD_LETTERED: return std::string("withheld.deadLettered");
      case schema::WithheldCode::WITHDRAWN: return std::string("withheld.withdrawn");
      case schema::WithheldCode::ERASED: return std::string("withheld.erased");
      case schema::WithheldCode::REFUSED_AT_DELIVERY: return std::string("withheld.refusedAtDelivery");
      default: return std::string("stat.reason.none");
    }
  }

  OtherEnds EndsOf(const SignalId& id, const SignalRow& row) const {
    OtherEnds ends;
    for (const rules::EvidenceRef& evidence : row.evidence)
      if (const auto at = times_.examined.find(evidence.event); at != times_.examined.end())
        ends.examined = at->second;
    const auto decided = times_.decided.find(id);
    if (decided == times_.decided.end()) return ends;
    const routing::Authority* const owner =
        settings_.directory.AuthorityOf(row.controller_org, row.controller_board);
    for (const auto& [authority, at] : decided->second)
      if (authority == owner && (!ends.decided || at < *ends.decided)) ends.decided = at;
    return ends;
  }

  // As the hub watches them. Of what it decided on before it kept them: as the receiver was told them; where
  // that has been disposed of, as the rule says now.
  Result<std::vector<dispatch::WatchedClock>> ClocksOf(const SignalRow& row, Millis sent) const {
    using Clocks = std::vector<dispatch::WatchedClock>;
    if (!row.clocks.empty()) return row.clocks;
    const auto add = [&](Clocks& to, std::string kind, Millis due) {
      dispatch::WatchedClock& clock = to.emplace_back();
      clock.kind = std::move(kind);
      clock.started = sent;
      clock.due = due;
    };
    for (const dispatch::Placement& placement : row.placements) {
      if (placement.sequence.value == 0) continue;
      SAM_ASSIGN(const journal::Record record, log_.reader.Read(Offset(placement.decision)));
      if (!record.payload) break;
      SAM_ASSIGN(const dispatch::DecisionFacts facts, dispatch::DecodeDecision(*record.payload));
      if (facts.bytes.empty()) continue;
      return wire::ReadOwn<schema::Signal>(facts.bytes, [&](schema::Signal::Reader signal) -> Result<Clocks> {
        Clocks told;
        for (const auto clock : signal.getClocks())
          add(told, std::string(wire::View(clock.getKind())), Millis(clock.getDueAt()));
        return told;
      });
    }
    Clocks stated;
    if (const rules::Rule* rule = settings_.rules.Find(row.rule))
      for (const rules::RuleClock& clock : rule->clocks)
        // Those start with a day that is told later.
        if (clock.kind != dispatch::kResultClock && clock.kind != dispatch::kInquiryClock)
          add(stated, clock.kind, rules::DueOf(clock, sent, row.acute));
    return stated;
  }

  const FactLog& log_;
  const dispatch::Settings& settings_;
  const statistics::Period& period_;
  Millis now_;
  OtherTimes times_;
  People& people_;
  std::vector<statistics::Fact> facts_;
};

}  // namespace

Result<dispatch::Settings> SettingsOf(const LogView& view) {
  SAM_ASSIGN(const std::string bytes, dispatch::CurrentConfig(view.store()));
  if (bytes.empty()) return NotFound("this log holds no configuration yet: the hub has never run on it");
  return dispatch::ParseSettings(bytes);
}

Result<Millis> TimeOf(const LogView& view, bool test) {
  if (!test) return SystemClock().Now();
  SAM_ASSIGN(const dispatch::Mark mark, dispatch::ReadMark(view.store()));
  return mark.last_tick;
}

Result<LogFacts> ReadFacts(const FactLog& log, const dispatch::Settings& settings,
                           const statistics::Period& period, Millis now) {
  OtherTimes times;
  ActivityReader activities(period, settings.test);
  SAM_TRY(ReadExaminations(log, times));
  // Nothing of the period came before it. A test's own time is not that of its records.
  const Millis since = settings.test ? Millis(0) : period.from;
  const auto note = [&](const journal::Header& header, schema::Event::Reader event) -> Status {
    NoteDecision(header, event, settings.directory, times);
    activities.Note(header, event);
    return Ok();
  };
  SAM_TRY(EachEvent(log, since, note));
  People people(log);
  FactReader reader(log, settings, period, now, std::move(times), people);
  Status taken = Ok();
  const auto each = [&](std::string_view key, std::string_view row) {
    if (const auto id = SignalId::From(key)) taken = reader.Take(*id, row);  // else an index row
    return taken.ok();
  };
  SAM_TRY(log.store.Scan(spaces::kSignal, "", "", each));
  SAM_TRY(taken);
  SAM_ASSIGN(ActivityReader::Facts done, activities.Take(people));
  return LogFacts{reader.TakeAll(), std::move(done.activities), std::move(done.offers)};
}

statistics::Names MunicipalityNames(const routing::Directory& directory) {
  statistics::Names names;
  for (const routing::Authority& authority : directory.authorities()) {
    if (authority.municipality.empty()) continue;
    const std::string name = authority.name.substr(0, authority.name.find(','));
    names.emplace(authority.municipality,
                  (name.empty() ? authority.municipality : name + " (" + authority.municipality + ")"));
  }
  return names;
}

}  // namespace sam::admin
