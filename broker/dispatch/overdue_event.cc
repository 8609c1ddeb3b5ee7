#include "broker/dispatch/overdue_event.h"

#include <capnp/message.h>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::dispatch {
namespace {

std::string PayloadOf(const EventId& id, const rules::SubjectState& state, const rules::Hit& hit,
                      Millis now, bool test) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  auto header = event.initHeader();
  header.setEventId(wire::AsData(id.view()));
  header.setType("expectation.overdue");
  header.setSchemaVersion(wire::kSchemaVersion);
  header.setOccurredAt(hit.occurred_at.value);
  header.setPrecision(schema::Precision::DAY);
  header.setRecordedAt(now.value);
  auto source = header.initSource();
  source.setSystemId("hub");
  source.setOrgNr(state.controller_org);
  source.setBoard(state.controller_board);
  source.setUnitHsaId(hit.unit);
  auto controller = header.initController();
  controller.setOrgNr(state.controller_org);
  controller.setBoard(state.controller_board);
  header.setSourceMessageId("overdue:" + ToHex(id.view()));
  header.setActorRole("hub");
  header.setSensitivity(schema::Sensitivity::S2);
  header.setLegalClass(schema::LegalClass::E);
  header.setTest(test);
  auto body = event.getBody().initExpectationOverdue();
  body.setVisitCode(hit.overdue->step);
  body.setProgramId(hit.overdue->programme);
  body.setDueAt(hit.overdue->due.value);
  body.setOverdueAt(hit.overdue->overdue.value);
  body.setLastSeenAt(hit.overdue->last_seen.value);
  return wire::Flatten(message);
}

}  // namespace

journal::Draft OverdueEvent(const SubjectId& subject, const rules::SubjectState& state,
                            const rules::Hit& hit, Offset cause, Millis now, bool test) {
  journal::Draft draft;
  draft.kind = journal::Kind::EVENT;
  const Digest name = Sha256({"expectation.overdue", subject.view(), hit.rule, hit.episode,
                              BigEndian64(cause.value)});
  draft.event = *EventId::From(name.view().substr(0, EventId::kSize));
  draft.subject = subject;
  draft.controller_org = state.controller_org;
  draft.controller_board = state.controller_board;
  // Of the name, not of what it says: a digest in the clear would let a visit and a day be tried.
  draft.content_digest = Sha256({"own event", name.view()}).view();
  draft.payload = PayloadOf(draft.event, state, hit, now, test);
  draft.peer = "hub";
  draft.cause = cause.value;
  draft.schema_version = wire::kSchemaVersion;
  return draft;
}

}  // namespace sam::dispatch
