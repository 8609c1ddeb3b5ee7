// What the hub holds of ours, at the pages: how it stands, and who says where it is to go.
#include <algorithm>

#include "adapters/inbox/web/pages.h"
#include "adapters/inbox/web/site.h"
#include "adapters/inbox/words.h"
#include "broker/base/text.h"

namespace sam::inbox::web {

// What this notice tells of, as it stands now; the newest notice about it may be another one.
Result<std::optional<HeldSignal>> Site::HoldOf(const Row& row) {
  using Found = std::optional<HeldSignal>;
  const auto facts = row.unreadable ? Result<SignalFacts>(Invalid("")) : FactsOf(row.signal);
  if (!facts.ok() || facts->code != "HOLD") return Found();
  const auto about = SignalId::From(facts->tells_about);
  SAM_TRY(waiting_.Refresh());
  const auto& held = waiting_.held();
  const auto one = std::find_if(held.begin(), held.end(), [&](const HeldSignal& each) {
    return each.notice == row.id || (about && each.about == *about);
  });
  return one == held.end() ? Found() : Found(*one);
}

// Shown once more, and said when that was confirmed.
Result<edge::HttpResponse> Site::NameReceiver(const Asked& asked, const std::string& id) {
  SAM_ASSIGN(const Row row, inbox_.Find(id));
  const std::string receiver(Trim(asked.form.Get("receiver")));
  const std::string by(Trim(asked.form.Get("named_by")));
  Faults faults;
  if (!IsFunctionName(receiver)) faults.push_back({"receiver", "web.fault.to"});
  if (by.empty() || by.size() > 128) faults.push_back({"named_by", "web.fault.named_by"});
  if (!faults.empty()) return ShowAgain(asked, id, faults);
  const auto would = inbox_.WouldName(row, receiver, by);
  if (!would.ok() && !IsTheAskers(would.error().code)) return would.error();
  if (!would.ok()) return ShowAgain(asked, id, {{"", FaultOf(would.error().code)}});
  if (asked.form.Get("confirmed") == "yes") {
    SAM_ASSIGN(const auto acted, inbox_.Name(id, receiver, by, asked.who));
    return Redirect(PathOf(row) + (acted.said_before ? "?done=before" : "?done=named"));
  }
  const Frame& frame = asked.frame;
  return ConfirmPage(frame, row, asked.form,
                     {{frame.Say("web.signal"), ShortId(row.id)},
                      {frame.Say("web.hold.receiver"), receiver},
                      {frame.Say("web.hold.by"), by}},
                     "name");
}

}  // namespace sam::inbox::web
