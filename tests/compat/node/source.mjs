// A source: an outbox on disk with one numbering, sent until the hub has answered for every number.
import { appendFileSync, existsSync, fsyncSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { Conversation } from './conversation.mjs';

const ANSWER_FIRST_MS = 5_000;
const ANSWER_MAX_MS = 60_000;

export class Source {
  // onWord(object): everything worth a line of output.
  constructor({ codec, endpoint, hubKey, keys, systemId, folder, protocol = 1, onWord }) {
    Object.assign(this, { codec, systemId, onWord, protocol });
    this.outboxPath = `${folder}/${systemId}.outbox`;
    this.statePath = `${folder}/${systemId}.state`;
    this.outbox = existsSync(this.outboxPath)
      ? readFileSync(this.outboxPath, 'utf8').split('\n').filter(Boolean).map((text) => JSON.parse(text))
        .map((row) => ({ sequence: row.sequence, event: Buffer.from(row.event, 'base64') }))
      : [];
    this.state = existsSync(this.statePath) ? JSON.parse(readFileSync(this.statePath, 'utf8'))
      : { lastAccepted: 0, lastHub: '', lastEpoch: 0, refused: [] };
    this.credit = { messages: 0, bytes: 0 };
    this.sentTo = this.acceptedTo = 0;
    this.mostUnanswered = 0;
    this.waiting = [];
    this.conversation = new Conversation({
      codec, endpoint, hubKey, keys, hello: () => this.#hello(),
      onFrame: (kind, content) => this.#take(kind, content),
      onState: (word, detail) => onWord({ source: word, detail }),
    });
  }

  get last() { return this.outbox.length; }

  // Durable first, then sent. Returns the number. Without an event the number holds nothing any more
  // (a hole of this one number, so voidFrom may stay 0).
  add(event) {
    const bytes = event ? this.codec.encode('Event', event) : Buffer.alloc(0);
    const row = { sequence: this.last + 1, event: bytes };
    const file = openSync(this.outboxPath, 'a');
    appendFileSync(file, JSON.stringify({ sequence: row.sequence, event: bytes.toString('base64') }) + '\n');
    fsyncSync(file);
    closeSync(file);
    this.outbox.push(row);
    this.#send();
    return row.sequence;
  }

  // Resolves when the hub has answered for every number up to `sequence`.
  answered(sequence = this.last) {
    if (this.acceptedTo >= sequence) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ sequence, resolve }));
  }

  // A source that has forgotten what it was told: sends everything again.
  forget() {
    this.state = { lastAccepted: 0, lastHub: '', lastEpoch: 0, refused: [] };
  }

  #hello() {
    return { protocol: this.protocol, role: 'source', software: 'node-client', systemId: this.systemId,
      lastAccepted: this.state.lastAccepted, lastHub: Buffer.from(this.state.lastHub, 'hex'),
      lastEpoch: this.state.lastEpoch };
  }

  #take(kind, content) {
    if (kind === 'welcome') {
      this.welcome = content;
      this.acceptedTo = this.sentTo = content.acceptedTo;
      Object.assign(this.state, { lastHub: content.hub.toString('hex'), lastEpoch: content.epoch });
      this.onWord({ welcome: { ...content, checkpoint: content.checkpoint.length } });
    } else if (kind === 'credit') {
      this.credit = content;
      this.onWord({ credit: content });
      if (content.messages === 0 && content.retryAfterMs > 0)
        setTimeout(() => this.conversation.say({ heartbeat: null }), content.retryAfterMs);
    } else if (kind === 'ack') {
      this.#acknowledged(content);
    } else if (kind === 'refused' || kind === 'heartbeat' || kind === 'bye') {
      this.onWord({ [kind]: content });
    }
    this.#send();
  }

  #acknowledged(ack) {
    this.onWord({ ack });
    this.acceptedTo = Math.max(this.acceptedTo, ack.acceptedTo);
    this.sentTo = Math.max(this.sentTo, this.acceptedTo);
    for (const refused of ack.refused)
      if (!this.state.refused.some((r) => r.sequence === refused.sequence)) this.state.refused.push(refused);
    this.state.lastAccepted = this.acceptedTo;
    writeFileSync(this.statePath, JSON.stringify(this.state));
    this.waiting = this.waiting.filter(({ sequence, resolve }) => {
      if (this.acceptedTo < sequence) return true;
      resolve();
      return false;
    });
  }

  // Sends what fits into the window, in number order, and again when no answer comes.
  #send() {
    if (!this.conversation?.welcomed || !this.welcome) return;
    for (;;) {
      const records = this.#nextBatch();
      if (records.length === 0) break;
      this.sentTo = records.at(-1).sequence;
      this.mostUnanswered = Math.max(this.mostUnanswered, this.sentTo - this.acceptedTo);
      this.conversation.say({ publish: { records } });
      this.#expectAnswer(ANSWER_FIRST_MS);
    }
  }

  #nextBatch() {
    const records = [];
    let unanswered = 0;
    for (let i = this.acceptedTo; i < this.sentTo; ++i) unanswered += this.outbox[i].event.length;
    let batch = 0;
    for (let i = this.sentTo; i < this.last; ++i) {
      const size = this.outbox[i].event.length;
      if (i - this.acceptedTo >= this.credit.messages || unanswered + size > this.credit.bytes) break;
      if (records.length > 0 && batch + size > this.welcome.maxBatchBytes) break;
      records.push(this.outbox[i]);
      unanswered += size;
      batch += size;
    }
    return records;
  }

  #expectAnswer(pause) {
    clearTimeout(this.repeat);
    this.repeat = setTimeout(() => {
      if (this.acceptedTo >= this.sentTo) return;
      this.sentTo = this.acceptedTo;
      this.#send();
      this.#expectAnswer(Math.min(2 * pause, ANSWER_MAX_MS));
    }, pause);
  }

  async close() {
    clearTimeout(this.repeat);
    await this.conversation.close();
  }
}
