// One conversation with the hub as schemas/README.md describes it: a DEALER socket with CURVE, hello
// after every new connection, heartbeats, a new connection with growing pauses when the hub is silent
// or refuses. What the frames mean is for whoever listens: source.mjs and subscriber.mjs.
import * as zmq from 'zeromq';

const HEARTBEAT_MS = 10_000;
const SILENCES = 3;
const FRAME_MAX = 1 << 20;
const PAUSE_FIRST_MS = 1_000;
const PAUSE_MAX_MS = 60_000;

export class Conversation {
  // hello: function that gives the hello to send; onFrame(kind, content); onState(word, detail).
  constructor({ codec, endpoint, hubKey, keys, hello, onFrame, onState = () => {} }) {
    Object.assign(this, { codec, endpoint, hubKey, keys, hello, onFrame, onState });
    this.welcomed = false;
    this.closed = false;
    this.pauseMs = PAUSE_FIRST_MS;
    this.sending = Promise.resolve();
    this.#connect();
    this.timer = setInterval(() => this.#watch(), HEARTBEAT_MS / 10);
  }

  #connect() {
    this.welcomed = false;
    this.heardAt = this.sentAt = Date.now();
    this.epochOfSocket = {};  // frames of a socket that has been given up are not listened to
    // immediate: nothing is queued for a hub that is not there; linger 0: nothing is kept on close.
    this.socket = new zmq.Dealer({
      curveServerKey: this.hubKey, curvePublicKey: this.keys.public, curveSecretKey: this.keys.secret,
      linger: 0, immediate: true, sendTimeout: 0, maxMessageSize: FRAME_MAX,
      reconnectInterval: 100, reconnectMaxInterval: 5_000,
    });
    const { socket, epochOfSocket } = this;
    socket.events.on('handshake', () => this.#greet(epochOfSocket));
    socket.events.on('handshake:error:auth', ({ error }) => this.onState('key not accepted', `${error.status ?? error.message}`));
    socket.events.on('disconnect', () => { this.welcomed = false; this.onState('line lost'); });
    socket.connect(this.endpoint);
    this.#receive(socket, epochOfSocket);
  }

  #greet(epochOfSocket) {
    if (this.closed || epochOfSocket !== this.epochOfSocket) return;
    this.onState('connected');
    this.say({ hello: this.hello() });
  }

  async #receive(socket, epochOfSocket) {
    try {
      for await (const parts of socket) {
        if (this.closed || epochOfSocket !== this.epochOfSocket) return;
        this.heardAt = Date.now();
        if (parts.length !== 1) continue;
        this.#take(this.codec.decode('Frame', parts[0]));
      }
    } catch (error) {
      if (!this.closed && epochOfSocket === this.epochOfSocket) throw error;
    }
  }

  #take(frame) {
    const [kind] = Object.keys(frame);
    if (kind === 'welcome') {
      this.welcomed = true;
      this.pauseMs = PAUSE_FIRST_MS;
    }
    if (kind === 'bye') {  // "I do not know this conversation"
      this.welcomed = false;
      this.say({ hello: this.hello() });
    }
    if (kind === 'refused' && frame.refused.sequence === 0) this.#again();
    this.onFrame(kind, frame[kind]);
  }

  #again() {
    this.welcomed = false;
    const pause = this.pauseMs;
    this.pauseMs = Math.min(2 * pause, PAUSE_MAX_MS);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.say({ hello: this.hello() }), pause);
  }

  #watch() {
    const now = Date.now();
    if (now - this.heardAt > SILENCES * HEARTBEAT_MS) {
      this.onState('silence');
      this.socket.close();
      this.#connect();
    } else if (this.welcomed && now - this.sentAt >= HEARTBEAT_MS) {
      this.say({ heartbeat: null });
      this.onBeat?.();
    }
  }

  // Frames go out one after the other. One that cannot be sent now is dropped: everything is said again.
  say(frame) {
    if (this.closed) return;
    this.sentAt = Date.now();
    const { socket } = this;
    const bytes = this.codec.encode('Frame', frame);
    this.sending = this.sending.then(() => socket.send(bytes)).catch(() => {});
  }

  async close() {
    if (this.welcomed) this.say({ bye: null });
    await this.sending;
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
    // The farewell leaves through ZeroMQ's own thread; linger gives it a moment.
    this.socket.linger = 200;
    this.socket.close();
  }
}
