/**
 * Stands where InfluxDB does and takes everything at once, to see what writing costs the writer.
 * `node take-lines.ts`: prints the port it listens on; tells at /debug/vars how many points it took.
 */
import { createServer } from 'node:http';

const lineFeed = 0x0a;
let points = 0;

const server = createServer((request, response) => {
  if (request.url === '/debug/vars') {
    response.end(JSON.stringify({ httpd: { values: { pointsWrittenOK: points } } }));
    return;
  }
  let lines = request.url?.startsWith('/write') ? 1 : 0;
  request.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === lineFeed && lines > 0) lines++;
  });
  request.on('end', () => {
    points += lines;
    response.setHeader('X-Influxdb-Version', '1.8.10');
    if (lines > 0) response.writeHead(204).end();
    else response.setHeader('content-type', 'application/json').end('{"results":[{"statement_id":0}]}');
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`port ${address.port}\n`);
});
