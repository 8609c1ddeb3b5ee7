// node subscriber.mjs CONFIG: a receiver's system. Each signal is stored, acknowledged and shown once,
// as a line of JSON with the schema's own field names; each report shown is answered with a receipt
// "registered". Ends on SIGTERM; killed at any moment it goes on where its store ends.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Codec, line } from './codec.mjs';
import { Conversation } from './conversation.mjs';
import { buildEvent } from './events.mjs';
import { Source } from './source.mjs';

const GAP_PATIENCE_MS = 60_000;

const print = (object) => process.stdout.write(line(object) + '\n');

// What has been received, on disk: one line for each number, synced before it is acknowledged.
class Received {
  constructor(path) {
    this.lanes = new Map();  // "hub/epoch/lane" -> {floor, above: Set}
    this.shown = new Set();  // signal ids
    this.receipted = new Set();
    // A line cut off by a crash was never acknowledged: it is left out, and comes again.
    if (existsSync(path))
      for (const text of readFileSync(path, 'utf8').split('\n').slice(0, -1)) this.#note(JSON.parse(text));
    this.file = openSync(path, 'a');
  }

  #note(row) {
    if (row.receipt) return this.receipted.add(row.receipt);
    const lane = this.lane(row.hub, row.epoch, row.lane);
    if (row.sequence > lane.floor) lane.above.add(row.sequence);
    while (lane.above.delete(lane.floor + 1)) ++lane.floor;
    if (row.id) this.shown.add(row.id);
    return row;
  }

  lane(hub, epoch, lane) {
    const key = `${hub}/${epoch}/${lane}`;
    if (!this.lanes.has(key)) this.lanes.set(key, { hub, epoch, lane, floor: 0, above: new Set() });
    return this.lanes.get(key);
  }

  store(rows) {
    writeSync(this.file, rows.map((row) => JSON.stringify(row) + '\n').join(''));
    fsyncSync(this.file);
    rows.forEach((row) => this.#note(row));
  }

  close() { closeSync(this.file); }
}

class Subscriber {
  constructor(config) {
    this.config = config;
    const codec = this.codec = new Codec(config.schemas);
    this.received = new Received(`${config.folder}/received.ndjson`);
    this.gapsTold = new Set();
    this.source = new Source({
      codec, endpoint: config.ingress, hubKey: config.hubKey, keys: config.keys,
      systemId: config.source.systemId, folder: config.folder,
      onWord: (word) => { if (word.ack?.refused.length || word.refused) print({ receiptRefused: word }); },
    });
    this.conversation = new Conversation({
      codec, endpoint: config.delivery, hubKey: config.hubKey, keys: config.keys,
      hello: () => ({ protocol: config.protocol ?? 1, role: 'subscriber', software: 'node-client' }),
      onFrame: (kind, content) => this.#take(kind, content),
      onState: (state, detail) => print({ state, detail }),
    });
    this.conversation.onBeat = () => this.#acknowledge();
    this.gapTimer = setInterval(() => this.#lookForGaps(), 1_000);
  }

  #take(kind, content) {
    if (kind === 'welcome') this.#subscribe(content);
    else if (kind === 'deliver') this.#deliver(content.items);
    else if (kind === 'refused' || kind === 'bye') print({ [kind]: content });
  }

  #subscribe(welcome) {
    print({ welcome });
    this.hub = welcome.hub.toString('hex');
    this.epoch = welcome.epoch;
    // A receiver may leave `seen` out; what it has not acknowledged then comes again.
    const seen = this.config.tellSeen === false ? [] : this.#lanesHere().map(({ lane, floor }) => (
      { hub: welcome.hub, epoch: welcome.epoch, lane, sequence: floor }));
    this.conversation.say({ subscribe: { subscription: this.config.function, seen } });
    this.#grant();
  }

  #lanesHere() {
    return [0, 1].map((lane) => this.received.lane(this.hub, this.epoch, lane));
  }

  #grant() {
    this.conversation.say({ credit: { messages: this.config.window ?? 64, bytes: 4 << 20 } });
  }

  // Store, then show, then acknowledge.
  #deliver(items) {
    const fresh = [];
    const rows = items.map(({ position, signal, withheld, ...marks }) => {
      const row = { hub: position.hub.toString('hex'), epoch: position.epoch, lane: position.lane, sequence: position.sequence };
      if (signal.length === 0) {
        print({ withheld, position: row });
        return { ...row, withheld };
      }
      const content = this.codec.decode('Signal', signal);
      const id = content.signalId.toString('hex');
      if (this.received.shown.has(id) || fresh.some((f) => f.id === id)) print({ duplicate: id, position: row, ...marks });
      else fresh.push({ id, position: row, content, marks });
      return { ...row, id };
    });
    this.received.store(rows);
    for (const { position, content, marks } of fresh) print({ signal: content, position, ...marks });
    for (const { content } of fresh) this.#answer(content);
    // The test lets the hub be killed before it hears.
    setTimeout(() => this.#acknowledge(), this.config.ackDelayMs ?? 0);
  }

  #answer(signal) {
    const id = signal.signalId.toString('hex');
    if (!('report' in signal.body) || this.received.receipted.has(id)) return;
    const event = buildEvent(this.config.source, {
      kind: 'receipt', signalId: id, state: 'registered', function: this.config.function,
      reference: `DNR-${this.received.receipted.size + 1}`, messageId: `registered-${id}` });
    this.source.add(event);
    this.received.store([{ receipt: id }]);
  }

  #acknowledge() {
    if (!this.conversation.welcomed) return;
    for (const { lane, floor, above } of this.#lanesHere())
      if (floor > 0 || above.size > 0)
        this.conversation.say({ deliverAck: {
          subscription: this.config.function, lane, floor, also: [...above].sort((a, b) => a - b), epoch: this.epoch } });
    this.#grant();
  }

  // A number that is passed by higher ones for a minute is loss, and is said so once.
  #lookForGaps() {
    for (const lane of this.received.lanes.values()) {
      if (lane.above.size === 0) { lane.holeSince = undefined; continue; }
      if (lane.holeAfter !== lane.floor) [lane.holeAfter, lane.holeSince] = [lane.floor, Date.now()];
      if (Date.now() - lane.holeSince < GAP_PATIENCE_MS || this.gapsTold.has(lane.floor)) continue;
      this.gapsTold.add(lane.floor);
      print({ gap: lane.floor + 1, epoch: lane.epoch, lane: lane.lane });
    }
  }

  async close() {
    clearInterval(this.gapTimer);
    await Promise.all([this.conversation.close(), this.source.close()]);
    this.received.close();
  }
}

const subscriber = new Subscriber(JSON.parse(readFileSync(process.argv[2], 'utf8')));
process.on('SIGTERM', async () => {
  await subscriber.close();
  process.exit(0);
});
