// The books that are for sale. They come from the ConfigMap `bookstore`, mounted as a file, which is
// read again for every request: change it, and the shop changes.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');

const file = process.env.BOOKS ?? '/etc/bookstore/books.json';

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://catalog');
  const books = JSON.parse(readFileSync(file, 'utf8'));
  if (pathname === '/healthz') return send(response, 200, { books: books.length });
  if (pathname === '/books') return send(response, 200, books);
  const book = books.find(({ id }) => pathname === `/books/${id}`);
  if (book === undefined) return send(response, 404, { error: `no book at ${pathname}` });
  send(response, 200, book);
});

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

server.listen(8080, () => console.log('catalog listens on 8080'));
// A pod gets requests for a moment after it was told to stop: serve them, then go.
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000));
