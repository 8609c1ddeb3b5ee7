// The events that this client tells, built from a few facts. Field names are the schema's own.
import { randomBytes } from 'node:crypto';

// RFC 9562: 48 bits of milliseconds, then version, variant and chance.
export function uuid7(now = Date.now()) {
  const id = randomBytes(16);
  id.writeUIntBE(now, 0, 6);
  id[6] = (id[6] & 0x0f) | 0x70;
  id[8] = (id[8] & 0x3f) | 0x80;
  return id;
}

function header(who, facts, type) {
  return {
    eventId: facts.eventId ? Buffer.from(facts.eventId, 'hex') : uuid7(),
    type, schemaVersion: facts.schemaVersion ?? 1, occurredAt: facts.occurredAt ?? Date.now(), precision: 'ms',
    recordedAt: Date.now(),
    source: { systemId: who.systemId, orgNr: who.orgNr, board: who.board, unitHsaId: who.unitHsaId ?? '' },
    controller: { orgNr: who.orgNr, board: who.board },
    sourceMessageId: facts.messageId, test: facts.test ?? true,
    ...(facts.child && { subject: {
      ids: [{ system: facts.child.system, value: facts.child.number }], birthDate: facts.child.birthDate,
      homeMunicipality: facts.child.municipality, protection: 'none' } }),
  };
}

const BODIES = {
  report: (facts) => ['report.signed', { reportSigned: {
    signerName: facts.signerName ?? 'Maj Ek', signerRole: 'sjuksköterska', signerFunction: facts.signerFunction,
    signedAt: facts.occurredAt ?? Date.now(), acute: facts.acute ?? false, childName: 'Test Barn',
    childInformed: 'no', concern: facts.concern,
    guardians: [{ role: 'vårdnadshavare', name: 'Vuxen Testsson', informed: 'yes' }] } }],
  registered: (facts) => ['bvc.child.registered', { bvcChildRegistered: {
    unitHsaId: facts.unit, fromDate: '2026-03-01', firstChild: 'yes' } }],
  receipt: (facts) => ['signal.receipt', { signalReceipt: {
    signalId: Buffer.from(facts.signalId, 'hex'), state: facts.state, at: facts.occurredAt ?? Date.now(),
    reference: facts.reference ?? '', function: facts.function } }],
  withdrawn: (facts) => ['signal.withdrawn', { signalWithdrawn: {
    signalId: Buffer.from(facts.signalId, 'hex'), reason: facts.reason } }],
  overdue: () => ['expectation.overdue', { expectationOverdue: { visitCode: 'bhv.m8' } }],
};

export function buildEvent(who, facts) {
  const [type, body] = BODIES[facts.kind](facts);
  return { header: header(who, facts, facts.type ?? type), body };
}
