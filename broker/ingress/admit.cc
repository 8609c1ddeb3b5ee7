#include "broker/ingress/admit.h"

#include <utility>

#include "broker/contract/catalogue.h"
#include "broker/contract/codes.h"
#include "broker/contract/place.h"
#include "broker/contract/required.h"
#include "broker/contract/times.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"

namespace sam::ingress {
namespace {

using wire::Refusal;
using wire::View;

struct Finding {
  Refusal code = Refusal::NONE;
  std::string field;
  bool bad() const { return code != Refusal::NONE; }
};

Finding CheckWho(const PeerRules& peer, schema::Event::Reader event) {
  const auto header = event.getHeader();
  if (!peer.MayUseSystem(View(header.getSource().getSystemId())))
    return {Refusal::NOT_ALLOWED, "header.source.systemId"};
  // Whoever may sign a report may send what belongs to it.
  const bool part = event.getBody().isReportAttachment();
  const std::string_view right = part ? "report.signed" : View(header.getType());
  if (!peer.MayPublish(right) && !peer.MayPublish(View(header.getType())))
    return {Refusal::NOT_ALLOWED, "header.type"};
  if (!peer.MayTellFor(View(header.getController().getOrgNr())))
    return {Refusal::NOT_ALLOWED, "header.controller.orgNr"};
  const auto body = event.getBody();
  // A receipt speaks for the function that the signal went to.
  if (body.isSignalReceipt() && !peer.MayAnswerFor(View(body.getSignalReceipt().getFunction())))
    return {Refusal::NOT_ALLOWED, "body.signalReceipt.function"};
  if (body.isSignalReceiverNamed() &&
      !peer.MayAnswerFor(View(body.getSignalReceiverNamed().getFunction())))
    return {Refusal::NOT_ALLOWED, "body.signalReceiverNamed.function"};
  return {};
}

Finding CheckType(schema::Event::Reader event) {
  const std::string_view type = View(event.getHeader().getType());
  const contract::EventType* said = contract::EventTypeByName(type);
  const auto body = event.getBody();
  if (body.isExpectationOverdue() || type == "expectation.overdue")
    return {Refusal::DERIVED_ONLY, "header.type"};
  const contract::EventType* meant = contract::EventTypeOf(event);
  // A member newer than us is stored as it is, but not under the name of one that we know.
  if (meant == nullptr) {
    if (said != nullptr) return {Refusal::BAD_VALUE, "header.type"};
    return {};
  }
  if (said == nullptr || said->name != meant->name) return {Refusal::BAD_VALUE, "header.type"};
  return {};
}

Finding CheckPresent(schema::Event::Reader event) {
  const auto header = event.getHeader();
  const bool report = event.getBody().isReportSigned();
  std::string missing = contract::MissingField(event);
  if (!missing.empty() && !(report && missing.rfind("body.", 0) == 0))
    return {Refusal::MISSING_FIELD, std::move(missing)};
  // The vault keeps each authority's persons apart; without one there is nowhere to keep them.
  if (header.getController().getOrgNr().size() == 0)
    return {Refusal::MISSING_FIELD, "header.controller.orgNr"};
  return {};
}

// A part that could never be put together, or takes more room than an attachment may.
Finding CheckPart(schema::AttachmentPart::Reader part) {
  const auto bad = [](const char* field, Refusal code = Refusal::BAD_VALUE) {
    return Finding{code, std::string("body.reportAttachment.") + field};
  };
  const uint64_t bytes = part.getBytes().size();
  if (bytes > wire::kMaxPartBytes) return bad("bytes", Refusal::TOO_LARGE);
  if (part.getSize() > wire::kMaxAttachmentBytes) return bad("size", Refusal::TOO_LARGE);
  if (part.getAttachment() >= wire::kMaxAttachments) return bad("attachment", Refusal::TOO_LARGE);
  if (part.getCount() > wire::kMaxParts) return bad("count", Refusal::TOO_LARGE);
  if (part.getDigest().size() != Digest::kSize) return bad("digest");
  if (part.getCount() == 0 || part.getCount() > part.getSize()) return bad("count");
  if (part.getIndex() >= part.getCount()) return bad("index");
  // The others hold at least a byte each.
  const bool whole = part.getCount() == 1 ? bytes == part.getSize()
                                          : bytes + part.getCount() - 1 <= part.getSize();
  return whole ? Finding{} : bad("bytes");
}

Finding CheckValues(schema::Event::Reader event, const AdmitRules& rules, Millis now) {
  const auto header = event.getHeader();
  if (header.getEventId().size() != EventId::kSize) return {Refusal::BAD_VALUE, "header.eventId"};
  if (header.getReplaces().size() != 0 && header.getReplaces().size() != EventId::kSize)
    return {Refusal::BAD_VALUE, "header.replaces"};
  // -1 and 0 say "not stated", which this one may not.
  if (header.getOccurredAt() < rules.earliest.value)
    return {Refusal::BAD_VALUE, "header.occurredAt"};
  // A report's content is for its receiver to judge; the hub does not calculate with it.
  std::string absurd = contract::TimeOutside(event, rules.earliest, rules.latest);
  if (!absurd.empty() && !(event.getBody().isReportSigned() && absurd.rfind("body.", 0) == 0))
    return {Refusal::BAD_VALUE, std::move(absurd)};
  std::string long_code =
      contract::CodeTooLong(event, {wire::kMaxCodeBytes, wire::kMaxCodeEntries});
  if (!long_code.empty()) return {Refusal::TOO_LARGE, std::move(long_code)};
  if (event.getBody().isReportAttachment()) {
    Finding part = CheckPart(event.getBody().getReportAttachment());
    if (!part.bad() && header.getStatus() != schema::EventStatus::ACTUAL)
      part = {Refusal::BAD_VALUE, "header.status"};  // a report is corrected whole
    if (part.bad()) return part;
  }
  if (rules.test_environment) return {};
  const int64_t ahead = now.value + rules.future_ms_max;
  if (header.getOccurredAt() > ahead) return {Refusal::BAD_VALUE, "header.occurredAt"};
  const auto body = event.getBody();
  if (body.isSignalReceipt() && body.getSignalReceipt().getAt() > ahead)
    return {Refusal::BAD_VALUE, "body.signalReceipt.at"};  // its sender would be told so
  return {};
}

// A number without a system is its source's own, also of a source that does not say so itself.
std::vector<PersonId> ToPersons(capnp::List<schema::Identifier>::Reader ids, std::string_view source) {
  std::vector<PersonId> out;
  for (const auto id : ids) {
    if (id.getValue().size() == 0) continue;
    if (contract::NamesNobody(id)) continue;
    const std::string_view system = View(id.getSystem());
    out.emplace_back(system.empty() ? contract::OwnSystem(source) : std::string(system),
                     std::string(View(id.getValue())));
  }
  return out;
}

// Receipts and decisions are about a signal, not told about a person.
bool IsAboutSignal(schema::Event::Reader event) {
  const auto body = event.getBody();
  return body.isSignalReceipt() || body.isPromptDecided() || body.isSignalWithdrawn() ||
         body.isSignalReceiverNamed();
}

Finding FillDraft(const PeerRules& peer, schema::Event::Reader event, const SecretKey& index_key,
                  journal::Draft& draft) {
  const auto header = event.getHeader();
  draft.kind = journal::Kind::EVENT;
  draft.event = *EventId::From(View(header.getEventId()));
  const std::string_view source = View(header.getSource().getSystemId());
  draft.persons = ToPersons(header.getSubject().getIds(), source);
  if (event.getBody().isPersonIdLinked())
    draft.linked = ToPersons(event.getBody().getPersonIdLinked().getOldIds(), source);
  else if (header.getStatus() != schema::EventStatus::ACTUAL)
    draft.replaces = EventId::From(View(header.getReplaces())).value_or(EventId{});
  draft.fresh_subject = draft.persons.empty() && !IsAboutSignal(event);
  draft.controller_org = PlainOrg(View(header.getController().getOrgNr()));
  draft.controller_board = View(header.getController().getBoard());
  draft.message_key = KeyedHash16(index_key, {View(header.getSource().getSystemId()),
                                              View(header.getSourceMessageId())})
                          .view();
  if (event.getBody().isReportAttachment()) {
    const auto part = event.getBody().getReportAttachment();
    draft.about = KeyedHash16(index_key, {View(header.getSource().getSystemId()),
                                          View(part.getReportMessageId())})
                      .view();
  }
  const auto canonical = wire::CanonicalEvent(event);
  if (!canonical.ok()) return {Refusal::MALFORMED, ""};
  draft.content_digest = KeyedHash(index_key, {*canonical}).view();
  draft.peer = peer.name;
  draft.schema_version = header.getSchemaVersion();
  return {};
}

Finding CheckAll(const PeerRules& peer, schema::Event::Reader event, const AdmitRules& rules,
                 Millis now) {
  if (event.getHeader().getSchemaVersion() > wire::kSchemaVersion)
    return {Refusal::SCHEMA_UNKNOWN, "header.schemaVersion"};
  if (event.getHeader().getTest() != rules.test_environment)
    return {Refusal::WRONG_ENVIRONMENT, "header.test"};
  Finding finding = CheckPresent(event);
  if (!finding.bad()) finding = CheckType(event);
  if (!finding.bad()) finding = CheckWho(peer, event);
  if (!finding.bad()) finding = CheckValues(event, rules, now);
  return finding;
}

}  // namespace

Admission Admit(const PeerRules& peer, const std::string& event_bytes, const AdmitRules& rules,
                Millis now, const SecretKey& index_key) {
  Admission out;
  if (event_bytes.size() > rules.max_event_bytes) {
    out.code = Refusal::TOO_LARGE;
    return out;
  }
  wire::ReadRules read;
  read.max_bytes = rules.max_event_bytes;
  read.bad_field = &out.field;
  const auto message = wire::Parse<schema::Event>(event_bytes, read);
  if (!message.ok()) {
    out.code = Refusal::MALFORMED;
    return out;
  }
  const schema::Event::Reader event = message->get();
  Finding finding = CheckAll(peer, event, rules, now);
  if (!finding.bad()) finding = FillDraft(peer, event, index_key, out.draft);
  out.code = finding.code;
  out.field = std::move(finding.field);
  if (finding.bad()) return out;
  // Before anything is written: from here on the two parts go their own ways.
  contract::PlaceSplit split = contract::SplitPlaces(event);
  if (split.apart())
    out.draft.payload = std::move(split.rest);
  else
    out.draft.payload = event_bytes;
  out.draft.place = std::move(split.place);
  return out;
}

}  // namespace sam::ingress
