#include "broker/rules/transport.h"

#include "broker/base/text.h"
#include "broker/wire/limits.h"

namespace sam::rules {

void EvaluateTransport(SubjectState& state, const Rule& rule, const EventView& view,
                       const Context& context, Effects& effects) {
  // A first load raises no prompts. A report is none: somebody has signed it, and it must arrive.
  if (!rule.enabled || (view.baseline && !context.rules.since_fold_7)) return;
  if (view.event.getBody().which() != schema::Event::Body::REPORT_SIGNED) return;
  const schema::ReportSigned::Reader report = view.event.getBody().getReportSigned();
  // A report is never refused for its content, so ingress has set no limit to this.
  const bool own_key = view.episode_key.empty() || view.episode_key.size() > wire::kMaxCodeBytes;
  const std::string key = own_key ? ToUuid(view.id.view()) : view.episode_key;
  // The same report told by two sources goes once.
  for (const Episode& episode : state.episodes)
    if (episode.rule == rule.id && episode.key == key && !episode.withdrawn) return;
  Hit hit;
  hit.code = CodeOf(rule.pattern);
  hit.rule = rule.id;
  hit.version = rule.version;
  hit.episode = key;
  hit.evidence = {{view.id, view.offset}};
  hit.occurred_at = view.at;
  hit.acute = report.getAcute();
  hit.test = view.test;
  hit.sender_function = report.getSignerFunction().cStr();
  hit.unit = view.unit;
  hit.board = report.getReceivingBoard().cStr();
  PushBounded(state.episodes,
              Episode{rule.id, rule.version, key, context.now, false, false, {view.id}, {}},
              kEpisodesMax);
  effects.hits.push_back(std::move(hit));
}

}  // namespace sam::rules
