#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/words.h"
#include "broker/base/text.h"
#include "broker/wire/codec.h"

namespace sam::inbox::web {

namespace {

void AddNameForm(Html& out, const Frame& frame, const SignalView& view) {
  out.Open("form", {{"method", "post"}, {"action", PathOf(view.row) + "/name"}});
  AddToken(out, frame);
  AddInput(out, frame, view.faults,
           {.id = "receiver", .value = view.form.Get("receiver"),
            .label_id = "web.hold.receiver", .hint_id = "web.hold.receiver.hint"});
  AddInput(out, frame, view.faults,
           {.id = "named_by", .value = view.form.Get("named_by"), .label_id = "web.hold.by",
            .hint_id = "web.hold.by.hint"});
  out.Element("button", frame.Say("web.continue")).Close("form");
}

// How what the notice tells of stands now.
void AddStanding(Html& out, const Frame& frame, const SignalView& view, contract::Remedy told) {
  if (told == contract::Remedy::kNotHeld) {
    out.Element("p", RemedyText(told, frame.language));
  } else if (!view.hold) {
    out.Element("p", frame.Say("web.hold.over"));
  } else if (view.hold->notice != view.row.id) {
    out.Open("p").Text(frame.Say("web.hold.newer") + " ");
    out.Element("a", ShortId(view.hold->notice), {{"href", PathOf(view.hold->notice)}});
    out.Close("p");
  } else if (!view.hold->named.empty()) {
    out.Element("p", frame.Say("inbox.held.named", {{"receiver", view.hold->named}}),
                {{"class", "cap"}});
  } else {
    out.Element("p", RemedyText(view.hold->remedy, frame.language));
    if (!view.hold->WaitsHere()) return;
    if (frame.role == Role::kRegistrar)
      AddNameForm(out, frame, view);
    else
      out.Element("p", frame.Say("web.reader"), {{"class", "soft"}});
  }
}

}  // namespace

Status AddHold(Html& out, const Frame& frame, const SignalView& view) {
  SAM_ASSIGN(const contract::Remedy told,
             wire::ReadOwn<schema::Signal>(view.row.signal, [](schema::Signal::Reader in) {
               return Result<contract::Remedy>(in.getBody().isHold() ? RemedyOf(in)
                                                                     : contract::Remedy::kNotHeld);
             }));
  out.Open("section", {{"aria-labelledby", "hold"}});
  out.Element("h2", frame.Say("web.hold"), {{"id", "hold"}});
  AddStanding(out, frame, view, told);
  out.Close("section");
  return Ok();
}

}  // namespace sam::inbox::web
