// An order goes through three other services: the catalog for the price, the inventory for the books,
// payments for the money. If the money does not come, the books go back.
const { createServer } = require('node:http');

const orders = [];

async function call(url, init) {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(3000) });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error), { status: answer.status });
  return body;
}

async function order({ book: id, count = 1, customer = 'somebody' }) {
  const book = await call(`http://catalog/books/${id}`);
  const amount = book.price * count;
  await call(`http://inventory/stock/${id}/take?count=${count}`, { method: 'POST' });
  try {
    const body = JSON.stringify({ amount, customer });
    const { receipt } = await call('http://payments/payments', { method: 'POST', body });
    const made = { number: orders.length + 1, book: book.title, count, amount, customer, receipt };
    orders.push(made);
    console.log(`order ${made.number}: ${count} × ${book.title} for ${customer}`);
    return made;
  } catch (error) {
    await call(`http://inventory/stock/${id}/return?count=${count}`, { method: 'POST' });
    throw error;
  }
}

// GET /orders, POST /orders {"book": "dune", "count": 2, "customer": "Ada"}
const server = createServer(async (request, response) => {
  try {
    if (request.url === '/healthz') return send(response, 200, { orders: orders.length });
    if (request.method === 'GET') return send(response, 200, orders);
    let text = '';
    for await (const chunk of request) text += chunk;
    send(response, 201, await order(JSON.parse(text)));
  } catch (error) {
    console.error(`order failed: ${error.message}`);
    send(response, error.status ?? 502, { error: error.message });
  }
});

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

server.listen(8080, () => console.log('orders listens on 8080'));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000));
