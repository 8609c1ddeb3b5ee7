// Rows 30-47 of the catalogue, and the header of every event.
#include "tests/unit/schemas/catalogue_fields.h"

namespace sam::contract::test {
namespace {

constexpr const char* kNotByUs = "set where the report came through a hub; others have none";
constexpr const char* kWhoSaid = "the form is taken as it was signed; a report waits for nothing";
constexpr const char* kAdapter = "set where the event is made; no source can leave it out";
constexpr const char* kHubsOwn = "the hub sets it itself, and takes this event from nobody else";
constexpr const char* kOfList = "as the list it stands in";

std::vector<ListedType> SocialServices() {
  return {
      {30, "social.report.received",
       {{"signalId", "signalId", 0, kNotByUs},
        {"receivedAt", "receivedAt", 3, kRequired},
        {"intakeRef", "intakeRef", 3, kRequired}}},
      {31, "social.protection.assessed",
       {{"signalId", "signalId", 0, kNotByUs},
        {"assessedAt", "assessedAt", 3, kRequired},
        {kOurs, "intakeRef", 3, kBeyond}}},
      {32, "social.inquiry.decided",
       {{"signalId", "signalId", 0, kNotByUs},
        {"result", "result", 3, kRequired},
        {"decidedAt", "decidedAt", 3, kRequired},
        {kOurs, "intakeRef", 3, kBeyond},
        {kOurs, "caseToken", 3, kBeyond},
        {kOurs, "finishBy", 3, kBeyond}}},
      {33, "social.inquiry.closed",
       {{"caseToken", "caseToken", 3, kRequired}, {"closedAt", "closedAt", 3, kRequired}}},
      {34, "social.placement.changed",
       {{"kind", "kind", 4, kRequired},
        {"date", "date", 4, kRequired},
        {"legal", "legal", 4, "a placement's row does not always say its statute"}}},
      {35, "social.exam.requested",
       {{"orderId", "orderId", 4, kRequired},
        {"examKind", "examKind", 4, kRequired},
        {"dueDate", "dueDate", 4, kRequired},
        {"contactFunction", "contactFunction", 4, kRequired}}},
      {36, "health.exam.reported",
       {{"orderId", "orderId", 4, kRequired},
        {"result", "result", 2, kRequired},
        {"date", "date", 2, kRequired},
        {"reportRef?", "reportRef", 3, kMayLack},
        {"done, missed, declined", "notDone", 3, "of one that was not done only"},
        {"needs for care as agreed", "needsCare", 3, "told only where the parties have agreed to it"}}},
      {36, "dental.exam.reported",
       {{"orderId", "orderId", 4, kRequired},
        {"result", "result", 2, kRequired},
        {"date", "date", 2, kRequired},
        {"reportRef?", "reportRef", 3, kMayLack},
        {"done, missed, declined", "notDone", 3, "of one that was not done only"},
        {"needs for care as agreed", "needsCare", 3, "told only where the parties have agreed to it"}}},
      {37, "social.aid.dental.decided",
       {{"orderRef", "orderRef", 3, kRequired},
        {"decision", "decision", 3, kRequired},
        {"scope", "scope", 3, "a refusal has none"}}},
      {38, "coord.sip.changed",
       {{"planId", "planId", 3, kRequired},
        {"state", "state", 3, kRequired},
        {"meetingDate?", "meetingDate", 3, kMayLack},
        {"parties[]", "parties", 3, "a plan that ends calls nobody"},
        {"consentRef", "consentRef", 3, "the gate asks for it when somebody is called"},
        {kOurs, "level", 3, kBeyond}}},
      {39, "coord.tsi.changed",
       {{"planId", "planId", 3, kRequired},
        {"state", "state", 3, kRequired},
        {"meetingDate?", "meetingDate", 3, kMayLack},
        {"parties[]", "parties", 3, "a plan that ends calls nobody"},
        {"consentRef", "consentRef", 3, "the gate asks for it when somebody is called"},
        {"level", "level", 3, "a region without the three levels has none"}}},
      {40, "coord.contact.assigned",
       {{"role", "role", 1, kRequired},
        {"functionAddress", "functionAddress", 1, kRequired},
        {"fromDate", "fromDate", 1, kRequired}}},
  };
}

std::vector<ListedType> Persons() {
  return {
      {41, "person.protection.changed",
       {{"old flags", "old", 4, "a source that tells the first time knows none"},
        {"new flags", "new", 4, kRequired}}},
      {41, "person.moved",
       {{"old kommun", "oldMunicipality", 1, "who moves in from abroad comes from none"},
        {"new kommun", "newMunicipality", 1, kRequired},
        {kOurs, "fromDate", 1, kBeyond}}},
      {41, "person.id.linked",
       {{"old ids", "oldIds", 1, kRequired},
        {"new ids", "header.subject.ids", 1, "of the header, where a report may lack them; mappings ask for them"}}},
      {41, "person.deceased", {{kOurs, "date", 1, kBeyond}}},
      {42, "expectation.overdue",
       {{"visitCode/orderId", "visitCode", 2, kRequired},
        {"dueAt", "dueAt", 2, kHubsOwn},
        {"overdueAt", "overdueAt", 2, kHubsOwn},
        {"lastSeenAt?", "lastSeenAt", 2, kMayLack},
        {kOurs, "programId", 2, kBeyond}}},
  };
}

ListedType Report() {
  return {43, "report.signed",
          {{"form: reporter, name", "signerName", 3, kRequired},
           {"form: reporter, role", "signerRole", 1, kRequired},
           {"signer function; form: unit", "signerFunction", 1, kRequired},
           {"form: reporter, phone", "signerPhone", 3, kWhoSaid},
           {"signedAt; form: date", "signedAt", 1, kRequired},
           {"acute bool; form: acute y/n", "acute", 3, "a yes or no is always said: false is 'no'"},
           {"form: child, name", "childName", 3, kWhoSaid},
           {"form: child, number", "header.subject.ids", 1, "a child without a number is reported too"},
           {"form: child, address", "childAddress", 4, kWhoSaid},
           {"form: child, language/interpreter", "childLanguage", 1, kWhoSaid},
           {"form: child, informed y/n", "childInformed", 3, kWhoSaid},
           {"form: up to two guardians", "guardians", 3, kWhoSaid},
           {"form: guardian, name", "guardians.name", 3, kOfList},
           {"form: guardian, number", "guardians.ids", 3, kOfList},
           {"form: guardian, address", "guardians.address", 4, kOfList},
           {"form: guardian, language", "guardians.language", 1, kOfList},
           {"per person informed", "guardians.informed", 3, kOfList},
           {"and why not", "guardians.notInformedReason", 4, kOfList},
           {"form: siblings", "siblings", 3, kWhoSaid},
           {"form: what the concern is", "concern", 4, kRequired},
           {"form: seen, heard, told and by whom", "observed", 4, kWhoSaid},
           {"form: since when", "since", 4, kWhoSaid},
           {"form: effect on child", "effectOnChild", 4, kWhoSaid},
           {"form: injuries", "injuries", 4, kWhoSaid},
           {"form: earlier concern", "earlierConcern", 3, kWhoSaid},
           {"form: relation to child", "relationToChild", 1, kWhoSaid},
           {"form: meeting wanted", "meetingWanted", 1, kWhoSaid},
           {"form: receiving board", "receivingBoard", 1, "the directory knows it by the municipality"},
           {"attachments", "attachments", 3, "a report may have none"},
           {"attachments: digest", "attachments.digest", 0, "empty where the source sends no bytes"},
           {"attachments: type", "attachments.mediaType", 0, kOfList},
           {"attachments: size", "attachments.size", 0, kOfList},
           {"unborn = subject without id", "header.subject.unborn", 2, "false is 'born'"}}};
}

std::vector<ListedType> WhatClosesTheLoop() {
  return {
      {43, "report.attachment",
       {{kOurs, "reportMessageId", 1, kRequired},
        {kOurs, "attachment", 0, kBeyond},
        {"attachments (digest)", "digest", 0, kRequired},
        {"attachments (size)", "size", 0, kAdapter},
        {kOurs, "index", 0, kBeyond},
        {kOurs, "count", 0, kBeyond},
        {kOurs, "bytes", 4, kRequired}}},
      {44, "consent.changed",
       {{"givers[]", "givers", 3, "a telling that speaks for all guardians may name none"},
        {"scope", "scope", 3, kRequired},
        {"state", "state", 3, kRequired},
        {"expiry", "expires", 1, "a consent until further notice has no last day"},
        {kOurs, "consentId", 3, kRequired},
        {kOurs, "allGuardians", 3, kBeyond},
        {kOurs, "mustGive", 3, kBeyond},
        {kOurs, "single", 3, kBeyond}}},
      {45, "prompt.decided",
       {{"signalId", "signalId", 0, kRequired},
        {"decision", "decision", 2, kRequired},
        {"reason code", "reasonCode", 2, "of a prompt that is dismissed only"}}},
      {46, "signal.receipt",
       {{"signalId", "signalId", 0, kRequired},
        {"state", "state", 1, kRequired},
        {"at", "at", 1, kRequired},
        {"ref?", "reference", 3, kMayLack},
        {kOurs, "answer", 3, kBeyond},
        {kOurs, "function", 1, kBeyond},
        {kOurs, "forwardedTo", 1, kBeyond}}},
      {47, "signal.withdrawn",
       {{"signalId", "signalId", 0, kRequired},
        {"reason", "reason", 1, kRequired},
        {"replacedBy?", "replacedBy", 0, kMayLack}}},
      {47, "signal.receiver.named",
       {{kOurs, "signalId", 0, kRequired},
        {kOurs, "receiverFunction", 1, kRequired},
        {kOurs, "function", 1, kRequired},
        {kOurs, "namedBy", 3, kRequired},
        {kOurs, "at", 1, kRequired}}},
  };
}

ListedType Header() {
  return {0, "header",
          {{"eventId", "header.eventId", 0, kRequired},
           {"type", "header.type", 0, kRequired},
           {"schemaVersion", "header.schemaVersion", 0, kAdapter},
           {"occurredAt", "header.occurredAt", 1, kRequired},
           {"precision", "header.precision", 0, kAdapter},
           {"recordedAt", "header.recordedAt", 0, kAdapter},
           {"source", "header.source", 1, kRequired},
           {"source.systemId", "header.source.systemId", 0, kRequired},
           {"source.orgNr", "header.source.orgNr", 0, "header.controller.orgNr is asked for instead"},
           {"source.authorityBoard?", "header.source.board", 0, kMayLack},
           {"source.unitHsaId", "header.source.unitHsaId", 1, "a board's own system has no unit"},
           {"source.regime", "header.source.regime", 0, "without a word it is public"},
           {"sourceMessageId", "header.sourceMessageId", 1, kRequired},
           {"subject.ids", "header.subject.ids", 1, "a report of an unborn child has none"},
           {"subject.birthDate?", "header.subject.birthDate", 1, kMayLack},
           {"subject.homeMunicipality?", "header.subject.homeMunicipality", 1, kMayLack},
           {"subject.protection", "header.subject.protection", 4, "'unknown' is one of its values"},
           {"actorRole", "header.actorRole", 1, "most messages do not say who registered it"},
           {"status", "header.status", 0, "without a word it is actual"},
           {"replaces?", "header.replaces", 0, kMayLack},
           {"sensitivity", "header.sensitivity", 0, kAdapter},
           {"legalClass", "header.legalClass", 0, kAdapter},
           {"test", "header.test", 0, kAdapter},
           {kOurs, "header.zoneNote", 0, kBeyond},
           {kOurs, "header.controller", 0, kRequired},
           {kOurs, "header.subject", 1, kBeyond},
           {kOurs, "header.episodeKey", 1, kBeyond},
           {kOurs, "header.provenance", 0, kBeyond},
           {kOurs, "header.nulls", 0, kBeyond},
           {kOurs, "header.traceparent", 0, kBeyond},
           {kOurs, "header.baseline", 0, kBeyond}}};
}

}  // namespace

std::vector<ListedType> ListedByOthers() {
  std::vector<ListedType> out = {Header(), Report()};
  for (const std::vector<ListedType>& more : {SocialServices(), Persons(), WhatClosesTheLoop()})
    out.insert(out.end(), more.begin(), more.end());
  return out;
}

}  // namespace sam::contract::test
