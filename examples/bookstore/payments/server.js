// Takes (pretended) money and signs receipts with the key of the Secret `bookstore-payments`.
const { createHmac, randomUUID } = require('node:crypto');
const { createServer } = require('node:http');

const key = process.env.SIGNING_KEY;
if (!key) throw new Error('SIGNING_KEY is not set: is the Secret bookstore-payments there?');
const limit = Number(process.env.LIMIT ?? 200);

// POST /payments {"amount": 12.5, "customer": "Ada"}
const server = createServer(async (request, response) => {
  if (request.url === '/healthz') return send(response, 200, { ok: true });
  if (request.method !== 'POST') return send(response, 405, { error: 'POST /payments only' });
  let text = '';
  for await (const chunk of request) text += chunk;
  const { amount, customer } = JSON.parse(text);
  if (amount > limit)
    return send(response, 402, { error: `${customer} may spend ${limit} at most` });
  const id = randomUUID();
  const receipt = createHmac('sha256', key).update(`${id} ${amount}`).digest('hex').slice(0, 16);
  console.log(`${customer} paid ${amount}, receipt ${receipt}`);
  send(response, 201, { id, amount, receipt });
});

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

server.listen(8080, () => console.log('payments listens on 8080'));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000));
