// node mllp_send_simple.mjs PORT FILE: as mllp_send.mjs, with simple-hl7: it parses each message and
// writes it again in its own way. Exit 1 when an answer did not come in time.
import { readFileSync } from 'node:fs';
import hl7 from 'simple-hl7';

const ANSWER_MS = 10_000;  // the library itself would wait for ever

const [port, path] = process.argv.slice(2);
const parser = new hl7.Parser({ segmentSeperator: '\r' });
const texts = readFileSync(path, 'utf8').split('\n\n').filter((text) => text.trim())
  .map((text) => text.trim().replace(/\r?\n/g, '\r'));

const client = hl7.Server.createTcpClient({ host: '127.0.0.1', port: Number(port), keepalive: true });
for (const text of texts) {
  const control = text.split('\r')[0].split('|')[9];
  const late = setTimeout(() => { console.error(`no answer to ${control}`); process.exit(1); }, ANSWER_MS);
  const answer = await new Promise((resolve, reject) => {
    client.send(parser.parse(text), (error, ack) => (error ? reject(error) : resolve(ack)));
  });
  clearTimeout(late);
  const msa = answer.getSegment('MSA');
  process.stdout.write(JSON.stringify({ sent: control, code: msa.getField(1), about: msa.getField(2) }) + '\n');
}
client.close();
process.exit(0);
