#include "broker/admin/fact_log.h"

#include "broker/contract/printer.h"
#include "broker/dispatch/state_codec.h"
#include "broker/journal/record_codec.h"
#include "broker/routing/directory.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"

namespace sam::admin {

Status EachEvent(const FactLog& log, Millis since,
                 const std::function<Status(const journal::Header&, schema::Event::Reader)>& visit) {
  Status inner = Ok();
  SAM_TRY(log.store.Scan(spaces::kJournal, "", "", [&](std::string_view, std::string_view bytes) {
    inner = [&]() -> Status {
      SAM_ASSIGN(const journal::Header header, journal::DecodeHeader(bytes));
      if (header.kind != journal::Kind::EVENT || header.time < since) return Ok();
      SAM_ASSIGN(const journal::Record record, log.reader.Read(header.offset));
      if (!record.payload) return Ok();
      return wire::ReadOwn<schema::Event>(
          *record.payload, [&](schema::Event::Reader event) { return visit(header, event); });
    }();
    return inner.ok();
  }));
  return inner;
}

Status People::Tell(const SubjectId& subject, Millis at, statistics::Fact& fact) {
  // An erased subject cannot be followed any more: it stands for itself.
  const auto followed = log_.vault.Follow(subject);
  const SubjectId person = followed.ok() ? *followed : subject;
  SAM_ASSIGN(const rules::SubjectState state, dispatch::ReadState(log_.store, person));
  fact.child = numbers_.emplace(person, static_cast<uint32_t>(numbers_.size())).first->second;
  fact.age = statistics::AgeBand(state.birth_date, contract::SwedishTime(at).substr(0, 10));
  const bool open = state.protection == schema::Protection::NONE ||
                    state.protection == schema::Protection::UNKNOWN;
  if (open && routing::IsMunicipalityCode(state.municipality)) fact.municipality = state.municipality;
  return Ok();
}

}  // namespace sam::admin
