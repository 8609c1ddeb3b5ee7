#include "adapters/fhir/refused_shelf.h"

#include <optional>

#include "broker/base/log.h"
#include "broker/base/metrics.h"

namespace sam::fhir {
namespace {

constexpr const char* kBySender = "sender";  // who dealt with it, where a person is named

bool IsOpenRefusal(const kit::QuarantineHead& head) {
  return head.state == kit::QuarantineState::kOpen && head.reason.rfind(kRefusedPrefix, 0) == 0;
}

}  // namespace

Status RefusedShelf::Load() {
  return store_.EachHead([this](const kit::QuarantineHead& head) {
    if (IsOpenRefusal(head)) clients_[head.peer].open.insert(head.number);
    return true;
  });
}

Result<bool> RefusedShelf::HasRoom(const std::string& peer, Client& client) {
  if (client.open.size() >= kOpenAtMost && clock_.SteadyMicros() >= client.look_again_us) {
    client.look_again_us = clock_.SteadyMicros() + kLookAgainUs;
    for (auto at = client.open.begin(); at != client.open.end();) {
      SAM_ASSIGN(const std::optional<kit::QuarantineHead> head, store_.Head(*at));
      at = head && IsOpenRefusal(*head) ? std::next(at) : client.open.erase(at);
    }
  }
  const bool room = client.open.size() < kOpenAtMost;
  if (!room && !client.full_told)
    log::Warn("fhir", "refused-not-kept",
              {{"peer", peer}, {"open", static_cast<uint64_t>(client.open.size())}});
  client.full_told = !room;
  return room;
}

Mac16 RefusedShelf::KeyOf(const std::string& peer, const std::string& telling) {
  return store_.rows().MessageKey("refused\x1f" + peer, telling);
}

Status RefusedShelf::CloseLast(const Mac16& key, kit::QuarantineState state) {
  SAM_ASSIGN(const std::optional<kit::SeenMessage> last, store_.FindSeen(key));
  if (!last || last->quarantine == 0) return Ok();
  SAM_ASSIGN(std::optional<kit::QuarantineHead> head, store_.Head(last->quarantine));
  if (!head || !IsOpenRefusal(*head)) return Ok();
  head->state = state;
  head->closed_at = clock_.Now();
  head->operator_name = kBySender;
  return store_.UpdateQuarantine(*head);
}

Status RefusedShelf::Keep(const RefusedBody& body, const std::string& peer) {
  Client& client = clients_[peer];
  SAM_ASSIGN(const bool room, HasRoom(peer, client));
  if (!room) {
    metrics::Counter("samsignal_fhir_refused_not_kept_total",
                     "Refused FHIR bodies of which the quarantine has no record: too many lie open")
        .Add();
    return Ok();
  }
  kit::Pipeline::AsideWhy why{body.reason, body.detail, false, kit::Answer(), false};
  why.told = true;  // as a refusal, by the server
  why.closed_by = kBySender;  // A, B and A again: what lies there is B
  SAM_ASSIGN(const kit::Verdict verdict, pipeline_.PutAside(body.body, peer, why));
  if (verdict.quarantine == 0) return Ok();  // the same content lies there
  client.open.insert(verdict.quarantine);
  if (body.telling.empty()) return Ok();
  const Mac16 key = KeyOf(peer, body.telling);
  SAM_TRY(CloseLast(key, kit::QuarantineState::kDiscarded));
  kit::SeenMessage last;
  last.seen_at = clock_.Now();
  last.quarantine = verdict.quarantine;
  store_.PutSeen(key, last);
  return Ok();
}

Status RefusedShelf::Taken(const std::string& peer, const std::string& telling) {
  const auto client = clients_.find(peer);
  if (telling.empty() || client == clients_.end() || client->second.open.empty()) return Ok();
  return CloseLast(KeyOf(peer, telling), kit::QuarantineState::kFixed);
}

}  // namespace sam::fhir
