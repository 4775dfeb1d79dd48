// The shop window: one page, put together from the other services, which it finds by their names.
const { createServer } = require('node:http');
const { hostname } = require('node:os');

const title = process.env.SHOP_NAME ?? 'Bookstore';
const currency = process.env.CURRENCY ?? '€';

async function get(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(3000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

/** What may be missing without the shop being closed. */
const optional = (promise, instead) =>
  promise.catch((error) => {
    console.error(error.message);
    return instead;
  });

async function shelf() {
  const books = await get('http://catalog/books');
  return Promise.all(
    books.map(async (book) => {
      const [stock, reviews] = await Promise.all([
        optional(get(`http://inventory/stock/${book.id}`), { left: undefined }),
        optional(get(`http://reviews/reviews/${book.id}`), []),
      ]);
      return { ...book, left: stock.left, reviews };
    }),
  );
}

const html = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function page(books) {
  const rows = books.map(
    ({ id, title, author, price, left, reviews }) => `<tr>
      <td><b>${html(title)}</b><br>${html(author)}</td>
      <td>${reviews.map(({ stars, text }) => `${'★'.repeat(stars)} ${html(text)}`).join('<br>')}</td>
      <td>${price} ${currency}</td>
      <td>${left ?? '?'} left</td>
      <td><form method="post" action="/buy?book=${id}"><button>Buy</button></form></td></tr>`,
  );
  return `<!doctype html><meta charset="utf-8"><title>${html(title)}</title>
    <style>body{font:16px system-ui;margin:3em auto;max-width:50em}td{padding:.5em}</style>
    <h1>${html(title)}</h1><table>${rows.join('')}</table>
    <p><a href="/orders">Orders</a> · served by ${hostname()}</p>`;
}

async function handle(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://storefront');
  if (pathname === '/healthz') return response.end('ok\n');
  if (pathname === '/buy' && request.method === 'POST') {
    const body = JSON.stringify({ book: searchParams.get('book'), customer: 'a visitor' });
    const answer = await fetch('http://orders/orders', { method: 'POST', body });
    if (!answer.ok) throw new Error((await answer.json()).error);
    return response.writeHead(303, { location: '/orders' }).end();
  }
  if (pathname === '/orders' && request.method === 'POST') {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = await fetch('http://orders/orders', { method: 'POST', body });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    return response.end(await answer.text());
  }
  if (pathname === '/orders' || pathname === '/api/books') {
    const data = pathname === '/orders' ? await get('http://orders/orders') : await shelf();
    response.setHeader('content-type', 'application/json');
    return response.end(`${JSON.stringify(data, undefined, 2)}\n`);
  }
  if (pathname !== '/') return response.writeHead(404).end('not here\n');
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(page(await shelf()));
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error.message);
    response.writeHead(502).end(`${error.message}\n`);
  });
});

server.listen(8080, () => console.log('storefront listens on 8080'));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000));
