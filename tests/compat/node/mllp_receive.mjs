// node mllp_receive.mjs PORT: listens with node-hl7-server, prints each message that comes as a line of
// JSON and answers it: AA, or AE when the field that names its sender (MSH-3) is REFUSE. Ends with its
// standard input.
import { Server } from 'node-hl7-server';

const [port] = process.argv.slice(2);
const text = (message, place) => { try { return message.get(place).toString(); } catch { return ''; } };

const inbound = new Server({ bindAddress: '127.0.0.1' }).createInbound({ port: Number(port) }, async (request, response) => {
  const message = request.getMessage();
  process.stdout.write(JSON.stringify({ type: text(message, 'MSH.9.1'), control: text(message, 'MSH.10'),
    wants: [text(message, 'MSH.15'), text(message, 'MSH.16')], code: text(message, 'MSA.1'),
    about: text(message, 'MSA.2'), name: [text(message, 'PID.5.1'), text(message, 'PID.5.2')] }) + '\n');
  await response.sendResponse(text(message, 'MSH.3') === 'REFUSE' ? 'AE' : 'AA');
});
inbound.on('listen', () => process.stdout.write(JSON.stringify({ listening: true }) + '\n'));
process.stdin.on('end', () => process.exit(0)).resume();
