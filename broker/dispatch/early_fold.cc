// Answers that come before the signal they are about. After a restore sources and receivers fill the
// log again from their own outboxes, in no order between them: a receipt, a withdrawal or a decision
// on a prompt may stand before the evidence. It waits in kEarly and is folded when its signal comes.
#include <utility>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"

namespace sam::dispatch {

Result<bool> Dispatcher::FoldAnswer(const Input& in, schema::Event::Reader event) {
  const schema::Event::Body::Reader body = event.getBody();
  const schema::Controller::Reader controller = event.getHeader().getController();
  switch (body.which()) {
    case schema::Event::Body::SIGNAL_RECEIPT:
      SAM_TRY(FoldReceipt(in, body.getSignalReceipt()));
      return true;
    case schema::Event::Body::SIGNAL_WITHDRAWN:
      SAM_TRY(FoldWithdrawn(in, body.getSignalWithdrawn(), controller));
      return true;
    case schema::Event::Body::PROMPT_DECIDED:
      SAM_TRY(FoldPromptDecided(in, body.getPromptDecided(), controller));
      return true;
    case schema::Event::Body::SIGNAL_RECEIVER_NAMED:
      SAM_TRY(FoldNamed(in, body.getSignalReceiverNamed(), controller));
      return true;
    default: return false;
  }
}

Result<bool> Dispatcher::Await(const Input& in, const SignalId& id) {
  if (id.empty()) return false;
  // Below this nobody can be over its share, so nothing is counted.
  if (mark_.early >= kEarlyOfOnePeer) SAM_TRY(MakeRoom(in));
  in.fold.Put(spaces::kEarly, std::string(id.view()) + BigEndian64(in.header.offset.value),
              in.header.peer);
  ++mark_.early;
  return true;
}

// An answer whose signal never comes would wait for ever, and answers to signals nobody ever made
// would keep out those that a restore has brought out of order.
Status Dispatcher::MakeRoom(const Input& in) {
  struct Oldest {
    uint64_t count = 0;
    std::string key;
    void See(std::string_view one) {
      ++count;
      const auto offset = [](std::string_view k) { return k.substr(SignalId::kSize); };
      if (key.empty() || offset(one) < offset(key)) key = one;
    }
  } all, own;
  SAM_TRY(in.fold.Visit(spaces::kEarly, "", "", [&](std::string_view key, std::string_view peer) {
    if (key.size() != SignalId::kSize + 8) return true;
    all.See(key);
    if (peer == in.header.peer) own.See(key);
    return true;
  }));
  const bool own_full = own.count >= kEarlyOfOnePeer;
  if (!own_full && all.count < kEarlyMax) return Ok();
  in.fold.Delete(spaces::kEarly, own_full ? own.key : all.key);
  if (mark_.early > 0) --mark_.early;
  log::Warn("dispatch", "early-given-up", {{"offset", in.header.offset}, {"peer", in.header.peer}});
  return Ok();
}

Status Dispatcher::TakeEarly(const Input& in) {
  const std::vector<SignalId> came = std::exchange(came_, {});
  for (const SignalId& id : came) {
    if (mark_.early == 0) return Ok();
    const std::string from(id.view());
    SAM_ASSIGN(const auto rows, in.fold.Rows(spaces::kEarly, from, from + std::string(9, '\xff')));
    for (const auto& row : rows) {
      in.fold.Delete(spaces::kEarly, row.first);
      if (mark_.early > 0) --mark_.early;
      if (row.first.size() != SignalId::kSize + 8)
        return Corrupt("a row of the space early has a key of another length");
      const Offset offset(ReadBigEndian64(std::string_view(row.first).substr(SignalId::kSize)));
      SAM_ASSIGN(const std::string payload, Payload(in, offset));
      if (!payload.empty()) SAM_TRY(FoldEarly(in, offset, payload));
    }
  }
  return Ok();
}

// As if it came now. The decisions it brings are caused by the input that made the signal, for that
// is where rebuild comes to them; ladder and evidence name the answer's own record.
Status Dispatcher::FoldEarly(const Input& in, Offset offset, const std::string& payload) {
  auto message = wire::Parse<schema::Event>(payload);
  if (!message.ok()) {
    log::Warn("dispatch", "early-unreadable", {{"offset", offset}, {"code", message.error().code}});
    return Ok();
  }
  const schema::Event::Reader event = message->get();
  journal::Header header;
  header.offset = offset;
  header.kind = journal::Kind::EVENT;
  header.event =
      wire::IdOf<EventId>(event.getHeader().getEventId());
  const Input early{header, payload, in.now, in.fold, in.cause};
  SAM_TRY(FoldAnswer(early, event));
  return Ok();
}

}  // namespace sam::dispatch
