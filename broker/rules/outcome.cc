#include "broker/rules/outcome.h"

#include "broker/base/text.h"

namespace sam::rules {

void EvaluateOutcome(SubjectState& state, const Rule& rule, const EventView& view,
                     const Context& context, Effects& effects) {
  if (!rule.enabled || view.baseline || view.at < rule.valid_from) return;
  if (view.event.getBody().which() != schema::Event::Body::BVC_BARNSAKERT_OUTCOME) return;
  using Outcome = schema::BarnSakertOutcome::Outcome;
  bool with_social = false;
  for (Outcome outcome : view.event.getBody().getBvcBarnsakertOutcome().getOutcomes())
    with_social = with_social || outcome == Outcome::TALK_BVC_WITH_SOCIAL ||
                  outcome == Outcome::HOME_VISIT_WITH_SOCIAL;
  if (!with_social) return;
  const std::string key = view.episode_key.empty() ? ToUuid(view.id.view()) : view.episode_key;
  for (const Episode& episode : state.episodes)
    if (episode.rule == rule.id && episode.key == key && !episode.withdrawn) return;
  Hit hit;
  hit.code = CodeOf(rule.pattern);
  hit.rule = rule.id;
  hit.version = rule.version;
  hit.episode = key;
  hit.evidence = {{view.id, view.offset}};
  hit.occurred_at = view.at;
  hit.test = view.test;
  hit.unit = view.unit.empty() ? state.owner_unit : view.unit;
  PushBounded(state.episodes,
              Episode{rule.id, rule.version, key, context.now, false, false, {view.id}, {}},
              kEpisodesMax);
  effects.hits.push_back(std::move(hit));
}

}  // namespace sam::rules
