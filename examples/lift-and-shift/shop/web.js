// The web part. It talks to the application over localhost, as it did when both were on one machine.
const { appendFileSync } = require('node:fs');
const { createServer, request: send } = require('node:http');

createServer((request, response) => {
  appendFileSync('/var/shop/log/shop.log', `web ${request.method} ${request.url}\n`);
  const to = { host: '127.0.0.1', port: 9000, path: request.url, method: request.method };
  const onward = send(to, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', (error) => response.writeHead(502).end(`${error.message}\n`));
  request.pipe(onward);
}).listen(8080, () => console.log('web on 8080'));
process.on('SIGTERM', () => process.exit(0));
