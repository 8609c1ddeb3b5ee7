#include "broker/dispatch/edition_view.h"

#include "broker/dispatch/giver_marks.h"
#include "broker/routing/level.h"

namespace sam::dispatch {

rules::EventView ViewUnder(const Settings& settings, schema::Event::Reader event, Offset offset) {
  const schema::Event::Body::Reader body = event.getBody();
  rules::EventView view = rules::ViewOf(event, offset);
  if (settings.fold >= 4) view.level = routing::LevelOf(event);
  view.by_giver = settings.fold >= 2;
  view.by_order = settings.fold >= 7;
  if (view.by_giver && body.isConsentChanged())
    view.givers = GiverMarks(event.getHeader().getSubject(), body.getConsentChanged());
  return view;
}

}  // namespace sam::dispatch
