// How many of each book are left. In memory, so a new pod has full shelves.
const { createServer } = require('node:http');

const initial = Number(process.env.INITIAL_STOCK ?? 20);
const stock = new Map();
const left = (id) => stock.get(id) ?? initial;

// GET /stock/ID, POST /stock/ID/take?count=N, POST /stock/ID/return?count=N
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://inventory');
  if (pathname === '/healthz') return send(response, 200, { ok: true });
  const [, root, id, verb] = pathname.split('/');
  if (root !== 'stock' || !id) return send(response, 404, { error: `nothing at ${pathname}` });
  const count = Number(searchParams.get('count') ?? 1);
  if (verb === 'take') {
    if (left(id) < count) return send(response, 409, { error: `only ${left(id)} left of ${id}` });
    stock.set(id, left(id) - count);
  } else if (verb === 'return') {
    stock.set(id, left(id) + count);
  }
  send(response, 200, { id, left: left(id) });
});

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

server.listen(8080, () => console.log('inventory listens on 8080'));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000));
