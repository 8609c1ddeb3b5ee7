// node mllp_send.mjs PORT FILE [CA [CERT KEY]]: sends the messages of a file (HL7 v2, one blank line
// between two) over one connection with node-hl7-client, one after the other, and prints each answer as a
// line of JSON; over TLS when CA (PEM) is given. At last how many connections the library opened. Exit 1
// when an answer did not come in time.
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Client, Message } from 'node-hl7-client';

const ANSWER_MS = 10_000;  // the library itself would wait for ever

const [port, path, ca, cert, key] = process.argv.slice(2);
const pem = (name) => (name ? readFileSync(name) : undefined);
const tls = ca ? { tls: { ca: pem(ca), cert: pem(cert), key: pem(key), servername: 'localhost' } } : {};
const messages = readFileSync(path, 'utf8').split('\n\n').filter((text) => text.trim())
  .map((text) => new Message({ text: text.trim().replace(/\r?\n/g, '\r') }));

let connections = 0;
const connect = Socket.prototype.connect;
Socket.prototype.connect = function counted(...args) {
  ++connections;
  return connect.apply(this, args);
};

let answered;
const client = new Client({ host: '127.0.0.1', encoding: 'utf-8', ...tls });
const connection = client.createConnection({ port: Number(port), waitAck: true }, (response) => {
  answered(response.getMessage());
});
connection.on('client.error', (error) => { console.error(error.message); process.exit(1); });
await new Promise((resolve) => { connection.once('connect', resolve); });

for (const message of messages) {
  const control = message.get('MSH.10').toString();
  const late = setTimeout(() => { console.error(`no answer to ${control}`); process.exit(1); }, ANSWER_MS);
  const answer = await new Promise((resolve) => {
    answered = resolve;
    connection.sendMessage(message);
  });
  clearTimeout(late);
  process.stdout.write(JSON.stringify({ sent: control, code: answer.get('MSA.1').toString(),
    about: answer.get('MSA.2').toString() }) + '\n');
}
process.stdout.write(JSON.stringify({ connections }) + '\n');
await connection.close();
process.exit(0);
