// What readers say. GET /reviews/ID, POST /reviews/ID {"stars": 4, "text": "…"}
const { createServer } = require('node:http');

const reviews = new Map([
  ['dune', [{ stars: 5, text: 'Sand everywhere.' }]],
  ['emma', [{ stars: 4, text: 'She means well.' }]],
]);

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://reviews');
  if (pathname === '/healthz') return send(response, 200, { ok: true });
  const [, root, id] = pathname.split('/');
  if (root !== 'reviews' || !id) return send(response, 404, { error: `nothing at ${pathname}` });
  const list = reviews.get(id) ?? [];
  if (request.method === 'POST') {
    let text = '';
    for await (const chunk of request) text += chunk;
    list.push(JSON.parse(text));
    reviews.set(id, list);
  }
  send(response, 200, list);
});

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

server.listen(8080, () => console.log('reviews listens on 8080'));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000));
