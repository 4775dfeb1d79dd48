// Notes over HTTP, kept in the database. Any number of these can run: they hold nothing themselves.
const { randomUUID } = require('node:crypto');
const { createServer } = require('node:http');

const database = process.env.DATABASE_URL ?? 'http://database:6380';

async function keys(path, init) {
  const answer = await fetch(`${database}/keys${path}`, {
    ...init,
    signal: AbortSignal.timeout(3000),
  });
  if (!answer.ok) throw new Error(`database: ${answer.status}`);
  return answer.json();
}

async function handle(request, response) {
  if (request.url === '/livez') return send(response, 200, { ok: true });
  // Ready only while the database is, so that the web tier says "try again" and not "error".
  if (request.url === '/readyz')
    return send(response, 200, await fetch(`${database}/healthz`).then(() => ({ ok: true })));
  const [, , , id] = request.url.split('/');
  if (request.method === 'GET') {
    const notes = Object.entries(await keys('')).map(([key, note]) => ({ id: key, ...note }));
    return send(
      response,
      200,
      notes.sort((a, b) => a.at.localeCompare(b.at)),
    );
  }
  if (request.method === 'DELETE') {
    return send(response, 200, await keys(`/${id}`, { method: 'DELETE' }));
  }
  let text = '';
  for await (const chunk of request) text += chunk;
  const note = { text: JSON.parse(text).text, at: new Date().toISOString() };
  const body = JSON.stringify(note);
  send(response, 201, await keys(`/${randomUUID()}`, { method: 'PUT', body }));
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error.message);
    send(response, 503, { error: error.message });
  });
});

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

server.listen(8080, () => console.log(`api listens on 8080, data in ${database}`));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000));
