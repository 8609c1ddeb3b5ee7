// node publish.mjs CONFIG COMMAND [FACTS]: a source, one line of JSON for everything it hears.
//   send FACTS    adds one event for each of the facts (a JSON file) to the outbox and sends
//   resend        sends the whole outbox again, as a source that has lost its bookkeeping
//   heartbeat     says hello and one heartbeat, and shows what comes back
//   keys          prints a new CURVE key pair
// Exit 0 when the hub has answered for every number, 1 when it has not in time, 2 when refused.
import { readFileSync } from 'node:fs';
import * as zmq from 'zeromq';
import { Codec, line } from './codec.mjs';
import { buildEvent } from './events.mjs';
import { Source } from './source.mjs';

const print = (object) => process.stdout.write(line(object) + '\n');

async function main([configPath, command, factsPath]) {
  if (command === 'keys') {
    const { publicKey, secretKey } = zmq.curveKeyPair();
    return print({ public: publicKey, secret: secretKey });
  }
  const config = JSON.parse(readFileSync(configPath, 'utf8'));
  let beat, refused = false;
  const heard = new Promise((resolve) => { beat = resolve; });
  const source = new Source({
    codec: new Codec(config.schemas), endpoint: config.ingress, hubKey: config.hubKey, keys: config.keys,
    systemId: config.source.systemId, folder: config.folder, protocol: config.protocol,
    onWord: (word) => {
      print(word);
      if (word.refused?.sequence === 0) { refused = true; beat(); }
      if (word.welcome && command === 'heartbeat') source.conversation.say({ heartbeat: null });
      if ('heartbeat' in word) setTimeout(beat, 200);  // the ack and the credit that come with it
    },
  });
  if (command === 'resend') source.forget();
  if (command === 'send')
    for (const facts of JSON.parse(readFileSync(factsPath, 'utf8'))) {
      const event = facts.kind === 'hole' ? undefined : buildEvent(config.source, facts);
      print({ added: source.add(event), eventId: event?.header.eventId });
    }
  const done = command === 'heartbeat' ? heard : Promise.race([source.answered(), heard]);
  const late = new Promise((resolve) => { setTimeout(resolve, config.patienceMs ?? 15_000, 'late').unref(); });
  const outcome = await Promise.race([done, late]);
  print({ done: outcome !== 'late' && !refused, acceptedTo: source.acceptedTo, mostUnanswered: source.mostUnanswered });
  await source.close();
  return process.exit(refused ? 2 : outcome === 'late' ? 1 : 0);
}

await main(process.argv.slice(2));
