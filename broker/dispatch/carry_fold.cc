// What somebody told for others is carried to them: to whom, from whom, and which order an examination
// answers. Orders are found by their number (space kOrder), since the board that ordered and the region
// that answers know the child as two subjects.
#include <algorithm>

#include "broker/base/text.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/orders.h"
#include "broker/rules/carry.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

using routing::Role;

capnp::List<capnp::Text>::Reader PartiesOf(schema::Event::Body::Reader body) {
  if (body.isCoordSipChanged()) return body.getCoordSipChanged().getParties();
  return body.isCoordTsiChanged() ? body.getCoordTsiChanged().getParties()
                                  : capnp::List<capnp::Text>::Reader();
}

}  // namespace

Result<Dispatcher::TakenAnswers> Dispatcher::NoteOrder(const Input& in, const SubjectId& subject,
                                                       schema::Event::Reader event) {
  TakenAnswers answered;
  const bool kept = rules::Carries(settings_.rules, "SIG-D2") ||
                    (settings_.fold >= 4 && rules::Carries(settings_.rules, "SIG-D1"));
  if (!event.getBody().isSocialExamRequested() || !kept) return answered;
  // What a region notes of an order that it has received is no order of its own.
  const auto controller = event.getHeader().getController();
  const routing::Authority* const own = settings_.directory.AuthorityOf(
      controller.getOrgNr().cStr(), controller.getBoard().cStr());
  if (settings_.fold >= 4 && own != nullptr && own->kind != routing::AuthorityKind::kMunicipality)
    return answered;
  const std::string number = OrderOf(event.getBody());
  SAM_ASSIGN(auto rows, RowsOf(in, spaces::kOrder, number));
  OrderRow order{in.header.event, subject, {}, {}};
  SAM_TRY(ReplaceOrder(in, event, rows, order));
  if (event.getHeader().getStatus() == schema::EventStatus::RETRACTED) return answered;
  if (settings_.fold >= 5) {
    SAM_ASSIGN(answered, TakeAnswers(in, event, order));
  }
  if (rows.size() >= kOrdersOfNumberMax) in.fold.Delete(spaces::kOrder, rows.front().first);
  in.fold.Put(spaces::kOrder, OrderKey(number, in.header.offset),
              EncodeOrder(order));
  return answered;
}

// The row that this wording takes the place of goes, out of `rows` too. What came of it is not undone by
// another due date; and of an order that is taken back it stays known whose answer had ended it, since its
// time limit rests on that person.
Status Dispatcher::ReplaceOrder(const Input& in, schema::Event::Reader event, OrderRows& rows,
                                OrderRow& order) {
  const EventId replaced = wire::IdOf<EventId>(event.getHeader().getReplaces());
  const bool back = event.getHeader().getStatus() == schema::EventStatus::RETRACTED;
  for (auto at = rows.begin(); !replaced.empty() && at != rows.end();) {
    SAM_ASSIGN(const OrderRow old, DecodeOrder(at->second));
    if (old.order != replaced) {
      ++at;
      continue;
    }
    in.fold.Delete(spaces::kOrder, at->first);
    if (settings_.fold >= 5) {
      order.ended_by = old.ended_by;
      order.ended_at = old.ended_at;
      order.told = old.told;
      if (back && (!old.ended_by.empty() || !old.told.empty()))
        in.fold.Put(spaces::kOrder, at->first,
                    EncodeOrder({EventId{}, order.subject, old.ended_by, old.ended_at, old.told}));
    }
    at = rows.erase(at);
  }
  return Ok();
}

// The function that ordered the examination; empty: no such order about this child is known.
Result<std::string> Dispatcher::OrdererOf(const Input& in, schema::Event::Reader report) {
  SAM_ASSIGN(const auto order, FindOrder(in, OrderOf(report.getBody()), report));
  if (!order) return std::string();
  return SenderIn(order->contact, order->org, order->board, in.now);
}

// `function` when it is one of this authority's; else the one that answers for such things there.
std::string Dispatcher::SenderIn(const std::string& function, const std::string& org,
                                 const std::string& board, Millis now) const {
  const routing::Authority* const own = settings_.directory.AuthorityOf(org, board);
  if (own == nullptr) return function;
  const routing::Function* const told = settings_.directory.FunctionAt(function, now);
  if (told != nullptr && told->authority == own->id) return function;
  for (const Role role : {Role::kSocialPlacement, Role::kSocialPreventive, Role::kSocialReception,
                          Role::kSenderDesk}) {
    const auto found = settings_.directory.ByAuthority(role, own->id, now);
    if (!found.empty()) return found.front()->id;
  }
  return function;
}

// Of the parties the first one that is the caller's own.
std::string Dispatcher::CallerOf(const routing::Candidate& candidate, schema::Event::Reader event,
                                 Millis now) const {
  const std::string& org = candidate.controller.org;
  const std::string& board = candidate.controller.board;
  const routing::Authority* const own = settings_.directory.AuthorityOf(org, board);
  for (const capnp::Text::Reader party : PartiesOf(event.getBody())) {
    const routing::Function* const function = settings_.directory.FunctionAt(party.cStr(), now);
    if (own != nullptr && function != nullptr && function->authority == own->id) return function->id;
  }
  return SenderIn("", org, board, now);
}

Status Dispatcher::Address(const Input& in, const std::string& unit,
                           routing::Candidate& candidate) {
  if (!rules::IsCarried(candidate.code) || candidate.evidence.empty() ||
      candidate.evidence.front().bytes.empty())
    return Ok();
  SAM_ASSIGN(const auto message, wire::Parse<schema::Event>(candidate.evidence.front().bytes));
  const schema::Event::Reader event = message.get();
  const std::string target(rules::TargetOf(candidate.rule_id));
  routing::Wanted& wanted = candidate.wanted;
  wanted.unit.clear();
  if (candidate.code == "SIG-B2") {
    wanted.role = target == "bvc" ? Role::kBvcUnit : Role::kSocialPreventive;
    if (target == "bvc") wanted.unit = unit;
  } else if (candidate.code == "SIG-B3") {
    wanted.role = Role::kDentalClinic;
    wanted.unit = event.getBody().getBvcGuardianDentalOffered().getClinicHsaId().cStr();
  } else if (candidate.code == "SIG-B3-COST") {
    wanted.role = Role::kSocialIncomeSupport;
  } else if (candidate.code == "SIG-D1") {
    wanted.role = target == "oral" ? Role::kDentalClinic : Role::kChildClinic;
    // Where the region has no clinic of its own for it, the child health centre examines.
    if (target != "oral") wanted.or_role = Role::kBvcUnit;
    candidate.sender_function = SenderIn(candidate.sender_function, candidate.controller.org,
                                         candidate.controller.board, in.now);
  } else if (candidate.code == "SIG-D2") {
    SAM_ASSIGN(candidate.about_sender, OrdererOf(in, event));
  } else {
    candidate.about_receiver = target;
    if (candidate.sender_function.empty())
      candidate.sender_function = CallerOf(candidate, event, in.now);
  }
  return Ok();
}

// The other team is not to have this visit, so it is not a joint one: nobody waits for whoever booked it to confirm it.
bool Dispatcher::StandsAlone(const routing::Candidate& candidate) const {
  if (settings_.fold < 8 || candidate.code != "SIG-B2" || rules::TargetOf(candidate.rule_id) != "bvc") return false;
  routing::Candidate other = candidate;
  other.wanted = {};
  other.wanted.role = Role::kSocialPreventive;
  other.wanted.district = candidate.wanted.district;
  other.placed_at.reset();
  return routing::Decide(Ask(other, candidate.decided_at)).outcome == routing::GateOutcome::kDenied;
}

// The last day of an order is a limit of its own, and the time for its answer starts when it is over.
void Dispatcher::AddOrderClock(routing::Candidate& candidate, const rules::Rule& rule) const {
  if (candidate.code != "SIG-D1" || candidate.evidence.empty() ||
      candidate.evidence.front().bytes.empty())
    return;
  const auto message = wire::Parse<schema::Event>(candidate.evidence.front().bytes);
  if (!message.ok()) return;
  const auto due = routing::EndOfDay(
      message->get().getBody().getSocialExamRequested().getDueDate().cStr());
  if (!due) return;
  const Millis last = Millis(due->value - 1);  // `due` is the next day's first moment, and shown as that day
  candidate.clocks.push_back({kExamClock, settings_.fold >= 7 ? last : *due, candidate.decided_at});
  // An order may come after its own last day: then the time starts with it.
  const Millis start = std::max(last, candidate.decided_at);
  for (const rules::RuleClock& clock : rule.clocks)
    if (settings_.fold >= 6 && clock.kind == kResultClock)
      candidate.clocks.push_back({clock.kind, rules::DueOf(clock, start, candidate.acute), start});
}

// Whoever has something about the child learns that the protection has changed: the flag and nothing
// else. What still lies in a mailbox is asked for again by delivery and masked anew.
Status Dispatcher::TellProtection(const Input& in, const SubjectId& subject,
                                  rules::SubjectState& state) {
  return TellHolders(in, subject, state, rules::SignalsOf(state), false);
}

// A link names the identity that is kept, and the protection may be on that one: who knows the child by
// another learns of the flag under what they know, and of no new number.
Status Dispatcher::TellHolders(const Input& in, const SubjectId& subject,
                               rules::SubjectState& state, const std::vector<SignalId>& held,
                               bool by_link) {
  std::map<std::string, SignalId> holders;  // function -> the newest signal it has
  for (const SignalId& id : held) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row || row->withdrawn || !row->about.empty() || row->receiver.empty()) continue;
    SAM_ASSIGN(const bool may_have, MayHaveGone(in, *row));
    const routing::Function* const function = settings_.directory.FunctionById(row->receiver);
    if (may_have && function != nullptr && !function->guardians_read) holders[row->receiver] = id;
  }
  for (const auto& [function, about] : holders) {
    routing::Candidate notice;
    notice.code = "SIG-E4";
    notice.rule_id = by_link ? "protection.link" : "protection";
    notice.rule_version = by_link ? ToHex(in.header.event.view()) : "1";
    notice.wanted.function = notice.about_receiver = function;
    std::vector<rules::EvidenceRef> evidence = {{in.header.event, in.header.offset}};
    if (by_link) {
      SAM_ASSIGN(const auto row, in.fold.Signal(about));
      if (row) evidence = row->evidence;
    }
    SAM_TRY(FillEvidence(in, evidence, notice));
    notice.subject = SubjectFactsOf(state, "");
    notice.controller = {state.controller_org, state.controller_board};
    notice.body = routing::ProtectionDraft{state.protection_at, about};
    SAM_ASSIGN(const auto known, in.fold.Signal(about));
    notice.test = known && known->test;
    notice.occurred_at = state.protection_at;
    notice.decided_at = in.now;
    SAM_ASSIGN(const Verdict verdict, Decide(in, subject, state, notice, {"", about, false}));
    (void)verdict;
  }
  return Ok();
}

}  // namespace sam::dispatch
