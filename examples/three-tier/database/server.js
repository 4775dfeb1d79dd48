// A small key-value store that keeps its data. Every change is a line in a log on the volume, synced
// before it is answered; a start reads the log and writes it anew without what was overwritten.
const { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } =
  require('node:fs');
const { createServer } = require('node:http');

const directory = process.env.DATA ?? '/data';
const path = `${directory}/store.log`;
const data = new Map();

function recover() {
  if (!existsSync(path)) return;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    try {
      const { key, value } = JSON.parse(line);
      if (value === undefined) data.delete(key);
      else data.set(key, value);
    } catch {
      // The last line of a crash: it was never answered.
    }
  }
}

function compact() {
  const file = openSync(`${path}.new`, 'w');
  for (const [key, value] of data) writeSync(file, `${JSON.stringify({ key, value })}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
}

recover();
compact();
const log = openSync(path, 'a');
console.log(`${data.size} keys in ${path}`);

function write(key, value) {
  writeSync(log, `${JSON.stringify({ key, value })}\n`);
  fsyncSync(log);
  if (value === undefined) data.delete(key);
  else data.set(key, value);
}

// GET /keys, GET|PUT|DELETE /keys/NAME with a JSON value
const server = createServer(async (request, response) => {
  const key = decodeURIComponent(request.url.slice('/keys/'.length));
  if (request.url === '/healthz') return response.end('ok\n');
  if (request.url === '/keys') return send(response, 200, Object.fromEntries(data));
  let text = '';
  for await (const chunk of request) text += chunk;
  if (request.method === 'PUT') write(key, JSON.parse(text));
  else if (request.method === 'DELETE') write(key, undefined);
  else if (!data.has(key)) return send(response, 404, { error: `no key ${key}` });
  send(response, 200, data.get(key) ?? {});
});

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

server.listen(6380, () => console.log('database listens on 6380'));
process.on('SIGTERM', () => {
  closeSync(log);
  process.exit(0);
});
