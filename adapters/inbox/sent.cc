#include "adapters/inbox/sent.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/inbox/words.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/contract/reasons.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

using contract::Language;
using contract::Remedy;
using contract::Text;

// One notice about a signal of ours, as far as this file looks at it.
struct Notice {
  SignalId row;
  uint64_t number = 0;
  SignalId about;
  std::string event;
  std::string code;
  bool acute = false;
  bool test = false;
  enum class Kind { kReceipt, kHold, kDeadline } kind = Kind::kReceipt;
  LadderState state = LadderState::UNKNOWN;
  Millis at;
  Answer answer = Answer::UNSET;
  bool awaits_answer = false;
  std::string receiver;
  SignalId next;  // the signal as which a report went on
  std::vector<std::string> reasons;
  Remedy remedy = Remedy::kNotHeld;
  std::string clock;
};

void ReadReceipt(schema::Signal::Reader signal, Notice& out) {
  const auto body = signal.getBody();
  const auto receipt = body.isReceipt() ? body.getReceipt() : body.getFeedback();
  out.kind = Notice::Kind::kReceipt;
  out.about = SignalId::From(wire::View(receipt.getAbout())).value_or(SignalId{});
  out.code = std::string(wire::View(receipt.getAboutCode()));
  if (signal.getEvidence().size() > 0)
    out.event = std::string(wire::View(signal.getEvidence()[0]));
  out.state = receipt.getState();
  out.at = Millis(receipt.getAt());
  out.answer = receipt.getAnswer();
  out.awaits_answer = receipt.getAwaitsAnswer();
  out.receiver = std::string(wire::View(receipt.getReceiverFunction()));
  out.next = SignalId::From(wire::View(receipt.getForwardedAs())).value_or(SignalId{});
}

void ReadHold(schema::Signal::Reader signal, Notice& out) {
  const auto hold = signal.getBody().getHold();
  out.kind = Notice::Kind::kHold;
  out.about = SignalId::From(wire::View(hold.getAbout())).value_or(SignalId{});
  out.code = std::string(wire::View(hold.getAboutCode()));
  out.event = std::string(wire::View(hold.getEventId()));
  for (const auto reason : hold.getReasons()) out.reasons.emplace_back(wire::View(reason));
  out.remedy = RemedyOf(signal);
}

// False: it is no notice about a signal of ours.
Result<bool> ReadNotice(const Row& row, Notice& out) {
  if (row.unreadable) return false;
  return wire::ReadOwn<schema::Signal>(row.signal, [&](schema::Signal::Reader in) -> Result<bool> {
    out.row = row.id;
    out.number = row.number;
    out.acute = in.getAcute();
    out.test = in.getTest();
    const auto body = in.getBody();
    if (body.isReceipt() || body.isFeedback()) {
      ReadReceipt(in, out);
    } else if (body.isHold()) {
      ReadHold(in, out);
      // About an event of ours, and no signal.
      if (std::find(out.reasons.begin(), out.reasons.end(), contract::kIdentityUnsure) !=
          out.reasons.end())
        return false;
    } else if (body.isDeadline()) {
      out.kind = Notice::Kind::kDeadline;
      out.about = SignalId::From(wire::View(body.getDeadline().getAbout())).value_or(SignalId{});
      out.clock = std::string(wire::View(body.getDeadline().getStep()));
    } else {
      return false;
    }
    return !out.about.empty();
  });
}

// Which ids are one signal of ours: a report that went on is another signal at each board, and what was held
// without a receiver gets its id anew with it.
class Identities {
 public:
  explicit Identities(const std::vector<Notice>& notices) {
    std::map<SignalId, bool> receipted;
    std::map<SignalId, bool> held;
    for (const Notice& one : notices) {
      if (one.kind == Notice::Kind::kReceipt) receipted[one.about] = true;
      if (one.kind == Notice::Kind::kHold) held[one.about] = true;
      if (!one.next.empty()) Join(one.next, one.about);
    }
    std::map<std::pair<std::string, std::string>, SignalId> waited;
    for (const Notice& one : notices)
      if (one.kind == Notice::Kind::kHold && !one.event.empty() && !receipted.count(one.about))
        waited[{one.event, one.code}] = one.about;
    for (const Notice& one : notices) {
      if (one.kind != Notice::Kind::kReceipt || held.count(one.about)) continue;
      const auto found = waited.find({one.event, one.code});
      if (found != waited.end()) Join(one.about, found->second);
    }
  }
  SignalId Of(SignalId id) const {
    for (auto up = up_.find(id); up != up_.end(); up = up_.find(id)) id = up->second;
    return id;
  }

 private:
  void Join(const SignalId& id, const SignalId& with) {
    const SignalId one = Of(id);
    const SignalId other = Of(with);
    if (one != other) up_[one] = other;  // never a circle: both are roots
  }
  std::map<SignalId, SignalId> up_;
};

bool IsMet(const std::string& clock, LadderState step, bool awaits_answer) {
  const int rank = Rank(step);
  if (clock == "clock.assess") return rank >= Rank(LadderState::ANSWERED);  // a sender is not told of it
  return RankMeets(clock, rank, awaits_answer);
}

void Tell(SentSignal& one, const Notice& notice) {
  if (one.number == 0 || notice.kind != Notice::Kind::kDeadline) {
    one.notice = notice.row;
    one.number = notice.number;
  }
  if (notice.kind == Notice::Kind::kDeadline) {
    one.overdue = notice.clock;
    return;
  }
  one.code = notice.code;
  one.acute = one.acute || notice.acute;
  one.test = notice.test;
  if (notice.kind == Notice::Kind::kHold) {
    one.reasons = notice.reasons;
    one.remedy = notice.remedy;
    if (one.step == LadderState::UNKNOWN) one.id = notice.about;
    return;
  }
  one.reasons.clear();
  one.remedy = Remedy::kNotHeld;
  if (SendsOn(notice.state)) one.forwarded_to = notice.receiver;
  if (notice.at < one.at) return;  // came late
  one.id = notice.next.empty() ? notice.about : notice.next;
  one.step = notice.state;
  one.at = notice.at;
  one.receiver = notice.receiver;
  one.awaits_answer = notice.awaits_answer;
  if (notice.answer != Answer::UNSET) one.answer = notice.answer;
}

// What was said here, which no notice tells.
Status AddOwn(const Inbox& inbox, const SignalId& id, SentSignal& one) {
  SAM_ASSIGN(const auto reason, inbox.TookBackFor(id));
  if (!reason) return Ok();
  one.withdrawn = true;
  one.withdrawn_reason = *reason;
  return Ok();
}

Status Finish(const Inbox& inbox, SentSignal& one) {
  const auto& reasons = one.reasons;
  const bool fell = std::find(reasons.begin(), reasons.end(), "gate.consent.taken-back") != reasons.end();
  if (fell && !one.withdrawn) {
    one.withdrawn = true;
    one.withdrawn_reason = "consent-withdrawn";
  }
  if (one.withdrawn) one.remedy = Remedy::kNotHeld;
  if (one.withdrawn || IsMet(one.overdue, one.step, one.awaits_answer)) one.overdue.clear();
  if (!one.Holds()) return Ok();
  SAM_ASSIGN(const auto named, inbox.NamedBy(one.notice));
  one.named = named.value_or("");
  return Ok();
}

}  // namespace

Result<std::vector<SentSignal>> SentSignals(const Inbox& inbox) {
  std::vector<Notice> notices;
  Status inner = Ok();
  const uint64_t end = inbox.next_number();
  SAM_TRY(inbox.Each(end > kHeldRows ? end - kHeldRows : 1, [&](Row&& row) {
    Notice notice;
    const auto read = ReadNotice(row, notice);
    if (!read.ok()) inner = read.error();
    if (read.ok() && *read) notices.push_back(std::move(notice));
    return inner.ok();
  }));
  SAM_TRY(std::move(inner));
  const Identities names(notices);
  std::map<SignalId, SentSignal> all;
  for (const Notice& one : notices) {
    const SignalId root = names.Of(one.about);
    // Of a limit alone: somebody else's signal, told to who is in charge.
    if (one.kind != Notice::Kind::kDeadline || all.count(root) != 0) Tell(all[root], one);
  }
  for (const Notice& one : notices)
    if (const auto found = all.find(names.Of(one.about)); found != all.end())
      SAM_TRY(AddOwn(inbox, one.about, found->second));
  std::vector<SentSignal> out;
  for (auto& [root, one] : all) {
    SAM_TRY(Finish(inbox, one));
    out.push_back(std::move(one));
  }
  std::sort(out.begin(), out.end(),
            [](const SentSignal& a, const SentSignal& b) { return a.number < b.number; });
  return out;
}

std::string StandText(const SentSignal& one, Language language) {
  if (one.withdrawn) return Text("sent.withdrawn", language);
  if (one.Holds()) return Text("sent.held", language);
  if (one.step == LadderState::UNKNOWN) return Text("sent.nothing", language);
  std::string out = contract::EnumText("LadderState", Enumerant(one.step), language);
  if (one.answer != Answer::UNSET)
    out.append(": ").append(contract::EnumText("Answer", Enumerant(one.answer), language));
  return out;
}

std::vector<std::string> RemarksOf(const SentSignal& one, Language language) {
  std::vector<std::string> out;
  if (one.withdrawn && !one.withdrawn_reason.empty())
    out.push_back(contract::WithdrawalText(one.withdrawn_reason, language));
  for (const std::string& reason : one.reasons) out.push_back(Text(reason, language));
  if (one.Holds() && one.named.empty()) out.push_back(RemedyText(one.remedy, language));
  if (!one.named.empty())
    out.push_back(Text("inbox.held.named", language, {{"receiver", one.named}}));
  if (!one.forwarded_to.empty())
    out.push_back(Text("sent.forwarded", language, {{"receiver", one.forwarded_to}}));
  if (!one.overdue.empty())
    out.push_back(Text("clock.overdue", language, {{"clock", Text(one.overdue, language)}}));
  return out;
}

Result<std::string> SentText(const Inbox& inbox, const std::string& function, Language language) {
  SAM_ASSIGN(const auto sent, SentSignals(inbox));
  std::string out = Text("sent.title", language, {{"function", function}}) + "\n";
  if (sent.empty()) return out + Text("sent.none", language) + "\n";
  for (const SentSignal& one : sent) {
    out.append(ShortId(one.id)).append("  ").append(one.code);
    if (one.acute) out.append("  ").append(Text("inbox.acute", language));
    out.append("  ").append(StandText(one, language));
    if (one.at.value != 0) out.append("  ").append(contract::SwedishTime(one.at));
    if (!one.receiver.empty()) out.append("  ").append(one.receiver);
    out.append("  (").append(Text("sent.notice", language)).append(" ");
    out.append(ShortId(one.notice)).append(")\n");
    for (const std::string& remark : RemarksOf(one, language))
      out.append("  ").append(remark).append("\n");
  }
  return out;
}

Result<std::string> SentJson(const Inbox& inbox) {
  SAM_ASSIGN(const auto sent, SentSignals(inbox));
  nlohmann::json rows = nlohmann::json::array();
  for (const SentSignal& one : sent)
    rows.push_back({{"id", ToHex(one.id.view())},
                    {"notice", ToHex(one.notice.view())},
                    {"code", one.code},
                    {"acute", one.acute},
                    {"test", one.test},
                    {"step", Enumerant(one.step)},
                    {"at", one.at.value == 0 ? "" : ToIso(one.at)},
                    {"answer", Enumerant(one.answer)},
                    {"receiver", one.receiver},
                    {"forwardedTo", one.forwarded_to},
                    {"held", one.Holds() ? one.reasons : std::vector<std::string>()},
                    {"ends", contract::RemedyName(one.remedy)},
                    {"named", one.named},
                    {"withdrawn", one.withdrawn},
                    {"withdrawnReason", one.withdrawn_reason},
                    {"overdue", one.overdue}});
  const nlohmann::json out = {{"v", 1}, {"sent", rows}};
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace sam::inbox
