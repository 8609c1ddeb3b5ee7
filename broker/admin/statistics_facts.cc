#include "broker/admin/statistics_facts.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "broker/base/clock.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/printer.h"
#include "broker/dispatch/draft_codec.h"
#include "broker/dispatch/ladder.h"
#include "broker/dispatch/state_codec.h"
#include "broker/store/spaces.h"
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

// The clock that an answer stops: of several the one that is nearest to an answer.
constexpr std::string_view kAnswerClocks[] = {"clock.answer", "clock.decide", "clock.reply",
                                              "clock.offer", "clock.review"};

class FactReader {
 public:
  FactReader(const LogView& view, const dispatch::Settings& settings, const statistics::Period& period,
             Millis now)
      : view_(view), settings_(settings), period_(period), now_(now) {}

  Status Take(std::string_view bytes) {
    SAM_ASSIGN(const SignalRow row, dispatch::DecodeSignal(bytes));
    const bool counts = row.about.empty() && row.test == settings_.test &&
                        row.outcome != schema::Outcome::SUPERSEDED &&
                        row.released_as.empty() &&  // forwarded: counted where it is now
                        row.outcome != schema::Outcome::UNSET;
    const Millis sent = TimeOfStep(row, LadderState::STORED).value_or(row.decided_at);
    if (!counts || sent < period_.from || sent >= period_.until) return Ok();
    statistics::Fact fact;
    SAM_TRY(Child(row, sent, fact));
    fact.code = row.code;
    fact.legal_class = std::string(1, contract::ClassLetter(row.legal_class));
    SAM_TRY(Outcome(row, sent, fact));
    facts_.push_back(std::move(fact));
    return Ok();
  }
  std::vector<statistics::Fact> TakeAll() { return std::move(facts_); }

 private:
  // Nothing of the child leaves this function but two coarse words and a number of this run.
  Status Child(const SignalRow& row, Millis sent, statistics::Fact& fact) {
    SAM_ASSIGN(const rules::SubjectState state, dispatch::ReadState(view_.store(), row.subject));
    // An erased subject cannot be followed any more: it stands for itself.
    const auto followed = view_.vault().Follow(row.subject);
    const SubjectId child = followed.ok() ? *followed : row.subject;
    fact.child = children_.emplace(child, static_cast<uint32_t>(children_.size())).first->second;
    fact.age = statistics::AgeBand(state.birth_date, contract::SwedishTime(sent).substr(0, 10));
    const bool open = state.protection == schema::Protection::NONE ||
                      state.protection == schema::Protection::UNKNOWN;
    if (open && routing::IsMunicipalityCode(state.municipality)) fact.municipality = state.municipality;
    return Ok();
  }

  Status Outcome(const SignalRow& row, Millis sent, statistics::Fact& fact) {
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
      SAM_ASSIGN(const std::optional<Millis> due, Due(row, sent));
      const auto answered = TimeOfStep(row, LadderState::ANSWERED);
      // When a prompt was decided on is not kept: that it was is what counts.
      const bool decided = row.decision != schema::PromptDecided::Decision::UNKNOWN;
      if (answered) fact.outcome = due && *answered > *due ? statistics::kLate : statistics::kInTime;
      else if (decided) fact.outcome = statistics::kInTime;
      else fact.outcome = due && now_ > *due ? statistics::kOverdue : statistics::kOpen;
    }
    return Ok();
  }

  Result<std::string> Reason(const SignalRow& row) const {
    if (!row.reasons.empty()) return row.reasons.front();
    if (row.placements.empty()) return std::string("stat.reason.none");
    SAM_ASSIGN(const journal::Record record,
               view_.reader().Read(Offset(row.placements.back().decision)));
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

  // As the receiver was told it; where that has been disposed of, as the rule says now.
  Result<std::optional<Millis>> Due(const SignalRow& row, Millis sent) const {
    for (const dispatch::Placement& placement : row.placements) {
      if (placement.sequence.value == 0) continue;
      SAM_ASSIGN(const journal::Record record, view_.reader().Read(Offset(placement.decision)));
      if (!record.payload) break;
      SAM_ASSIGN(const dispatch::DecisionFacts facts, dispatch::DecodeDecision(*record.payload));
      if (facts.bytes.empty()) continue;
      return wire::ReadOwn<schema::Signal>(
          facts.bytes, [](schema::Signal::Reader signal) -> Result<std::optional<Millis>> {
            for (const std::string_view kind : kAnswerClocks)
              for (const auto clock : signal.getClocks())
                if (wire::View(clock.getKind()) == kind)
                  return std::optional<Millis>(Millis(clock.getDueAt()));
            return std::optional<Millis>();
          });
    }
    const rules::Rule* rule = settings_.rules.Find(row.rule);
    if (rule == nullptr) return std::optional<Millis>();
    for (const std::string_view kind : kAnswerClocks)
      for (const rules::RuleClock& clock : rule->clocks)
        if (clock.kind == kind)
          return std::optional<Millis>(rules::DueOf(clock, sent, row.acute));
    return std::optional<Millis>();
  }

  const LogView& view_;
  const dispatch::Settings& settings_;
  const statistics::Period& period_;
  Millis now_;
  std::unordered_map<SubjectId, uint32_t> children_;
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

Result<std::vector<statistics::Fact>> ReadFacts(const LogView& view, const dispatch::Settings& settings,
                                                const statistics::Period& period, Millis now) {
  FactReader reader(view, settings, period, now);
  Status taken = Ok();
  const auto each = [&](std::string_view key, std::string_view row) {
    if (SignalId::From(key)) taken = reader.Take(row);  // else an index row beside the signals
    return taken.ok();
  };
  SAM_TRY(view.store().Scan(spaces::kSignal, "", "", each));
  SAM_TRY(taken);
  return reader.TakeAll();
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
