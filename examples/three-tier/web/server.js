// The page, and the way to the API for browsers: everything under /api goes there.
const { createServer, request: send } = require('node:http');

const api = process.env.API_URL ?? 'http://api';

const page = `<!doctype html><meta charset="utf-8"><title>Notes</title>
<style>body{font:16px system-ui;margin:3em auto;max-width:36em}li{padding:.2em}</style>
<h1>Notes</h1>
<form><input name="text" placeholder="What to keep?" autofocus> <button>Keep</button></form>
<ul></ul>
<script>
  const list = document.querySelector('ul');
  async function show() {
    const notes = await (await fetch('/api/notes')).json();
    list.replaceChildren(...notes.map(({ text }) => {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }));
  }
  document.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = new FormData(event.target).get('text');
    await fetch('/api/notes', { method: 'POST', body: JSON.stringify({ text }) });
    event.target.reset();
    show();
  });
  show();
</script>`;

const server = createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok\n');
  if (!request.url.startsWith('/api/')) {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(page);
  }
  const onward = send(`${api}${request.url}`, { method: request.method }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', (error) => {
    console.error(error.message);
    response.writeHead(502).end(`${error.message}\n`);
  });
  request.pipe(onward);
});

server.listen(8080, () => console.log('web listens on 8080'));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000));
