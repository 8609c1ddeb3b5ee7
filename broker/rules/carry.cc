#include "broker/rules/carry.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "broker/base/text.h"
#include "broker/rules/days.h"

namespace sam::rules {
namespace {

using Body = schema::Event::Body;

// What an event asks to have carried. `what` is the booking, order or plan that it is about, `how` what
// of it may change: told again with another `how`, the earlier signals are taken back.
struct Cargo {
  std::string what;
  std::string how;
  std::vector<std::string> targets;
  std::string sender;  // function that the event itself names
  // The last day on which it is still to be done. No value: it has none, and is not asked for by a first load.
  std::optional<Millis> last_day = {};
};
using Loaded = std::optional<Cargo>;

// An order that names no day is open; the answer to one counts when the order is known (Hit::first_load).
constexpr Millis kNoEnd(INT64_MAX / 2);

// A joint home visit that is booked: both teams.
Loaded Visit(Body::Reader body) {
  if (!body.isBvcVisitBooked()) return {};
  const auto visit = body.getBvcVisitBooked();
  if (visit.getHomeVisit() != schema::HomeVisitKind::JOINT) return {};
  return Cargo{visit.getAppointmentId().cStr(), std::to_string(visit.getStart()),
               {"bvc", "preventive"}, "", Millis(visit.getStart())};
}

// A guardian without a dentist who has said yes to one.
Loaded Dental(Body::Reader body) {
  if (!body.isBvcGuardianDentalOffered()) return {};
  if (body.getBvcGuardianDentalOffered().getAccepted() != schema::YesNo::YES) return {};
  return Cargo{"", "", {"dental"}, ""};
}

// And who has said yes to telling the municipality of the cost.
Loaded Cost(Body::Reader body) {
  if (!body.isBvcGuardianDentalOffered()) return {};
  const auto offer = body.getBvcGuardianDentalOffered();
  if (offer.getAccepted() != schema::YesNo::YES || offer.getCostHelp() != schema::YesNo::YES)
    return {};
  return Cargo{"", "", {"income-support"}, ""};
}

template <typename Plan>
Loaded Call(Plan plan) {
  if (plan.getState() != schema::CoordinationState::CALLED) return {};
  Cargo cargo{plan.getPlanId().cStr(), plan.getMeetingDate().cStr(), {}, "",
              DateToMillis(plan.getMeetingDate().cStr())};
  for (capnp::Text::Reader party : plan.getParties()) {
    const std::string name = party.cStr();
    const auto& list = cargo.targets;
    const bool known = std::find(list.begin(), list.end(), name) != list.end();
    if (!name.empty() && !known && list.size() < kTargetsMax) cargo.targets.push_back(name);
  }
  return cargo;
}

Loaded Coordination(Body::Reader body) {
  if (body.isCoordSipChanged()) return Call(body.getCoordSipChanged());
  return body.isCoordTsiChanged() ? Call(body.getCoordTsiChanged()) : Loaded();
}

Loaded Order(Body::Reader body) {
  if (!body.isSocialExamRequested()) return {};
  const auto order = body.getSocialExamRequested();
  const bool oral = order.getExamKind() == schema::SocialExamRequested::ExamKind::ORAL;
  return Cargo{order.getOrderId().cStr(), order.getDueDate().cStr(), {oral ? "oral" : "health"},
               order.getContactFunction().cStr(),
               DateToMillis(order.getDueDate().cStr()).value_or(kNoEnd)};
}

template <typename Report>
Loaded Reported(Report report) {
  std::string told =
      std::to_string(static_cast<int>(report.getResult())) + " " + report.getDate().cStr();
  // Said later or otherwise, it is another answer; unsaid, the one of always.
  if (report.getNeedsCare() != schema::CareNeed::UNKNOWN)
    told += " " + std::to_string(static_cast<int>(report.getNeedsCare()));
  return Cargo{report.getOrderId().cStr(), std::move(told),
               {"orderer"}, "", kNoEnd};
}

Loaded Answer(Body::Reader body) {
  if (body.isHealthExamReported()) return Reported(body.getHealthExamReported());
  return body.isDentalExamReported() ? Reported(body.getDentalExamReported()) : Loaded();
}

// What ends it: its signals are taken back.
std::string Cancelled(Body::Reader body) {
  return body.isBvcVisitCancelled() ? body.getBvcVisitCancelled().getAppointmentId().cStr() : "";
}

std::string Nothing(Body::Reader) { return ""; }

struct Row {
  const char* code;
  Loaded (*load)(Body::Reader);
  std::string (*cancelled)(Body::Reader);
};
constexpr std::array<Row, 6> kRows = {{{"SIG-B2", Visit, Cancelled},
                                       {"SIG-B3", Dental, Nothing},
                                       {"SIG-B3-COST", Cost, Nothing},
                                       {"SIG-B4", Coordination, Nothing},
                                       {"SIG-D1", Order, Nothing},
                                       {"SIG-D2", Answer, Nothing}}};

const Row* RowOf(std::string_view code) {
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.code == code; });
  return found == kRows.end() ? nullptr : &*found;
}

constexpr char kLevelMark = '/';

// The same booking, order or plan, told alike: carried once. Who tells no level does not take one back.
bool ToldAlready(const SubjectState& state, const Rule& rule, const std::string& key,
                 const EventView& view) {
  const bool any = view.level == schema::CoordTsiChanged::Level::UNKNOWN;
  const std::string with_level = key + kLevelMark;
  return std::any_of(state.episodes.begin(), state.episodes.end(), [&](const Episode& episode) {
    return episode.rule == rule.id && !episode.withdrawn &&
           (episode.key == key || (any && episode.key.starts_with(with_level)));
  });
}

// What a first load tells is mostly over: only what is still to be done is asked of anybody.
bool IsToCome(const Cargo& cargo, Millis now) {
  return cargo.last_day && EndOfDay(*cargo.last_day, 0) > now;
}

// Episodes of one booking, order or plan begin with this.
std::string HeadOf(const std::string& what) {
  std::string head = what;
  head += '@';
  return head;
}

void TakeBack(SubjectState& state, const Rule& rule, const std::string& head,
              const std::string& but, const char* reason, EvidenceRef by, Effects& effects) {
  for (Episode& episode : state.episodes)
    if (episode.rule == rule.id && !episode.withdrawn && episode.key != but &&
        episode.key.compare(0, head.size(), head) == 0)
      WithdrawEpisode(episode, reason, by, effects);
}

}  // namespace

std::vector<std::string> CarriedCodes() {
  std::vector<std::string> out;
  out.reserve(std::size(kRows));
  for (const Row& row : kRows) out.emplace_back(row.code);
  return out;
}

bool IsCarried(std::string_view code) { return RowOf(code) != nullptr; }

bool Carries(const RuleSet& rules, std::string_view code) {
  return std::any_of(rules.all.begin(), rules.all.end(), [code](const Rule& rule) {
    return rule.enabled && rule.pattern == Pattern::kCarry && rule.code == code;
  });
}

namespace {

bool CarriesOrder(const Episode& episode, const RuleSet& rules, const std::string& head) {
  const Rule* const rule = rules.Find(episode.rule);
  return !episode.withdrawn && rule != nullptr && rule->pattern == Pattern::kCarry &&
         rule->code == "SIG-D1" && episode.key.starts_with(head);
}

}  // namespace

bool IsOrderCarried(const SubjectState& state, const RuleSet& rules, std::string_view number) {
  const std::string head = HeadOf(std::string(number));
  return std::any_of(state.episodes.begin(), state.episodes.end(),
                     [&](const Episode& one) { return CarriesOrder(one, rules, head); });
}

std::vector<SignalId> SignalsOfOrder(const SubjectState& state, const RuleSet& rules, std::string_view number) {
  const std::string head = HeadOf(std::string(number));
  std::vector<SignalId> out;
  for (const Episode& one : state.episodes)
    if (CarriesOrder(one, rules, head)) out.insert(out.begin(), one.signals.rbegin(), one.signals.rend());
  return out;
}

std::string_view TargetOf(std::string_view told_as) {
  const size_t slash = told_as.find('/');
  return slash == std::string_view::npos ? std::string_view() : told_as.substr(slash + 1);
}

void EvaluateCarry(SubjectState& state, const Rule& rule, const EventView& view,
                   const Context& context, Effects& effects) {
  const Row* row = RowOf(rule.code);
  if (row == nullptr || !rule.enabled || (view.baseline && !context.rules.since_fold_7) ||
      view.at < rule.valid_from || rule.History(view.at))
    return;
  const Body::Reader body = view.event.getBody();
  if (const std::string ended = row->cancelled(body); !ended.empty())
    TakeBack(state, rule, HeadOf(ended), "", "cancelled", {view.id, view.offset}, effects);
  const Loaded cargo = row->load(body);
  if (!cargo || (view.baseline && !IsToCome(*cargo, context.now))) return;
  const std::string own =
      view.episode_key.empty() ? ToUuid(view.id.view()) : view.episode_key;
  const std::string head = HeadOf(cargo->what.empty() ? own : cargo->what);
  std::string key = head + cargo->how;
  if (view.level != schema::CoordTsiChanged::Level::UNKNOWN)
    key.append(1, kLevelMark).append(std::to_string(static_cast<int>(view.level)));
  if (ToldAlready(state, rule, key, view)) return;
  TakeBack(state, rule, head, key, "corrected", {view.id, view.offset}, effects);
  PushBounded(state.episodes,
              Episode{rule.id, rule.version, key, context.now, false, false, {view.id}, {}},
              kEpisodesMax);
  for (const std::string& target : cargo->targets) {
    Hit hit;
    hit.code = rule.code;
    hit.rule = rule.id;
    hit.told_as = rule.id + "/" + target;
    hit.version = rule.version;
    hit.episode = key;
    hit.evidence = {{view.id, view.offset}};
    hit.occurred_at = view.at;
    hit.test = view.test;
    hit.first_load = view.baseline;
    hit.sender_function = cargo->sender;
    hit.unit = view.unit;
    effects.hits.push_back(std::move(hit));
  }
}

}  // namespace sam::rules
