#include "broker/admin/gate_known.h"

#include <algorithm>

#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::admin {
namespace {

bool Marks(schema::Protection protection) {
  return protection != schema::Protection::UNKNOWN && protection != schema::Protection::NONE;
}

// A telling that is taken back or put right leaves what was told before it.
void TakeConsent(schema::Event::Reader event, Known& known) {
  const auto told = event.getBody().getConsentChanged();
  const auto header = event.getHeader();
  auto& tellings = known.consents[std::string(wire::View(told.getConsentId()))];
  const EventId replaced = wire::IdOf<EventId>(header.getReplaces());
  if (!replaced.empty())
    std::erase_if(tellings, [&](const KnownConsent& one) { return one.event == replaced; });
  if (header.getStatus() == schema::EventStatus::RETRACTED) return;
  KnownConsent consent;
  consent.event = wire::IdOf<EventId>(header.getEventId());
  consent.state = told.getState();
  for (const capnp::Text::Reader code : told.getScope()) consent.scope.emplace_back(wire::View(code));
  consent.expires = std::string(wire::View(told.getExpires()));
  consent.all_guardians = told.getAllGuardians() == schema::YesNo::YES;
  consent.one_is_enough = told.getSingle() != schema::ConsentChanged::SingleGiver::UNSET;
  tellings.push_back(std::move(consent));
}

}  // namespace

std::vector<KnownConsent> Known::For(const std::string& code) const {
  std::vector<KnownConsent> out;
  for (const auto& [id, tellings] : consents) {
    if (tellings.empty()) continue;
    const auto& scope = tellings.back().scope;
    if (std::find(scope.begin(), scope.end(), code) != scope.end()) out.push_back(tellings.back());
  }
  return out;
}

Status KnownOverTime::Take(const journal::Record& record) {
  if (!record.payload) return Ok();
  return wire::ReadOwn<schema::Event>(*record.payload, [&](schema::Event::Reader event) -> Status {
    Known known = At(record.header.offset.value);
    const auto body = event.getBody();
    const bool back = event.getHeader().getStatus() == schema::EventStatus::RETRACTED;
    const auto subject = event.getHeader().getSubject();
    if (subject.getBirthDate().size() != 0)
      known.birth_date = std::string(wire::View(subject.getBirthDate()));
    // "None" beside another happening only fills what nobody has told.
    const schema::Protection beside = subject.getProtection();
    if (known.protection == schema::Protection::UNKNOWN || Marks(beside))
      if (beside != schema::Protection::UNKNOWN) known.protection = beside;
    if (body.isPersonProtectionChanged() && !back)
      known.protection = body.getPersonProtectionChanged().getNew();
    if (body.isConsentChanged()) TakeConsent(event, known);
    all_[record.header.offset.value] = std::move(known);
    return Ok();
  });
}

Known KnownOverTime::At(uint64_t offset) const {
  const auto after = all_.upper_bound(offset);
  return after == all_.begin() ? Known() : std::prev(after)->second;
}

}  // namespace sam::admin
