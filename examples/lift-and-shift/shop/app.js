// The application. Orders go to the worker as files in a folder that both have.
const { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');

const settings = JSON.parse(readFileSync('/var/shop/settings.json', 'utf8'));
let number = Date.now();

createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  if (request.method === 'POST') {
    number++;
    // Renamed when it is complete, so that the worker never sees half an order.
    writeFileSync(`/var/shop/queue/.${number}`, JSON.stringify({ number }));
    renameSync(`/var/shop/queue/.${number}`, `/var/shop/queue/${number}`);
    appendFileSync('/var/shop/log/shop.log', `app took order ${number}\n`);
    return response.writeHead(202).end(`${JSON.stringify({ order: number })}\n`);
  }
  const waiting = readdirSync('/var/shop/queue').filter((name) => !name.startsWith('.')).length;
  const done = readdirSync('/var/shop/done').length;
  response.end(`${JSON.stringify({ ...settings, waiting, done })}\n`);
}).listen(9000, '127.0.0.1', () => console.log('app on localhost:9000'));
process.on('SIGTERM', () => process.exit(0));
